/* byhand.c: see byhand.h for the equations. */
#include "byhand.h"

#include <math.h>
#include <stdlib.h>

/* ---- matrices ---- */

Matrix matrix_new(int rows, int columns)
{
    Matrix m = {rows, columns, calloc((size_t)rows * (size_t)columns + 1, sizeof(double))};
    if (!m.at) {
        mm_fail((FailHandler){0}, "out of memory for a matrix of %d x %d", rows, columns);
    }
    return m;
}

Matrix matrix_of(const Tensor *t, const real *numbers, bool turned)
{
    int rows = (int)mm_rows(t->shape), columns = mm_last(t->shape);
    Matrix m = turned ? matrix_new(columns, rows) : matrix_new(rows, columns);
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            m.at[turned ? c * rows + r : r * columns + c] = (double)numbers[r * columns + c];
        }
    }
    return m;
}

void matrix_free(Matrix *m)
{
    free(m->at);
    *m = (Matrix){0};
}

double matrix_difference(Matrix a, Matrix b)
{
    double most = 0;
    for (int i = 0; i < a.rows * a.columns; i++) {
        double d = fabs(a.at[i] - b.at[i]);
        most = d <= most ? most : isnan(d) ? INFINITY : d;
    }
    return most;
}

double matrix_largest(Matrix a)
{
    double most = 0;
    for (int i = 0; i < a.rows * a.columns; i++) {
        most = fmax(most, fabs(a.at[i]));
    }
    return most;
}

static Matrix transposed(Matrix a)
{
    Matrix t = matrix_new(a.columns, a.rows);
    for (int r = 0; r < a.rows; r++) {
        for (int c = 0; c < a.columns; c++) {
            t.at[c * a.rows + r] = a.at[r * a.columns + c];
        }
    }
    return t;
}

static Matrix product(Matrix a, Matrix b) /* A B */
{
    Matrix y = matrix_new(a.rows, b.columns);
    for (int r = 0; r < a.rows; r++) {
        for (int k = 0; k < a.columns; k++) {
            for (int c = 0; c < b.columns; c++) {
                y.at[r * b.columns + c] += a.at[r * a.columns + k] * b.at[k * b.columns + c];
            }
        }
    }
    return y;
}

static Matrix product_tn(Matrix a, Matrix b) /* A^T B */
{
    Matrix t = transposed(a), y = product(t, b);
    matrix_free(&t);
    return y;
}

static Matrix product_nt(Matrix a, Matrix b) /* A B^T */
{
    Matrix t = transposed(b), y = product(a, t);
    matrix_free(&t);
    return y;
}

static Matrix times(Matrix a, double factor)
{
    Matrix y = matrix_new(a.rows, a.columns);
    for (int i = 0; i < a.rows * a.columns; i++) {
        y.at[i] = factor * a.at[i];
    }
    return y;
}

/* region dot */
static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}
/* end dot */

/* ---- forward ---- */

static Side project(Matrix f, Matrix w)
{
    Side side = {.f = f, .w = w, .e = product(f, w)};
    side.unit = matrix_new(side.e.rows, side.e.columns);
    int D = side.e.columns;
    for (int i = 0; i < side.e.rows; i++) {
        const double *e = side.e.at + i * D;
        double length = sqrt(dot(e, e, D));
        for (int d = 0; d < D; d++) {
            side.unit.at[i * D + d] = e[d] / length;
        }
    }
    return side;
}

static Matrix softmax_rows(Matrix z)
{
    Matrix p = matrix_new(z.rows, z.columns);
    for (int r = 0; r < z.rows; r++) {
        const double *in = z.at + r * z.columns;
        double *out = p.at + r * z.columns, most = in[0], sum = 0;
        for (int c = 1; c < z.columns; c++) {
            most = fmax(most, in[c]);
        }
        for (int c = 0; c < z.columns; c++) {
            sum += out[c] = exp(in[c] - most);
        }
        for (int c = 0; c < z.columns; c++) {
            out[c] /= sum;
        }
    }
    return p;
}

