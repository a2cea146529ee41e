/* mm/program.h: what the programs of the chapters share: commands, the options that every command has, messages. */
#ifndef MM_PROGRAM_H
#define MM_PROGRAM_H

#include "mm/inspect.h"

#include <argp.h>

typedef struct Command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command; returns the exit status */
    const char *does;
} Command;

/* All that main does: runs the command that argv[1] names, or says which there are. command: a list that ends with {0}. */
int mm_program_main(int argc, char **argv, const Command *command);

/* The options that every command has. A command's own argp has mm_common_options. */
typedef struct Common {
    const char *data, *out; /* folder of the data; folder of what the program writes */
    const char *model;      /* folder of the model; NULL: the one in out */
    unsigned long long seed;
    int threads; /* 0: one per processor */
    int size;    /* pixels that the model shall read, of commands that have --size; 0: its own */
    bool json;
} Common;

extern const struct argp_child mm_common_options[]; /* of which the first, and only, input is a Common */
Common mm_common_defaults(const char *out);         /* data "datasets", seed 1 */

/* Reads a whole number from an option, or ends the program with argp's usage error. */
long long mm_option_number(struct argp_state *state, const char *option, const char *text, long long low, long long high);
double mm_option_real(struct argp_state *state, const char *option, const char *text, double low, double high);
/* Which of these words, a list that ends with NULL, an option has; or ends the program likewise. */
int mm_option_choice(struct argp_state *state, const char *option, const char *text, const char *const *word);
/* --graph FILE[:STEP]: which step a program shall draw, and where to; or ends the program likewise. */
void mm_option_graph(struct argp_state *state, const char *text, GraphStep *graph);
/* The cases ARGP_KEY_ARG and ARGP_KEY_END of a command that writes to one FOLDER: not none, not two; or ends the program likewise. */
void mm_option_folder(struct argp_state *state, int key, const char *text, const char **folder);

/* Runs argp on the command's arguments and sets the threads. argv[0] is the command. */
void mm_program_parse(const struct argp *argp, int argc, char **argv, void *input, Common *common);
int mm_program_error(const Error *err); /* prints "PROGRAM: …" to standard error; returns the exit status 1 */

#endif
