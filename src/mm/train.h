/* mm/train.h: from gradients to better parameters, and how a long run survives, reports and resumes. */
#ifndef MM_TRAIN_H
#define MM_TRAIN_H

#include "mm/core.h"
#include "mm/io.h"

#include <stdio.h>

/* ---- optimisers (optimizer.c; sgd.c, adamw.c, lamb.c) ----
 * A step over a large batch can be made of k small ones: gradients of parameters add up until mm_optimizer_step, so
 *
 *     for each of the k parts: loss of the part, its mean; mm_backward_from(g, loss, (real[]){1 / (real)k}); mm_graph_reset(g);
 *     mm_optimizer_step(opt, lr);
 *
 * is the step over the whole batch to rounding, where the loss is a mean over examples that do not see each other. With a contrastive
 * loss or BatchNorm they do, and the small batches are another task. */

enum { MM_MAX_STATES = 2 };
typedef struct OptimizerConfig OptimizerConfig;

/* What a step does to one parameter. */
typedef struct Update {
    Tensor *p;                  /* data is moved; grad is used, and left zero for the next step */
    real *state[MM_MAX_STATES]; /* as OptimizerKind.state names them; zero before the first step */
    int64_t step;               /* 1, 2, … */
    real lr, weight_decay;
    bool exempt;   /* from decay: weight_decay is 0 */
    real *scratch; /* OptimizerKind.scratch numbers that all parameters share; NULL if it is not a matrix that is to be turned */
} Update;

/* All that is known of one method. A program can define its own, as it can an Op. */
typedef struct OptimizerKind {
    const char *name;                   /* "adamw" */
    const char *state[MM_MAX_STATES];   /* the arrays kept for each parameter: "m", "v"; NULL for fewer */
    size_t (*scratch)(const Tensor *p); /* how many numbers a matrix needs to work with; NULL: none */
    void (*update)(const OptimizerConfig *c, const Update *u);
} OptimizerKind;

extern const OptimizerKind mm_sgd;          /* uses weight_decay */
extern const OptimizerKind mm_sgd_momentum; /* momentum, nesterov, weight_decay; both as torch.optim.SGD */
extern const OptimizerKind mm_adamw;        /* beta1, beta2, eps, weight_decay; as torch.optim.AdamW: decay before the step */
extern const OptimizerKind mm_adamw_hf;     /* the same of UNITER and early Hugging Face: decay after the step, another eps */
extern const OptimizerKind mm_lamb;         /* beta1, beta2, eps, weight_decay; as tensorflow_addons, which trained ALIGN */
extern const OptimizerKind mm_muon;         /* momentum, rms, not_matrix, weight_decay; AdamW's for all that is no matrix */

struct OptimizerConfig {
    const OptimizerKind *kind;
    real momentum;
    bool nesterov;
    real beta1, beta2, eps;
    real weight_decay;
    /* Which parameters are exempt from decay (and from LAMB's trust ratio): gains, biases and scalars, as in CLIP; or, with
     * decay_vectors, only those whose name contains one of the texts in no_decay, a list that ends with NULL (may be NULL). */
    bool decay_vectors;
    const char *const *no_decay;
    /* Muon: the root mean square of a matrix's step as a part of lr (0.2 is about what AdamW's has); and names of which a part is
     * enough to be left to AdamW: embeddings, whose rows are no outputs. A list that ends with NULL (may be NULL). */
    real rms;
    const char *const *not_matrix;
};

typedef struct Optimizer Optimizer;

Optimizer *mm_optimizer_new(Params *ps, OptimizerConfig config); /* for all parameters made so far; lives as long as they */
void mm_optimizer_step(Optimizer *opt, real lr);                 /* uses the gradients, then zeroes them */
int64_t mm_optimizer_steps(const Optimizer *opt);                /* taken so far */
void mm_optimizer_set_steps(Optimizer *opt, int64_t steps);      /* when resuming */
const OptimizerKind *mm_optimizer_kind(const Optimizer *opt);
/* The array kind->state[which] of a parameter, as long as the parameter; NULL for a buffer. */
real *mm_optimizer_state(const Optimizer *opt, int parameter, int which);

/* The length of all gradients as one vector; if it is more than most (0: no limit), they are scaled down to it. They
 * are left as they are if the length is not finite. */
real mm_clip_grad_norm(Params *ps, real most);
/* In double, and in an order that depends on n alone. */
double mm_sum_squares(const real *x, size_t n);

/* ---- a contrastive step in parts (contrast.c) ---- */

enum { MM_MAX_TOWERS = 8 };

