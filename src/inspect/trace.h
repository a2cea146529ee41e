/* trace.h: what a graph looks like after mm_backward: its tensors with statistics, and the modules they belong to. Private to
 * src/inspect; the table, the drawing, the page and the JSON file are all made from it, and it can be read back from that file. */
#ifndef MM_TRACE_H
#define MM_TRACE_H

#include "mm/inspect.h"

#define MM_TRACE_FORMAT "multimodal.c trace"
enum { MM_TRACE_VERSION = 1 };
enum { MM_BINS = 32, MM_SMALL = 64 /* tensors up to this size are kept whole */ };

/* Of the finite ones among n numbers; without one, min, max and mean are NaN. */
typedef struct Stat {
    double min, max, mean, squares; /* squares: the sum of all x^2 */
    size_t n, bad, zeros;           /* how many numbers, how many of them NaN or infinite, how many 0 */
    uint32_t bin[MM_BINS];          /* a histogram from min to max */
    const double *data;             /* all of them, NULL if they are more than MM_SMALL */
} Stat;

double mm_rms(Stat s);
double mm_stat_apart(const Stat *a, const Stat *b); /* compare.c: 0: equal */
Stat mm_stat(Trace *t, const real *x, size_t n);

typedef enum NodeKind { NODE_OP, NODE_PARAM, NODE_INPUT, NODE_REPEATED } NodeKind;

/* What an op's backward added to the gradient of one of its inputs, through all places at which it takes it. Lengths are
 * roots of sums of squares. */
typedef struct Contribution {
    int to;                     /* the node of that input */
    double before, norm, after; /* length of the input's gradient before, of what was added, and after */
    double share;               /* <added, g> / <g, g>, g being what the gradient became: all shares of a tensor make 1 */
    const double *data;         /* what was added; NULL if it is more than MM_SMALL numbers */
} Contribution;

/* Node i is tensor i of the record. A parameter that two graphs used in turns is recorded again; then it is NODE_REPEATED.
 * Texts are "" where there is none. */
typedef struct TraceNode {
    NodeKind kind;
    const char *op, *symbol, *equation, *name, *site;
    Shape shape;
    bool needs_grad;
    int module; /* the module that made it; for a parameter: the innermost that holds all its uses */
    int n_in;
    const int *in; /* nodes of its inputs */
    bool flows;    /* a gradient came here */
    Stat value, grad;
    /* of a watched step: */
    int place;                /* in the order of backward, from 0; -1: its backward did not run */
    double forward, backward; /* seconds; negative: not measured */
    size_t saved;             /* bytes that forward kept for backward, its value not counted */
    int n_added;
    const Contribution *added;
} TraceNode;

/* A module and all inside it. Module 0 is the whole graph; parents come before their children, siblings in order of use. */
typedef struct Module {
    char *path; /* "visual.transformer.resblocks.0" */
    int parent;
    int first, last;      /* first and last op or input inside */
    int ops, params, own; /* inside it; own: nodes that are in no smaller module */
    size_t numbers;       /* of the parameters inside */
    double param_squares; /* sum of squares of the parameters' gradients */
    double squares;       /* the same of the tensors that ops inside made, */
    size_t elements;      /* and how many numbers these have */
    bool bad;             /* NaN or infinity inside */
    /* set by mm_fold: */
    uint64_t hash;
    bool frameless;      /* holds nothing but one module, or one run of equal ones: drawn as if it were not there */
    int level;           /* how many frames are around it */
    int run, run_length; /* the first of the consecutive equal siblings it belongs to; that one has their number */
    int box;             /* the closed module that stands for it in the drawing, or -1 */
} Module;

typedef struct Kept Kept;

struct Trace {
    const char *title; /* "": none */
    TraceNode *node;
    int n;
    Module *module;
    int n_modules, capacity;
    int loss;            /* its node, or -1 */
    bool walked;         /* mm_backward has been here */
    bool watched;        /* and a Watch with it */
    int root;            /* the module that is drawn; 0: all */
    char *links;         /* what stands before a source file's name in links; NULL: none are drawn */
    Kept *kept;          /* memory that lives as long as the trace */
    struct json_t *json; /* the file it was read from, whose texts it uses; NULL: made from a graph */
};

Trace *mm_trace_empty(const char *title, int n); /* n nodes, all 0, and the module of all */
void *mm_trace_keep(Trace *t, size_t n, size_t size);
void mm_sum_modules(Trace *t); /* when all nodes are described */
/* Fills what a watched step adds to a trace of the same graph. */
void mm_watch_describe(const Watch *w, Trace *t);

/* ---- modules.c ---- */

int mm_module_of(Trace *t, const char *scope);         /* made where there is none yet, with all around it */
bool mm_inside(const Trace *t, int module, int outer); /* module is outer or lies in it */

int mm_find_module(const Trace *t, const char *path); /* -1: there is none */

/* Decides what is drawn closed of module `root`. depth 0: the largest at which at most 40 boxes are left. unfold: equal
 * blocks one by one. */
void mm_fold(Trace *t, int root, int depth, bool unfold);
int mm_box_of(const Trace *t, int node);                 /* the closed module that node is drawn in, or -1 */
const char *mm_module_label(const Trace *t, int module); /* its name under the frame it is drawn in */

/* ---- text.c ---- */

int mm_shares_of(const Trace *t, GradientShare *share, int max);

void mm_print_escaped(FILE *out, const char *text); /* for XML: & < > " and control characters */
void mm_print_quoted(FILE *out, const char *text);  /* inside a DOT string */
const char *mm_grouped(size_t n, char *text);       /* "12 288"; room for 32 characters */
void mm_print_table(const Trace *t, FILE *out);
void mm_print_shares(const Trace *t, FILE *out);

/* ---- dot.c, json_write.c, page.c ---- */

void mm_print_dot(Trace *t, const DrawOptions *options, FILE *out);
void mm_print_json(Trace *t, FILE *out);
void mm_print_page(Trace *t, Trace *other, const char *path, FILE *out);

/* ---- sources.c ---- for a file at path; NULL where the sources are not found. The caller frees. */

char *mm_source_links(const Trace *t, const char *path); /* what to put before "src/nn/layers.c" */
/* {"root": the same, "lines": {site: some lines of C}} */
struct json_t *mm_sources_json(const Trace *t, const char *path);

#endif
