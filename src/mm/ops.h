/* mm/ops.h: the operations. Each makes a new tensor of the graph and knows its gradient.
 *
 * The first argument is the graph. A macro of the same name adds the line of the call, so that errors and drawings can
 * show it: write mm_add(g, a, b). The equations stand above each op's forward in src/ops. */
#ifndef MM_OPS_H
#define MM_OPS_H

#include "mm/core.h"

#define MM_OP(name) extern const Op mm_op_##name;
#include "../ops/ops.def"
#undef MM_OP

/* ---- elementwise (elementwise.c, unary.c) ----
 * a and b broadcast as in NumPy: shapes are aligned at the right, and a size of 1 or a missing dimension repeats. */
Tensor *mm_add(Graph *g, Tensor *a, Tensor *b, Site site);
Tensor *mm_sub(Graph *g, Tensor *a, Tensor *b, Site site);
Tensor *mm_mul(Graph *g, Tensor *a, Tensor *b, Site site);
Tensor *mm_div(Graph *g, Tensor *a, Tensor *b, Site site);
Tensor *mm_affine(Graph *g, Tensor *x, real scale, real shift, Site site); /* scale x + shift */
Tensor *mm_exp(Graph *g, Tensor *x, Site site);
Tensor *mm_log(Graph *g, Tensor *x, Site site);
Tensor *mm_relu(Graph *g, Tensor *x, Site site);
Tensor *mm_gelu(Graph *g, Tensor *x, Site site);       /* x Phi(x), the erf form: BERT, open_clip */
Tensor *mm_quick_gelu(Graph *g, Tensor *x, Site site); /* x sigmoid(1.702 x): OpenAI's CLIP weights */

/* ---- more activations (activations.c) ---- */
Tensor *mm_sigmoid(Graph *g, Tensor *x, Site site);
Tensor *mm_tanh(Graph *g, Tensor *x, Site site);
Tensor *mm_silu(Graph *g, Tensor *x, Site site);      /* x sigmoid(x), swish: EfficientNet */
Tensor *mm_softplus(Graph *g, Tensor *x, Site site);  /* ln(1 + e^x) */
Tensor *mm_gelu_tanh(Graph *g, Tensor *x, Site site); /* gelu approximated with a tanh: GPT-2 */
Tensor *mm_leaky_relu(Graph *g, Tensor *x, real slope, Site site);

/* ---- functions for distances and angles (functions.c) ---- sqrt, acosh, asin and acos end in an infinite slope */
Tensor *mm_abs(Graph *g, Tensor *x, Site site);
Tensor *mm_sqrt(Graph *g, Tensor *x, Site site);
Tensor *mm_sinh(Graph *g, Tensor *x, Site site);
Tensor *mm_acosh(Graph *g, Tensor *x, Site site);
Tensor *mm_asin(Graph *g, Tensor *x, Site site);
Tensor *mm_acos(Graph *g, Tensor *x, Site site);
Tensor *mm_clamp(Graph *g, Tensor *x, real low, real high, Site site); /* -INFINITY, INFINITY: no limit on that side */

/* ---- reductions (reduce.c) ---- the axis (negative: from the end) disappears; MM_ALL gives a scalar */
enum { MM_ALL = 1000 };
Tensor *mm_sum(Graph *g, Tensor *x, int axis, Site site);
Tensor *mm_mean(Graph *g, Tensor *x, int axis, Site site);
Tensor *mm_max(Graph *g, Tensor *x, int axis, Site site);
Tensor *mm_logsumexp(Graph *g, Tensor *x, int axis, Site site);
Tensor *mm_norm(Graph *g, Tensor *x, int axis, Site site); /* sqrt(sum x^2) */

/* ---- products (matmul.c) ---- */
typedef enum Transpose { MM_NN, MM_NT, MM_TN } Transpose; /* which operand is transposed (its last two dimensions) */
/* a (..., M, K) b (..., K, N) -> (..., M, N). The leading dimensions are equal, or b has none and serves all. */
Tensor *mm_matmul(Graph *g, Tensor *a, Tensor *b, Transpose transpose, Site site);
/* x (..., I), weight (O, I), bias (O) or NULL -> x weight^T + bias (..., O) */
Tensor *mm_linear(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, Site site);

/* ---- attention (softmax.c, attention.c, sdpa.c) ---- */
/* Over the last axis. mask (NULL: none) is added to x before, broadcast from the right; -INFINITY hides an element.
 * The mask gets no gradient. A row hidden whole is an error of the caller: it has no distribution. */
