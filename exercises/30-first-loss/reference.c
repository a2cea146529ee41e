/* The answer of exercise 30. The library leaves this look to the reader of the first line that a run prints. */
#include "exercise.h"

/* region first_loss_type */
typedef enum FirstLoss { AS_CHANCE, TOO_GOOD, TOO_SURE, BROKEN_NUMBERS } FirstLoss;
/* end first_loss_type */

/* What the first loss of a run with n pairs in a batch says. */
FirstLoss first_loss(double loss, int n)
{
    /* region first_loss */
    double chance = log((double)n);
    return !isfinite(loss) ? BROKEN_NUMBERS : loss < 0.5 * chance ? TOO_GOOD : loss > 1.5 * chance ? TOO_SURE : AS_CHANCE;
    /* end first_loss */
}
