/* batch.c: what is hidden, how often, and what never is; whose picture a text gets; boxes as numbers. */
#include "batch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MASK = 4, FIRST = 5, SIZE = 1005, LONG = 12, DRAWS = 20000, IMG_DIM = 2, LABELS = 3 };

static const Tokens tokens = {MASK, FIRST, SIZE};

/* Whether `seen` of n draws fits a probability: within five standard deviations, which one run in a million leaves. */
static void expect_share(const char *what, int seen, int n, double p)
{
    double off = fabs(seen - n * p) / sqrt(n * p * (1 - p));
    print_message("%s: %d of %d, %.4f expected %.4f\n", what, seen, n, (double)seen / n, p);
    if (off > 5) {
        fail_msg("%s: %d of %d is %.1f standard deviations from %g", what, seen, n, off, p);
    }
}

static void words_are_hidden(void **state)
{
    (void)state;
    Rng rng = mm_rng(1, "words");
    int chosen = 0, masked = 0, kept = 0, other = 0, forced = 0, later = 0;
    for (int d = 0; d < DRAWS; d++) {
        int ids[LONG], label[LONG], here = 0;
        for (int i = 0; i < LONG; i++) {
            ids[i] = i == 0 ? 2 : i == LONG - 1 ? 3 : 100 + i;
        }
        mask_words(&tokens, ids, LONG, label, &rng);
        assert_true(ids[0] == 2 && ids[LONG - 1] == 3 && label[0] == -1 && label[LONG - 1] == -1);
        for (int i = 1; i < LONG - 1; i++) {
            assert_true(label[i] == -1 ? ids[i] == 100 + i : label[i] == 100 + i);
            here += label[i] >= 0;
            if (label[i] >= 0 && i > 1) { /* the first is also what is taken when none is */
                later++;
                masked += ids[i] == MASK;
                kept += ids[i] == label[i];
                other += ids[i] != MASK && ids[i] != label[i];
                assert_true(ids[i] == MASK || (ids[i] >= FIRST && ids[i] < SIZE));
            }
        }
        assert_true(here >= 1);
        chosen += here;
        forced += here == 1 && label[1] >= 0;
    }
    double none = pow(0.85, LONG - 2);
    expect_share("hidden of those after the first", later, DRAWS * (LONG - 3), 0.15);
    expect_share("become [MASK]", masked, later, 0.8);
    expect_share("become another", other, later, 0.1 * (SIZE - FIRST - 1) / (SIZE - FIRST));
    expect_share("stay", kept, later, 0.1 + 0.1 / (SIZE - FIRST));
    expect_share("only the first", forced, DRAWS, none + 0.15 * none / 0.85);
    assert_true(chosen > later);
}

static void regions_are_hidden(void **state)
{
    (void)state;
    Rng rng = mm_rng(1, "regions");
    int n = 0, alone[4] = {0}, single = 0;
    for (int d = 0; d < DRAWS; d++) {
        bool masked[4];
        int here = 0;
        mask_regions(masked, 4, &rng);
        for (int i = 0; i < 4; i++) {
            here += masked[i];
        }
        assert_true(here >= 1);
        n += here;
        single += here == 1;
        for (int i = 0; i < 4; i++) {
            alone[i] += here == 1 && masked[i];
        }
    }
    double none = pow(0.85, 4), one = 4 * 0.15 * pow(0.85, 3) + none;
    expect_share("one region hidden", single, DRAWS, one);
    for (int i = 0; i < 4; i++) {
        expect_share("it is this one", alone[i], single, 0.25);
    }
    assert_true(n > single);
}

static void tasks_by_ratio(void **state)
{
    (void)state;
    Rng rng = mm_rng(1, "tasks");
    const int ratio[TASKS] = {[TASK_MLM] = 2, [TASK_MRFR] = 1, [TASK_MRC_KL] = 1, [TASK_ITM_OT] = 2};
    int drawn[TASKS] = {0};
    for (int d = 0; d < DRAWS; d++) {
        drawn[draw_task(ratio, TASKS, &rng)]++;
    }
    for (int t = 0; t < TASKS; t++) {
        if (ratio[t]) {
            expect_share(task_name[t], drawn[t], DRAWS, ratio[t] / 6.0);
        } else {
            assert_int_equal(drawn[t], 0);
        }
    }
}

/* ---- batches ---- */

enum { ITEMS = 5 };

typedef struct Set {
    Item item[ITEMS];
    ItemSet set;
    int ids[ITEMS][6];
    real feat[ITEMS][3 * IMG_DIM], box[ITEMS][3 * UNITER_BOX], soft[ITEMS][3 * LABELS];
} Set;

