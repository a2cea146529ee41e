/* compare.c: what `align compare` calls better, worse and a tie; and that its variants differ in one thing. */
#include "compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

enum { RUNS = 3, PICTURES = 40 };

/* Of the reference half of the pictures are hit, in every run; of the second as given: (runs, pictures). */
static Difference judge(double hit[RUNS][PICTURES])
{
    static double first[RUNS][PICTURES];
    static const Experiment e;
    Comparison c = {.experiment = &e, .runs = RUNS, .variants = 2, .tests = 1};
    for (int r = 0; r < RUNS; r++) {
        for (int i = 0; i < PICTURES; i++) {
            first[r][i] = i % 2;
        }
    }
    c.set.test[0].pictures = PICTURES;
    c.outcome[0][0].hit[AT_10] = first[0];
    c.outcome[1][0].hit[AT_10] = hit[0];
    MeanSd recall = comparison_recall(&c, 0, 0, AT_10);
    assert_true(fabs(recall.mean - 0.5) < 1e-12 && recall.sd < 1e-12);
    return comparison_difference(&c, 1, 0);
}

static void fill(double hit[RUNS][PICTURES], int run, int from, int to, double value)
{
    for (int i = from; i < to; i++) {
        hit[run][i] = value;
    }
}

static void verdicts(void **state)
{
    (void)state;
    double hit[RUNS][PICTURES];
    for (int r = 0; r < RUNS; r++) {
        for (int i = 0; i < PICTURES; i++) {
            hit[r][i] = i % 2;
        }
    }
    Difference d = judge(hit);
    assert_string_equal(d.verdict, "tie");
    assert_true(d.pictures.value == 0 && d.seeds.low == 0 && d.seeds.high == 0);
    fill(hit, 0, 0, PICTURES, 1); /* one run hits all, and might have been lucky with its seed */
    d = judge(hit);
    assert_string_equal(d.verdict, "tie");
    assert_true(d.pictures.low > 0 && d.seeds.low < 0);
    fill(hit, 1, 0, PICTURES, 1);
    fill(hit, 2, 0, PICTURES - 4, 1);
    assert_string_equal(judge(hit).verdict, "better");
    for (int r = 0; r < RUNS; r++) {
        fill(hit, r, 0, PICTURES, 0);
    }
    assert_string_equal(judge(hit).verdict, "worse");
    for (int r = 0; r < RUNS; r++) { /* one picture more, in every run: it might not have been among those asked about */
        for (int i = 0; i < PICTURES; i++) {
            hit[r][i] = i % 2 || i == 0;
        }
    }
    d = judge(hit);
    assert_string_equal(d.verdict, "tie");
    assert_true(d.seeds.low > 0 && d.pictures.low == 0);
}

static int differences(const Variant *a, const Variant *b)
{
    const Recipe *r = &a->recipe, *s = &b->recipe;
    bool pictures = a->set.pictures != b->set.pictures || a->set.more.styles != b->set.more.styles ||
                    a->set.more.groups != b->set.more.groups;
    return pictures + (a->set.filter != b->set.filter) + (a->set.part != b->set.part) + (a->set.words != b->set.words) +
           (a->set.texts != b->set.texts) + (a->set.shuffled != b->set.shuffled) + (r->batch != s->batch) +
           (r->smoothing != s->smoothing) + (r->optimizer != s->optimizer || r->lr != s->lr) + (r->clip_loss != s->clip_loss) +
           (r->sentences != s->sentences) +
           (r->model.temperature != s->model.temperature || r->fixed_temperature != s->fixed_temperature);
}

static void one_thing(void **state)
{
    (void)state;
    Error err;
    Sources sources;
    const Variant base = {.set = {.pictures = EMOJI, .filter = MM_LIMITS_HERE, .part = 1}, .recipe = recipe_default()};
    assert_true(sources_load("datasets", (Wanted){.clipart = true}, &sources, &err));
    for (const Experiment *e = experiments; e->name; e++) {
        Variant v[MOST_VARIANTS];
        int n = e->variants(&base, &sources, v);
        assert_in_range(n, 3, MOST_VARIANTS);
        for (int i = 0; i < n; i++) {
            bool two = strcmp(v[i].name, "CLIP") == 0 ||
                       v[i].set.words > 0; /* CLIP's loss has no smoothing either, as found is no rule */
            int wanted = i == e->reference ? 0 : two ? 2 : 1;
            int found = differences(&v[e->reference], &v[i]);
            if (found != wanted) {
                fail_msg("%s: \"%s\" and \"%s\" differ in %d things", e->name, v[e->reference].name, v[i].name, found);
            }
        }
        assert_ptr_equal(experiment_named(e->name), e);
    }
    assert_null(experiment_named("nothing"));
    sources_free(&sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts), cmocka_unit_test(one_thing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
