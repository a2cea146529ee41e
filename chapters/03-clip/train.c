/* train.c: `clip train`. */
#include "train.h"
#include "io/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool load_data(Run *run, Error *err)
{
    const Recipe *r = &run->recipe;
    const TrainOptions *o = run->options;
    Source *s = &run->source;
    if (!(o->own.captions.path ? source_own(&o->own, s, err) : source_emoji(o->common.data, o->more, o->unseen, s, err))) {
        return false;
    }
    run->tokenizer = run->tokenizer ? run->tokenizer : source_learn_tokens(s, r->model.vocab, err);
    if (!run->tokenizer || !source_tokenize(s, run->tokenizer, err)) {
        return false;
    }
    run->measure = measure_new(s, &r->model, o->unseen);
    run->plan = (BatchPlan){.source = s,
                            .batch = r->batch,
                            .size = r->model.size,
                            .context = r->model.context,
                            .input = &run->clip.config.input,
                            .by_concept = r->by_concept,
                            .augment = r->augment,
                            .mix = r->mix,
                            .seed = o->common.seed,
                            .ranks = run->ranks};
    run->steps = (int64_t)ceil(r->epochs * batch_steps_per_epoch(&run->plan));
    return true;
}

/* What decides the numbers of the run: see mm_state_save. */
static char *run_text(const Run *run)
{
    const TrainOptions *o = run->options;
    char *recipe = recipe_text(&run->recipe, o->common.seed, run->source.items, run->steps), *text = NULL;
    const OwnPictures *own = &o->own;
    int n = asprintf(&text, "%s%s%s%s%s%s%s%s%s%s, frozen %d %d", recipe, own->captions.path ? ", " : "",
                     own->captions.path ? own->captions.path : "", own->chinese.path ? " and " : "",
                     own->chinese.path ? own->chinese.path : "", o->from ? ", from " : "", o->from ? o->from : "",
                     o->config ? ", config " : "", o->config ? o->config : "", o->loss == LOSS_SIGLIP ? ", siglip" : "",
                     o->freeze_image, o->freeze_text);
    free(recipe);
    return n < 0 ? NULL : text;
}

static bool make_model(Run *run, Error *err)
{
    const Recipe *r = &run->recipe;
    const Common *common = &run->options->common;
    if (!run->params) {
        run->recipe.model.vocab = mm_vocab_size(run->tokenizer);
        run->params = mm_params_new(common->seed);
        run->clip = clip_init(run->params, r->model);
    }
    const TrainOptions *o = run->options;
    Objective objective = {.loss = o->loss, .smoothing = (real)r->smoothing, .image = o->freeze_image, .text = o->freeze_text};
    run->numbers = mm_params_numel(run->params);
    step_freeze(run->params, &objective);
    run->state = (TrainState){.params = run->params, .opt = recipe_optimizer(r, run->params), .columns = LOG_COLUMNS};
    run->state.history = malloc((size_t)run->steps * LOG_COLUMNS * sizeof(float));
    run->step = (Step){.clip = &run->clip, .objective = objective, .ranks = run->ranks, .local = o->local_rows};
    run->step.mean = run->ranks ? mm_gradient_mean_new(run->params, run->ranks, 1 << 18) : NULL;
    run->step.micro = o->micro_batch;
    if (o->micro_batch && r->model.image != CLIP_VIT) {
        return mm_error(err, "--micro-batch needs a ViT: BatchNorm, which the others have, makes rows depend on each other");
    }
    run->step.cache = mm_feature_cache_new();
    run->graph = mm_graph_new(common->seed);
    mm_graph_checkpoint(run->graph, run->options->checkpointing);
    mm_graph_keep_gradients(run->graph, false);
    if (o->profile && run->ranks) { /* their gradients are summed from the same hook */
        return mm_error(err, "--profile is for one process, not for ranks under mpirun");
    }
    run->profile = o->profile ? mm_profile_new(run->graph) : NULL;
    run->text = run_text(run);
    run->state_path = mm_path(common->out, "train.safetensors");
    run->model_path = common->model ? strdup(common->model) : mm_path(common->out, "model");
    if (run->options->resume && !mm_file_exists(run->state_path)) {
        return mm_error(err, "%s: there is nothing to resume; `clip train` without --resume starts a run", run->state_path);
    }
    return mm_graph_step_exists(&run->watched, run->steps, err) && mm_make_folders(common->out, err) &&
           (!run->options->resume || mm_state_load(&run->state, run->steps, run->state_path, run->text, err));
}