/* Several encoders, the towers, and one loss of all that they make. */
typedef struct Contrast {
    int towers;
    BatchPart rows[MM_MAX_TOWERS]; /* those that are computed here: {0, N, N} for all */
    /* Rows `part` of the batch through one tower: (part.n, D). */
    Tensor *(*encode)(Graph *g, void *context, int tower, BatchPart part);
    /* features[tower] (rows[tower].n, D) -> the loss, one number */
    Tensor *(*loss)(Graph *g, void *context, Tensor *const *features);
    void *context;
} Contrast;

/* Forward and backward of the whole batch; g then holds both, until it is reset. */
Tensor *mm_contrast(Graph *g, const Contrast *c);

/* The same loss and gradients to rounding, with the activations of at most `micro` rows of a tower in memory at any time, for the
 * time of a second forward. Resets g, which must be empty, between the parts and at the end. Not for towers with BatchNorm in training: it
 * looks at the rows that it is given together, so that a smaller batch is another function. */
typedef struct FeatureCache FeatureCache;
FeatureCache *mm_feature_cache_new(void); /* its memory is kept from step to step */
void mm_feature_cache_free(FeatureCache *cache);
real mm_contrast_cached(Graph *g, const Contrast *c, int micro, FeatureCache *cache);

/* ---- gradients of many ranks (gradient_mean.c) ----
 * Between begin and end, each rank runs forward and backward of its own rows; after end, every rank has the same gradients, the mean of
 * all. Where the loss of a rank is the mean over its rows, all have the gradient of the whole batch. */
typedef struct GradientMean GradientMean;

/* What has been sent so far, over all steps. */
typedef struct GradientMeanSpent {
    int buckets, steps;
    double bytes, early, hidden; /* all; of these, sent while backward ran; and also there before it ended */
    double waited;               /* seconds, after backward */
} GradientMeanSpent;

/* bucket_bytes: how much is sent at once, at least; 1 << 20 suits small models, PyTorch has 25 MiB. ranks, ps must outlive it. */
GradientMean *mm_gradient_mean_new(Params *ps, const Ranks *ranks, size_t bucket_bytes);
void mm_gradient_mean_free(GradientMean *m);
void mm_gradient_mean_begin(GradientMean *m, Graph *g); /* takes the place of mm_graph_on_op until end */
void mm_gradient_mean_end(GradientMean *m);
const GradientMeanSpent *mm_gradient_mean_spent(const GradientMean *m);

/* ---- schedules (schedule.c): what to multiply the highest learning rate with ---- */

/* open_clip's: rises to 1 over `warmup` steps, then a half cosine down to 0 at step `total`. Steps count from 0. */
real mm_warmup_cosine(int64_t step, int64_t warmup, int64_t total);
/* open_clip's without the descent: stays at 1. Steps count from 0. */
real mm_warmup_constant(int64_t step, int64_t warmup);
/* BERT's, UNITER's and ALIGN's: rises from 0 to 1 at step `warmup`, then in a straight line down to 0 at step `total`. The step
 * about to be taken is number 1 first: with 0 it would be lost. */
real mm_warmup_linear(int64_t step, int64_t warmup, int64_t total);

/* ---- parameters in files (load.c) ---- */

/* All parameters and buffers by name, in F32 (mm64: F64), with metadata key, value, …, NULL or NULL. */
bool mm_params_save(const Params *ps, const char *path, const char *const *metadata, Error *err);
/* Fills ps from a file. Every parameter must be there with its shape, and nothing else; all mismatches are named, as far as there is
 * room. F64, F16 and BF16 are converted; a number that is not finite is an error. */
bool mm_params_load(Params *ps, const char *path, Error *err);
/* Moves ps to (1 - alpha) ps + alpha other; all of ps must be in other. */
void mm_params_mix(Params *ps, const Params *other, double alpha);

enum { MM_MAX_ORIGINS = 3, MM_NAME_ROOM = 256 };

/* Where a parameter's numbers are in a file of another program's names. */
typedef struct Origin {
    char name[MM_MAX_ORIGINS][MM_NAME_ROOM]; /* n tensors: the first holds the first rows, the second those that follow, … */
    int n;
    bool transposed; /* a matrix that is stored with its rows as columns */
} Origin;

/* All that is known of another program's names. {0}: the file has our own names, and nothing else. */
typedef struct Naming {
    void (*origin)(const char *parameter, Origin *o); /* given {parameter}, says where it is; NULL: under its own name */
    bool (*ignored)(const char *name);                /* what a file may have beside the parameters; NULL: nothing */
    const char *prefix;                               /* of all names in the file: "module."; NULL: none */
    bool partial;                                     /* the file holds more, whatever it is */
    bool counters;                                    /* written: num_batches_tracked, 0, beside each running_var */
} Naming;