/* The softmax of a column of Z is that of a row of Z^T; Q is laid out as Z is. */
static Matrix softmax_columns(Matrix z)
{
    Matrix t = transposed(z), p = softmax_rows(t), q = transposed(p);
    matrix_free(&t);
    matrix_free(&p);
    return q;
}

/* The mean over the pairs of -ln p_ii. */
static double cross_entropy(Matrix p)
{
    double sum = 0;
    for (int i = 0; i < p.rows; i++) {
        sum -= log(p.at[i * p.columns + i]);
    }
    return sum / p.rows;
}

/* ---- backward ---- */

/* dL/dZ = (P + Q - 2 1) / 2N: what is predicted less what is wanted, in both directions. */
static Matrix d_logits(Matrix p, Matrix q)
{
    /* region d_logits */
    int N = p.rows;
    Matrix d = matrix_new(N, N);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            d.at[i * N + j] = (p.at[i * N + j] + q.at[i * N + j] - 2 * (i == j)) / (2 * N);
        }
    }
    return d;
    /* end d_logits */
}

/* [clip_logit_scale] Z = e^s S, so dZ/ds = Z, and dL/ds = sum_ij dL/dZ_ij Z_ij. */
static double d_logit_scale(Matrix d_z, Matrix z)
{
    /* region d_logit_scale */
    return dot(d_z.at, z.at, z.rows * z.columns);
    /* end d_logit_scale */
}

/* From the gradient of I (or T) to those of E, W and F. */
static void project_backward(Side *side)
{
    int D = side->e.columns;
    side->d_e = matrix_new(side->e.rows, D);
    for (int i = 0; i < side->e.rows; i++) {
        const double *e = side->e.at + i * D, *unit = side->unit.at + i * D, *d_unit = side->d_unit.at + i * D;
        double length = sqrt(dot(e, e, D)), along = dot(d_unit, unit, D);
        for (int d = 0; d < D; d++) {
            side->d_e.at[i * D + d] = (d_unit[d] - along * unit[d]) / length;
        }
    }
    side->d_w = product_tn(side->f, side->d_e);
    side->d_f = product_nt(side->d_e, side->w);
}

ByHand by_hand(Matrix image_f, Matrix image_w, Matrix text_f, Matrix text_w, double s)
{
    ByHand h = {.n = image_f.rows, .image = project(image_f, image_w), .text = project(text_f, text_w), .s = matrix_new(1, 1)};
    h.s.at[0] = s;
    h.S = product_nt(h.image.unit, h.text.unit);
    h.Z = times(h.S, exp(s));
    h.P = softmax_rows(h.Z);
    h.Q = softmax_columns(h.Z);
    h.image_to_text = cross_entropy(h.P);
    h.text_to_image = cross_entropy(h.Q);
    h.loss = (h.image_to_text + h.text_to_image) / 2;

    h.d_Z = d_logits(h.P, h.Q);
    h.d_s = matrix_new(1, 1);
    h.d_s.at[0] = d_logit_scale(h.d_Z, h.Z);
    h.d_S = times(h.d_Z, exp(s));
    h.image.d_unit = product(h.d_S, h.text.unit);
    h.text.d_unit = product_tn(h.d_S, h.image.unit);
    project_backward(&h.image);
    project_backward(&h.text);
    return h;
}

static void side_free(Side *side)
{
    Matrix *all[] = {&side->f, &side->w, &side->e, &side->unit, &side->d_f, &side->d_w, &side->d_e, &side->d_unit};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        matrix_free(all[i]);
    }
}

void by_hand_free(ByHand *h)
{
    Matrix *all[] = {&h->s, &h->S, &h->Z, &h->P, &h->Q, &h->d_s, &h->d_S, &h->d_Z};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        matrix_free(all[i]);
    }
    side_free(&h->image);
    side_free(&h->text);
}