/* All ranks must begin with the same numbers, or they would train different models and nobody would see it. */
static bool same_start(const Run *run, Error *err)
{
    if (!run->ranks) {
        return true;
    }
    enum { NUMBERS = 3 };
    int ranks = run->ranks->n, other = 0, *count = mm_take((size_t)ranks, sizeof *count);
    real *all = mm_take((size_t)ranks * NUMBERS, sizeof *all), own[NUMBERS] = {0};
    own[0] = (real)mm_optimizer_steps(run->state.opt);
    own[1] = (real)(mm_rng(0, run->text).key >> 40);
    for (int i = 0; i < mm_params_count(run->params); i++) {
        own[2] += (real)mm_sum_squares(mm_params_at(run->params, i)->data, mm_params_at(run->params, i)->n);
    }
    for (int i = 0; i < ranks; i++) {
        count[i] = NUMBERS;
    }
    run->ranks->gather(run->ranks, own, all, count);
    for (int i = 0; i < ranks; i++) {
        other = memcmp(all + i * NUMBERS, all, sizeof own) != 0 ? i : other;
    }
    free(count);
    free(all);
    return !other ||
           mm_error(err, "rank %d does not begin as rank 0 does: it has other options, other data or another checkpoint", other);
}

/* After the state has been loaded: the first batch is that of the next step. */
static bool make_loader(Run *run, Error *err)
{
    const Recipe *r = &run->recipe;
    const TrainOptions *o = run->options;
    /* The emoji are in memory and every processor is at work: a batch ahead brings nothing. Own pictures wait for the disk. */
    bool ahead = o->prefetch == PREFETCH_AUTO ? o->own.captions.path != NULL : o->prefetch == PREFETCH_YES;
    run->loader = loader_new(&run->plan, ahead, mm_optimizer_steps(run->state.opt), run->steps);
    return loader_steps_per_round(run->loader) > 0 ||
           mm_error(err, "--batch %d is more than there are to choose from: %d pictures%s", r->batch, run->source.items,
                    r->by_concept && run->source.kind->concept ? ", a concept at most once in a batch" : "");
}

static bool measure(Run *run, float *log, Error *err)
{
    Retrieval r;
    if (run->measure.n == 0) {
        return true;
    }
    if (!measure_run(&run->measure, &run->clip, run->tokenizer, &r, err)) {
        return false;
    }
    log[LOG_EN_1] = (float)r.to_text[EN].at1;
    log[LOG_EN_10] = (float)r.to_text[EN].at10;
    if (run->source.languages > 1) {
        log[LOG_ZH_1] = (float)r.to_text[ZH].at1;
        log[LOG_ZH_10] = (float)r.to_text[ZH].at10;
    }
    return true;
}

static Tensor *gradients(Run *run, int64_t s, const Batch *batch, real *loss)
{
    *mm_graph_rng(run->graph) = mm_rng(run->plan.seed + (uint64_t)s, "dropout");
    return step_gradients(run->graph, &run->step, batch, loss);
}

/* Ends a run whose numbers have become NaN or infinite, and keeps the graph of that step: it is done again, to keep all gradients.
 * loss: NULL if there is none. */
static bool check_finite(Run *run, int64_t s, const Batch *batch, const char *step, const Tensor *loss, real value, real norm,
                         Error *err)
{
    if (isfinite(value) && isfinite(norm)) {
        return true;
    }
    run->agreed = true;
    mm_error(err, "%s: the loss is %g, the length of the gradient %g", step, (double)value, (double)norm);
    if (loss) {
        mm_graph_reset(run->graph);
        mm_params_zero_grad(run->params);
        mm_graph_keep_gradients(run->graph, true);
        loss = gradients(run, s, batch, &value);
    }
    if (loss && mm_trainer_speaks(&run->trainer)) {
        char *path = mm_path(run->options->common.out, "nonfinite.html");
        mm_report_nonfinite(run->graph, loss, step, path, err);
        free(path);
    }
    mm_trainer_any(&run->trainer, false); /* the report is written before the first rank ends */
    return false;
}

static void write_log(const Run *run, float *log, real loss, real lr)
{
    for (int c = 0; c < LOG_COLUMNS; c++) {
        log[c] = NAN;
    }
    log[LOG_LOSS] = (float)loss;
    log[LOG_SCALE] = (float)exp(run->clip.logit_scale->data[0]);
    log[LOG_LR] = (float)lr;
}

