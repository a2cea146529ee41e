/* graph.c: `clip graph`: one training step of a few pairs, drawn with what flowed through it. */
#include "evaluate.h"
#include "mm/inspect.h"
#include "recipe.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = 64 };

static const char *const style = "twemoji";

typedef struct GraphOptions {
    Common common;
    int pairs, depth, language;
    const char *only;   /* module */
    bool unfold, fresh; /* fresh: --image was given */
    ImageEncoder image;
} GraphOptions;

/* The pairs of the step. */
typedef struct Step {
    EmojiSet emoji;
    const Concept *concept[MOST_PAIRS];
    const Picture *picture[MOST_PAIRS];
    const char *name[MOST_PAIRS];
    real *pixels;
    int *ids, length[MOST_PAIRS];
} Step;

/* ---- the model ---- */

/* As `clip train` begins. */
static bool fresh_model(const GraphOptions *o, const Concepts *concepts, ClipModel *m, Error *err)
{
    ClipConfig config = recipe_default(o->image).model;
    int n;
    char **text = captions_texts(concepts, &n);
    m->tokenizer = mm_tokenizer_learn((const char *const *)text, n, config.vocab, true, err);
    for (int i = 0; i < n; i++) {
        free(text[i]);
    }
    free(text);
    if (m->tokenizer) {
        config.vocab = mm_vocab_size(m->tokenizer);
        m->params = mm_params_new(o->common.seed);
        m->clip = clip_init(m->params, config);
    }
    return m->tokenizer != NULL;
}

/* The trained one if there is one; *trained says which. */
static bool get_model(const GraphOptions *o, const Concepts *concepts, ClipModel *m, bool *trained, Error *err)
{
    char *path = mm_path(o->common.out, "model/config.json");
    *trained = o->common.model || (!o->fresh && mm_file_exists(path));
    free(path);
    return *trained ? program_load_model(&o->common, m, err) : fresh_model(o, concepts, m, err);
}

/* ---- the step ---- */

static bool load_pairs(const GraphOptions *o, Step *s, Error *err)
{
    char *folder = mm_join_path(o->common.data, "emoji");
    bool ok = mm_emoji_load(folder, &style, 1, &s->emoji, err) &&
              (s->emoji.n >= o->pairs || mm_error(err, "%s: the style %s has only %d pictures", folder, style, s->emoji.n));
    free(folder);
    int *order = calloc((size_t)s->emoji.n + 1, sizeof *order);
    if (!ok || !order) {
        free(order);
        return ok && mm_error(err, "out of memory for %d pictures", s->emoji.n);
    }
    Rng rng = mm_rng(o->common.seed, "graph pairs");
    mm_permutation(&rng, order, s->emoji.n);
    for (int i = 0; i < o->pairs; i++) {
        const Emoji *e = &s->emoji.at[order[i]];
        s->picture[i] = &e->picture;
        s->concept[i] = &s->emoji.concepts.at[e->concept];
        s->name[i] = o->language == EN ? s->concept[i]->en : s->concept[i]->zh;
    }
    free(order);
    return true;
}

static bool prepare_pairs(const GraphOptions *o, const ClipModel *m, Step *s, Error *err)
{
    int size = m->clip.config.size, context = m->clip.config.context;
    size_t picture = 3 * (size_t)(size * size);
    s->pixels = calloc((size_t)o->pairs * picture, sizeof *s->pixels);
    s->ids = calloc((size_t)(o->pairs * context), sizeof *s->ids);
    bool ok = (s->pixels && s->ids) || mm_error(err, "out of memory for %d pairs", o->pairs);
    for (int i = 0; i < o->pairs && ok; i++) {
        clip_preprocess(&m->clip.config, s->picture[i], s->pixels + (size_t)i * picture);
        ok = mm_tokenize(m->tokenizer, s->name[i], context, s->ids + i * context, &s->length[i], err);
    }
    return ok;
}

static Tensor *forward(Graph *g, const Clip *clip, const Step *s, int pairs)
{
    int size = clip->config.size;
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(pairs, 3, size, size), s->pixels), "pixels");
    Tensor *image = clip_encode_image(g, clip, pixels);
    Tensor *text = clip_encode_text(g, clip, s->ids, s->length, pairs, clip->config.context);
    return clip_loss(g, clip_logits(g, clip, image, text), 0);
}

/* ---- what comes out ---- */

