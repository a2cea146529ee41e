/* train.c: `clip train`. */
#include "curves.h"
#include "evaluate.h"
#include "mm/inspect.h"
#include "recipe.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct TrainOptions {
    Common common;
    ImageEncoder image;
    bool resume, quick, unseen, checkpointing, memory;
    double epochs, lr; /* 0: the recipe's */
    int batch, save_every, evaluations;
    long long stop_after; /* steps of this process; 0: to the end */
    GraphStep graph;
} TrainOptions;

/* All that lives while a model is trained. */
typedef struct Run {
    const TrainOptions *options;
    Recipe recipe;
    EmojiSet emoji;
    TestSet test;
    int *item; /* the training pictures */
    Tokenizer *tokenizer;
    Captions captions;
    BatchPlan plan;
    Batch batch;
    Params *params;
    Clip clip;
    TrainState state;
    Graph *graph;
    GraphStep watched;
    int64_t steps;
    double seconds; /* of the loop, in this process */
    char *text, *state_path, *model_path;
} Run;

static bool load_data(Run *run, Error *err)
{
    if (!load_emoji(run->options->common.data, &run->emoji, err)) {
        return false;
    }
    int style = mm_emoji_style(&run->emoji, test_style), n = 0;
    bool unseen = run->options->unseen;
    run->test = test_set(&run->emoji, style, unseen);
    run->item = malloc((size_t)run->emoji.n * sizeof *run->item);
    for (int i = 0; i < run->emoji.n; i++) {
        const Emoji *e = &run->emoji.at[i];
        if (e->style != style && !(unseen && mm_concept_is_held_out(run->emoji.concepts.at[e->concept].code))) {
            run->item[n++] = i;
        }
    }
    const Recipe *r = &run->recipe;
    run->plan = (BatchPlan){.emoji = &run->emoji,
                            .captions = &run->captions,
                            .item = run->item,
                            .items = n,
                            .batch = r->batch,
                            .size = r->model.size,
                            .context = r->model.context,
                            .by_concept = r->by_concept,
                            .augment = r->augment,
                            .mix = r->mix,
                            .seed = run->options->common.seed};
    run->steps = (int64_t)ceil(r->epochs * batch_steps_per_epoch(&run->plan));
    return true;
}

static bool learn_tokens(Run *run, Error *err)
{
    int n;
    char **texts = captions_texts(&run->emoji.concepts, &n);
    run->tokenizer = mm_tokenizer_learn((const char *const *)texts, n, run->recipe.model.vocab, true, err);
    for (int i = 0; i < n; i++) {
        free(texts[i]);
    }
    free(texts);
    return run->tokenizer && captions_make(&run->emoji.concepts, run->tokenizer, &run->captions, err);
}

static bool make_model(Run *run, Error *err)
{
    const Recipe *r = &run->recipe;
    const Common *common = &run->options->common;
    run->recipe.model.vocab = mm_vocab_size(run->tokenizer);
    run->params = mm_params_new(common->seed);
    run->clip = clip_init(run->params, r->model);
    OptimizerConfig adamw = {&mm_adamw, .beta1 = (real)r->beta1, .beta2 = (real)r->beta2, .eps = (real)r->eps};
    adamw.weight_decay = (real)r->weight_decay;
    run->state = (TrainState){.params = run->params, .opt = mm_optimizer_new(run->params, adamw), .columns = LOG_COLUMNS};
    run->state.history = malloc((size_t)run->steps * LOG_COLUMNS * sizeof(float));
    run->batch = batch_new(&run->plan);
    if (run->batch.steps_per_round == 0) {
        return mm_error(err, "--batch %d is more than there are to choose from: %d pictures%s", r->batch, run->plan.items,
                        r->by_concept ? ", a concept at most once in a batch" : "");
    }
    run->graph = mm_graph_new(common->seed);
    mm_graph_checkpoint(run->graph, run->options->checkpointing);
    run->text = recipe_text(r, common->seed, run->plan.items, run->steps);
    run->state_path = program_path(common->out, "train.safetensors");
    run->model_path = common->model ? strdup(common->model) : program_path(common->out, "model");
    if (run->options->resume && !mm_file_exists(run->state_path)) {
        return mm_error(err, "%s: there is nothing to resume; `clip train` without --resume starts a run", run->state_path);
    }
    return mm_make_folders(common->out, err) &&
           (!run->options->resume || mm_state_load(&run->state, run->steps, run->state_path, run->text, err));
}