static bool step(void *context, int64_t s, Error *err)
{
    Run *run = context;
    const Recipe *r = &run->recipe;
    char name[64];
    float *log = run->state.history + s * LOG_COLUMNS;
    real lr = (real)r->lr * mm_warmup_cosine(s, (int64_t)(r->warmup * (double)run->steps), run->steps), loss;
    Graph *g = run->graph;
    const Batch *batch = loader_next(run->loader, err);
    if (!batch) {
        return false;
    }
    mm_graph_step_begin(&run->watched, g, s + 1);
    Tensor *from = gradients(run, s, batch, &loss);
    snprintf(name, sizeof name, "clip train, step %lld of %lld", (long long)s + 1, (long long)run->steps);
    if ((from && !mm_graph_step_end(&run->watched, g, from, name, err)) ||
        !check_finite(run, s, batch, name, from, loss, mm_clip_grad_norm(run->params, (real)r->clip_norm), err)) {
        return false;
    }
    double start = mm_seconds();
    mm_optimizer_step(run->state.opt, lr);
    if (run->profile) {
        mm_profile_optimiser(run->profile, mm_seconds() - start);
    }
    clip_clamp(&run->clip);
    write_log(run, log, loss, lr);
    mm_graph_reset(g);
    int64_t part = run->options->evaluations, now = (s + 1) * part / run->steps;
    return part == 0 || now == s * part / run->steps || !mm_trainer_speaks(&run->trainer) || measure(run, log, err);
}

static void show(void *context, Progress *bar, int64_t s)
{
    const Run *run = context;
    mm_progress_show(bar, s + 1, "loss %.3f (ln %d = %.2f)  scale %.1f", mm_history_recent(&run->state, LOG_LOSS, s),
                     run->plan.batch, log(run->plan.batch), (double)run->state.history[s * LOG_COLUMNS + LOG_SCALE]);
}

static bool loop(Run *run, Error *err)
{
    Trainer *t = &run->trainer;
    *t = (Trainer){.state = &run->state,
                   .steps = run->steps,
                   .path = run->state_path,
                   .run = run->text,
                   .save_every = run->options->save_every,
                   .stop_after = run->options->stop_after,
                   .ranks = run->ranks,
                   .step = step,
                   .show = show,
                   .context = run};
    bool ok = mm_train(t, err);
    run->agreed = run->agreed || t->stopped;
    if (ok && !run->options->common.json && mm_trainer_speaks(t)) {
        train_print_spent(run, t->taken);
    }
    return ok;
}

static bool finish(Run *run, Error *err)
{
    Retrieval r;
    if (!mm_trainer_speaks(&run->trainer)) {
        return true;
    }
    int measured = run->options->evaluations ? run->source.languages : 0;
    bool ok = clip_folder_save(&run->clip, run->params, run->tokenizer, run->model_path, err) &&
              curves_write(run->options->common.out, &run->state, run->steps, run->plan.batch, measured, err) &&
              measure_run(&run->measure, &run->clip, run->tokenizer, &r, err);
    if (ok) {
        (run->options->common.json ? train_print_json : train_print_result)(run, &r);
    }
    return ok;
}

static void free_run(Run *run)
{
    loader_free(run->loader);
    mm_gradient_mean_free(run->step.mean);
    mm_feature_cache_free(run->step.cache);
    mm_graph_free(run->graph);
    mm_params_free(run->params);
    measure_free(&run->measure);
    mm_tokenizer_free(run->tokenizer);
    source_free(&run->source);
    free(run->state.history);
    free(run->text);
    free(run->state_path);
    free(run->model_path);
}

static bool train(Run *run, Error *err)
{
    if (!train_load_model(run, err) || !load_data(run, err) || !make_model(run, err) || !make_loader(run, err) ||
        !same_start(run, err)) {
        return false;
    }
    if (!run->options->common.json && mm_trainer_speaks(&run->trainer)) {
        train_describe(run);
    }
    return loop(run, err) && finish(run, err);
}

int command_train(int argc, char **argv)
{
    TrainOptions o = train_options(argc, argv);
    Error err;
    Run run = {.options = &o, .recipe = train_recipe(&o), .watched = o.graph};
    if (!mm_ranks_world(&run.ranks, &err)) {
        return mm_program_error(&err);
    }
    run.trainer.ranks = run.ranks;
    if (run.ranks && o.common.threads == 0) {
        mm_set_threads(mm_ranks_threads(run.ranks));
    }
    mm_catch_interrupt();
    bool ok = train(&run, &err);
    if (!ok && run.ranks && !run.agreed) { /* the others would wait for this one forever */
        fprintf(stderr, "clip: rank %d of %d: %s\n", run.ranks->rank, run.ranks->n, err.text);
        mm_ranks_abort(run.ranks, 1);
    }
    int status = ok ? 0 : mm_trainer_speaks(&run.trainer) ? mm_program_error(&err) : 1;
    free_run(&run);
    mm_ranks_end(run.ranks);
    return status;
}
