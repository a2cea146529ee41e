/* compare.c: `align compare`: variants of one thing, each trained several times, side by side. */
#include "compare.h"
#include "io/memory.h"
#include "recipe_options.h"

#include <math.h>

const int hit_at[2] = {1, 10};

typedef struct CompareOptions {
    Common common;
    const Experiment *experiment;
    int runs;
    int64_t seen;
    bool stamps;
    EmojiMore more;
    RecipeOptions with;
} CompareOptions;

enum { KEY_STYLES = 1000, KEY_GROUPS };

/* ---- a run ---- */

static bool learn(Learner *l, Batches *batches, Error *err)
{
    for (int64_t s = 0; s < l->steps; s++) {
        Batch b = batch_of(l->graph, batches, s);
        Tensor *loss = learner_loss(l, s, &b);
        mm_backward(l->graph, loss);
        real norm = learner_move(l, s, loss);
        if (!isfinite(norm) || !isfinite(loss->data[0])) {
            return mm_error(err, "step %lld of %lld: the loss is %g, the length of the gradient %g", (long long)s + 1,
                            (long long)l->steps, (double)loss->data[0], (double)norm);
        }
        mm_graph_reset(l->graph);
    }
    return true;
}

static bool note_test(const Align *align, const Wordpiece *tok, const Test *t, int run, Outcome *o, Error *err)
{
    real *cosine = measure_cosines(align, tok, t, err);
    for (int k = 0; k < 2 && cosine; k++) {
        double *hits = o->hit[k] + (size_t)run * (size_t)t->pictures;
        mm_recall_hits(hit_at[k], cosine, t->pictures, t->texts, t->picture_label, t->text_label, hits);
    }
    bool ok = cosine != NULL;
    free(cosine);
    return ok;
}

/* Trains on the set and measures. */
static bool train_and_note(Comparison *c, int variant, int run, const PairSet *set, Error *err)
{
    Recipe recipe = c->variant[variant].recipe;
    Batches batches = {0};
    Learner l = {0};
    Wordpiece *tok = mm_wordpiece_learn(set->text, set->n, recipe.model.text.vocab, true, err);
    bool ok = tok && batches_new(set, &recipe, tok, c->seed + (unsigned)run, &batches, err);
    if (ok) {
        recipe.model.text.vocab = mm_wordpiece_size(tok);
        l = learner_new(&recipe, c->seed + (unsigned)run, (c->seen + recipe.batch - 1) / recipe.batch);
        ok = learn(&l, &batches, err);
    }
    for (int t = 0; t < c->tests && ok; t++) {
        Outcome *o = &c->outcome[variant][t];
        ok = note_test(&l.align, tok, &set->test[t], run, o, err);
        if (run == 0) {
            o->pairs = set->n;
            o->pixels = measure_pixels(&set->test[t]).to_text;
        }
    }
    learner_free(&l);
    batches_free(&batches);
    mm_wordpiece_free(tok);
    return ok;
}

static bool job(void *context, int i, Error *err)
{
    Comparison *c = context;
    int variant = i / c->runs, run = i % c->runs;
    SetOptions o = c->variant[variant].set;
    PairSet set;
    o.seed = c->seed + (unsigned)run;
    if (!set_choose(&c->sources, &o, run == 0, &set, err)) {
        return false;
    }
    bool ok = train_and_note(c, variant, run, &set, err);
    set_free(&set);
    return ok;
}

static const char *job_name(const void *context, int i)
{
    const Comparison *c = context;
    return c->variant[i / c->runs].name;
}

/* ---- what it says ---- */

MeanSd comparison_recall(const Comparison *c, int variant, int test, int at)
{
    double recall[MOST_RUNS];
    int n = c->set.test[test].pictures;
    for (int r = 0; r < c->runs; r++) {
        recall[r] = mm_mean_sd(c->outcome[variant][test].hit[at] + r * n, n).mean;
    }
    return mm_mean_sd(recall, c->runs);
}

static double mean_of(const int *pick, int n, const void *context)
{
    const double *x = context;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += x[pick[i]];
    }
    return sum / n;
}

Difference comparison_difference(const Comparison *c, int variant, int test)
{
    int n = c->set.test[test].pictures, *picture = mm_take((size_t)(c->runs * n), sizeof *picture);
    const double *own = c->outcome[variant][test].hit[AT_10], *reference = c->outcome[c->experiment->reference][test].hit[AT_10];
    double *less = mm_take((size_t)(c->runs * n), sizeof *less), of_run[MOST_RUNS];
    for (int i = 0; i < c->runs * n; i++) {
        picture[i] = i % n; /* drawn together: a picture that is hard is so in every run */
        less[i] = own[i] - reference[i];
    }
    for (int r = 0; r < c->runs; r++) {
        of_run[r] = mm_mean_sd(less + r * n, n).mean;
    }
    Difference d = {mm_bootstrap(mean_of, less, c->runs * n, picture, 1000, 0.95, 1), mm_seed_interval(of_run, c->runs), "tie"};
    if (d.pictures.low > 0 && d.seeds.low > 0) {
        d.verdict = "better";
    } else if (d.pictures.high < 0 && d.seeds.high < 0) {
        d.verdict = "worse";
    }
    free(less);
    free(picture);
    return d;
}

