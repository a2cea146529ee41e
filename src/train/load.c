/* load.c: parameters from a safetensors file, also from one whose tensors another program has named and laid out in its own way.
 *
 * Most of the time of loading a large model is that of moving its bytes once, from the file to where they stay. So the numbers are read
 * straight into the parameters, in pieces that a processor's cache holds while they are checked, by all threads. */
#include "io/memory.h"
#include "mm/train.h"

#include <math.h>
#include <stdarg.h>

enum { PIECE = 1 << 17, LIST = 280 };

/* ---- what does not fit ---- */

/* Names, as many as there is room for, and how many there are. */
typedef struct List {
    int n, shown;
    char text[LIST];
} List;

__attribute__((format(printf, 2, 3))) static void append(List *l, const char *format, ...)
{
    char one[LIST];
    va_list args;
    va_start(args, format);
    vsnprintf(one, sizeof one, format, args);
    va_end(args);
    size_t used = strlen(l->text);
    if (l->shown == l->n && used + strlen(one) + 3 < LIST) {
        stpcpy(stpcpy(l->text + used, used ? ", " : ""), one);
        l->shown++;
    }
    l->n++;
}

static void say(const List *l, const char *what, char *text, size_t room)
{
    size_t used = strlen(text);
    if (l->n > l->shown) {
        snprintf(text + used, room - used, "; %d %s: %s and %d more", l->n, what, l->text, l->n - l->shown);
    } else if (l->n > 0) {
        snprintf(text + used, room - used, "; %d %s: %s", l->n, what, l->text);
    }
}

/* ---- where each parameter comes from ---- */

static Origin origin_of(const Naming *n, const char *parameter)
{
    Origin own = {.n = 1}, o = own;
    snprintf(own.name[0], sizeof own.name[0], "%s", parameter);
    if (n->origin) {
        n->origin(parameter, &own);
    }
    o = own;
    for (int k = 0; k < o.n; k++) {
        snprintf(o.name[k], sizeof o.name[k], "%s%s", n->prefix ? n->prefix : "", own.name[k]);
    }
    return o;
}

/* The shape that each of an origin's tensors must have. */
static Shape part_shape(const Origin *o, Shape s)
{
    if (o->transposed) {
        return MM_SHAPE(s.d[1], s.d[0]);
    }
    if (o->n > 1) {
        s.d[0] /= o->n;
    }
    return s;
}

bool mm_naming_shape(const SafeFile *f, const Naming *n, const char *parameter, Shape *shape)
{
    Origin o = origin_of(n, parameter);
    const SafeTensor *t = mm_safe_find(f, o.name[0]);
    if (!t) {
        return false;
    }
    *shape = t->shape;
    if (o.transposed && shape->rank == 2) {
        *shape = MM_SHAPE(t->shape.d[1], t->shape.d[0]);
    } else if (o.n > 1 && shape->rank > 0) {
        shape->d[0] = t->shape.d[0] < (1 << 24) ? o.n * t->shape.d[0] : 0;
    }
    return true;
}

/* A run of numbers of one tensor of the file, and where they go. */
typedef struct Piece {
    const SafeTensor *from;
    size_t first, n;
    real *to;
    bool transposed;
} Piece;

typedef struct Plan {
    Piece *piece;
    size_t n, room;
} Plan;

static void add_pieces(Plan *p, const SafeTensor *t, real *to, bool transposed)
{
    size_t most = transposed ? t->n : PIECE;
    for (size_t first = 0; first < t->n; first += most) {
        if (p->n == p->room) {
            p->room = p->room ? 2 * p->room : 256;
            p->piece = mm_take_again(p->piece, p->room * sizeof *p->piece);
        }
        p->piece[p->n++] = (Piece){t, first, t->n - first < most ? t->n - first : most, to + first, transposed};
    }
}

typedef struct Fit {
    List missing, shaped, unexpected;
} Fit;

