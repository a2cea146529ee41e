/* regions_command.c: `uniter regions`: the regions that a detector has written to a file, and which texts belong to them. So an official UNITER
 * reads what it was trained on. */
#include "folder.h"
#include "io/memory.h"
#include "mm/annotations.h"
#include "program.h"

#include <jansson.h>
#include <stdio.h>

typedef struct RegionsOptions {
    Common common;
    const char *file;
    int texts;
    char **text;
} RegionsOptions;

typedef struct Asking {
    const RegionsOptions *o;
    UniterModel m; /* of texts only */
    Graph *g;
    json_t *all; /* --json */
} Asking;

/* ---- one picture ---- */

/* How likely it is that the text belongs to these regions. */
static bool match(const Asking *a, const Regions *r, const char *text, double *likely, Error *err)
{
    Graph *g = a->g;
    const Uniter *u = &a->m.uniter;
    int room = u->config.bert.positions, words, *ids = mm_arena(g, (size_t)room * sizeof *ids);
    if (!mm_wordpiece_tokenize(a->m.tokenizer, text, room, ids, &words, err)) {
        return false;
    }
    const UniterBatch b = {.B = 1,
                           .T = words,
                           .R = r->n,
                           .ids = ids,
                           .words = &words,
                           .regions = &r->n,
                           .feat = mm_input(g, MM_SHAPE(1, r->n, r->width), r->feature),
                           .box = mm_input(g, MM_SHAPE(1, r->n, UNITER_BOX), r->box)};
    const Tensor *p = mm_softmax(g, uniter_match_logits(g, u, uniter_encode(g, u, &b)), NULL); /* (1, 2) */
    *likely = (double)p->data[1];
    mm_graph_reset(g);
    return true;
}

static bool check(const Asking *a, const char *name, const Regions *r, Error *err)
{
    int wanted = a->m.uniter.config.img_dim;
    if (r->n < 1) {
        return mm_error(err, "%s: the detector has found no region, so nothing can be asked about it", name);
    }
    return r->width == wanted ||
           mm_error(err, "%s: its regions have %d numbers each, the model reads %d", name, r->width, wanted);
}

static bool show(void *context, const char *name, const Regions *r, Error *err)
{
    const Asking *a = context;
    json_t *matches = json_array();
    bool ok = a->o->texts == 0 || check(a, name, r, err);
    if (ok && !a->o->common.json) {
        printf("%s: %d regions of %d numbers%s\n", name, r->n, r->width,
               r->soft_label ? ", each with the detector's probabilities" : "");
    }
    for (int i = 0; i < a->o->texts && ok; i++) {
        double likely;
        ok = match(a, r, a->o->text[i], &likely, err);
        if (ok && a->o->common.json) {
            json_array_append_new(matches, json_pack("{s:s, s:f}", "text", a->o->text[i], "match", likely));
        } else if (ok) {
            printf("  %.4f  %s\n", likely, a->o->text[i]);
        }
    }
    if (ok) {
        json_array_append_new(
            a->all, json_pack("{s:s, s:i, s:i, s:O}", "picture", name, "regions", r->n, "numbers", r->width, "matches", matches));
    }
    json_decref(matches);
    return ok;
}

/* ---- the file ---- */

static bool read_file(Asking *a, Error *err)
{
    const char *file = a->o->file;
    Regions r;
    if (!mm_ends_in(file, ".npz")) {
        return mm_regions_table(file, show, a, err);
    }
    bool ok = mm_regions_load(file, &r, err);
    if (ok) {
        ok = show(a, file, &r, err);
        mm_regions_free(&r);
    }
    return ok;
}

static bool run(const RegionsOptions *o, Error *err)
{
    Asking a = {.o = o, .g = mm_graph_inference(o->common.seed), .all = json_array()};
    char *folder = o->texts ? find_model(&o->common, "model", "pretrain", err) : NULL;
    bool ok = (o->texts == 0 || (folder && uniter_folder_load(folder, &a.m, err))) && read_file(&a, err);
    if (ok && o->common.json) {
        json_dumpf(a.all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(a.all);
    mm_graph_free(a.g);
    uniter_model_free(&a.m);
    free(folder);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    RegionsOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case ARGP_KEY_ARGS:
        o->file = state->argv[state->next];
        o->text = state->argv + state->next + 1;
        o->texts = state->argc - state->next - 1;
        break;
    case ARGP_KEY_NO_ARGS: argp_error(state, "the file of regions is missing"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_regions(int argc, char **argv)
{
    const struct argp argp = {.parser = parse,
                              .args_doc = "FILE [TEXT...]",
                              .children = mm_common_options,
                              .doc = "Reads the regions that a detector has written: UNITER's FILE.npz, or a table of bottom-up "
                                     "attention or LXMERT, a picture a line. With texts, says how likely it is that each "
                                     "belongs to each picture, by the UNITER in --model."};
    RegionsOptions o = {.common = mm_common_defaults("out/uniter")};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
