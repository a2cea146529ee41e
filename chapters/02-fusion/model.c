/* model.c: the equations of fusion. With z_m the vector (width) of modality m, and what is missing a vector of zeros:
 *
 * [early_fusion]      d = W2 relu(W1 [z_1; z_2; …])
 * [late_fusion]       d_m = W_m z_m, each with a loss of its own; then a rule: see late.c
 * [hybrid_fusion]     d = w_0 d_joint + sum_m w_m d_m, d_joint as in early fusion, and a loss for each d_m as well
 * [tensor_decision]   d = W2 relu(W1 ([1; R_1 z_1] x [1; R_2 z_2] x …)), R_m to a few numbers, since all products are made
 * [low_rank_decision] d = W2 relu(LMF(z_1, z_2, …))
 * [gated_fusion]      d = W sum_m sigma(V_m [z_1; z_2; …]) * tanh(U_m z_m)
 * [cross_attention]   each sequence m asks each other k: x_mk = layer(x_m, x_k); d = W2 relu(W1 [mean of layer([x_mk]_k); z_m]_m)
 *
 * Late fusion can only add what each says. Wherever what one says changes what another means, all the others can, and it cannot. */
#include "model.h"

#include <string.h>
#include <tgmath.h>

const char *const fusion_name[] = {"early", "late", "hybrid", "tensor", "low-rank", "gated", "attention", NULL};

static Linear linear(Params *ps, const char *name, int in, int out)
{
    return mm_linear_init(ps, name, in, out, true, (Init){MM_UNIFORM, 1 / sqrt((real)in)});
}

/* ---- the parts that each kind has ---- */

static void heads_init(Params *ps, Fusion *f, int weights)
{
    const FusionConfig *c = &f->config;
    for (int m = 0; m < c->n; m++) {
        f->head[m] = linear(ps, mm_name(ps, "head.%s", c->name[m]), c->width, CLASSES);
    }
    f->weight = mm_param(ps, "fusion.weight", MM_SHAPE(weights), (Init){MM_CONSTANT, 1 / (real)weights});
}

/* Returns how wide what it fuses is. */
static int tensor_init(Params *ps, Fusion *f)
{
    int wide = 1;
    for (int m = 0; m < f->config.n; m++) {
        f->reduce[m] = linear(ps, mm_name(ps, "fusion.reduce.%d", m), f->config.width, f->config.products);
        wide *= 1 + f->config.products;
    }
    return wide;
}

static void gates_init(Params *ps, Fusion *f)
{
    const FusionConfig *c = &f->config;
    for (int m = 0; m < c->n; m++) {
        f->reduce[m] = linear(ps, mm_name(ps, "fusion.value.%d", m), c->width, c->hidden);
        f->gate[m] = linear(ps, mm_name(ps, "fusion.gate.%d", m), c->n * c->width, c->hidden);
    }
}

static int attention_init(Params *ps, Fusion *f)
{
    const FusionConfig *c = &f->config;
    int wide = (c->n - 1) * c->width;
    for (int m = 0; m < c->n; m++) {
        for (int k = 0; k < c->n; k++) {
            if (k != m) {
                f->look[m][k] = attend_init(ps, mm_name(ps, "fusion.%s.at.%s", c->name[m], c->name[k]), c->width, 4);
            }
        }
        f->again[m] = attend_init(ps, mm_name(ps, "fusion.%s.again", c->name[m]), wide, 4);
    }
    return c->n * (wide + c->width);
}

Fusion fusion_init(Params *ps, FusionConfig c)
{
    Fusion f = {.config = c};
    int wide = c.n * c.width, dim[MM_MAX_MODALITIES];
    for (int m = 0; m < c.n; m++) {
        f.config.name[m] = mm_name(ps, "%s", c.name[m]);
        dim[m] = c.width;
    }
    switch (c.kind) {
    case FUSE_LATE: heads_init(ps, &f, c.n); return f;
    case FUSE_HYBRID: heads_init(ps, &f, 1 + c.n); break;
    case FUSE_TENSOR: wide = tensor_init(ps, &f); break;
    case FUSE_LOW_RANK: f.low_rank = mm_low_rank_init(ps, "fusion.low_rank", c.n, dim, c.rank, c.hidden); break;
    case FUSE_GATED: gates_init(ps, &f); break;
    case FUSE_ATTENTION: wide = attention_init(ps, &f); break;
    default: break;
    }
    if (c.kind != FUSE_LOW_RANK && c.kind != FUSE_GATED) {
        f.hidden = linear(ps, "fusion.hidden", wide, c.hidden);
    }
    f.decide = linear(ps, "fusion.decide", c.hidden, CLASSES);
    return f;
}

