/* confusion.c: which classes a classifier takes for which, as text and as a figure. */
#include "io/memory.h"
#include "zeroshot.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { MOST = 8, LARGEST_FIGURE = 128 }; /* lines of text; classes that a figure has room for */

typedef struct Cell {
    int truth, guess;
    double count, part; /* pictures; of those of the class */
} Cell;

static double at(const Task *t, const Verdict *v, int truth, int guess)
{
    return v->confusion[(size_t)truth * (size_t)t->n_classes + (size_t)guess];
}

static double size_of_class(const Task *t, const Verdict *v, int truth)
{
    double n = 0;
    for (int c = 0; c < t->n_classes; c++) {
        n += at(t, v, truth, c);
    }
    return n;
}

static int most_first(const void *a, const void *b)
{
    const Cell *x = a, *y = b;
    double d = y->count - x->count;
    return d != 0 ? (d > 0) - (d < 0) : x->truth != y->truth ? x->truth - y->truth : x->guess - y->guess;
}

static int weakest_first(const void *a, const void *b)
{
    const Cell *x = a, *y = b;
    double d = x->part - y->part;
    return d != 0 ? (d > 0) - (d < 0) : x->truth - y->truth;
}

/* The cells off the diagonal that are not 0, the largest first. The caller frees. */
static Cell *mistakes(const Task *t, const Verdict *v, int *n)
{
    Cell *cell = mm_take((size_t)t->n, sizeof *cell); /* grows only with ties */
    int room = t->n;
    *n = 0;
    for (int i = 0; i < t->n_classes; i++) {
        for (int j = 0; j < t->n_classes; j++) {
            if (i != j && at(t, v, i, j) > 0) {
                if (*n == room) {
                    cell = mm_take_again(cell, (size_t)(room *= 2) * sizeof *cell);
                }
                cell[(*n)++] = (Cell){i, j, at(t, v, i, j), at(t, v, i, j) / size_of_class(t, v, i)};
            }
        }
    }
    qsort(cell, (size_t)*n, sizeof *cell, most_first);
    return cell;
}

/* The classes that occur, the least recognised first. The caller frees. */
static Cell *recalls(const Task *t, const Verdict *v, int *n)
{
    Cell *cell = mm_take((size_t)t->n_classes, sizeof *cell);
    *n = 0;
    for (int c = 0; c < t->n_classes; c++) {
        double all = size_of_class(t, v, c);
        if (all > 0) {
            cell[(*n)++] = (Cell){c, c, all, at(t, v, c, c) / all};
        }
    }
    qsort(cell, (size_t)*n, sizeof *cell, weakest_first);
    return cell;
}

/* The first name of every class. The caller frees. */
static const char **first_names(const Classes *c)
{
    const char **name = mm_take((size_t)c->n, sizeof *name);
    for (int i = c->names - 1; i >= 0; i--) {
        name[c->of[i]] = c->name[i];
    }
    return name;
}

/* ---- the figure ---- */

static void write_escaped(FILE *f, const char *text)
{
    for (const char *s = text; *s; s++) {
        switch (*s) {
        case '&': fputs("&amp;", f); break;
        case '<': fputs("&lt;", f); break;
        default: fputc(*s, f);
        }
    }
}

static void write_labels(FILE *f, const Task *t, const char **name, double side, double left, double top)
{
    for (int c = 0; c < t->n_classes; c++) {
        double middle = (c + 0.5) * side;
        fprintf(f, "<text x='%g' y='%g' text-anchor='end' dominant-baseline='central'>", left - 4, top + middle);
        write_escaped(f, name[c]);
        fprintf(f, "</text>\n<text transform='translate(%g %g) rotate(-60)' dominant-baseline='central'>", left + middle,
                top - 5);
        write_escaped(f, name[c]);
        fprintf(f, "</text>\n");
    }
}

