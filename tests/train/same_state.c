/* same_state.c: `same_state A B TOLERANCE`: how far two training states are apart: the largest difference of a loss, and of a parameter, each
 * as a part of the largest of its kind. */
#include "mm/io.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static real *read_all(const SafeFile *f, const SafeTensor *t)
{
    Error err;
    real *x = calloc(t->n + 1, sizeof *x);
    if (!x || !mm_safe_read(f, t, x, &err)) {
        fprintf(stderr, "%s\n", x ? err.text : "no memory");
        exit(2);
    }
    return x;
}

/* Notes the largest difference and the largest number. NaN beside NaN, what was not measured, is no difference. */
static void compare(const real *a, const real *b, size_t n, size_t stride, double *apart, double *largest)
{
    for (size_t i = 0; i < n; i += stride) {
        double d = fabs((double)a[i] - (double)b[i]);
        *apart = d > *apart || isnan(d) ? d : *apart;
        *largest = fmax(*largest, fabs((double)a[i]));
    }
}

int main(int argc, char **argv)
{
    Error err;
    SafeFile *a = argc == 4 ? mm_safe_open(argv[1], &err) : NULL, *b = a ? mm_safe_open(argv[2], &err) : NULL;
    if (!b) {
        fprintf(stderr, "%s\n", argc == 4 ? err.text : "same_state A B TOLERANCE");
        return 2;
    }
    double apart[2] = {0}, largest[2] = {0};
    for (int i = 0; i < mm_safe_count(a); i++) {
        const SafeTensor *x = mm_safe_at(a, i), *y = mm_safe_find(b, x->name);
        bool history = strcmp(x->name, "history") == 0, parameter = strncmp(x->name, "params.", 7) == 0;
        if (!y || !mm_shape_equal(x->shape, y->shape)) {
            fprintf(stderr, "%s: no %s of the same shape\n", argv[2], x->name);
            return 2;
        }
        if (history || parameter) {
            real *p = read_all(a, x), *q = read_all(b, y);
            compare(p, q, x->n, history ? (size_t)mm_last(x->shape) : 1, &apart[parameter], &largest[parameter]);
            free(p);
            free(q);
        }
    }
    mm_safe_close(a);
    mm_safe_close(b);
    double loss = apart[0] / largest[0], parameters = apart[1] / largest[1];
    printf("loss %.1e, parameters %.1e\n", loss, parameters);
    return loss <= atof(argv[3]) && parameters <= atof(argv[3]) ? 0 : 1;
}
