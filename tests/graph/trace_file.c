/* trace_file.c: a trace as a file: read back as it was, refused when it is not one, compared, written by a step that asks for it
 * or that meets NaN. */
#include "inspect/trace.h"
#include "towers.h"

static char scratch[] = "/tmp/mm-trace-XXXXXX";

/* A file in the folder of this test; the next call but three overwrites the name. */
static const char *in_scratch(const char *name)
{
    static char path[4][64];
    static int turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", scratch, name);
    return p;
}

static char *contents(const char *path)
{
    Error err;
    char *text = mm_read_file(path, 1 << 26, NULL, &err);
    if (!text) {
        fail_msg("%s", err.text);
    }
    return text;
}

static void save(const Towers *t, const char *path)
{
    Error err;
    assert_true(mm_graph_draw(t->g, t->loss, &(DrawOptions){.title = "two <towers> \"塔\"", .watch = t->watch}, path, &err));
}

static void all_views_are_the_same_from_the_file(void **state)
{
    (void)state;
    static const char *const ends[] = {"json", "dot", "txt"};
    Towers t = towers_new_watched(3, true);
    Error err;
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "graph.%s", ends[i]);
        const char *live = in_scratch(name), *read = in_scratch("read.json");
        save(&t, live);
        save(&t, read);
        Trace *trace = mm_trace_read(read, &err);
        assert_non_null(trace);
        snprintf(name, sizeof name, "again.%s", ends[i]);
        const char *again = in_scratch(name);
        assert_true(mm_trace_save(trace, NULL, again, &err));
        char *a = contents(live), *b = contents(again);
        assert_string_equal(a, b);
        free(a);
        free(b);
        mm_trace_free(trace);
        remove(live);
        remove(again);
        remove(read);
    }
    towers_free(t);
}

/* Replaces what by with, and expects this error. */
static void refused(const char *text, const char *what, const char *with, const char *error)
{
    const char *at = strstr(text, what);
    assert_non_null(at);
    Error err;
    char path[64];
    snprintf(path, sizeof path, "%s/wrong.json", scratch);
    FILE *out = fopen(path, "w");
    fprintf(out, "%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
    fclose(out);
    Trace *t = mm_trace_read(path, &err);
    assert_null(t);
    if (!strstr(err.text, error) || !strstr(err.text, "wrong.json")) {
        fail_msg("\"%s\" does not say \"%s\"", err.text, error);
    }
    remove(path);
}

static void what_is_no_trace_is_refused(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Watch *w = mm_watch_new(g);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(2), (Init){MM_CONSTANT, 2});
    Tensor *loss = mm_sum(g, mm_exp(g, x), MM_ALL);
    mm_backward(g, loss);
    const char *path = in_scratch("right.json");
    Error err;
    assert_true(mm_graph_draw(g, loss, &(DrawOptions){.watch = w}, path, &err));
    char *text = contents(path);
    refused(text, "multimodal.c trace", "another", "no trace of a graph");
    refused(text, "\"version\": 1", "\"version\": 2", "another version");
    refused(text, "\"title\": \"\"", "\"title\": 3", "\"title\" is no text");
    refused(text, "\"kind\":\"parameter\"", "\"kind\":\"parrot\"", "node 0: \"kind\" is \"parrot\"");
    refused(text, "\"in\":[0]", "\"in\":[1]", "node 1: \"in\" is no whole number from 0 to 0");
    refused(text, "\"in\":[]", "\"in\":[0]", "node 0: the first node has inputs");
    refused(text, "\"id\":1", "\"id\":2", "node 1: \"id\" is no whole number from 1 to 1");
    refused(text, "\"module\":0", "\"module\":1", "node 0: \"module\" is no whole number from 0 to 0");
    refused(text, "\"shape\":[2]", "\"shape\":[3]", "node 0: \"n\" is no whole number from 3 to 3");
    refused(text, "\"shape\":[2]", "\"shape\":[1,1,1,1,1,1,2]", "more than 6 dimensions");
    refused(text, "\"shape\":[2]", "\"shape\":[2147483647,2147483647]", "too many numbers");
    refused(text, "\"data\":[2.0,2.0]", "\"data\":[2.0]", "node 0: \"data\" is no list of 2");
    refused(text, "\"data\":[2.0,2.0]", "\"data\":[2.0,\"two\"]", "node 0: \"data\" is no number");
    refused(text, "\"bins\":[2,", "\"bins\":[1,", "node 0: the histogram counts 1 numbers of 2");
    refused(text, "\"to\":0", "\"to\":2", "node 1: adds to node 2, which is not one of its inputs");
    refused(text, "\"order\": [2,1]", "\"order\": [1,2]", "\"order\" has node 1 before node 2");
    refused(text, "\"order\": [2,1]", "\"order\": [2,2]", "\"order\" has node 2 twice");
    refused(text, "\"order\": [2,1]", "\"order\": [2,0]", "or it is no op");
    refused(text, "\"loss\": 2", "\"loss\": 3", "\"loss\" is no whole number from 0 to 2");
    refused(text, "\"path\":\"\"", "\"path\":\"a\"", "module 0 comes before the one around it");
    refused(text, "\"walked\": true", "\"walked\": 1", "\"walked\" is neither true nor false");
    free(text);
    remove(path);
    mm_watch_free(w);
    mm_graph_free(g);
    mm_params_free(ps);
}

