/* weave.c: checks that pages show the project's code and output as they are, or writes them so (see weave.h). */
#include "weave.h"

#include <argp.h>
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Options {
    bool write;
    Runner runner;
    char **page;
    int pages;
} Options;

typedef struct Mark {
    double tol;
    bool slow;
    char drop[256];
    const char *what; /* after the colon; in Weaver.line */
} Mark;

typedef struct Weaver {
    Options *options;
    Place at;
    Text in, out;     /* the page as it is, and as it should be */
    const char *rest; /* of in */
    char line[4096];
    int skipped;
    bool stale;
} Weaver;

void complain(const Place *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: ", at->page, at->line);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    ++*at->errors;
}

/* The next line into w->line, without its line feed. */
static bool next(Weaver *w)
{
    size_t n = strcspn(w->rest, "\n");
    if (!*w->rest) {
        return false;
    }
    if (n >= sizeof w->line) {
        complain(&w->at, "a line of more than %zu bytes", sizeof w->line - 1);
        return false;
    }
    memcpy(w->line, w->rest, n);
    w->line[n] = 0;
    w->rest += n + (w->rest[n] == '\n');
    w->at.line++;
    return true;
}

/* "<!-- kind options: what -->" */
static bool parse_mark(Weaver *w, const char *kind, Mark *m)
{
    size_t n = strlen(kind);
    char *s = w->line, *end = strstr(s, " -->"), *colon;
    if (strncmp(s, "<!-- ", 5) != 0 || strncmp(s + 5, kind, n) != 0 || (s[5 + n] != ':' && s[5 + n] != ' ')) {
        return false;
    }
    *m = (Mark){.tol = 1e-3};
    if (!end || end[4] || !(colon = strstr(s, ": "))) {
        complain(&w->at, "a mark is <!-- %s: … -->, on a line of its own", kind);
        return false;
    }
    *end = *colon = 0;
    m->what = colon + 2;
    for (char *word = strtok(s + 5 + n, " "); word; word = strtok(NULL, " ")) {
        if (strcmp(word, "slow") == 0) {
            m->slow = true;
        } else if (sscanf(word, "tol=%lf", &m->tol) != 1 && sscanf(word, "drop=%255s", m->drop) != 1) {
            complain(&w->at, "no such option: %s", word);
        }
    }
    return true;
}

/* Reads on to the mark "<!-- /kind -->"; what stands between, without the fence, to *old. */
static bool read_block(Weaver *w, const char *kind, Text *old)
{
    Place start = w->at;
    char end[32];
    bool inside = false;
    snprintf(end, sizeof end, "<!-- /%s -->", kind);
    text_add(old, "", 0);
    while (next(w)) {
        bool fence = strncmp(w->line, "```", 3) == 0;
        if (!inside && strcmp(w->line, end) == 0) {
            return true;
        }
        if (!inside && strncmp(w->line, "<!-- ", 5) == 0) {
            break;
        }
        if (fence) {
            inside = !inside;
        } else if (inside) {
            text_print(old, "%s\n", w->line);
        }
    }
    complain(&start, "%s is missing", end);
    return false;
}

static void weave_code(Weaver *w, const Mark *m)
{
    Text now = {0}, old = {0};
    Place start = w->at;
    char *what = strdup(m->what), *difference = NULL;
    bool found = excerpt(&start, what, &now);
    bool ok = read_block(w, "code", &old) && found; /* the block is passed over in any case */
    if (ok && strcmp(now.at, old.at) != 0) {
        w->stale = true;
        if (!w->options->write) {
            same_output(old.at, now.at, 0, NULL, &difference);
            complain(&start, "%s has changed\n%s", what, difference ? difference : "    only in white space\n");
        }
    }
    const char *dot = strrchr(what, '.');
    text_print(&w->out, "```%s\n%s```\n<!-- /code -->\n", dot && (dot[1] == 'c' || dot[1] == 'h') ? "c" : "sh", ok ? now.at : "");
    free(difference);
    free(what);
    text_free(&now);
    text_free(&old);
}

