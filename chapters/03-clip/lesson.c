/* lesson.c: batches of painted clothes. Two things let a model put together what it has never seen together:
 *
 *     texts that name only a kind or only a colour, and are true of many pictures;
 *     pictures in colours without a name, of which only the kind is said: whoever has seen dresses in a thousand colours knows a dress
 *     in any. Never in one that would be called by the name of the colour in which the kind is held out. */
#include "lesson.h"
#include "io/memory.h"
#include "program.h"

enum { FORMS = 8, TEXTS = PAIRS + KINDS + COLOURS, VOCAB = 1024 };

/* ---- all texts, as ids ---- */

/* Number t: the pairs first, then the kinds, then the colours. */
static Said said(int t)
{
    return t < PAIRS           ? (Said){t / COLOURS, t % COLOURS}
           : t < PAIRS + KINDS ? (Said){t - PAIRS, -1}
                               : (Said){-1, t - PAIRS - KINDS};
}

static int number_of(Said s)
{
    return s.kind < 0 ? PAIRS + KINDS + s.colour : s.colour < 0 ? PAIRS + s.kind : s.kind * COLOURS + s.colour;
}

static bool may_be_said(int t)
{
    return t >= PAIRS || !garments_held_out(t / COLOURS, t % COLOURS);
}

static int text_at(int language, int t, int form)
{
    return (language * TEXTS + t) * FORMS + form;
}

Tokenizer *lessons_learn_tokens(const Garments *g, Error *err)
{
    char(*text)[GARMENT_TEXT] = mm_take(LANGUAGES * TEXTS * FORMS, sizeof *text);
    const char **list = mm_take(LANGUAGES * TEXTS * FORMS, sizeof *list);
    int n = 0;
    for (int l = 0; l < LANGUAGES; l++) {
        for (int t = 0; t < TEXTS; t++) {
            for (int f = 0; may_be_said(t) && f < garments_forms(said(t), l); f++) {
                garments_say(g, said(t), l, f, text[n]);
                list[n] = text[n];
                n++;
            }
        }
    }
    Tokenizer *tok = mm_tokenizer_learn(list, n, VOCAB, true, err);
    free(list);
    free(text);
    return tok;
}

bool lessons_make(const Garments *g, const Tokenizer *tok, Lessons *texts, Error *err)
{
    *texts = (Lessons){.garments = g};
    texts->ids = mm_take(LANGUAGES * TEXTS * FORMS * LESSON_CONTEXT, sizeof *texts->ids);
    texts->length = mm_take(LANGUAGES * TEXTS * FORMS, sizeof *texts->length);
    bool ok = true;
    for (int i = 0; ok && i < LANGUAGES * TEXTS * FORMS; i++) {
        char text[GARMENT_TEXT];
        int t = i / FORMS % TEXTS;
        if (may_be_said(t)) {
            garments_say(g, said(t), i / FORMS / TEXTS, i % FORMS, text);
            ok = mm_tokenize(tok, text, LESSON_CONTEXT, texts->ids + (size_t)i * LESSON_CONTEXT, &texts->length[i], err);
        }
    }
    if (!ok) {
        lessons_free(texts);
    }
    return ok;
}

void lessons_free(Lessons *texts)
{
    free(texts->ids);
    free(texts->length);
    *texts = (Lessons){0};
}

/* ---- a batch ---- */

Lesson lesson_new(int n, int partial)
{
    size_t texts = (size_t)(n + partial);
    Lesson b = {.n = n, .texts = n + partial};
    b.pixels = mm_take((size_t)n * 3 * LESSON_SIZE * LESSON_SIZE, sizeof *b.pixels);
    b.kind = mm_take((size_t)n, sizeof *b.kind);
    b.colour = mm_take((size_t)n, sizeof *b.colour);
    b.looks = mm_take((size_t)n, sizeof *b.looks);
    b.said = mm_take(texts, sizeof *b.said);
    b.text_fits = mm_take(texts * (size_t)n, sizeof *b.text_fits);
    b.text_apart = mm_take(texts * (size_t)n, sizeof *b.text_apart);
    b.picture_fits = mm_take((size_t)n * (size_t)n, sizeof *b.picture_fits);
    b.picture_apart = mm_take((size_t)n * (size_t)n, sizeof *b.picture_apart);
    for (int l = 0; l < LANGUAGES; l++) {
        b.ids[l] = mm_take(texts * LESSON_CONTEXT, sizeof *b.ids[l]);
        b.length[l] = mm_take(texts, sizeof *b.length[l]);
    }
    return b;
}

void lesson_free(Lesson *b)
{
    free(b->pixels);
    free(b->kind);
    free(b->colour);
    free(b->looks);
    free(b->said);
    free(b->text_fits);
    free(b->text_apart);
    free(b->picture_fits);
    free(b->picture_apart);
    for (int l = 0; l < LANGUAGES; l++) {
        free(b->ids[l]);
        free(b->length[l]);
    }
}

