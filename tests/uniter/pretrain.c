/* pretrain.c: pretraining on a set that is made up, of which all is known: it learns what there is to learn, goes on to the same bits, and
 * refuses what it cannot use. */
#include "pretrain.h"
#include "../io/scratch.h"
#include "measure.h"

#include <math.h>

/* Kinds of things, each with a word and a look; a picture has two or three of them at random places, and its text names all of them in some
 * order: "[CLS] a and b [SEP]". */
enum { KINDS = 8, PAD, CLS = 1, SEP, MASK, AND, FIRST_KIND, VOCAB = FIRST_KIND + KINDS, MOST = 3, DIM = 10, LABELS = KINDS + 1 };
enum { WORDS = 2 * MOST + 1, ITEMS = 400, HELD_OUT = 80 };

static const Tokens tokens = {MASK, AND, VOCAB};

typedef struct World {
    Item item[ITEMS];
    int ids[ITEMS][WORDS], named[ITEMS][WORDS], kind[ITEMS][MOST];
    real feat[ITEMS][MOST * DIM], box[ITEMS][MOST * UNITER_BOX], soft[ITEMS][MOST * LABELS];
    real look[KINDS][DIM];
} World;

static void make_item(World *w, int i, Rng *rng)
{
    int kind[KINDS], regions = 2 + mm_below(rng, MOST - 1);
    mm_permutation(rng, kind, KINDS);
    for (int r = 0; r < regions; r++) {
        for (int d = 0; d < DIM; d++) {
            w->feat[i][r * DIM + d] = w->look[kind[r]][d] + (real)(0.3 * mm_normal(rng));
        }
        for (int k = 0; k < LABELS; k++) {
            w->soft[i][r * LABELS + k] = (real)(k == 1 + kind[r] ? 0.9 : 0.1 / (LABELS - 1));
        }
        w->kind[i][r] = r;
        real *box = w->box[i] + r * UNITER_BOX;
        for (int k = 0; k < 2; k++) {
            box[4 + k] = (real)(0.2 + 0.3 * mm_uniform(rng));
            box[k] = (real)(mm_uniform(rng) * (1 - (double)box[4 + k]));
            box[2 + k] = box[k] + box[4 + k];
        }
        box[6] = box[4] * box[5];
    }
    int order[MOST], words = 2 * regions + 1;
    mm_permutation(rng, order, regions);
    for (int t = 0; t < words; t++) {
        bool names = t % 2;
        w->named[i][t] = names ? order[t / 2] : -1;
        w->ids[i][t] = names ? FIRST_KIND + kind[order[t / 2]] : t == 0 ? CLS : t == words - 1 ? SEP : AND;
    }
    w->item[i] = (Item){.words = words,
                        .regions = regions,
                        .ids = w->ids[i],
                        .picture = i,
                        .feat = w->feat[i],
                        .box = w->box[i],
                        .soft = w->soft[i],
                        .named = w->named[i],
                        .kind = w->kind[i]};
}

static World *world_new(void)
{
    World *w = calloc(1, sizeof *w);
    Rng rng = mm_rng(7, "world");
    for (int k = 0; k < KINDS * DIM; k++) {
        w->look[k / DIM][k % DIM] = (real)mm_normal(&rng);
    }
    for (int i = 0; i < ITEMS; i++) {
        make_item(w, i, &rng);
    }
    return w;
}

static ItemSet training(const World *w)
{
    return (ItemSet){w->item, ITEMS - HELD_OUT, DIM, LABELS};
}

static Uniter small(Params *ps)
{
    return uniter_init(
        ps,
        (UniterConfig){
            .bert = {.vocab = VOCAB, .width = 32, .layers = 2, .heads = 4, .intermediate = 64, .positions = WORDS, .types = 2},
            .img_dim = DIM,
            .label_dim = LABELS});
}

static void print(const char *what, const Accuracy *a)
{
    print_message("%-10s %.3f of %d   chance %.3f   baseline %.3f\n", what, a->model, a->asked, a->chance, a->baseline);
}

static void learns(void **state)
{
    (void)state;
    Error err;
    World *w = world_new();
    Params *ps = mm_params_new(1);
    Uniter u = small(ps);
    Recipe r = recipe_default;
    r.steps = 3000;
    r.first_steps = 0;
    r.warmup = 300;
    r.lr = 2e-3;
    r.batch = 32;
    float *history = calloc((size_t)r.steps * LOG_COLUMNS, sizeof *history);
    const ItemSet set = training(w), held_out = {w->item + set.n, HELD_OUT, DIM, LABELS};
    Measures before = measure(&u, &held_out, &tokens, 1);
    if (!pretrain(&u, &set, &tokens, &r, 1, &(Keeping){.state = scratch("run"), .save_every = 100000}, history, &err)) {
        fail_msg("%s", err.text);
    }
    Measures m = measure(&u, &held_out, &tokens, 1);
    print("itm", &m.itm);
    print("mlm", &m.mlm);
    print("alignment", &m.alignment);
    print("untrained", &before.alignment);
    assert_true(m.itm.asked == 2 * HELD_OUT && m.mlm.asked == m.alignment.asked && m.mlm.asked > 2 * HELD_OUT);
    assert_true(m.itm.baseline == 0.5 && m.itm.model > 0.8);
    assert_true(m.mlm.model > 0.8 && m.mlm.model > m.mlm.baseline + 0.4);
    /* Alignment is measured, not asked for: here the transport distance falls without words going to their own regions. */
    double chance = 0;
    for (int i = set.n; i < ITEMS; i++) {
        chance += 1.0 / m.alignment.asked; /* words of an item: as many as regions, each 1 in so many by chance */
    }
    assert_true(fabs(m.alignment.chance - chance) < 1e-9 && m.alignment.model >= 0 && m.alignment.model <= 1);
    assert_true(before.itm.model < 0.7 && before.mlm.model < 0.3);
    free(history);
    mm_params_free(ps);
    free(w);
}