/* Whether a command begins with the name of a chapter, as "clip" is that of chapters/03-clip. */
static bool is_chapter(const char *command)
{
    char pattern[300];
    glob_t found;
    snprintf(pattern, sizeof pattern, "chapters/[0-9][0-9]-%.*s", (int)strcspn(command, " "), command);
    bool is = glob(pattern, 0, NULL, &found) == 0;
    if (is) {
        globfree(&found);
    }
    return is;
}

static void weave_run(Weaver *w, const Mark *m)
{
    Text now = {0}, old = {0}, shown = {0};
    Place start = w->at;
    char *what = strdup(m->what), *difference = NULL;
    bool read = read_block(w, "run", &old);
    Ran ran = read ? run_program(&w->options->runner, &start, what, m->slow, &now) : FAILED;
    text_print(&shown, "$ %s%s\n%s", is_chapter(what) ? "./course run " : "build/release/", what, now.at ? now.at : "");
    if (ran == SKIPPED) {
        w->skipped++;
    } else if (ran == RAN && !same_output(old.at, shown.at, m->tol, *m->drop ? m->drop : NULL, &difference)) {
        w->stale = true;
        if (!w->options->write) {
            complain(&start, "%s prints something else\n%s", what, difference);
        }
    } /* what differs in its last digits only stays as it is */
    text_print(&w->out, "```console\n%s```\n<!-- /run -->\n", ran == RAN && difference ? shown.at : read ? old.at : "");
    free(difference);
    free(what);
    text_free(&now);
    text_free(&old);
    text_free(&shown);
}

static void weave_page(Weaver *w)
{
    char fence = 0;
    if (!text_read(w->at.page, &w->in)) {
        complain(&w->at, "%s", strerror(errno));
        return;
    }
    w->rest = w->in.at;
    while (next(w)) {
        Mark m;
        text_print(&w->out, "%s\n", w->line);
        fence ^= strncmp(w->line, "```", 3) == 0;
        if (fence) {
            continue;
        }
        if (parse_mark(w, "code", &m)) {
            weave_code(w, &m);
        } else if (parse_mark(w, "run", &m)) {
            weave_run(w, &m);
        } else if (strncmp(w->line, "<!-- /code", 10) == 0 || strncmp(w->line, "<!-- /run", 9) == 0) {
            complain(&w->at, "the end of a block that was not begun");
        }
    }
}

/* Returns the number of errors. */
static int do_page(Options *o, const char *page, int *skipped)
{
    int errors = 0;
    Weaver w = {.options = o, .at = {page, 0, &errors}};
    weave_page(&w);
    if (o->write && w.stale && errors == 0) {
        if (text_write(page, &w.out)) {
            printf("%s: written\n", page);
        } else {
            complain(&w.at, "%s", strerror(errno));
        }
    }
    *skipped += w.skipped;
    runner_end(&o->runner);
    text_free(&w.in);
    text_free(&w.out);
    return errors;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    Options *o = state->input;
    switch (key) {
    case 'w': o->write = true; break;
    case 'p': o->runner.programs = arg; break;
    case 'c': o->runner.cache = arg; break;
    case 's': o->runner.run_slow = true; break;
    case ARGP_KEY_ARGS:
        o->page = state->argv + state->next;
        o->pages = state->argc - state->next;
        break;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which pages?"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"write", 'w', NULL, 0, "correct the pages; without it they are only checked", 0},
        {"programs", 'p', "FOLDER", 0, "where the built programs are (build/release)", 0},
        {"cache", 'c', "FOLDER", 0, "keeps the output of slow runs, by the hash of program, arguments and data (build/weave)", 0},
        {"slow", 's', NULL, 0, "also run what is slow and in no cache", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "PAGE.md…",
        .doc = "Checks that the code and the output in pages are what the sources say and the programs print. Run it in "
               "the top folder of the project."};
    Options o = {.runner = {.programs = "build/release", .cache = "build/weave"}};
    int errors = 0, skipped = 0;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    for (int i = 0; i < o.pages; i++) {
        errors += do_page(&o, o.page[i], &skipped);
    }
    printf("%d pages, %d errors", o.pages, errors);
    printf(skipped ? ", %d slow runs not checked (--slow)\n" : "\n", skipped);
    return errors ? 1 : 0;
}
