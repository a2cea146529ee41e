/* feelings.c: loads the single items and works out their numbers. */
#include "feelings.h"
#include "io/memory.h"

#include <math.h>
#include <stdio.h>

const char *const data_set_name[] = {"shipped", "real", NULL};

/* Coarser than for speech recognition: what a feeling does to a voice takes longer than a vowel. */
static const FrontEnd front_end = {.rate = 16000, .window = 640, .hop = 480, .fft = 1024, .mels = 40, .low = 20, .high = 8000};

static void hear(Feelings *f)
{
    const SentimentList *voices = &f->s.list[MM_VOICE];
    f->frames = mm_take((size_t)voices->n, sizeof *f->frames);
    f->T = mm_take((size_t)voices->n, sizeof *f->T);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < voices->n; i++) {
        f->frames[i] = mm_voice_frames(&front_end, &voices->at[i].sound, &f->T[i]);
        f->T[i] = f->T[i] < MOST_FRAMES ? f->T[i] : MOST_FRAMES;
    }
}

/* Brings column c of all frames of one voice to mean 0 and deviation 1: a listener hears how somebody speaks now beside how he always does.
 * It takes no label, so it is done with voices of the test too. */
static void standardise_voice(Feelings *f, int group, int c)
{
    const SentimentList *voices = &f->s.list[MM_VOICE];
    double n = 0, sum = 0, squares = 0;
    for (int i = 0; i < voices->n; i++) {
        for (int t = 0; t < f->T[i] && voices->at[i].group == group; t++, n++) {
            double x = (double)f->frames[i][t * MM_VOICE_FRAME + c];
            sum += x;
            squares += x * x;
        }
    }
    double mean = n > 0 ? sum / n : 0, variance = n > 0 ? squares / n - mean * mean : 0;
    for (int i = 0; i < voices->n; i++) {
        for (int t = 0; t < f->T[i] && voices->at[i].group == group; t++) {
            real *x = &f->frames[i][t * MM_VOICE_FRAME + c];
            *x = (real)(((double)*x - mean) / sqrt(variance > 1e-8 ? variance : 1));
        }
    }
}

static void standardise_voices(Feelings *f)
{
    for (int k = 0; k < f->s.list[MM_VOICE].groups * MM_VOICE_FRAME; k++) {
        standardise_voice(f, k / MM_VOICE_FRAME, k % MM_VOICE_FRAME);
    }
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
              : set == DATA_REAL ? mm_sentiment_load_fetched(data, &f->s, err)
                                 : mm_sentiment_load(data, &f->s, err);
    if (ok) {
        hear(f);
        standardise_voices(f);
        look(f);
        describe(f);
    }
    return ok;
}

void feelings_free(Feelings *f)
{
    for (int i = 0; f->frames && i < f->s.list[MM_VOICE].n; i++) {
        free(f->frames[i]);
    }
    free(f->frames);
    free(f->T);
    free(f->pixels);
    free(f->own);
    mm_sentiment_free(&f->s);
    *f = (Feelings){0};
}
