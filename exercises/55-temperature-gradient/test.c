/* The gradient of a temperature that divides. */
#include "55.h"
#include "check.h"

enum { N = 4 };

static void by_hand(int n, const double *d, const double *z, double t, double want)
{
    expect_number("dL/dt", YOURS(d_temperature)(d, z, n, t), want, 1e-12);
}

/* ALIGN's loss of given cosines: both ways added, smoothed targets. */
static void against_the_tape(void)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    real cosine[N * N];
    int own[N] = {0, 1, 2, 3};
    draw(cosine, N * N, -1, 1, "cosines");
    Tensor *t = mm_param(ps, "temperature", MM_SCALAR, (Init){MM_CONSTANT, (real)0.3});
    Tensor *z = mm_div(g, mm_input(g, MM_SHAPE(N, N), cosine), t);
    Tensor *loss = mm_add(g, mm_cross_entropy(g, z, own, NULL, (real)0.1),
                          mm_cross_entropy(g, mm_permute(g, z, (int[]){1, 0}), own, NULL, (real)0.1));
    mm_backward(g, loss);
    double dz[N * N], scores[N * N];
    for (int i = 0; i < N * N; i++) {
        dz[i] = (double)z->grad[i];
        scores[i] = (double)z->data[i];
    }
    by_hand(N * N, dz, scores, 0.3, (double)t->grad[0]);
    mm_graph_free(g);
    mm_params_free(ps);
}

void exercise_55(void)
{
    check("one", "one score: dZ = 2, Z = 3, t = 1", "A higher temperature makes scores shorter: the sign is minus. 2 times 3.");
    by_hand(1, (const double[]){2}, (const double[]){3}, 1, -6);
    check("t", "the same with t = 0.5", "dZ/dt = -S / t^2 = -Z / t: what is divided once in Z is divided once more.");
    by_hand(1, (const double[]){2}, (const double[]){3}, 0.5, -12);
    check("sum", "four scores, t = 2", "All scores share t: sum over all, and not the mean.");
    by_hand(4, (const double[]){1, 2, 3, 4}, (const double[]){5, 6, 7, 8}, 2, -35);
    check("tape", "the gradient of ALIGN's loss, from the tape", "Is every sign kept?");
    against_the_tape();
}
