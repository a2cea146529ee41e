/* commands.c: what the commands share. */
#include "commands.h"
#include "io/memory.h"

#include <stdio.h>

Common common_defaults(void)
{
    return mm_common_defaults("out/representations");
}

error_t method_argument(int key, char *arg, struct argp_state *state, MethodOptions *o)
{
    Error err;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
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

bool load_both(const Common *c, const Method *method, Set *s, Model *m, Error *err)
{
    double seconds;
    char *folder = method_folder(c, method);
    bool ok = set_load(c->data, s, err);
    if (ok && !model_load(m, method, s, folder, &seconds, err)) {
        set_free(s);
        ok = false;
    }
    free(folder);
    return ok;
}
