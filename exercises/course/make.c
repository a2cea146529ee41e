/* make.c: a learner's starter and the reference answer out of one template and the real source.
 *
 * template.c.in is the starter with three kinds of comment lines that are replaced:
 *
 *     [slash star] given FILE REGION [star slash]      the region as it stands: types and functions that the answer uses
 *     [slash star] function FILE REGION [star slash]   the whole function in which the region lies
 *     [slash star] answer FILE REGION [star slash]     the function in which the region lies, up to the region. What follows
 *         the stub                                     stands in the gap,
 *     [slash star] end answer [star slash]             and then the function goes on behind the region. */
#include "exercise.h"
#include "io/memory.h"
#include "mm/io.h"

/* The function around a region: the comment right above it and its first lines up to the marker, and on to the closing brace. */
typedef struct Function {
    Text text;
    Region region;
    int from, to, head; /* head: the first line after the comment */
} Function;

static bool read_region(const char *root, const Answer *a, Function *f, Error *err)
{
    char *path = mm_join_path(root, a->file);
    bool ok = text_read(path, &f->text, err);
    if (ok && !region_find(&f->text, a->file, a->region, &f->region, err)) {
        text_free(&f->text);
        ok = false;
    }
    free(path);
    return ok;
}

static bool read_function(const char *root, const Answer *a, Function *f, Error *err)
{
    if (!read_region(root, a, f, err)) {
        return false;
    }
    f->from = f->region.from - 1;
    while (f->from > 0 && strncmp(f->text.line[f->from], "{", 1) != 0) {
        f->from--;
    }
    while (f->from > 0 && *f->text.line[f->from - 1]) {
        f->from--;
    }
    f->to = f->region.to + 1;
    while (f->to < f->text.n && strcmp(f->text.line[f->to], "}") != 0) {
        f->to++;
    }
    f->head = f->from;
    while (f->head < f->to && strchr("/ ", *f->text.line[f->head])) {
        f->head++;
    }
    if (f->to == f->text.n) {
        text_free(&f->text);
        return mm_error(err, "%s: region %s is not inside a function", a->file, a->region);
    }
    f->to++;
    return true;
}

/* The learner's function is called from outside. */
static void print_public(const Text *t, int from, int to, FILE *out)
{
    for (int i = from; i < to; i++) {
        const char *line = t->line[i];
        if (strncmp(line, "static ", 7) == 0) {
            line += strncmp(line, "static inline ", 14) == 0 ? 14 : 7;
        }
        fprintf(out, "%s\n", line);
    }
}

static void print_prototype(const Function *f, FILE *out)
{
    int end = f->head;
    while (*f->text.line[end] != '{') {
        end++;
    }
    print_public(&f->text, f->head, end - 1, out);
    const char *last = f->text.line[end - 1];
    fprintf(out, "%s;\n", strncmp(last, "static ", 7) == 0 ? last + (strncmp(last, "static inline ", 14) == 0 ? 14 : 7) : last);
}

static bool print_given(const char *root, const Answer *a, bool whole_function, FILE *out, Error *err)
{
    Function f;
    if (!(whole_function ? read_function : read_region)(root, a, &f, err)) {
        return false;
    }
    if (whole_function) {
        text_print(&f.text, f.from, f.region.from - 1, out);
    }
    text_print(&f.text, f.region.from, f.region.to, out);
    if (whole_function) {
        text_print(&f.text, f.region.to + 1, f.to, out);
    }
    text_free(&f.text);
    return true;
}

/* stub: the lines of the template that stand in the gap */
static bool print_answer(const char *root, const Answer *a, Made which, const Text *template, Region stub, FILE *out, Error *err)
{
    Function f;
    if (!read_function(root, a, &f, err)) {
        return false;
    }
    if (which == PROTOTYPE || which == SIGNATURE) {
        print_prototype(&f, out);
    } else {
        print_public(&f.text, f.from, f.region.from - 1, out);
        const Text *gap = which == STARTER ? template : &f.text;
        Region lines = which == STARTER ? stub : f.region;
        text_print(gap, lines.from, lines.to, out);
        text_print(&f.text, f.region.to + 1, f.to, out);
    }
    text_free(&f.text);
    return true;
}

static bool directive(const char *line, const char *word, Answer *a)
{
    char format[64];
    int end = 0;
    snprintf(format, sizeof format, "/* %s %%255s %%63s */%%n", word);
    return sscanf(line, format, a->file, a->region, &end) == 2 && end > 0;
}

static bool print_template(const char *root, const Exercise *e, const Text *t, Made which, FILE *out, Error *err)
{
    if (which == STARTER || which == SOLUTION) {
        fprintf(out, "/* Exercise %.2s: %s. README.md beside this file says what is wanted; `./course test %.2s` judges it. */\n",
                e->name, e->title, e->name);
    }
    for (int i = 0; i < t->n; i++) {
        Answer a;
        bool ok = true;
        if (directive(t->line[i], "given", &a)) {
            ok = which == SIGNATURE || print_given(root, &a, false, out, err);
        } else if (directive(t->line[i], "function", &a)) {
            ok = which == SIGNATURE || print_given(root, &a, true, out, err);
        } else if (directive(t->line[i], "answer", &a)) {
            Region stub = {i + 1, i + 1};
            while (stub.to < t->n && strcmp(t->line[stub.to], "/* end answer */") != 0) {
                stub.to++;
            }
            if (stub.to == t->n) {
                return mm_error(err, "%s/template.c.in:%d: no line /* end answer */ follows", e->name, i + 1);
            }
            ok = print_answer(root, &a, which, t, stub, out, err);
            i = stub.to;
        } else if (which != SIGNATURE) {
            fprintf(out, "%s\n", t->line[i]);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool read_template(const Exercise *e, Text *t, Error *err)
{
    char *path = mm_join_path(e->folder, "template.c.in");
    bool ok = text_read(path, t, err);
    free(path);
    return ok;
}

char *exercise_make(const char *root, const Exercise *e, Made which, Error *err)
{
    Text t = {0};
    if (!read_template(e, &t, err)) {
        return NULL;
    }
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool ok = out ? print_template(root, e, &t, which, out, err) : mm_error(err, "out of memory");
    if (out) {
        fclose(out);
    }
    text_free(&t);
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}

bool exercise_answer(const Exercise *e, Answer *answer, Error *err)
{
    Text t = {0};
    if (!read_template(e, &t, err)) {
        return false;
    }
    bool found = false;
    for (int i = 0; i < t.n && !found; i++) {
        found = directive(t.line[i], "answer", answer);
    }
    text_free(&t);
    return found || mm_error(err, "%s/template.c.in has no line /* answer FILE REGION */", e->name);
}
