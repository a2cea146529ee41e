/* feelings.c: loads the single items and works out their numbers. */
#include "feelings.h"
#include "io/memory.h"

#include <stdio.h>
#include <string.h>

const char *const data_set_name[] = {"shipped", "real", NULL};

static const FrontEnd front_end = MM_FRONT_END;

/* Who speaks: a number for each voice. Who says little cannot be compared with himself, so all of these count as one. */
static void who_speaks(const SentimentList *voices, int *speaker)
{
    enum { LITTLE = 5 };
    int *says = mm_take((size_t)voices->n + 1, sizeof *says);
    for (int i = 0; i < voices->n; i++) {
        says[voices->at[i].group]++;
    }
    int shared = -1;
    for (int i = 0; i < voices->n; i++) {
        int group = voices->at[i].group;
        shared = shared < 0 && says[group] < LITTLE ? group : shared;
        speaker[i] = says[group] < LITTLE ? shared : group;
    }
    free(says);
}

/* All frames of all voices in one table, each with its speaker, to be standardised, and back. */
static void standardise_frames(Feelings *f, const int *speaker)
{
    const int n = f->s.list[MM_VOICE].n;
    int rows = 0;
    for (int i = 0; i < n; i++) {
        rows += f->T[i];
    }
    real *x = mm_take((size_t)rows, MM_VOICE_FRAME * sizeof *x), *at = x;
    int *who = mm_take((size_t)rows, sizeof *who), *next = who;
    for (int i = 0; i < n; i++) {
        memcpy(at, f->frames[i], (size_t)f->T[i] * MM_VOICE_FRAME * sizeof *x);
        at += f->T[i] * MM_VOICE_FRAME;
        for (int t = 0; t < f->T[i]; t++) {
            *next++ = speaker[i];
        }
    }
    mm_voice_standardise(x, rows, MM_VOICE_FRAME, who);
    at = x;
    for (int i = 0; i < n; i++) {
        memcpy(f->frames[i], at, (size_t)f->T[i] * MM_VOICE_FRAME * sizeof *x);
        at += f->T[i] * MM_VOICE_FRAME;
    }
    free(who);
    free(x);
}

/* The mean of each POOLED frames in place of these: a model that reads states needs no more of them than a melody has notes. */
static void pool_frames(real *frames, int *T)
{
    int pooled = (*T + POOLED - 1) / POOLED;
    for (int t = 0; t < pooled; t++) {
        int from = t * POOLED, to = from + POOLED < *T ? from + POOLED : *T;
        for (int c = 0; c < MM_VOICE_FRAME; c++) {
            real sum = 0;
            for (int i = from; i < to; i++) {
                sum += frames[i * MM_VOICE_FRAME + c];
            }
            frames[t * MM_VOICE_FRAME + c] = sum / (real)(to - from);
        }
    }
    *T = pooled < MOST_FRAMES ? pooled : MOST_FRAMES;
}

static void hear(Feelings *f)
{
    const SentimentList *voices = &f->s.list[MM_VOICE];
    int *speaker = mm_take((size_t)voices->n + 1, sizeof *speaker);
    f->frames = mm_take((size_t)voices->n + 1, sizeof *f->frames);
    f->T = mm_take((size_t)voices->n + 1, sizeof *f->T);
    f->summary = mm_take((size_t)voices->n + 1, MM_VOICE_SUMMARY * sizeof *f->summary);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < voices->n; i++) {
        f->frames[i] = mm_voice_frames(&front_end, &voices->at[i].sound, &f->T[i]);
        mm_voice_summary(&front_end, f->frames[i], f->T[i], f->summary + (size_t)i * MM_VOICE_SUMMARY);
    }
    who_speaks(voices, speaker);
    mm_voice_standardise(f->summary, voices->n, MM_VOICE_SUMMARY, speaker);
    standardise_frames(f, speaker);
    for (int i = 0; i < voices->n; i++) {
        pool_frames(f->frames[i], &f->T[i]);
    }
    free(speaker);
}

/* Sentences of customers are English, and so is the list of words that comes with the ratings of emoji. */
static bool rate(const char *data, Feelings *f, Error *err)
{
    const SentimentList *texts = &f->s.list[MM_TEXT];
    char *path = mm_join_path(data, "fetched/valence/words.tsv");
    Lexicon *l = lexicon_load(path, err);
    f->rated = mm_take((size_t)texts->n + 1, LEXICON_SUMS * sizeof *f->rated);
    for (int i = 0; i < texts->n && l; i++) {
        lexicon_read(l, texts->at[i].text, f->rated + i * LEXICON_SUMS);
    }
    bool ok = l != NULL;
    lexicon_free(l);
    free(path);
    return ok;
}

static void look(Feelings *f)
{
    const SentimentList *faces = &f->s.list[MM_FACE];
    size_t each = 3 * FACE_SIDE * FACE_SIDE;
    f->pixels = mm_take((size_t)faces->n * each, sizeof *f->pixels);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < faces->n; i++) {
        Picture flat = mm_picture_flatten(&faces->at[i].picture, mm_white);
        Picture small = mm_picture_resize(&flat, FACE_SIDE, FACE_SIDE, MM_BICUBIC);
        for (int k = 0; k < (int)each; k++) { /* channels next to each other -> one after the other */
            int channel = k / (FACE_SIDE * FACE_SIDE), place = k % (FACE_SIDE * FACE_SIDE);
            f->pixels[(size_t)i * each + (size_t)k] = small.pixels[place * 3 + channel] / (real)255;
        }
        mm_picture_free(&small);
        mm_picture_free(&flat);
    }
}

static void describe(Feelings *f)
{
    size_t used = 0;
    for (int m = 0; m < MM_MODALITIES; m++) {
        const SentimentList *l = &f->s.list[m];
        if (l->n > 0 && used < sizeof f->source) {
            used += (size_t)snprintf(f->source + used, sizeof f->source - used, "%s%d %ss: %s%s", used ? "; " : "", l->n,
                                     mm_modality_name[m], l->source, l->synthetic ? " (synthetic)" : "");
        }
    }
}

bool feelings_load(const char *data, DataSet set, const char *table, Feelings *f, Error *err)
{
    *f = (Feelings){0};
    bool ok = table              ? mm_sentiment_table(table, &f->s, &f->own, &f->n_own, err)
              : set == DATA_REAL ? mm_sentiment_load_fetched(data, &f->s, err) && rate(data, f, err)
                                 : mm_sentiment_load(data, &f->s, err);
    if (!ok) {
        feelings_free(f);
        return false;
    }
    hear(f);
    look(f);
    describe(f);
    return true;
}

void feelings_free(Feelings *f)
{
    for (int i = 0; f->frames && i < f->s.list[MM_VOICE].n; i++) {
        free(f->frames[i]);
    }
    free(f->rated);
    free(f->frames);
    free(f->T);
    free(f->summary);
    free(f->pixels);
    free(f->own);
    mm_sentiment_free(&f->s);
    *f = (Feelings){0};
}
