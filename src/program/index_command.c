/* index_command.c: `index`: embeds the pictures of folders once. A second time, only what is new or has changed. */
#include "io/memory.h"
#include "mm/search.h"
#include "mm/train.h"

#include <jansson.h>

typedef struct IndexOptions {
    const EncodersProgram *program;
    Common common;
    const char *index; /* NULL: OUT/index.safetensors */
    const char **folder;
    int folders;
} IndexOptions;

static void print_counts(const IndexOptions *o, const char *path, const Index *x, const IndexCounts *c, double seconds)
{
    if (o->common.json) {
        char *readable = mm_index_readable(path);
        json_t *j = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i}", "index", readable, "pictures", x->n, "embedded", c->embedded,
                              "known", c->known, "left out", c->left_out, "dropped", c->dropped);
        json_dumpf(j, stdout, JSON_INDENT(2));
        printf("\n");
        json_decref(j);
        free(readable);
        return;
    }
    printf("%d pictures: %d embedded, %d already known, %d left out; %d dropped from the index; %.1f s\n%s\n", x->n, c->embedded,
           c->known, c->left_out, c->dropped, seconds, path);
}

/* The index that is there already, if the same model made it. */
static bool load_old(const char *path, const char *model, Index *old, Error *err)
{
    if (!mm_file_exists(path)) {
        return true;
    }
    return mm_index_load(path, old, err) && mm_index_is_of(old, model, path, err);
}

static bool run(const IndexOptions *o, Error *err)
{
    Encoders e = {0};
    Index old = {0}, x = {0};
    IndexCounts c = {0};
    char model[17], *path = o->index ? strdup(o->index) : mm_path(o->common.out, "index.safetensors");
    double start = mm_seconds();
    bool ok = o->program->load(&o->common, o->program->input, &e, err) &&
              (mm_index_model(&e, model), load_old(path, model, &old, err)) && mm_index_walk(o->folder, o->folders, &x, err);
    if (ok) {
        memcpy(x.model, model, sizeof model);
        ok = mm_index_embed(&e, &old, &x, true, o->folder[0], &c, err) && (o->index || mm_make_folders(o->common.out, err)) &&
             mm_index_save(&x, path, err);
    }
    if (ok && c.stopped) {
        ok = mm_error(err, "stopped; %d pictures are in %s, and the same command goes on from there", x.n, path);
    } else if (ok) {
        print_counts(o, path, &x, &c, mm_seconds() - start);
    }
    mm_index_free(&x);
    mm_index_free(&old);
    o->program->free(&e);
    free(path);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    IndexOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        state->child_inputs[1] = o->program->input;
        break;
    case 'i': o->index = arg; break;
    case ARGP_KEY_ARG: o->folder[o->folders++] = arg; break;
    case ARGP_KEY_END:
        if (o->folders == 0) {
            argp_error(state, "which folder?");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int mm_index_command(const EncodersProgram *program, int argc, char **argv)
{
    IndexOptions o = {.program = program, .common = program->defaults(), .folder = mm_take((size_t)argc, sizeof *o.folder)};
    static const struct argp_option options[] = {{"index", 'i', "FILE", 0, "the index (OUT/index.safetensors)", 0}, {0}};
    const struct argp_child children[] = {mm_common_options[0], {program->options, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = children,
                              .args_doc = "FOLDER...",
                              .doc = "Embeds the pictures in the folders and all below (.png, .jpg, .jpeg, .gif, .bmp) and keeps "
                                     "the embeddings in one file, "
                                     "for `search --index FILE`.\vAgain with the same folders, it reads only what is new or "
                                     "has changed, and drops what "
                                     "is gone. Links to folders are not followed. Ctrl-C keeps what is done."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    mm_catch_interrupt();
    bool ok = run(&o, &err);
    free(o.folder);
    return ok ? 0 : mm_program_error(&err);
}
