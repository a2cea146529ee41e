/* program.h: the commands of the fusion program. */
#ifndef FUSION_PROGRAM_H
#define FUSION_PROGRAM_H

#include "mm/program.h"

int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_conflict(int argc, char **argv);
int command_missing(int argc, char **argv);
int command_noise(int argc, char **argv);
int command_share(int argc, char **argv);
int command_xor(int argc, char **argv);
int command_graph(int argc, char **argv);
int command_example(int argc, char **argv);

#endif