/* ---- fusing: Z holds the n vectors (B, width) ---- */

static Tensor *decide(Graph *g, const Fusion *f, Tensor *fused)
{
    Tensor *h = mm_relu(g, mm_linear_forward(g, &f->hidden, fused)); /* (B, hidden) */
    return mm_linear_forward(g, &f->decide, mm_dropout(g, h, f->config.dropout));
}

static Tensor *early(Graph *g, const Fusion *f, Tensor *const *z)
{
    /* region early_fusion */
    Tensor *side_by_side = mm_concat(g, f->config.n, z, 1); /* (B, n width) */
    return decide(g, f, side_by_side);                      /* (B, CLASSES) */
    /* end early_fusion */
}

static Tensor *tensor(Graph *g, const Fusion *f, Tensor *const *z)
{
    /* region tensor_decision */
    Tensor *few[MM_MAX_MODALITIES];
    for (int m = 0; m < f->config.n; m++) {
        few[m] = mm_tanh(g, mm_linear_forward(g, &f->reduce[m], z[m])); /* (B, products) */
    }
    Tensor *all_products = mm_tensor_fusion(g, f->config.n, few); /* (B, (1 + products)^n) */
    return decide(g, f, all_products);
    /* end tensor_decision */
}

static Tensor *low_rank(Graph *g, const Fusion *f, Tensor *const *z)
{
    /* region low_rank_decision */
    Tensor *h = mm_relu(g, mm_low_rank_forward(g, &f->low_rank, z)); /* (B, hidden) */
    return mm_linear_forward(g, &f->decide, mm_dropout(g, h, f->config.dropout));
    /* end low_rank_decision */
}

static Tensor *gated(Graph *g, const Fusion *f, Tensor *const *z)
{
    /* region gated_fusion */
    Tensor *all = mm_concat(g, f->config.n, z, 1), *sum = NULL; /* (B, n width) */
    for (int m = 0; m < f->config.n; m++) {
        Tensor *value = mm_tanh(g, mm_linear_forward(g, &f->reduce[m], z[m])); /* (B, hidden) */
        Tensor *gate = mm_sigmoid(g, mm_linear_forward(g, &f->gate[m], all));
        Tensor *let_through = mm_mul(g, gate, value);
        sum = sum ? mm_add(g, sum, let_through) : let_through;
    }
    return mm_linear_forward(g, &f->decide, mm_dropout(g, sum, f->config.dropout));
    /* end gated_fusion */
}

static Tensor *attention(Graph *g, const Fusion *f, const Encoded *in, Tensor *const *z, Tensor *const *x)
{
    /* region cross_attention */
    int n = f->config.n;
    Tensor *all[2 * MM_MAX_MODALITIES];
    for (int m = 0; m < n; m++) {
        Tensor *found[MM_MAX_MODALITIES];
        int others = 0;
        for (int k = 0; k < n; k++) {
            if (k != m) {
                found[others++] = attend_forward(g, &f->look[m][k], x[m], x[k], in[k].mask, f->config.dropout);
            }
        }
        Tensor *y = mm_concat(g, others, found, 2); /* (B, T_m, (n - 1) width) */
        y = attend_forward(g, &f->again[m], y, y, in[m].mask, f->config.dropout);
        all[m] = attend_mean(g, y, in[m].length); /* (B, (n - 1) width) */
        all[n + m] = z[m];
    }
    return decide(g, f, mm_concat(g, 2 * n, all, 1));
    /* end cross_attention */
}

/* ---- decisions ---- */

static Tensor *weighted(Graph *g, Tensor *decision, const Tensor *weight, int i)
{
    return mm_mul(g, decision, mm_slice(g, (Tensor *)weight, 0, i, 1));
}

