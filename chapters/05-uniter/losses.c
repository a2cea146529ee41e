/* losses.c: the losses of UNITER's tasks. With h the hidden states of the masked words or regions,
 *
 *     MLM     mean -ln p(word | h)
 *     MRFR    mean (W^T LN(gelu(W' h)) + c - f)^2              f: the region's features before they were masked
 *     MRC     mean -ln p(class | h)                            class: the detector's most likely but background
 *     MRC-kl  mean q ln(q / p(. | h))                          q: the detector's probabilities; mean over regions and classes
 *     ITM     mean -ln p(matched | [CLS])
 *     WRA     w / B (sum of OT(words, regions) of pairs - the same of what is no pair)
 *
 * After the official model/pretrain.py and model/ot.py. */
#include "losses.h"

const char *const task_name[TASKS + 1] = {"mlm", "mlm-where", "mrfr", "mrc", "mrc-kl", "itm", "itm-ot", NULL};

static const real beta = (real)0.5;
enum { IPOT_ITERATIONS = 50 };

/* The masked regions of a batch: how many, their rows in hidden states of length L, and in (B, R). */
typedef struct MaskedRegions {
    int n, *row, *at;
} MaskedRegions;

static MaskedRegions masked_regions(Graph *g, const UniterBatch *b, int L)
{
    size_t most = (size_t)(b->B * b->R);
    MaskedRegions m = {0, mm_arena(g, most * sizeof *m.row), mm_arena(g, most * sizeof *m.at)};
    for (int i = 0; i < b->B * b->R; i++) {
        if (b->masked && b->masked[i] && i % b->R < b->regions[i / b->R]) {
            m.row[m.n] = uniter_region_row(b, L, i / b->R, i % b->R);
            m.at[m.n++] = i;
        }
    }
    if (m.n == 0) {
        mm_fail(mm_graph_handler(g), "uniter_loss: no region is masked, so there is nothing to ask for");
    }
    return m;
}

Tensor *uniter_mlm_loss(Graph *g, const Uniter *u, Tensor *hidden, const UniterBatch *b, const Asked *asked)
{
    int *row = mm_arena(g, (size_t)asked->n * sizeof *row);
    for (int i = 0; i < asked->n; i++) {
        row[i] = asked->at[i] / b->T * hidden->shape.d[1] + asked->at[i] % b->T;
    }
    Tensor *rows = uniter_rows(g, hidden, row, asked->n); /* (n, width) */
    return mm_named(mm_cross_entropy(g, uniter_word_logits(g, u, rows), asked->word, NULL, 0), "MLM");
}

Tensor *uniter_mrfr_loss(Graph *g, const Uniter *u, Tensor *hidden, const UniterBatch *b)
{
    MaskedRegions m = masked_regions(g, b, hidden->shape.d[1]);
    Tensor *wanted = mm_named(mm_input(g, MM_SHAPE(m.n, u->config.img_dim), NULL), "f"); /* a constant, whatever made it */
    for (size_t i = 0, D = (size_t)u->config.img_dim; i < wanted->n; i++) {
        wanted->data[i] = b->feat->data[(size_t)m.at[i / D] * D + i % D];
    }
    Tensor *off = mm_sub(g, uniter_feature_guess(g, u, uniter_rows(g, hidden, m.row, m.n)), wanted); /* (n, img_dim) */
    return mm_named(mm_mean(g, mm_mul(g, off, off), MM_ALL), "MRFR");
}

/* The most likely class of q (K) that is not background, class 0. */
static int likeliest(const real *q, int K)
{
    int best = 1;
    for (int k = 2; k < K; k++) {
        best = q[k] > q[best] ? k : best;
    }
    return best;
}

Tensor *uniter_mrc_loss(Graph *g, const Uniter *u, Tensor *hidden, const UniterBatch *b, const Asked *asked, bool kl)
{
    MaskedRegions m = masked_regions(g, b, hidden->shape.d[1]);
    int K = u->config.label_dim, *label = mm_arena(g, (size_t)m.n * sizeof *label);
    real *q = mm_reals(g, (size_t)m.n * (size_t)K);
    for (int i = 0; i < m.n; i++) {
        const real *soft = asked->soft + (size_t)m.at[i] * (size_t)K;
        for (int k = 0; k < K; k++) {
            q[i * K + k] = soft[k];
        }
        label[i] = likeliest(soft, K);
    }
    Tensor *logits = uniter_class_logits(g, u, uniter_rows(g, hidden, m.row, m.n)); /* (n, label_dim) */
    if (!kl) {
        return mm_named(mm_cross_entropy(g, logits, label, NULL, 0), "MRC");
    }
    Tensor *divergence = mm_kl_divergence(g, mm_log_softmax(g, logits), q); /* (n) */
    return mm_named(mm_affine(g, mm_mean(g, divergence, MM_ALL), 1 / (real)K, 0), "MRC-kl");
}

Tensor *uniter_itm_loss(Graph *g, const Uniter *u, Tensor *hidden, const Asked *asked)
{
    return mm_named(mm_cross_entropy(g, uniter_match_logits(g, u, hidden), asked->matched, NULL, 0), "ITM");
}

Tensor *uniter_plan(Graph *g, const UniterBatch *b, Tensor *states)
{
    return mm_transport_plan(g, uniter_cost(g, b, states), b->words, b->regions, beta, IPOT_ITERATIONS);
}

Tensor *uniter_wra_loss(Graph *g, const Uniter *u, const UniterBatch *b, Tensor *states, const Asked *asked)
{
    Tensor *distance = mm_transport_distance(g, uniter_cost(g, b, states), b->words, b->regions, beta, IPOT_ITERATIONS); /* (B) */
    real weight = u->config.wra_weight > 0 ? u->config.wra_weight : (real)0.1;
    Tensor *sign = mm_input(g, distance->shape, NULL);
    for (int i = 0; i < b->B; i++) {
        sign->data[i] = asked->matched[i] ? 1 : -1;
    }
    return mm_named(mm_affine(g, mm_mean(g, mm_mul(g, distance, sign), MM_ALL), weight, 0), "WRA");
}

Tensor *uniter_loss(Graph *g, const Uniter *u, Task task, const UniterBatch *b, const Asked *asked)
{
    UniterStates states = uniter_states(g, u, b);
    Tensor *hidden = states.hidden, *loss = NULL;
    mm_push(g, task_name[task]);
    switch (task) {
    case TASK_MLM:
    case TASK_MLM_WHERE: loss = uniter_mlm_loss(g, u, hidden, b, asked); break;
    case TASK_MRFR: loss = uniter_mrfr_loss(g, u, hidden, b); break;
    case TASK_MRC: loss = uniter_mrc_loss(g, u, hidden, b, asked, false); break;
    case TASK_MRC_KL: loss = uniter_mrc_loss(g, u, hidden, b, asked, true); break;
    case TASK_ITM: loss = uniter_itm_loss(g, u, hidden, asked); break;
    case TASK_ITM_OT:
        loss = mm_add(g, uniter_itm_loss(g, u, hidden, asked), uniter_wra_loss(g, u, b, states.aligned, asked));
        break;
    case TASKS: mm_fail(mm_graph_handler(g), "uniter_loss: there is no such task");
    }
    mm_pop(g);
    return mm_named(loss, "L");
}
