/* logistic.c: the linear probe: multinomial logistic regression, solved by L-BFGS (liblbfgs, Nocedal 1980). */
#include "io/memory.h"
#include "mm/metrics.h"

#include <lbfgs.h>
#include <tgmath.h>

/* [logistic] With scores s_i = W x_i + b and y_i the class of example i,
 *
 *     L(W, b) = C sum_i -ln softmax(s_i)[y_i] + |W|^2 / 2
 *     dL/dW = C (P - Y)^T X + W,  dL/db = C sum_i (P_i - Y_i)
 *
 * with P the softmax of the scores and Y the classes as rows of 0 and 1. The bias is not regularised: it holds how frequent a class is.
 * L is convex, so there is one optimum; scikit-learn's LogisticRegression(C) has the same one. */
typedef struct Problem {
    const real *x;
    const int *y;
    int n, D, classes;
    double C;
    real *weight, *bias, *scores, *d_weight; /* (classes, D), (classes), (n, classes), (classes, D) */
    double *loss;                            /* (n) */
} Problem;

static void score(const real *x, int n, int D, int classes, const real *weight, const real *bias, real *scores)
{
    mm_gemm_add(1, n, classes, D, 1, (Mat){(real *)x, D, 1, 0}, (Mat){(real *)weight, 1, D, 0}, 1, (Mat){(real *)bias, 0, 1, 0},
                (Mat){scores, classes, 1, 0});
}

/* scores of one example -> P - Y; returns -ln P[y] */
static double softmax_less_truth(real *s, int classes, int y)
{
    real most = s[0];
    double sum = 0, truth = (double)s[y];
    for (int c = 1; c < classes; c++) {
        most = fmax(most, s[c]);
    }
    for (int c = 0; c < classes; c++) {
        s[c] = exp(s[c] - most);
        sum += (double)s[c];
    }
    for (int c = 0; c < classes; c++) {
        s[c] = (real)((double)s[c] / sum) - (real)(c == y);
    }
    return log(sum) + (double)most - truth;
}

/* What liblbfgs asks for: L at theta = (W, b), and its gradient. */
static lbfgsfloatval_t evaluate(void *context, const lbfgsfloatval_t *theta, lbfgsfloatval_t *gradient, int numbers,
                                lbfgsfloatval_t step)
{
    (void)numbers, (void)step;
    Problem *p = context;
    int weights = p->classes * p->D;
    double L = 0;
    for (int k = 0; k < weights; k++) {
        p->weight[k] = (real)theta[k];
        L += theta[k] * theta[k] / 2;
    }
    for (int c = 0; c < p->classes; c++) {
        p->bias[c] = (real)theta[weights + c];
        gradient[weights + c] = 0;
    }
    score(p->x, p->n, p->D, p->classes, p->weight, p->bias, p->scores);
#pragma omp parallel for if (p->n * p->classes > MM_GRAIN)
    for (int i = 0; i < p->n; i++) {
        p->loss[i] = softmax_less_truth(p->scores + (size_t)i * (size_t)p->classes, p->classes, p->y[i]);
    }
    for (int i = 0; i < p->n; i++) {
        L += p->C * p->loss[i];
        for (int c = 0; c < p->classes; c++) {
            gradient[weights + c] += p->C * (double)p->scores[(size_t)i * (size_t)p->classes + (size_t)c];
        }
    }
    mm_gemm(1, p->classes, p->D, p->n, 1, (Mat){p->scores, 1, p->classes, 0}, (Mat){(real *)p->x, p->D, 1, 0}, 0,
            (Mat){p->d_weight, p->D, 1, 0});
    for (int k = 0; k < weights; k++) {
        gradient[k] = p->C * (double)p->d_weight[k] + theta[k];
    }
    return L;
}

/* What went on: these end where rounding allows no better point, which is as near to the optimum as the numbers are exact. */
static bool ended_well(int status)
{
    return status == LBFGS_SUCCESS || status == LBFGS_STOP || status == LBFGS_ALREADY_MINIMIZED ||
           status == LBFGSERR_ROUNDING_ERROR || status == LBFGSERR_MAXIMUMLINESEARCH || status == LBFGSERR_MINIMUMSTEP ||
           status == LBFGSERR_WIDTHTOOSMALL || status == LBFGSERR_MAXIMUMITERATION;
}

bool mm_logistic_fit(const real *x, const int *y, int n, int D, int classes, LogisticOptions options, Logistic *l)
{
    size_t weights = (size_t)classes * (size_t)D;
    if (!l->weight) {
        *l = (Logistic){
            .classes = classes, .D = D, .weight = mm_take(weights, sizeof(real)), .bias = mm_take((size_t)classes, sizeof(real))};
    }
    Problem p = {.x = x, .y = y, .n = n, .D = D, .classes = classes, .C = options.C, .weight = l->weight, .bias = l->bias};
    p.scores = mm_take((size_t)n * (size_t)classes, sizeof *p.scores);
    p.d_weight = mm_take(weights, sizeof *p.d_weight);
    p.loss = mm_take((size_t)n, sizeof *p.loss);
    int numbers = (int)weights + classes;
    lbfgsfloatval_t *theta = lbfgs_malloc(numbers);
    for (int k = 0; theta && k < numbers; k++) {
        theta[k] = (double)(k < (int)weights ? l->weight[k] : l->bias[k - (int)weights]);
    }
    lbfgs_parameter_t how;
    lbfgs_parameter_init(&how);
    how.m = 10;
    how.epsilon = options.tolerance;
    how.max_iterations = options.iterations;
    int status = theta ? lbfgs(numbers, theta, &l->loss, evaluate, NULL, &p, &how) : LBFGSERR_OUTOFMEMORY;
    for (int k = 0; theta && k < numbers; k++) {
        *(k < (int)weights ? &l->weight[k] : &l->bias[k - (int)weights]) = (real)theta[k];
    }
    l->converged = status == LBFGS_SUCCESS || status == LBFGS_ALREADY_MINIMIZED;
    lbfgs_free(theta);
    free(p.scores);
    free(p.d_weight);
    free(p.loss);
    return ended_well(status) && isfinite(l->loss);
}

void mm_logistic_scores(const Logistic *l, const real *x, int n, real *scores)
{
    score(x, n, l->D, l->classes, l->weight, l->bias, scores);
}

void mm_logistic_free(Logistic *l)
{
    free(l->weight);
    free(l->bias);
    *l = (Logistic){0};
}
