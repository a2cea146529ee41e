/* program.h: what the commands of the align program share. */
#ifndef ALIGN_PROGRAM_H
#define ALIGN_PROGRAM_H

#include "folder.h"
#include "mm/program.h"
#include "mm/train.h"

Common program_defaults(void); /* mm_common_defaults("out/align") */
/* Common.model, or OUT/model; says how to train one if there is none. */
bool program_load_model(const Common *common, AlignModel *model, Error *err);
/* "lamb", "adamw" or "muon", the argument of --optimizer. */
const OptimizerKind *program_optimizer(struct argp_state *state, const char *arg);

int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_graph(int argc, char **argv);
int command_example(int argc, char **argv);
int command_embed(int argc, char **argv);
int command_similarity(int argc, char **argv);
int command_index(int argc, char **argv);
int command_search(int argc, char **argv);
int command_funnel(int argc, char **argv);
int command_shards(int argc, char **argv);
int command_stream(int argc, char **argv);

#endif