/* ---- the command ---- */

static bool prepare(const CompareOptions *o, Comparison *c, Error *err)
{
    Variant base = {.set = {.data = o->common.data, .pictures = EMOJI, .filter = MM_LIMITS_HERE, .part = 1, .stamps = o->stamps},
                    .recipe = o->with.recipe};
    base.set.more = o->more;
    Wanted wanted = {.clipart = true, .stamps = o->stamps};
    wanted.icons = o->experiment->fetched && sources_have_icons(o->common.data);
    wanted.styles = o->experiment->fetched && mm_emoji_has_more_styles(o->common.data);
    wanted.styles |= o->more.styles;
    *c = (Comparison){.experiment = o->experiment, .runs = o->runs, .seen = o->seen, .seed = o->common.seed};
    if (!sources_load(o->common.data, wanted, &c->sources, err)) {
        return false;
    }
    c->variants = o->experiment->variants(&base, &c->sources, c->variant);
    c->variant[0].set.seed = c->seed;
    if (!set_choose(&c->sources, &c->variant[0].set, false, &c->set, err)) {
        return false;
    }
    c->tests = c->set.tests;
    for (int i = 0; i < c->variants * c->tests; i++) {
        Outcome *out = &c->outcome[i / c->tests][i % c->tests];
        for (int k = 0; k < 2; k++) {
            out->hit[k] = mm_take((size_t)(c->runs * c->set.test[i % c->tests].pictures), sizeof *out->hit[k]);
        }
    }
    return true;
}

static void comparison_free(Comparison *c)
{
    for (int i = 0; i < c->variants * c->tests; i++) {
        free(c->outcome[i / c->tests][i % c->tests].hit[AT_1]);
        free(c->outcome[i / c->tests][i % c->tests].hit[AT_10]);
    }
    set_free(&c->set);
    sources_free(&c->sources);
}

static bool run(const CompareOptions *o, Error *err)
{
    Comparison *c = mm_take(1, sizeof *c);
    double start = mm_seconds();
    bool ok = prepare(o, c, err) && mm_jobs(c->variants * c->runs, job, job_name, c, err);
    c->seconds = mm_seconds() - start;
    if (ok) {
        (o->common.json ? comparison_print_json : comparison_print)(c);
        ok = comparison_draw(c, o->common.out, err);
    }
    comparison_free(c);
    free(c);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    CompareOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        state->child_inputs[1] = &o->with;
        break;
    case 'r': o->runs = (int)mm_option_number(state, "--runs", arg, 1, MOST_RUNS); break;
    case 's': o->seen = mm_option_number(state, "--seen", arg, 1, 1000000000); break;
    case 'q':
        o->runs = 2;
        o->seen = 3000;
        break;
    case 't': o->stamps = true; break;
    case KEY_STYLES: o->more.styles = true; break;
    case KEY_GROUPS: o->more.groups = true; break;
    case ARGP_KEY_ARG:
        if (o->experiment) {
            argp_error(state, "one at a time, not \"%s\" as well", arg);
        } else if (!(o->experiment = experiment_named(arg))) {
            argp_error(state, "nothing to compare is called \"%s\"", arg);
        }
        break;
    case ARGP_KEY_END:
        if (!o->experiment) {
            argp_error(state, "compare what?");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_compare(int argc, char **argv)
{
    CompareOptions o = {.common = program_defaults(), .runs = 3, .seen = 20000};
    static const struct argp_option options[] = {
        {"runs", 'r', "N", 0, "train each so many times, with seeds from --seed on (3)", 0},
        {"seen", 's', "N", 0, "pairs that each model sees (20000), whatever it is trained on", 0},
        {"quick", 'q', NULL, 0, "2 runs of 3000 pairs: whether it works, not what is better", 0},
        {"stamps", 't', NULL, 0, "test with Tux Paint's stamps as well: `datasets/fetch tuxpaint`", 0},
        {"more-styles", KEY_STYLES, NULL, 0, "emoji of two more styles: `datasets/fetch openmoji emojione1`", 0},
        {"all-groups", KEY_GROUPS, NULL, 0, "emoji of people's bodies and symbols too", 0},
        {0}};
    const struct argp_child children[] = {mm_common_options[0], {&recipe_argp, 0, "All of them:", 1}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = children,
        .args_doc = "WHAT",
        .doc = "Trains small models that differ in one thing, each several times, and says which is better and how sure that is. "
               "Writes the table and a figure to OUT/compare-WHAT.tsv and .svg. WHAT is\n"
               "  filter       clip art as found, or filtered, and by whose rules\n"
               "  noise        emoji, of which a part has the name of another\n"
               "  scale        clip art, a part or all of it; emoji as well; more emoji; icons\n"
               "  texts        of clip art and emoji: names, keywords, or both\n"
               "  sentences    names as they are, as captions, or half of each\n"
               "  temperature  learned or fixed, and where it starts\n"
               "  batch        how many pairs are told apart\n"
               "  smoothing    of the targets\n"
               "  loss         ALIGN's or CLIP's\n"
               "  optimizer    LAMB, AdamW or Muon"};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
