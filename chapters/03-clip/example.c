/* example.c: `clip example`: the loss of two pairs, a cat and a dog with Chinese captions, number by number: the features, the
 * projections, the similarities, both softmaxes, the loss, and the gradient of each, by hand (byhand.c) and from the tape. */
#include "byhand.h"
#include "mm/inspect.h"
#include "program.h"
#include "show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = SHOW_PAIRS };

static const Pair pairs[N] = {
    {"1F408", "cat", "一只可爱的猫", "a cute cat"},
    {"1F415", "dog", "一只忠诚的狗", "a loyal dog"},
};
static const char *const style = "twemoji";

typedef struct ExampleOptions {
    Common common;
    double lr;
    GraphStep graph;
} ExampleOptions;

/* What the model reads. */
typedef struct Inputs {
    real *pixels; /* (N, 3, size, size) */
    int *ids;     /* (N, T) */
    int length[N], T;
} Inputs;

/* The nodes of the record that the printed letters name. */
typedef struct Tape {
    Tensor *loss, *Z, *S, *I, *T, *image_e, *text_e, *image_f, *image_w, *text_f, *text_w;
} Tape;

/* ---- setting up ---- */

/* The smallest CLIP that is still one: every vector has four numbers. */
static ClipModel tiny_model(unsigned long long seed, Error *err)
{
    const char *captions[N] = {pairs[0].caption, pairs[1].caption};
    ClipModel m = {.tokenizer = mm_tokenizer_learn(captions, N, 1024, true, err)};
    if (m.tokenizer) {
        ClipConfig config = {.image = CLIP_VIT,
                             .vit = {.size = 16, .patch = 8, .width = 4, .layers = 1, .heads = 1, .embed = 4},
                             .size = 16,
                             .embed = 4,
                             .context = 24,
                             .vocab = mm_vocab_size(m.tokenizer),
                             .text_width = 4,
                             .text_layers = 1,
                             .text_heads = 1};
        m.params = mm_params_new(seed);
        m.clip = clip_init(m.params, config);
    }
    return m;
}

static bool read_pictures(const char *data, const ClipConfig *c, real *pixels, Error *err)
{
    EmojiSet emoji;
    char *folder = mm_join_path(data, "emoji");
    bool ok = mm_emoji_load(folder, &style, 1, &emoji, err);
    for (int i = 0; i < N && ok; i++) {
        const Emoji *e = emoji.at, *end = emoji.at + emoji.n;
        while (e < end && strcmp(emoji.concepts.at[e->concept].code, pairs[i].code) != 0) {
            e++;
        }
        if (e < end) {
            clip_preprocess(c, &e->picture, pixels + (size_t)i * 3 * (size_t)(c->size * c->size));
        } else {
            ok = mm_error(err, "%s: the style %s has no picture %s (%s)", folder, style, pairs[i].code, pairs[i].name);
        }
    }
    mm_emoji_free(&emoji);
    free(folder);
    return ok;
}

static bool read_inputs(const char *data, const ClipModel *m, Inputs *in, Error *err)
{
    int size = m->clip.config.size, context = m->clip.config.context;
    in->pixels = calloc((size_t)(N * 3 * size * size), sizeof *in->pixels);
    in->ids = calloc((size_t)(N * context), sizeof *in->ids);
    in->T = context;
    bool ok = (in->pixels && in->ids) || mm_error(err, "out of memory for two pictures and their captions");
    for (int i = 0; i < N && ok; i++) {
        ok = mm_tokenize(m->tokenizer, pairs[i].caption, context, in->ids + i * context, &in->length[i], err);
    }
    return ok && read_pictures(data, &m->clip.config, in->pixels, err);
}

/* ---- forward, on the tape ---- */

static Tape forward(Graph *g, const Clip *clip, const Inputs *in)
{
    int size = clip->config.size;
    Tape t = {0};
    t.image_e = clip_encode_image(g, clip, mm_named(mm_input(g, MM_SHAPE(N, 3, size, size), in->pixels), "pixels"));
    t.text_e = clip_encode_text(g, clip, in->ids, in->length, N, in->T);
    t.Z = clip_logits(g, clip, t.image_e, t.text_e);
    t.loss = clip_loss(g, t.Z, 0);
    /* What the model does not hand out is found where the tape has it: as inputs of what it does. Z = S e^s, S = I T^T, I =
     * E_i / length, and each encoder ends in E = F W. */
    t.S = t.Z->in[0];
    t.I = t.S->in[0];
    t.T = t.S->in[1];
    t.image_f = t.image_e->in[0];
    t.image_w = t.image_e->in[1];
    t.text_f = t.text_e->in[0];
    t.text_w = t.text_e->in[1];
    return t;
}

/* The ResNet's projection is a linear layer, whose weight is stored (out, in). */
static bool is_turned(const Tape *t)
{
    return t->image_e->op == &mm_op_linear;
}

