/* train.h: a training run, as the files of `clip train` share it: options (train_options.c), a model to begin with (train_model.c), what
 * is trained on (source.c, batch.c, loader.c) and measured with (measure.c), the step (step.c), the loop (train.c), what is printed
 * (train_report.c). */
#ifndef CLIP_TRAIN_H
#define CLIP_TRAIN_H

#include "curves.h"
#include "loader.h"
#include "measure.h"
#include "mm/inspect.h"
#include "program.h"
#include "recipe.h"
#include "step.h"

typedef enum Prefetch { PREFETCH_YES, PREFETCH_NO, PREFETCH_AUTO } Prefetch;

typedef struct TrainOptions {
    Common common;
    ImageEncoder image;
    OwnPictures own;                /* captions.path NULL: the emoji */
    const char *from, *config;      /* a model to fine-tune; what a new one is made of; NULL: the recipe's */
    const OptimizerKind *optimizer; /* NULL: the recipe's */
    LossKind loss;
    Freeze freeze_image, freeze_text;
    bool resume, quick, unseen, checkpointing, memory, profile;
    EmojiMore more;
    Prefetch prefetch;
    double epochs, lr; /* 0: the recipe's */
    int batch, save_every, evaluations;
    long long stop_after; /* steps of this process; 0: to the end */
    int micro_batch;      /* 0: the batch at once */
    bool local_rows;
    GraphStep graph;
} TrainOptions;

/* All that lives while a model is trained. */
typedef struct Run {
    const TrainOptions *options;
    Recipe recipe;
    Source source;
    Tokenizer *tokenizer;
    Measure measure;
    BatchPlan plan;
    Loader *loader;
    Objective objective;
    Params *params;
    size_t numbers; /* parameters, frozen ones too */
    Clip clip;
    TrainState state;
    const Ranks *ranks; /* NULL: one process */
    Trainer trainer;
    Step step;
    Graph *graph;
    GraphStep watched;
    Profile *profile; /* NULL: none */
    int64_t steps;
    bool agreed; /* with ranks: what ends the run early happened to all of them */
    char *text, *state_path, *model_path;
} Run;

TrainOptions train_options(int argc, char **argv); /* ends the program with argp's usage error */
Recipe train_recipe(const TrainOptions *o);

bool train_load_model(Run *run, Error *err); /* --from, --config */

void train_describe(const Run *run); /* before the loop */
void train_print_spent(const Run *run, int64_t steps);
void train_print_result(const Run *run, const Retrieval *r);
void train_print_json(const Run *run, const Retrieval *r);

#endif
