/* mm/mm.h: the whole library. Learns y = 2 x0 - 3 x1 + 1 from examples:
 *
 *     #include "mm/mm.h"
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         Params *ps = mm_params_new(1);                                       // seed
 *         Linear line = mm_linear_init(ps, "line", 2, 1, true, (Init){MM_NORMAL, 0.1f});
 *         Optimizer *opt = mm_optimizer_new(ps, (OptimizerConfig){&mm_sgd_momentum, .momentum = 0.9f});
 *         Graph *g = mm_graph_new(1);
 *         const real x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {1, -2, 3, 0};
 *         for (int step = 0; step < 400; step++) {
 *             Tensor *guess = mm_linear_forward(g, &line, mm_input(g, MM_SHAPE(4, 2), x)); // (4, 1)
 *             Tensor *error = mm_sub(g, guess, mm_input(g, MM_SHAPE(4, 1), y));
 *             mm_backward(g, mm_mean(g, mm_mul(g, error, error), MM_ALL));     // fills every gradient
 *             mm_optimizer_step(opt, 0.05f);                                   // uses them, then zeroes them
 *             mm_graph_reset(g);                                               // forgets all but the parameters
 *         }
 *         printf("%.2f %.2f %.2f\n", line.weight->data[0], line.weight->data[1], line.bias->data[0]);
 *         mm_graph_free(g);
 *         mm_params_free(ps);
 *     }
 *
 * One header per folder of src; read core.h first, then ops.h. */
#ifndef MM_MM_H
#define MM_MM_H

#include "mm/annotations.h"
#include "mm/audio.h"
#include "mm/core.h"
#include "mm/data.h"
#include "mm/encoders.h"
#include "mm/inspect.h"
#include "mm/io.h"
#include "mm/metrics.h"
#include "mm/nn.h"
#include "mm/ops.h"
#include "mm/program.h"
#include "mm/scenes.h"
#include "mm/sentiment.h"
#include "mm/train.h"
#include "mm/web.h"

#endif
