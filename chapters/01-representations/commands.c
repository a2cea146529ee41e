/* commands.c: what the commands share. */
#include "commands.h"
#include "io/memory.h"

#include <stdio.h>

Common common_defaults(void)
{
    return mm_common_defaults("out/representations");
}

static error_t parse_validate(int key, char *arg, struct argp_state *state)
{
    MethodOptions *o = state->input;
    (void)arg;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &o->common;
    } else if (key != 'v') {
        return ARGP_ERR_UNKNOWN;
    }
    o->validate |= key == 'v';
    return 0;
}

static const struct argp_option validate_option[] = {
    {"validate", 'v', NULL, 0, "to choose options by: without the test style and the held-out concepts; asks about others", 0},
    {0}};
static const struct argp shared = {.options = validate_option, .parser = parse_validate, .children = mm_common_options};
const struct argp_child chapter_options[] = {{&shared, 0, NULL, 0}, {0}};

error_t method_argument(int key, char *arg, struct argp_state *state, MethodOptions *o)
{
    Error err;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = o; break;
    case ARGP_KEY_ARG:
        if (o->method) {
            argp_error(state, "one method at a time: \"%s\" is too much", arg);
        }
        o->method = method_find(arg, &err);
        if (!o->method) {
            argp_error(state, "%s", err.text);
        }
        break;
    case ARGP_KEY_END:
        if (!o->method) {
            method_find("", &err);
            argp_error(state, "which method? %s", strchr(err.text, ';') + 2);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

char *method_folder(const Common *c, const Method *method)
{
    return c->model ? mm_copy_text(c->model, strlen(c->model)) : mm_join_path(c->out, method->name);
}

bool load_both(const MethodOptions *o, const Method *method, Set *s, Model *m, Error *err)
{
    Took took;
    char *folder = method_folder(&o->common, method);
    bool ok = set_load(o->common.data, o->validate, s, err);
    if (ok && !model_load(m, method, s, folder, &took, err)) {
        set_free(s);
        ok = false;
    }
    free(folder);
    return ok;
}
