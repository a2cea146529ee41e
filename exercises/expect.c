/* expect.c: the comparisons of check.h, and how they show what is wrong. */
#include "check.h"
#include "judge.h"

#include <stdarg.h>
#include <stdlib.h>

enum { SHOWN_ELEMENTS = 64, SHOWN_COLUMNS = 8 };

void expect(bool holds, const char *format, ...)
{
    char *text;
    FILE *f = holds ? NULL : judge_wrong(&text);
    if (f) {
        va_list args;
        va_start(args, format);
        fputs("  ", f);
        vfprintf(f, format, args);
        fputc('\n', f);
        va_end(args);
        judge_keep(f, &text);
    }
}

void expect_int(const char *name, long got, long want)
{
    expect(got == want, "%s: got %ld, want %ld", name, got, want);
}

void expect_text(const char *name, const char *got, const char *want)
{
    expect(got && strcmp(got, want) == 0, "%s: got \"%s\", want \"%s\"", name, got ? got : "(NULL)", want);
}

/* NaN is near nothing; infinity is near itself. */
static bool near(double got, double want, double tolerance)
{
    return got == want || fabs(got - want) <= tolerance * (fabs(want) + 1);
}

void expect_number(const char *name, double got, double want, double tolerance)
{
    expect(near(got, want, tolerance), "%s: got %.9g, want %.9g, error %.1e", name, got, want, fabs(got - want));
}

static void show_row(FILE *f, const real *x, const real *other, int n, double tolerance)
{
    for (int i = 0; i < n; i++) {
        bool wrong = !near((double)x[i], (double)other[i], tolerance);
        fprintf(f, " %s%9.4g%c%s", wrong ? judge_mark(true) : "", (double)x[i], wrong ? '*' : ' ',
                wrong ? judge_mark(false) : "");
    }
}

/* Rows of got beside rows of want, a star at each wrong cell. */
static void show_side_by_side(FILE *f, Shape shape, const real *got, const real *want, double tolerance)
{
    int columns = mm_last(shape), rows = (int)mm_rows(shape);
    fprintf(f, "    %-*s   %s\n", 11 * columns, "got", "want");
    for (int r = 0; r < rows; r++) {
        const real *g = got + r * columns, *w = want + r * columns;
        fputs("   ", f);
        show_row(f, g, w, columns, tolerance);
        fputs("  |", f);
        for (int c = 0; c < columns; c++) {
            fprintf(f, " %9.4g ", (double)w[c]);
        }
        fputc('\n', f);
    }
}

static void show_index(FILE *f, Shape shape, size_t i)
{
    size_t rest = mm_numel(shape);
    for (int d = 0; d < shape.rank; d++) {
        rest /= (size_t)shape.d[d];
        fprintf(f, "[%zu]", i / rest);
        i %= rest;
    }
}

void expect_tensor(const char *name, Shape shape, const real *got, const real *want, double tolerance)
{
    size_t n = mm_numel(shape), wrong = 0, worst = 0;
    double most = -1;
    for (size_t i = 0; i < n; i++) {
        double error = fabs((double)got[i] - (double)want[i]);
        if (!near((double)got[i], (double)want[i], tolerance)) {
            wrong++;
            error = isnan(error) ? INFINITY : error;
            worst = error > most ? i : worst;
            most = error > most ? error : most;
        }
    }
    char *text, shape_text[MM_SHAPE_TEXT];
    FILE *f = wrong ? judge_wrong(&text) : NULL;
    if (!f) {
        return;
    }
    fprintf(f, "  %s %s: %zu of %zu elements are wrong\n", name, mm_shape_text(shape, shape_text), wrong, n);
    if (n <= SHOWN_ELEMENTS && mm_last(shape) <= SHOWN_COLUMNS) {
        show_side_by_side(f, shape, got, want, tolerance);
    }
    fprintf(f, "  the worst: %s", name);
    show_index(f, shape, worst);
    fprintf(f, ": got %.9g, want %.9g, error %.1e", (double)got[worst], (double)want[worst], most);
    if (want[worst] != 0) {
        fprintf(f, " (relative %.1e)", most / fabs((double)want[worst]));
    }
    fputc('\n', f);
    judge_keep(f, &text);
}

void expect_gradient(const Op *op, void (*backward)(Tensor *y))
{
    judge_draw_op(op, backward, op->check);
    Gradcheck worst;
    bool right = mm_gradcheck(op, backward, &worst);
    expect(right,
           "%s with the inputs of \"%s\": input %d, element %zu\n"
           "    got %.9g (what your backward added), want %.9g (finite difference), error %.1e\n  %s",
           worst.op, worst.check ? worst.check : "", worst.input, worst.index, worst.analytic, worst.numeric, worst.error,
           worst.text);
}