Tensor *mm_softmax(Graph *g, Tensor *x, Tensor *mask, Site site);
Tensor *mm_log_softmax(Graph *g, Tensor *x, Site site); /* over the last axis */
/* qkv (B, T, 3D) holds queries, keys and values side by side -> (B, T, D): softmax(q k^T / sqrt(D/heads) [causal]) v per head. */
Tensor *mm_attention(Graph *g, Tensor *qkv, int heads, bool causal, Site site);
/* Of a result of mm_attention, while its graph lasts: P (B, heads, T, T), row t what token t attends to; and, after mm_backward, the
 * gradient dP (T, T) of one head of one example. */
const real *mm_attention_probabilities(const Tensor *y, int *heads);
void mm_attention_probability_grad(const Tensor *y, int example, int head, real *dp);
/* Scaled dot-product attention, as PyTorch's function of that name: q (B, Tq, D), k (B, Tk, D), v (B, Tk, E) -> (B, Tq, E).
 * mask (NULL: none) is added to the scores (B, heads, Tq, Tk), broadcast from the right: (Tq, Tk) is one for all, (B, 1, 1, Tk) of
 * padding. It gets no gradient; -INFINITY hides, and a query from which every key is hidden is an error.
 * causal: query t sees keys 0 .. t. dropout: the share of probabilities dropped in training. */
Tensor *mm_sdpa(Graph *g, Tensor *q, Tensor *k, Tensor *v, int heads, Tensor *mask, bool causal, real dropout, Site site);
/* Of a result of mm_sdpa, while its graph lasts: P (B, heads, Tq, Tk), before dropout. */
const real *mm_sdpa_probabilities(const Tensor *y, int *heads);
/* (B, 1, 1, T): 0 for the first length[b], hidden for the rest: -INFINITY, or the -10000 of BERT's code. */
Tensor *mm_padding_mask(Graph *g, const int *length, int B, int T, real hidden, Site site);

/* ---- normalisation (norm.c, batchnorm.c) ---- */
Tensor *mm_layernorm(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, real eps,
                     Site site); /* over the last axis; weight, bias (C) */
typedef enum Activation { MM_LINEAR, MM_RELU, MM_SILU } Activation;

typedef struct BatchnormOptions {
    real momentum, eps;    /* running += momentum (batch - running): PyTorch's momentum, and 1 - TensorFlow's */
    bool biased;           /* the running variance is of sums over N: Keras; otherwise over N - 1: PyTorch */
    Activation activation; /* follows in the same pass */
} BatchnormOptions;
#define MM_TORCH_BATCHNORM ((BatchnormOptions){.momentum = (real)0.1, .eps = (real)1e-5})
#define MM_KERAS_BATCHNORM ((BatchnormOptions){.momentum = (real)0.01, .eps = (real)1e-3, .biased = true})

/* x (B, C, H, W), weight and bias (C). Training: normalises with the batch's own statistics and moves running_mean and
 * running_var (C values each, owned by the caller) towards them. Evaluation: normalises with the running ones. */
Tensor *mm_batchnorm(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, real *running_mean, real *running_var,
                     BatchnormOptions options, Site site);
Tensor *mm_l2norm(Graph *g, Tensor *x, real eps, Site site); /* x / sqrt(sum x^2 + eps) over the last axis */

/* ---- pictures (conv.c, pool.c) ---- */
typedef struct Conv2d {
    int stride; /* 0: 1 */
    int pad;    /* rows and columns of zeros on each side … */
    int extra;  /* … and more of them at the bottom and on the right: TensorFlow's padding of a stride of 2 has one */
    int groups; /* 0: 1. C: depthwise, a kernel a channel */
} Conv2d;

/* x (B, C, H, W), weight (O, C/groups, kh, kw), bias (O) or NULL -> (B, O, oh, ow), oh = (H + 2 pad + extra - kh) / stride + 1.
 * mm_conv2d(g, x, w, NULL, (Conv2d){.stride = 2, .pad = 1}) */
Tensor *mm_conv2d(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, Conv2d options, Site site);

typedef struct Pool2d {
    int size;   /* windows are size x size. 0: the whole picture, whatever else is said */
    int stride; /* 0: size */
    int pad;    /* rows and columns around the picture, at most half a window: zeros to the average, nothing to the maximum */
    bool ceil;  /* a last window that lies in the picture only in part counts too; its average is of that part */
} Pool2d;

