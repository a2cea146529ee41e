/* train.c: `fusion train`: one model of one kind. */
#include "folder.h"
#include "io/memory.h"
#include "mm/inspect.h"
#include "program.h"
#include "report.h"

#include <math.h>
#include <stdio.h>

typedef struct TrainOptions {
    StudyOptions study;
    int fold; /* the test */
    LateRule rule;
    bool late; /* a rule was given */
    GraphStep graph;
} TrainOptions;

typedef struct Watching {
    const TrainOptions *options;
    GraphStep graph;
    Progress bar;
    double loss; /* a running mean */
} Watching;

/* The bar, a step that is to be drawn, and a loss that is no number. */
static bool onlook(void *context, int step, int steps, Graph *g, const Tensor *loss, Error *err)
{
    Watching *w = context;
    char name[64];
    if (!loss) {
        mm_graph_step_begin(&w->graph, g, step + 1);
        return true;
    }
    double now = (double)loss->data[0];
    if (step == 0) {
        w->bar = mm_progress(steps, 0);
        w->loss = now;
    }
    w->loss += (now - w->loss) / 10;
    mm_progress_show(&w->bar, step + 1, "loss %.3f", w->loss);
    snprintf(name, sizeof name, "fusion train, step %d of %d", step + 1, steps);
    if (!isfinite(now)) {
        char *path = mm_join_path(w->options->study.common.out, "nonfinite.html");
        mm_report_nonfinite(g, loss, name, path, err);
        free(path);
        return false;
    }
    return mm_graph_step_end(&w->graph, g, loss, name, err);
}

static void describe(const Net *net, const Task *t, const TrainOptions *o)
{
    const Recipe *r = &net->recipe;
    printf("%s\n%s: %s or %s? %s fusion, %zu parameters; text read by %s, voice by %s\n", t->source, t->name, t->yes, t->no,
           fusion_name[r->fusion], mm_params_numel(net->params), reader_name[r->text], reader_name[r->voice]);
    printf("%d epochs of %d triples, seed %llu; the test: fold %d of %d, of which no sentence, no voice and no concept is "
           "trained on\n",
           r->epochs, r->examples, o->study.common.seed, o->fold, MM_FOLDS);
}

static bool train(const TrainOptions *o, const Task *t, Error *err)
{
    Watching w = {.options = o, .graph = o->graph};
    Net net = net_new(t, &o->study.recipe, o->study.common.seed);
    char *folder = folder_name(&o->study.common);
    if (!o->study.common.json) {
        describe(&net, t, o);
    }
    double start = mm_seconds();
    int64_t steps = (int64_t)(net.recipe.examples / net.recipe.batch) * net.recipe.epochs;
    bool ok = mm_graph_step_exists(&o->graph, steps, err) && mm_make_folders(folder, err) &&
              learn(&net, t, o->study.common.seed, onlook, &w, err);
    if (ok) {
        mm_progress_end(&w.bar);
        ok = folder_save(&net, &o->study, o->fold, folder, err);
    }
    if (ok) {
        const Asked asked = {.rule = o->rule, .seed = o->study.common.seed};
        const Report r = {.task = t, .net = &net, .asked = &asked, .folder = folder, .seconds = mm_seconds() - start};
        ok = report(&r, o->study.common.json, err);
    }
    free(folder);
    net_free(&net);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    TrainOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->study; break;
    case 'f': o->study.recipe.fusion = (FusionKind)mm_option_choice(state, "--fusion", arg, fusion_name); break;
    case 'l':
        o->rule = (LateRule)mm_option_choice(state, "--late", arg, late_name);
        o->late = true;
        break;
    case 'F': o->fold = (int)mm_option_number(state, "--fold", arg, 0, MM_FOLDS - 1); break;
    case 'g': mm_option_graph(state, arg, &o->graph); break;
    case ARGP_KEY_END:
        if (o->study.validate) {
            argp_error(state, "--validate is for commands that train several models; this one takes --fold");
        }
        if (o->late && o->study.recipe.fusion != FUSE_LATE) {
            argp_error(state, "--late is about late fusion: --fusion late");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_train(int argc, char **argv)
{
    TrainOptions o = {.study = study_defaults(1), .rule = LATE_PRODUCT};
    const struct argp_option options[] = {
        {"fusion", 'f', "KIND", 0, "early, late, hybrid (default), tensor, low-rank, gated or attention", 0},
        {"late", 'l', "RULE", 0, "how late fusion decides: mean, product (default), weights or vote", 0},
        {"fold", 'F', "N", 0, "which fifth is the test: 0 (default) to 4", 0},
        {"graph", 'g', "FILE[:STEP]", 0, "write a step with all its gradients to FILE: .html, .json, .svg, ...", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = study_children,
        .doc = "Trains one model on sentiment from text, voice and face, and measures it on what it has not seen."};
    Error err;
    Feelings feelings;
    Fold fold;
    mm_program_parse(&argp, argc, argv, &o, &o.study.common);
    if (!feelings_load(o.study.common.data, o.study.set, o.study.table, &feelings, &err)) {
        return mm_program_error(&err);
    }
    bool ok = fold_new(&feelings, o.fold, &fold, &err);
    if (ok) {
        Question q = question_sentiment(&fold);
        Task t = question_task(&q);
        ok = train(&o, &t, &err);
        fold_free(&fold);
    }
    feelings_free(&feelings);
    return ok ? 0 : mm_program_error(&err);
}