static Matrix data_of(const Tensor *t)
{
    return matrix_of(t, t->data, false);
}

static Matrix grad_of(const Tensor *t)
{
    return matrix_of(t, t->grad, false);
}

/* ---- every letter, by hand and from the tape ---- */

static int list_forward(Quantity *q, const ByHand *h, const Tape *t, const Clip *clip)
{
    const Side *i = &h->image, *x = &h->text;
    const Quantity all[] = {
        {"1. Features: what the encoders make of pictures and captions", "F_i", "image_encoder(pixels)", i->f,
         data_of(t->image_f)},
        {NULL, "F_t", "text_encoder(ids), at the end token", x->f, data_of(t->text_f)},
        {"2. Projection into the space that both share", "W_i", "weights, learned", i->w,
         matrix_of(t->image_w, t->image_w->data, is_turned(t))},
        {NULL, "W_t", "weights, learned", x->w, data_of(t->text_w)},
        {NULL, "E_i", "F_i W_i", i->e, data_of(t->image_e)},
        {NULL, "E_t", "F_t W_t", x->e, data_of(t->text_e)},
        {"3. Every row brought to length 1", "I", "E_i / |E_i|", i->unit, data_of(t->I)},
        {NULL, "T", "E_t / |E_t|", x->unit, data_of(t->T)},
        {"4. Similarity matrix: rows are pictures, columns are texts", "S", "I Tᵀ, cosines from -1 to 1", h->S, data_of(t->S)},
        {NULL, "s", "logit_scale, learned", h->s, data_of(clip->logit_scale)},
        {NULL, "Z", "eˢ S, the logits", h->Z, data_of(t->Z)},
        {"5. Which text for a picture, which picture for a text: softmax", "P", "softmax of the rows of Z", h->P, {0}},
        {NULL, "Q", "softmax of the columns of Z", h->Q, {0}},
    };
    memcpy(q, all, sizeof all);
    return sizeof all / sizeof *all;
}

static int list_backward(Quantity *q, const ByHand *h, const Tape *t, const Clip *clip)
{
    const Side *i = &h->image, *x = &h->text;
    const Quantity all[] = {
        {"7. Gradients, from the loss back to the features", "dL/dZ", "(P + Q - 2·1) / 2N   (1: the identity)", h->d_Z,
         grad_of(t->Z)},
        {NULL, "dL/ds", "Σ dL/dZ ∘ Z", h->d_s, grad_of(clip->logit_scale)},
        {NULL, "dL/dS", "eˢ dL/dZ", h->d_S, grad_of(t->S)},
        {NULL, "dL/dI", "dL/dS T", i->d_unit, grad_of(t->I)},
        {NULL, "dL/dT", "(dL/dS)ᵀ I", x->d_unit, grad_of(t->T)},
        {NULL, "dL/dE_i", "(dL/dI - (dL/dI·I) I) / |E_i|, row by row", i->d_e, grad_of(t->image_e)},
        {NULL, "dL/dE_t", "(dL/dT - (dL/dT·T) T) / |E_t|, row by row", x->d_e, grad_of(t->text_e)},
        {NULL, "dL/dW_i", "F_iᵀ dL/dE_i", i->d_w, matrix_of(t->image_w, t->image_w->grad, is_turned(t))},
        {NULL, "dL/dW_t", "F_tᵀ dL/dE_t", x->d_w, grad_of(t->text_w)},
        {NULL, "dL/dF_i", "dL/dE_i W_iᵀ", i->d_f, grad_of(t->image_f)},
        {NULL, "dL/dF_t", "dL/dE_t W_tᵀ", x->d_f, grad_of(t->text_f)},
    };
    memcpy(q, all, sizeof all);
    return sizeof all / sizeof *all;
}

/* ---- what goes on into the encoders, and one step downhill ---- */

static int group_of(const Clip *clip, const Tape *t, const Tensor *p)
{
    if (p == clip->logit_scale || p == t->image_w || p == t->text_w) {
        return p == clip->logit_scale ? 0 : p == t->image_w ? 1 : 2;
    }
    return strncmp(p->name, "visual.", 7) == 0 ? 3 : p == clip->token_embedding || p == clip->positional_embedding ? 5 : 4;
}

static void measure_groups(const ClipModel *m, const Tape *t, Group *group)
{
    const char *const name[SHOW_GROUPS] = {
        "s", "W_i", "W_t", "rest of the image encoder", "rest of the text encoder", "embeddings of tokens and positions"};
    for (int k = 0; k < SHOW_GROUPS; k++) {
        group[k] = (Group){.name = name[k]};
    }
    for (int k = 0; k < mm_params_count(m->params); k++) {
        const Tensor *p = mm_params_at(m->params, k);
        Group *to = &group[group_of(&m->clip, t, p)];
        for (size_t i = 0; i < p->n && p->needs_grad; i++) {
            to->square += (double)p->grad[i] * (double)p->grad[i];
        }
        to->numbers += p->needs_grad ? p->n : 0;
    }
}