bool mm_params_load_named(Params *ps, const SafeFile *f, const Naming *naming, Error *err);
bool mm_params_save_named(const Params *ps, const char *path, const Naming *naming, const char *const *metadata, Error *err);
/* The shape that a parameter of this name would have, as far as the file says; false: the file has no such tensor. */
bool mm_naming_shape(const SafeFile *f, const Naming *naming, const char *parameter, Shape *shape);

/* ---- a run that goes on later (checkpoint.c) ---- */

/* All that a run needs to go on as if it had never stopped: parameters, the optimiser's arrays, steps taken, and a history of
 * `columns` numbers a step. One file, so that a kill at any moment leaves a whole one. */
typedef struct TrainState {
    Params *params;
    Optimizer *opt;
    int columns;
    float *history; /* (steps, columns) */
} TrainState;

/* `run` describes the options that decide the numbers; a file written under another description is refused. */
bool mm_state_save(const TrainState *s, const char *path, const char *run, Error *err);
bool mm_state_load(TrainState *s, int64_t most_steps, const char *path, const char *run, Error *err);

/* ---- a run and its reader (progress.c) ---- */

typedef struct Progress {
    int64_t total, done, shown_at;
    double started, shown, paused; /* seconds */
    int64_t first;                 /* where this process began: not 0 after a resume */
    bool terminal;
} Progress;

Progress mm_progress(int64_t total, int64_t first);
/* Draws the bar at most a few times a second on a terminal, and a line at every twentieth of the way elsewhere. */
void mm_progress_show(Progress *p, int64_t done, const char *format, ...) __attribute__((format(printf, 3, 4)));
void mm_progress_end(Progress *p); /* leaves the last bar standing */

/* After this, Ctrl-C and SIGTERM only set a mark; a second one ends the program at once. */
void mm_catch_interrupt(void);
bool mm_interrupted(void);

/* ---- the loop (trainer.c) ---- */

typedef struct Trainer {
    TrainState *state;
    int64_t steps;          /* in all; the run begins behind those that the state has taken */
    const char *path, *run; /* the checkpoint, and what describes the run: mm_state_save */
    int save_every;
    long long stop_after;                                  /* steps of this process; 0: to the end */
    const Ranks *ranks;                                    /* NULL: one process */
    bool (*step)(void *context, int64_t s, Error *err);    /* takes step s, from 0, and notes it in the history */
    void (*show)(void *context, Progress *bar, int64_t s); /* after it, on the rank that speaks */
    void *context;
    bool stopped;  /* out: by Ctrl-C or stop_after, with all saved; on all ranks */
    int64_t taken; /* out: steps of this process */
    double seconds;
} Trainer;

/* Steps, checkpoints, the bar. false: an error, or stopped, which the error then says. */
bool mm_train(Trainer *t, Error *err);
bool mm_trainer_speaks(const Trainer *t);        /* the one rank that prints and writes; also a process alone */
bool mm_trainer_any(const Trainer *t, bool yes); /* whether any rank says so: all get the same answer, and none goes on before */

double mm_history_recent(const TrainState *state, int column,
                         int64_t s); /* mean of the 20 steps up to s, so that it can be read */
/* A table of all steps; column names its columns. Numbers that are none are "?", as gnuplot has it. */
bool mm_history_write(const TrainState *state, int64_t steps, const char *const *column, const char *path, Error *err);

/* ---- many small trainings side by side (jobs.c) ---- */

/* Number i of them, of which none has to do with another; false: it failed. Runs with one thread. */
typedef bool Job(void *context, int i, Error *err);
typedef const char *JobName(const void *context, int i);
/* Jobs 0 … n - 1, as many at a time as there are threads, with a progress bar. false: the first error, after all have ended. */
bool mm_jobs(int n, Job *job, JobName *name, void *context, Error *err);

/* ---- memory (memory.c) ---- in bytes */

size_t mm_peak_memory(void); /* of this process so far */

/* What a run uses memory for: of parameters what there is, of the graph its peak. */
typedef struct MemoryUse {
    size_t parameters, gradients, optimizer;
    size_t graph[MM_MEMORY_KINDS]; /* at the moment when it used most */
    size_t spare;                  /* held by the graph, not in use at that moment */
    size_t process;                /* mm_peak_memory */
} MemoryUse;

/* opt: NULL where nothing is learned; memory for gradients is then reserved but, never written to, not there. */
MemoryUse mm_memory_use(const Params *ps, const Optimizer *opt, const Graph *g);
void mm_memory_print(const MemoryUse *m, FILE *out); /* a table */

#endif
