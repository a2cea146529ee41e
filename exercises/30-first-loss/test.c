/* The first losses of runs: CLIP's loss of embeddings as a new model makes them, and with a mistake planted. */
#include "30.h"
#include "check.h"
#include "model.h"

enum { EMBED = 16 };

/* A new encoder gives all inputs nearly the same embedding: `spread` is how much they differ, `length` how long they are. */
typedef struct New {
    int n;
    real spread, length, s;
    bool leaks, normalised; /* leaks: the text embedding is the picture's */
} New;

static double loss_of(New m)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Clip clip = {.logit_scale = mm_param(ps, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, m.s})};
    Tensor *image = mm_param(ps, "image", MM_SHAPE(m.n, EMBED), (Init){MM_NORMAL, m.spread});
    Tensor *text = mm_param(ps, "text", MM_SHAPE(m.n, EMBED), (Init){MM_NORMAL, m.spread});
    for (size_t i = 0; i < image->n; i++) {
        image->data[i] = (image->data[i] + 1) * m.length;
        text->data[i] = m.leaks ? image->data[i] : (text->data[i] + 1) * m.length;
    }
    Tensor *z = m.normalised ? clip_logits(g, &clip, image, text) : mm_matmul(g, image, text, MM_NT);
    double loss = (double)*clip_loss(g, z, 0)->data;
    mm_graph_free(g);
    mm_params_free(ps);
    return loss;
}

static void expect_verdict(New m, FirstLoss want)
{
    static const char *const name[] = {"AS_CHANCE", "TOO_GOOD", "TOO_SURE", "BROKEN_NUMBERS"};
    double loss = loss_of(m);
    FirstLoss got = YOURS(first_loss)(loss, m.n);
    expect(got == want, "loss %.4g with %d pairs (ln %d = %.3f): got %s, want %s", loss, m.n, m.n, log((double)m.n),
           (unsigned)got <= BROKEN_NUMBERS ? name[got] : "nonsense", name[want]);
}

void exercise_30(void)
{
    const real s = (real)2.66;
    check("healthy", "new models, 4 to 64 pairs",
          "A model that knows nothing has the loss ln N: the natural logarithm, of the N at hand.");
    expect_verdict((New){.n = 4, .spread = (real)0.2, .length = 1, .s = s, .normalised = true}, AS_CHANCE);
    expect_verdict((New){.n = 16, .spread = (real)0.2, .length = 1, .s = s, .normalised = true}, AS_CHANCE);
    expect_verdict((New){.n = 64, .spread = (real)0.2, .length = 1, .s = s, .normalised = true}, AS_CHANCE);
    check("leak", "each picture compared with itself", "Far below ln N at the first step is no luck: TOO_GOOD.");
    expect_verdict((New){.n = 4, .spread = 3, .length = 1, .s = s, .leaks = true, .normalised = true}, TOO_GOOD);
    expect_verdict((New){.n = 64, .spread = 3, .length = 1, .s = s, .leaks = true, .normalised = true}, TOO_GOOD);
    check("sure", "embeddings that are not normalised", "Far above ln N the model is sure, and wrong: TOO_SURE.");
    expect_verdict((New){.n = 16, .spread = 3, .length = 2}, TOO_SURE);
    expect_verdict((New){.n = 64, .spread = 3, .length = 2}, TOO_SURE);
    check("batch", "a loss of 4.0 with 64 pairs, and with 4",
          "4.0 is about chance for 64 (ln 64 = 4.16) and far too much for 4 (ln 4 = 1.39): compare with ln of this n.");
    expect_int("n = 64", YOURS(first_loss)(4.0, 64), AS_CHANCE);
    expect_int("n = 4", YOURS(first_loss)(4.0, 4), TOO_SURE);
    check("broken", "NaN and infinity",
          "A comparison with NaN is false, so it slips through to the last case; infinity is above everything.");
    expect_int("NaN", YOURS(first_loss)(NAN, 16), BROKEN_NUMBERS);
    expect_int("infinity", YOURS(first_loss)(INFINITY, 16), BROKEN_NUMBERS);
}