/* The loss of one language. A picture looks for its name among the names; a text, name or tags, for every picture that it fits. */
static Tensor *language_loss(Run *run, Graph *g, Tensor *image, int language)
{
    const Batch *b = &run->batch;
    real smoothing = (real)run->recipe.smoothing;
    Tensor *text = clip_encode_text(g, &run->clip, b->ids[language], b->length[language], b->texts, b->T[language]);
    Tensor *logits = clip_logits(g, &run->clip, image, text); /* (n, texts) */
    mm_push(g, "loss");
    Tensor *names = mm_slice(g, logits, 1, 0, b->n); /* (n, n) */
    Tensor *image_to_text = mm_named(clip_loss_one_way(g, names, b->named, smoothing), "image to text");
    Tensor *transposed = mm_permute(g, logits, (int[]){1, 0}); /* (texts, n) */
    Tensor *text_to_image = mm_named(clip_loss_one_way(g, transposed, b->fits[language], smoothing), "text to image");
    Tensor *loss = mm_affine(g, mm_add(g, image_to_text, text_to_image), (real)0.5, 0);
    mm_pop(g);
    return loss;
}

static Tensor *forward(Run *run, Graph *g)
{
    const Batch *b = &run->batch;
    int size = run->plan.size;
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(b->n, 3, size, size), b->pixels), "pixels");
    Tensor *image = clip_encode_image(g, &run->clip, pixels), *sum = NULL;
    for (int l = 0; l < LANGUAGES; l++) {
        Tensor *loss = language_loss(run, g, image, l);
        sum = sum ? mm_add(g, sum, loss) : loss;
    }
    return mm_affine(g, sum, 1 / (real)LANGUAGES, 0);
}

static bool measure(Run *run, float *log, Error *err)
{
    Retrieval r;
    if (!evaluate(&run->clip, run->tokenizer, &run->test, &r, err)) {
        return false;
    }
    log[LOG_EN_1] = (float)r.to_text[EN].at1;
    log[LOG_EN_10] = (float)r.to_text[EN].at10;
    log[LOG_ZH_1] = (float)r.to_text[ZH].at1;
    log[LOG_ZH_10] = (float)r.to_text[ZH].at10;
    return true;
}

/* Ends a run whose numbers have become NaN or infinite, and keeps the graph of that step. */
static bool check_finite(const Run *run, const char *step, const Tensor *loss, real norm, Error *err)
{
    if (isfinite(loss->data[0]) && isfinite(norm)) {
        return true;
    }
    char *path = program_path(run->options->common.out, "nonfinite.html");
    mm_report_nonfinite(run->graph, loss, step, path, err);
    free(path);
    return false;
}

static bool step(Run *run, int64_t s, Error *err)
{
    const Recipe *r = &run->recipe;
    char name[64];
    float *log = run->state.history + s * LOG_COLUMNS;
    real lr = (real)r->lr * mm_warmup_cosine(s, (int64_t)(r->warmup * (double)run->steps), run->steps);
    Graph *g = run->graph;
    batch_fill(&run->plan, s, &run->batch);
    *mm_graph_rng(g) = mm_rng(run->plan.seed + (uint64_t)s, "dropout");
    mm_graph_step_begin(&run->watched, g, s + 1);
    Tensor *loss = forward(run, g);
    mm_backward(g, loss);
    snprintf(name, sizeof name, "clip train, step %lld of %lld", (long long)s + 1, (long long)run->steps);
    if (!mm_graph_step_end(&run->watched, g, loss, name, err) ||
        !check_finite(run, name, loss, mm_clip_grad_norm(run->params, (real)r->clip_norm), err)) {
        return false;
    }
    mm_optimizer_step(run->state.opt, lr);
    clip_clamp(&run->clip);
    for (int c = 0; c < LOG_COLUMNS; c++) {
        log[c] = NAN;
    }
    log[LOG_LOSS] = (float)loss->data[0];
    log[LOG_SCALE] = (float)exp(run->clip.logit_scale->data[0]);
    log[LOG_LR] = (float)lr;
    mm_graph_reset(g);
    int64_t part = run->options->evaluations, now = (s + 1) * part / run->steps;
    return part == 0 || now == s * part / run->steps || measure(run, log, err);
}

static bool save_state(Run *run, Error *err)
{
    return mm_state_save(&run->state, run->state_path, run->text, err);
}

/* A running mean of the last losses, so that the number can be read. */
static double recent_loss(const Run *run, int64_t s)
{
    double sum = 0;
    int64_t from = s >= 20 ? s - 19 : 0;
    for (int64_t i = from; i <= s; i++) {
        sum += run->state.history[i * LOG_COLUMNS + LOG_LOSS];
    }
    return sum / (double)(s - from + 1);
}

