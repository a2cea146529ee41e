/* batch.c: pictures and texts as encoders read them. */
#include "batch.h"
#include "io/memory.h"

static const Augment views = {
    .flip = 0.5, .rotate = 0.14, .scale = 0.1, .shift = 0.05, .brightness = 0.1, .contrast = 0.2, .saturation = 0.2, .hue = 0.02};

/* ---- texts ---- */

TextBatch texts_new(const Text *const *text, int n)
{
    TextBatch t = {.n = n, .length = mm_take((size_t)n, sizeof(int))};
    for (int i = 0; i < n; i++) {
        t.length[i] = text[i]->n;
        t.T = text[i]->n > t.T ? text[i]->n : t.T;
    }
    t.ids = mm_take((size_t)n * (size_t)t.T, sizeof *t.ids);
    for (int i = 0; i < n; i++) {
        memcpy(t.ids + (size_t)i * (size_t)t.T, text[i]->ids, (size_t)text[i]->n * sizeof *t.ids);
    }
    return t;
}

void texts_free(TextBatch *t)
{
    free(t->ids);
    free(t->length);
    *t = (TextBatch){0};
}

TextBatch texts_of_names(const Set *s, const int *concept, int n, int language)
{
    const Text **text = mm_take((size_t)n, sizeof *text);
    for (int i = 0; i < n; i++) {
        text[i] = &s->words[language][concept[i]].name;
    }
    TextBatch t = texts_new(text, n);
    free(text);
    return t;
}

TextBatch texts_of_classes(const Set *s, int level, int language)
{
    const Level *l = &s->level[level];
    int n = l->classes[EN].n;
    const Text **text = mm_take((size_t)n, sizeof *text);
    for (int i = 0; i < n; i++) {
        text[i] = &l->text[language][i];
    }
    TextBatch t = texts_new(text, n);
    free(text);
    return t;
}

/* A name, or a name and up to three of its tags. */
static Text draw_text(const Words *w, Rng rng)
{
    enum { MOST_TAGS = 3 };
    int tags = w->tags > 0 && mm_uniform(&rng) < 1.0 / 3 ? 1 + mm_below(&rng, MOST_TAGS) : 0;
    Text t = {mm_take((size_t)w->name.n, sizeof(int)), w->name.n};
    memcpy(t.ids, w->name.ids, (size_t)t.n * sizeof *t.ids);
    for (int i = 0; i < tags; i++) {
        const Text *tag = &w->tag[mm_below(&rng, w->tags)];
        t.ids = mm_take_again(t.ids, (size_t)(t.n + tag->n) * sizeof *t.ids);
        memcpy(t.ids + t.n, tag->ids, (size_t)tag->n * sizeof *t.ids);
        t.n += tag->n;
    }
    return t;
}

/* ---- pictures ---- */

/* Numbers around 0, of about the size that the encoder's first layer expects. */
static void centre(real *pixels, int size)
{
    for (int i = 0; i < 3 * size * size; i++) {
        pixels[i] = (pixels[i] - (real)0.5) * 4;
    }
}

void read_picture(const Picture *p, int size, real *pixels)
{
    Picture small = mm_picture_resize(p, size, size, MM_BICUBIC), rgb = mm_picture_flatten(&small, mm_white);
    size_t plane = (size_t)size * (size_t)size;
    for (size_t i = 0; i < plane; i++) {
        for (size_t c = 0; c < 3; c++) {
            pixels[c * plane + i] = (real)rgb.pixels[3 * i + c] / 255;
        }
    }
    centre(pixels, size);
    mm_picture_free(&small);
    mm_picture_free(&rgb);
}

/* ---- the batch of a step ---- */

