/* equations.c: writes docs/equations.md: every equation of docs/equations.tsv with its source, its test, its exercises and its pages,
 * which all carry the equation's name:
 *
 *     a source     [name] at the head of a comment; several may stand there
 *     a test       gradcheck.name for an operation of ops.def; otherwise [name] at the head of a comment of a test
 *     an exercise  Equation: `name` in its README.md
 *     a page       <!-- eq: name -->
 *
 * A name that lacks its source or its test is an error, and so is one that is used and not in the table. */
#include "weave.h"

#include <argp.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum Kind { SOURCE, TEST, EXERCISE, PAGE, KINDS } Kind;

typedef struct Equation {
    char *name, *forward, *backward; /* backward may be empty */
    Text where[KINDS];               /* paths, one a line */
} Equation;

typedef struct Table {
    Text text;
    Equation *at;
    int n, errors;
} Table;

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
static const char table_path[] = "docs/equations.tsv", page_path[] = "docs/equations.md";

static void wrong(Table *t, const char *path, const char *name, const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", path, name, what);
    t->errors++;
}

static Equation *find(const Table *t, const char *name, size_t n)
{
    for (int i = 0; i < t->n; i++) {
        if (strlen(t->at[i].name) == n && memcmp(t->at[i].name, name, n) == 0) {
            return &t->at[i];
        }
    }
    return NULL;
}

static bool read_table(Table *t)
{
    if (!text_read(table_path, &t->text)) {
        wrong(t, table_path, "the table of equations", strerror(errno));
        return false;
    }
    char *rest = t->text.at, *line = strsep(&rest, "\n"); /* the first is the heading */
    while ((line = strsep(&rest, "\n")) && *line) {
        char *name = strsep(&line, "\t"), *forward = strsep(&line, "\t"), *backward = strsep(&line, "\t");
        if (!forward || find(t, name, strlen(name))) {
            wrong(t, table_path, name, forward ? "stands twice" : "has no formula");
            continue;
        }
        t->at = realloc(t->at, (size_t)(t->n + 1) * sizeof *t->at);
        t->at[t->n++] = (Equation){.name = name, .forward = forward, .backward = backward ? backward : ""};
    }
    return true;
}

static void found(Table *t, const char *name, size_t n, Kind kind, const char *path)
{
    Equation *e = find(t, name, n);
    if (e && !(e->where[kind].at && strstr(e->where[kind].at, path))) {
        text_print(&e->where[kind], "%s\n", path);
    } else if (!e && kind >= EXERCISE) { /* in sources, [x] is often an index */
        char text[128];
        snprintf(text, sizeof text, "%.*s", (int)n, name);
        wrong(t, path, text, "this equation is not in docs/equations.tsv");
    }
}

/* Every place where `before` is followed by a name and `after`. */
static void scan(Table *t, const char *path, const char *before, const char *after, Kind kind)
{
    Text file = {0};
    text_read(path, &file);
    for (const char *s = file.at; s && (s = strstr(s, before));) {
        s += strlen(before);
        size_t n = strspn(s, name_characters);
        while (n > 0 && strncmp(s + n, after, strlen(after)) == 0) {
            found(t, s, n, kind, path);
            s += n + strlen(after);
            n = strncmp(s, " [", 2) == 0 ? strspn(s += 2, name_characters) : 0; /* [one] [two] */
        }
    }
    text_free(&file);
}

