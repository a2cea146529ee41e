/* index.c: `clip index`: embeds the pictures of folders once. A second time, only what is new or has changed. */
#include "index.h"
#include "io/memory.h"

#include <jansson.h>

typedef struct IndexOptions {
    Common common;
    const char *index; /* NULL: OUT/index.safetensors */
    const char **folder;
    int folders;
} IndexOptions;

static void print_counts(const IndexOptions *o, const char *path, const Index *x, const IndexCounts *c, double seconds)
{
    if (o->common.json) {
        char *readable = index_readable(path);
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
    return index_load(path, old, err) && index_is_of(old, model, path, err);
}

static bool run(const IndexOptions *o, Error *err)
{
    ClipModel m = {0};
    Index old = {0}, x = {0};
    IndexCounts c = {0};
    char model[17], *path = o->index ? strdup(o->index) : mm_path(o->common.out, "index.safetensors");
    double start = mm_seconds();
    bool ok = program_load_model(&o->common, &m, err) && (index_model(&m, model), load_old(path, model, &old, err)) &&
              index_walk(o->folder, o->folders, &x, err);
    if (ok) {
        memcpy(x.model, model, sizeof model);
        ok = index_embed(&m.clip, &old, &x, true, o->folder[0], &c, err) && (o->index || mm_make_folders(o->common.out, err)) &&
             index_save(&x, path, err);
    }
    if (ok && c.stopped) {
        ok = mm_error(err, "stopped; %d pictures are in %s, and the same command goes on from there", x.n, path);
    } else if (ok) {
        print_counts(o, path, &x, &c, mm_seconds() - start);
    }
    index_free(&x);
    index_free(&old);
    clip_model_free(&m);
    free(path);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    IndexOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
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

int command_index(int argc, char **argv)
{
    IndexOptions o = {.common = program_defaults(), .folder = mm_take((size_t)argc, sizeof *o.folder)};
    static const struct argp_option options[] = {{"index", 'i', "FILE", 0, "the index (OUT/index.safetensors)", 0}, {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = mm_common_options,
                              .args_doc = "FOLDER...",
                              .doc = "Embeds the pictures in the folders and all below (.png, .jpg, .jpeg, .gif, .bmp) and keeps "
                                     "the embeddings in one file, "
                                     "for `clip search --index FILE`.\vAgain with the same folders, it reads only what is new or "
                                     "has changed, and drops what "
                                     "is gone. Links to folders are not followed. Ctrl-C keeps what is done."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    mm_catch_interrupt();
    bool ok = run(&o, &err);
    free(o.folder);
    return ok ? 0 : mm_program_error(&err);
}
