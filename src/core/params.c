/* params.c: what a model learns. Named, so that a checkpoint is a dump of them. */
#include "mm/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 1 << 21 };

typedef struct Kept {
    void *memory;
    size_t mapped; /* bytes from mmap; 0: it is from calloc */
} Kept;

struct Params {
    Tensor **p;
    int n, capacity;
    uint64_t seed;
    bool blank;
    Kept *kept; /* all memory that lives as long as the parameters */
    size_t n_kept, room_kept;
    FailHandler handler;
};

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
    for (size_t i = 0; i < ps->n_kept; i++) {
        if (ps->kept[i].mapped) {
            munmap(ps->kept[i].memory, ps->kept[i].mapped);
        } else {
            free(ps->kept[i].memory);
        }
    }
    free(ps->kept);
    free(ps->p);
    free(ps);
}

void mm_params_on_fail(Params *ps, FailHandler h)
{
    ps->handler = h;
}

void mm_params_blank(Params *ps, bool blank)
{
    ps->blank = blank;
}

FailHandler mm_params_handler(const Params *ps)
{
    return ps->handler;
}

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Zeros that take no memory until something is written to them. Whole huge pages where they fit: the first write to a page costs as much
 * as copying it, and there are 512 times fewer of them. */
static Kept map_zeros(size_t bytes)
{
    Kept k = {.mapped = bytes + HUGE_PAGE};
    k.memory = mmap(NULL, k.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (k.memory == MAP_FAILED) {
        return (Kept){0};
    }
    uintptr_t start = round_up((uintptr_t)k.memory, HUGE_PAGE);
    madvise((void *)start, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE); /* a wish; without it pages are small */
    return k;
}

/* Gradients and moments cost nothing in a program that only uses a model, since nothing is ever written to them. calloc would not always
 * do: memory that was used and given back before it must clear. */
void *mm_params_memory(Params *ps, size_t bytes)
{
    if (ps->n_kept == ps->room_kept) {
        ps->room_kept = ps->room_kept ? 2 * ps->room_kept : 256;
        Kept *kept = realloc(ps->kept, ps->room_kept * sizeof *kept);
        if (!kept) {
            mm_fail(ps->handler, "out of memory for the list of parameters");
        }
        ps->kept = kept;
    }
    bool large = bytes >= HUGE_PAGE;
    Kept k = large ? map_zeros(bytes) : (Kept){.memory = calloc(1, bytes + 63)};
    if (!k.memory) {
        mm_fail(ps->handler, "out of memory for parameters: %zu bytes", bytes);
    }
    ps->kept[ps->n_kept++] = k;
    return (void *)round_up((uintptr_t)k.memory, large ? HUGE_PAGE : 64);
}

const char *mm_name(Params *ps, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *name = mm_params_memory(ps, (size_t)length + 1);
    va_start(args, format);
    vsnprintf(name, (size_t)length + 1, format, args);
    va_end(args);
    return name;
}

static double truncated_normal(Rng *rng)
{
    double z = mm_normal(rng);
    while (z < -2 || z > 2) {
        z = mm_normal(rng);
    }
    return z;
}

static void initialise(Tensor *p, Init init, Rng rng)
{
    for (size_t i = 0; i < p->n; i++) {
        switch (init.kind) {
        case MM_ZERO: p->data[i] = 0; break;
        case MM_CONSTANT: p->data[i] = init.a; break;
        case MM_NORMAL: p->data[i] = init.a * (real)mm_normal(&rng); break;
        case MM_TRUNCATED: p->data[i] = init.a * (real)truncated_normal(&rng); break;
        case MM_UNIFORM: p->data[i] = init.a * (real)(2 * mm_uniform(&rng) - 1); break;
        }
    }
}

static Tensor *new_member(Params *ps, const char *name, Shape shape, bool learned)
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
    Tensor *t = mm_params_memory(ps, sizeof *t);
    *t = (Tensor){.shape = shape, .n = mm_numel(shape), .needs_grad = learned, .name = mm_name(ps, "%s", name), .id = -1};
    t->scope = t->site = "";
    t->data = mm_params_memory(ps, t->n * sizeof(real));
    t->grad = learned ? mm_params_memory(ps, t->n * sizeof(real)) : NULL;
    ps->p[ps->n++] = t;
    return t;
}

Tensor *mm_param(Params *ps, const char *name, Shape shape, Init init)
{
    Tensor *t = new_member(ps, name, shape, true);
    if (!ps->blank) {
        initialise(t, init, mm_rng(ps->seed, name));
    }
    return t;
}

Tensor *mm_buffer(Params *ps, const char *name, Shape shape, real value)
{
    Tensor *t = new_member(ps, name, shape, false);
    initialise(t, (Init){MM_CONSTANT, value}, (Rng){0});
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
        n += ps->p[i]->needs_grad ? ps->p[i]->n : 0;
    }
    return n;
}

void mm_params_zero_grad(Params *ps)
{
    for (int i = 0; i < ps->n; i++) {
        if (ps->p[i]->grad) {
            memset(ps->p[i]->grad, 0, ps->p[i]->n * sizeof(real));
        }
    }
}

int mm_params_freeze(Params *ps, const char *prefix)
{
    int n = 0;
    for (int i = 0; i < ps->n; i++) {
        bool learned = ps->p[i]->needs_grad && strncmp(ps->p[i]->name, prefix, strlen(prefix)) == 0;
        if (learned) {
            ps->p[i]->needs_grad = false;
            ps->p[i]->grad = NULL; /* its memory, untouched, takes none */
            n++;
        }
    }
    return n;
}
