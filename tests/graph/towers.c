/* towers.c: the drawing of a model of two towers shows what is on the tape, and folds what repeats. */
#include "towers.h"

static double number_after(const char *line, const char *what)
{
    const char *at = strstr(line, what);
    assert_true(at && at < strchr(line, '\n'));
    return strtod(at + strlen(what), NULL);
}

static double rms(const real *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sqrt(sum / (double)n);
}

static void check_node(const char *text, const Tensor *t)
{
    char start[32], shape[MM_SHAPE_TEXT];
    snprintf(start, sizeof start, "n%d [label=<", t->id);
    const char *line = line_of(text, start), *end = line ? strchr(line, '\n') : NULL;
    assert_non_null(end);
    assert_int_equal(count(text, start), 1);
    assert_true(strstr(line, mm_shape_text(t->shape, shape)) < end);
    double v = t->n == 1 ? (double)t->data[0] : rms(t->data, t->n);
    assert_near(number_after(line, "\">value "), v, 5e-3);
    assert_near(number_after(line, "value: rms "), rms(t->data, t->n), 1e-8);
    const char *gradient = strstr(line, ", gradient ");
    assert_int_equal(gradient && gradient < end, t->needs_grad && t->grad);
    if (t->needs_grad && t->grad) {
        assert_near(number_after(line, "\\ngradient: rms "), rms(t->grad, t->n), 1e-8);
        double g = t->n == 1 ? (double)t->grad[0] : rms(t->grad, t->n);
        assert_near(number_after(line, ", gradient "), g, 5e-3);
    }
    if (t->site && *t->site) {
        const char *site = strstr(line, t->site);
        assert_true(site && site < end);
    }
}

/* Opened whole, the drawing has every tensor once, with its numbers, and every use of one as an edge. */
static void numbers_are_those_of_the_tape(void **state)
{
    (void)state;
    Towers t = towers_new(3);
    char *text = dot_of(t.g, t.loss, (DrawOptions){.depth = 99, .unfold = true});
    int edges = 0;
    for (int i = 0; i < mm_graph_size(t.g); i++) {
        const Tensor *y = mm_graph_node(t.g, i);
        check_node(text, y);
        for (int k = 0; k < y->n_in; k++, edges++) {
            char edge[64];
            snprintf(edge, sizeof edge, " n%d -> n%d [", y->in[k]->id, i);
            assert_non_null(strstr(text, edge));
        }
    }
    assert_int_equal(count(text, " -> "), edges);
    assert_int_equal(count(text, "subgraph"), 3 + 2 * (1 + 3 * 3)); /* modules; in a tower the blocks, each with attn and mlp */
    assert_int_equal(count(text, "peripheries=2"), 1);
    free(text);
    towers_free(t);
}

static void the_same_graph_gives_the_same_bytes(void **state)
{
    (void)state;
    Towers a = towers_new(2), b = towers_new(2);
    char *first = dot_of(a.g, a.loss, (DrawOptions){0}), *second = dot_of(b.g, b.loss, (DrawOptions){0});
    assert_string_equal(first, second);
    free(first);
    free(second);
    towers_free(a);
    towers_free(b);
}

static void equal_blocks_are_folded(void **state)
{
    (void)state;
    Towers t = towers_new(4);
    char *text = dot_of(t.g, t.loss, (DrawOptions){0});
    assert_int_equal(count(text, "\u00d74<br/>"), 2);
    assert_non_null(strstr(text, "<b>transformer.resblocks.0 \u2026 3 </b>\u00d74"));
    assert_non_null(strstr(text, "each 10 ops, 12 parameters of 872 numbers"));
    assert_true(count(text, " [label=<") <= 60);
    free(text);
    text = dot_of(t.g, t.loss, (DrawOptions){.unfold = true, .depth = 3});
    assert_int_equal(count(text, "\u00d7"), 0);
    assert_int_equal(count(text, "10 ops, 12 parameters of 872 numbers"), 8);
    free(text);
    towers_free(t);
}

