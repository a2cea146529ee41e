/* mutants_norms.c: mistakes in normalisations and in the loss. */
#include <math.h>

#include "mutants.h"

/* ---- layernorm ---- */

enum { NO_MEAN = 1, NO_VARIANCE = 2, NO_EPS = 4, NO_WEIGHT = 8 };

/* dx = r (e - mean(e) - xhat mean(e xhat)), e = w dy, less what is left out. eps is the first of the op's options. */
static void layernorm_without(Tensor *y, int left_out)
{
    Tensor *r = right(y);
    size_t C = (size_t)mm_last(y->shape);
    double eps = left_out & NO_EPS ? 0 : (double)*(const real *)y->attr;
    for (size_t row = 0; row < y->n && r->in[0]->grad; row += C) {
        const real *x = y->in[0]->data + row, *dy = y->grad + row, *w = y->in[1]->data;
        double m = 0, variance = 0, mean_e = 0, mean_exhat = 0;
        for (size_t c = 0; c < C; c++) {
            m += (double)x[c] / (double)C;
        }
        for (size_t c = 0; c < C; c++) {
            variance += ((double)x[c] - m) * ((double)x[c] - m) / (double)C;
        }
        double rstd = 1 / sqrt(variance + eps);
        for (size_t c = 0; c < C; c++) {
            double e = (double)dy[c] * (left_out & NO_WEIGHT ? 1 : (double)w[c]);
            mean_e += left_out & NO_MEAN ? 0 : e / (double)C;
            mean_exhat += left_out & NO_VARIANCE ? 0 : e * ((double)x[c] - m) * rstd / (double)C;
        }
        for (size_t c = 0; c < C; c++) {
            double e = (double)dy[c] * (left_out & NO_WEIGHT ? 1 : (double)w[c]);
            r->in[0]->grad[row + c] = (real)(rstd * (e - mean_e - ((double)x[c] - m) * rstd * mean_exhat));
        }
    }
    give(y, r);
}

static void layernorm_no_mean(Tensor *y)
{
    layernorm_without(y, NO_MEAN);
}

static void layernorm_no_variance(Tensor *y)
{
    layernorm_without(y, NO_VARIANCE);
}

static void layernorm_no_eps(Tensor *y)
{
    layernorm_without(y, NO_EPS);
}

static void layernorm_no_weight(Tensor *y)
{
    layernorm_without(y, NO_WEIGHT);
}

/* dw = sum dy x, as if x were xhat */
static void layernorm_weight_of_x(Tensor *y)
{
    Tensor *r = right(y);
    size_t C = (size_t)mm_last(y->shape);
    for (size_t c = 0; c < C && r->in[1]->grad; c++) {
        r->in[1]->grad[c] = 0;
        for (size_t k = c; k < y->n; k += C) {
            r->in[1]->grad[c] += y->grad[k] * y->in[0]->data[k];
        }
    }
    give(y, r);
}

/* ---- batchnorm: saved holds the mean and r of each channel ---- */

/* dx = w r dy: right in evaluation, where mean and variance are constants */
static void batchnorm_constants(Tensor *y)
{
    Tensor *r = right(y);
    size_t C = (size_t)y->shape.d[1], P = (size_t)y->shape.d[2] * (size_t)y->shape.d[3];
    for (size_t k = 0; k < y->n && r->in[0]->grad; k++) {
        size_t c = k / P % C;
        r->in[0]->grad[k] = y->in[1]->data[c] * y->saved[C + c] * y->grad[k];
    }
    give(y, r);
}

/* The statistics' gradient as of one picture's numbers, not of the whole batch's. */
static void batchnorm_per_picture(Tensor *y)
{
    size_t B = (size_t)y->shape.d[0], picture = y->n / B;
    Tensor *r = right(y);
    for (size_t k = 0; k < y->n && r->in[0]->grad; k++) {
        r->in[0]->grad[k] = 0;
    }
    for (size_t b = 0; b < B && r->in[0]->grad; b++) {
        Tensor *one = copy_of(y);
        one->grad = zeros(y, y->n);
        for (size_t k = b * picture; k < (b + 1) * picture; k++) {
            one->grad[k] = y->grad[k];
        }
        run(one);
        for (size_t k = b * picture; k < (b + 1) * picture; k++) {
            r->in[0]->grad[k] = one->in[0]->grad[k];
        }
    }
    give(y, r);
}

static void batchnorm_relu_ignored(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->data = zeros(y, y->n);
    for (size_t k = 0; k < y->n; k++) {
        r->data[k] = 1;
    }
    give(y, run(r));
}

static void batchnorm_bias_averaged(Tensor *y)
{
    Tensor *r = right(y);
    for (size_t c = 0; c < y->in[2]->n && r->in[2]->grad; c++) {
        r->in[2]->grad[c] /= (real)y->shape.d[0];
    }
    give(y, r);
}