/* One tensor of the file, t, should be what `want` says. */
static bool suits(const SafeTensor *t, Shape want, Fit *fit)
{
    char have[MM_SHAPE_TEXT], model[MM_SHAPE_TEXT];
    if (t->dtype != MM_F32 && t->dtype != MM_F64 && t->dtype != MM_F16 && t->dtype != MM_BF16) {
        append(&fit->shaped, "%s is %s", t->name, mm_dtype_name(t->dtype));
        return false;
    }
    if (!mm_shape_equal(t->shape, want)) {
        append(&fit->shaped, "%s is %s in the file and %s in the model", t->name, mm_shape_text(t->shape, have),
               mm_shape_text(want, model));
        return false;
    }
    return true;
}

/* Finds the tensors of one parameter; `used` gets a mark for each. */
static void find(const Tensor *param, const SafeFile *f, const Naming *naming, Plan *p, bool *used, Fit *fit)
{
    Origin o = origin_of(naming, param->name);
    Shape want = part_shape(&o, param->shape);
    for (int k = 0; k < o.n; k++) {
        const SafeTensor *t = mm_safe_find(f, o.name[k]);
        if (!t) {
            append(&fit->missing, "%s", o.name[k]);
            continue;
        }
        used[t - mm_safe_at(f, 0)] = true;
        if (suits(t, want, fit)) {
            add_pieces(p, t, param->data + (size_t)k * t->n, o.transposed);
        }
    }
}

static bool plan(const Params *ps, const SafeFile *f, const Naming *naming, Plan *p, bool *used, Error *err)
{
    Fit fit = {0};
    for (int i = 0; i < mm_params_count(ps); i++) {
        find(mm_params_at(ps, i), f, naming, p, used, &fit);
    }
    for (int i = 0; i < mm_safe_count(f) && !naming->partial; i++) {
        const char *name = mm_safe_at(f, i)->name;
        if (!used[i] && !(naming->ignored && naming->ignored(name))) {
            append(&fit.unexpected, "%s", name);
        }
    }
    if (fit.missing.n + fit.shaped.n + fit.unexpected.n == 0) {
        return true;
    }
    char text[sizeof err->text] = "";
    say(&fit.missing, "missing", text, sizeof text);
    say(&fit.shaped, "of another shape or dtype", text, sizeof text);
    say(&fit.unexpected, "unexpected", text, sizeof text);
    return mm_error(err, "%s does not fit this model: %s", mm_safe_path(f), text + 2);
}

/* ---- reading ---- */

/* Index of the first number that is not finite; n if all are. */
static size_t first_wrong(const real *x, size_t n)
{
    int wrong = 0;
#pragma omp simd reduction(| : wrong)
    for (size_t i = 0; i < n; i++) {
        wrong |= !(x[i] - x[i] == 0); /* infinity less itself is NaN */
    }
    size_t i = wrong ? 0 : n;
    while (i < n && isfinite(x[i])) {
        i++;
    }
    return i;
}

static bool read_transposed(const SafeFile *f, const Piece *p, Error *err)
{
    int rows = p->from->shape.d[0], columns = p->from->shape.d[1];
    real *matrix = mm_take(p->n, sizeof *matrix);
    bool ok = mm_safe_read(f, p->from, matrix, err);
    for (int r = 0; ok && r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            p->to[(size_t)c * (size_t)rows + (size_t)r] = matrix[(size_t)r * (size_t)columns + (size_t)c];
        }
    }
    free(matrix);
    return ok;
}

static bool read_piece(const SafeFile *f, const Piece *p, Error *err)
{
    bool ok = p->transposed ? read_transposed(f, p, err) : mm_safe_read_part(f, p->from, p->first, p->n, p->to, err);
    size_t wrong = ok ? first_wrong(p->to, p->n) : p->n;
    return ok && (wrong == p->n || mm_error(err, "%s: %s: number %zu of %zu is %g: not a weight", mm_safe_path(f), p->from->name,
                                            p->first + wrong + 1, p->from->n, (double)p->to[wrong]));
}