static void descend(const Params *ps, double lr)
{
    for (int k = 0; k < mm_params_count(ps); k++) {
        Tensor *p = mm_params_at(ps, k);
        for (size_t i = 0; i < p->n && p->needs_grad; i++) {
            p->data[i] -= (real)lr * p->grad[i];
        }
    }
}

/* ---- the command ---- */

/* Float against double: rounding grows with e^s, by which the logits and all that follows are multiplied. */
static bool agree(const Quantity *q, double scale)
{
    double allowed = 1e-5 * matrix_largest(q->hand) + 1e-7 * scale;
    return !q->tape.at || matrix_difference(q->hand, q->tape) <= allowed;
}

/* Fills the report from one step: forward, by hand and back; then forward again, lr down the gradient. */
static bool work_out(const ClipModel *m, const Inputs *in, double lr, GraphStep *step, Report *r, Error *err)
{
    const Clip *clip = &m->clip;
    Graph *g = mm_graph_new(0);
    mm_graph_train(g, false); /* two pictures are too few for a BatchNorm's own statistics */
    mm_graph_step_begin(step, g, 1);
    Tape t = forward(g, clip, in);
    r->hand = by_hand(data_of(t.image_f), matrix_of(t.image_w, t.image_w->data, is_turned(&t)), data_of(t.text_f),
                      data_of(t.text_w), (double)clip->logit_scale->data[0]);
    mm_params_zero_grad(m->params);
    mm_backward(g, t.loss);
    bool ok = mm_graph_step_end(step, g, t.loss, "clip example: a cat and a dog with their captions", err);
    r->forward = list_forward(r->quantity, &r->hand, &t, clip);
    r->n = r->forward + list_backward(r->quantity + r->forward, &r->hand, &t, clip);
    r->loss = (double)t.loss->data[0];
    r->agrees = fabs(r->loss - r->hand.loss) <= 1e-5 * fabs(r->loss) + 1e-6;
    for (int k = 0; k < r->n; k++) {
        r->agrees = agree(&r->quantity[k], exp(r->hand.s.at[0])) && r->agrees;
    }
    measure_groups(m, &t, r->group);
    descend(m->params, r->lr = lr);
    mm_graph_reset(g);
    r->loss_after = (double)forward(g, clip, in).loss->data[0];
    mm_graph_free(g);
    return ok;
}

static void report_free(Report *r)
{
    for (int k = 0; k < r->n; k++) {
        matrix_free(&r->quantity[k].tape);
    }
    by_hand_free(&r->hand);
}

static bool run(const ExampleOptions *o, bool *agrees, Error *err)
{
    ClipModel m = {0};
    Inputs in = {0};
    if (!mm_graph_step_exists(&o->graph, 1, err)) {
        return false;
    }
    if (o->common.model) {
        if (!program_load_model(&o->common, &m, err)) {
            return false;
        }
    } else {
        m = tiny_model(o->common.seed, err);
    }
    bool ok = m.tokenizer && read_inputs(o->common.data, &m, &in, err);
    if (ok) {
        Report r = {.pair = pairs, .ids = in.ids, .length = in.length, .context = in.T, .config = m.clip.config};
        r.fresh = !o->common.model;
        r.seed = o->common.seed;
        GraphStep step = o->graph;
        ok = work_out(&m, &in, o->lr, &step, &r, err);
        (o->common.json ? show_json : show_report)(&r);
        *agrees = r.agrees;
        report_free(&r);
    }
    free(in.pixels);
    free(in.ids);
    clip_model_free(&m);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ExampleOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'l': o->lr = mm_option_real(state, "--lr", arg, 0, 1e6); break;
    case 'g': mm_option_graph(state, arg, &o->graph); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_example(int argc, char **argv)
{
    ExampleOptions o = {.common = program_defaults(), .lr = 1e-4};
    const struct argp_option options[] = {
        {"lr", 'l', "X", 0, "length of the step down the gradient (0.0001)", 0},
        {"graph", 'g', "FILE", 0, "write the step with all its gradients to FILE: .html, .json, .svg, ...", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Two pictures, a cat and a dog, with their captions in Chinese: every number of the loss and of its gradient, "
               "worked out by hand and by the tape.\vWithout --model, a fresh model so small that all of its numbers can be "
               "read; with it, a trained one. Exit status 1 if hand and tape differ."};
    Error err;
    bool agrees = true;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    if (!run(&o, &agrees, &err)) {
        return mm_program_error(&err);
    }
    return agrees ? 0 : mm_program_error((mm_error(&err, "the numbers by hand and those of the tape differ"), &err));
}
