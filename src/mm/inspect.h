/* mm/inspect.h: what went on in a graph: are its gradients right, and what flowed where. */
#ifndef MM_INSPECT_H
#define MM_INSPECT_H

#include <stdio.h>

#include "mm/core.h"

/* ---- are the gradients right? (gradcheck.c, modelcheck.c; in double: link mm64) ---- */

/* The worst element of a gradient check, in a form that can be printed. */
typedef struct Gradcheck {
    const char *op, *check; /* names of the op and of the entry of its check table */
    int input;              /* which input, and which element of it */
    size_t index;
    double numeric, analytic, error; /* error = |numeric - analytic| / (|numeric| + |analytic| + 0.001) */
    size_t compared;                 /* how many elements were compared */
    char text[512];                  /* all that in words; what is wrong, if something is */
} Gradcheck;

/* Compares an op's backward with central differences: every element of every input of every entry of op->check, from a
 * random upstream gradient. Each case is run with all inputs as parameters, with each alone (the others need no gradient),
 * and with one tensor in two places where the shapes allow it. Gradients start non-zero, so `=` for `+=` is seen.
 *
 * backward (NULL: the op's own) stands in for op->backward: a learner's, or a planted mistake.
 * Returns whether everything agrees within MM_GRADCHECK_TOLERANCE. worst (may be NULL): the worst element of all, or of the
 * first entry that fails: tables begin with what is simplest. */
bool mm_gradcheck(const Op *op, void (*backward)(Tensor *y), Gradcheck *worst);
#define MM_GRADCHECK_TOLERANCE 1e-6

/* A whole model: its loss as a function of its parameters. Must be the same function at every call. */
typedef Tensor *(*ModelLoss)(Graph *g, void *model);

typedef struct ModelCheck {
    double loss;
    double numeric, analytic, error; /* of the worst direction */
    char text[512];
} ModelCheck;

/* Compares the gradient of loss along random directions v of all the parameters, gradient . v, with the central difference
 * (loss(p + h v) - loss(p - h v)) / 2h, at two steps h: four evaluations a direction, whatever the size of the model. The
 * parameters are left as they were, their gradients are the model's. Returns whether each direction agrees within tolerance. */
bool mm_modelcheck(Params *ps, ModelLoss loss, void *model, int directions, double tolerance, ModelCheck *worst);

/* ---- where did the time go? (profile.c) ---- */

/* Floating-point operations of the products inside y's op, an addition and a multiplication each; 0 where there are none. */
double mm_op_flops(const Tensor *y, bool backward);

typedef struct Profile Profile;

Profile *mm_profile_new(Graph *g); /* measures every op that g runs from now on; takes the place of mm_graph_on_op's timer */
void mm_profile_optimiser(Profile *p, double seconds); /* time that the optimiser took, clipping included; it is no op */
/* A table, the slowest op first, for one of `steps` equal steps since mm_profile_new: how often each op ran, its time forward and
 * backward, its share of all time, and how many thousand million operations a second its products came to. */
void mm_profile_print(Profile *p, int64_t steps, FILE *out);
void mm_profile_free(Profile *p); /* g must not run any more, or with another timer */

/* ---- what flowed where? ---- After mm_backward, before mm_graph_reset.
 *
 * Node n7 is tensor 7 of the record. A module is a scope (mm_push): "visual.transformer.resblocks.0" lies in
 * "visual.transformer.resblocks" and so on; a parameter belongs to the innermost module that holds all who use it. */

/* A table: one line a tensor, with shape, root mean square of value and gradient, inputs, module, name and source line. */
void mm_graph_print(const Graph *g, FILE *out);

/* What part of the gradient a modality gets: of the sum of squares of all parameters' gradients, the share of those in one
 * module of the top level. The last entry, "outside", is of parameters used in several of these modules or in none. */
typedef struct GradientShare {
    char module[64];
    int params;
    size_t numbers; /* that these parameters consist of */
    double norm, share;
} GradientShare;
enum { MM_MAX_SHARES = 16 };

int mm_gradient_shares(const Graph *g, GradientShare *share, int max); /* returns how many there are, max at most */
void mm_gradient_report(const Graph *g, FILE *out);                    /* the same as text */

/* Looks on while a step runs: without it a trace shows how each gradient ended, with it what each op added to it, in which
 * order, how long that took and what memory was kept. From before the forward until after the trace is made; it slows the
 * step down, and blocks are kept whole (mm_graph_checkpoint), which changes no bit. Takes the place of mm_graph_on_op. */
typedef struct Watch Watch;
typedef struct Trace Trace;
Watch *mm_watch_new(Graph *g);
void mm_watch_free(Watch *w);

