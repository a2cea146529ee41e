/* teach.c: no opinion of an item is that of a model which has seen it. Labels are drawn at random, so whoever has not seen an item cannot know
 * its label, and whoever has seen it knows it by heart. */
#include "../io/scratch.h"
#include "io/memory.h"
#include "study.h"

#include <math.h>

enum { ROWS = 300, WORDS = 200 };

/* Sentences of four words each, and labels that have nothing to do with them. */
static void write_table(const char *path)
{
    FILE *f = fopen(path, "w");
    Rng rng = mm_rng(1, "table");
    assert_non_null(f);
    fprintf(f, "valence\ttext\n");
    for (int i = 0; i < ROWS; i++) {
        fprintf(f, "%d\t", mm_uniform(&rng) < 0.5 ? -2 : 2);
        for (int k = 0; k < 4; k++) {
            int word = mm_below(&rng, WORDS);
            fprintf(f, "%s%c%c%c", k ? " " : "", 'b' + word / 10, "aeiouaeiou"[word % 10], word % 10 < 5 ? 'k' : 't');
        }
        fprintf(f, "\n");
    }
    fclose(f);
}

/* The part of the texts on one side of run 0's test whose label it is. */
static double knows(const Study *s, const Opinions *o, SplitSide side)
{
    const SentimentList *texts = &s->feelings.s.list[MM_TEXT];
    int right = 0, n = 0;
    for (int i = 0; i < texts->n; i++) {
        if (mm_on_side(texts->at[i].fold, s->fold[0].fold, side)) {
            right += (o->sum[MM_TEXT][i] > 0) == texts->at[i].label;
            n++;
        }
    }
    return right / (double)n;
}

/* What a model says that has seen all but the test. */
static Opinions of_one_that_knows(const Study *s, const StudyOptions *o)
{
    Learning job = {.task = &s->task[0], .recipe = o->recipe, .seed = 1};
    const int items[MM_MODALITIES] = {[MM_TEXT] = ROWS};
    Opinions says = opinions_new(&s->task[0], items);
    int item[ROWS];
    for (int i = 0; i < ROWS; i++) {
        item[i] = i;
    }
    Error err;
    assert_true(jobs_run(&job, 1, &err));
    opinions_ask(&says, &job.net, &s->task[0], MM_TEXT, item, ROWS);
    jobs_free(&job, 1);
    return says;
}

static void unseen(void **state)
{
    (void)state;
    const char *table = scratch("table.tsv");
    write_table(table);
    StudyOptions o = {.common = {.seed = 1}, .table = table, .runs = 1, .recipe = recipe_default};
    o.recipe.fusion = FUSE_LATE;
    o.recipe.width = 16;
    o.recipe.epochs = 8;
    o.recipe.examples = 512;
    o.recipe.lr = 0.02;
    o.recipe.dropout = o.recipe.noise[MM_TEXT] = 0; /* so that a model learns by heart what it can */
    Study s;
    Error err;
    assert_true(study_new(&o, question_sentiment, &s, &err));
    assert_true(study_teach(&s, &o, &err));
    const SentimentList *texts = &s.feelings.s.list[MM_TEXT];
    for (int i = 0; i < texts->n; i++) { /* one has not seen what the fusions learn from; all have not seen the test */
        bool known = mm_on_side(texts->at[i].fold, s.fold[0].fold, MM_KNOWN_SIDE);
        assert_int_equal(s.opinions[0].asked[MM_TEXT][i], known ? 1 : MM_FOLDS - 1);
    }
    Opinions knowing = of_one_that_knows(&s, &o);
    assert_true(knows(&s, &knowing, MM_KNOWN_SIDE) > 0.85);
    assert_true(fabs(knows(&s, &s.opinions[0], MM_KNOWN_SIDE) - 0.5) < 0.13); /* four standard deviations of 240 coins */
    assert_true(fabs(knows(&s, &s.opinions[0], MM_TEST_SIDE) - 0.5) < 0.26);
    opinions_free(&knowing);
    study_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(unseen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
