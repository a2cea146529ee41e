/* mutants.c: see mutants.h. */
#include "mutants.h"

#include <string.h>

const Op *const all_ops[] = {
#define MM_OP(name) &mm_op_##name,
#include "../../src/ops/ops.def"
#undef MM_OP
    NULL};

const Mutant *const mutant_tables[] = {
#define MUTANTS(name) mutants_##name,
#include "mutants.def"
#undef MUTANTS
    NULL};

const Op *find_op(const char *name)
{
    const Op *const *op = all_ops;
    while (*op && strcmp((*op)->name, name) != 0) {
        op++;
    }
    return *op;
}

int mistakes_of(const Op *op)
{
    int n = 0;
    for (int t = 0; mutant_tables[t]; t++) {
        for (const Mutant *m = mutant_tables[t]; m->op; m++) {
            n += m->mistake && strcmp(m->op, op->name) == 0;
        }
    }
    return n;
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
