/* trace.h: what a graph looks like after mm_backward: its tensors with statistics, and the modules they belong to. Private to
 * src/inspect; the text table, the report and the drawing are all made from it. */
#ifndef MM_TRACE_H
#define MM_TRACE_H

#include "mm/inspect.h"

typedef struct Stat {
    double min, max, mean, squares; /* squares: the sum of all x^2 */
    size_t n, bad;                  /* how many numbers, how many of them NaN or infinite */
} Stat;

double mm_rms(Stat s);

typedef enum NodeKind { NODE_OP, NODE_PARAM, NODE_INPUT, NODE_REPEATED } NodeKind;

/* Node i is tensor i of the record. A parameter that two graphs used in turns is recorded again; then it is NODE_REPEATED. */
typedef struct TraceNode {
    const Tensor *t;
    NodeKind kind;
    int module;    /* the module that made it; for a parameter: the innermost that holds all its uses */
    const int *in; /* nodes of its inputs */
    bool flows;    /* a gradient came here */
    Stat value, grad;
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

typedef struct Trace {
    TraceNode *node;
    int n;
    Module *module;
    int n_modules, capacity;
    int *edges;
    bool walked; /* mm_backward has been here */
    int root;    /* the module that is drawn; 0: all */
} Trace;

Trace *mm_trace_new(const Graph *g);
void mm_trace_free(Trace *t);
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

#endif
