/* optimizer.c: what all optimisers share: their arrays, their steps, who is exempt from decay; and the norm of the gradients. */
#include "mm/train.h"

#include <string.h>
#include <tgmath.h>

struct Optimizer {
    Params *ps;
    OptimizerConfig config;
    int64_t steps;
    int n;          /* parameters and buffers */
    Update *update; /* one each; p is NULL for a buffer */
};

static bool has_part(const char *name, const char *const *parts)
{
    for (; parts && *parts; parts++) {
        if (strstr(name, *parts)) {
            return true;
        }
    }
    return false;
}

static bool is_exempt(const OptimizerConfig *c, const Tensor *p)
{
    return (p->shape.rank < 2 && !c->decay_vectors) || has_part(p->name, c->no_decay);
}

/* How many numbers the kind works with; 0 for what it does not treat as a matrix. */
static size_t scratch_of(const OptimizerConfig *c, const Tensor *p)
{
    return c->kind->scratch && p->shape.rank >= 2 && !has_part(p->name, c->not_matrix) ? c->kind->scratch(p) : 0;
}

static void check(const Params *ps, const OptimizerConfig *c)
{
    if (!c->kind) {
        mm_fail(mm_params_handler(ps), "mm_optimizer_new: no kind is set; (OptimizerConfig){&mm_adamw, …} is one");
    }
    if (!(c->beta1 >= 0 && c->beta1 < 1 && c->beta2 >= 0 && c->beta2 < 1 && c->momentum >= 0 && c->momentum < 1)) {
        mm_fail(mm_params_handler(ps), "%s: beta1 %g, beta2 %g and momentum %g must be at least 0 and less than 1", c->kind->name,
                (double)c->beta1, (double)c->beta2, (double)c->momentum);
    }
}

Optimizer *mm_optimizer_new(Params *ps, OptimizerConfig config)
{
    check(ps, &config);
    int n = mm_params_count(ps);
    Optimizer *opt = mm_params_memory(ps, sizeof *opt);
    *opt = (Optimizer){.ps = ps, .config = config, .n = n, .update = mm_params_memory(ps, (size_t)n * sizeof *opt->update)};
    size_t most = 0;
    for (int i = 0; i < n; i++) {
        const Tensor *p = mm_params_at(ps, i);
        size_t numbers = p->needs_grad ? scratch_of(&config, p) : 0;
        most = numbers > most ? numbers : most;
    }
    real *scratch = most ? mm_params_memory(ps, most * sizeof *scratch) : NULL;
    for (int i = 0; i < n; i++) {
        Tensor *p = mm_params_at(ps, i);
        if (p->needs_grad) {
            bool exempt = is_exempt(&config, p);
            opt->update[i] = (Update){.p = p, .exempt = exempt, .weight_decay = exempt ? 0 : config.weight_decay};
            opt->update[i].scratch = scratch_of(&config, p) ? scratch : NULL;
            for (int k = 0; k < MM_MAX_STATES && config.kind->state[k]; k++) {
                opt->update[i].state[k] = mm_params_memory(ps, p->n * sizeof(real));
            }
        }
    }
    return opt;
}

void mm_optimizer_step(Optimizer *opt, real lr)
{
    opt->steps++;
    for (int i = 0; i < opt->n; i++) {
        Update *u = &opt->update[i];
        if (u->p) {
            u->step = opt->steps;
            u->lr = lr;
            opt->config.kind->update(&opt->config, u);
        }
    }
}

int64_t mm_optimizer_steps(const Optimizer *opt)
{
    return opt->steps;
}

void mm_optimizer_set_steps(Optimizer *opt, int64_t steps)
{
    opt->steps = steps;
}

const OptimizerKind *mm_optimizer_kind(const Optimizer *opt)
{
    return opt->config.kind;
}

real *mm_optimizer_state(const Optimizer *opt, int parameter, int which)
{
    return opt->update[parameter].state[which];
}

double mm_sum_squares(const real *x, size_t n)
{
    enum { PARTS = 16 };
    double part[PARTS], sum = 0;
#pragma omp parallel for if (n > MM_GRAIN)
    for (size_t k = 0; k < PARTS; k++) {
        double squares = 0;
#pragma omp simd reduction(+ : squares)
        for (size_t i = n * k / PARTS; i < n * (k + 1) / PARTS; i++) {
            squares += (double)x[i] * (double)x[i];
        }
        part[k] = squares;
    }
    for (int k = 0; k < PARTS; k++) {
        sum += part[k];
    }
    return sum;
}

/* [clip_grad_norm] All gradients as one vector: g <- g min(1, most / |g|). */
real mm_clip_grad_norm(Params *ps, real most)
{
    /* region clip_grad_norm */
    double squares = 0;
    for (int i = 0; i < mm_params_count(ps); i++) {
        const Tensor *p = mm_params_at(ps, i);
        squares += p->grad ? mm_sum_squares(p->grad, p->n) : 0;
    }
    real norm = (real)sqrt(squares);
    if (most > 0 && norm > most && isfinite(norm)) {
        real scale = most / (norm + (real)1e-6); /* as torch.nn.utils.clip_grad_norm_ */
        for (int i = 0; i < mm_params_count(ps); i++) {
            Tensor *p = mm_params_at(ps, i);
            for (size_t k = 0; p->grad && k < p->n; k++) {
                p->grad[k] *= scale;
            }
        }
    }
    return norm;
    /* end clip_grad_norm */
}
