/* train.c: `align train`. */
#include "train.h"
#include "feed.h"
#include "io/memory.h"

#include <jansson.h>
#include <math.h>

typedef struct Run {
    const TrainOptions *options;
    Recipe recipe;
    PairSet set;
    Wordpiece *tokenizer;
    Batches batches;
    Feed feed; /* in place of batches, with --shards */
    Params *params;
    Align align;
    TrainState state;
    Trainer trainer;
    Graph *graph;
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
    run->params = mm_params_new(o->common.seed);
    run->align = align_init(run->params, run->recipe.model);
    mm_params_freeze(run->params, "text_model.pooler"); /* which nothing reads */
    if (run->recipe.fixed_temperature) {
        mm_params_freeze(run->params, "temperature");
    }
    run->state = (TrainState){.params = run->params, .opt = recipe_optimizer(&run->recipe, run->params), .columns = LOG_COLUMNS};
    run->state.history = mm_take((size_t)run->steps * LOG_COLUMNS, sizeof(float));
    run->graph = mm_graph_new(o->common.seed);
    run->text = run_text(run);
    run->state_path = mm_path(o->common.out, "train.safetensors");
    run->model_path = o->common.model ? strdup(o->common.model) : mm_path(o->common.out, "model");
    if (o->resume && !mm_file_exists(run->state_path)) {
        return mm_error(err, "%s: there is nothing to resume; `align train` without --resume starts a run", run->state_path);
    }
    return mm_make_folders(o->common.out, err) &&
           (!o->resume || mm_state_load(&run->state, run->steps, run->state_path, run->text, err));
}

/* ---- a step ---- */

/* NULL: no batch can be had. */
static Tensor *forward(Run *run, int64_t s, Error *err)
{
    Graph *g = run->graph;
    int size = run->recipe.model.image.size;
    *mm_graph_rng(g) = mm_rng(run->options->common.seed + (uint64_t)s, "dropout");
    Batch b;
    if (!run->options->shards) {
        b = batch_of(g, &run->batches, s);
    } else if (!feed_batch(g, &run->feed, s, &b, err)) {
        return NULL;
    }
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(b.n, 3, size, size), b.pixels), "pixels");
    Tensor *image = align_encode_image(g, &run->align, pixels);                  /* (N, embed) */
    Tensor *text = align_encode_text(g, &run->align, b.ids, b.length, b.n, b.T); /* (N, embed) */
    return align_loss(g, align_logits(g, &run->align, image, text), (real)run->recipe.smoothing);
}

static bool note(Run *run, int64_t s, double loss, real lr, Error *err)
{
    float *log = run->state.history + s * LOG_COLUMNS;
    log[LOG_LOSS] = (float)loss;
    log[LOG_TEMPERATURE] = (float)run->align.temperature->data[0];
    log[LOG_LR] = (float)lr;
    log[LOG_FIRST] = log[LOG_SECOND] = NAN;
    int64_t part = run->options->evaluations;
    if (part == 0 || (s + 1) * part / run->steps == s * part / run->steps) {
        return true;
    }
    for (int i = 0; i < run->set.tests; i++) {
        Retrieval r;
        if (!measure(&run->align, run->tokenizer, &run->set.test[i], &r, err)) {
            return false;
        }
        log[LOG_FIRST + i] = (float)r.to_text.at10;
    }
    return true;
}

static bool step(void *context, int64_t s, Error *err)
{
    Run *run = context;
    const Recipe *r = &run->recipe;
    char name[64];
    /* The first step is number 1: the schedule is 0 at 0. */
    real lr = (real)r->lr * mm_warmup_linear(s + 1, (int64_t)ceil(r->warmup * (double)run->steps), run->steps + 1);
    snprintf(name, sizeof name, "align train, step %lld of %lld", (long long)s + 1, (long long)run->steps);
    mm_graph_step_begin(&run->watched, run->graph, s + 1);
    Tensor *loss = forward(run, s, err);
    if (!loss) {
        return false;
    }
    double value = (double)loss->data[0];
    mm_backward(run->graph, loss);
    if (!mm_graph_step_end(&run->watched, run->graph, loss, name, err)) {
        return false;
    }
    real norm = mm_clip_grad_norm(run->params, (real)r->clip_norm);
    if (!isfinite(value) || !isfinite(norm)) {
        char *path = mm_path(run->options->common.out, "nonfinite.html");
        mm_error(err, "%s: the loss is %g, the length of the gradient %g", name, value, (double)norm);
        mm_report_nonfinite(run->graph, loss, name, path, err);
        free(path);
        return false;
    }
    mm_optimizer_step(run->state.opt, lr);
    align_clamp(&run->align);
    mm_graph_reset(run->graph);
    return note(run, s, value, lr, err);
}

static void show(void *context, Progress *bar, int64_t s)
{
    const Run *run = context;
    mm_progress_show(bar, s + 1, "loss %.3f (2 ln %d = %.2f)  temperature %.3f", mm_history_recent(&run->state, LOG_LOSS, s),
                     run->recipe.batch, 2 * log(run->recipe.batch), (double)run->align.temperature->data[0]);
}

/* ---- the run ---- */

static void describe(const Run *run)
{
    const Recipe *r = &run->recipe;
    printf("ALIGN: EfficientNet of %d blocks + BERT of %d layers, %zu parameters, %d tokens in the vocabulary\n",
           run->align.vision_model.blocks, r->model.text.layers, mm_params_numel(run->params), r->model.text.vocab);
    if (run->options->shards) {
        printf("%s\n%lld steps of %d pairs", run->set.about, (long long)run->steps, r->batch);
    } else {
        printf("%d pairs: %s%s\n%lld steps of %d pairs (%g epochs)", run->set.n, run->set.about,
               run->options->set.shuffled > 0 ? ", some with the texts of others" : "", (long long)run->steps, r->batch,
               r->epochs);
    }
    printf(", %s, seed %llu, %d threads\n", r->adamw ? "AdamW" : "LAMB", run->options->common.seed, mm_threads());
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
                          (double)run->align.temperature->data[0], "peak bytes", (json_int_t)mm_peak_memory(), "model",
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
    const char *out = run->options->common.out;
    printf("model: %s   curves: %s/loss.svg, recall.svg, temperature.svg   numbers: %s/log.tsv\n", run->model_path, out, out);
}

static bool finish(Run *run, Error *err)
{
    Retrieval r[2];
    bool ok = align_folder_save(&run->align, run->tokenizer, run->model_path, err) &&
              curves_write(run->options->common.out, &run->state, run->steps, run->recipe.batch, &run->set, err);
    for (int i = 0; i < run->set.tests && ok; i++) {
        ok = measure(&run->align, run->tokenizer, &run->set.test[i], &r[i], err);
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
    Run run = {.options = &o, .recipe = o.recipe, .watched = o.graph};
    mm_catch_interrupt();
    bool ok = train(&run, &err);
    batches_free(&run.batches);
    feed_close(&run.feed);
    mm_graph_free(run.graph);
    mm_params_free(run.params);
    mm_wordpiece_free(run.tokenizer);
    set_free(&run.set);
    free(run.state.history);
    free(run.text);
    free(run.state_path);
    free(run.model_path);
    return ok ? 0 : mm_program_error(&err);
}
