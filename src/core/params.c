/* params.c: what a model learns. Named, so that a checkpoint is a dump of them. */
#include "mm/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Text {
    struct Text *next;
    char s[];
} Text;

struct Params {
    Tensor **p;
    int n, capacity;
    uint64_t seed;
    Text *names;
    FailHandler handler;
};

static void *take(Params *ps, size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!p) {
        mm_fail(ps->handler, "out of memory for parameters: %zu bytes", bytes);
    }
    return memset(p, 0, bytes);
}

Params *mm_params_new(uint64_t seed)
{
    Params *ps = calloc(1, sizeof *ps);
    if (!ps) {
        mm_fail((FailHandler){0}, "no memory for parameters");
    }
    ps->seed = seed;
    return ps;
}

void mm_params_free(Params *ps)
{
    if (!ps) {
        return;
    }
    for (int i = 0; i < ps->n; i++) {
        free(ps->p[i]->data);
        free(ps->p[i]->grad);
        free(ps->p[i]);
    }
    for (Text *t = ps->names, *next; t; t = next) {
        next = t->next;
        free(t);
    }
    free(ps->p);
    free(ps);
}

void mm_params_on_fail(Params *ps, FailHandler h)
{
    ps->handler = h;
}

FailHandler mm_params_handler(const Params *ps)
{
    return ps->handler;
}

const char *mm_name(Params *ps, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    Text *t = take(ps, sizeof *t + (size_t)length + 1);
    va_start(args, format);
    vsnprintf(t->s, (size_t)length + 1, format, args);
    va_end(args);
    t->next = ps->names;
    ps->names = t;
    return t->s;
}

static void initialise(Tensor *p, Init init, Rng rng)
{
    for (size_t i = 0; i < p->n; i++) {
        switch (init.kind) {
        case MM_ZERO: p->data[i] = 0; break;
        case MM_CONSTANT: p->data[i] = init.a; break;
        case MM_NORMAL: p->data[i] = init.a * (real)mm_normal(&rng); break;
        case MM_UNIFORM: p->data[i] = init.a * (real)(2 * mm_uniform(&rng) - 1); break;
        }
    }
}

Tensor *mm_param(Params *ps, const char *name, Shape shape, Init init)
{
    if (mm_params_find(ps, name)) {
        mm_fail(ps->handler, "two parameters named \"%s\"", name);
    }
    if (ps->n == ps->capacity) {
        ps->capacity = ps->capacity ? 2 * ps->capacity : 64;
        Tensor **p = realloc(ps->p, (size_t)ps->capacity * sizeof *p);
        if (!p) {
            mm_fail(ps->handler, "out of memory for %d parameters", ps->n);
        }
        ps->p = p;
    }
    Tensor *t = take(ps, sizeof *t);
    *t = (Tensor){.shape = shape, .n = mm_numel(shape), .needs_grad = true, .name = mm_name(ps, "%s", name), .id = -1};
    t->scope = t->site = "";
    t->data = take(ps, t->n * sizeof(real));
    t->grad = take(ps, t->n * sizeof(real));
    initialise(t, init, mm_rng(ps->seed, name));
    ps->p[ps->n++] = t;
    return t;
}

int mm_params_count(const Params *ps)
{
    return ps->n;
}

Tensor *mm_params_at(const Params *ps, int i)
{
    return ps->p[i];
}

Tensor *mm_params_find(const Params *ps, const char *name)
{
    for (int i = 0; i < ps->n; i++) {
        if (strcmp(ps->p[i]->name, name) == 0) {
            return ps->p[i];
        }
    }
    return NULL;
}

size_t mm_params_numel(const Params *ps)
{
    size_t n = 0;
    for (int i = 0; i < ps->n; i++) {
        n += ps->p[i]->n;
    }
    return n;
}

void mm_params_zero_grad(Params *ps)
{
    for (int i = 0; i < ps->n; i++) {
        memset(ps->p[i]->grad, 0, ps->p[i]->n * sizeof(real));
    }
}