/* A colour of the palette, or, every other time, any red, green and blue; in neither case the one in which the kind is held out. */
static Picture draw_paint(const Lessons *lessons, int item, Rng *rng, int *colour, int *looks)
{
    const Garments *g = lessons->garments;
    int kind = g->kind[item], rgb[3];
    bool named = mm_below(rng, 2) || lessons->plain;
    do {
        for (int k = 0; k < 3; k++) {
            rgb[k] = mm_below(rng, 256);
        }
        *looks = named ? mm_below(rng, COLOURS) : garments_nearest(rgb);
    } while (garments_held_out(kind, *looks));
    *colour = named ? *looks : -1;
    return named ? garments_paint(g, item, *colour, *rng) : garments_paint_rgb(g, item, rgb);
}

/* Moved and lit a little differently; the colour stays. */
static void draw_picture(const Lessons *lessons, Rng rng, int i, Lesson *b)
{
    static const Augment views = {.flip = 0.5, .rotate = 0.1, .scale = 0.1, .shift = 0.06, .brightness = 0.04, .contrast = 0.1};
    int item = mm_below(&rng, lessons->garments->n);
    real *pixels = b->pixels + (size_t)i * 3 * LESSON_SIZE * LESSON_SIZE;
    b->kind[i] = lessons->garments->kind[item];
    Picture p = draw_paint(lessons, item, &rng, &b->colour[i], &b->looks[i]);
    rng.count += 16; /* past what the paint has drawn */
    mm_augment(&p, &views, rng, LESSON_SIZE, pixels);
    clip_normalise_unit(lessons->input, LESSON_SIZE, pixels);
    mm_picture_free(&p);
}

/* Whether a text is compared with picture i. Not where nobody knows: "a green dress" with a dress in a colour without a name. And not
 * where the answer would be no each time that training asks: none of its red pictures is a dress, so "a dress" would learn to turn
 * away all that is red. */
static bool may_compare(Said s, const Lesson *b, int i)
{
    int kind = b->kind[i], colour = b->colour[i];
    if (s.colour < 0) {
        return !garments_held_out(s.kind, b->looks[i]);
    }
    if (colour < 0) {
        return s.kind >= 0 && s.kind != kind;
    }
    return s.kind >= 0 || !garments_held_out(kind, s.colour);
}

/* What is said: of picture t its pair, or its kind; then of pictures that chance picks, the kind or the colour. */
static void draw_said(Rng *rng, Lesson *b)
{
    for (int t = 0; t < b->texts; t++) {
        int i = t < b->n ? t : mm_below(rng, b->n);
        bool kind_only = b->colour[i] < 0 || (t >= b->n && mm_below(rng, 2)), colour_only = t >= b->n && !kind_only;
        b->said[t] = (Said){colour_only ? -1 : b->kind[i], kind_only ? -1 : b->colour[i]};
    }
}

/* Here a picture is compared only with texts that say as much as can be said of it. */
static void compare_all(Lesson *b)
{
    for (int t = 0; t < b->texts; t++) {
        Said s = b->said[t];
        for (int i = 0; i < b->n; i++) {
            bool right = garments_true(s, b->kind[i], b->colour[i]), asked = may_compare(s, b, i);
            b->text_fits[t * b->n + i] = right && asked;
            b->text_apart[t * b->n + i] = asked ? 0 : (real)-1e4;
            if (t < b->n) {
                asked = asked && (s.colour < 0) == (b->colour[i] < 0);
                b->picture_fits[i * b->n + t] = right && asked;
                b->picture_apart[i * b->n + t] = asked ? 0 : (real)-1e4;
            }
        }
    }
}

/* Each text in a form that chance picks, in rows as long as the longest. */
static void draw_forms(const Lessons *texts, Rng *rng, int language, Lesson *b)
{
    int *at = mm_take((size_t)b->texts, sizeof *at), *T = &b->T[language];
    *T = 0;
    for (int t = 0; t < b->texts; t++) {
        at[t] = text_at(language, number_of(b->said[t]), mm_below(rng, FORMS));
        b->length[language][t] = texts->length[at[t]];
        *T = *T > texts->length[at[t]] ? *T : texts->length[at[t]];
    }
    for (int t = 0; t < b->texts; t++) {
        memcpy(b->ids[language] + t * *T, texts->ids + at[t] * LESSON_CONTEXT, (size_t)*T * sizeof(int));
    }
    free(at);
}

void lesson_draw(const Lessons *texts, uint64_t seed, int step, Lesson *b)
{
    Rng rng = mm_rng(seed, "fashion");
#pragma omp parallel for
    for (int i = 0; i < b->n; i++) {
        Rng own = rng;
        own.count = ((uint64_t)step * (uint64_t)(b->n + 1) + (uint64_t)i) << 8;
        draw_picture(texts, own, i, b);
    }
    rng.count = ((uint64_t)step * (uint64_t)(b->n + 1) + (uint64_t)b->n) << 16 | 1ULL << 60;
    draw_said(&rng, b);
    compare_all(b);
    for (int l = 0; l < LANGUAGES; l++) {
        draw_forms(texts, &rng, l, b);
    }
}