static void print_text(const GraphOptions *o, const Graph *g, const Tensor *loss, const Step *s, const char *title, char **path)
{
    printf("%s\n\n", title);
    for (int i = 0; i < o->pairs; i++) {
        printf("   %2d  %s / %s\n", i, s->concept[i]->en, s->concept[i]->zh);
    }
    printf("\nloss %.4f (guessing: ln %d = %.4f), %d tensors recorded\n\n", (double)loss->data[0], o->pairs, log(o->pairs),
           mm_graph_size(g));
    mm_gradient_report(g, stdout);
    printf("\n");
    mm_drawn_print(path);
}

static void print_json(const GraphOptions *o, const Graph *g, const Tensor *loss, const Step *s, const char *title, char **path)
{
    json_t *texts = json_array();
    for (int i = 0; i < o->pairs; i++) {
        json_array_append_new(texts, json_string(s->name[i]));
    }
    json_t *j = json_pack("{s:s, s:o, s:f, s:i, s:o, s:o}", "title", title, "texts", texts, "loss", (double)loss->data[0],
                          "tensors", mm_graph_size(g), "gradient", mm_gradient_json(g), "files", mm_drawn_json(path));
    json_dumpf(j, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(j);
}

static bool take_step(const GraphOptions *o, const ClipModel *m, const Step *s, bool trained, Error *err)
{
    char title[256], *path[MM_DRAWN_FILES] = {0};
    Graph *g = mm_graph_new(o->common.seed);
    Watch *watch = mm_watch_new(g);
    Tensor *loss = forward(g, &m->clip, s, o->pairs);
    mm_params_zero_grad(m->params);
    mm_backward(g, loss);
    snprintf(title, sizeof title, "CLIP with a %s, %s: one training step of %d pairs, %s names",
             clip_encoder_name(m->clip.config.image), trained ? "trained" : "not trained", o->pairs, language_name[o->language]);
    const DrawOptions options = {.title = title, .module = o->only, .depth = o->depth, .unfold = o->unfold, .watch = watch};
    bool ok = mm_graph_draw_files(g, loss, &options, o->common.out, path, err);
    if (ok) {
        (o->common.json ? print_json : print_text)(o, g, loss, s, title, path);
    }
    for (int i = 0; i < MM_DRAWN_FILES; i++) {
        free(path[i]);
    }
    mm_watch_free(watch);
    mm_graph_free(g);
    return ok;
}

/* ---- the command ---- */

static bool run(const GraphOptions *o, Error *err)
{
    Step s = {0};
    ClipModel m = {0};
    bool trained;
    bool ok = load_pairs(o, &s, err) && get_model(o, &s.emoji.concepts, &m, &trained, err) && prepare_pairs(o, &m, &s, err) &&
              take_step(o, &m, &s, trained, err);
    clip_model_free(&m);
    mm_emoji_free(&s.emoji);
    free(s.pixels);
    free(s.ids);
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
    case 'i':
        if (strcmp(arg, "resnet") != 0 && strcmp(arg, "vit") != 0) {
            argp_error(state, "--image is resnet or vit, not \"%s\"", arg);
        }
        o->image = strcmp(arg, "vit") == 0 ? CLIP_VIT : CLIP_RESNET;
        o->fresh = true;
        break;
    case 'l':
        if (strcmp(arg, "en") != 0 && strcmp(arg, "zh") != 0) {
            argp_error(state, "--language is en or zh, not \"%s\"", arg);
        }
        o->language = strcmp(arg, "zh") == 0 ? ZH : EN;
        break;
    case ARGP_KEY_END:
        if (o->fresh && o->common.model) {
            argp_error(state, "--image makes a new model, --model reads one: give one of them");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_graph(int argc, char **argv)
{
    GraphOptions o = {.common = program_defaults(), .pairs = 2, .image = CLIP_RESNET, .language = EN};
    const struct argp_option options[] = {
        {"batch", 'b', "N", 0, "number of pairs (2)", 0},
        {"depth", 'D', "N", 0, "draw modules at depth N closed (as deep as leaves 40 boxes)", 0},
        {"only", 'O', "MODULE", 0, "draw this module alone, and what it is connected to: visual, loss, ...", 0},
        {"unfold", 'u', NULL, 0, "draw equal blocks in a row one by one", 0},
        {"image", 'i', "KIND", 0, "a new model with this image encoder: resnet or vit", 0},
        {"language", 'l', "LANG", 0, "language of the texts: en (default) or zh; a step of clip train takes both", 0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = mm_common_options,
                              .doc = "Takes one training step of a few pairs, forward and back, and draws it to OUT/graph: each "
                                     "tensor with its shape, its size and that of its gradient.\vWithout --model or --image: "
                                     "the model of OUT/model, or a new one if there is none."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
