/* graph.c: `representations graph METHOD`: one training step of a few pairs, drawn with its gradients. */
#include "commands.h"
#include "io/memory.h"
#include "mm/inspect.h"

#include <jansson.h>
#include <stdio.h>

typedef struct GraphOptions {
    MethodOptions of;
    int pairs, depth;
    const char *only;
} GraphOptions;

static const char *const ends[] = {"html", "json", "txt", "dot", "svg"};
static const char *const what[] = {"a page: open it in a browser and step through", "the step, for the program trace",
                                   "every tensor, as a table", "the drawing, in Graphviz's language",
                                   "the drawing, for a browser: point at a box for its source line"};
enum { FILES = sizeof ends / sizeof *ends };

static void print_shares(const Graph *g, const Tensor *loss, const char *title, char **path, bool json)
{
    if (!json) {
        printf("%s\nloss %.4f, %d tensors recorded\n\n", title, (double)loss->data[0], mm_graph_size(g));
        mm_gradient_report(g, stdout);
        printf("\n");
        for (int i = 0; i < FILES; i++) {
            printf("%s   %s\n", path[i], what[i]);
        }
        return;
    }
    GradientShare share[MM_MAX_SHARES];
    json_t *shares = json_array(), *files = json_object();
    for (int i = 0, n = mm_gradient_shares(g, share, MM_MAX_SHARES); i < n; i++) {
        json_array_append_new(shares, json_pack("{s:s, s:I, s:f}", "module", share[i].module, "numbers",
                                                (json_int_t)share[i].numbers, "share", share[i].share));
    }
    for (int i = 0; i < FILES; i++) {
        json_object_set_new(files, ends[i], json_string(path[i]));
    }
    json_t *j = json_pack("{s:s, s:f, s:i, s:o, s:o}", "title", title, "loss", (double)loss->data[0], "tensors", mm_graph_size(g),
                          "gradient", shares, "files", files);
    json_dumpf(j, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(j);
}

static bool take_step(const GraphOptions *o, const Model *m, const Batch *b, bool trained, Error *err)
{
    char title[256], *path[FILES] = {0}, *own = method_folder(&o->of.common, o->of.method), *folder = mm_join_path(own, "graph");
    Graph *g = mm_graph_new(o->of.common.seed);
    Watch *watch = mm_watch_new(g);
    Tensor *loss = m->method->loss(g, m, b);
    mm_backward(g, loss);
    snprintf(title, sizeof title, "%s, %s: one training step of %d pairs", m->method->name, trained ? "trained" : "not trained",
             b->n);
    const DrawOptions options = {.title = title, .module = o->only, .depth = o->depth, .watch = watch};
    bool ok = mm_make_folders(folder, err);
    for (int i = 0; i < FILES && ok; i++) {
        path[i] = mm_path(folder, "step.%s", ends[i]);
        ok = mm_graph_draw(g, loss, &options, path[i], err);
    }
    if (ok) {
        print_shares(g, loss, title, path, o->of.common.json);
    }
    for (int i = 0; i < FILES; i++) {
        free(path[i]);
    }
    free(own);
    free(folder);
    mm_watch_free(watch);
    mm_graph_free(g);
    return ok;
}

static bool graph(const GraphOptions *o, Error *err)
{
    Set s;
    Model m = {0};
    Took took;
    char *folder = method_folder(&o->of.common, o->of.method), *file = mm_join_path(folder, "model.safetensors");
    bool ok = set_load(o->of.common.data, o->of.validate, &s, err), trained = o->of.common.model || mm_file_exists(file);
    if (ok && trained) {
        ok = model_load(&m, o->of.method, &s, folder, &took, err);
    } else if (ok) {
        m = model_new(o->of.method, &s, o->of.common.seed);
    }
    if (ok) {
        BatchPlan plan = {.set = &s, .batch = o->pairs, .seed = o->of.common.seed};
        Batch b = batch_new(&plan);
        batch_fill(&plan, 0, &b);
        ok = take_step(o, &m, &b, trained, err);
        batch_free(&b);
    }
    model_free(&m);
    set_free(&s);
    free(folder);
    free(file);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    GraphOptions *o = state->input;
    switch (key) {
    case 'b': o->pairs = (int)mm_option_number(state, "--batch", arg, 2, 64); break;
    case 'D': o->depth = (int)mm_option_number(state, "--depth", arg, 1, 32); break;
    case 'O': o->only = arg; break;
    default: return method_argument(key, arg, state, &o->of);
    }
    return 0;
}

int command_graph(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"batch", 'b', "N", 0, "number of pairs (4)", 0},
        {"depth", 'D', "N", 0, "draw modules at depth N closed (as deep as leaves 40 boxes)", 0},
        {"only", 'O', "MODULE", 0, "draw this module alone, and what it is connected to", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = METHOD_ARGUMENT,
        .children = chapter_options,
        .doc = "Takes one training step of a few pairs, forward and back, and draws it to OUT/METHOD/graph: the trained "
               "model if there is one, otherwise a new one."};
    GraphOptions o = {.of.common = common_defaults(), .pairs = 4};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.of.common);
    return graph(&o, &err) ? 0 : mm_program_error(&err);
}