/* ---- resume ---- */

static void run(const World *w, Params *ps, float *history, Keeping keep, bool ends, const char *says_so)
{
    Error err;
    Uniter u = small(ps);
    Recipe r = recipe_default;
    r.steps = 24;
    r.warmup = 4;
    r.batch = 8;
    const ItemSet set = training(w);
    keep.save_every = keep.save_every ? keep.save_every : 1000;
    keep.state = scratch("state.safetensors");
    bool ok = pretrain(&u, &set, &tokens, &r, 1, &keep, history, &err);
    if (ok != ends) {
        fail_msg("%s", ok ? "ran to its end" : err.text);
    }
    if (!ok) {
        says(&err, "", says_so);
    }
}

static void same_bits(void **state)
{
    (void)state;
    World *w = world_new();
    Params *whole = mm_params_new(1), *parts[3] = {mm_params_new(1), mm_params_new(1), mm_params_new(1)};
    float straight[24 * LOG_COLUMNS], resumed[24 * LOG_COLUMNS];
    run(w, whole, straight, (Keeping){0}, true, "");
    run(w, parts[0], resumed, (Keeping){.stop_after = 7}, false, "stopped after step 7 of 24; all is saved");
    memset(resumed, 0, sizeof resumed);
    run(w, parts[1], resumed, (Keeping){.resume = true, .stop_after = 8, .save_every = 3}, false, "stopped after step 15 of 24");
    memset(resumed, 0, sizeof resumed);
    run(w, parts[2], resumed, (Keeping){.resume = true}, true, "");
    assert_memory_equal(straight, resumed, sizeof straight);
    for (int i = 0; i < mm_params_count(whole); i++) {
        const Tensor *p = mm_params_at(whole, i), *q = mm_params_at(parts[2], i);
        assert_memory_equal(p->data, q->data, p->n * sizeof *p->data);
    }
    assert_int_equal(files_in_scratch(), 1);
    for (int i = 0; i < 3; i++) {
        mm_params_free(parts[i]);
    }
    mm_params_free(whole);
    free(w);
}

static void refuses(const World *w, Uniter *u, const ItemSet *set, const Recipe *r, uint64_t seed, Keeping keep, const char *what)
{
    Error err;
    float history[24 * LOG_COLUMNS];
    (void)w;
    keep.save_every = keep.save_every ? keep.save_every : 1000;
    if (pretrain(u, set, &tokens, r, seed, &keep, history, &err)) {
        fail_msg("ran, though it should say: %s", what);
    }
    says(&err, "", what);
}

static void bad_runs(void **state)
{
    (void)state;
    World *w = world_new();
    Params *ps = mm_params_new(1);
    Uniter u = small(ps);
    ItemSet set = training(w), empty = {w->item, 0, DIM, LABELS};
    Recipe r = recipe_default, none = {.steps = 24, .batch = 8};
    r.steps = 24;
    r.first_steps = 3;
    r.batch = 8;
    refuses(w, &u, &empty, &r, 1, (Keeping){.state = scratch("s")}, "there are no pictures with texts");
    refuses(w, &u, &set, &none, 1, (Keeping){.state = scratch("s")}, "no task has a ratio above 0");
    w->item[3].regions = 0;
    refuses(w, &u, &set, &r, 1, (Keeping){.state = scratch("s")}, "tokens and 0 regions");
    w->item[3].regions = 2;
    w->item[4].words = 2;
    refuses(w, &u, &set, &r, 1, (Keeping){.state = scratch("s")}, "item 5 has 2 tokens");
    w->item[4].words = 5;
    refuses(w, &u, &set, &r, 1, (Keeping){.state = scratch("s"), .stop_after = 2}, "stopped after step 2 of 24");
    refuses(w, &u, &set, &r, 2, (Keeping){.state = scratch("s"), .resume = true}, scratch("s")); /* another seed */
    refuses(w, &u, &set, &r, 1, (Keeping){.state = scratch("none"), .resume = true}, "none: No such file");
    u.img_linear.weight->data[0] = (real)NAN;
    refuses(w, &u, &set, &r, 1, (Keeping){.state = scratch("s")}, "nan, the length of the gradient");
    mm_params_free(ps);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(learns), IN_SCRATCH(same_bits), IN_SCRATCH(bad_runs)};
    mm_set_threads(1); /* products this small are not worth a second */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
