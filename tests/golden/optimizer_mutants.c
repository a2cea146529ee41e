/* optimizer_mutants.c: each optimiser written once more, in the plainest way, with mistakes that can be switched on. */
#include "optimizers.h"

#include <math.h>

#define MUTANT(name, function, wrong)                                                                                            \
    static void name(const OptimizerConfig *c, const Update *u)                                                                  \
    {                                                                                                                            \
        function(c, u, wrong);                                                                                                   \
    }

/* ---- SGD ---- */

enum {
    DECOUPLED = 1,
    DAMPENING = 2,
    RATE_IN_MOMENTUM = 4,
    OLD_MOMENTUM = 8,
    NOT_NESTEROV = 16,
    DECAY_PAST_MOMENTUM = 32,
    UP = 64
};

static void sgd(const OptimizerConfig *c, const Update *u, int wrong)
{
    double mu = (double)c->momentum, lr = (double)u->lr, wd = (double)u->weight_decay;
    for (size_t i = 0; i < u->p->n; i++) {
        double p = (double)u->p->data[i], g = (double)u->p->grad[i], d = wrong & DECOUPLED ? g : g + wd * p;
        double into = wrong & DECAY_PAST_MOMENTUM ? g : d, old = u->state[0] ? (double)u->state[0][i] : 0;
        double m = mu * old + (wrong & DAMPENING ? 1 - mu : 1) * (wrong & RATE_IN_MOMENTUM ? lr : 1) * into;
        double step = wrong & RATE_IN_MOMENTUM ? m : lr * m;
        if (c->nesterov && !(wrong & NOT_NESTEROV)) {
            step = lr * (d + mu * (wrong & OLD_MOMENTUM ? old : m));
        }
        step += wrong & DECOUPLED ? lr * wd * p : wrong & DECAY_PAST_MOMENTUM ? lr * wd * p : 0;
        u->p->data[i] = (real)(p - (wrong & UP ? -step : step));
        u->p->grad[i] = 0;
        if (u->state[0]) {
            u->state[0][i] = (real)m;
        }
    }
}

MUTANT(sgd_right, sgd, 0)
MUTANT(sgd_up, sgd, UP)
MUTANT(sgd_decoupled, sgd, DECOUPLED)
MUTANT(sgd_dampening, sgd, DAMPENING)
MUTANT(sgd_rate, sgd, RATE_IN_MOMENTUM)
MUTANT(sgd_decay_past, sgd, DECAY_PAST_MOMENTUM)
MUTANT(sgd_old_momentum, sgd, OLD_MOMENTUM)
MUTANT(sgd_not_nesterov, sgd, NOT_NESTEROV)

/* ---- AdamW and LAMB: the direction r = mhat / (sqrt(vhat) + eps) of one element ---- */

enum {
    EPS_IN_ROOT = 1,
    EPS_BEFORE_CORRECTION = 2, /* right in the form of Hugging Face */
    NO_CORRECTION_OF_M = 4,
    NO_CORRECTION_OF_V = 8,
    BETAS_SWAPPED = 16,
    LATE = 32,
    NO_ROOT = 64,
    DECAY_IN_GRADIENT = 128,
    DECAY_WITHOUT_RATE = 256,
    DECAY_AFTER = 512, /* right in the form of Hugging Face */
    NO_DECAY = 1024,
    KEEPS_GRADIENT = 2048,
    RATIO_1 = 1 << 12,
    RATIO_INVERTED = 1 << 13,
    RATIO_OF_GRADIENT = 1 << 14,
    RATIO_WITHOUT_DECAY = 1 << 15,
    DECAY_OUTSIDE = 1 << 16,
    EXEMPT_TOO = 1 << 17,
    RATIO_0 = 1 << 18,
    RATIO_SQUARED = 1 << 19
};

static double direction(const OptimizerConfig *c, const Update *u, size_t i, int wrong)
{
    double b1 = (double)(wrong & BETAS_SWAPPED ? c->beta2 : c->beta1), b2 = (double)(wrong & BETAS_SWAPPED ? c->beta1 : c->beta2);
    double t = (double)u->step + (wrong & LATE ? 1 : 0), eps = (double)c->eps;
    double g = (double)u->p->grad[i] + (wrong & DECAY_IN_GRADIENT ? (double)(u->weight_decay * u->p->data[i]) : 0);
    double m = b1 * (double)u->state[0][i] + (1 - b1) * g, v = b2 * (double)u->state[1][i] + (1 - b2) * g * g;
    u->state[0][i] = (real)m;
    u->state[1][i] = (real)v;
    double of_m = wrong & NO_CORRECTION_OF_M ? 1 : 1 - pow(b1, t), of_v = wrong & NO_CORRECTION_OF_V ? 1 : 1 - pow(b2, t);
    double below = wrong & EPS_IN_ROOT             ? sqrt(v / of_v + eps)
                   : wrong & EPS_BEFORE_CORRECTION ? (sqrt(v) + eps) / sqrt(of_v)
                   : wrong & NO_ROOT               ? v / of_v + eps
                                                   : sqrt(v / of_v) + eps;
    return m / of_m / below;
}

