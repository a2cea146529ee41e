/* graph_pages.c: writes the pages that graph_page.mjs looks at, and drawings of the same graphs to compare with. */
#include "towers.h"

static const char *folder;

static void save(const Graph *g, const Tensor *loss, const Watch *w, const char *title, const char *name, Trace *other)
{
    Error err;
    char *path = mm_join_path(folder, name);
    if (!mm_graph_draw(g, loss, &(DrawOptions){.title = title, .watch = w, .other = other}, path, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    free(path);
}

/* s goes to three ops; one ReLU is dead; one parameter leads nowhere. The title would end the script that holds it. */
static void small(void)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Watch *w = mm_watch_new(g);
    Tensor *s = mm_param(ps, "s", MM_SHAPE(2, 3), (Init){MM_NORMAL, 1});
    Tensor *dead = mm_param(ps, "dead.bias", MM_SHAPE(2, 3), (Init){MM_CONSTANT, -2});
    Tensor *lost = mm_param(ps, "lost", MM_SHAPE(3), (Init){MM_CONSTANT, 1});
    Tensor *x = mm_named(mm_input(g, MM_SHAPE(2, 3), NULL), "<b>x</b>");
    x->data[1] = 2;
    mm_push(g, "dead");
    Tensor *none = mm_named(mm_relu(g, dead), "none");
    mm_pop(g);
    mm_exp(g, lost);
    Tensor *y = mm_add(g, mm_mul(g, s, s), mm_add(g, mm_mul(g, x, s), mm_exp(g, s)));
    Tensor *loss = mm_named(mm_sum(g, mm_add(g, y, none), MM_ALL), "L");
    mm_backward(g, loss);
    save(g, loss, w, "small </script><img src=x onerror=alert(1)>", "small.html", NULL);
    mm_watch_free(w);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void not_finite(void)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *p = mm_named(mm_param(ps, "p", MM_SHAPE(4), (Init){MM_CONSTANT, -1}), "p");
    Tensor *log = mm_named(mm_log(g, p), "the log");
    Tensor *loss = mm_mean(g, mm_mul(g, log, p), MM_ALL);
    mm_backward(g, loss);
    save(g, loss, NULL, "NaN", "nan.html", NULL);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void towers(int layers, const char *name)
{
    char file[64];
    Towers t = towers_new_watched(layers, true);
    static const char *const ends[] = {"html", "json", "dot"};
    for (int i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s.%s", name, ends[i]);
        save(t.g, t.loss, t.watch, name, file, NULL);
    }
    towers_free(t);
}

/* Two traces of one model, of which one parameter's gradient is wrong. */
static void pair(void)
{
    Towers t = towers_new_watched(2, true);
    Trace *right = mm_trace_new(t.g, t.loss, &(DrawOptions){.title = "right"});
    mm_params_find(t.ps, "text.proj")->grad[0] += 1;
    save(t.g, t.loss, t.watch, "mine", "pair.html", right);
    save(t.g, t.loss, t.watch, "mine", "wrong.json", NULL);
    mm_trace_free(right);
    towers_free(t);
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : ".";
    small();
    not_finite();
    towers(2, "two");
    towers(12, "twelve");
    pair();
    return 0;
}