/* Rows are true classes, columns what they are taken for; the darker the larger the part of the row. */
static bool draw(const Task *t, const Verdict *v, const char *path, Error *err)
{
    AtomicFile file;
    if (!mm_atomic_open(&file, path, err)) {
        return false;
    }
    double side = t->n_classes > 20 ? 11 : 40, left = 130, top = 110, width = side * t->n_classes;
    const char **name = first_names(&t->classes[v->language]);
    FILE *f = file.file;
    fprintf(f,
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %g %g' font-family='DejaVu Sans, sans-serif' font-size='%g'>\n",
            left + width + 80, top + width + 10, t->n_classes > 20 ? 8.5 : 12);
    fprintf(f, "<rect width='100%%' height='100%%' fill='white'/>\n");
    for (int i = 0; i < t->n_classes; i++) {
        double all = size_of_class(t, v, i);
        for (int j = 0; j < t->n_classes; j++) {
            double part = all > 0 ? at(t, v, i, j) / all : 0;
            if (part > 0) {
                fprintf(f, "<rect x='%g' y='%g' width='%g' height='%g' fill='%s' fill-opacity='%.3f'/>\n", left + j * side,
                        top + i * side, side, side, i == j ? "#1f77b4" : "#d62728",
                        sqrt(part)); /* the root makes small parts visible */
            }
            if (part > 0 && t->n_classes <= 20) {
                fprintf(f, "<text x='%g' y='%g' text-anchor='middle' dominant-baseline='central' fill='%s'>%.0f</text>\n",
                        left + (j + 0.5) * side, top + (i + 0.5) * side, part > 0.3 ? "white" : "black", 100 * part);
            }
        }
    }
    fprintf(f, "<rect x='%g' y='%g' width='%g' height='%g' fill='none' stroke='#888888'/>\n", left, top, width, width);
    write_labels(f, t, name, side, left, top);
    fprintf(f, "</svg>\n");
    free(name);
    return mm_atomic_commit(&file, err);
}

/* ---- the text ---- */

static void print(const Task *t, const Verdict *v, const Cell *mistake, int mistakes_n, const Cell *recall, int recalls_n)
{
    const char **name = first_names(&t->classes[v->language]);
    printf("\n%s: one template alone %.3f to %.3f, mean %.3f; all %d together %.3f\n", language_name[v->language], v->worst_alone,
           v->best_alone, v->mean_alone, v->templates, v->at1);
    printf("  least recognised:");
    for (int i = 0; i < recalls_n && i < MOST; i++) {
        printf("%s %s %.2f", i ? "," : "", name[recall[i].truth], recall[i].part);
    }
    printf("\n  most often confused:\n");
    for (int i = 0; i < mistakes_n && i < MOST; i++) {
        printf("    %4.0f of %-4.0f %s taken for %s\n", mistake[i].count, mistake[i].count / mistake[i].part,
               name[mistake[i].truth], name[mistake[i].guess]);
    }
    free(name);
}

static void add_json(const Task *t, const Verdict *v, const Cell *mistake, int mistakes_n, const Cell *recall, int recalls_n,
                     json_t *row)
{
    const char **name = first_names(&t->classes[v->language]);
    json_t *classes = json_object(), *pairs = json_array();
    for (int i = 0; i < recalls_n; i++) {
        json_object_set_new(classes, t->classes[v->language].label[recall[i].truth], json_real(recall[i].part));
    }
    for (int i = 0; i < mistakes_n && i < MOST; i++) {
        json_array_append_new(pairs,
                              json_pack("{s:s, s:s, s:f, s:f}", "is", name[mistake[i].truth], "taken for", name[mistake[i].guess],
                                        "pictures", mistake[i].count, "part of the class", mistake[i].part));
    }
    json_object_set_new(row, "recall", classes);
    json_object_set_new(row, "confused", pairs);
    free(name);
}

bool confusion_show(const Task *t, const Verdict *v, const char *out, json_t *row, Error *err)
{
    int n_mistakes, n_recalls;
    Cell *mistake = mistakes(t, v, &n_mistakes), *recall = recalls(t, v, &n_recalls);
    char *folder = mm_join_path(out, "zeroshot"), *path = mm_path(folder, "%s.%s.svg", t->name, language_code[v->language]);
    bool figure = t->n_classes <= LARGEST_FIGURE;
    bool ok = !figure || (mm_make_folders(folder, err) && draw(t, v, path, err));
    if (ok && row) {
        add_json(t, v, mistake, n_mistakes, recall, n_recalls, row);
    } else if (ok) {
        print(t, v, mistake, n_mistakes, recall, n_recalls);
        if (figure) {
            printf("  %s\n", path);
        }
    }
    free(mistake);
    free(recall);
    free(folder);
    free(path);
    return ok;
}
