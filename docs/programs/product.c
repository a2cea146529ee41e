/* product.c: one multiplication, and the gradient through it. */
#include "mm/mm.h"

int main(void)
{
    Params *ps = mm_params_new(1);
    Tensor *a = mm_param(ps, "a", MM_SCALAR, (Init){MM_CONSTANT, 3});
    Tensor *b = mm_param(ps, "b", MM_SCALAR, (Init){MM_CONSTANT, -2});
    Graph *g = mm_graph_new(1);
    Tensor *y = mm_named(mm_mul(g, a, b), "y");
    mm_backward(g, y);
    printf("y = %g, dy/da = %g, dy/db = %g\n\n", (double)*y->data, (double)*a->grad, (double)*b->grad);
    mm_graph_print(g, stdout);
    mm_graph_free(g);
    mm_params_free(ps);
}
