/* scan.c: stacked cross attention (Lee et al. 2018): how well a picture's regions and a text's words explain each other. */
#include "mm/nn.h"

static Tensor *unit(Graph *g, Tensor *x)
{
    /* region unit */
    Shape s = x->shape;
    s.d[s.rank - 1] = 1;
    return mm_div(g, x, mm_reshape(g, mm_affine(g, mm_norm(g, x, -1), 1, (real)1e-8), s));
    /* end unit */
}

/* [scan] For each query q_j the mean of all contexts k_i, weighted by how much they look at it: first each context shares out its
 * attention over the queries (leaky ReLU, length 1), then each query shares out its over the contexts (softmax).
 * query (N, Q, D), context (N, C, D) -> cosine of each query with its mean (N, Q) */
static Tensor *relevance(Graph *g, Tensor *query, Tensor *context, real temperature)
{
    /* region relevance */
    Tensor *of_context = unit(g, mm_leaky_relu(g, mm_matmul(g, context, query, MM_NT), (real)0.1));     /* (N, C, Q) */
    Tensor *of_query = mm_affine(g, mm_permute(g, of_context, (const int[]){0, 2, 1}), temperature, 0); /* (N, Q, C) */
    Tensor *attended = mm_matmul(g, mm_softmax(g, of_query, NULL), context, MM_NN);                     /* (N, Q, D) */
    return mm_cosine(g, query, attended, (real)1e-8);
    /* end relevance */
}

Tensor *mm_scan_scores(Graph *g, Tensor *images, Tensor *texts, const int *words, ScanConfig config)
{
    int N = images->shape.d[0], M = texts->shape.d[0], D = mm_last(texts->shape);
    Tensor **column = mm_arena(g, (size_t)M * sizeof *column);
    for (int j = 0; j < M; j++) {
        Tensor *text = mm_slice(g, mm_slice(g, texts, 0, j, 1), 1, 0, words[j]);             /* (1, words, D) */
        text = mm_add(g, text, mm_input(g, MM_SHAPE(N, 1, D), NULL));                        /* once for each image */
        Tensor *r = config.text_to_image ? relevance(g, text, images, config.softmax_scale)  /* (N, words) */
                                         : relevance(g, images, text, config.softmax_scale); /* (N, regions) */
        Tensor *score = mm_mean(g, r, 1);
        if (config.lse_scale > 0) {
            score = mm_affine(g, mm_logsumexp(g, mm_affine(g, r, config.lse_scale, 0), 1), 1 / config.lse_scale, 0);
        }
        column[j] = mm_reshape(g, score, MM_SHAPE(N, 1));
    }
    return mm_concat(g, M, column, 1);
}