static void adam(const OptimizerConfig *c, const Update *u, int wrong)
{
    double lr = (double)u->lr, wd = (double)u->weight_decay;
    wd = wrong & EXEMPT_TOO ? (double)c->weight_decay : wd;
    double keep = 1 - (wrong & DECAY_WITHOUT_RATE ? wd : wrong & (NO_DECAY | DECAY_IN_GRADIENT) ? 0 : lr * wd);
    for (size_t i = 0; i < u->p->n; i++) {
        double p = (double)u->p->data[i], r = direction(c, u, i, wrong);
        u->p->data[i] = (real)(wrong & DECAY_AFTER ? keep * (p - lr * r) : keep * p - lr * r);
        u->p->grad[i] *= wrong & KEEPS_GRADIENT ? 1 : 0;
    }
}

enum { HF = EPS_BEFORE_CORRECTION | DECAY_AFTER };
MUTANT(adam_right, adam, 0)
MUTANT(adam_eps_in_root, adam, EPS_IN_ROOT)
MUTANT(adam_eps_before, adam, EPS_BEFORE_CORRECTION)
MUTANT(adam_no_m, adam, NO_CORRECTION_OF_M)
MUTANT(adam_no_v, adam, NO_CORRECTION_OF_V)
MUTANT(adam_no_correction, adam, NO_CORRECTION_OF_M | NO_CORRECTION_OF_V)
MUTANT(adam_swapped, adam, BETAS_SWAPPED)
MUTANT(adam_late, adam, LATE)
MUTANT(adam_no_root, adam, NO_ROOT)
MUTANT(adam_l2, adam, DECAY_IN_GRADIENT)
MUTANT(adam_decay_without_rate, adam, DECAY_WITHOUT_RATE)
MUTANT(adam_decay_after, adam, DECAY_AFTER)
MUTANT(adam_no_decay, adam, NO_DECAY)
MUTANT(adam_keeps_gradient, adam, KEEPS_GRADIENT)
MUTANT(adam_exempt_too, adam, EXEMPT_TOO)
MUTANT(hf_right, adam, HF)
MUTANT(hf_no_correction, adam, HF | NO_CORRECTION_OF_M)
MUTANT(hf_l2, adam, HF | DECAY_IN_GRADIENT)

static void lamb(const OptimizerConfig *c, const Update *u, int wrong)
{
    double squares_p = 0, squares_r = 0, r[12]; /* the goldens have up to 12 numbers */
    double wd = (double)(wrong & EXEMPT_TOO ? c->weight_decay : u->weight_decay);
    size_t n = u->p->n;
    for (size_t i = 0; i < n; i++) {
        double p = (double)u->p->data[i], g = (double)u->p->grad[i], hat = direction(c, u, i, wrong);
        r[i] = hat + (wrong & DECAY_OUTSIDE ? 0 : wd * p);
        double counted = wrong & RATIO_OF_GRADIENT ? g : wrong & RATIO_WITHOUT_DECAY ? hat : r[i];
        squares_p += p * p;
        squares_r += counted * counted;
    }
    double ratio = wrong & RATIO_0 ? 0 : 1, squares = squares_p / squares_r;
    if (squares_p > 0 && squares_r > 0) {
        ratio = wrong & RATIO_1 ? 1 : wrong & RATIO_SQUARED ? squares : sqrt(wrong & RATIO_INVERTED ? 1 / squares : squares);
    }
    ratio = u->exempt && !(wrong & EXEMPT_TOO) ? 1 : ratio;
    for (size_t i = 0; i < n; i++) {
        double p = (double)u->p->data[i];
        u->p->data[i] = (real)(p - (double)u->lr * (ratio * r[i] + (wrong & DECAY_OUTSIDE ? wd * p : 0)));
        u->p->grad[i] = 0;
    }
}

MUTANT(lamb_right, lamb, 0)
MUTANT(lamb_ratio_1, lamb, RATIO_1)
MUTANT(lamb_inverted, lamb, RATIO_INVERTED)
MUTANT(lamb_squared, lamb, RATIO_SQUARED)
MUTANT(lamb_of_gradient, lamb, RATIO_OF_GRADIENT)
MUTANT(lamb_without_decay, lamb, RATIO_WITHOUT_DECAY)
MUTANT(lamb_decay_outside, lamb, DECAY_OUTSIDE)
MUTANT(lamb_no_correction, lamb, NO_CORRECTION_OF_M | NO_CORRECTION_OF_V)
MUTANT(lamb_eps_in_root, lamb, EPS_IN_ROOT)
MUTANT(lamb_exempt_too, lamb, EXEMPT_TOO)
MUTANT(lamb_ratio_0, lamb, RATIO_0)