/* x (B, C, H, W) -> (B, C, oh, ow), oh = (H + 2 pad - size) / stride + 1, rounded down or, with ceil, up */
Tensor *mm_avgpool2d(Graph *g, Tensor *x, Pool2d options, Site site);
Tensor *mm_maxpool2d(Graph *g, Tensor *x, Pool2d options, Site site);

/* ---- rows by number (embedding.c) ---- ids are copied */
Tensor *mm_embedding(Graph *g, Tensor *table, const int *ids, Shape ids_shape, Site site); /* table (V, D) -> (ids_shape, D) */
Tensor *mm_gather_rows(Graph *g, Tensor *x, const int *row, Site site); /* x (B, T, D), row[b] in 0..T-1 -> (B, D) */

/* ---- recurrent networks (lstm.c, gru.c) ----
 * x (B, T, I), weight_ih (G, I), weight_hh (G, H), bias_ih and bias_hh (G) -> the states of all steps (B, T, H), from a state of
 * 0. G = 4H: input, forget, cell and output gate; or 3H: reset, update, new. Names, order and form are those of PyTorch.
 * length: B lengths (copied), or NULL: all are T. Past its end a sequence has states of 0; mm_gather_rows finds the last. */
Tensor *mm_lstm(Graph *g, Tensor *x, Tensor *weight_ih, Tensor *weight_hh, Tensor *bias_ih, Tensor *bias_hh, const int *length,
                Site site);
Tensor *mm_gru(Graph *g, Tensor *x, Tensor *weight_ih, Tensor *weight_hh, Tensor *bias_ih, Tensor *bias_hh, const int *length,
               Site site);

/* ---- shape (shape_ops.c) ---- */
Tensor *mm_reshape(Graph *g, Tensor *x, Shape shape, Site site);
Tensor *mm_permute(Graph *g, Tensor *x, const int *order, Site site); /* dimension i of the result is dimension order[i] of x */
Tensor *mm_concat(Graph *g, int n, Tensor *const *x, int axis, Site site);
Tensor *mm_slice(Graph *g, Tensor *x, int axis, int from, int count, Site site);

/* ---- ranks (ranks.c) ----
 * x (n, D), this rank's rows of a batch of `rows` (mm_ranks_part) -> the rows of all ranks (rows, D). Gradients come back from the losses
 * of all ranks. All ranks call it, and go back through it, at the same time. ranks NULL: x itself. */
Tensor *mm_all_gather(Graph *g, Tensor *x, const Ranks *ranks, int rows, Site site);

/* ---- regularisation and losses (dropout.c, loss.c, dcca.c) ---- */
Tensor *mm_dropout(Graph *g, Tensor *x, real p, Site site);      /* evaluation or p = 0: x itself */
Tensor *mm_drop_connect(Graph *g, Tensor *x, real p, Site site); /* the same for whole samples: x (B, ...) */
/* logits (N, K) -> scalar: the mean over rows of -sum_k target log softmax(logits).
 * labels: N class numbers, or NULL with soft (N, K) distributions instead. smoothing e: target = (1-e) target + e/K. Both are copied. */
Tensor *mm_cross_entropy(Graph *g, Tensor *logits, const int *labels, const real *soft, real smoothing, Site site);
/* The entropy of such a target, with K classes, which is the least that a smoothed cross-entropy can be: nothing is right about a target
 * that is uncertain itself. 0 without smoothing. */
double mm_smoothed_entropy(int K, double smoothing);
/* Deep CCA: h1 (N, D1) and h2 (N, D2), two views of N examples -> minus the sum of their canonical correlations. ridge, say 1e-3,
 * is added to both covariances. Not a number if LAPACK fails, as it does on numbers that are none. */
Tensor *mm_dcca(Graph *g, Tensor *h1, Tensor *h2, real ridge, Site site);
/* Of a result of mm_dcca, while its graph lasts, with K = min(D1, D2): the axes (D, K) of view 0 or 1, on which its examples, less their
 * mean, have variance 1 and the correlations (K) with the other view's, the largest first. */
const real *mm_dcca_axes(const Tensor *y, int view);
const real *mm_dcca_correlations(const Tensor *y);

