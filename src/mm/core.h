/* mm/core.h: tensors, the graph that records them, parameters, and the step back through the record.
 *
 * A tensor is a node of the graph. Every op makes one, the graph records it as it is made, and mm_backward
 * walks the record from the loss to the start: a tensor is always recorded after its inputs, so by the time
 * the walk reaches it, all that it fed has already been visited and its gradient is complete.
 *
 * Ownership, the whole rule: Params own the parameters and their gradients; a Graph owns every other tensor
 * until mm_graph_reset. Programs never free a tensor.
 *
 * Shapes are written (B, T, D): row-major, contiguous, last dimension fastest. Token ids are `const int *`. */
#ifndef MM_CORE_H
#define MM_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef MM_DOUBLE
typedef double real; /* the library mm64: gradients are proved in double */
#else
typedef float real; /* the library mm */
#endif

enum { MM_MAX_RANK = 6, MM_MAX_CHECK_INPUTS = 5 };

typedef struct Tensor Tensor;
typedef struct Graph Graph;
typedef struct Params Params;

/* ---- shapes ---- */

typedef struct Shape {
    int rank; /* 0: a scalar, which has one element */
    int d[MM_MAX_RANK];
} Shape;

#define MM_COUNT_ARGS_(a, b, c, d, e, f, n, ...) n
#define MM_COUNT_ARGS(...) MM_COUNT_ARGS_(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define MM_DIMS(...)                                                                                                             \
    {                                                                                                                            \
        .rank = MM_COUNT_ARGS(__VA_ARGS__), .d = { __VA_ARGS__ }                                                                 \
    }                                               /* initialises a Shape, also a static one */
#define MM_SHAPE(...) ((Shape)MM_DIMS(__VA_ARGS__)) /* MM_SHAPE(B, T, D) */
#define MM_SCALAR ((Shape){.rank = 0})

size_t mm_numel(Shape s);
bool mm_shape_equal(Shape a, Shape b);
int mm_last(Shape s);                           /* size of the last dimension; 1 for a scalar */
size_t mm_rows(Shape s);                        /* elements / mm_last */
const char *mm_shape_text(Shape s, char *text); /* "(2,3)"; text has room for MM_SHAPE_TEXT characters */
enum { MM_SHAPE_TEXT = 80 };

/* ---- errors ----
 * A programmer's mistake (a shape, the order of calls) goes to the handler of the graph or of the params; without one it is
 * printed and the program aborts. The world's mistake (a file, a picture, a number typed by a user) fills an Error and comes
 * back as false or NULL; programs print it and exit 1. */

typedef struct Error {
    char text[1024]; /* names the file and the place */
} Error;

