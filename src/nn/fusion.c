/* fusion.c: products of modalities, as a tensor (Zadeh et al. 2017) and without ever making it (Liu et al. 2018). A 1 in front of
 * each vector keeps what one or two modalities say alone among the products. */
#include "mm/nn.h"

#include <tgmath.h>

Tensor *mm_outer(Graph *g, Tensor *a, Tensor *b)
{
    int B = a->shape.d[0], M = mm_last(a->shape), N = mm_last(b->shape);
    Tensor *products = mm_mul(g, mm_reshape(g, a, MM_SHAPE(B, M, 1)), mm_reshape(g, b, MM_SHAPE(B, 1, N))); /* (B, M, N) */
    return mm_reshape(g, products, MM_SHAPE(B, M * N));
}

/* [1 ; h] (B, 1 + d) */
static Tensor *with_one(Graph *g, Tensor *h)
{
    /* region with_one */
    Tensor *one = mm_input(g, MM_SHAPE(h->shape.d[0], 1), NULL);
    for (size_t i = 0; i < one->n; i++) {
        one->data[i] = 1;
    }
    return mm_concat(g, 2, ((Tensor *[]){mm_named(one, "one"), h}), 1);
    /* end with_one */
}

/* [tensor_fusion] [1 ; h_0] x [1 ; h_1] x …, the last modality fastest */
Tensor *mm_tensor_fusion(Graph *g, int n, Tensor *const *h)
{
    Tensor *z = with_one(g, h[0]);
    for (int m = 1; m < n; m++) {
        z = mm_outer(g, z, with_one(g, h[m]));
    }
    return z;
}

LowRankFusion mm_low_rank_init(Params *ps, const char *name, int n, const int *dim, int rank, int out)
{
    if (n < 1 || n > MM_MAX_MODALITIES) {
        mm_fail(mm_params_handler(ps), "%s: %d modalities; there can be 1 .. %d", name, n, MM_MAX_MODALITIES);
    }
    LowRankFusion f = {.n = n};
    for (int m = 0; m < n;
         m++) { /* xavier_normal, which for three dimensions takes (dim+1) out for fan in and rank out for fan out */
        real std = sqrt(2 / (real)((dim[m] + 1) * out + rank * out));
        f.factor[m] = mm_param(ps, mm_name(ps, "%s.factors.%d", name, m), MM_SHAPE(rank, dim[m] + 1, out),
                               (Init){MM_NORMAL, std});
    }
    Init init = {MM_NORMAL, sqrt(2 / (real)(rank + 1))};
    f.fusion_weights = mm_param(ps, mm_name(ps, "%s.fusion_weights", name), MM_SHAPE(1, rank), init);
    f.fusion_bias = mm_param(ps, mm_name(ps, "%s.fusion_bias", name), MM_SHAPE(1, out), (Init){MM_ZERO, 0});
    return f;
}

/* [low_rank_fusion] y = sum_r w_r prod_m [1 ; h_m] W_m[r] + b: a product of sums is the sum of all products, so these are never made */
Tensor *mm_low_rank_forward(Graph *g, const LowRankFusion *f, Tensor *const *h)
{
    /* region low_rank */
    int rank = f->factor[0]->shape.d[0], out = f->factor[0]->shape.d[2], B = h[0]->shape.d[0];
    Tensor *product = NULL;
    for (int m = 0; m < f->n; m++) {
        int d = f->factor[m]->shape.d[1];
        Tensor *w = mm_reshape(g, mm_permute(g, f->factor[m], ((int[]){1, 0, 2})), MM_SHAPE(d, rank * out));
        Tensor *z = mm_matmul(g, with_one(g, h[m]), w, MM_NN); /* (B, rank * out): [1 ; h] W_r for each r */
        product = product ? mm_mul(g, product, z) : z;
    }
    product = mm_reshape(g, product, MM_SHAPE(B, rank, out));
    Tensor *weighted = mm_mul(g, product, mm_reshape(g, f->fusion_weights, MM_SHAPE(rank, 1)));
    return mm_add(g, mm_sum(g, weighted, 1), f->fusion_bias); /* (B, out) */
    /* end low_rank */
}

/* [modality_dropout] z_m becomes b_m z_m: present holds the b_m */
void mm_modality_dropout(real *present, int n, double p, Rng *rng)
{
    /* region modality_dropout */
    int there = 0, left = 0;
    real before[MM_MAX_MODALITIES];
    for (int m = 0; m < n; m++) {
        before[m] = present[m];
        bool stays = mm_uniform(rng) >= p;
        present[m] = before[m] > 0 && stays;
        there += before[m] > 0;
        left += present[m] > 0;
    }
    if (there > 0 && left == 0) { /* of nothing there is nothing to learn: one of those that were there comes back */
        int back = mm_below(rng, there);
        for (int m = 0; m < n; m++) {
            present[m] = before[m] > 0 && back-- == 0;
        }
    }
    /* end modality_dropout */
}