/* Blocks that differ in a shape are not equal, nor are equal ones with something in between. */
static void only_equal_neighbours_are_folded(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_relu(g, mm_param(ps, "x", MM_SHAPE(2, 6), (Init){MM_CONSTANT, 1}));
    static const char *const scopes[] = {"net.0", "net.1", "net.2", "net.3", "net.4", "net.5"};
    for (int i = 0; i < 6; i++) {
        mm_push(g, scopes[i]);
        x = mm_exp(g, mm_affine(g, x, (real)0.1, 0));
        mm_pop(g);
        if (i == 1) {
            x = mm_reshape(g, x, MM_SHAPE(3, 4)); /* 0 and 1 | another shape: 2 and 3 | something between | 4 and 5 */
        } else if (i == 3) {
            x = mm_relu(g, x);
        }
    }
    Tensor *loss = mm_sum(g, x, MM_ALL);
    mm_backward(g, loss);
    char *text = dot_of(g, loss, (DrawOptions){0});
    assert_int_equal(count(text, "\u00d72"), 3);
    assert_int_equal(count(text, "\u00d7"), 3);
    free(text);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* A closed module says how much is in it. */
static void closed_modules_have_the_sums(void **state)
{
    (void)state;
    Towers t = towers_new(2);
    char *text = dot_of(t.g, t.loss, (DrawOptions){.depth = 1});
    int ops = 0, params = 0;
    double squares = 0;
    for (int i = 0; i < mm_graph_size(t.g); i++) {
        const Tensor *y = mm_graph_node(t.g, i);
        ops += y->op && strncmp(y->scope, "visual", 6) == 0;
        if (!y->op && !y->graph && strncmp(y->name, "visual", 6) == 0) {
            params++;
            squares += rms(y->grad, y->n) * rms(y->grad, y->n) * (double)y->n;
        }
    }
    const char *line = strstr(text, "[label=<<b>visual</b>");
    assert_non_null(line);
    assert_int_equal((int)number_after(line, "point-size=\"9\">"), ops);
    assert_int_equal((int)number_after(line, "ops, "), params);
    assert_near(number_after(line, "gradient norm "), sqrt(squares), 5e-3);
    assert_int_equal(count(text, "shape=box3d"), 3);
    free(text);
    towers_free(t);
}

static void one_module_and_its_neighbours(void **state)
{
    (void)state;
    Towers t = towers_new(2);
    char *text = dot_of(t.g, t.loss, (DrawOptions){.module = "text.transformer.resblocks.0"});
    assert_int_equal(count(text, "\\ngradient: rms"), 22 + 3); /* 10 ops, 12 parameters; embedding before, LN and + after */
    assert_int_equal(count(text, "subgraph"), 3);
    assert_null(strstr(text, "pixels"));
    free(text);
    towers_free(t);
}

static void files(void **state)
{
    (void)state;
    Towers t = towers_new(2);
    char folder[] = "/tmp/mm-picture-XXXXXX", *path[3];
    assert_non_null(mkdtemp(folder));
    Error err;
    const char *const names[] = {"a.dot", "a.txt", "a.svg"};
    bool have_dot = system("command -v dot >/dev/null") == 0;
    for (int i = 0; i < 3; i++) {
        path[i] = mm_join_path(folder, names[i]);
        bool ok = mm_graph_draw(t.g, t.loss, NULL, path[i], &err);
        assert_true(ok || (i == 2 && !have_dot));
    }
    if (have_dot) {
        char command[256], *svg = mm_read_file(path[2], 1 << 24, NULL, &err);
        assert_non_null(svg);
        assert_int_equal(strncmp(svg, "<?xml", 5), 0);
        assert_non_null(strstr(svg, "</svg>"));
        free(svg);
        snprintf(command, sizeof command, "dot -Tcanon %s 2>&1 >/dev/null | grep . >&2", path[0]);
        assert_int_not_equal(system(command), 0); /* it says nothing */
    }
    for (int i = 0; i < 3; i++) {
        remove(path[i]);
        free(path[i]);
    }
    assert_int_equal(rmdir(folder), 0); /* nothing else is left there */
    towers_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_tape),
        cmocka_unit_test(the_same_graph_gives_the_same_bytes),
        cmocka_unit_test(equal_blocks_are_folded),
        cmocka_unit_test(only_equal_neighbours_are_folded),
        cmocka_unit_test(closed_modules_have_the_sums),
        cmocka_unit_test(one_module_and_its_neighbours),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
