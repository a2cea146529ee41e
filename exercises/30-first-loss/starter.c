/* Exercise 30: What the first loss says. README.md beside this file says what is wanted; `./course test 30` judges it. */
#include "exercise.h"

typedef enum FirstLoss { AS_CHANCE, TOO_GOOD, TOO_SURE, BROKEN_NUMBERS } FirstLoss;

/* What the first loss of a run with n pairs in a batch says. */
FirstLoss first_loss(double loss, int n)
{
    NOT_STARTED;
}