/* Items 0 and 1 are texts of one picture. Every number says whose it is. */
static void set_new(Set *s)
{
    for (int i = 0; i < ITEMS; i++) {
        int picture = i == 1 ? 0 : i;
        for (int k = 0; k < 6; k++) {
            s->ids[i][k] = k == 0 ? 2 : k == 3 + i % 3 - 1 ? 3 : 10 * (i + 1) + k;
        }
        for (int k = 0; k < 3 * UNITER_BOX; k++) {
            s->box[i][k] = (real)(100 * picture + k);
            s->feat[i][k % (3 * IMG_DIM)] = (real)(100 * picture + k % (3 * IMG_DIM));
            s->soft[i][k % (3 * LABELS)] = (real)(100 * picture + k % (3 * LABELS));
        }
        s->item[i] = (Item){.words = 3 + i % 3,
                            .regions = 1 + picture % 3,
                            .ids = s->ids[i],
                            .picture = picture,
                            .feat = s->feat[i],
                            .box = s->box[i],
                            .soft = s->soft[i]};
    }
    s->set = (ItemSet){s->item, ITEMS, IMG_DIM, LABELS};
}

/* The inputs of a batch are those of its items, padded. */
static void check_inputs(const Set *s, const Batch *b)
{
    const UniterBatch *in = &b->inputs;
    for (int i = 0; i < in->B; i++) {
        const Item *text = b->text[i], *picture = &s->item[b->picture[i]];
        assert_true(in->words[i] == text->words && in->regions[i] == picture->regions);
        for (int r = 0; r < in->R; r++) {
            for (int k = 0; k < UNITER_BOX; k++) {
                real want = r < picture->regions ? picture->box[r * UNITER_BOX + k] : 0;
                assert_true(in->box->data[(i * in->R + r) * UNITER_BOX + k] == want);
            }
            assert_true(in->feat->data[(i * in->R + r) * IMG_DIM] == (r < picture->regions ? picture->feat[r * IMG_DIM] : 0));
            assert_true(b->asked.soft[(i * in->R + r) * LABELS] == (r < picture->regions ? picture->soft[r * LABELS] : 0));
        }
    }
}

/* What a text shows less what its masks hide. */
static void check_words(const Batch *b, Task task)
{
    int hidden = 0;
    for (int i = 0; i < b->inputs.B * b->inputs.T; i++) {
        const Item *text = b->text[i / b->inputs.T];
        int k = i % b->inputs.T, real_id = k < text->words ? text->ids[k] : 0;
        if (hidden < b->asked.n && b->asked.at[hidden] == i) {
            assert_int_equal(b->asked.word[hidden++], real_id);
        } else {
            assert_int_equal(b->inputs.ids[i], real_id);
        }
    }
    assert_true(hidden == b->asked.n && (hidden > 0) == (task == TASK_MLM || task == TASK_MLM_WHERE));
}

static void batches(void **state)
{
    (void)state;
    static const int pick[] = {0, 1, 4, 2};
    Set s;
    set_new(&s);
    Graph *g = mm_graph_new(1);
    for (int task = 0; task < TASKS; task++) {
        Rng rng = mm_rng(4, task_name[task]);
        int others = 0;
        for (int d = 0; d < 2000; d++) {
            Batch b = make_batch(&s.set, &tokens, (Task)task, pick, 4, &rng, g);
            bool itm = task == TASK_ITM || task == TASK_ITM_OT, regions = task != TASK_MLM && task != TASK_MLM_WHERE && !itm;
            assert_true(b.inputs.T == 5 && (b.inputs.masked != NULL) == regions);
            check_inputs(&s, &b);
            check_words(&b, (Task)task);
            for (int i = 0; i < 4; i++) {
                bool same = s.item[b.picture[i]].picture == s.item[pick[i]].picture;
                assert_true(itm ? b.asked.matched[i] == same : same);
                others += !same;
            }
            mm_graph_reset(g);
        }
        if (task == TASK_ITM || task == TASK_ITM_OT) {
            expect_share("another's picture", others, 4 * 2000, 0.5);
        }
    }
    mm_graph_free(g);
}

/* Of the texts that do not belong, half are false ones about the same picture, where words are not aligned; of no other task any. */
static void foils(void **state)
{
    (void)state;
    enum { FOILS = 2, PICK = 3 };
    static const int pick[PICK] = {0, 4, 2};
    Set s;
    set_new(&s);
    Item foil[ITEMS * FOILS];
    for (int i = 0; i < ITEMS * FOILS; i++) {
        foil[i] = s.item[i / FOILS];
        foil[i].ids = s.ids[(i + 1) % ITEMS];
    }
    s.set.foil = foil;
    s.set.foils = FOILS;
    Graph *g = mm_graph_new(1);
    for (int task = 0; task < TASKS; task++) {
        Rng rng = mm_rng(5, task_name[task]);
        int others = 0, false_ones = 0, second = 0;
        for (int d = 0; d < 2000; d++) {
            Batch b = make_batch(&s.set, &tokens, (Task)task, pick, PICK, &rng, g);
            check_inputs(&s, &b);
            for (int i = 0; i < PICK; i++) {
                bool is_foil = b.text[i] != &s.item[pick[i]];
                long which = is_foil ? b.text[i] - foil - (long)pick[i] * FOILS : 0;
                assert_true(!is_foil || (b.picture[i] == pick[i] && !b.asked.matched[i] && which >= 0 && which < FOILS));
                others += (task == TASK_ITM || task == TASK_ITM_OT) && !b.asked.matched[i];
                false_ones += is_foil;
                second += which == 1;
            }
            mm_graph_reset(g);
        }
        if (task == TASK_ITM) {
            expect_share("do not belong", others, PICK * 2000, 0.5);
            expect_share("of these false about their own", false_ones, others, 0.5);
            expect_share("of these the second", second, false_ones, 0.5);
        } else {
            assert_int_equal(false_ones, 0);
        }
    }
    mm_graph_free(g);
}

