/* graph.c: `align graph`: one training step of a few pairs, drawn with what flowed through it. */
#include "batch.h"
#include "mm/inspect.h"
#include "program.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { MOST_PAIRS = 64 };

typedef struct GraphOptions {
    Common common;
    int pairs, depth;
    const char *only; /* module */
    bool unfold, fresh;
} GraphOptions;

/* As `align train` begins. */
static bool fresh_model(const GraphOptions *o, const PairSet *set, AlignModel *m, Error *err)
{
    AlignConfig c = recipe_default().model;
    m->tokenizer = mm_wordpiece_learn(set->text, set->n, c.text.vocab, true, err);
    if (m->tokenizer) {
        c.text.vocab = mm_wordpiece_size(m->tokenizer);
        m->params = mm_params_new(o->common.seed);
        m->align = align_init(m->params, c);
    }
    return m->tokenizer != NULL;
}

/* The trained one if there is one; *trained says which. */
static bool get_model(const GraphOptions *o, const PairSet *set, AlignModel *m, bool *trained, Error *err)
{
    char *path = mm_path(o->common.out, "model/config.json");
    *trained = o->common.model || (!o->fresh && mm_file_exists(path));
    free(path);
    return *trained ? program_load_model(&o->common, m, err) : fresh_model(o, set, m, err);
}

static void print_text(const GraphOptions *o, const Graph *g, const Tensor *loss, const char *const *text, const char *title,
                       char **path)
{
    printf("%s\n\n", title);
    for (int i = 0; i < o->pairs; i++) {
        printf("   %2d  %s\n", i, text[i]);
    }
    printf("\nloss %.4f (guessing: 2 ln %d = %.4f), %d tensors recorded\n\n", (double)loss->data[0], o->pairs, 2 * log(o->pairs),
           mm_graph_size(g));
    mm_gradient_report(g, stdout);
    printf("\n");
    mm_drawn_print(path);
}

static void print_json(const GraphOptions *o, const Graph *g, const Tensor *loss, const char *const *text, const char *title,
                       char **path)
{
    json_t *texts = json_array();
    for (int i = 0; i < o->pairs; i++) {
        json_array_append_new(texts, json_string(text[i]));
    }
    json_t *j = json_pack("{s:s, s:o, s:f, s:i, s:o, s:o}", "title", title, "texts", texts, "loss", (double)loss->data[0],
                          "tensors", mm_graph_size(g), "gradient", mm_gradient_json(g), "files", mm_drawn_json(path));
    json_dumpf(j, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(j);
}

/* Some pairs through the model, of which it is a training step. */
static Tensor *forward(Graph *g, const GraphOptions *o, const AlignModel *m, const PairSet *set, const char **text, Error *err)
{
    const AlignConfig *c = &m->align.config;
    int size = c->image.size, *order = mm_arena(g, (size_t)set->n * sizeof *order), length[MOST_PAIRS], longest = 0;
    int *ids = mm_arena(g, (size_t)(o->pairs * c->context) * sizeof *ids);
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(o->pairs, 3, size, size), NULL), "pixels");
    Rng rng = mm_rng(o->common.seed, "graph pairs");
    mm_permutation(&rng, order, set->n);
    for (int i = 0; i < o->pairs; i++) {
        text[i] = set->text[order[i]];
        align_preprocess(c, &set->picture[order[i]], pixels->data + (size_t)i * 3 * (size_t)(size * size));
        if (!mm_wordpiece_tokenize(m->tokenizer, text[i], c->context, ids + i * c->context, &length[i], err)) {
            return NULL;
        }
        longest = length[i] > longest ? length[i] : longest;
    }
    for (int i = 0; i < o->pairs; i++) {
        memmove(ids + i * longest, ids + i * c->context, (size_t)longest * sizeof *ids);
    }
    Tensor *image = align_encode_image(g, &m->align, pixels);
    Tensor *texts = align_encode_text(g, &m->align, ids, length, o->pairs, longest);
    return align_loss(g, align_logits(g, &m->align, image, texts), (real)0.1);
}

static bool take_step(const GraphOptions *o, const AlignModel *m, const PairSet *set, bool trained, Error *err)
{
    char title[256], *path[MM_DRAWN_FILES] = {0};
    const char *text[MOST_PAIRS];
    Graph *g = mm_graph_new(o->common.seed);
    Watch *watch = mm_watch_new(g);
    mm_params_freeze(m->params, "text_model.pooler"); /* which nothing reads */
    Tensor *loss = forward(g, o, m, set, text, err);
    bool ok = loss != NULL;
    if (ok) {
        mm_params_zero_grad(m->params);
        mm_backward(g, loss);
        snprintf(title, sizeof title, "ALIGN, %s: one training step of %d pairs", trained ? "trained" : "not trained", o->pairs);
        const DrawOptions options = {.title = title, .module = o->only, .depth = o->depth, .unfold = o->unfold, .watch = watch};
        ok = mm_graph_draw_files(g, loss, &options, o->common.out, path, err);
    }
    if (ok) {
        (o->common.json ? print_json : print_text)(o, g, loss, text, title, path);
    }
    for (int i = 0; i < MM_DRAWN_FILES; i++) {
        free(path[i]);
    }
    mm_watch_free(watch);
    mm_graph_free(g);
    return ok;
}

static bool run(const GraphOptions *o, Error *err)
{
    PairSet set = {0};
    AlignModel m = {0};
    bool trained;
    const SetOptions what = {.data = o->common.data, .filter = MM_LIMITS_HERE, .part = 1};
    bool ok = set_load(&what, false, &set, err) &&
              (set.n >= o->pairs || mm_error(err, "only %d pairs, of which --batch %d cannot be drawn", set.n, o->pairs)) &&
              get_model(o, &set, &m, &trained, err) && take_step(o, &m, &set, trained, err);
    align_model_free(&m);
    set_free(&set);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    GraphOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'b': o->pairs = (int)mm_option_number(state, "--batch", arg, 2, MOST_PAIRS); break;
    case 'D': o->depth = (int)mm_option_number(state, "--depth", arg, 1, 32); break;
    case 'O': o->only = arg; break;
    case 'u': o->unfold = true; break;
    case 'n': o->fresh = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_graph(int argc, char **argv)
{
    GraphOptions o = {.common = program_defaults(), .pairs = 2};
    const struct argp_option options[] = {
        {"batch", 'b', "N", 0, "number of pairs (2)", 0},
        {"depth", 'D', "N", 0, "draw modules at depth N closed (as deep as leaves 40 boxes)", 0},
        {"only", 'O', "MODULE", 0, "draw this module alone, and what it is connected to: vision_model, loss, ...", 0},
        {"unfold", 'u', NULL, 0, "draw equal blocks in a row one by one", 0},
        {"new", 'n', NULL, 0, "a new model, also if there is a trained one", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Takes one training step of a few pairs, forward and back, and draws it to OUT/graph: each "
               "tensor with its shape, its size and that of its gradient.\vThe model of OUT/model, or a new "
               "one if there is none."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
