/* train.c: `align train`. */
#include "train.h"
#include "feed.h"
#include "io/memory.h"
#include "learner.h"

#include <jansson.h>
#include <math.h>

typedef struct Run {
    const TrainOptions *options;
    Recipe recipe;
    PairSet set;
    Wordpiece *tokenizer;
    Batches batches;
    Feed feed; /* in place of batches, with --shards */
    Learner learner;
    TrainState state;
    Trainer trainer;
    GraphStep watched;
    int64_t steps;
    char *text, *state_path, *model_path;
} Run;

enum { FIRST_TEXTS = 20000 }; /* of a stream, from which the vocabulary is learned */

static bool load_stream(Run *run, Error *err)
{
    const TrainOptions *o = run->options;
    AlignConfig *c = &run->recipe.model;
    run->feed = (Feed){.plan = {o->shards, o->common.seed, o->pool}, .recipe = &run->recipe};
    if (!set_load_test(o->common.data, &run->set, err) ||
        !(run->tokenizer = feed_learn_tokens(&run->feed.plan, FIRST_TEXTS, c->text.vocab, err))) {
        return false;
    }
    run->feed.tokenizer = run->tokenizer;
    snprintf(run->set.about, sizeof run->set.about, "shards in %s, %d pairs in the pool", o->shards, o->pool);
    c->text.vocab = mm_wordpiece_size(run->tokenizer);
    run->recipe.epochs = 0; /* nobody counts the pairs */
    run->steps = o->steps;
    return true;
}

static bool load_data(Run *run, Error *err)
{
    const TrainOptions *o = run->options;
    AlignConfig *c = &run->recipe.model;
    if (!set_load(&o->set, true, &run->set, err) ||
        !(run->tokenizer = mm_wordpiece_learn(run->set.text, run->set.n, c->text.vocab, true, err)) ||
        !batches_new(&run->set, &run->recipe, run->tokenizer, o->common.seed, &run->batches, err)) {
        return false;
    }
    c->text.vocab = mm_wordpiece_size(run->tokenizer);
    run->steps = (int64_t)ceil(run->recipe.epochs * (double)batches_per_epoch(&run->batches));
    return true;
}

/* What decides the numbers of the run: see mm_state_save. */
static char *run_text(const Run *run)
{
    const SetOptions *s = &run->options->set;
    char *recipe = recipe_text(&run->recipe, run->options->common.seed, run->set.n, run->steps), *text = NULL;
    int n = asprintf(&text, "%s, %s, part %g, shuffled %g", recipe, run->set.about, s->part, s->shuffled);
    free(recipe);
    return n < 0 ? NULL : text;
}

static bool make_model(Run *run, Error *err)
{
    const TrainOptions *o = run->options;
    run->learner = learner_new(&run->recipe, o->common.seed, run->steps);
    run->state = (TrainState){.params = run->learner.params, .opt = run->learner.opt, .columns = LOG_COLUMNS};
    run->state.history = mm_take((size_t)run->steps * LOG_COLUMNS, sizeof(float));
    run->text = run_text(run);
    run->state_path = mm_path(o->common.out, "train.safetensors");
    run->model_path = o->common.model ? strdup(o->common.model) : mm_path(o->common.out, "model");
    if (o->resume && !mm_file_exists(run->state_path)) {
        return mm_error(err, "%s: there is nothing to resume; `align train` without --resume starts a run", run->state_path);
    }
    return mm_graph_step_exists(&run->watched, run->steps, err) && mm_make_folders(o->common.out, err) &&
           (!o->resume || mm_state_load(&run->state, run->steps, run->state_path, run->text, err));
}

/* ---- a step ---- */

static bool note(Run *run, int64_t s, double loss, Error *err)
{
    float *log = run->state.history + s * LOG_COLUMNS;
    log[LOG_LOSS] = (float)loss;
    log[LOG_TEMPERATURE] = (float)run->learner.align.temperature->data[0];
    log[LOG_LR] = (float)learner_lr(&run->learner, s);
    log[LOG_FIRST] = log[LOG_SECOND] = NAN;
    int64_t part = run->options->evaluations;
    if (part == 0 || (s + 1) * part / run->steps == s * part / run->steps) {
        return true;
    }
    for (int i = 0; i < run->set.tests; i++) {
        Retrieval r;
        if (!measure(&run->learner.align, run->tokenizer, &run->set.test[i], &r, err)) {
            return false;
        }
        log[LOG_FIRST + i] = (float)r.to_text.at10;
    }
    return true;
}

static bool next_batch(Run *run, int64_t s, Batch *b, Error *err)
{
    if (run->options->shards) {
        return feed_batch(run->learner.graph, &run->feed, s, b, err);
    }
    *b = batch_of(run->learner.graph, &run->batches, s);
    return true;
}

static bool step(void *context, int64_t s, Error *err)
{
    Run *run = context;
    Learner *l = &run->learner;
    Batch batch;
    char name[64];
    snprintf(name, sizeof name, "align train, step %lld of %lld", (long long)s + 1, (long long)run->steps);
    mm_graph_step_begin(&run->watched, l->graph, s + 1);
    if (!next_batch(run, s, &batch, err)) {
        return false;
    }
    Tensor *loss = learner_loss(l, s, &batch);
    double value = (double)loss->data[0];
    mm_backward(l->graph, loss);
    if (!mm_graph_step_end(&run->watched, l->graph, loss, name, err)) {
        return false;
    }
    real norm = learner_move(l, s, loss);
    if (!isfinite(value) || !isfinite(norm)) {
        char *path = mm_path(run->options->common.out, "nonfinite.html");
        mm_error(err, "%s: the loss is %g, the length of the gradient %g", name, value, (double)norm);
        mm_report_nonfinite(l->graph, loss, name, path, err);
        free(path);
        return false;
    }
    mm_graph_reset(l->graph);
    return note(run, s, value, err);
}

