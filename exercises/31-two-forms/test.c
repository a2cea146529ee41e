/* Scores by distance beside scores by cosine. */
#include "31.h"
#include "check.h"
#include "model.h"

enum { N = 3, D = 4 };

typedef struct Result {
    real z[N * N], dimage[N * D], dtext[N * D];
    double loss;
} Result;

static Tensor *by_cosine(Graph *g, Tensor *image, Tensor *text, real factor)
{
    return mm_affine(g, mm_matmul(g, image, text, MM_NT), factor, 0);
}

static Result run(__typeof__(by_cosine) *scores, bool normalised)
{
    Result r;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *image = mm_param(ps, "image", MM_SHAPE(N, D), (Init){MM_NORMAL, 1});
    Tensor *text = mm_param(ps, "text", MM_SHAPE(N, D), (Init){MM_NORMAL, 1});
    Tensor *i = normalised ? mm_l2norm(g, image, 0) : image, *t = normalised ? mm_l2norm(g, text, 0) : text;
    Tensor *z = scores(g, i, t, 5), *loss = clip_loss(g, z, 0);
    r.loss = (double)*loss->data;
    memcpy(r.z, z->data, sizeof r.z);
    mm_backward(g, loss);
    memcpy(r.dimage, image->grad, sizeof r.dimage);
    memcpy(r.dtext, text->grad, sizeof r.dtext);
    mm_graph_free(g);
    mm_params_free(ps);
    return r;
}

static void by_hand(void)
{
    Graph *g = mm_graph_new(1);
    Tensor *image = mm_input(g, MM_SHAPE(2, 2), (const real[]){1, 0, 0, 1}),
           *text = mm_input(g, MM_SHAPE(1, 2), (const real[]){4, 4});
    Tensor *z = YOURS(scores_by_distance)(g, image, text, 2);
    expect_int("the number of scores of 2 pictures and 1 text", (long)z->n, 2);
    if (z->n == 2) {
        expect_tensor("Z", MM_SHAPE(2, 1), z->data, (const real[]){-25, -25}, 1e-12);
    }
    mm_graph_free(g);
}

static Tensor *built(Graph *g, Params *ps, bool theirs, void *context)
{
    (void)context;
    Tensor *image = mm_l2norm(g, mm_param(ps, "image", MM_SHAPE(N, D), (Init){MM_NORMAL, 1}), 0);
    Tensor *text = mm_l2norm(g, mm_param(ps, "text", MM_SHAPE(N, D), (Init){MM_NORMAL, 1}), 0);
    return clip_loss(g, (theirs ? YOURS(scores_by_distance) : by_cosine)(g, image, text, 5), 0);
}

void exercise_31(void)
{
    draw_pair(built, NULL);
    check("by_hand", "(1 0) and (0 1) are 5 away from (4 4), f = 2",
          "The squared distance is 25; times -f/2 that is -25, for each picture a row.");
    by_hand();
    Result got = run(YOURS(scores_by_distance), true), want = run(by_cosine, true);
    check("shifted", "rows of length 1: every score is f = 5 lower than the cosine's",
          "|a - b|^2 = 2 - 2 a.b, and times -f/2 that is f a.b - f.");
    for (int k = 0; k < N * N; k++) {
        want.z[k] -= 5;
    }
    expect_tensor("Z", MM_SHAPE(N, N), got.z, want.z, 1e-9);
    check("loss", "both losses are equal", "A softmax does not see what all scores have in common.");
    expect_number("L", got.loss, want.loss, 1e-9);
    check("gradient", "both gradients are equal", "Everything must be made by ops, of both image and text.");
    expect_tensor("dI", MM_SHAPE(N, D), got.dimage, want.dimage, 1e-9);
    expect_tensor("dT", MM_SHAPE(N, D), got.dtext, want.dtext, 1e-9);
    check("lengths", "rows of other lengths: the losses differ",
          "Do not normalise inside: the scores are of the rows as they are.");
    got = run(YOURS(scores_by_distance), false);
    want = run(by_cosine, false);
    expect(fabs(got.loss - want.loss) > 1e-3, "the two losses are %.6f and %.6f; they should differ", got.loss, want.loss);
}
