/* batch.c: training data, a step at a time. */
#include "batch.h"
#include "io/memory.h"
#include "program.h"

void batch_free(Batch *b)
{
    free(b->pixels);
    free(b->item);
    free(b->order);
    for (int l = 0; l < LANGUAGES; l++) {
        free(b->ids[l]);
        free(b->length[l]);
        free(b->named[l]);
        free(b->fits[l]);
    }
    *b = (Batch){0};
}

double batch_steps_per_epoch(const BatchPlan *plan)
{
    return (double)plan->source->items / plan->batch;
}

/* Shuffles the items and returns how many there are. By concept, only the first picture of each concept stays: that is a
 * shuffle of the concepts, each in a style that chance has picked. */
static int draw_order(const BatchPlan *plan, Rng rng, int *order)
{
    const Source *s = plan->source;
    mm_permutation(&rng, order, s->items);
    if (!plan->by_concept || !s->kind->concept) {
        return s->items;
    }
    int n = 0;
    bool *taken = mm_take((size_t)s->concepts, sizeof *taken);
    for (int i = 0; i < s->items; i++) {
        int concept = s->kind->concept(s, order[i]);
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
    int more = plan->source->kind->more_texts ? plan->mix.tag_texts : 0;
    Batch b = {.n = plan->batch, .languages = plan->source->languages, .round = -1};
    b.texts = plan->batch + (more < plan->batch ? more : plan->batch);
    size_t texts = (size_t)b.texts;
    b.rows = mm_ranks_part(plan->ranks, plan->batch);
    b.pixels = mm_take((size_t)b.rows.n * 3 * (size_t)(plan->size * plan->size), sizeof(real));
    b.item = mm_take(n, sizeof(int));
    b.order = mm_take((size_t)plan->source->items, sizeof(int));
    for (int l = 0; l < b.languages; l++) {
        b.ids[l] = mm_take(texts * (size_t)plan->context, sizeof(int));
        b.length[l] = mm_take(texts, sizeof(int));
        b.named[l] = mm_take(n * n, sizeof(bool));
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

static bool fill_text(const BatchPlan *plan, int64_t step, Batch *b, int i, int language, bool *own, Error *err)
{
    TextDraw d = {.mix = &plan->mix, .item = b->item, .n = b->n, .i = i, .language = language, .context = plan->context};
    d.rng = stream(plan, language == EN ? "captions en" : "captions zh", step, i);
    d.ids = b->ids[language] + (size_t)i * (size_t)plan->context;
    d.fits = b->fits[language] + (size_t)i * (size_t)b->n;
    d.own = own;
    bool ok = plan->source->kind->text(plan->source, &d, err);
    b->length[language][i] = d.length;
    for (int k = 0; k < b->n && i < b->n; k++) {
        b->named[language][(size_t)k * (size_t)b->n + (size_t)i] = own[k];
    }
    return ok;
}

/* The texts of one language, moved together so that rows are as long as the longest. */
static bool fill_texts(const BatchPlan *plan, int64_t step, Batch *b, int language, Error *err)
{
    int *ids = b->ids[language], longest = 0;
    bool ok = true;
    memset(ids, 0, (size_t)b->texts * (size_t)plan->context * sizeof *ids);
#pragma omp parallel
    {
        bool *own = mm_take((size_t)b->n, sizeof *own);
        Error why;
#pragma omp for
        for (int i = 0; i < b->texts; i++) {
            if (!fill_text(plan, step, b, i, language, own, &why)) {
#pragma omp critical(batch_error)
                ok = mm_error(err, "%s", why.text);
            }
        }
        free(own);
    }
    for (int i = 0; i < b->texts; i++) {
        longest = b->length[language][i] > longest ? b->length[language][i] : longest;
    }
    for (int i = 0; i < b->texts; i++) {
        memmove(ids + (size_t)i * (size_t)longest, ids + (size_t)i * (size_t)plan->context, (size_t)longest * sizeof *ids);
    }
    b->T[language] = longest;
    return ok;
}

/* A view of picture i; one that cannot be read is replaced in b->item. */
static bool fill_picture(const BatchPlan *plan, int64_t step, Batch *b, int i, Error *err)
{
    Picture p;
    int item = b->item[i];
    real *pixels = b->pixels + (size_t)(i - b->rows.first) * 3 * (size_t)(plan->size * plan->size);
    if (!source_picture(plan->source, &b->item[i], plan->size, stream(plan, "pictures", step, i), &p, err)) {
        return false;
    }
    if (plan->ranks && b->item[i] != item) {
        mm_picture_free(&p);
        return mm_error(err, "%s; other ranks would still expect its captions, so with many it must go from the list",
                        plan->source->first_unreadable->text);
    }
    mm_augment(&p, &plan->augment, stream(plan, "views", step, i), plan->size, pixels);
    clip_normalise_unit(plan->input, plan->size, pixels);
    mm_picture_free(&p);
    return true;
}

bool batch_fill(const BatchPlan *plan, int64_t step, Batch *b, Error *err)
{
    int64_t round = step / b->steps_per_round, first = step % b->steps_per_round * plan->batch;
    bool ok = true;
    if (round != b->round) {
        Rng rng = mm_rng(plan->seed, "order");
        rng.count = (uint64_t)round << 32;
        draw_order(plan, rng, b->order);
        b->round = round;
    }
    memcpy(b->item, b->order + first, (size_t)b->n * sizeof *b->item);
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = b->rows.first; i < b->rows.first + b->rows.n; i++) {
        Error why;
        if (!fill_picture(plan, step, b, i, &why)) {
#pragma omp critical(batch_error)
            ok = mm_error(err, "%s", why.text);
        }
    }
    for (int l = 0; l < b->languages && ok; l++) {
        ok = fill_texts(plan, step, b, l, err);
    }
    return ok;
}
