/* Three graphs, each with a parameter that learns nothing. */
#include "16.h"
#include "check.h"

enum { GRAPHS = 3, B = 4, D = 3 };

static Tensor *parameter(Params *ps, const char *name, Shape s, real scale)
{
    return mm_param(ps, name, s, (Init){MM_NORMAL, scale});
}

static Tensor *pixels(Graph *g)
{
    real x[B * D];
    draw(x, B * D, 0, 1, "pixels");
    return mm_named(mm_input(g, MM_SHAPE(B, D), x), "pixels");
}

/* The temperature scales a tensor of which the loss uses only the unscaled form. */
static Tensor *graph_1(Graph *g, Params *ps)
{
    Tensor *x = mm_matmul(g, pixels(g), parameter(ps, "W_image", MM_SHAPE(D, D), 1), MM_NN);
    Tensor *scores = mm_matmul(g, x, parameter(ps, "W_class", MM_SHAPE(D, D), 1), MM_NN);
    mm_mul(g, scores, mm_exp(g, parameter(ps, "temperature", MM_SCALAR, 1)));
    scores = mm_add(g, scores, parameter(ps, "bias", MM_SHAPE(D), 1));
    return mm_cross_entropy(g, scores, (const int[]){0, 1, 2, 0}, NULL, 0);
}

/* A constant of -50 under a ReLU: what comes before it is cut off; the bias after it is not. */
static Tensor *graph_2(Graph *g, Params *ps)
{
    Tensor *in = pixels(g);
    Tensor *hidden = mm_matmul(g, in, parameter(ps, "W_hidden", MM_SHAPE(D, D), 1), MM_NN);
    hidden = mm_relu(g, mm_affine(g, hidden, 1, -50));
    Tensor *direct = mm_relu(g, mm_affine(g, mm_matmul(g, in, parameter(ps, "W_direct", MM_SHAPE(D, D), 1), MM_NN), 1, 2));
    Tensor *sum = mm_add(g, mm_add(g, hidden, direct), parameter(ps, "bias", MM_SHAPE(D), 1));
    return mm_mean(g, mm_mul(g, sum, sum), MM_ALL);
}

/* A query looks at a single key: the weight is 1, whatever the query is. */
static Tensor *graph_3(Graph *g, Params *ps)
{
    Tensor *in = pixels(g);
    Tensor *query = mm_matmul(g, in, parameter(ps, "W_query", MM_SHAPE(D, D), 1), MM_NN);
    Tensor *score = mm_sum(g, mm_mul(g, query, in), 1);
    Tensor *weight = mm_softmax(g, mm_reshape(g, score, MM_SHAPE(B, 1)), NULL);
    Tensor *value = mm_matmul(g, in, parameter(ps, "W_value", MM_SHAPE(D, D), 1), MM_NN);
    Tensor *out = mm_add(g, mm_mul(g, value, weight), parameter(ps, "bias", MM_SHAPE(D), 1));
    return mm_mean(g, mm_mul(g, out, out), MM_ALL);
}

static void print(const Graph *g, int number)
{
    report("graph %d\n", number);
    for (int id = 0; id < mm_graph_size(g); id++) {
        const Tensor *t = mm_graph_node(g, id);
        char shape[MM_SHAPE_TEXT];
        real low = t->data[0], high = t->data[0];
        for (size_t i = 0; i < t->n; i++) {
            low = fmin(low, t->data[i]);
            high = fmax(high, t->data[i]);
        }
        report("  n%-2d %-13s %-7s", id,
               t->op           ? t->op->name
               : t->needs_grad ? "parameter"
                               : "input",
               mm_shape_text(t->shape, shape));
        report(" %s", t->name ? t->name : "");
        for (int i = 0; i < t->n_in; i++) {
            const Tensor *in = t->in[i];
            report("%s n%d%s%s", i ? "," : "from", in->id, in->name ? " " : "", in->name ? in->name : "");
        }
        report("   %.3g .. %.3g\n", (double)low, (double)high);
    }
}

/* The parameter whose gradient is 0, found by running backward. */
static const char *without_gradient(const Params *ps)
{
    const char *name = NULL;
    for (int i = 0; i < mm_params_count(ps); i++) {
        const Tensor *p = mm_params_at(ps, i);
        double sum = 0;
        for (size_t k = 0; k < p->n; k++) {
            sum += fabs((double)p->grad[k]);
        }
        if (sum == 0) {
            if (name) {
                broken_test("two parameters get no gradient");
            }
            name = p->name;
        }
    }
    return name ? name : "none";
}

void exercise_16(void)
{
    static Tensor *(*const build[GRAPHS])(Graph *, Params *) = {graph_1, graph_2, graph_3};
    static const char *const id[GRAPHS] = {"no_path", "dead", "constant"};
    static const char *const hint[GRAPHS] = {
        "Go back from the loss and mark every tensor it is made of. A tensor that nothing uses is no part of it.",
        "A ReLU passes no gradient where its input is below 0. Look at the range of the values before each ReLU.",
        "A softmax over one element is 1 whatever the element is: its slope is 0. Look for the shape (4,1)."};
    for (int i = 0; i < GRAPHS; i++) {
        Params *ps = mm_params_new(1);
        Graph *g = mm_graph_new(1);
        Tensor *loss = mm_named(build[i](g, ps), "loss");
        print(g, i + 1);
        mm_backward(g, loss);
        check(id[i], i == 0 ? "graph 1" : i == 1 ? "graph 2" : "graph 3", hint[i]);
        const char *theirs = YOURS(parameter_without_gradient)(i + 1), *truth = without_gradient(ps);
        expect(theirs && strcmp(theirs, truth) == 0, "graph %d: \"%s\" does get a gradient, or is no parameter of it", i + 1,
               theirs ? theirs : "(NULL)");
        mm_graph_free(g);
        mm_params_free(ps);
    }
}
