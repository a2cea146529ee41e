/* look_maps.c: maps for a batch of pictures, from one walk back through the graph or from pictures with a part covered. */
#include "io/memory.h"
#include "look.h"
#include "mm/inspect.h"

const char *const look_name[LOOK_METHODS] = {"grad-cam", "hires-cam", "relevance", "rollout", "occlusion"};

bool look_fits(const Clip *clip, LookMethod method)
{
    bool vit = clip->config.image == CLIP_VIT;
    return method == LOOK_OCCLUSION || vit == (method == LOOK_RELEVANCE || method == LOOK_ROLLOUT);
}

LookMethod look_default(const Clip *clip)
{
    return clip->config.image == CLIP_VIT ? LOOK_RELEVANCE : LOOK_GRAD_CAM;
}

void look_free(Maps *m)
{
    free(m->at);
    free(m->cosine);
}

/* The cosine of each picture with its own text: (n). */
static Tensor *cosines(Graph *g, const Clip *clip, const real *pixels, const real *text, int n)
{
    int size = clip->config.size, embed = clip->config.embed;
    Tensor *x = mm_input(g, MM_SHAPE(n, 3, size, size), pixels), *t = mm_input(g, MM_SHAPE(n, embed), text);
    return mm_sum(g, mm_mul(g, mm_l2norm(g, clip_encode_image(g, clip, x), 0), t), -1);
}

/* The last map of features of the image encoder with `grid` places a side, or with more. */
static const Tensor *features(const Graph *g, int grid)
{
    const Tensor *found = NULL;
    for (int i = 0; i < mm_graph_size(g); i++) {
        const Tensor *t = mm_graph_node(g, i);
        bool map = t->op && t->shape.rank == 4 && t->grad && t->shape.d[2] >= grid;
        found = map && (!found || t->shape.d[2] <= found->shape.d[2]) ? t : found;
    }
    return found;
}

/* The attention of all layers, the first first. */
static int attentions(const Graph *g, Tensor **layer)
{
    int n = 0;
    for (int i = 0; i < mm_graph_size(g); i++) {
        if (mm_graph_node(g, i)->op == &mm_op_attention) {
            layer[n++] = mm_graph_node(g, i);
        }
    }
    return n;
}

static void fill_from_features(const Graph *g, LookMethod method, int grid, Maps *m)
{
    const Tensor *x = features(g, grid);
    if (!x) {
        mm_fail((FailHandler){0}, "look: the encoder has no map of features with %d places a side", grid);
    }
    m->side = x->shape.d[2];
    size_t places = (size_t)m->side * (size_t)m->side;
    m->at = mm_take((size_t)m->n * places, sizeof *m->at);
    for (int i = 0; i < m->n; i++) {
        (method == LOOK_GRAD_CAM ? mm_grad_cam : mm_hires_cam)(x, i, m->at + (size_t)i * places);
    }
}

/* Token 0 is the class token; the others are patches, row by row. */
static void fill_from_attention(const Graph *g, LookMethod method, Maps *m)
{
    Tensor **layer = mm_take((size_t)mm_graph_size(g), sizeof *layer);
    int layers = attentions(g, layer), T = layer[0]->shape.d[1];
    real *row = mm_take((size_t)T, sizeof *row);
    while (m->side * m->side < T - 1) {
        m->side++;
    }
    m->at = mm_take((size_t)m->n * (size_t)(T - 1), sizeof *m->at);
    for (int i = 0; i < m->n; i++) {
        (method == LOOK_ROLLOUT ? mm_attention_rollout : mm_attention_relevance)(layer, layers, i, row);
        memcpy(m->at + (size_t)i * (size_t)(T - 1), row + 1, (size_t)(T - 1) * sizeof *row);
    }
    free(row);
    free(layer);
}

/* A copy of a picture with a square of half a side around place (u, v) of the grid filled with the picture's mean colour. */
static void cover(const real *pixels, int size, int grid, int u, int v, real *to)
{
    double cell = (double)size / grid, reach = size / 4.0;
    for (int c = 0; c < 3; c++) {
        const real *from = pixels + c * size * size;
        double mean = 0;
        for (int i = 0; i < size * size; i++) {
            mean += (double)from[i] / (size * size);
        }
        for (int i = 0; i < size * size; i++) {
            double dx = i % size + 0.5 - (u + 0.5) * cell, dy = i / size + 0.5 - (v + 0.5) * cell;
            bool covered = dx > -reach && dx < reach && dy > -reach && dy < reach;
            to[c * size * size + i] = covered ? (real)mean : from[i];
        }
    }
}

static void occlude(Graph *g, const Clip *clip, int grid, const real *pixels, const real *text, Maps *m)
{
    int size = clip->config.size, embed = clip->config.embed, places = grid * grid;
    size_t numbers = 3 * (size_t)(size * size);
    real *covered = mm_take((size_t)places * numbers, sizeof *covered), *texts = mm_take((size_t)(places * embed), sizeof *texts);
    m->side = grid;
    m->at = mm_take((size_t)m->n * (size_t)places, sizeof *m->at);
    for (int i = 0; i < m->n; i++) {
#pragma omp parallel for
        for (int p = 0; p < places; p++) {
            cover(pixels + (size_t)i * numbers, size, grid, p % grid, p / grid, covered + (size_t)p * numbers);
            memcpy(texts + (size_t)(p * embed), text + (size_t)i * (size_t)embed, (size_t)embed * sizeof *texts);
        }
        mm_graph_reset(g);
        const Tensor *now = cosines(g, clip, covered, texts, places);
        for (int p = 0; p < places; p++) {
            real fall = m->cosine[i] - now->data[p];
            m->at[(size_t)i * (size_t)places + (size_t)p] = fall > 0 ? fall : 0;
        }
    }
    free(covered);
    free(texts);
}

Maps look_maps(const Clip *clip, LookMethod method, int grid, const real *pixels, const real *text, int n)
{
    Maps m = {.n = n, .cosine = mm_take((size_t)n, sizeof *m.cosine)};
    Graph *g = mm_graph_new(0);
    mm_graph_train(g, false);
    mm_graph_record(g, method != LOOK_OCCLUSION);
    Tensor *cosine = cosines(g, clip, pixels, text, n);
    memcpy(m.cosine, cosine->data, (size_t)n * sizeof *m.cosine);
    if (method == LOOK_OCCLUSION) {
        occlude(g, clip, grid, pixels, text, &m);
    } else {
        mm_backward(g, mm_sum(g, cosine, MM_ALL));
        if (method == LOOK_GRAD_CAM || method == LOOK_HIRES_CAM) {
            fill_from_features(g, method, grid, &m);
        } else {
            fill_from_attention(g, method, &m);
        }
    }
    mm_graph_free(g);
    return m;
}
