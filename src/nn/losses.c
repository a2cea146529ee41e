/* losses.c: losses and similarities that are a few ops each. Scores are (N, M): one row an image, one column a text. */
#include "mm/nn.h"

#include <math.h>

/* A constant (rows, columns): `there` at each row's label, `elsewhere` in its other columns. labels NULL: the diagonal. */
static Tensor *at_labels(Graph *g, Tensor *scores, const int *labels, real there, real elsewhere)
{
    /* region at_labels */
    Shape s = scores->shape;
    Tensor *t = mm_input(g, s, NULL);
    for (int i = 0; i < s.d[0]; i++) {
        for (int j = 0; j < s.d[1]; j++) {
            t->data[(size_t)i * (size_t)s.d[1] + (size_t)j] = j == (labels ? labels[i] : i) ? there : elsewhere;
        }
    }
    return t;
    /* end at_labels */
}

static void need_square(Graph *g, const char *who, const Tensor *scores)
{
    if (scores->shape.rank != 2 || scores->shape.d[0] != scores->shape.d[1]) {
        char text[MM_SHAPE_TEXT];
        mm_fail(mm_graph_handler(g),
                "%s: the scores of N images and their N texts must be (N, N), with the pairs on the diagonal; "
                "these are %s",
                who, mm_shape_text(scores->shape, text));
    }
}

/* -t ln sigmoid(x) - (1 - t) ln(1 - sigmoid(x)) = softplus(x) - t x */
Tensor *mm_bce_with_logits(Graph *g, Tensor *logits, const real *targets)
{
    Tensor *t = mm_named(mm_input(g, logits->shape, targets), "targets");
    return mm_mean(g, mm_sub(g, mm_softplus(g, logits), mm_mul(g, logits, t)), MM_ALL);
}

/* KL(q || p) = sum_k q_k ln q_k - sum_k q_k ln p_k. The first sum is a constant, in which 0 ln 0 = 0. */
Tensor *mm_kl_divergence(Graph *g, Tensor *log_p, const real *q)
{
    size_t N = mm_rows(log_p->shape), K = (size_t)mm_last(log_p->shape);
    Tensor *cross = mm_sum(g, mm_mul(g, log_p, mm_named(mm_input(g, log_p->shape, q), "q")), -1);
    Tensor *negative_entropy = mm_input(g, cross->shape, NULL);
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++) {
            double q_k = (double)q[i * K + k];
            sum += q_k > 0 ? q_k * log(q_k) : 0;
        }
        negative_entropy->data[i] = (real)sum;
    }
    return mm_sub(g, negative_entropy, cross);
}

/* [siglip_loss] 1/N sum_nm ln(1 + e^(-z_nm Z_nm)) with z = 1 for a pair and -1 for all others: each cell of the matrix is a question
 * of its own, yes or no, so no softmax ties a row together, and several columns may be right. N is the number of rows, not of cells.
 * Zhai et al. 2023. */
Tensor *mm_siglip_loss(Graph *g, Tensor *logits, const bool *pairs)
{
    if (!pairs) {
        need_square(g, "mm_siglip_loss", logits);
    }
    /* region siglip_loss */
    Tensor *minus_z = at_labels(g, logits, NULL, -1, 1); /* (N, M) */
    for (size_t i = 0; pairs && i < minus_z->n; i++) {
        minus_z->data[i] = pairs[i] ? -1 : 1;
    }
    Tensor *losses = mm_softplus(g, mm_mul(g, logits, minus_z)); /* (N, M) */
    return mm_affine(g, mm_sum(g, losses, MM_ALL), 1 / (real)logits->shape.d[0], 0);
    /* end siglip_loss */
}

/* [hinge] max(0, margin + s_ij - s_i,label(i)): by how much a wrong column comes too near to the right one. 0 at the label. (N, M) */
static Tensor *violations(Graph *g, Tensor *scores, const int *labels, real margin)
{
    /* region violations */
    Tensor *own = mm_sum(g, mm_mul(g, scores, at_labels(g, scores, labels, 1, 0)), 1); /* (N) */
    Tensor *lead = mm_sub(g, scores, mm_reshape(g, own, MM_SHAPE(scores->shape.d[0], 1)));
    return mm_mul(g, mm_relu(g, mm_affine(g, lead, 1, margin)), at_labels(g, scores, labels, 0, 1));
    /* end violations */
}

/* [devise_loss] Frome et al. 2013: scores of N images with M class names. */
Tensor *mm_devise_loss(Graph *g, Tensor *scores, const int *labels, real margin)
{
    for (int i = 0; i < scores->shape.d[0]; i++) {
        if (scores->shape.rank != 2 || labels[i] < 0 || labels[i] >= scores->shape.d[1]) {
            char text[MM_SHAPE_TEXT];
            mm_fail(mm_graph_handler(g), "mm_devise_loss: labels[%d] = %d is no column of the scores %s, which must be (N, M)", i,
                    labels[i], mm_shape_text(scores->shape, text));
        }
    }
    Tensor *sum = mm_sum(g, violations(g, scores, labels, margin), MM_ALL);
    return mm_affine(g, sum, 1 / (real)scores->shape.d[0], 0);
}

/* Each row's own column is on the diagonal. */
static Tensor *one_way(Graph *g, Tensor *scores, real margin, bool hardest)
{
    Tensor *cost = violations(g, scores, NULL, margin); /* (N, N) */
    /* region one_way */
    return mm_sum(g, hardest ? mm_max(g, cost, 1) : cost, MM_ALL);
    /* end one_way */
}

/* [vse_loss] sum_ij [margin + s_ij - s_ii]+ + [margin + s_ij - s_jj]+ over i != j: each image should prefer its own text, each text its
 * own image. hardest: of each row and column only the worst. Faghri et al. 2018, which sums over the batch. */
Tensor *mm_ranking_loss(Graph *g, Tensor *scores, real margin, bool hardest)
{
    need_square(g, "mm_ranking_loss", scores);
    Tensor *of_images = one_way(g, scores, margin, hardest);
    Tensor *of_texts = one_way(g, mm_permute(g, scores, (const int[]){1, 0}), margin, hardest);
    return mm_add(g, of_images, of_texts);
}

Tensor *mm_cosine(Graph *g, Tensor *a, Tensor *b, real eps)
{
    Tensor *lengths = mm_mul(g, mm_norm(g, a, -1), mm_norm(g, b, -1));
    return mm_div(g, mm_sum(g, mm_mul(g, a, b), -1), mm_clamp(g, lengths, eps, INFINITY));
}

/* [order_scores] -|max(0, text - image)|: 0 where the image has at least as much of everything as its text says, so a text is above all the
 * images it describes. Vendrov et al. 2016 have the square of the length; the code of VSE++ has the length. */
Tensor *mm_order_scores(Graph *g, Tensor *image, Tensor *text, bool squared)
{
    int N = image->shape.d[0], D = mm_last(image->shape);
    /* region order_scores */
    Tensor *excess = mm_relu(g, mm_sub(g, text, mm_reshape(g, image, MM_SHAPE(N, 1, D)))); /* (N, M, D) */
    Tensor *energy = squared ? mm_sum(g, mm_mul(g, excess, excess), -1) : mm_norm(g, excess, -1);
    return mm_affine(g, energy, -1, 0);
    /* end order_scores */
}
