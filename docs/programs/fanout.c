/* fanout.c: a number that is used three times collects three gradients: y = a b + a a. */
#include "mm/mm.h"

int main(int argc, char **argv)
{
    Params *ps = mm_params_new(1);
    Tensor *a = mm_param(ps, "a", MM_SCALAR, (Init){MM_CONSTANT, 3});
    Tensor *b = mm_param(ps, "b", MM_SCALAR, (Init){MM_CONSTANT, -2});
    Graph *g = mm_graph_new(1);
    Tensor *y = mm_named(mm_add(g, mm_mul(g, a, b), mm_mul(g, a, a)), "y");
    mm_backward(g, y);
    printf("y = %g, dy/da = %g: %g from a b, %g and %g from a a\n", (double)*y->data, (double)*a->grad, (double)*b->data,
           (double)*a->data, (double)*a->data);

    /* The definition of the derivative, for those who do not believe it. */
    real h = 1e-3f, ab = *b->data, up = (*a->data + h) * ab + (*a->data + h) * (*a->data + h),
         down = (*a->data - h) * ab + (*a->data - h) * (*a->data - h);
    printf("(y(a + h) - y(a - h)) / 2h = %.3f\n", (double)(up - down) / (2 * (double)h));
    if (argc > 1) { /* the name of a file for the drawing: .svg, .html, … */
        mm_graph_draw(g, y, &(DrawOptions){.title = "y = a b + a a"}, argv[1], NULL);
    }
    mm_graph_free(g);
    mm_params_free(ps);
}