/* Of several errors the one of the first piece, whatever the threads did. */
static bool read_pieces(const SafeFile *f, const Plan *p, Error *err)
{
    size_t failed = p->n;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < p->n; i++) {
        Error own;
        if (!read_piece(f, p->piece + i, &own)) {
#pragma omp critical
            if (i < failed) {
                failed = i;
                mm_error(err, "%s", own.text);
            }
        }
    }
    return failed == p->n;
}

bool mm_params_load_named(Params *ps, const SafeFile *f, const Naming *naming, Error *err)
{
    Plan p = {0};
    bool *used = mm_take((size_t)mm_safe_count(f), sizeof *used);
    bool ok = plan(ps, f, naming, &p, used, err) && read_pieces(f, &p, err);
    free(used);
    free(p.piece);
    return ok;
}

bool mm_params_load(Params *ps, const char *path, Error *err)
{
    SafeFile *f = mm_safe_open(path, err);
    bool ok = f && mm_params_load_named(ps, f, &(Naming){0}, err);
    mm_safe_close(f);
    return ok;
}

/* ---- writing ---- */

typedef struct Arrays {
    SafeArray *at;
    char (*name)[MM_NAME_ROOM];
    real **copy; /* of what is stored transposed; else NULL */
    int n;
} Arrays;

static real *transpose(const Tensor *p)
{
    int rows = p->shape.d[0], columns = p->shape.d[1];
    real *to = mm_take(p->n, sizeof *to);
    for (int c = 0; c < columns; c++) {
        for (int r = 0; r < rows; r++) {
            to[(size_t)c * (size_t)rows + (size_t)r] = p->data[(size_t)r * (size_t)columns + (size_t)c];
        }
    }
    return to;
}

/* PyTorch's BatchNorm counts its batches, and its loader misses the number where there is none: 0 is what it takes then. */
static void add_counter(Arrays *a, const Tensor *p)
{
    static const char buffer[] = "running_var", counter[] = "num_batches_tracked";
    static const int64_t none = 0;
    size_t n = strlen(p->name), before = n - (sizeof buffer - 1);
    if (n >= sizeof buffer && strcmp(p->name + before, buffer) == 0) {
        snprintf(a->name[a->n], MM_NAME_ROOM, "%.*s%s", (int)before, p->name, counter);
        a->at[a->n] = (SafeArray){a->name[a->n], MM_I64, MM_SCALAR, &none};
        a->n++;
    }
}

static void add_arrays(Arrays *a, const Tensor *p, const Naming *naming)
{
    Origin o = origin_of(naming, p->name);
    Shape s = part_shape(&o, p->shape);
    real *copy = o.transposed ? transpose(p) : NULL;
    for (int k = 0; k < o.n; k++) {
        memcpy(a->name[a->n], o.name[k], sizeof o.name[k]);
        a->copy[a->n] = copy;
        a->at[a->n] = (SafeArray){a->name[a->n], sizeof(real) == 4 ? MM_F32 : MM_F64, s,
                                  copy ? copy : p->data + (size_t)k * mm_numel(s)};
        a->n++;
    }
}

bool mm_params_save_named(const Params *ps, const char *path, const Naming *naming, const char *const *metadata, Error *err)
{
    size_t most = (size_t)mm_params_count(ps) * (MM_MAX_ORIGINS + 1);
    Arrays a = {mm_take(most, sizeof *a.at), mm_take(most, sizeof *a.name), mm_take(most, sizeof *a.copy), 0};
    for (int i = 0; i < mm_params_count(ps); i++) {
        add_arrays(&a, mm_params_at(ps, i), naming);
        if (naming->counters) {
            add_counter(&a, mm_params_at(ps, i));
        }
    }
    bool ok = mm_safe_write(path, a.at, a.n, metadata, err);
    for (int i = 0; i < a.n; i++) {
        free(a.copy[i]);
    }
    free(a.copy);
    free(a.name);
    free(a.at);
    return ok;
}

bool mm_params_save(const Params *ps, const char *path, const char *const *metadata, Error *err)
{
    return mm_params_save_named(ps, path, &(Naming){0}, metadata, err);
}