typedef struct DrawOptions {
    const char *title;  /* may be NULL; best says which model, step and batch */
    const char *module; /* draw this module only, with the tensors it is connected to. NULL: all */
    int depth;          /* modules this deep are drawn closed: 1 closes all. 0: the deepest that leaves 40 boxes at most */
    bool unfold;        /* draw consecutive equal blocks one by one, not as one box "x4" */
    const Watch *watch; /* of the step; NULL: nobody looked on */
    Trace *other;       /* what the page compares with; may be NULL */
} DrawOptions;

/* The graph in the DOT language, loss (may be NULL) outlined. The same graph gives the same bytes. Edges point the way of
 * the values; the gradient comes down against them. Colour is the logarithm of the gradient's root mean square;
 * parameters have a golden rim, what gets no gradient is grey and dashed, NaN and infinity are red. */
void mm_graph_dot(const Graph *g, const Tensor *loss, const DrawOptions *options, FILE *out);

/* The graph as a file; the end of path says which: .json, a trace, from which the program `trace` makes all others; .html, a
 * page to step through, which needs nothing else; .dot;
 * .svg, .pdf or .png, which takes Graphviz's program dot; .txt, the table and the report above. Errors: another ending, a
 * file that cannot be written, no dot, or no such options->module (mm_graph_dot then draws all). */
bool mm_graph_draw(const Graph *g, const Tensor *loss, const DrawOptions *options, const char *path, Error *err);

/* All forms at once: OUT/graph/step.html, .json, .txt, .dot and .svg. The caller frees the paths, NULL before. */
enum { MM_DRAWN_FILES = 5 };
bool mm_graph_draw_files(const Graph *g, const Tensor *loss, const DrawOptions *options, const char *out,
                         char *path[MM_DRAWN_FILES], Error *err);
void mm_drawn_print(char *const path[MM_DRAWN_FILES]);          /* a line each: where, and what it is for */
struct json_t *mm_drawn_json(char *const path[MM_DRAWN_FILES]); /* "html": path, …; the caller owns it */
struct json_t *mm_gradient_json(const Graph *g);                /* mm_gradient_shares; the caller owns it */

/* ---- a trace: a graph with its numbers, kept after the graph is gone ---- */

Trace *mm_trace_new(const Graph *g, const Tensor *loss, const DrawOptions *options); /* title and watch of options (or NULL) */
Trace *mm_trace_read(const char *path, Error *err); /* a .json file, validated; NULL: it is not a trace */
void mm_trace_free(Trace *t);
bool mm_trace_save(Trace *t, const DrawOptions *options, const char *path, Error *err); /* as mm_graph_draw */

void mm_trace_print(const Trace *t, FILE *out); /* the table and the report */
/* Prints which tensors of two traces of one structure lie further apart than tolerance, relative to their size. Returns how
 * many; -1: they are not of one structure, and the first difference is printed. */
int mm_trace_compare(const Trace *a, const Trace *b, double tolerance, FILE *out);

/* ---- one step of a run: the option --graph FILE[:STEP] of programs that train ---- */

typedef struct GraphStep {
    char path[1024]; /* "": no step is asked for */
    int64_t step;    /* from 1 */
    Watch *watch;    /* while that step runs */
} GraphStep;

bool mm_graph_step_parse(const char *text, GraphStep *s, Error *err);
bool mm_graph_step_exists(const GraphStep *s, int64_t steps, Error *err); /* of so many; before the first */
void mm_graph_step_begin(GraphStep *s, Graph *g, int64_t step);           /* before the forward of every step */
/* After its backward, before an optimiser takes the gradients: writes the file, as mm_graph_draw, if this is the step. */
bool mm_graph_step_end(GraphStep *s, const Graph *g, const Tensor *loss, const char *title, Error *err);

/* For a step whose loss or gradient is not finite: writes its graph to path, as mm_graph_draw, and fills err with where NaN
 * or infinity came from and with path. Before or after mm_backward. title: which step of what. Returns false. */
bool mm_report_nonfinite(const Graph *g, const Tensor *loss, const char *title, const char *path, Error *err);

/* ---- what an answer came from (saliency.c) ---- after mm_backward from the number to be explained, or the sum of such numbers over
 * the examples of a batch; map is filled, for one example. */

/* x (B, C, H, W), a map of features that the answer was made from -> map (H, W), none below 0. */
void mm_grad_cam(const Tensor *x, int example, real *map);  /* channel by channel */
void mm_hires_cam(const Tensor *x, int example, real *map); /* place by place */
/* layer: results of mm_attention (B, T, D), the first layer first -> map (T): how much token 0 has of each. */
void mm_attention_rollout(Tensor *const *layer, int layers, int example,
                          real *map); /* of attention alone: no mm_backward needed */
void mm_attention_relevance(Tensor *const *layer, int layers, int example, real *map); /* of attention that raises the number */

#endif
