/* fill.c: see fill.h. */
#include "fill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double lcg_draw(Lcg *lcg)
{
    lcg->x = 1664525u * lcg->x + 1013904223u;
    return lcg->x * 0x1p-32 - 0.5;
}

void lcg_fill(Lcg *lcg, real *x, size_t n, double scale)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = (real)(lcg_draw(lcg) * scale);
    }
}

int lcg_int(Lcg *lcg, int least, int count)
{
    return least + (int)((lcg_draw(lcg) + 0.5) * count);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(Tensor *const *)a)->name, (*(Tensor *const *)b)->name);
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcmp(name + length - tail, end) == 0;
}

static bool is_gain(const Tensor *p)
{
    return p->shape.rank == 1 && (ends_in(p->name, ".weight") || ends_in(p->name, ".running_var"));
}

int params_by_name(Params *ps, Tensor **sorted)
{
    int n = mm_params_count(ps);
    if (n > GOLDEN_PARAMS) {
        mm_fail((FailHandler){0}, "%d parameters, room for %d", n, GOLDEN_PARAMS);
    }
    for (int i = 0; i < n; i++) {
        sorted[i] = mm_params_at(ps, i);
    }
    qsort(sorted, (size_t)n, sizeof(Tensor *), by_name);
    return n;
}

void lcg_fill_param(Lcg *lcg, Tensor *p, double scale)
{
    lcg_fill(lcg, p->data, p->n, scale);
    for (size_t k = 0; k < p->n && is_gain(p); k++) {
        p->data[k] += 1;
    }
}

void lcg_fill_params(Lcg *lcg, Params *ps, double scale)
{
    Tensor *sorted[GOLDEN_PARAMS];
    int n = params_by_name(ps, sorted);
    for (int i = 0; i < n; i++) {
        Tensor *p = sorted[i];
        if (strcmp(p->name, "logit_scale") == 0) {
            *p->data = (real)log(1 / 0.07);
            continue;
        }
        lcg_fill_param(lcg, p, scale);
    }
}
