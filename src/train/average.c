/* average.c: an exponential moving average of the parameters, which evaluates better than the last step's. */
#include "mm/train.h"

#include <string.h>

void mm_average_update(Params *average, const Params *ps, real decay)
{
    for (int k = 0; k < mm_params_count(ps); k++) {
        Tensor *a = mm_params_at(average, k), *p = mm_params_at(ps, k);
        if (!p->needs_grad) {
            memcpy(a->data, p->data, p->n * sizeof(real));
            continue;
        }
#pragma omp parallel for simd if (p->n > MM_GRAIN)
        for (size_t i = 0; i < p->n; i++) {
            a->data[i] += (1 - decay) * (p->data[i] - a->data[i]);
        }
    }
}
