/* program.c: options and messages that all commands share. */
#include "program.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct argp_option options[] = {
    {"data", 'd', "DIR", 0, "read the data sets from DIR (datasets)", 90},
    {"out", 'o', "DIR", 0, "write to DIR (out/clip)", 90},
    {"model", 'm', "DIR", 0, "the folder of the model (OUT/model)", 90},
    {"seed", 's', "N", 0, "seed of all random numbers (1)", 90},
    {"threads", 't', "N", 0, "number of threads; it changes no result (one per processor)", 90},
    {"json", 'j', NULL, 0, "print the result as JSON", 90},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    Common *c = state->input;
    switch (key) {
    case 'd': c->data = arg; break;
    case 'o': c->out = arg; break;
    case 'm': c->model = arg; break;
    case 's': c->seed = (unsigned long long)program_number(state, "--seed", arg, 0, 0x7fffffffffffffff); break;
    case 't': c->threads = (int)program_number(state, "--threads", arg, 1, 1024); break;
    case 'j': c->json = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp common_argp = {.options = options, .parser = parse};
const struct argp_child program_children[] = {{&common_argp, 0, NULL, 0}, {0}};

Common program_defaults(void)
{
    return (Common){.data = "datasets", .out = "out/clip", .seed = 1};
}

long long program_number(struct argp_state *state, const char *option, const char *text, long long low, long long high)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (errno || end == text || *end || n < low || n > high) {
        argp_error(state, "%s takes a whole number from %lld to %lld, not \"%s\"", option, low, high, text);
    }
    return n;
}

double program_real(struct argp_state *state, const char *option, const char *text, double low, double high)
{
    char *end;
    errno = 0;
    double x = strtod(text, &end);
    if (errno || end == text || *end || !(x >= low && x <= high)) {
        argp_error(state, "%s takes a number from %g to %g, not \"%s\"", option, low, high, text);
    }
    return x;
}

int program_choice(struct argp_state *state, const char *option, const char *text, const char *const *word)
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

void program_parse(const struct argp *argp, int argc, char **argv, void *input, Common *common)
{
    char name[64];
    snprintf(name, sizeof name, "clip %s", argv[0]);
    argv[0] = name;
    argp_err_exit_status = 1;
    argp_parse(argp, argc, argv, 0, NULL, input);
    mm_set_threads(common->threads);
}

int program_error(const Error *err)
{
    fflush(stdout);
    fprintf(stderr, "clip: %s\n", err->text);
    return 1;
}

char *program_path(const char *folder, const char *format, ...)
{
    char name[512];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return mm_join_path(folder, name);
}

bool program_load_model(const Common *common, ClipModel *model, Error *err)
{
    char *folder = common->model ? strdup(common->model) : program_path(common->out, "model");
    bool ok = mm_file_exists(folder)
                  ? clip_folder_load(folder, model, err)
                  : mm_error(err, "%s: there is no model here; `clip train` makes one, --model DIR names another", folder);
    if (ok && common->size && !clip_resize(&model->clip, common->size)) {
        ok = mm_error(err, "%s: a %s of %d pixels cannot be made one of %d", folder, clip_encoder_name(model->clip.config.image),
                      model->clip.config.size, common->size);
        clip_model_free(model);
    }
    free(folder);
    return ok;
}

bool program_ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcasecmp(text + n - m, end) == 0;
}

bool program_names_picture(const char *path)
{
    static const char *const ends[] = {".png", ".jpg", ".jpeg", ".gif", ".bmp"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (program_ends_in(path, ends[i])) {
            return true;
        }
    }
    return false;
}