/* ---- l2norm ---- */

static void l2norm_wrong(Tensor *y, bool projection, bool eps)
{
    size_t C = (size_t)mm_last(y->shape);
    for (size_t row = 0; row < y->n; row += C) {
        double squares = eps ? (double)*(const real *)y->attr : 0, dot = 0;
        for (size_t c = row; c < row + C; c++) {
            squares += (double)y->in[0]->data[c] * (double)y->in[0]->data[c];
        }
        double s = 1 / sqrt(squares);
        for (size_t c = row; c < row + C && projection; c++) {
            dot += (double)y->grad[c] * s * (double)y->in[0]->data[c];
        }
        for (size_t c = row; c < row + C; c++) {
            mm_grad(y->in[0])[c] += (real)(s * ((double)y->grad[c] - s * (double)y->in[0]->data[c] * dot));
        }
    }
}

static void l2norm_no_projection(Tensor *y)
{
    l2norm_wrong(y, false, true);
}

static void l2norm_no_eps(Tensor *y)
{
    l2norm_wrong(y, true, false);
}

static void l2norm_no_scale(Tensor *y)
{
    Tensor *r = right(y);
    for (size_t k = 0; k < y->n; k++) {
        r->in[0]->grad[k] *= y->in[0]->data[k] / y->data[k];
    }
    give(y, r);
}

/* ---- cross_entropy: saved is p ---- */

static void cross_entropy_no_mean(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->grad = copied(y, (real[]){y->grad[0] * (real)y->in[0]->shape.d[0]}, 1);
    give(y, run(r));
}

/* dz = (a p - b t) / N, where t is what the right gradient takes from p */
static void cross_entropy_mix(Tensor *y, double a, double b)
{
    Tensor *r = right(y);
    double scale = (double)y->grad[0] / y->in[0]->shape.d[0];
    for (size_t k = 0; k < y->in[0]->n; k++) {
        double p = scale * (double)y->saved[k], t = p - (double)r->in[0]->grad[k];
        r->in[0]->grad[k] = (real)(a * p - b * t);
    }
    give(y, r);
}

static void cross_entropy_no_target(Tensor *y)
{
    cross_entropy_mix(y, 1, 0);
}

static void cross_entropy_no_prediction(Tensor *y)
{
    cross_entropy_mix(y, 0, 1);
}

/* The whole target on the class that has most of it. */
static void cross_entropy_no_smoothing(Tensor *y)
{
    Tensor *r = right(y);
    size_t K = (size_t)mm_last(y->in[0]->shape);
    double scale = (double)y->grad[0] / y->in[0]->shape.d[0];
    for (size_t row = 0; row < y->in[0]->n; row += K) {
        size_t best = row;
        double most = -1;
        for (size_t k = row; k < row + K; k++) {
            double t = (double)y->saved[k] - (double)r->in[0]->grad[k] / scale;
            best = t > most ? k : best;
            most = t > most ? t : most;
        }
        for (size_t k = row; k < row + K; k++) {
            r->in[0]->grad[k] = (real)(scale * ((double)y->saved[k] - (k == best)));
        }
    }
    give(y, r);
}

static void cross_entropy_upstream_ignored(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->grad = copied(y, (real[]){1}, 1);
    give(y, run(r));
}

const Mutant mutants_norms[] = {{"layernorm", "the term of the mean is missing", layernorm_no_mean},
                                {"layernorm", "the term of the variance is missing", layernorm_no_variance},
                                {"layernorm", "eps is missing", layernorm_no_eps},
                                {"layernorm", "the weight is missing in dx", layernorm_no_weight},
                                {"layernorm", "dw = sum dy x: x for xhat", layernorm_weight_of_x},
                                {"batchnorm", "in training too, mean and variance taken as constants", batchnorm_constants},
                                {"batchnorm", "means of the gradient over a picture, not the batch", batchnorm_per_picture},
                                {"batchnorm", "the relu's mask is ignored", batchnorm_relu_ignored},
                                {"batchnorm", "db averaged over the batch", batchnorm_bias_averaged},
                                {"l2norm", "the projection is missing: dx = s dy", l2norm_no_projection},
                                {"l2norm", "eps is missing", l2norm_no_eps},
                                {"l2norm", "1/|x| is missing", l2norm_no_scale},
                                {"cross_entropy", "1/N is missing", cross_entropy_no_mean},
                                {"cross_entropy", "dz = p / N: the target is missing", cross_entropy_no_target},
                                {"cross_entropy", "dz = -t / N: the prediction is missing", cross_entropy_no_prediction},
                                {"cross_entropy", "smoothing and soft targets are ignored", cross_entropy_no_smoothing},
                                {"cross_entropy", "the upstream gradient is taken for 1", cross_entropy_upstream_ignored},
                                {0}};
