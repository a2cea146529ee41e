/* program.h: the commands of the uniter program. */
#ifndef UNITER_PROGRAM_H
#define UNITER_PROGRAM_H

#include "mm/program.h"
#include "mm/scenes.h"

extern const char *const language_name[]; /* of Language: "en", "zh", NULL */
extern const char *const split_words[MM_SCENE_SPLITS];
/* The folder that a command begins with: --model, or OUT/NAME. The caller frees. NULL: it is not there, and the error says which
 * command makes it. */
char *find_model(const Common *common, const char *name, const char *maker, Error *err);

int command_export(int argc, char **argv);
int command_pretrain(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_test(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_caption(int argc, char **argv);
int command_vqa(int argc, char **argv);
int command_match(int argc, char **argv);
int command_tune(int argc, char **argv);
int command_video(int argc, char **argv);
int command_see(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_conflict(int argc, char **argv);
int command_regions(int argc, char **argv);
int command_example(int argc, char **argv);
int command_graph(int argc, char **argv);

#endif