static void show(void *context, Progress *bar, int64_t s)
{
    const Run *run = context;
    mm_progress_show(bar, s + 1, "loss %.3f (2 ln %d = %.2f)  temperature %.3f", mm_history_recent(&run->state, LOG_LOSS, s),
                     run->recipe.batch, 2 * log(run->recipe.batch), (double)run->learner.align.temperature->data[0]);
}

/* ---- the run ---- */

static void describe(const Run *run)
{
    const Recipe *r = &run->recipe;
    printf("ALIGN: EfficientNet of %d blocks + BERT of %d layer%s, %zu parameters, %d tokens in the vocabulary\n",
           run->learner.align.vision_model.blocks, r->model.text.layers, r->model.text.layers == 1 ? "" : "s",
           mm_params_numel(run->learner.params), r->model.text.vocab);
    if (run->options->shards) {
        printf("%s\n%lld steps of %d pairs", run->set.about, (long long)run->steps, r->batch);
    } else {
        printf("%d pairs: %s%s\n%lld steps of %d pairs (%g epochs)", run->set.n, run->set.about,
               run->options->set.shuffled > 0 ? ", some with the texts of others" : "", (long long)run->steps, r->batch,
               r->epochs);
    }
    printf(", %s, seed %llu, %d threads\n",
           r->optimizer == &mm_lamb   ? "LAMB"
           : r->optimizer == &mm_muon ? "Muon"
                                      : "AdamW",
           run->options->common.seed, mm_threads());
}

static void print_json(const Run *run, const Retrieval *r)
{
    json_t *tests = json_array();
    for (int i = 0; i < run->set.tests; i++) {
        json_array_append_new(tests, measure_json(&run->set.test[i], &r[i]));
    }
    json_t *j = json_pack("{s:s, s:i, s:I, s:f, s:f, s:f, s:I, s:s, s:o}", "data", run->set.about, "pairs", run->set.n, "steps",
                          (json_int_t)run->steps, "seconds", run->trainer.seconds, "loss",
                          mm_history_recent(&run->state, LOG_LOSS, run->steps - 1), "temperature",
                          (double)run->learner.align.temperature->data[0], "peak bytes", (json_int_t)mm_peak_memory(), "model",
                          run->model_path, "tests", tests);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

static void print_text(const Run *run, const Retrieval *r)
{
    printf("%lld steps in %.0f s, peak memory %zu MiB\n\n", (long long)run->trainer.taken, run->trainer.seconds,
           mm_peak_memory() >> 20);
    for (int i = 0; i < run->set.tests; i++) {
        measure_print(&run->set.test[i], &r[i]);
    }
    const StreamSkips *k = run->feed.stream ? mm_stream_skips(run->feed.stream) : NULL;
    if (k && k->damaged + k->incomplete + k->too_large + k->text + run->feed.unreadable > 0) {
        printf("left out of the shards: %d of them from a damage on, %d incomplete pairs, %d too large, %d texts, %lld pictures; "
               "%s\n",
               k->damaged, k->incomplete, k->too_large, k->text, (long long)run->feed.unreadable,
               k->first.text[0] ? k->first.text : run->feed.first.text);
    }
    if (run->options->shards) {
        printf("No pixel nearest neighbour: it would need all pictures of the shards in memory.\n");
    }
    const char *out = run->options->common.out;
    printf("model: %s   curves: %s/loss.svg, %stemperature.svg   numbers: %s/log.tsv\n", run->model_path, out,
           run->options->evaluations ? "recall.svg, " : "", out);
}

static bool finish(Run *run, Error *err)
{
    Retrieval r[MOST_TESTS];
    bool ok = align_folder_save(&run->learner.align, run->tokenizer, run->model_path, err) &&
              curves_write(run->options, &run->recipe, &run->state, run->steps, &run->set, err);
    for (int i = 0; i < run->set.tests && ok; i++) {
        ok = measure(&run->learner.align, run->tokenizer, &run->set.test[i], &r[i], err);
    }
    if (ok) {
        (run->options->common.json ? print_json : print_text)(run, r);
    }
    return ok;
}

static bool train(Run *run, Error *err)
{
    if (!(run->options->shards ? load_stream : load_data)(run, err) || !make_model(run, err)) {
        return false;
    }
    if (!run->options->common.json) {
        describe(run);
    }
    run->trainer = (Trainer){.state = &run->state,
                             .steps = run->steps,
                             .path = run->state_path,
                             .run = run->text,
                             .save_every = run->options->save_every,
                             .stop_after = run->options->stop_after,
                             .step = step,
                             .show = show,
                             .context = run};
    return mm_train(&run->trainer, err) && finish(run, err);
}

int command_train(int argc, char **argv)
{
    TrainOptions o = train_options(argc, argv);
    Error err;
    Run run = {.options = &o, .recipe = o.with.recipe, .watched = o.graph};
    mm_catch_interrupt();
    bool ok = train(&run, &err);
    batches_free(&run.batches);
    feed_close(&run.feed);
    learner_free(&run.learner);
    mm_wordpiece_free(run.tokenizer);
    set_free(&run.set);
    free(run.state.history);
    free(run.text);
    free(run.state_path);
    free(run.model_path);
    return ok ? 0 : mm_program_error(&err);
}