/* Shuffles the pictures; only the first of each concept stays. Returns how many. */
static int draw_order(const Set *s, Rng rng, int *order)
{
    int n = 0;
    bool *taken = mm_take((size_t)s->emoji.concepts.n, sizeof *taken);
    mm_permutation(&rng, order, s->items);
    for (int i = 0; i < s->items; i++) {
        int concept = set_concept(s, s->item[order[i]]);
        if (!taken[concept]) {
            taken[concept] = true;
            order[n++] = order[i];
        }
    }
    free(taken);
    return n;
}

Batch batch_new(const BatchPlan *plan)
{
    const Set *s = plan->set;
    size_t n = (size_t)plan->batch;
    Batch b = {.set = s, .n = plan->batch, .round = -1};
    b.concept = mm_take(n, sizeof(int));
    b.pixels = mm_take(n * 3 * PIXELS * PIXELS, sizeof(real));
    b.order = mm_take((size_t)s->items, sizeof(int));
    b.per_round = draw_order(s, mm_rng(plan->seed, "order"), b.order) / plan->batch;
    for (int k = 0; k < LEVELS; k++) {
        b.class[k] = mm_take(n, sizeof(int));
        for (int l = 0; l < LANGUAGES; l++) {
            b.classes[k][l] = texts_of_classes(s, k, l);
        }
    }
    return b;
}

void batch_free(Batch *b)
{
    free(b->concept);
    free(b->pixels);
    free(b->order);
    for (int l = 0; l < LANGUAGES; l++) {
        texts_free(&b->text[l]);
        for (int k = 0; k < LEVELS; k++) {
            texts_free(&b->classes[k][l]);
        }
    }
    for (int k = 0; k < LEVELS; k++) {
        free(b->class[k]);
    }
    *b = (Batch){0};
}

/* The stream of a step's i-th pair. */
static Rng stream(const BatchPlan *plan, const char *name, int64_t step, int i)
{
    Rng r = mm_rng(plan->seed, name);
    r.count = ((uint64_t)step * (uint64_t)plan->batch + (uint64_t)i) << 8;
    return r;
}

static void fill_texts(const BatchPlan *plan, int64_t step, Batch *b, int language)
{
    Text *drawn = mm_take((size_t)b->n, sizeof *drawn);
    const Text **text = mm_take((size_t)b->n, sizeof *text);
    for (int i = 0; i < b->n; i++) {
        const Words *w = &plan->set->words[language][b->concept[i]];
        drawn[i] = draw_text(w, stream(plan, language == EN ? "texts en" : "texts zh", step, i));
        text[i] = &drawn[i];
    }
    texts_free(&b->text[language]);
    b->text[language] = texts_new(text, b->n);
    for (int i = 0; i < b->n; i++) {
        free(drawn[i].ids);
    }
    free(drawn);
    free(text);
}

void batch_fill(const BatchPlan *plan, int64_t step, Batch *b)
{
    const Set *s = plan->set;
    int64_t round = step / b->per_round;
    const int *item = b->order + step % b->per_round * plan->batch;
    if (round != b->round) {
        Rng rng = mm_rng(plan->seed, "order");
        rng.count = (uint64_t)round << 32;
        draw_order(s, rng, b->order);
        b->round = round;
    }
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < b->n; i++) {
        const Emoji *e = &s->emoji.at[s->item[item[i]]];
        real *pixels = b->pixels + (size_t)i * 3 * PIXELS * PIXELS;
        mm_augment(&e->picture, &views, stream(plan, "views", step, i), PIXELS, pixels);
        centre(pixels, PIXELS);
        b->concept[i] = e->concept;
    }
    for (int i = 0; i < b->n; i++) {
        for (int k = 0; k < LEVELS; k++) {
            b->class[k][i] = s->level[k].of[b->concept[i]];
        }
    }
    for (int l = 0; l < LANGUAGES; l++) {
        fill_texts(plan, step, b, l);
    }
    b->done = plan->steps ? (double)step / (double)plan->steps : 0;
    b->seed = mm_rng_at(mm_rng(plan->seed, "step"), (uint64_t)step);
}
