/* train.c: `representations train METHOD`: one loop for all methods. */
#include "commands.h"
#include "io/memory.h"
#include "mm/inspect.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

typedef struct TrainOptions {
    MethodOptions of;
    Recipe recipe;
    bool resume;
    long long stop_after;
    GraphStep graph;
} TrainOptions;

typedef struct Run {
    const TrainOptions *options;
    Set set;
    Model model;
    BatchPlan plan;
    Batch batch;
    Graph *graph;
    TrainState state; /* a history of one column: the loss */
    GraphStep watched;
    int64_t steps;
    Took took;
    char *folder, *state_path, *text; /* text: what decides the numbers, see mm_state_save */
} Run;

static Optimizer *new_optimizer(Params *ps)
{
    static const char *const tables[] = {"embedding", NULL};
    return mm_optimizer_new(ps, (OptimizerConfig){.kind = &mm_muon,
                                                  .momentum = (real)0.95,
                                                  .rms = (real)1.6,
                                                  .not_matrix = tables,
                                                  .beta1 = (real)0.9,
                                                  .beta2 = (real)0.98,
                                                  .eps = (real)1e-6,
                                                  .weight_decay = (real)0.1});
}

static bool prepare(Run *run, Error *err)
{
    const TrainOptions *o = run->options;
    const Recipe *r = &o->recipe;
    const Method *method = o->of.method;
    if (!set_load(o->of.common.data, o->of.validate, &run->set, err)) {
        return false;
    }
    run->plan = (BatchPlan){.set = &run->set, .batch = r->batch, .seed = o->of.common.seed};
    run->batch = batch_new(&run->plan);
    if (run->batch.per_round == 0) {
        return mm_error(err, "--batch %d is more than there are concepts to train on", r->batch);
    }
    run->steps = run->plan.steps = (int64_t)ceil(r->epochs * run->set.items / r->batch);
    run->model = model_new(method, &run->set, o->of.common.seed);
    run->state = (TrainState){.params = run->model.params, .opt = new_optimizer(run->model.params), .columns = 1};
    run->state.history = mm_take((size_t)run->steps, sizeof(float));
    run->graph = mm_graph_new(o->of.common.seed);
    mm_graph_keep_gradients(run->graph, false);
    run->folder = method_folder(&o->of.common, method);
    run->state_path = mm_join_path(run->folder, "train.safetensors");
    if (asprintf(&run->text, "%s, seed %llu, %lld steps of %d, lr %g, texts %llx, asked about %s", method->name,
                 o->of.common.seed, (long long)run->steps, r->batch, r->lr, (unsigned long long)run->set.texts,
                 run->set.style) < 0) {
        run->text = NULL;
    }
    if (o->resume && !mm_file_exists(run->state_path)) {
        return mm_error(err, "%s: there is nothing to resume; without --resume a run starts", run->state_path);
    }
    return mm_graph_step_exists(&run->watched, run->steps, err) && mm_make_folders(run->folder, err) &&
           (!o->resume || mm_state_load(&run->state, run->steps, run->state_path, run->text, err));
}

static bool step(Run *run, int64_t s, Error *err)
{
    char title[128];
    Graph *g = run->graph;
    const Recipe *r = &run->options->recipe;
    real lr = (real)r->lr * mm_warmup_cosine(s, run->steps / 10, run->steps);
    batch_fill(&run->plan, s, &run->batch);
    snprintf(title, sizeof title, "representations train %s, step %lld of %lld", run->model.method->name, (long long)s + 1,
             (long long)run->steps);
    mm_graph_step_begin(&run->watched, g, s + 1);
    Tensor *loss = run->model.method->loss(g, &run->model, &run->batch);
    mm_backward(g, loss);
    if (!mm_graph_step_end(&run->watched, g, loss, title, err)) {
        return false;
    }
    real norm = mm_clip_grad_norm(run->model.params, 2); /* VSE++'s limit */
    if (!isfinite(*loss->data) || !isfinite(norm)) {
        char *path = mm_join_path(run->folder, "nonfinite.html");
        mm_report_nonfinite(g, loss, title, path, err);
        free(path);
        return false;
    }
    run->state.history[s] = (float)*loss->data;
    mm_optimizer_step(run->state.opt, lr);
    model_clamp(&run->model);
    mm_graph_reset(g);
    return true;
}