/* [late_weights] d = sum_m w_m d_m of those that are present. The d_m are copies: each modality learns from its own loss alone, and
 * only the weights from the sum. */
static Tensor *late(Graph *g, const Fusion *f, const Decisions *d, Tensor *const *present)
{
    Tensor *sum = NULL;
    for (int m = 0; m < f->config.n; m++) {
        Tensor *copy = mm_input(g, d->alone[m]->shape, d->alone[m]->data);
        Tensor *says = mm_mul(g, weighted(g, copy, f->weight, m), present[m]);
        sum = sum ? mm_add(g, sum, says) : says;
    }
    return sum;
}

static Tensor *hybrid(Graph *g, const Fusion *f, const Decisions *d, Tensor *const *present)
{
    /* region hybrid_fusion */
    Tensor *sum = weighted(g, d->joint, f->weight, 0);
    for (int m = 0; m < f->config.n; m++) {
        Tensor *says = mm_mul(g, weighted(g, d->alone[m], f->weight, 1 + m), present[m]);
        sum = mm_add(g, sum, says);
    }
    return sum;
    /* end hybrid_fusion */
}

static void decide_alone(Graph *g, const Fusion *f, Tensor *const *z, Decisions *d)
{
    for (int m = 0; m < f->config.n; m++) {
        mm_push(g, f->config.name[m]);
        d->alone[m] = mm_named(mm_linear_forward(g, &f->head[m], mm_dropout(g, z[m], f->config.dropout)), "decision");
        mm_pop(g);
    }
}

static Tensor *decide_together(Graph *g, const Fusion *f, const Encoded *in, Tensor *const *z, Tensor *const *present)
{
    Tensor *states[MM_MAX_MODALITIES];
    switch (f->config.kind) {
    case FUSE_TENSOR: return tensor(g, f, z);
    case FUSE_LOW_RANK: return low_rank(g, f, z);
    case FUSE_GATED: return gated(g, f, z);
    case FUSE_ATTENTION:
        for (int m = 0; m < f->config.n; m++) {
            states[m] = mm_mul(g, in[m].states, mm_reshape(g, present[m], MM_SHAPE(present[m]->shape.d[0], 1, 1)));
        }
        return attention(g, f, in, z, states);
    default: return early(g, f, z);
    }
}

Decisions fusion_forward(Graph *g, const Fusion *f, const Encoded *in, const real *there)
{
    int n = f->config.n, B = in[0].vector->shape.d[0];
    Decisions d = {.present = mm_named(mm_input(g, MM_SHAPE(B, n), there), "present")};
    Tensor *z[MM_MAX_MODALITIES], *present[MM_MAX_MODALITIES];
    for (size_t i = 0; !there && i < d.present->n; i++) {
        d.present->data[i] = 1;
    }
    for (int m = 0; m < n; m++) {
        mm_push(g, f->config.name[m]);
        present[m] = mm_slice(g, d.present, 1, m, 1); /* (B, 1) */
        z[m] = mm_mul(g, in[m].vector, present[m]);
        mm_pop(g);
    }
    mm_push(g, "fusion");
    if (f->config.kind != FUSE_LATE) {
        d.joint = mm_named(decide_together(g, f, in, z, present), "joint decision");
    }
    mm_pop(g);
    if (f->weight) {
        decide_alone(g, f, z, &d);
    }
    mm_push(g, "fusion");
    d.all = f->config.kind == FUSE_LATE     ? late(g, f, &d, present)
            : f->config.kind == FUSE_HYBRID ? hybrid(g, f, &d, present)
                                            : d.joint;
    mm_pop(g);
    mm_named(d.all, "decision of all");
    return d;
}

Tensor *fusion_loss(Graph *g, const Decisions *d, const real *target)
{
    mm_push(g, "loss");
    Tensor *loss = mm_cross_entropy(g, d->all, NULL, target, 0);
    for (int m = 0; m < MM_MAX_MODALITIES && d->alone[m]; m++) {
        loss = mm_add(g, loss, mm_cross_entropy(g, d->alone[m], NULL, target, 0));
    }
    mm_pop(g);
    return mm_named(loss, "L");
}
