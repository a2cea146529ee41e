/* picture.c: the drawing of a small graph: each kind of tensor, shares of the gradient, what is refused. */
#include "drawn.h"
#include "mm/ops.h"

static Tensor *param(Params *ps, const char *name, real a, real b)
{
    Tensor *p = mm_param(ps, name, MM_SHAPE(2), (Init){MM_ZERO, 0});
    p->data[0] = a;
    p->data[1] = b;
    return p;
}

/* Two modules, a parameter used in both, one that gets a gradient of zero, one that leads nowhere; all numbers exact. */
static Tensor *small_graph(Graph *g, Params *ps)
{
    Tensor *w = param(ps, "image.w", 1, -1), *shared = param(ps, "shared", 2, 4), *off = param(ps, "text.off", 8, 8);
    Tensor *lost = param(ps, "text.lost", 1, 1);
    Tensor *x = mm_named((mm_input)(g, MM_SHAPE(2), (const real[]){3, 4}, "small.c:1"), "x <& \"co\">");
    Tensor *zero = (mm_input)(g, MM_SHAPE(2), NULL, "small.c:2");
    mm_push(g, "image");
    Tensor *image = (mm_mul)(g, (mm_mul)(g, x, w, "small.c:3"), shared, "small.c:4");
    mm_pop(g);
    mm_push(g, "text");
    Tensor *text = (mm_mul)(g, shared, shared, "small.c:5");
    mm_push(g, "gate");
    Tensor *gate = (mm_mul)(g, off, zero, "small.c:6");
    (mm_relu)(g, lost, "small.c:7");
    mm_pop(g);
    text = (mm_add)(g, text, gate, "small.c:8");
    mm_pop(g);
    Tensor *sum = (mm_sum)(g, (mm_mul)(g, image, text, "small.c:9"), MM_ALL, "small.c:10");
    return mm_named((mm_affine)(g, sum, (real)0.25, 0, "small.c:11"), "L");
}

static void small_graph_is_drawn_as_ever(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *loss = small_graph(g, ps);
    mm_backward(g, loss);
    char *text = dot_of(g, loss, (DrawOptions){.title = "a small graph"});
    Error err;
    char *golden = mm_read_file("tests/graph/small.dot", 1 << 20, NULL, &err);
    if (!golden || strcmp(golden, text) != 0) {
        assert_true(mm_write_file("/tmp/small.dot", text, strlen(text), &err));
        fail_msg("the drawing is another than tests/graph/small.dot: see /tmp/small.dot");
    }
    free(golden);
    free(text);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void before_backward(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    char *text = dot_of(g, small_graph(g, ps), (DrawOptions){0});
    assert_non_null(strstr(text, "L = -58; drawn before mm_backward: there are no gradients yet"));
    assert_int_equal(count(text, "dashed"), 1); /* in the legend */
    free(text);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* [gradient_share] */
static void shares_of_the_gradient(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    mm_backward(g, small_graph(g, ps));
    GradientShare share[MM_MAX_SHARES];
    int n = mm_gradient_shares(g, share, MM_MAX_SHARES);
    /* L = sum x w s^3 / 4: dw = x s^3 / 4 = (6, 64), ds = 3 x w s^2 / 4 = (9, -48) */
    double image = 6 * 6 + 64 * 64, outside = 9 * 9 + 48 * 48;
    assert_int_equal(n, 3);
    assert_string_equal(share[0].module, "image");
    assert_string_equal(share[1].module, "text");
    assert_string_equal(share[2].module, "outside");
    assert_near(share[0].share, image / (image + outside), 1e-12);
    assert_near(share[2].share, outside / (image + outside), 1e-12);
    assert_near(share[0].norm, sqrt(image), 1e-12);
    assert_true(share[1].share == 0 && share[1].params == 2 && share[1].numbers == 4);
    assert_int_equal(mm_gradient_shares(g, share, 1), 1);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void nan_is_red(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = param(ps, "x", 1, -1), *y = mm_log(g, x), *loss = mm_sum(g, y, MM_ALL);
    mm_backward(g, loss);
    char *text = dot_of(g, loss, (DrawOptions){0});
    const char *log_line = line_of(text, "n1 [label"), *red = strstr(log_line, "#d00000");
    assert_true(red && red < strchr(log_line, '\n'));
    assert_non_null(strstr(text, "1 NaN or infinite"));
    assert_null(strstr(line_of(text, "n0 [label"), "x (2)<br/><font point-size=\"9\">value nan"));
    free(text);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void the_table(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    mm_backward(g, small_graph(g, ps));
    FILE *out = tmpfile();
    assert_non_null(out);
    mm_graph_print(g, out);
    mm_gradient_report(g, out);
    char *text = written(out);
    assert_int_equal(count(text, "\n"), mm_graph_size(g) + 1 + 5);
    assert_non_null(strstr(text, "n6     mul           (2)                   11.66      3.021  n4 n4"));
    assert_int_equal(count(text, "leads nowhere"), 1);
    assert_int_equal(count(text, "gradient is zero"), 2);
    assert_non_null(strstr(text, "image.w  \n"));
    assert_non_null(strstr(text, "  image                     63.4 %        64.28           1             2\n"));
    free(text);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void refusals(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *loss = small_graph(g, ps);
    Error err;
    mm_backward(g, loss);
    assert_false(mm_graph_draw(g, loss, NULL, "/tmp/graph.jpeg", &err));
    assert_string_equal(
        err.text,
        "/tmp/graph.jpeg: a graph is drawn as .html, .svg, .pdf, .png, .dot, .txt or .json; the name must end in one of these");
    assert_false(mm_graph_draw(g, loss, NULL, "/tmp/dot", &err));
    assert_false(mm_graph_draw(g, loss, &(DrawOptions){.module = "audio"}, "/tmp/graph.dot", &err));
    assert_string_equal(err.text, "/tmp/graph.dot: the graph has no module \"audio\"; a .txt file lists the modules");
    char *search = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    assert_false(mm_graph_draw(g, loss, NULL, "/tmp/mm-picture-test.svg", &err));
    setenv("PATH", search, 1);
    free(search);
    assert_non_null(
        strstr(err.text, "/tmp/mm-picture-test.svg: a picture needs the program dot, of the Debian package graphviz"));
    assert_false(mm_file_exists("/tmp/mm-picture-test.svg"));
    mm_graph_free(g);
    mm_params_free(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_graph_is_drawn_as_ever),
        cmocka_unit_test(before_backward),
        cmocka_unit_test(shares_of_the_gradient),
        cmocka_unit_test(nan_is_red),
        cmocka_unit_test(the_table),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