static bool loop(Run *run, Error *err)
{
    int64_t first = mm_optimizer_steps(run->state.opt), s = first;
    long long most = run->options->stop_after;
    Progress bar = mm_progress(run->steps, first);
    bool ok = true;
    while (ok && s < run->steps && !mm_interrupted() && !(most && s - first >= most)) {
        ok = step(run, s, err);
        if (ok) {
            mm_progress_show(&bar, s + 1, "loss %.3f (ln %d = %.2f)  scale %.1f", recent_loss(run, s), run->plan.batch,
                             log(run->plan.batch), (double)run->state.history[s * LOG_COLUMNS + LOG_SCALE]);
            s++;
            ok = s % run->options->save_every != 0 || s == run->steps || save_state(run, err);
        }
    }
    mm_progress_end(&bar);
    ok = ok && save_state(run, err);
    if (ok && s < run->steps) {
        return mm_error(err, "stopped after step %lld of %lld; all is saved in %s, and --resume goes on from there", (long long)s,
                        (long long)run->steps, run->state_path);
    }
    run->seconds = mm_seconds() - bar.started;
    if (ok && !run->options->common.json) {
        printf("%lld steps in %.0f s, peak memory %zu MiB\n", (long long)(s - first), run->seconds, mm_peak_memory() >> 20);
        if (run->options->memory) {
            MemoryUse use = mm_memory_use(run->params, run->state.opt, run->graph);
            mm_memory_print(&use, stdout);
        }
    }
    return ok;
}

static void describe(const Run *run)
{
    const Recipe *r = &run->recipe;
    printf("CLIP: %s + Transformer, %zu parameters, %d tokens in the vocabulary\n", r->model.image == CLIP_VIT ? "ViT" : "ResNet",
           mm_params_numel(run->params), r->model.vocab);
    printf("%d pictures of six styles, each with an English and a Chinese caption; \"%s\" is held out for the test\n",
           run->plan.items, test_style);
    printf("%lld steps of %d pairs (%.3g epochs), seed %llu, %d threads\n", (long long)run->steps, r->batch, r->epochs,
           (unsigned long long)run->plan.seed, mm_threads());
    fflush(stdout);
}

static void print_result(const Run *run, const Retrieval *r)
{
    const char *out = run->options->common.out;
    if (run->options->unseen) {
        printf("of the %d concepts never trained on:\n", run->test.n);
    }
    for (int l = 0; l < LANGUAGES; l++) {
        printf("held-out style, %-8s image to text R@1 %.3f R@10 %.3f   text to image R@1 %.3f R@10 %.3f\n", language_name[l],
               r->to_text[l].at1, r->to_text[l].at10, r->to_image[l].at1, r->to_image[l].at10);
    }
    printf("model: %s   curves: %s/loss.svg, %s/recall.svg   numbers: %s/log.tsv\n", run->model_path, out, out, out);
}