/* ---- Muon ---- */

enum {
    NOT_ORTHOGONAL = 1,
    NOT_NORMALISED = 2,
    FOUR_ROUNDS = 4,
    CUBIC = 8,
    NO_LOOK_AHEAD = 16,
    SUM_OF_GRADIENTS = 32,
    SHORTER_SIDE = 64,
    NO_SIDE = 128,
    ELEMENTWISE = 256,
    MUON_L2 = 512,
    MUON_NO_DECAY = 1024,
    TABLES_TOO = 2048
};

/* x (r, c) of at most 12 numbers: x <- a x + (b A + c A^2) x with A = x x^T; a tall x gives the same by x (b A + c A^2), A = x^T x,
 * so no side need be the shorter. */
static void newton_schulz(double *x, int r, int c, int wrong)
{
    double A[36] = {0}, square[36] = {0}, y[12], b = -4.7750, d = wrong & CUBIC ? 0 : 2.0315;
    for (int i = 0; i < r * r; i++) {
        A[i] = 0;
        for (int k = 0; k < c; k++) {
            A[i] += x[i / r * c + k] * x[i % r * c + k];
        }
    }
    for (int i = 0; i < r * r; i++) {
        square[i] = 0;
        for (int k = 0; k < r; k++) {
            square[i] += A[i / r * r + k] * A[k * r + i % r];
        }
    }
    for (int i = 0; i < r * c; i++) {
        y[i] = 3.4445 * x[i];
        for (int k = 0; k < r; k++) {
            y[i] += (b * A[i / c * r + k] + d * square[i / c * r + k]) * x[k * c + i % c];
        }
    }
    for (int i = 0; i < r * c; i++) {
        x[i] = y[i];
    }
}

static void direct(double *x, int r, int c, int wrong)
{
    double squares = 0;
    for (int i = 0; i < r * c; i++) {
        squares += x[i] * x[i];
    }
    for (int i = 0; i < r * c; i++) {
        x[i] /= wrong & NOT_NORMALISED ? 1 : sqrt(squares) + 1e-7;
    }
    for (int round = wrong & FOUR_ROUNDS ? 1 : 0; round < 5 && !(wrong & (NOT_ORTHOGONAL | ELEMENTWISE)); round++) {
        newton_schulz(x, r, c, wrong);
    }
    for (int i = 0; i < r * c && wrong & ELEMENTWISE; i++) {
        x[i] = x[i] > 0 ? 1 : -1;
    }
}

static void muon(const OptimizerConfig *c, const Update *u, int wrong)
{
    if (u->p->shape.rank < 2 || (!u->scratch && !(wrong & TABLES_TOO))) {
        adam(c, u, 0);
        return;
    }
    int rows = u->p->shape.d[0], columns = u->p->shape.d[1], longer = rows > columns ? rows : columns, n = rows * columns;
    double x[12], mu = (double)c->momentum, lr = (double)u->lr, wd = (double)u->weight_decay;
    double side = wrong & NO_SIDE ? 1 : wrong & SHORTER_SIDE ? n / longer : longer;
    for (int i = 0; i < n; i++) {
        double g = (double)u->p->grad[i] + (wrong & MUON_L2 ? wd * (double)u->p->data[i] : 0);
        double m = mu * (double)u->state[0][i] + (wrong & SUM_OF_GRADIENTS ? 1 : 1 - mu) * g;
        u->state[0][i] = (real)m;
        x[i] = wrong & NO_LOOK_AHEAD ? m : mu * m + (1 - mu) * g;
    }
    direct(x, rows, columns, wrong);
    for (int i = 0; i < n; i++) {
        double keep = wrong & (MUON_L2 | MUON_NO_DECAY) ? 1 : 1 - lr * wd;
        u->p->data[i] = (real)(keep * (double)u->p->data[i] - lr * (double)c->rms * sqrt(side) * x[i]);
        u->p->grad[i] = 0;
    }
}

MUTANT(muon_right, muon, 0)
MUTANT(muon_not_orthogonal, muon, NOT_ORTHOGONAL)
MUTANT(muon_not_normalised, muon, NOT_NORMALISED)
MUTANT(muon_four, muon, FOUR_ROUNDS)
MUTANT(muon_cubic, muon, CUBIC)
MUTANT(muon_no_look_ahead, muon, NO_LOOK_AHEAD)
MUTANT(muon_sum, muon, SUM_OF_GRADIENTS)
MUTANT(muon_shorter, muon, SHORTER_SIDE)
MUTANT(muon_no_side, muon, NO_SIDE)
MUTANT(muon_signs, muon, ELEMENTWISE)
MUTANT(muon_l2, muon, MUON_L2)
MUTANT(muon_no_decay, muon, MUON_NO_DECAY)
MUTANT(muon_tables, muon, TABLES_TOO)

