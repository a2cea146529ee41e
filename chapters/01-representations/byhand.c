/* byhand.c: formulas as they stand on the page. */
#include "byhand.h"

#include <math.h>

static double dot(const double a[DIMS], const double b[DIMS])
{
    return a[0] * b[0] + a[1] * b[1];
}

void hand_cosines(Points image, Points text, Table s)
{
    for (int i = 0; i < PAIRS; i++) {
        for (int j = 0; j < PAIRS; j++) {
            s[i][j] = dot(image[i], text[j]) / sqrt(dot(image[i], image[i]) * dot(text[j], text[j]));
        }
    }
}

/* -(ln p_row + ln p_column) / 2, the mean over the pairs */
double hand_contrastive(Table s, double scale)
{
    double loss = 0;
    for (int i = 0; i < PAIRS; i++) {
        double row = 0, column = 0;
        for (int j = 0; j < PAIRS; j++) {
            row += exp(scale * s[i][j]);
            column += exp(scale * s[j][i]);
        }
        loss += (log(row) + log(column) - 2 * scale * s[i][i]) / (2 * PAIRS);
    }
    return loss;
}

/* One violation [margin + s_wrong - s_right]+, if it counts: 1 to the gradient of the wrong one, -1 to that of the right one. */
static double violation(Table s, double margin, int i, int j, int right)
{
    return i == j ? 0 : fmax(0, margin + s[i][j] - s[right][right]);
}

double hand_ranking(Table s, double margin, int hardest, Table ds)
{
    double loss = 0;
    for (int i = 0; i < PAIRS * PAIRS; i++) {
        ds[i / PAIRS][i % PAIRS] = 0;
    }
    for (int way = 0; way < 2; way++) { /* rows: a picture among texts; columns: a text among pictures */
        for (int i = 0; i < PAIRS; i++) {
            double most = 0;
            for (int j = 0; j < PAIRS; j++) {
                most = fmax(most, way ? violation(s, margin, j, i, i) : violation(s, margin, i, j, i));
            }
            for (int j = 0; j < PAIRS; j++) {
                double v = way ? violation(s, margin, j, i, i) : violation(s, margin, i, j, i);
                if (v > 0 && (!hardest || v == most)) {
                    loss += v;
                    ds[way ? j : i][way ? i : j] += 1;
                    ds[i][i] -= 1;
                }
            }
        }
    }
    return loss;
}

double hand_devise(Table s, double margin)
{
    double loss = 0;
    for (int i = 0; i < PAIRS; i++) {
        for (int j = 0; j < PAIRS; j++) {
            loss += violation(s, margin, i, j, i) / PAIRS;
        }
    }
    return loss;
}

void hand_order(Points image, Points text, Table energy)
{
    for (int i = 0; i < PAIRS; i++) {
        for (int j = 0; j < PAIRS; j++) {
            energy[i][j] = 0;
            for (int d = 0; d < DIMS; d++) {
                energy[i][j] += pow(fmax(0, text[j][d] - image[i][d]), 2);
            }
        }
    }
}

/* ---- DCCA: in two dimensions roots of matrices have closed forms ---- */

typedef double Square[2][2];

static void product(Square a, Square b, Square c)
{
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            c[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j];
        }
    }
}

static double determinant(Square a)
{
    return a[0][0] * a[1][1] - a[0][1] * a[1][0];
}

static void centre(Points x, Points centred)
{
    for (int d = 0; d < DIMS; d++) {
        double mean = (x[0][d] + x[1][d] + x[2][d]) / PAIRS;
        for (int i = 0; i < PAIRS; i++) {
            centred[i][d] = x[i][d] - mean;
        }
    }
}

static void covariance(Points a, Points b, double ridge, Square s)
{
    for (int i = 0; i < DIMS; i++) {
        for (int j = 0; j < DIMS; j++) {
            s[i][j] = i == j ? ridge : 0;
            for (int n = 0; n < PAIRS; n++) {
                s[i][j] += a[n][i] * b[n][j] / (PAIRS - 1);
            }
        }
    }
}

/* S^1/2 = (S + r I) / t with r = sqrt(det S), t = sqrt(tr S + 2 r); its inverse is that of a 2 x 2 matrix, of determinant r. */
static void inverse_root(Square s, Square root)
{
    double r = sqrt(determinant(s)), t = sqrt(s[0][0] + s[1][1] + 2 * r);
    root[0][0] = (s[1][1] + r) / (t * r);
    root[1][1] = (s[0][0] + r) / (t * r);
    root[0][1] = -s[0][1] / (t * r);
    root[1][0] = -s[1][0] / (t * r);
}

/* The sum of the singular values of a 2 x 2 matrix T: (a + b)^2 = a^2 + b^2 + 2 a b = |T|^2 + 2 |det T| */
double hand_dcca(Points image, Points text, double ridge)
{
    Points x, y;
    Square s11, s22, s12, r11, r22, half, t;
    centre(image, x);
    centre(text, y);
    covariance(x, x, ridge, s11);
    covariance(y, y, ridge, s22);
    covariance(x, y, 0, s12);
    inverse_root(s11, r11);
    inverse_root(s22, r22);
    product(r11, s12, half);
    product(half, r22, t);
    double squares = t[0][0] * t[0][0] + t[0][1] * t[0][1] + t[1][0] * t[1][0] + t[1][1] * t[1][1];
    return -sqrt(squares + 2 * fabs(determinant(t)));
}

/* ---- hyperbolic space of curvature -1: a point is (x, sqrt(1 + |x|^2)) ---- */

void hand_lift(Points x, Points lifted)
{
    for (int i = 0; i < PAIRS; i++) {
        double length = sqrt(dot(x[i], x[i]));
        for (int d = 0; d < DIMS; d++) {
            lifted[i][d] = sinh(length) * x[i][d] / length;
        }
    }
}

static double time_part(const double x[DIMS])
{
    return sqrt(1 + dot(x, x));
}

static double inner(const double x[DIMS], const double y[DIMS])
{
    return dot(x, y) - time_part(x) * time_part(y);
}

void hand_distance(Points x, Points y, Table d)
{
    for (int i = 0; i < PAIRS; i++) {
        for (int j = 0; j < PAIRS; j++) {
            d[i][j] = acosh(-inner(x[i], y[j]));
        }
    }
}

double hand_half_aperture(const double x[DIMS], double min_radius)
{
    return asin(fmin(1, 2 * min_radius / sqrt(dot(x, x))));
}

double hand_exterior_angle(const double x[DIMS], const double y[DIMS])
{
    double u = inner(x, y);
    return acos((time_part(y) + time_part(x) * u) / (sqrt(dot(x, x)) * sqrt(u * u - 1)));
}