/* The mean of the last losses, so that the number can be read. */
static double recent_loss(const Run *run, int64_t s)
{
    double sum = 0;
    int64_t from = s >= 20 ? s - 19 : 0;
    for (int64_t i = from; i <= s; i++) {
        sum += run->state.history[i];
    }
    return sum / (double)(s - from + 1);
}

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static bool loop(Run *run, Error *err)
{
    int64_t first = mm_optimizer_steps(run->state.opt), s = first;
    long long most = run->options->stop_after;
    Progress bar = mm_progress(run->steps, first);
    double start = processor_seconds();
    bool ok = true;
    while (ok && s < run->steps && !mm_interrupted() && !(most && s - first >= most)) {
        ok = step(run, s, err);
        if (ok) {
            mm_progress_show(&bar, s + 1, "%s  loss %.3f", run->model.method->name, recent_loss(run, s));
            s++;
        }
    }
    mm_progress_end(&bar);
    run->took = (Took){mm_seconds() - bar.started, processor_seconds() - start};
    ok = ok && mm_state_save(&run->state, run->state_path, run->text, err);
    return ok && (s == run->steps ||
                  mm_error(err, "stopped after step %lld of %lld; all is saved in %s, and --resume goes on from there",
                           (long long)s, (long long)run->steps, run->state_path));
}

/* The losses as a table and as a figure. */
static bool write_losses(const Run *run, Error *err)
{
    AtomicFile f;
    char *path = mm_join_path(run->folder, "log.tsv"), in[2048], out[2048], script[6000];
    bool ok = mm_atomic_open(&f, path, err);
    if (ok) {
        fprintf(f.file, "step\tloss\n");
        for (int64_t s = 0; s < run->steps; s++) {
            fprintf(f.file, "%lld\t%.7g\n", (long long)s + 1, (double)run->state.history[s]);
        }
        ok = mm_atomic_commit(&f, err);
        mm_gnuplot_quote(in, sizeof in, path);
        mm_gnuplot_quote(out, sizeof out, run->folder);
        snprintf(script, sizeof script,
                 "set terminal svg size 720,400 font 'DejaVu Sans,12' background 'white'\nset datafile separator '\\t'\nset grid "
                 "lc rgb "
                 "'#dddddd'\nset border 3\nset tics nomirror\nset xlabel 'step'\nset ylabel 'loss'\nset output '%s/loss.svg'\n"
                 "plot '%s' using 1:2 skip 1 with lines lc rgb '#1f77b4' title '%s'\n",
                 out, in, run->model.method->name);
        if (ok && !mm_gnuplot(script)) {
            fprintf(stderr, "no figure drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s\n",
                    path);
        }
    }
    free(path);
    return ok;
}

static bool finish(Run *run, Error *err)
{
    Model *m = &run->model;
    double start = mm_seconds(), processor = processor_seconds();
    if (m->method->finish) {
        m->method->finish(m, &run->set);
    }
    run->took.seconds += mm_seconds() - start;
    run->took.processor += processor_seconds() - processor;
    return model_save(m, &run->set, run->folder, run->took, err) && write_losses(run, err);
}

