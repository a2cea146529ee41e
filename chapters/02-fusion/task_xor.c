/* task_xor.c: a task whose answer is known: signs hidden in vectors, and a label that is their product, or their majority.
 *
 * [parity] y = 1 if s_1 s_2 > 0 (or s_1 s_2 s_3 > 0). Given any one sign, y is 0 and 1 equally often, so that the best that a modality can
 * say alone is one half, and no rule makes more of several halves. A sum f(s_1) + g(s_2) has no better choice: over the four cases its
 * values for (+,+) and (-,-) add up to the same as those for (+,-) and (-,+), so they cannot all be on the right side. */
#include "io/memory.h"
#include "task.h"

#include <tgmath.h>

enum { ITEMS = 3000, WIDE = 8 };

struct Signs {
    Planted planted;
    int signs;
    int *label;
    int *sign[MM_MODALITIES]; /* (ITEMS): -1 or 1 */
    real *x[MM_MODALITIES];   /* (ITEMS, WIDE) */
};

static int label_of(const Signs *s, int i)
{
    int product = 1, sum = 0;
    for (int m = 0; m < s->signs; m++) {
        product *= s->sign[m][i];
        sum += s->sign[m][i];
    }
    return s->planted == PLANTED_PARITY ? product > 0 : sum > 0;
}

Signs *signs_new(Planted planted, int signs, uint64_t seed)
{
    Signs *s = mm_take(1, sizeof *s);
    *s = (Signs){.planted = planted, .signs = signs, .label = mm_take(ITEMS, sizeof(int))};
    Rng rng = mm_rng(seed, "planted signs");
    for (int m = 0; m < MM_MODALITIES; m++) {
        real direction[WIDE], squares = 0;
        for (int d = 0; d < WIDE; d++) {
            direction[d] = (real)mm_normal(&rng);
            squares += direction[d] * direction[d];
        }
        s->sign[m] = mm_take(ITEMS, sizeof(int));
        s->x[m] = mm_take(ITEMS * WIDE, sizeof(real));
        for (int i = 0; i < ITEMS; i++) {
            s->sign[m][i] = mm_below(&rng, 2) ? 1 : -1;
            for (int d = 0; d < WIDE; d++) {
                real along = 2 * (real)s->sign[m][i] * direction[d] / sqrt(squares);
                s->x[m][i * WIDE + d] = along + (real)0.5 * (real)mm_normal(&rng);
            }
        }
    }
    for (int i = 0; i < ITEMS; i++) {
        s->label[i] = label_of(s, i);
    }
    return s;
}

void signs_free(Signs *s)
{
    for (int m = 0; m < MM_MODALITIES; m++) {
        free(s->sign[m]);
        free(s->x[m]);
    }
    free(s->label);
    free(s);
}

/* The first two thirds are for training, and the second of them for validation if that is asked for; the last is the test. They are dealt in
 * random order, again from the start if n is more than there are. */
static bool draw(const Task *t, SplitSide side, uint64_t seed, int n, Triple *triple, Error *err)
{
    const Signs *s = t->data;
    int third = ITEMS / 3, first = side == MM_KNOWN_SIDE ? 0 : third * (int)side,
        count = side == MM_KNOWN_SIDE ? 2 * third : third;
    int *order = mm_take((size_t)count, sizeof *order);
    Rng rng = mm_rng(seed, "signs");
    (void)err;
    mm_permutation(&rng, order, count);
    for (int k = 0; k < n; k++) {
        int i = first + order[k % count];
        triple[k] = (Triple){.item = {i, i, i}, .label = s->label[i], .valence = s->label[i] ? 3 : -3};
    }
    free(order);
    return true;
}

static Part part(const Task *t, int m, const Triple *triple, int n, const Disturb *d, Rng *rng, Graph *g)
{
    double noise = d->noise[m];
    const Signs *s = t->data;
    real *x = mm_reals(g, (size_t)(n * WIDE));
    for (int i = 0; i < n * WIDE; i++) {
        x[i] = s->x[m][triple[i / WIDE].item[m] * WIDE + i % WIDE] + (noise > 0 ? (real)(noise * mm_normal(rng)) : 0);
    }
    return (Part){.x = x};
}

Task signs_task(const Signs *s)
{
    Task t = {.name = s->planted == PLANTED_PARITY ? "product of signs" : "majority of signs",
              .source = "synthetic: signs planted in vectors of noise",
              .yes = "+",
              .no = "-",
              .data = s,
              .draw = draw,
              .part = part};
    for (int m = 0; m < MM_MODALITIES; m++) {
        t.encoder[m] = (EncoderConfig){.name = (const char *const[]){"a", "b", "c"}[m], .kind = ENCODE_VECTOR, .in = WIDE};
    }
    return t;
}
