/* encoded.c: items -> states and vectors, by encoders that learn no more. */
#include "encoded.h"
#include "io/memory.h"

#include <string.h>

enum { AT_ONCE = 32 };

/* Items from .. from + n - 1 of modality m, behind each other. */
static void encode(const Net *net, const Task *task, int m, int from, int n, Graph *g, EncodedList *to)
{
    const int width = net->recipe.width;
    Triple triple[AT_ONCE];
    for (int i = 0; i < n; i++) {
        triple[i] = (Triple){.item = {-1, -1, -1}};
        triple[i].item[m] = from + i;
    }
    Rng rng = mm_rng(1, "encoded");
    Part part = task->part(task, m, triple, n, &(Disturb){0}, &rng, g);
    Encoded e = encoder_forward(g, &net->encoder[m], &part, n);
    int T = e.states->shape.d[1];
    if (T > to->T) { /* makes room for longer ones */
        real *longer = mm_take((size_t)(to->n * T * width), sizeof *longer);
        for (int i = 0; i < from; i++) {
            memcpy(longer + (size_t)(i * T * width), to->states + (size_t)(i * to->T * width),
                   (size_t)(to->T * width) * sizeof *longer);
        }
        free(to->states);
        to->states = longer;
        to->T = T;
    }
    for (int i = 0; i < n; i++) {
        memcpy(to->states + (size_t)((from + i) * to->T * width), e.states->data + (size_t)(i * T * width),
               (size_t)(T * width) * sizeof *to->states);
        to->length[from + i] = e.length ? e.length[i] : T;
    }
    memcpy(to->vector + (size_t)(from * width), e.vector->data, (size_t)(n * width) * sizeof *to->vector);
}

EncodedItems encoded_new(const Net *net, const Task *task, const int *items)
{
    EncodedItems e = {.task = task, .width = net->recipe.width};
    Graph *g = mm_graph_inference(1);
    for (int m = 0; m < MM_MODALITIES; m++) {
        EncodedList *list = &e.list[m];
        *list = (EncodedList){.n = items[m],
                              .length = mm_take((size_t)items[m] + 1, sizeof *list->length),
                              .vector = mm_take((size_t)(items[m] * e.width) + 1, sizeof *list->vector)};
        for (int from = 0; from < items[m]; from += AT_ONCE) {
            encode(net, task, m, from, items[m] - from < AT_ONCE ? items[m] - from : AT_ONCE, g, list);
            mm_graph_reset(g);
        }
    }
    mm_graph_free(g);
    return e;
}

void encoded_free(EncodedItems *e)
{
    for (int m = 0; m < MM_MODALITIES; m++) {
        free(e->list[m].states);
        free(e->list[m].vector);
        free(e->list[m].length);
    }
    *e = (EncodedItems){0};
}

/* ---- as a task ---- */

static bool draw(const Task *t, SplitSide side, uint64_t seed, int n, Triple *triple, Error *err)
{
    const Task *of = ((const EncodedItems *)t->data)->task;
    return of->draw(of, side, seed, n, triple, err);
}

static Part part(const Task *t, int m, const Triple *triple, int n, const Disturb *d, Rng *rng, Graph *g)
{
    const EncodedItems *e = t->data;
    const EncodedList *list = &e->list[m];
    int T = 1, width = e->width, *length = mm_arena(g, (size_t)n * sizeof *length);
    for (int i = 0; i < n; i++) {
        length[i] = triple[i].item[m] >= 0 ? list->length[triple[i].item[m]] : 1;
        T = length[i] > T ? length[i] : T;
    }
    real *states = mm_reals(g, (size_t)(n * T * width)), *vector = mm_reals(g, (size_t)(n * width));
    for (int i = 0; i < n; i++) {
        int item = triple[i].item[m];
        if (item >= 0) {
            memcpy(states + i * T * width, list->states + (size_t)(item * list->T * width),
                   (size_t)(length[i] * width) * sizeof *states);
        }
        for (int k = 0; k < width && item >= 0; k++) {
            vector[i * width + k] = list->vector[item * width + k] + (real)(d->noise[m] * mm_normal(rng));
        }
    }
    return (Part){.T = T, .x = states, .whole = vector, .length = length};
}

Task encoded_task(const EncodedItems *e)
{
    Task t = *e->task;
    t.data = e;
    t.draw = draw;
    t.part = part;
    for (int m = 0; m < MM_MODALITIES; m++) {
        t.encoder[m].kind = ENCODE_READY;
        t.encoder[m].in = t.encoder[m].whole = e->width;
    }
    return t;
}
