/* trace: looks at one training step that a program wrote with --graph FILE.json: as a table, a drawing, a page, or beside another. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/inspect.h"

typedef struct Options {
    const char *path, *out, *other;
    DrawOptions draw;
    double tolerance;
} Options;

static double number(struct argp_state *state, const char *option, const char *text, double low, double high)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end || !(x >= low && x <= high)) {
        argp_error(state, "%s takes a number from %g to %g, not \"%s\"", option, low, high, text);
    }
    return x;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    Options *o = state->input;
    switch (key) {
    case 'o': o->out = arg; break;
    case 'c': o->other = arg; break;
    case 't': o->tolerance = number(state, "--tolerance", arg, 0, 1e9); break;
    case 'O': o->draw.module = arg; break;
    case 'D': o->draw.depth = (int)number(state, "--depth", arg, 1, 32); break;
    case 'u': o->draw.unfold = true; break;
    case ARGP_KEY_ARG:
        if (o->path) {
            argp_usage(state);
        }
        o->path = arg;
        break;
    case ARGP_KEY_END:
        if (!o->path) {
            argp_usage(state);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Exit status: 0, 1 if two traces differ, 2 if something cannot be read or written. */
static int run(const Options *o, Error *err)
{
    Trace *other = NULL, *t = mm_trace_read(o->path, err);
    if (!t || (o->other && !(other = mm_trace_read(o->other, err)))) {
        mm_trace_free(t);
        return 2;
    }
    int status = 0;
    if (o->other) {
        status = mm_trace_compare(t, other, o->tolerance, stdout) != 0;
    }
    if (o->out) {
        DrawOptions draw = o->draw;
        draw.other = other;
        status = mm_trace_save(t, &draw, o->out, err) ? status : 2;
    } else if (!o->other) {
        mm_trace_print(t, stdout);
    }
    mm_trace_free(t);
    mm_trace_free(other);
    return status;
}

int main(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"out", 'o', "FILE", 0,
         "write FILE; its ending says what: .html, a page to step through; .svg, .pdf, .png or .dot, a drawing; "
         ".txt, a table; .json, a trace",
         0},
        {"compare", 'c', "OTHER", 0, "print which tensors of OTHER.json differ; the page shows both", 0},
        {"tolerance", 't', "X", 0, "call two tensors equal that lie at most X apart, relative to their size (1e-5)", 0},
        {"only", 'O', "MODULE", 0, "draw this module alone, and what it is connected to", 0},
        {"depth", 'D', "N", 0, "draw modules at depth N closed (as deep as leaves 40 boxes)", 0},
        {"unfold", 'u', NULL, 0, "draw equal blocks in a row one by one", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "FILE.json",
        .doc = "Looks at one training step, forward and back, that a program wrote with --graph FILE.json. Without "
               "options: a table of its tensors.\vExit status: 1 if two traces differ, 2 if something goes wrong."};
    Options o = {.tolerance = 1e-5};
    Error err;
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    int status = run(&o, &err);
    if (status == 2) {
        fprintf(stderr, "trace: %s\n", err.text);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? status : 2;
}
