/* commands.h: the commands of this program, and what they share. */
#ifndef REPRESENTATIONS_COMMANDS_H
#define REPRESENTATIONS_COMMANDS_H

#include "mm/program.h"
#include "model.h"

int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_classify(int argc, char **argv);
int command_reconstruct(int argc, char **argv);
int command_map(int argc, char **argv);
int command_traverse(int argc, char **argv);
int command_regions(int argc, char **argv);
int command_example(int argc, char **argv);
int command_graph(int argc, char **argv);

/* Of commands that are about one method: the only argument that is no option. */
typedef struct MethodOptions {
    Common common;
    const Method *method;
    bool validate; /* see set_load */
} MethodOptions;

extern const struct argp_child
    chapter_options[]; /* those of every command, and --validate; the first, and only, input is MethodOptions */

Common common_defaults(void);
/* In a command's parser, for keys that it does not know: reads the method; ends the program with argp's usage error without one. */
error_t method_argument(int key, char *arg, struct argp_state *state, MethodOptions *o);
#define METHOD_ARGUMENT "METHOD"
/* The folder of a method's model: --model, or OUT/METHOD. The caller frees. */
char *method_folder(const Common *c, const Method *method);
/* The data and the trained model; false: neither is there. */
bool load_both(const MethodOptions *o, const Method *method, Set *s, Model *m, Error *err);

#endif