static void print_result(const Run *run)
{
    double loss = recent_loss(run, run->steps - 1);
    if (run->options->of.common.json) {
        json_t *j = json_pack("{s:s, s:s, s:I, s:f, s:f, s:f, s:I, s:i}", "method", run->model.method->name, "model", run->folder,
                              "steps", (json_int_t)run->steps, "loss", loss, "seconds", run->took.seconds, "processor seconds",
                              run->took.processor, "peak bytes", (json_int_t)mm_peak_memory(), "threads", mm_threads());
        json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
        json_decref(j);
        return;
    }
    printf("%lld steps in %.0f s (%.0f s of a processor), peak memory %.0f MiB; loss at the end %.3f\nmodel: "
           "%s/model.safetensors   curve: %s/loss.svg\n",
           (long long)run->steps, run->took.seconds, run->took.processor, (double)mm_peak_memory() / (1 << 20), loss, run->folder,
           run->folder);
}

static bool train(Run *run, Error *err)
{
    if (!prepare(run, err)) {
        return false;
    }
    if (!run->options->of.common.json) {
        printf("%s: %s, %zu parameters\n", run->model.method->name, run->model.method->does, mm_params_numel(run->model.params));
        printf("%d pictures in %s styles, of concepts with an English and a Chinese name; the style \"%s\" and a tenth of the "
               "concepts are held out\n%lld steps of %d pairs (%g epochs), seed %llu, %d threads\n",
               run->set.items, run->set.validate ? "five" : "six", run->set.style, (long long)run->steps, run->plan.batch,
               run->options->recipe.epochs, run->options->of.common.seed, mm_threads());
        fflush(stdout);
    }
    if (!loop(run, err) || !finish(run, err)) {
        return false;
    }
    print_result(run);
    return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    TrainOptions *o = state->input;
    switch (key) {
    case 'e': o->recipe.epochs = mm_option_real(state, "--epochs", arg, 0.001, 100000); break;
    case 'b': o->recipe.batch = (int)mm_option_number(state, "--batch", arg, 2, 65536); break;
    case 'l': o->recipe.lr = mm_option_real(state, "--lr", arg, 1e-9, 10); break;
    case 'r': o->resume = true; break;
    case 'S': o->stop_after = mm_option_number(state, "--stop-after", arg, 1, 1000000000); break;
    case 'g': mm_option_graph(state, arg, &o->graph); break;
    default: return method_argument(key, arg, state, &o->of);
    }
    return 0;
}

/* What was not asked for is as the method wants it. */
static void complete(TrainOptions *o)
{
    const Recipe *r = &o->of.method->recipe;
    o->recipe.epochs = o->recipe.epochs > 0 ? o->recipe.epochs : r->epochs;
    o->recipe.batch = o->recipe.batch > 0 ? o->recipe.batch : r->batch;
    o->recipe.lr = o->recipe.lr > 0 ? o->recipe.lr : r->lr;
}

int command_train(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"epochs", 'e', "X", 0, "passes over the training pictures", 1},
        {"batch", 'b', "N", 0, "pairs in a step", 1},
        {"lr", 'l', "X", 0, "highest learning rate", 1},
        {"resume", 'r', NULL, 0, "go on with a run that was stopped", 1},
        {"stop-after", 'S', "N", 0, "save and stop after N steps", 1},
        {"graph", 'g', "FILE[:STEP]", 0, "write this step (1) with all its gradients to FILE: .html, .json, .svg, ...", 1},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = METHOD_ARGUMENT,
        .children = chapter_options,
        .doc = "Trains the two encoders with the loss of one method: joint, joint-plain; devise, vse-sum, vse-max, dcca, "
               "contrastive; "
               "tree, order, meru or scan. Without options each runs as the page describes it.\v"
               "Ctrl-C saves the state; --resume with the same options then goes on, to the same bits as a run "
               "that was never stopped."};
    TrainOptions o = {.of.common = common_defaults()};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.of.common);
    complete(&o);
    Run run = {.options = &o, .watched = o.graph};
    mm_catch_interrupt();
    int status = train(&run, &err) ? 0 : mm_program_error(&err);
    if (run.graph) {
        mm_graph_free(run.graph);
    }
    batch_free(&run.batch);
    model_free(&run.model);
    set_free(&run.set);
    free(run.state.history);
    free(run.folder);
    free(run.state_path);
    free(run.text);
    return status;
}