static int compare(const Trace *a, const Trace *b, double tolerance, char **text)
{
    FILE *out = tmpfile();
    assert_non_null(out);
    int n = mm_trace_compare(a, b, tolerance, out);
    *text = written(out);
    return n;
}

static void traces_are_compared(void **state)
{
    (void)state;
    Towers t = towers_new(2), u = towers_new(3);
    Trace *a = mm_trace_new(t.g, t.loss, NULL), *c = mm_trace_new(u.g, u.loss, NULL);
    char *text;
    assert_int_equal(compare(a, a, 0, &text), 0);
    free(text);
    Tensor *p = mm_params_find(t.ps, "logit_scale");
    p->grad[0] *= (real)1.5;
    Trace *b = mm_trace_new(t.g, t.loss, NULL);
    assert_int_equal(compare(a, b, 1e-5, &text), 1);
    assert_non_null(strstr(text, "parameter logit_scale ()"));
    assert_non_null(strstr(text, "apart 0.33"));
    assert_null(strstr(text, "value"));
    free(text);
    assert_int_equal(compare(a, b, 0.4, &text), 0);
    free(text);
    assert_int_equal(compare(a, c, 1, &text), -1);
    assert_non_null(strstr(text, "not of one structure; the first difference is n"));
    free(text);
    mm_trace_free(a);
    mm_trace_free(b);
    mm_trace_free(c);
    towers_free(t);
    towers_free(u);
}

static void the_step_that_is_asked_for(void **state)
{
    (void)state;
    GraphStep s;
    Error err;
    assert_true(mm_graph_step_parse("a:b.json:17", &s, &err));
    assert_string_equal(s.path, "a:b.json");
    assert_int_equal(s.step, 17);
    assert_true(mm_graph_step_parse("a.json", &s, &err) && s.step == 1);
    assert_false(mm_graph_step_parse("a.json:0", &s, &err) || mm_graph_step_parse(":3", &s, &err));
    assert_true(mm_graph_step_parse(in_scratch("step.json:2"), &s, &err));
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(2), (Init){MM_CONSTANT, 2});
    for (int64_t step = 1; step <= 3; step++) {
        mm_graph_step_begin(&s, g, step);
        x->data[0] = (real)step;
        Tensor *loss = mm_sum(g, mm_exp(g, x), MM_ALL);
        mm_backward(g, loss);
        assert_true(mm_graph_step_end(&s, g, loss, "a step", &err));
        assert_null(s.watch);
        mm_graph_reset(g);
    }
    Trace *t = mm_trace_read(s.path, &err);
    assert_non_null(t);
    assert_true(t->watched && t->node[0].value.data[0] == 2);
    assert_string_equal(t->title, "a step");
    mm_trace_free(t);
    remove(s.path);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* A constant mask of -infinity that softmax makes finite is not where NaN came from. */
