/* The least that a smoothed cross-entropy can be. */
#include "51.h"
#include "check.h"

enum { CLASSES = 5 };

/* The loss of a prediction that is the target itself: logits ln t. */
static void reached(void)
{
    real logits[CLASSES];
    int label = 2;
    for (int k = 0; k < CLASSES; k++) {
        logits[k] = log((real)0.3 / CLASSES + (k == label ? (real)0.7 : 0));
    }
    Graph *g = mm_graph_new(1);
    Tensor *loss = mm_cross_entropy(g, mm_input(g, MM_SHAPE(1, CLASSES), logits), &label, NULL, (real)0.3);
    expect_number("H", YOURS(mm_smoothed_entropy)(CLASSES, 0.3), (double)loss->data[0], 1e-9);
    mm_graph_free(g);
}

void exercise_51(void)
{
    check("none", "without smoothing", "A certain target has no entropy: 0. 0 * log(0) is NaN, so leave out shares of 0.");
    expect_number("H", YOURS(mm_smoothed_entropy)(4, 0), 0, 1e-12);
    check("half", "two classes, e = 0.5", "Here the targets are .75 and .25: H = -(.75 ln .75 + .25 ln .25).");
    expect_number("H", YOURS(mm_smoothed_entropy)(2, 0.5), 0.562335144618808, 1e-9);
    check("even", "e = 1: every class has as much", "Then H is ln K. There are K - 1 others, and each adds its part.");
    expect_number("H", YOURS(mm_smoothed_entropy)(8, 1), 2.079441541679836, 1e-9);
    check("reached", "against the loss of the prediction that is the target", "Nothing can be below, and this is equal.");
    reached();
}
