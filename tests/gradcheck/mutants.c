/* mutants.c: the test of the gradient check. Plants mistakes in the backward of every op; each must be rejected, and each op's
 * right backward accepted. */
#include "mutants.h"

#include <stdlib.h>
#include <string.h>

#include "mm/inspect.h"

static const Op *const all_ops[] = {
#define MM_OP(name) &mm_op_##name,
#include "../../src/ops/ops.def"
#undef MM_OP
};
enum { OPS = sizeof all_ops / sizeof *all_ops };

const Op *find_op(const char *name)
{
    for (int i = 0; i < OPS; i++) {
        if (strcmp(all_ops[i]->name, name) == 0) {
            return all_ops[i];
        }
    }
    return NULL;
}

real *zeros(const Tensor *y, size_t n)
{
    return memset(mm_reals(y->graph, n), 0, n * sizeof(real));
}

real *copied(const Tensor *y, const real *x, size_t n)
{
    return memcpy(mm_reals(y->graph, n), x, n * sizeof *x);
}

Tensor *copy_of(Tensor *y)
{
    Tensor *copy = mm_arena(y->graph, sizeof *copy), *in = mm_arena(y->graph, (size_t)y->n_in * sizeof *in);
    *copy = *y;
    copy->in = mm_arena(y->graph, (size_t)y->n_in * sizeof *copy->in);
    for (int i = 0; i < y->n_in; i++) {
        in[i] = *y->in[i];
        in[i].grad = in[i].needs_grad ? zeros(y, in[i].n) : NULL;
        copy->in[i] = &in[i];
    }
    return copy;
}

Tensor *run(Tensor *copy)
{
    find_op(copy->op->name)->backward(copy);
    return copy;
}

Tensor *right(Tensor *y)
{
    return run(copy_of(y));
}

void give_only(Tensor *y, const Tensor *copy, int i)
{
    real *to = mm_grad(y->in[i]);
    for (size_t k = 0; k < y->in[i]->n && to; k++) {
        to[k] += copy->in[i]->grad[k];
    }
}

void give(Tensor *y, const Tensor *copy)
{
    for (int i = 0; i < y->n_in; i++) {
        give_only(y, copy, i);
    }
}

void give_slope(Tensor *y, double (*slope)(double x, double y, double dy))
{
    real *dx = mm_grad(y->in[0]);
    for (size_t k = 0; k < y->n; k++) {
        dx[k] += (real)(slope((double)y->in[0]->data[k], (double)y->data[k], (double)y->grad[k]) * (double)y->grad[k]);
    }
}

/* No mistake: the detour by a copy must be accepted, or the mutants made with it would be rejected for its sake. */
static void detour(Tensor *y)
{
    give(y, right(y));
}

static bool accepts_right_backwards(void)
{
    bool ok = true;
    for (int i = 0; i < OPS; i++) {
        Gradcheck worst;
        if (!mm_gradcheck(all_ops[i], NULL, &worst) || !mm_gradcheck(all_ops[i], detour, &worst)) {
            printf("REJECTED THOUGH RIGHT  %s\n", worst.text);
            ok = false;
        }
    }
    return ok;
}

static bool try_mutant(const Op *op, const Mutant *m, int *killed, int *tried)
{
    Gradcheck worst;
    bool survives = mm_gradcheck(op, m->backward, &worst);
    if (!m->mistake) {
        return survives || printf("REJECTED THOUGH RIGHT  %s\n", worst.text) < 0;
    }
    printf("%-14s %-58s %8.1e%s\n", op->name, m->mistake, worst.error, survives ? "  SURVIVES" : "");
    *killed += !survives;
    (*tried)++;
    return true;
}

int main(void)
{
    const Mutant *const tables[] = {mutants_elementwise, mutants_products,  mutants_norms,     mutants_pictures,
                                    mutants_rows,        mutants_sequences, mutants_functions, mutants_reductions};
    int killed = 0, tried = 0, own[OPS] = {0};
    mm_set_threads(1); /* the inputs are small: threads would only wait for each other */
    bool ok = accepts_right_backwards();
    printf("%-14s %-58s %s\n", "op", "mistake", "largest error");
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (const Mutant *m = tables[t]; m->op; m++) {
            for (int i = 0; i < OPS; i++) {
                if (strcmp(all_ops[i]->name, m->op) == 0) {
                    ok = try_mutant(all_ops[i], m, &killed, &tried) && ok;
                    own[i] += m->mistake != NULL;
                }
            }
        }
    }
    for (int i = 0; i < OPS; i++) {
        for (const Mutant *m = mutants_any; m->backward; m++) {
            try_mutant(all_ops[i], m, &killed, &tried);
        }
        if (!own[i]) {
            printf("%s: no mistake of its own is planted\n", all_ops[i]->name);
            ok = false;
        }
    }
    printf("rejected %d of %d planted mistakes; tolerance %g\n", killed, tried, MM_GRADCHECK_TOLERANCE);
    return ok && killed == tried ? EXIT_SUCCESS : EXIT_FAILURE;
}