/* Where texts say where things are, these words are asked for and no others; where none does, it is MLM. */
static void places_are_hidden(void **state)
{
    (void)state;
    Set s;
    set_new(&s);
    int named[6] = {-1, -1, SAYS_WHERE, -1, -1, -1};
    s.item[2].named = named; /* of [CLS] 31 32 33 [SEP] */
    Graph *g = mm_graph_new(1);
    Rng rng = mm_rng(1, "places");
    for (int d = 0; d < 100; d++) {
        Batch b = make_batch(&s.set, &tokens, TASK_MLM_WHERE, (const int[]){4, 2, 0}, 3, &rng, g);
        assert_true(b.asked.n == 1 && b.asked.at[0] == b.inputs.T + 2 && b.asked.word[0] == 32);
        for (int i = 0; i < b.inputs.B * b.inputs.T; i++) {
            const Item *text = b.text[i / b.inputs.T];
            int k = i % b.inputs.T, id = k < text->words ? text->ids[k] : 0;
            assert_int_equal(b.inputs.ids[i], i == b.asked.at[0] ? MASK : id);
        }
        b = make_batch(&s.set, &tokens, TASK_MLM_WHERE, (const int[]){4, 0}, 2, &rng, g);
        assert_true(b.asked.n >= 2 && b.asked.at[0] < b.inputs.T && b.asked.at[b.asked.n - 1] > b.inputs.T);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
}

/* One picture has no other. */
static void one_picture(void **state)
{
    (void)state;
    Set s;
    set_new(&s);
    s.set.n = 2;
    Graph *g = mm_graph_new(1);
    Rng rng = mm_rng(1, "one");
    Batch b = make_batch(&s.set, &tokens, TASK_ITM, (const int[]){0, 1}, 2, &rng, g);
    assert_true(b.asked.matched[0] == 1 && b.asked.matched[1] == 1);
    mm_graph_free(g);
}

static void boxes(void **state)
{
    (void)state;
    Error err;
    real box[UNITER_BOX];
    static const double good[] = {20, 10, 100, 40}, want[] = {0.1, 0.1, 0.5, 0.4, 0.4, 0.3, 0.12};
    assert_true(box_numbers(good, 200, 100, box, "a.json: annotation 3", &err));
    for (int i = 0; i < UNITER_BOX; i++) {
        assert_true(fabs((double)box[i] - want[i]) < 1e-6);
    }
    static const struct {
        double corner[4];
        int width, height;
        const char *says;
    } bad[] = {{{20, 10, 20, 40}, 200, 100, "is empty"},
               {{20, 40, 30, 10}, 200, 100, "is empty"},
               {{20, 10, NAN, 40}, 200, 100, "is empty"},
               {{-1, 10, 30, 40}, 200, 100, "is not in a picture of 200 x 100"},
               {{20, 10, 201, 40}, 200, 100, "is not in a picture of 200 x 100"},
               {{NAN, 10, 30, 40}, 200, 100, "is empty"},
               {{0, 0, 1, INFINITY}, 200, 100, "is not in a picture"},
               {{0, 0, 1, 1}, 0, 100, "a picture of 0 x 100 pixels"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(box_numbers(bad[i].corner, bad[i].width, bad[i].height, box, "a.json: annotation 3", &err));
        assert_non_null(strstr(err.text, "a.json: annotation 3: "));
        assert_non_null(strstr(err.text, bad[i].says));
    }
}

static void vocabulary(void **state)
{
    (void)state;
    Error err;
    Tokens t;
    Wordpiece *w = mm_wordpiece_load("tests/golden/uniter/uniter", &err);
    assert_true(tokens_find(w, &t, &err));
    assert_true(t.mask == 5 && t.first == 6 && t.size == 14);
    mm_wordpiece_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_are_hidden),
                                       cmocka_unit_test(regions_are_hidden),
                                       cmocka_unit_test(tasks_by_ratio),
                                       cmocka_unit_test(batches),
                                       cmocka_unit_test(foils),
                                       cmocka_unit_test(places_are_hidden),
                                       cmocka_unit_test(one_picture),
                                       cmocka_unit_test(boxes),
                                       cmocka_unit_test(vocabulary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
