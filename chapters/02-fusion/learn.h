/* learn.h: encoders and a fusion as one model, trained on a task and asked for its opinion. */
#ifndef FUSION_LEARN_H
#define FUSION_LEARN_H

#include "mm/metrics.h"
#include "mm/train.h"
#include "model.h"
#include "task.h"

/* All that decides the numbers of a run beside task and seed. */
typedef struct Recipe {
    FusionKind fusion;
    Reader text, voice;
    int width, hidden, products, rank;
    double dropout, drop_modality;
    double noise[MM_MODALITIES]; /* in training, as in Disturb: against learning single examples by heart */
    double lr, weight_decay;
    int batch, epochs, examples; /* triples of an epoch, drawn anew for each */
} Recipe;
extern const Recipe recipe_default;

typedef struct Net {
    Recipe recipe;
    Params *params;
    Encoder encoder[MM_MODALITIES];
    Fusion fusion;
} Net;

Net net_new(const Task *t, const Recipe *r, uint64_t seed);
void net_free(Net *net);
Decisions net_forward(Graph *g, const Net *net, const Batch *b);

/* Called before each forward, when there is no loss yet (NULL), and after its backward, before the step: what a figure of the gradient
 * is made of. */
typedef bool Onlooker(void *context, int step, int steps, Graph *g, const Tensor *loss, Error *err);

/* Trains on all that is not the test; onlook may be NULL. It depends on task, recipe and seed alone. */
bool learn(Net *net, const Task *t, uint64_t seed, Onlooker *onlook, void *context, Error *err);

/* p (n): the probability of class 1 for each triple. */
void net_predict(const Net *net, const Task *t, const Triple *triple, int n, const Disturb *d, LateRule rule, uint64_t seed,
                 real *p);

#endif