static bool ends(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static void scan_file(Table *t, const char *path)
{
    bool c = ends(path, ".c") || ends(path, ".h"), test = strncmp(path, "tests/", 6) == 0;
    if (strcmp(path, page_path) == 0) {
        return;
    }
    if (ends(path, "ops.def")) {
        scan(t, path, "MM_OP(", ")", TEST);
    } else if (ends(path, "README.md") && strncmp(path, "exercises/", 10) == 0) {
        scan(t, path, "Equation: `", "`", EXERCISE);
    } else if (ends(path, ".md")) {
        scan(t, path, "<!-- eq: ", " -->", PAGE);
    } else if (c) {
        scan(t, path, "* [", "]", test ? TEST : SOURCE);
    }
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void scan_tree(Table *t)
{
    char *roots[] = {"src", "chapters", "tests", "exercises", "docs", NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    for (FTSENT *f; tree && (f = fts_read(tree));) {
        if (f->fts_info == FTS_D && strcmp(f->fts_name, "node_modules") == 0) {
            fts_set(tree, f, FTS_SKIP);
        } else if (f->fts_info == FTS_F) {
            scan_file(t, f->fts_path);
        }
    }
    if (tree) {
        fts_close(tree);
    }
}

static void print_link(Text *out, const Equation *e, Kind kind, char *path)
{
    if (ends(path, "ops.def")) {
        text_print(out, "`gradcheck.%s`", e->name);
    } else if (kind == EXERCISE) { /* its folder: GitHub shows the README */
        *strrchr(path, '/') = 0;
        text_print(out, "[%s](../%s)", path + strlen("exercises/"), path);
    } else if (kind == PAGE) {
        const char *page = path + strlen("docs/");
        text_print(out, "[%.*s](%s)", (int)strcspn(page, "."), page, page);
    } else {
        text_print(out, "[%s](../%s)", path, path);
    }
}

/* "Source: [src/ops/unary.c](../src/ops/unary.c). " */
static void print_links(Text *out, const Equation *e, Kind kind)
{
    static const char *const title[KINDS] = {"Source", "Test", "Exercise", "Page"};
    char *paths = strdup(e->where[kind].at ? e->where[kind].at : ""), *rest = paths, *path;
    bool first = true;
    while ((path = strsep(&rest, "\n")) && *path) {
        text_print(out, first ? "%s: " : ", ", title[kind]);
        print_link(out, e, kind, path);
        first = false;
    }
    text_print(out, first ? "" : ". ");
    free(paths);
}

static void print_page(Table *t, Text *out)
{
    text_print(
        out,
        "# Equations\n\nEvery equation of the project by its name, with the places that carry the name. In the formulas a bar is "
        "a gradient\n([notation](notation.md)). This page is made by `build/release/equations --write`.\n");
    for (int i = 0; i < t->n; i++) {
        Equation *e = &t->at[i];
        if (!e->where[SOURCE].n || !e->where[TEST].n) {
            wrong(t, table_path, e->name, e->where[TEST].n ? "no source carries this name" : "no test carries this name");
        }
        text_print(out, "\n## %s\n\n```math\n%s\n```\n\n", e->name, e->forward);
        if (*e->backward) {
            text_print(out, "```math\n%s\n```\n\n", e->backward);
        }
        for (Kind k = 0; k < KINDS; k++) {
            print_links(out, e, k);
        }
        out->n--; /* the space at the end */
        text_print(out, "\n");
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key == 'w') {
        *(bool *)state->input = true;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {{"write", 'w', NULL, 0, "write the page; without it, it is only checked", 0},
                                                 {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .doc = "Joins equations with their sources, tests, exercises and pages in docs/equations.md."};
    bool write = false;
    Table t = {0};
    Text page = {0}, old = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &write);
    if (read_table(&t)) {
        scan_tree(&t);
        print_page(&t, &page);
        bool same = text_read(page_path, &old) && strcmp(old.at, page.at) == 0;
        if (!same && (!write || !text_write(page_path, &page))) {
            wrong(&t, page_path, "is not what the project says", "run build/release/equations --write");
        }
    }
    printf("%d equations, %d errors\n", t.n, t.errors);
    for (int i = 0; i < t.n; i++) {
        for (int k = 0; k < KINDS; k++) {
            text_free(&t.at[i].where[k]);
        }
    }
    free(t.at);
    text_free(&t.text);
    text_free(&page);
    text_free(&old);
    return t.errors ? 1 : 0;
}
