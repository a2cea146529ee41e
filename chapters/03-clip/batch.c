/* batch.c: training data, a step at a time. */
#include "batch.h"
#include "io/memory.h"
#include "program.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TAGS = 8 }; /* in one text */

/* Appends a phrase, as much as fits before the end token. */
static int append(int *ids, int n, int context, const Phrase *p)
{
    for (int i = 0; i < p->n && n < context - 1; i++) {
        ids[n++] = p->ids[i];
    }
    return n;
}

/* Writes start, maybe an article, the phrases, end; returns how many ids that is. */
static int write_caption(const BatchPlan *plan, int language, const Phrase *const *phrase, int phrases, Rng *rng, int *ids)
{
    const Captions *c = plan->captions;
    int n = 0;
    ids[n++] = c->start;
    if (mm_uniform(rng) < plan->mix.article) {
        n = append(ids, n, plan->context, &c->article[language]);
    }
    for (int i = 0; i < phrases; i++) {
        n = append(ids, n, plan->context, phrase[i]);
    }
    ids[n++] = c->end;
    return n;
}

void batch_free(Batch *b)
{
    free(b->pixels);
    free(b->concept);
    free(b->named);
    free(b->order);
    for (int l = 0; l < LANGUAGES; l++) {
        free(b->ids[l]);
        free(b->length[l]);
        free(b->fits[l]);
    }
    *b = (Batch){0};
}

double batch_steps_per_epoch(const BatchPlan *plan)
{
    return (double)plan->items / plan->batch;
}

/* Shuffles the items and returns how many there are. By concept, only the first picture of each concept stays: that is a
 * shuffle of the concepts, each in a style that chance has picked. */
static int draw_order(const BatchPlan *plan, Rng rng, int *order)
{
    mm_permutation(&rng, order, plan->items);
    if (!plan->by_concept) {
        return plan->items;
    }
    int n = 0;
    bool *taken = mm_take((size_t)plan->captions->concepts, sizeof *taken);
    for (int i = 0; i < plan->items; i++) {
        int concept = plan->emoji->at[plan->item[order[i]]].concept;
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
    size_t n = (size_t)plan->batch;
    Batch b = {.n = plan->batch, .round = -1};
    b.texts = plan->batch + (plan->mix.tag_texts < plan->batch ? plan->mix.tag_texts : plan->batch);
    size_t texts = (size_t)b.texts;
    b.pixels = mm_take(n * 3 * (size_t)(plan->size * plan->size), sizeof(real));
    b.concept = mm_take(n, sizeof(int));
    b.named = mm_take(n * n, sizeof(bool));
    b.order = mm_take((size_t)plan->items, sizeof(int));
    for (int l = 0; l < LANGUAGES; l++) {
        b.ids[l] = mm_take(texts * (size_t)plan->context, sizeof(int));
        b.length[l] = mm_take(texts, sizeof(int));
        b.fits[l] = mm_take(texts * n, sizeof(bool));
    }
    b.steps_per_round = draw_order(plan, mm_rng(plan->seed, "order"), b.order) / plan->batch;
    return b;
}

/* The stream of a step's i-th pair: far enough from the next that no draws are shared. */
static Rng stream(const BatchPlan *plan, const char *name, int64_t step, int i)
{
    Rng r = mm_rng(plan->seed, name);
    r.count = ((uint64_t)step * 2 * (uint64_t)plan->batch + (uint64_t)i) << 8; /* a batch has at most twice as many texts */
    return r;
}

/* The phrases of caption number i: the name of picture i, or some tags of picture i - n. Returns how many. */
static int draw_phrases(const BatchPlan *plan, const Batch *b, int i, int language, Rng *rng, const Phrase **phrase)
{
    const Captions *c = plan->captions;
    int own = b->concept[i % b->n] * LANGUAGES + language, tags = c->tags[own], n = 0;
    if (i < b->n || tags == 0) {
        phrase[n++] = &c->name[own];
        return n;
    }
    for (int wanted = 1 + mm_below(rng, plan->mix.most_tags); n < wanted;) {
        phrase[n++] = &c->tag[own][mm_below(rng, tags)];
    }
    return n;
}

static void fill_caption(const BatchPlan *plan, int64_t step, Batch *b, int i, int language)
{
    Rng rng = stream(plan, language == EN ? "captions en" : "captions zh", step, i);
    const Phrase *phrase[MOST_TAGS];
    int n = draw_phrases(plan, b, i, language, &rng, phrase);
    for (int k = 0; k < b->n; k++) {
        bool fits = true;
        for (int p = 0; p < n && fits; p++) {
            fits = captions_true(plan->captions, phrase[p], language, b->concept[k]);
        }
        b->fits[language][i * b->n + k] = fits;
    }
    b->length[language][i] = write_caption(plan, language, phrase, n, &rng, b->ids[language] + i * plan->context);
}

/* The captions of one language, moved together so that rows are as long as the longest. */
static void fill_captions(const BatchPlan *plan, int64_t step, Batch *b, int language)
{
    int *ids = b->ids[language], longest = 0;
    memset(ids, 0, (size_t)b->texts * (size_t)plan->context * sizeof *ids);
#pragma omp parallel for
    for (int i = 0; i < b->texts; i++) {
        fill_caption(plan, step, b, i, language);
    }
    for (int i = 0; i < b->texts; i++) {
        longest = b->length[language][i] > longest ? b->length[language][i] : longest;
    }
    for (int i = 0; i < b->texts; i++) {
        memmove(ids + i * longest, ids + i * plan->context, (size_t)longest * sizeof *ids);
    }
    b->T[language] = longest;
}

void batch_fill(const BatchPlan *plan, int64_t step, Batch *b)
{
    int64_t round = step / b->steps_per_round, first = step % b->steps_per_round * plan->batch;
    size_t picture = 3 * (size_t)(plan->size * plan->size);
    if (round != b->round) {
        Rng rng = mm_rng(plan->seed, "order");
        rng.count = (uint64_t)round << 32;
        draw_order(plan, rng, b->order);
        b->round = round;
    }
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < b->n; i++) {
        const Emoji *e = &plan->emoji->at[plan->item[b->order[first + i]]];
        b->concept[i] = e->concept;
        mm_augment(&e->picture, &plan->augment, stream(plan, "views", step, i), plan->size, b->pixels + (size_t)i * picture);
        clip_normalise_unit(plan->input, plan->size, b->pixels + (size_t)i * picture);
    }
    for (int i = 0; i < b->n * b->n; i++) {
        b->named[i] = b->concept[i / b->n] == b->concept[i % b->n];
    }
    for (int l = 0; l < LANGUAGES; l++) {
        fill_captions(plan, step, b, l);
    }
}
