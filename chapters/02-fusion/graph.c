/* graph.c: `fusion graph`: one training step of each kind of fusion, drawn with what flowed through it. */
#include "folder.h"
#include "io/memory.h"
#include "mm/inspect.h"
#include "program.h"

#include <jansson.h>
#include <stdio.h>

enum { MOST_TRIPLES = 64 };

typedef struct GraphOptions {
    StudyOptions study;
    int triples, depth;
    bool given[FUSIONS], any; /* --fusion */
} GraphOptions;

static const char *const ends[] = {"html", "json", "txt", "svg"};
enum { FILES = sizeof ends / sizeof *ends };

typedef struct Drawn {
    GradientShare share[MM_MAX_SHARES];
    int shares, tensors;
    double loss;
    char *path[FILES];
} Drawn;

static bool draw(const Graph *g, const Tensor *loss, const GraphOptions *o, const DrawOptions *options, FusionKind kind, Drawn *d,
                 Error *err)
{
    char *folder = mm_join_path(o->study.common.out, "graph");
    bool ok = mm_make_folders(folder, err);
    for (int i = 0; i < FILES && ok; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", fusion_name[kind], ends[i]);
        d->path[i] = mm_join_path(folder, name);
        ok = mm_graph_draw(g, loss, options, d->path[i], err);
    }
    free(folder);
    return ok;
}

static bool take_step(const GraphOptions *o, const Task *t, const Triple *triple, FusionKind kind, Drawn *d, Error *err)
{
    Recipe recipe = o->study.recipe;
    char title[160];
    recipe.fusion = kind;
    Net net = net_new(t, &recipe, o->study.common.seed);
    Graph *g = mm_graph_new(o->study.common.seed);
    Watch *watch = mm_watch_new(g);
    Batch b = task_batch(t, triple, o->triples, &(Disturb){0}, mm_rng(o->study.common.seed, "batch"), g);
    Decisions decisions = net_forward(g, &net, &b);
    Tensor *loss = fusion_loss(g, &decisions, b.target);
    mm_backward(g, loss);
    snprintf(title, sizeof title, "%s fusion, not trained: one training step of %d triples", fusion_name[kind], o->triples);
    const DrawOptions options = {.title = title, .depth = o->depth, .watch = watch};
    bool ok = draw(g, loss, o, &options, kind, d, err);
    d->loss = (double)loss->data[0];
    d->tensors = mm_graph_size(g);
    d->shares = mm_gradient_shares(g, d->share, MM_MAX_SHARES);
    mm_watch_free(watch);
    mm_graph_free(g);
    net_free(&net);
    return ok;
}

static void print_text(FusionKind kind, const Drawn *d)
{
    printf("\n%s fusion: loss %.4f, %d tensors recorded\n  %-10s %10s %10s %8s %8s\n", fusion_name[kind], d->loss, d->tensors,
           "module", "parameters", "numbers", "|grad|", "share");
    for (int i = 0; i < d->shares; i++) {
        const GradientShare *s = &d->share[i];
        printf("  %-10s %10d %10zu %8.4f %7.1f%%\n", s->module, s->params, s->numbers, s->norm, 100 * s->share);
    }
    printf("  %s   a page to step through\n  %s   the drawing\n", d->path[0], d->path[FILES - 1]);
}

static json_t *drawn_json(FusionKind kind, const Drawn *d)
{
    json_t *shares = json_object(), *files = json_object();
    for (int i = 0; i < d->shares; i++) {
        json_object_set_new(shares, d->share[i].module, json_real(d->share[i].share));
    }
    for (int i = 0; i < FILES; i++) {
        json_object_set_new(files, ends[i], json_string(d->path[i]));
    }
    return json_pack("{s:s, s:f, s:i, s:o, s:o}", "fusion", fusion_name[kind], "loss", d->loss, "tensors", d->tensors, "shares",
                     shares, "files", files);
}

static void print_triples(const Fold *fold, const Triple *triple, int n)
{
    printf("%s\n\n", fold->f->source);
    for (int i = 0; i < n; i++) {
        printf("  %+.1f", triple[i].valence);
        for (int m = 0; m < MM_MODALITIES; m++) {
            printf("  %s", triple[i].item[m] < 0 ? "-" : fold->f->s.list[m].at[triple[i].item[m]].name);
        }
        printf("\n");
    }
}

static bool draw_all(const GraphOptions *o, const Fold *fold, Error *err)
{
    Question q = question_sentiment(fold);
    Task t = question_task(&q);
    Triple triple[MOST_TRIPLES];
    json_t *all = json_array();
    bool ok = t.draw(&t, MM_TRAIN_SIDE, o->study.common.seed, o->triples, triple, err);
    if (ok && !o->study.common.json) {
        print_triples(fold, triple, o->triples);
    }
    for (int f = 0; f < FUSIONS && ok; f++) {
        bool wanted = o->any ? o->given[f] : f == FUSE_EARLY || f == FUSE_LATE || f == FUSE_HYBRID;
        Drawn d = {.shares = 0};
        if (wanted) {
            ok = take_step(o, &t, triple, (FusionKind)f, &d, err);
        }
        if (wanted && ok && o->study.common.json) {
            json_array_append_new(all, drawn_json((FusionKind)f, &d));
        } else if (wanted && ok) {
            print_text((FusionKind)f, &d);
        }
        for (int i = 0; i < FILES; i++) {
            free(d.path[i]);
        }
    }
    if (ok && o->study.common.json) {
        json_t *j = json_pack("{s:s, s:O}", "data", t.source, "steps", all);
        json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
        json_decref(j);
    }
    json_decref(all);
    return ok;
}

static bool run(const GraphOptions *o, Error *err)
{
    Feelings feelings;
    Fold fold;
    if (!feelings_load(o->study.common.data, o->study.set, o->study.table, &feelings, err)) {
        return false;
    }
    bool ok = fold_new(&feelings, 0, &fold, err);
    if (ok) {
        ok = draw_all(o, &fold, err);
        fold_free(&fold);
    }
    feelings_free(&feelings);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    GraphOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->study; break;
    case 'f':
        o->given[mm_option_choice(state, "--fusion", arg, fusion_name)] = true;
        o->any = true;
        break;
    case 'b': o->triples = (int)mm_option_number(state, "--batch", arg, 1, MOST_TRIPLES); break;
    case 'c': o->depth = (int)mm_option_number(state, "--depth", arg, 1, 32); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_graph(int argc, char **argv)
{
    GraphOptions o = {.study = study_defaults(1), .triples = 2};
    const struct argp_option options[] = {
        {"fusion", 'f', "KIND", 0, "which fusion; may be given several times (early, late and hybrid)", 0},
        {"batch", 'b', "N", 0, "number of triples (2)", 0},
        {"depth", 'c', "N", 0, "draw modules at depth N closed (as deep as leaves 40 boxes)", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = study_children,
        .doc = "Takes one training step of a few triples with each fusion and draws it to OUT/graph: each tensor "
               "with its shape, its size and that of its gradient."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.study.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
