/* Exercise 48: The bootstrap, with clusters. README.md beside this file says what is wanted; `./course test 48` judges it. */
#include "exercise.h"

/* As many clusters as there are, each drawn from all of them, as a list of examples: pick. Cluster k is example[first[k] .. first[k + 1] - 1].
 * Returns how many examples these are. */
int resample(const int *first, const int *example, int clusters, Rng *rng, int *pick)
{
    int n = 0;
    NOT_STARTED;
    return n;
}
