/* The loss of CLIP. */
#include "26.h"
#include "check.h"

enum { N = 3 };

typedef struct Result {
    real loss, dz[N * N];
} Result;

static Result run(__typeof__(clip_loss) *loss, const real *z, real smoothing)
{
    Result r;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *logits = mm_param(ps, "Z", MM_SHAPE(N, N), (Init){MM_ZERO, 0});
    memcpy(logits->data, z, logits->n * sizeof *z);
    Tensor *l = loss(g, logits, smoothing);
    r.loss = *l->data;
    mm_backward(g, l);
    memcpy(r.dz, logits->grad, logits->n * sizeof *z);
    mm_graph_free(g);
    mm_params_free(ps);
    return r;
}

static const real lopsided[N * N] = {5, 5, 5, 0, 5, 0, 0, 0, 5}; /* row 0 and columns 1 and 2 are undecided */

static Tensor *built(Graph *g, Params *ps, bool theirs, void *context)
{
    (void)context;
    Tensor *logits = mm_param(ps, "Z", MM_SHAPE(N, N), (Init){MM_NORMAL, 1});
    return (theirs ? YOURS(clip_loss) : clip_loss)(g, logits, 0);
}

void exercise_26(void)
{
    draw_pair(built, NULL);
    const real equal[N * N] = {0}, *z = lopsided;
    check("chance", "equal scores: ln 3", "Every direction is ln N then, and so is their mean: is the sum halved?");
    Result got = run(YOURS(clip_loss), equal, 0);
    expect_number("L", (double)got.loss, log(3.0), 1e-9);
    check("both", "a table whose rows and columns differ",
          "One direction alone is 0.379 or 0.466, their mean is 0.423. Does each table have its own labels, and is one of them "
          "transposed?");
    Result want = run(clip_loss, z, 0);
    got = run(YOURS(clip_loss), z, 0);
    expect_number("L", (double)got.loss, (double)want.loss, 1e-9);
    check("gradient", "the gradient of the scores", "Each direction gives its part; both pass through the half.");
    expect_tensor("dZ", MM_SHAPE(N, N), got.dz, want.dz, 1e-9);
    check("smoothing", "targets smoothed by 0.1", "`smoothing` goes to both directions.");
    want = run(clip_loss, z, (real)0.1);
    got = run(YOURS(clip_loss), z, (real)0.1);
    expect_number("L", (double)got.loss, (double)want.loss, 1e-9);
}
