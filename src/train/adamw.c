/* adamw.c: the optimiser, all parameters in one pass. */
#include "mm/train.h"

#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

struct AdamW {
    Params *ps;
    AdamWConfig config;
    int64_t steps;
    real **m, **v; /* one each per parameter; NULL for a buffer */
};

static real *zeros(Params *ps, const Tensor *p)
{
    return p->needs_grad ? mm_params_memory(ps, p->n * sizeof(real)) : NULL;
}

AdamW *mm_adamw_new(Params *ps, AdamWConfig config)
{
    int n = mm_params_count(ps);
    AdamW *opt = mm_params_memory(ps, sizeof *opt);
    *opt = (AdamW){.ps = ps, .config = config};
    opt->m = mm_params_memory(ps, (size_t)n * sizeof *opt->m);
    opt->v = mm_params_memory(ps, (size_t)n * sizeof *opt->v);
    for (int i = 0; i < n; i++) {
        opt->m[i] = zeros(ps, mm_params_at(ps, i));
        opt->v[i] = zeros(ps, mm_params_at(ps, i));
    }
    return opt;
}

/* [adamw] At step t, with gradient g:
 *     m = b1 m + (1-b1) g        v = b2 v + (1-b2) g^2
 *     p = p - lr wd p - lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps) */
static void update(const AdamW *opt, Tensor *p, real *m, real *v, real lr)
{
    const AdamWConfig *c = &opt->config;
    real step = lr / (1 - (real)pow((double)c->beta1, (double)opt->steps));
    real root = 1 / sqrt(1 - (real)pow((double)c->beta2, (double)opt->steps));
    real keep = p->shape.rank >= 2 ? 1 - lr * c->weight_decay : 1, b1 = c->beta1, b2 = c->beta2, eps = c->eps;
    real *data = p->data, *grad = p->grad;
#pragma omp parallel for simd if (p->n > MM_GRAIN)
    for (size_t i = 0; i < p->n; i++) {
        real g = grad[i];
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        data[i] = keep * data[i] - step * m[i] / (sqrt(v[i]) * root + eps);
        grad[i] = 0;
    }
}

void mm_adamw_step(AdamW *opt, real lr)
{
    opt->steps++;
    for (int i = 0; i < mm_params_count(opt->ps); i++) {
        if (opt->m[i]) {
            update(opt, mm_params_at(opt->ps, i), opt->m[i], opt->v[i], lr);
        }
    }
}

int64_t mm_adamw_steps(const AdamW *opt)
{
    return opt->steps;
}

void mm_adamw_set_steps(AdamW *opt, int64_t steps)
{
    opt->steps = steps;
}

real *mm_adamw_moment(AdamW *opt, int parameter, int which)
{
    return which == 1 ? opt->m[parameter] : opt->v[parameter];
}

/* The sum over the parameters in their order, in double: the same for any number of threads. */
real mm_clip_grad_norm(Params *ps, real most)
{
    double squares = 0;
    for (int i = 0; i < mm_params_count(ps); i++) {
        const Tensor *p = mm_params_at(ps, i);
        double sum = 0;
        if (p->grad) {
#pragma omp simd reduction(+ : sum)
            for (size_t k = 0; k < p->n; k++) {
                sum += (double)p->grad[k] * (double)p->grad[k];
            }
        }
        squares += sum;
    }
    real norm = (real)sqrt(squares);
    if (most > 0 && norm > most) {
        real scale = most / (norm + (real)1e-6); /* as torch.nn.utils.clip_grad_norm_ */
        for (int i = 0; i < mm_params_count(ps); i++) {
            Tensor *p = mm_params_at(ps, i);
            for (size_t k = 0; p->grad && k < p->n; k++) {
                p->grad[k] *= scale;
            }
        }
    }
    return norm;
}