#define mm_add(...) mm_add(__VA_ARGS__, MM_HERE)
#define mm_sub(...) mm_sub(__VA_ARGS__, MM_HERE)
#define mm_mul(...) mm_mul(__VA_ARGS__, MM_HERE)
#define mm_div(...) mm_div(__VA_ARGS__, MM_HERE)
#define mm_affine(...) mm_affine(__VA_ARGS__, MM_HERE)
#define mm_exp(...) mm_exp(__VA_ARGS__, MM_HERE)
#define mm_log(...) mm_log(__VA_ARGS__, MM_HERE)
#define mm_relu(...) mm_relu(__VA_ARGS__, MM_HERE)
#define mm_gelu(...) mm_gelu(__VA_ARGS__, MM_HERE)
#define mm_quick_gelu(...) mm_quick_gelu(__VA_ARGS__, MM_HERE)
#define mm_sigmoid(...) mm_sigmoid(__VA_ARGS__, MM_HERE)
#define mm_tanh(...) mm_tanh(__VA_ARGS__, MM_HERE)
#define mm_silu(...) mm_silu(__VA_ARGS__, MM_HERE)
#define mm_softplus(...) mm_softplus(__VA_ARGS__, MM_HERE)
#define mm_gelu_tanh(...) mm_gelu_tanh(__VA_ARGS__, MM_HERE)
#define mm_leaky_relu(...) mm_leaky_relu(__VA_ARGS__, MM_HERE)
#define mm_abs(...) mm_abs(__VA_ARGS__, MM_HERE)
#define mm_sqrt(...) mm_sqrt(__VA_ARGS__, MM_HERE)
#define mm_sinh(...) mm_sinh(__VA_ARGS__, MM_HERE)
#define mm_acosh(...) mm_acosh(__VA_ARGS__, MM_HERE)
#define mm_asin(...) mm_asin(__VA_ARGS__, MM_HERE)
#define mm_acos(...) mm_acos(__VA_ARGS__, MM_HERE)
#define mm_clamp(...) mm_clamp(__VA_ARGS__, MM_HERE)
#define mm_sum(...) mm_sum(__VA_ARGS__, MM_HERE)
#define mm_mean(...) mm_mean(__VA_ARGS__, MM_HERE)
#define mm_max(...) mm_max(__VA_ARGS__, MM_HERE)
#define mm_logsumexp(...) mm_logsumexp(__VA_ARGS__, MM_HERE)
#define mm_norm(...) mm_norm(__VA_ARGS__, MM_HERE)
#define mm_matmul(...) mm_matmul(__VA_ARGS__, MM_HERE)
#define mm_linear(...) mm_linear(__VA_ARGS__, MM_HERE)
#define mm_softmax(...) mm_softmax(__VA_ARGS__, MM_HERE)
#define mm_log_softmax(...) mm_log_softmax(__VA_ARGS__, MM_HERE)
#define mm_attention(...) mm_attention(__VA_ARGS__, MM_HERE)
#define mm_sdpa(...) mm_sdpa(__VA_ARGS__, MM_HERE)
#define mm_padding_mask(...) mm_padding_mask(__VA_ARGS__, MM_HERE)
#define mm_layernorm(...) mm_layernorm(__VA_ARGS__, MM_HERE)
#define mm_batchnorm(...) mm_batchnorm(__VA_ARGS__, MM_HERE)
#define mm_l2norm(...) mm_l2norm(__VA_ARGS__, MM_HERE)
#define mm_conv2d(...) mm_conv2d(__VA_ARGS__, MM_HERE)
#define mm_avgpool2d(...) mm_avgpool2d(__VA_ARGS__, MM_HERE)
#define mm_maxpool2d(...) mm_maxpool2d(__VA_ARGS__, MM_HERE)
#define mm_embedding(...) mm_embedding(__VA_ARGS__, MM_HERE)
#define mm_gather_rows(...) mm_gather_rows(__VA_ARGS__, MM_HERE)
#define mm_lstm(...) mm_lstm(__VA_ARGS__, MM_HERE)
#define mm_gru(...) mm_gru(__VA_ARGS__, MM_HERE)
#define mm_reshape(...) mm_reshape(__VA_ARGS__, MM_HERE)
#define mm_permute(...) mm_permute(__VA_ARGS__, MM_HERE)
#define mm_concat(...) mm_concat(__VA_ARGS__, MM_HERE)
#define mm_slice(...) mm_slice(__VA_ARGS__, MM_HERE)
#define mm_all_gather(...) mm_all_gather(__VA_ARGS__, MM_HERE)
#define mm_dropout(...) mm_dropout(__VA_ARGS__, MM_HERE)
#define mm_drop_connect(...) mm_drop_connect(__VA_ARGS__, MM_HERE)
#define mm_cross_entropy(...) mm_cross_entropy(__VA_ARGS__, MM_HERE)
#define mm_dcca(...) mm_dcca(__VA_ARGS__, MM_HERE)

#endif
