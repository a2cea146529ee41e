/* walk.c: from a picture to the root (Desai et al. 2023, section 4.4): a straight way; at each step, which text is nearest of all, or of all
 * that are above? */
#include "walk.h"
#include "io/memory.h"

#include <math.h>

enum { NEAREST = 16 }; /* stations that are asked whether they lie above, the nearest first */

/* The root of a flat space: the mean of all that there is. */
static void mean_direction(const Embedded *e, real *root)
{
    for (int i = 0; i < e->n; i++) {
        const real *row[] = {e->image + (size_t)i * (size_t)e->width, e->text[EN] + (size_t)i * (size_t)e->width};
        for (int k = 0; k < 2; k++) {
            double length = sqrt(mm_sum_squares(row[k], (size_t)e->width));
            for (int d = 0; d < e->width && length > 0; d++) {
                root[d] += (real)((double)row[k][d] / length);
            }
        }
    }
}

Stations stations_new(const Model *m, const Set *s, const Embedded *e)
{
    Stations t = {.names = e->n, .n = e->n, .width = e->width};
    size_t width = (size_t)e->width;
    for (int k = 0; k < LEVELS; k++) {
        t.of_level[k] = s->level[k].classes[EN].n;
        t.n += t.of_level[k];
    }
    t.text = mm_take((size_t)(t.n + 1) * width, sizeof *t.text);
    memcpy(t.text, e->text[EN], (size_t)e->n * width * sizeof *t.text);
    for (int k = 0; k < LEVELS; k++) {
        int at;
        real *x = embed_classes(m, s, k, EN, &at);
        memcpy(t.text + (size_t)station_of_class(&t, k, 0) * width, x, (size_t)t.of_level[k] * width * sizeof *x);
        free(x);
    }
    if (!m->curvature) {
        mean_direction(e, t.text + (size_t)t.n * width);
    } /* otherwise the origin, where it is already */
    return t;
}

void stations_free(Stations *t)
{
    free(t->text);
    *t = (Stations){0};
}

int station_of_class(const Stations *t, int level, int class)
{
    return t->names + (level == GROUP ? t->of_level[SUBGROUP] : 0) + class;
}

const char *station_name(const Stations *t, const Set *s, const Embedded *e, int station)
{
    if (station >= t->n) {
        return "[root]";
    }
    if (station < t->names) {
        return set_name(s, e->concept[station], EN);
    }
    int class = station - t->names, subgroup = class < t->of_level[SUBGROUP];
    return set_class(s, subgroup ? SUBGROUP : GROUP, subgroup ? class : class - t->of_level[SUBGROUP]);
}

/* The point that has gone this part of the way. In hyperbolic space the distance from the origin shrinks, and the space part with
 * its sinh; in a flat one, directions are mixed. */
static void step_up(const Model *m, const real *x, const real *root, int width, double part, real *point)
{
    double length = sqrt(mm_sum_squares(x, (size_t)width)), to_root = sqrt(mm_sum_squares(root, (size_t)width));
    double root_c = m->curvature ? sqrt(exp((double)m->curvature->data[0])) : 0;
    for (int d = 0; d < width; d++) {
        point[d] = (real)(m->curvature ? (double)x[d] * sinh((1 - part) * asinh(root_c * length)) / (root_c * length)
                                       : (1 - part) * (double)x[d] / length + part * (double)root[d] / to_root);
    }
}

/* The NEAREST best of n scores, the best first. */
static void best_few(const real *row, int n, int *best)
{
    int found = 0;
    for (int j = 0; j < n; j++) {
        int at = found < NEAREST ? found++ : NEAREST - 1;
        if (at == NEAREST - 1 && found == NEAREST && j >= NEAREST && !(row[j] > row[best[at]])) {
            continue;
        }
        for (; at > 0 && row[j] > row[best[at - 1]]; at--) {
            best[at] = best[at - 1];
        }
        best[at] = j;
    }
}

