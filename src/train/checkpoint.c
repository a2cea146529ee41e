/* checkpoint.c: the state of a run that goes on later. */
#include "mm/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef MM_DOUBLE
static const Dtype stored = MM_F64;
#else
static const Dtype stored = MM_F32;
#endif

typedef struct Arrays {
    SafeArray *at;
    char **name; /* owned */
    int n;
} Arrays;

static void add(Arrays *a, const char *prefix, const char *name, Dtype dtype, Shape shape, const void *data)
{
    size_t length = strlen(prefix) + strlen(name) + 1;
    a->at = realloc(a->at, (size_t)(a->n + 1) * sizeof *a->at);
    a->name = realloc(a->name, (size_t)(a->n + 1) * sizeof *a->name);
    char *full = malloc(length);
    if (!a->at || !a->name || !full) {
        mm_fail((FailHandler){0}, "out of memory while saving");
    }
    snprintf(full, length, "%s%s", prefix, name);
    a->name[a->n] = full;
    a->at[a->n++] = (SafeArray){full, dtype, shape, data};
}

static void add_params(Arrays *a, const char *prefix, const Params *ps)
{
    for (int i = 0; i < mm_params_count(ps); i++) {
        const Tensor *p = mm_params_at(ps, i);
        add(a, prefix, p->name, stored, p->shape, p->data);
    }
}

static void free_arrays(Arrays *a)
{
    for (int i = 0; i < a->n; i++) {
        free(a->name[i]);
    }
    free(a->name);
    free(a->at);
}

bool mm_state_save(const TrainState *s, const char *path, const char *run, Error *err)
{
    Arrays a = {0};
    int64_t steps = mm_optimizer_steps(s->opt);
    const OptimizerKind *kind = mm_optimizer_kind(s->opt);
    add_params(&a, "params.", s->params);
    for (int i = 0; i < mm_params_count(s->params); i++) {
        const Tensor *p = mm_params_at(s->params, i);
        for (int k = 0; k < MM_MAX_STATES && kind->state[k] && p->needs_grad; k++) {
            char prefix[64];
            snprintf(prefix, sizeof prefix, "%s.", kind->state[k]);
            add(&a, prefix, p->name, stored, p->shape, mm_optimizer_state(s->opt, i, k));
        }
    }
    add(&a, "", "steps", MM_I64, MM_SHAPE(1), &steps);
    real *history = malloc(((size_t)steps * (size_t)s->columns + 1) * sizeof *history);
    if (!history) {
        mm_fail((FailHandler){0}, "out of memory while saving");
    }
    for (size_t i = 0; i < (size_t)steps * (size_t)s->columns; i++) {
        history[i] = s->history[i];
    }
    add(&a, "", "history", MM_F32, MM_SHAPE((int)steps, s->columns), history);
    const char *const metadata[] = {"format", "multimodal.c training state", "run", run, "optimizer", kind->name, NULL};
    bool ok = mm_safe_write(path, a.at, a.n, metadata, err);
    free(history);
    free_arrays(&a);
    return ok;
}

static bool read_steps(TrainState *s, int64_t most, const SafeFile *f, const char *path, Error *err)
{
    const SafeTensor *steps = mm_safe_find(f, "steps"), *history = mm_safe_find(f, "history");
    int64_t n = -1;
    if (!steps || steps->n != 1 || !history) {
        return mm_error(err, "%s: not a training state: no \"steps\" or no \"history\"", path);
    }
    if (!mm_safe_read_i64(f, steps, &n, err)) {
        return false;
    }
    if (n < 0 || n > most || history->n != (size_t)n * (size_t)s->columns) {
        return mm_error(err, "%s: %lld steps and a history of %zu numbers do not belong to this run of %lld steps", path,
                        (long long)n, history->n, (long long)most);
    }
    real *numbers = malloc((history->n + 1) * sizeof *numbers);
    bool ok = numbers && mm_safe_read(f, history, numbers, err);
    for (size_t i = 0; ok && i < history->n; i++) {
        s->history[i] = (float)numbers[i];
    }
    free(numbers);
    mm_optimizer_set_steps(s->opt, n);
    return ok;
}

static bool read_optimizer(TrainState *s, const SafeFile *f, const char *path, Error *err)
{
    const OptimizerKind *kind = mm_optimizer_kind(s->opt);
    const char *written = mm_safe_metadata(f, "optimizer");
    if (!written || strcmp(written, kind->name) != 0) {
        return mm_error(err, "%s: written by a run of the optimiser %s; this one is %s", path, written ? written : "(not said)",
                        kind->name);
    }
    for (int i = 0; i < mm_params_count(s->params); i++) {
        const Tensor *p = mm_params_at(s->params, i);
        for (int k = 0; k < MM_MAX_STATES && kind->state[k] && p->needs_grad; k++) {
            char name[512];
            snprintf(name, sizeof name, "%s.%s", kind->state[k], p->name);
            const SafeTensor *t = mm_safe_find(f, name);
            if (!t || !mm_shape_equal(t->shape, p->shape)) {
                return mm_error(err, "%s: %s is missing or of another shape", path, name);
            }
            if (!mm_safe_read(f, t, mm_optimizer_state(s->opt, i, k), err)) {
                return false;
            }
        }
    }
    return true;
}

bool mm_state_load(TrainState *s, int64_t most_steps, const char *path, const char *run, Error *err)
{
    SafeFile *f = mm_safe_open(path, err);
    if (!f) {
        return false;
    }
    const char *written = mm_safe_metadata(f, "run");
    bool ok = written && strcmp(written, run) == 0;
    if (!ok) {
        mm_error(err, "%s was written by another run and cannot go on with these options\n  then: %s\n  now:  %s", path,
                 written ? written : "(not said)", run);
    }
    ok = ok && mm_params_load_named(s->params, f, &(Naming){.prefix = "params.", .partial = true}, err);
    ok = ok && read_optimizer(s, f, path, err) && read_steps(s, most_steps, f, path, err);
    mm_safe_close(f);
    return ok;
}
