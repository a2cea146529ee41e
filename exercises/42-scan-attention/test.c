/* Stacked cross attention. */
#include "42.h"
#include "check.h"
#include "mm/nn.h"

enum { PLACES = 3, WORDS = 2, D = 4 };

typedef struct Result {
    real r[WORDS], mean, dv[PLACES * D], dw[WORDS * D];
} Result;

/* theirs: relevance of one picture and one caption; otherwise the mean of it that the library gives, and its gradient */
static Result run(bool theirs, const real *v, const real *w, real temperature)
{
    Result result = {0};
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *context = mm_param(ps, "v", MM_SHAPE(1, PLACES, D), (Init){MM_ZERO, 0});
    Tensor *query = mm_param(ps, "w", MM_SHAPE(1, WORDS, D), (Init){MM_ZERO, 0}), *mean;
    memcpy(context->data, v, context->n * sizeof *v);
    memcpy(query->data, w, query->n * sizeof *w);
    if (theirs) {
        Tensor *r = YOURS(relevance)(g, query, context, temperature);
        bool right = mm_shape_equal(r->shape, MM_SHAPE(1, WORDS));
        expect(right, "there must be a number for each word: (1, %d)", WORDS);
        if (right) {
            memcpy(result.r, r->data, sizeof result.r);
        }
        mean = mm_mean(g, r, MM_ALL);
    } else {
        mean = mm_scan_scores(g, context, query, (const int[]){WORDS},
                              (ScanConfig){.text_to_image = true, .softmax_scale = temperature, .lse_scale = 0});
        mean = mm_sum(g, mean, MM_ALL);
    }
    result.mean = *mean->data;
    mm_backward(g, mean);
    memcpy(result.dv, context->grad, sizeof result.dv);
    memcpy(result.dw, query->grad, sizeof result.dw);
    mm_graph_free(g);
    mm_params_free(ps);
    return result;
}

static void compare(const real *v, const real *w, real temperature)
{
    expect_number("mean r", (double)run(true, v, w, temperature).mean, (double)run(false, v, w, temperature).mean, 1e-9);
}

void exercise_42(void)
{
    static const real axes[PLACES * D] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, first_two[WORDS * D] = {1, 0, 0, 0, 0, 1, 0, 0};
    real v[PLACES * D], w[WORDS * D];
    draw(v, PLACES * D, -1, 1, "fields");
    draw(w, WORDS * D, -1, 1, "words");
    check("finds", "each word is the same as one place, and the temperature is high",
          "The word attends to its own place, and what it finds is itself: its cosine is 1. A query is compared with the mean of "
          "contexts.");
    expect_tensor("r", MM_SHAPE(WORDS), run(true, axes, first_two, 50).r, (const real[]){1, 1}, 1e-6);
    check("flat", "temperature 0", "Then every word attends to all places alike, and finds their mean.");
    compare(v, w, 0);
    check("values", "places and words as drawn, temperature 4",
          "First over the words of each place (leaky ReLU, length 1), then over the places of each word (softmax).");
    compare(v, w, 4);
    check("gradient", "gradients of places and words", "Ops alone; the words come in twice.");
    Result got = run(true, v, w, 4), want = run(false, v, w, 4);
    expect_tensor("dv", MM_SHAPE(PLACES, D), got.dv, want.dv, 1e-9);
    expect_tensor("dw", MM_SHAPE(WORDS, D), got.dw, want.dw, 1e-9);
}
