/* program.c: commands, and the options and messages that all of them share. */
#include "mm/program.h"
#include "mm/io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct argp_option options[] = {
    {"data", 'd', "DIR", 0, "read the data sets from DIR (datasets)", 90},
    {"out", 'o', "DIR", 0, "write to DIR (out/PROGRAM)", 90},
    {"model", 'm', "DIR", 0, "the folder of the model (the one in OUT)", 90},
    {"seed", 's', "N", 0, "seed of all random numbers (1)", 90},
    {"threads", 't', "N", 0, "number of threads; it changes no result (one per processor)", 90},
    {"json", 'j', NULL, 0, "print the result as JSON", 90},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    Common *c = state->input;
    switch (key) {
    case 'd':
        if (!mm_file_exists(arg)) {
            argp_error(state, "--data %s: there is no such folder", arg);
        }
        c->data = arg;
        break;
    case 'o': c->out = arg; break;
    case 'm': c->model = arg; break;
    case 's': c->seed = (unsigned long long)mm_option_number(state, "--seed", arg, 0, 0x7fffffffffffffff); break;
    case 't': c->threads = (int)mm_option_number(state, "--threads", arg, 1, 1024); break;
    case 'j': c->json = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp common_argp = {.options = options, .parser = parse};
const struct argp_child mm_common_options[] = {{&common_argp, 0, NULL, 0}, {0}};

Common mm_common_defaults(const char *out)
{
    return (Common){.data = "datasets", .out = out, .seed = 1};
}

long long mm_option_number(struct argp_state *state, const char *option, const char *text, long long low, long long high)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (errno || end == text || *end || n < low || n > high) {
        argp_error(state, "%s takes a whole number from %lld to %lld, not \"%s\"", option, low, high, text);
    }
    return n;
}

double mm_option_real(struct argp_state *state, const char *option, const char *text, double low, double high)
{
    char *end;
    errno = 0;
    double x = strtod(text, &end);
    if (errno || end == text || *end || !(x >= low && x <= high)) {
        argp_error(state, "%s takes a number from %g to %g, not \"%s\"", option, low, high, text);
    }
    return x;
}

int mm_option_choice(struct argp_state *state, const char *option, const char *text, const char *const *word)
{
    char all[256] = "";
    for (int i = 0; word[i]; i++) {
        if (strcmp(word[i], text) == 0) {
            return i;
        }
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : word[i + 1] ? ", " : " or ", word[i]);
    }
    argp_error(state, "%s takes %s, not \"%s\"", option, all, text);
    return 0;
}

void mm_option_graph(struct argp_state *state, const char *text, GraphStep *graph)
{
    Error err;
    if (!mm_graph_step_parse(text, graph, &err)) {
        argp_error(state, "--graph: %s", err.text);
    }
}

void mm_option_folder(struct argp_state *state, int key, const char *text, const char **folder)
{
    if (key == ARGP_KEY_END && !*folder) {
        argp_error(state, "the folder to write to is missing");
    } else if (key == ARGP_KEY_ARG && *folder) {
        argp_error(state, "one folder to write to, not also \"%s\"", text);
    } else if (key == ARGP_KEY_ARG) {
        *folder = text;
    }
}

void mm_program_parse(const struct argp *argp, int argc, char **argv, void *input, Common *common)
{
    char name[64];
    snprintf(name, sizeof name, "%s %s", program_invocation_short_name, argv[0]);
    argv[0] = name;
    argp_err_exit_status = 1;
    argp_parse(argp, argc, argv, 0, NULL, input);
    mm_set_threads(common->threads);
}

int mm_program_error(const Error *err)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->text);
    return 1;
}

static void usage(const Command *command, FILE *to)
{
    const char *program = program_invocation_short_name;
    fprintf(to, "Usage: %s COMMAND [OPTION...]\n\n", program);
    for (const Command *c = command; c->name; c++) {
        fprintf(to, "  %s %-12s %s\n", program, c->name, c->does);
    }
    fprintf(to, "\n%s COMMAND --help lists the options of a command.\n", program);
}

/* What was printed may still have nowhere to go: a full disk, a closed pipe. */
static int finish(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "%s: standard output: %s\n", program_invocation_short_name, strerror(errno));
        return 1;
    }
    return status;
}

int mm_program_main(int argc, char **argv, const Command *command)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) {
        usage(command, argc < 2 ? stderr : stdout);
        return argc < 2 ? 1 : 0;
    }
    for (const Command *c = command; c->name; c++) {
        if (strcmp(argv[1], c->name) == 0) {
            return finish(c->run(argc - 1, argv + 1));
        }
    }
    fprintf(stderr, "%s: there is no command \"%s\"\n\n", program_invocation_short_name, argv[1]);
    usage(command, stderr);
    return 1;
}
