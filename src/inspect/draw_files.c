/* draw_files.c: a step in every form that it can be drawn in, for the command `graph` of the programs. */
#include "io/memory.h"
#include "mm/inspect.h"
#include "mm/io.h"
#include "mm/train.h"

#include <jansson.h>

static const struct {
    const char *end, *what;
} files[MM_DRAWN_FILES] = {
    {"html", "a page: open it in a browser and step through"},
    {"json", "the step, for the program trace"},
    {"txt", "every tensor, as a table"},
    {"dot", "the drawing, in Graphviz's language"},
    {"svg", "the drawing, for a browser: point at a box for its source line"},
};

bool mm_graph_draw_files(const Graph *g, const Tensor *loss, const DrawOptions *options, const char *out,
                         char *path[MM_DRAWN_FILES], Error *err)
{
    char *folder = mm_join_path(out, "graph");
    bool ok = mm_make_folders(folder, err);
    mm_catch_interrupt(); /* Ctrl-C comes before the files or after */
    for (int i = 0; i < MM_DRAWN_FILES && ok; i++) {
        path[i] = mm_path(folder, "step.%s", files[i].end);
        ok = mm_graph_draw(g, loss, options, path[i], err);
    }
    free(folder);
    return ok;
}

void mm_drawn_print(char *const path[MM_DRAWN_FILES])
{
    for (int i = 0; i < MM_DRAWN_FILES; i++) {
        printf("%s   %s\n", path[i], files[i].what);
    }
}

json_t *mm_drawn_json(char *const path[MM_DRAWN_FILES])
{
    json_t *j = json_object();
    for (int i = 0; i < MM_DRAWN_FILES; i++) {
        json_object_set_new(j, files[i].end, json_string(path[i]));
    }
    return j;
}

json_t *mm_gradient_json(const Graph *g)
{
    GradientShare share[MM_MAX_SHARES];
    int n = mm_gradient_shares(g, share, MM_MAX_SHARES);
    json_t *all = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(all, json_pack("{s:s, s:i, s:I, s:f, s:f}", "module", share[i].module, "parameters",
                                             share[i].params, "numbers", (json_int_t)share[i].numbers, "gradient norm",
                                             share[i].norm, "share", share[i].share));
    }
    return all;
}