static void where_nan_came_from(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_named((mm_input)(g, MM_SHAPE(2), (const real[]){1, -INFINITY}, "here.c:1"), "mask");
    Tensor *p = mm_param(ps, "p", MM_SHAPE(2), (Init){MM_CONSTANT, -1});
    Tensor *y = (mm_softmax)(g, (mm_add)(g, p, x, "here.c:2"), NULL, "here.c:3");
    mm_push(g, "bad");
    Tensor *log = mm_named((mm_log)(g, p, "here.c:4"), "logarithm");
    mm_pop(g);
    Tensor *loss = (mm_sum)(g, (mm_add)(g, y, log, "here.c:5"), MM_ALL, "here.c:6");
    const char *path = in_scratch("nan.json");
    Error err;
    assert_false(mm_report_nonfinite(g, loss, "step 7", path, &err));
    assert_non_null(strstr(err.text,
                           "step 7: NaN or infinity first appears in the value of log logarithm (2) in bad  [here.c:4]; "
                           "the graph of this step is in /tmp/mm-trace-"));
    Trace *t = mm_trace_read(path, &err);
    assert_non_null(t);
    assert_int_equal(t->node[log->id].value.bad, 2);
    assert_true(isnan(t->node[log->id].value.data[0]));
    mm_trace_free(t);
    remove(path);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void infinite_gradient(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *p = mm_param(ps, "p", MM_SHAPE(2), (Init){MM_CONSTANT, 0});
    Tensor *tiny = (mm_affine)(g, p, 1, (real)1e-42, "here.c:2"), *log = (mm_log)(g, tiny, "here.c:3");
    Tensor *loss = (mm_sum)(g, log, MM_ALL, "here.c:4");
    mm_backward(g, loss);
    Error err;
    assert_true(isfinite((double)loss->data[0]) && !isfinite((double)p->grad[0]));
    assert_false(mm_report_nonfinite(g, loss, "step 7", "/nowhere/nan.json", &err));
    assert_non_null(strstr(err.text, "first appears in the backward of log (2)  [here.c:3]; its graph cannot be kept: /nowhere"));
    mm_graph_free(g);
    mm_params_free(ps);
}

/* Nothing in a trace can end the element that it stands in, and every formula that is used is there, once, and no other. */
static void page_holds_any_text(void **state)
{
    (void)state;
    static const char *const titles[] = {"plain", "</script><script>alert(1)</script><!--"};
    char *page[2];
    Error err;
    for (int i = 0; i < 2; i++) {
        Params *ps = mm_params_new(1);
        Graph *g = mm_graph_new(1);
        Tensor *x = mm_param(ps, titles[i], MM_SHAPE(2), (Init){MM_CONSTANT, 2});
        Tensor *loss = mm_sum(g, mm_exp(g, x), MM_ALL);
        mm_backward(g, loss);
        const char *path = in_scratch("page.html");
        assert_true(mm_graph_draw(g, loss, &(DrawOptions){.title = titles[i]}, path, &err));
        page[i] = contents(path);
        remove(path);
        mm_graph_free(g);
        mm_params_free(ps);
    }
    assert_non_null(strstr(page[1], "\\u003c/script>\\u003cscript>alert(1)"));
    assert_int_equal(count(page[0], "<script"), count(page[1], "<script"));
    assert_int_equal(count(page[0], "</script"), count(page[1], "</script"));
    assert_int_equal(count(page[0], "<!--"), count(page[1], "<!--"));
    assert_int_equal(count(page[0], "<div data-id="), 2);
    assert_int_equal(count(page[0], "<div data-id=\"exp\""), 1);
    assert_non_null(strstr(page[0], "mm_sum(g, mm_exp(g, x), MM_ALL);")); /* the line of this file */
    free(page[0]);
    free(page[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_views_are_the_same_from_the_file),
        cmocka_unit_test(what_is_no_trace_is_refused),
        cmocka_unit_test(traces_are_compared),
        cmocka_unit_test(the_step_that_is_asked_for),
        cmocka_unit_test(where_nan_came_from),
        cmocka_unit_test(infinite_gradient),
        cmocka_unit_test(page_holds_any_text),
    };
    assert_non_null(mkdtemp(scratch));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(scratch) != 0 || failed;
}