/* Which of the pairs (point, one of its best stations) have the station above the point. */
static bool *which_above(const Model *m, const Stations *t, const real *point, const int *best, int points, bool cones)
{
    size_t pairs = (size_t)points * NEAREST, width = (size_t)t->width;
    bool *above = mm_take(pairs, sizeof *above);
    Graph *g = mm_graph_new(1);
    mm_graph_record(g, false);
    Tensor *high = mm_input(g, MM_SHAPE((int)pairs, t->width), NULL), *low = mm_input(g, MM_SHAPE((int)pairs, t->width), NULL);
    for (size_t i = 0; i < pairs; i++) {
        memcpy(high->data + i * width, t->text + (size_t)best[i] * width, width * sizeof(real));
        memcpy(low->data + i * width, point + i / NEAREST * width, width * sizeof(real));
    }
    Tensor *outside = cones && m->method->outside ? m->method->outside(g, m, high, low) : NULL; /* (pairs) */
    for (size_t i = 0; i < pairs; i++) {
        above[i] = !outside || best[i] == t->n || outside->data[i] <= 0;
    }
    mm_graph_free(g);
    return above;
}

/* Adds to own and other of one kind how many of these texts' cones hold a picture; right: which of them is what it is. */
static void count_holding(const Model *m, const real *text, int texts, const real *picture, int width, int right, double *own,
                          double *other)
{
    size_t row = (size_t)width;
    Graph *g = mm_graph_inference(1);
    Tensor *low = mm_input(g, MM_SHAPE(texts, width), NULL);
    for (int k = 0; k < texts; k++) {
        memcpy(low->data + (size_t)k * row, picture, row * sizeof *picture);
    }
    Tensor *outside = m->method->outside(g, m, mm_input(g, MM_SHAPE(texts, width), text), low); /* (texts) */
    for (int k = 0; k < texts; k++) {
        bool held = outside->data[k] <= 0;
        *own += k == right && held;
        *other += k != right && held ? 1.0 / (texts - 1) : 0;
    }
    mm_graph_free(g);
}

Cones count_cones(const Model *m, const Set *s, const Embedded *e, const Stations *t)
{
    Cones c = {0};
    int count[2] = {0};
    for (int i = 0; i < e->n; i++) {
        int u = e->unseen[i];
        count[u]++;
        for (int k = 0; k < KINDS; k++) {
            int first = k == OF_NAME ? 0 : station_of_class(t, k, 0), texts = k == OF_NAME ? t->names : t->of_level[k];
            count_holding(m, t->text + (size_t)first * (size_t)t->width, texts, e->image + (size_t)i * (size_t)e->width, e->width,
                          k == OF_NAME ? i : s->level[k].of[e->concept[i]], &c.own[k][u], &c.other[k][u]);
        }
    }
    for (int k = 0; k < KINDS; k++) {
        for (int u = 0; u < 2; u++) {
            c.own[k][u] /= count[u];
            c.other[k][u] /= count[u];
        }
    }
    return c;
}

int *walk_up(const Model *m, const Stations *t, const real *image, int pictures, int steps, bool cones)
{
    size_t width = (size_t)t->width, n = (size_t)pictures;
    int *way = mm_take(n * (size_t)steps, sizeof *way), *best = mm_take(n * NEAREST, sizeof *best);
    real *point = mm_take(n * width, sizeof *point);
    for (int step = 0; step < steps; step++) {
        for (size_t i = 0; i < n; i++) {
            step_up(m, image + i * width, t->text + (size_t)t->n * width, t->width, (double)step / (steps - 1),
                    point + i * width);
        }
        real *scores = score_all(m, point, pictures, t->width, t->text, t->n + 1, t->width);
        for (size_t i = 0; i < n; i++) {
            best_few(scores + i * (size_t)(t->n + 1), t->n + 1, best + i * NEAREST);
        }
        bool *above = which_above(m, t, point, best, pictures, cones);
        for (size_t i = 0; i < n; i++) {
            int station = t->n;
            for (int k = NEAREST - 1; k >= 0; k--) {
                station = above[i * NEAREST + (size_t)k] ? best[i * NEAREST + (size_t)k] : station;
            }
            way[i * (size_t)steps + (size_t)step] = station;
        }
        free(scores);
        free(above);
    }
    free(best);
    free(point);
    return way;
}
