/* graph.c: `uniter graph`: one training step of each task, drawn with what flowed through it. */
#include "mm/inspect.h"
#include "program.h"
#include "sample.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct GraphOptions {
    Common common;
    int depth;
    bool given[TASKS], any; /* --task */
} GraphOptions;

static const char *const ends[] = {"html", "json", "txt", "svg"};
enum { FILES = sizeof ends / sizeof *ends };

typedef struct Drawn {
    double loss;
    int tensors, shares;
    GradientShare share[MM_MAX_SHARES];
    char *path[FILES];
} Drawn;

static Uniter small(Params *ps, const Sample *s)
{
    const BertConfig bert = {
        .vocab = s->tokens.size, .width = 16, .layers = 2, .heads = 2, .intermediate = 32, .positions = SAMPLE_WORDS, .types = 2};
    return uniter_init(ps, (UniterConfig){.bert = bert, .img_dim = SAMPLE_COLOURS, .label_dim = SAMPLE_CLASSES});
}

static bool draw(const Graph *g, const Tensor *loss, const GraphOptions *o, const DrawOptions *options, Task task, Drawn *d,
                 Error *err)
{
    char *folder = mm_join_path(o->common.out, "graph");
    bool ok = mm_make_folders(folder, err);
    for (int i = 0; i < FILES && ok; i++) {
        d->path[i] = mm_path(folder, "%s.%s", task_name[task], ends[i]);
        ok = mm_graph_draw(g, loss, options, d->path[i], err);
    }
    free(folder);
    return ok;
}

static bool take_step(const GraphOptions *o, const Sample *s, Task task, Drawn *d, Error *err)
{
    char title[128];
    Params *ps = mm_params_new(o->common.seed);
    Uniter u = small(ps, s);
    Graph *g = mm_graph_new(o->common.seed);
    Watch *watch = mm_watch_new(g);
    Rng rng = mm_rng(o->common.seed, "batch");
    Batch b = make_batch(&s->set, &s->tokens, task, (const int[]){0, 1}, SAMPLES, &rng, g);
    Tensor *loss = uniter_loss(g, &u, task, &b.inputs, &b.asked);
    mm_backward(g, loss);
    snprintf(title, sizeof title, "UNITER, not trained: one step of %s, two texts and their pictures", task_name[task]);
    const DrawOptions options = {.title = title, .depth = o->depth, .watch = watch};
    bool ok = draw(g, loss, o, &options, task, d, err);
    d->loss = (double)loss->data[0];
    d->tensors = mm_graph_size(g);
    d->shares = mm_gradient_shares(g, d->share, MM_MAX_SHARES);
    mm_watch_free(watch);
    mm_graph_free(g);
    mm_params_free(ps);
    return ok;
}

static void print_text(Task task, const Drawn *d)
{
    printf("%s: loss %.4f, %d tensors recorded\n  %-18s %10s %10s %10s %8s\n", task_name[task], d->loss, d->tensors, "module",
           "parameters", "numbers", "|grad|", "share");
    for (int i = 0; i < d->shares; i++) {
        const GradientShare *s = &d->share[i];
        printf("  %-18s %10d %10zu %10.2g %7.1f%%\n", s->module, s->params, s->numbers, s->norm, 100 * s->share);
    }
    printf("  %s   a page to step through\n  %s   the drawing\n\n", d->path[0], d->path[FILES - 1]);
}

static json_t *drawn_json(Task task, const Drawn *d)
{
    json_t *shares = json_object(), *files = json_object();
    for (int i = 0; i < d->shares; i++) {
        json_object_set_new(shares, d->share[i].module, json_real(d->share[i].share));
    }
    for (int i = 0; i < FILES; i++) {
        json_object_set_new(files, ends[i], json_string(d->path[i]));
    }
    return json_pack("{s:s, s:f, s:i, s:o, s:o}", "task", task_name[task], "loss", d->loss, "tensors", d->tensors, "shares",
                     shares, "files", files);
}

static bool draw_all(const GraphOptions *o, const Sample *s, Error *err)
{
    json_t *all = json_array();
    bool ok = true;
    for (int t = 0; t < TASKS && ok; t++) {
        bool wanted = o->any ? o->given[t] : t != TASK_MLM_WHERE && t != TASK_MRC && t != TASK_ITM; /* itm-ot has itm in it */
        Drawn d = {.shares = 0};
        if (wanted) {
            ok = take_step(o, s, (Task)t, &d, err);
        }
        if (wanted && ok && o->common.json) {
            json_array_append_new(all, drawn_json((Task)t, &d));
        } else if (wanted && ok) {
            print_text((Task)t, &d);
        }
        for (int i = 0; i < FILES; i++) {
            free(d.path[i]);
        }
    }
    if (ok && o->common.json) {
        json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(all);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    GraphOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'k':
        o->given[mm_option_choice(state, "--task", arg, task_name)] = true;
        o->any = true;
        break;
    case 'c': o->depth = (int)mm_option_number(state, "--depth", arg, 1, 32); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_graph(int argc, char **argv)
{
    GraphOptions o = {.common = mm_common_defaults("out/uniter")};
    const struct argp_option options[] = {
        {"task", 'k', "TASK", 0, "mlm, mrfr, mrc, mrc-kl, itm or itm-ot; may be given several times (mlm, mrfr, mrc-kl, itm-ot)",
         0},
        {"depth", 'c', "N", 0, "draw modules at depth N closed (as deep as leaves 40 boxes)", 0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = mm_common_options,
                              .doc = "Takes one training step of each task with two pictures and their texts and draws it to "
                                     "OUT/graph: each tensor with its shape, its size and that of its gradient."};
    Error err;
    Sample sample;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = sample_make(&sample, o.common.data, &err) && draw_all(&o, &sample, &err);
    sample_free(&sample);
    return ok ? 0 : mm_program_error(&err);
}
