/* embed.c: features and scores of many pictures and texts, some at a time, nothing recorded. */
#include "io/memory.h"
#include "model.h"

enum { ROWS = 128 };

/* Rows first … of x are now known; the first time it is known how wide they are. */
static void keep(real **x, int n, int first, const Tensor *rows, int *width)
{
    if (!*x) {
        *width = (int)(rows->n / (size_t)rows->shape.d[0]);
        *x = mm_take((size_t)n * (size_t)*width, sizeof **x);
    }
    memcpy(*x + (size_t)first * (size_t)*width, rows->data, rows->n * sizeof **x);
}

real *embed_pictures(const Model *m, const Set *s, const int *at, int n, int *width)
{
    size_t picture = 3 * PIXELS * PIXELS;
    real *x = NULL, *pixels = mm_take(ROWS * picture, sizeof *pixels);
    Graph *g = mm_graph_inference(1);
    for (int first = 0; first < n; first += ROWS) {
        int count = n - first < ROWS ? n - first : ROWS;
#pragma omp parallel for
        for (int i = 0; i < count; i++) {
            read_picture(&s->emoji.at[at[first + i]].picture, PIXELS, pixels + (size_t)i * picture);
        }
        keep(&x, n, first, m->method->image(g, m, mm_input(g, MM_SHAPE(count, 3, PIXELS, PIXELS), pixels)), width);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    free(pixels);
    return x;
}

real *embed_texts(const Model *m, const TextBatch *t, int *width)
{
    real *x = NULL;
    Graph *g = mm_graph_inference(1);
    for (int first = 0; first < t->n; first += ROWS) {
        TextBatch part = {t->n - first < ROWS ? t->n - first : ROWS, t->T, t->ids + (size_t)first * (size_t)t->T,
                          t->length + first};
        keep(&x, t->n, first, m->method->text(g, m, &part), width);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return x;
}

real *embed_classes(const Model *m, const Set *s, int level, int language, int *width)
{
    Method method = *m->method;
    Model above = *m;
    method.text = method.above ? method.above : method.text;
    above.method = &method;
    TextBatch texts = texts_of_classes(s, level, language);
    real *x = embed_texts(&above, &texts, width);
    texts_free(&texts);
    return x;
}

real *score_all(const Model *m, const real *a, int n, int a_width, const real *b, int k, int b_width)
{
    real *scores = mm_take((size_t)n * (size_t)k, sizeof *scores);
    Graph *g = mm_graph_inference(1);
    enum { FEW = 32 }; /* order embeddings compare all coordinates of all pairs: (FEW, k, width) numbers at once */
    for (int first = 0; first < n; first += FEW) {
        int count = n - first < FEW ? n - first : FEW;
        Tensor *rows = mm_input(g, MM_SHAPE(count, a_width), a + (size_t)first * (size_t)a_width);
        Tensor *y = m->method->scores(g, m, rows, mm_input(g, MM_SHAPE(k, b_width), b));
        memcpy(scores + (size_t)first * (size_t)k, y->data, y->n * sizeof *scores);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return scores;
}
