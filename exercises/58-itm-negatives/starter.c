/* Exercise 58: Whose picture?. README.md beside this file says what is wanted; `./course test 58` judges it. */
#include "exercise.h"

#include "05-uniter/batch.h"

/* Whose regions each text gets: its own picture's, or for ITM another's half of the time. */
void draw_pictures(const ItemSet *set, const int *pick, int n, int *from, int *matched, Rng *rng)
{
    NOT_STARTED;
}
