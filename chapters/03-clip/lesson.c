/* lesson.c: batches of painted clothes. What is said of a picture is its pair, in one of several forms; beside these, each batch has
 * texts that name only a kind or only a colour, and these are true of many pictures. */
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
    b.said = mm_take(texts, sizeof *b.said);
    b.fits = mm_take(texts * (size_t)n, sizeof *b.fits);
    b.apart = mm_take(texts * (size_t)n, sizeof *b.apart);
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
    free(b->said);
    free(b->fits);
    free(b->apart);
    for (int l = 0; l < LANGUAGES; l++) {
        free(b->ids[l]);
        free(b->length[l]);
    }
}

/* A picture in any colour in which its kind is not held out, moved and lit a little differently; the colour stays. */
static void draw_picture(const Garments *g, const ClipInput *in, Rng rng, int i, Lesson *b)
{
    static const Augment views = {.flip = 0.5, .rotate = 0.1, .scale = 0.1, .shift = 0.06, .brightness = 0.04, .contrast = 0.1};
    int item = mm_below(&rng, g->n);
    b->kind[i] = g->kind[item];
    do {
        b->colour[i] = mm_below(&rng, COLOURS);
    } while (garments_held_out(b->kind[i], b->colour[i]));
    Picture p = garments_paint(g, item, b->colour[i], rng);
    rng.count += 16; /* past what the paint has drawn */
    real *pixels = b->pixels + (size_t)i * 3 * LESSON_SIZE * LESSON_SIZE;
    mm_augment(&p, &views, rng, LESSON_SIZE, pixels);
    clip_normalise_unit(in, LESSON_SIZE, pixels);
    mm_picture_free(&p);
}

/* No red picture that training sees is a dress. A text "a dress" that turned away everything red would be right throughout training,
 * and wrong about a red dress. So red pictures are not among the wrong answers to it, nor dresses among those to "red". */
static bool never_together(Said what, int kind, int colour)
{
    return (what.colour < 0 && garments_held_out(what.kind, colour)) || (what.kind < 0 && garments_held_out(kind, what.colour));
}

/* What is said: of picture t its pair; then of pictures that chance picks, the kind or the colour. */
static void draw_texts(Rng *rng, Lesson *b)
{
    for (int t = 0; t < b->texts; t++) {
        int i = t < b->n ? t : mm_below(rng, b->n), part = t < b->n ? 2 : mm_below(rng, 2);
        b->said[t] = (Said){part == 1 ? -1 : b->kind[i], part == 0 ? -1 : b->colour[i]};
        for (int k = 0; k < b->n; k++) {
            b->fits[t * b->n + k] = garments_true(b->said[t], b->kind[k], b->colour[k]);
            b->apart[t * b->n + k] = never_together(b->said[t], b->kind[k], b->colour[k]) ? (real)-1e4 : 0;
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
        draw_picture(texts->garments, texts->input, own, i, b);
    }
    rng.count = ((uint64_t)step * (uint64_t)(b->n + 1) + (uint64_t)b->n) << 16 | 1ULL << 60;
    draw_texts(&rng, b);
    for (int l = 0; l < LANGUAGES; l++) {
        draw_forms(texts, &rng, l, b);
    }
}
