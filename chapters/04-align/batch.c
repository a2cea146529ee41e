/* batch.c: shuffles, draws views, takes texts. */
#include "batch.h"
#include "io/memory.h"

/* "red apple" as it is, or in the form "a red apple." */
static bool tokenize(const Wordpiece *tok, const char *text, bool sentence, int context, int *ids, int *length, Error *err)
{
    char *form = NULL;
    bool ok = (asprintf(&form, sentence ? "a %s." : "%s", text) >= 0 || mm_error(err, "no memory for a text")) &&
              mm_wordpiece_tokenize(tok, form, context, ids, length, err);
    free(form);
    return ok;
}

bool batches_new(const PairSet *set, const Recipe *recipe, const Wordpiece *tok, unsigned long long seed, Batches *b, Error *err)
{
    size_t n = (size_t)set->n, context = (size_t)recipe->model.context;
    *b = (Batches){.set = set,
                   .recipe = recipe,
                   .seed = seed,
                   .ids = mm_take(2 * n * context, sizeof(int)),
                   .length = mm_take(2 * n, sizeof(int)),
                   .order = mm_take(n, sizeof(int)),
                   .epoch = -1};
    for (size_t i = 0; i < 2 * n; i++) {
        if (!tokenize(tok, set->text[i / 2], i % 2 == 1, (int)context, b->ids + i * context, &b->length[i], err)) {
            return false;
        }
    }
    return batches_per_epoch(b) > 0 ||
           mm_error(err, "--batch %d is more than there are pairs to train on: %d", recipe->batch, set->n);
}

void batches_free(Batches *b)
{
    free(b->ids);
    free(b->length);
    free(b->order);
    *b = (Batches){0};
}

int64_t batches_per_epoch(const Batches *b)
{
    return b->set->n / b->recipe->batch;
}

static void shuffle(Batches *b, int64_t epoch)
{
    if (epoch != b->epoch) {
        Rng rng = mm_rng(b->seed, "order");
        rng.count = (uint64_t)epoch << 32;
        mm_permutation(&rng, b->order, b->set->n);
        b->epoch = epoch;
    }
}

void batch_view(const Picture *p, const Recipe *r, unsigned long long seed, int64_t place, real *pixels)
{
    int size = r->model.image.size;
    Rng rng = mm_rng(seed, "views");
    rng.count = (uint64_t)place << 8; /* far enough from the next that no draws are shared */
    mm_augment(p, &r->augment, rng, size, pixels);
    for (int k = 0; k < 3 * size * size; k++) {
        pixels[k] = 2 * pixels[k] - 1;
    }
}

/* Which text of the pair, and in which form: its place in Batches.ids. */
static int draw_text(const Batches *b, int pair, int64_t place)
{
    Rng rng = mm_rng(b->seed, "sentences");
    rng.count = (uint64_t)place;
    return 2 * pair + (mm_uniform(&rng) < b->recipe->sentences);
}

Batch batch_of(Graph *g, Batches *b, int64_t s)
{
    int n = b->recipe->batch, size = b->recipe->model.image.size, context = b->recipe->model.context;
    size_t picture = 3 * (size_t)(size * size);
    int *text = mm_arena(g, (size_t)n * sizeof *text);
    Batch out = {.n = n, .pixels = mm_reals(g, (size_t)n * picture), .length = mm_arena(g, (size_t)n * sizeof(int))};
    shuffle(b, s / batches_per_epoch(b));
    const int *item = b->order + s % batches_per_epoch(b) * n;
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < n; i++) {
        batch_view(&b->set->picture[item[i]], b->recipe, b->seed, s * n + i, out.pixels + (size_t)i * picture);
    }
    for (int i = 0; i < n; i++) {
        text[i] = draw_text(b, item[i], s * n + i);
        out.length[i] = b->length[text[i]];
        out.T = out.length[i] > out.T ? out.length[i] : out.T;
    }
    out.ids = mm_arena(g, (size_t)n * (size_t)out.T * sizeof(int));
    for (int i = 0; i < n; i++) {
        memcpy(out.ids + (size_t)i * (size_t)out.T, b->ids + (size_t)text[i] * (size_t)context, (size_t)out.T * sizeof(int));
    }
    return out;
}