bool mm_error(Error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* fills err (may be NULL); returns false */

typedef struct FailHandler {
    void (*call)(void *context, const char *message); /* does not return: it longjmps or exits. NULL: print and abort */
    void *context;
} FailHandler;

_Noreturn void mm_fail(FailHandler handler, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- random numbers: splitmix64 (Steele, Lea, Flood 2014). The state is two integers, so a checkpoint can hold it ---- */

typedef struct Rng {
    uint64_t key, count;
} Rng;

Rng mm_rng(uint64_t seed, const char *stream); /* streams of one seed are independent: "init", "batches", … */
static inline uint64_t mm_rng_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
/* Draw number i of the stream: a hash of key + i, so the same from any thread; here, so that loops of draws become vector code. */
static inline uint64_t mm_rng_at(Rng r, uint64_t i)
{
    return mm_rng_mix(r.key + (r.count + i + 1) * 0x9e3779b97f4a7c15u);
}
uint64_t mm_rng_next(Rng *r);
double mm_uniform(Rng *r);                  /* [0, 1) */
double mm_normal(Rng *r);                   /* mean 0, variance 1 */
int mm_below(Rng *r, int n);                /* 0 .. n-1 */
void mm_permutation(Rng *r, int *p, int n); /* p: 0 .. n-1, shuffled */

/* ---- ops ---- */

typedef const char *Site; /* "src/nn/transformer.c:41": where in the source an op was called */
#define MM_TEXT_(x) #x
#define MM_TEXT(x) MM_TEXT_(x)
#define MM_HERE (__FILE__ ":" MM_TEXT(__LINE__))

/* Inputs to try an op on in the gradient check. build calls the op's public wrapper on tensors of these shapes. */
typedef struct Check {
    const char *name; /* "rows", "causal mask", …; NULL ends the table */
    Tensor *(*build)(Graph *g, Tensor *const *x);
    Shape in[MM_MAX_CHECK_INPUTS];
    int n_in;
    real low, high; /* inputs are drawn from [low, high]; both 0: [-1, 1] */
} Check;

/* All that is known of one operation. */
typedef struct Op {
    const char *name;                /* "layernorm" */
    const char *symbol;              /* what a drawing of the graph prints: "LN" */
    const char *equation;            /* id that joins source, page, test and exercise */
    Shape (*shape)(const Tensor *y); /* checks y->in[] (mm_op_fail), returns the shape of y */
    void (*forward)(Tensor *y);      /* in[]->data  ->  y->data, and y->saved if backward wants more */
    void (*backward)(Tensor *y);     /* y->grad  ->  += mm_grad(in[i]) where that is not NULL */
    const Check *check;              /* ends with a zero entry */
} Op;

struct Tensor {
    Shape shape;
    size_t n; /* number of elements */
    real *data;
    real *grad; /* NULL until a gradient flows here */
    bool needs_grad;
    const Op *op; /* NULL: an input or a parameter */
    Tensor **in;
    int n_in;
    const void *attr;  /* the op's own struct of options, copied into the graph */
    real *saved;       /* what forward keeps for backward */
    Graph *graph;      /* NULL for a parameter */
    const char *name;  /* "token_embedding.weight", "logits", or NULL */
    const char *scope; /* module path: "visual.transformer.resblocks.0" */
    Site site;
    int id; /* place in the record */
};

/* Makes the node y = op(in…), checks shapes, runs forward, records it. attr (may be NULL) is copied. Every op has a wrapper
 * that calls this, and a macro of the wrapper's name that adds the caller's line: one writes mm_matmul(g, x, w). */
Tensor *mm_apply(Graph *g, const Op *op, const void *attr, size_t attr_bytes, int n_in, Tensor *const *in, Site site);

/* For ops: the gradient to add to, zeroed on first use; NULL if t needs none. */
real *mm_grad(Tensor *t);
/* The same for ops that write every element anyway: the first time it is not zeroed and *beta is 0, later *beta is 1; the op
 * computes gradient = new + *beta gradient, and never reads what *beta = 0 leaves out. */
real *mm_grad_beta(Tensor *t, real *beta);
/* For ops: reports a wrong call of the op that makes y; names it, its inputs, their shapes, the scope and the source line. */
_Noreturn void mm_op_fail(const Tensor *y, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For ops: memory that lives until the graph is reset. 64-byte aligned, not cleared. */
void *mm_arena(Graph *g, size_t bytes);
real *mm_reals(Graph *g, size_t n);
/* For ops: memory until forward or backward returns; the next op gets the same, still warm in the cache. */
void *mm_scratch(Graph *g, size_t bytes);
const int *mm_keep_ints(Graph *g, const int *ids, size_t n); /* a copy of ids */

/* ---- the graph ---- */

Graph *mm_graph_new(uint64_t seed);       /* the seed is dropout's */
Graph *mm_graph_inference(uint64_t seed); /* one that neither trains nor records */
void mm_graph_free(Graph *g);
void mm_graph_reset(Graph *g);                /* forgets every tensor; keeps the memory for the next step */
void mm_graph_train(Graph *g, bool training); /* dropout on or off; a new graph trains */
bool mm_graph_training(const Graph *g);
bool mm_graph_record(Graph *g, bool record); /* false: inference, nothing can be differentiated; returns what it was */
void mm_graph_on_fail(Graph *g, FailHandler h);
FailHandler mm_graph_handler(const Graph *g);
/* Calls timer after every op that runs, forward or backward, with the time it took: what a profile is made of. */
typedef void OpTimer(void *context, const Tensor *y, bool backward, double seconds);
void mm_graph_on_op(Graph *g, OpTimer *timer, void *context); /* NULL: no more */
/* Calls watch ahead of every op that runs: what a gradient was before an op added to it, what memory was in use. */
typedef void OpWatch(void *context, Tensor *y, bool backward);
void mm_graph_before_op(Graph *g, OpWatch *watch, void *context); /* NULL: no more */
Rng *mm_graph_rng(Graph *g);
/* The graph computes rows first .. first + n - 1 of a batch of `of` rows, and the rest is computed elsewhere or later. So that nobody
 * can tell, dropout draws for each row what it draws in the whole batch; the batch is the first dimension of what it drops from. */
typedef struct BatchPart {
    int first, n, of; /* of 0: the whole batch, as in a new graph */
} BatchPart;
void mm_graph_part(Graph *g, BatchPart part);
/* For ops that drop: the stream whose draw i is that of element i of n. The graph's stream goes on behind the draws of the whole batch. */
Rng mm_graph_draws(Graph *g, size_t n);
int mm_graph_size(const Graph *g);             /* number of recorded tensors, inputs and parameters used included */
Tensor *mm_graph_node(const Graph *g, int id); /* in the order of making */
size_t mm_graph_used(const Graph *g);          /* memory in use since the last reset, in bytes */
size_t mm_graph_bytes(const Graph *g);         /* memory held, in bytes: the peak so far, since nothing is given back */

/* What the memory of a graph is used for. */
typedef enum MemoryKind {
    MM_REST,      /* names, options, ids; what is asked for outside of ops */
    MM_INPUTS,    /* the data of mm_input */
    MM_VALUES,    /* the results of ops: activations */
    MM_SAVED,     /* what forward keeps for backward beside them */
    MM_GRADIENTS, /* of inputs and values; those of parameters belong to Params */
    MM_SCRATCH,   /* what an op needs while it runs */
    MM_MEMORY_KINDS
} MemoryKind;

typedef struct GraphMemory {
    size_t now[MM_MEMORY_KINDS], peak[MM_MEMORY_KINDS]; /* bytes; peak: at the moment when their sum was largest */
} GraphMemory;
const GraphMemory *mm_graph_memory(const Graph *g);

void mm_push(Graph *g, const char *module); /* ops made from here on belong to this module inside the present one … */
void mm_pop(Graph *g);                      /* … until here */

/* A copy of data (NULL: zeros) that needs no gradient. */
Tensor *mm_input(Graph *g, Shape s, const real *data, Site site);
#define mm_input(...) mm_input(__VA_ARGS__, MM_HERE)
Tensor *mm_named(Tensor *t, const char *name); /* sets the name that errors and drawings show; name must outlive t */

/* From loss (one element) back through the record: fills the grad of everything that led to it. Once per graph. */
void mm_backward(Graph *g, Tensor *loss);
/* As mm_backward, of any y, from a given upstream gradient dy of y's shape. */
void mm_backward_from(Graph *g, Tensor *y, const real *dy);
/* Whether the gradients of what ops made stay until the graph is reset: to be looked at. A new graph keeps them. false: each is given
 * back once backward has passed it on, is NULL from then on, and the next takes its place, unless the graph is watched; at the
 * peak there are a few in place of as many as there are activations. To be called on an empty graph; returns whether it did before. */
bool mm_graph_keep_gradients(Graph *g, bool keep);

/* ---- blocks: less memory (block.c) ----
 * A block is a part of a model that is a function of its inputs, such as a layer of a Transformer: the same inputs and random numbers
 * give the same result. Called through mm_block
 *     while recording is off, it leaves its result and nothing else: the memory of all that it made on the way is used again;
 *     while checkpointing is on, likewise, and mm_backward runs it once more to have these tensors when it needs them: of
 *         many blocks, one at a time takes memory, for the time of a second forward (Chen et al. 2016);
 *     else it is recorded as if it were called directly.
 * The results and all gradients are the same bits. attr (may be NULL) is copied. What is in the graph and needs a gradient must
 * come in through `in`; parameters need not. Inside a block that is recomputed, blocks are only functions. */
typedef Tensor *(*BlockForward)(Graph *g, const void *attr, Tensor *const *in);
Tensor *mm_block(Graph *g, BlockForward forward, const void *attr, size_t attr_bytes, int n_in, Tensor *const *in);
/* n blocks, each with the result of the one before; attr is an array of n. */
Tensor *mm_blocks(Graph *g, BlockForward forward, const void *attr, size_t attr_bytes, int n, Tensor *x);
bool mm_graph_checkpoint(Graph *g, bool checkpointing); /* a new graph does not; returns whether it did before */
/* Whether a block is being run again: what forward changes beside its result has been changed already. */
bool mm_graph_replaying(const Graph *g);

/* ---- ranks: many that train one model (ranks.c: threads, to test with; mpi.c: processes, on many machines) ----
 * Each rank computes its own rows of every batch. All call the functions below in the same order with the same sizes, and wait for
 * each other inside. The order of additions depends on n alone. */

/* Numbers of which the sum over all ranks has been asked for. */
typedef struct RankSum {
    real *x;
    int n;
    bool done;
    _Alignas(8) char request[8]; /* MPI's */
} RankSum;

typedef struct Ranks Ranks;
struct Ranks {
    int rank, n; /* rank 0 .. n-1 */
    void *context;
    /* all: the numbers of rank 0, then those of rank 1, … ; count[r] of them are rank r's, and own are this rank's. */
    void (*gather)(const Ranks *r, const real *own, real *all, const int *count);
    /* The way back: own becomes the sum of what all ranks have in this rank's part of their `all`. */
    void (*scatter_sum)(const Ranks *r, const real *all, real *own, const int *count);
    /* Begins to put the sum over all ranks in the place of s->x, n numbers that nobody touches until it is done. Then s->done; poke
     * looks whether it is, and lets the sum go on while it looks; wait returns when it is. */
    void (*sum_begin)(const Ranks *r, RankSum *s, real *x, int n);
    void (*sum_poke)(const Ranks *r, RankSum *s);
    void (*sum_wait)(const Ranks *r, RankSum *s);
};

BatchPart mm_ranks_part(const Ranks *r, int rows); /* the rows of a batch that are this rank's; r NULL: all */
void mm_ranks_sum(const Ranks *r, real *x, int n); /* begin and wait at once; r NULL: nothing to add */

/* n threads as ranks: runs work(rank, context) in each, and returns when all have. */
void mm_ranks_run(int n, void (*work)(const Ranks *r, void *context), void *context);

/* The ranks that mpirun started, of which this process is one; NULL if it was started alone. false: MPI is needed and not built in. */
bool mm_ranks_world(const Ranks **r, Error *err);
int mm_ranks_threads(const Ranks *r);                      /* processors of this machine for each of the ranks that are on it */
void mm_ranks_end(const Ranks *r);                         /* after the last word to the others; r may be NULL */
_Noreturn void mm_ranks_abort(const Ranks *r, int status); /* this rank cannot go on: ends the processes of all */

/* ---- parameters ---- */

typedef enum InitKind { MM_ZERO, MM_CONSTANT, MM_NORMAL, MM_UNIFORM, MM_TRUNCATED } InitKind;
typedef struct Init {
    InitKind kind;
    real a; /* the constant; the standard deviation; the bound of [-a, a]; the standard deviation of a normal whose draws
             * beyond 2 a are drawn again, TensorFlow's truncated_normal */
} Init;

Params *mm_params_new(uint64_t seed);
void mm_params_free(Params *ps);
void mm_params_on_fail(Params *ps, FailHandler h);
FailHandler mm_params_handler(const Params *ps);
/* A new named parameter. Its numbers depend on the seed, its name and its shape, not on what else there is. */
Tensor *mm_param(Params *ps, const char *name, Shape shape, Init init);
/* A named array that is kept with the parameters but not learned (running statistics); filled with value. */
Tensor *mm_buffer(Params *ps, const char *name, Shape shape, real value);
int mm_params_count(const Params *ps);                      /* with the buffers; a buffer has no needs_grad */
Tensor *mm_params_at(const Params *ps, int i);              /* in the order of making */
Tensor *mm_params_find(const Params *ps, const char *name); /* NULL if there is none */
size_t mm_params_numel(const Params *ps);                   /* without the buffers */
void mm_params_zero_grad(Params *ps);
/* What is called prefix… is no longer learned: no gradient flows there, no optimiser made from now on moves it. Returns how many. */
int mm_params_freeze(Params *ps, const char *prefix);
const char *mm_name(Params *ps, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* a name that lives as long as ps */
/* While blank, new parameters stay zero instead of being drawn: for a model that is about to be filled from a file. */
void mm_params_blank(Params *ps, bool blank);
void *mm_params_memory(Params *ps, size_t bytes); /* cleared memory that lives as long as ps */

/* ---- matrix products (gemm.c), decompositions (LAPACK) and threads ---- */

typedef struct Mat {
    real *p;
    ptrdiff_t rs, cs; /* strides between rows and between columns, in elements */
    ptrdiff_t batch;  /* stride between the matrices of a batch */
} Mat;

/* C = alpha A B + beta C for n_batch matrices: A (m,k), B (k,n), C (m,n). The work is cut into pieces that depend on the
 * shapes alone, so the same bits come out for any number of threads. */
void mm_gemm(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat c);
/* C = alpha A B + beta D. D may be C; with a row stride of 0 it is one row for all, as a bias is. */
void mm_gemm_add(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat d, Mat c);

/* A symmetric, of which the lower half is read = V diag(w) V^T: a (n, n) becomes V, its columns; w (n) rises. false: LAPACK found no
 * solution, as when A has numbers that are none. */
bool mm_eigh(int n, real *a, real *w);
/* A (m, n) = U diag(s) V^T with k = min(m, n): u (m, k), s (k) falls, vt (k, n). a is lost. false: as above. */
bool mm_svd(int m, int n, real *a, real *u, real *s, real *vt);

void mm_set_threads(int n); /* 0: one per processor */
int mm_threads(void);
double mm_seconds(void); /* a clock that only goes forward */

/* Elements below which a loop is not worth a second thread. */
enum { MM_GRAIN = 16384 };

#endif
