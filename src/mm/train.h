/* mm/train.h: from gradients to better parameters, and how a long run survives, reports and resumes. */
#ifndef MM_TRAIN_H
#define MM_TRAIN_H

#include "mm/core.h"
#include "mm/io.h"

/* ---- optimiser (adamw.c) ---- */

typedef struct AdamWConfig {
    real beta1, beta2, eps, weight_decay;
} AdamWConfig;

typedef struct AdamW AdamW;

/* AdamW as PyTorch computes it (Loshchilov and Hutter 2019): decay before the step, eps added to the bias-corrected root.
 * Decay groups as in CLIP: matrices, tables and kernels decay; gains, biases, scalars (fewer than two dimensions) do not. */
AdamW *mm_adamw_new(Params *ps, AdamWConfig config);         /* for all parameters made so far; lives as long as they */
void mm_adamw_step(AdamW *opt, real lr);                     /* uses the gradients, then zeroes them */
int64_t mm_adamw_steps(const AdamW *opt);                    /* taken so far */
real *mm_adamw_moment(AdamW *opt, int parameter, int which); /* which 1: m, 2: v; NULL for a buffer */
void mm_adamw_set_steps(AdamW *opt, int64_t steps);          /* when resuming */

/* The length of all gradients as one vector; if it is more than most (0: no limit), they are scaled down to it. */
real mm_clip_grad_norm(Params *ps, real most);

/* ---- schedule (schedule.c) ---- */

/* open_clip's: rises to 1 over `warmup` steps, then a half cosine down to 0 at step `total`. Steps count from 0. */
real mm_warmup_cosine(int64_t step, int64_t warmup, int64_t total);

/* ---- checkpoints (checkpoint.c) ---- */

/* All parameters and buffers by name, in F32 (mm64: F64), with metadata key, value, …, NULL or NULL. */
bool mm_params_save(const Params *ps, const char *path, const char *const *metadata, Error *err);
/* Fills ps from a file. Every parameter must be there with its shape, and nothing else; all mismatches are named. */
bool mm_params_load(Params *ps, const char *path, Error *err);

/* All that a run needs to go on as if it had never stopped: parameters, moments, the average (may be NULL), steps taken, and a
 * history of `columns` numbers a step. One file, so that a kill at any moment leaves a whole one. */
typedef struct TrainState {
    Params *params, *average;
    AdamW *opt;
    int columns;
    float *history; /* (steps, columns) */
} TrainState;

/* `run` describes the options that decide the numbers; a file written under another description is refused. */
bool mm_state_save(const TrainState *s, const char *path, const char *run, Error *err);
bool mm_state_load(TrainState *s, int64_t most_steps, const char *path, const char *run, Error *err);

/* ---- exponential moving average of the parameters (average.c) ---- */
void mm_average_update(Params *average, const Params *ps,
                       real decay); /* average += (1 - decay) (ps - average); buffers are copied */

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

size_t mm_peak_memory(void); /* of this process, in bytes */

#endif