const OptimizerMutant optimizer_mutants[] = {
    {NULL, SGD, sgd_right},
    {NULL, MOMENTUM, sgd_right},
    {NULL, NESTEROV, sgd_right},
    {NULL, ADAMW, adam_right},
    {NULL, ADAMW_EXEMPT, adam_right},
    {NULL, ADAMW_HF, hf_right},
    {NULL, LAMB, lamb_right},
    {NULL, LAMB_EXEMPT, lamb_right},
    {NULL, LAMB_FROM_ZERO, lamb_right},
    {NULL, MUON, muon_right},
    {NULL, MUON_TALL, muon_right},
    {NULL, MUON_EXEMPT, muon_right},
    {"up the gradient", SGD, sgd_up},
    {"the step does not shrink while momentum grows: (1 - mu) before g", MOMENTUM, sgd_dampening},
    {"decay beside momentum and not in it", MOMENTUM, sgd_decay_past},
    {"decay decoupled, as in AdamW", MOMENTUM, sgd_decoupled},
    {"the rate inside the momentum, so that old rates live on", MOMENTUM, sgd_rate},
    {"looks ahead along the momentum before this gradient", NESTEROV, sgd_old_momentum},
    {"plain momentum", NESTEROV, sgd_not_nesterov},
    {"eps inside the root", ADAMW, adam_eps_in_root},
    {"eps before the correction of v", ADAMW, adam_eps_before},
    {"m not corrected", ADAMW, adam_no_m},
    {"v not corrected", ADAMW, adam_no_v},
    {"no bias correction at all", ADAMW, adam_no_correction},
    {"beta1 and beta2 swapped", ADAMW, adam_swapped},
    {"steps counted from 2", ADAMW, adam_late},
    {"no root over v", ADAMW, adam_no_root},
    {"decay as a part of the gradient (Adam with L2)", ADAMW, adam_l2},
    {"decay not multiplied with the rate", ADAMW, adam_decay_without_rate},
    {"decay after the step", ADAMW, adam_decay_after},
    {"no decay", ADAMW, adam_no_decay},
    {"the gradient stays for the next step", ADAMW, adam_keeps_gradient},
    {"what is exempt decays too", ADAMW_EXEMPT, adam_exempt_too},
    {"PyTorch's form", ADAMW_HF, adam_right},
    {"eps of Hugging Face's form, decay of PyTorch's", ADAMW_HF, adam_eps_before},
    {"decay of Hugging Face's form, eps of PyTorch's", ADAMW_HF, adam_decay_after},
    {"m not corrected", ADAMW_HF, hf_no_correction},
    {"decay as a part of the gradient", ADAMW_HF, hf_l2},
    {"no trust ratio", LAMB, lamb_ratio_1},
    {"the trust ratio upside down", LAMB, lamb_inverted},
    {"the trust ratio of the squares", LAMB, lamb_squared},
    {"the trust ratio of the gradient, not of the step", LAMB, lamb_of_gradient},
    {"the trust ratio of the step without its decay", LAMB, lamb_without_decay},
    {"decay outside of the trust ratio", LAMB, lamb_decay_outside},
    {"no bias correction", LAMB, lamb_no_correction},
    {"eps inside the root", LAMB, lamb_eps_in_root},
    {"what is exempt decays and gets a trust ratio too", LAMB_EXEMPT, lamb_exempt_too},
    {"a parameter of zeros has trust ratio 0 and stays there", LAMB_FROM_ZERO, lamb_ratio_0},
    {"momentum of length 1, its singular values as they are", MUON, muon_not_orthogonal},
    {"not brought to length 1 before the iteration", MUON, muon_not_normalised},
    {"four rounds, not five", MUON, muon_four},
    {"no fifth power", MUON, muon_cubic},
    {"plain momentum", MUON, muon_no_look_ahead},
    {"a sum of gradients, not a mean, so that the look ahead weighs less", MUON, muon_sum},
    {"the length by the shorter side", MUON_TALL, muon_shorter},
    {"the length by no side", MUON, muon_no_side},
    {"signs in place of a turned matrix", MUON, muon_signs},
    {"decay as a part of the gradient", MUON, muon_l2},
    {"no decay", MUON, muon_no_decay},
    {"embeddings turned too", MUON_EXEMPT, muon_tables},
    {0},
};