static void print_json(const Run *run, const Retrieval *r)
{
    json_t *j = json_pack("{s:s, s:I, s:f, s:I, s:i}", "model", run->model_path, "steps", (json_int_t)run->steps, "seconds",
                          run->seconds, "peak bytes", (json_int_t)mm_peak_memory(), "threads", mm_threads());
    for (int l = 0; l < LANGUAGES; l++) {
        json_object_set_new(j, language_name[l], retrieval_json(r, l));
    }
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

static bool finish(Run *run, Error *err)
{
    Retrieval r;
    bool ok = clip_folder_save(&run->clip, run->params, run->tokenizer, run->model_path, err) &&
              curves_write(run->options->common.out, run->state.history, run->steps, run->plan.batch, err) &&
              evaluate(&run->clip, run->tokenizer, &run->test, &r, err);
    if (ok) {
        (run->options->common.json ? print_json : print_result)(run, &r);
    }
    return ok;
}

static void free_run(Run *run)
{
    mm_graph_free(run->graph);
    mm_params_free(run->params);
    batch_free(&run->batch);
    captions_free(&run->captions);
    mm_tokenizer_free(run->tokenizer);
    test_set_free(&run->test);
    mm_emoji_free(&run->emoji);
    free(run->item);
    free(run->state.history);
    free(run->text);
    free(run->state_path);
    free(run->model_path);
}

enum {
    KEY_EPOCHS = 'e',
    KEY_BATCH = 'b',
    KEY_LR = 'l',
    KEY_RESUME = 'r',
    KEY_QUICK = 'q',
    KEY_IMAGE = 'i',
    KEY_UNSEEN = 'u',
    KEY_SAVE = 1000,
    KEY_EVALS,
    KEY_STOP,
    KEY_GRAPH,
    KEY_CHECKPOINTING,
    KEY_MEMORY
};

static const struct argp_option train_options[] = {
    {"image", KEY_IMAGE, "KIND", 0, "image encoder: resnet (default) or vit", 1},
    {"epochs", KEY_EPOCHS, "X", 0, "passes over the training pictures", 1},
    {"batch", KEY_BATCH, "N", 0, "pairs in a step", 1},
    {"lr", KEY_LR, "X", 0, "highest learning rate", 1},
    {"quick", KEY_QUICK, NULL, 0, "a first look: a few epochs, about ten seconds", 1},
    {"unseen-concepts", KEY_UNSEEN, NULL, 0, "keep a tenth of the concepts out of training, and measure on these alone", 1},
    {"resume", KEY_RESUME, NULL, 0, "go on with the run in OUT/train.safetensors", 1},
    {"save-every", KEY_SAVE, "N", 0, "steps between checkpoints (200)", 1},
    {"evaluations", KEY_EVALS, "N", 0, "points of the recall curve (5)", 1},
    {"checkpointing", KEY_CHECKPOINTING, NULL, 0, "compute activations twice instead of keeping them: less memory, more time", 1},
    {"memory", KEY_MEMORY, NULL, 0, "print what the memory was used for", 1},
    {"stop-after", KEY_STOP, "N", 0, "save and stop after N steps", 1},
    {"graph", KEY_GRAPH, "FILE[:STEP]", 0, "write this step (1) with all its gradients to FILE: .html, .json, .svg, ...", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    TrainOptions *o = state->input;
    Error err;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case KEY_IMAGE:
        if (strcmp(arg, "resnet") != 0 && strcmp(arg, "vit") != 0) {
            argp_error(state, "--image takes resnet or vit, not \"%s\"", arg);
        }
        o->image = strcmp(arg, "vit") == 0 ? CLIP_VIT : CLIP_RESNET;
        break;
    case KEY_EPOCHS: o->epochs = program_real(state, "--epochs", arg, 0.01, 100000); break;
    case KEY_BATCH: o->batch = (int)program_number(state, "--batch", arg, 2, 65536); break;
    case KEY_LR: o->lr = program_real(state, "--lr", arg, 1e-9, 10); break;
    case KEY_QUICK: o->quick = true; break;
    case KEY_UNSEEN: o->unseen = true; break;
    case KEY_RESUME: o->resume = true; break;
    case KEY_SAVE: o->save_every = (int)program_number(state, "--save-every", arg, 1, 1000000000); break;
    case KEY_EVALS: o->evaluations = (int)program_number(state, "--evaluations", arg, 0, 1000000); break;
    case KEY_CHECKPOINTING: o->checkpointing = true; break;
    case KEY_MEMORY: o->memory = true; break;
    case KEY_STOP: o->stop_after = program_number(state, "--stop-after", arg, 1, 1000000000); break;
    case KEY_GRAPH:
        if (!mm_graph_step_parse(arg, &o->graph, &err)) {
            argp_error(state, "--graph: %s", err.text);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static Recipe choose(const TrainOptions *o)
{
    Recipe r = recipe_default(o->image);
    if (o->quick) {
        recipe_quick(&r);
    }
    r.epochs = o->epochs > 0 ? o->epochs : r.epochs;
    r.batch = o->batch > 0 ? o->batch : r.batch;
    r.lr = o->lr > 0 ? o->lr : r.lr;
    return r;
}

int command_train(int argc, char **argv)
{
    TrainOptions o = {.common = program_defaults(), .save_every = 200, .evaluations = 5};
    const struct argp_child children[] = {{&program_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = train_options,
        .parser = parse,
        .children = children,
        .doc = "Trains CLIP on the emoji pictures of six styles and their English and Chinese names.\v"
               "Ctrl-C saves the state; --resume with the same options then goes on, to the same bits as a run "
               "that was never stopped."};
    Error err;
    program_parse(&argp, argc, argv, &o, &o.common);
    Run run = {.options = &o, .recipe = choose(&o), .watched = o.graph};
    mm_catch_interrupt();
    bool ok = load_data(&run, &err) && learn_tokens(&run, &err) && make_model(&run, &err);
    if (ok) {
        if (!o.common.json) {
            describe(&run);
        }
        ok = loop(&run, &err) && finish(&run, &err);
    }
    free_run(&run);
    return ok ? 0 : program_error(&err);
}
