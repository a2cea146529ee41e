/* coordinated.c: a space of its own for each modality, tied together by a loss: DeViSE, VSE++, deep CCA, contrastive. */
#include "io/memory.h"
#include "model.h"

#include <tgmath.h>

static Tensor *cosine_scores(Graph *g, const Model *m, Tensor *a, Tensor *b)
{
    (void)m;
    return cosines(g, a, b);
}

/* ---- contrastive: which of these N texts? A softmax over all of them ---- */

static void contrastive_init(Model *m, const Set *s)
{
    encoders_init(m, s);
    m->logit_scale = mm_param(m->params, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, log(1 / (real)0.07)});
}

static Tensor *contrastive_loss(Graph *g, const Model *m, const Batch *b)
{
    Tensor *image = encode_image(g, m, batch_pixels(g, b)), *loss[LANGUAGES];
    for (int l = 0; l < LANGUAGES; l++) {
        Tensor *similarity = cosines(g, image, encode_text(g, m, &b->text[l])); /* (N, N) */
        loss[l] = contrast(g, mm_mul(g, similarity, mm_exp(g, m->logit_scale)));
    }
    return over_languages(g, loss[EN], loss[ZH]);
}

const Method method_contrastive = {.name = "contrastive",
                                   .kind = "coordinated",
                                   .does = "a softmax over the batch, as in CLIP",
                                   .recipe = {256, 40, 2e-3},
                                   .init = contrastive_init,
                                   .loss = contrastive_loss,
                                   .image = encode_image,
                                   .text = encode_text,
                                   .directions = true,
                                   .scores = cosine_scores};

/* ---- VSE++ (Faghri et al. 2018): the right one must win by a margin; over all wrong ones, or over the worst ---- */

static Tensor *vse_loss(Graph *g, const Model *m, const Batch *b, bool hardest)
{
    Tensor *image = encode_image(g, m, batch_pixels(g, b)), *loss[LANGUAGES];
    for (int l = 0; l < LANGUAGES; l++) {
        Tensor *similarity = cosines(g, image, encode_text(g, m, &b->text[l])); /* (N, N) */
        loss[l] = mm_ranking_loss(g, similarity, (real)0.2, hardest);
    }
    return over_languages(g, loss[EN], loss[ZH]);
}

static Tensor *vse_sum_loss(Graph *g, const Model *m, const Batch *b)
{
    return vse_loss(g, m, b, false);
}

static const double warm_up = 0.25; /* part of a run in which all wrong answers count, before the worst alone does */

/* From a random start the worst alone drives all pictures to one point. So all wrong ones count at first (Chen et al. 2021). */
static Tensor *vse_max_loss(Graph *g, const Model *m, const Batch *b)
{
    return vse_loss(g, m, b, b->done >= warm_up);
}

const Method method_vse_sum = {.name = "vse-sum",
                               .kind = "coordinated",
                               .does = "VSE: a margin of 0.2 to every wrong one of the batch",
                               .recipe = {256, 40, 2e-3},
                               .init = encoders_init,
                               .loss = vse_sum_loss,
                               .image = encode_image,
                               .text = encode_text,
                               .directions = true,
                               .scores = cosine_scores};

const Method method_vse_max = {.name = "vse-max",
                               .kind = "coordinated",
                               .does = "VSE++: a margin of 0.2 to the worst wrong one of the batch",
                               .recipe = {256, 40, 2e-3},
                               .init = encoders_init,
                               .loss = vse_max_loss,
                               .image = encode_image,
                               .text = encode_text,
                               .directions = true,
                               .scores = cosine_scores};

/* ---- DeViSE (Frome et al. 2013): the space of texts is there before, and stays; pictures learn to point into it ---- */

enum { WORD_WIDTH = 512 }; /* directions of that space: with 128 of 830, too many names would fall together */

static Tensor *devise_text(Graph *g, const Model *m, const TextBatch *t)
{
    Tensor *words = mm_embedding(g, m->text.table, t->ids, MM_SHAPE(t->n, t->T));
    return mm_l2norm(g, mean_words(g, words, t), (real)1e-12);
}

static Tensor *devise_scores(Graph *g, const Model *m, Tensor *image, Tensor *text)
{
    (void)m;
    return mm_matmul(g, image, text, MM_NT);
}

static Tensor *devise_loss(Graph *g, const Model *m, const Batch *b)
{
    Tensor *image = mm_l2norm(g, encode_image(g, m, batch_pixels(g, b)), 0), *loss[LANGUAGES];
    int *own = mm_arena(g, (size_t)b->n * sizeof *own);
    for (int i = 0; i < b->n; i++) {
        own[i] = i;
    }
    for (int l = 0; l < LANGUAGES; l++) {
        loss[l] = mm_devise_loss(g, devise_scores(g, m, image, devise_text(g, m, &b->text[l])), own, (real)0.1);
    }
    return over_languages(g, loss[EN], loss[ZH]);
}

static Tensor *devise_image(Graph *g, const Model *m, Tensor *pixels)
{
    return mm_l2norm(g, encode_image(g, m, pixels), 0);
}

/* How often each token occurs in what is said of each trained concept, in both languages: (concepts, tokens), with rows of length 1 after
 * weighting: a token that occurs everywhere says little. weight (tokens): ln(concepts / concepts with the token). */
static real *count_tokens(const Set *s, int vocab, int *concepts, real *weight)
{
    const Concepts *all = &s->emoji.concepts;
    real *count = mm_take((size_t)all->n * (size_t)vocab, sizeof *count);
    *concepts = 0;
    for (int c = 0; c < all->n; c++) {
        if (!mm_concept_is_core(&all->at[c]) || set_unseen(s, c) || mm_concept_is_held_out(all->at[c].code)) {
            continue;
        }
        real *row = count + (size_t)(*concepts)++ * (size_t)vocab;
        for (int l = 0; l < LANGUAGES; l++) {
            const Words *w = &s->words[l][c];
            for (int t = -1; t < w->tags; t++) {
                const Text *text = t < 0 ? &w->name : &w->tag[t];
                for (int i = 0; i < text->n; i++) {
                    row[text->ids[i]] += 1;
                }
            }
        }
        for (int v = 0; v < vocab; v++) {
            weight[v] += row[v] > 0;
        }
    }
    for (int v = 0; v < vocab; v++) {
        weight[v] = weight[v] > 0 ? log((real)*concepts / weight[v]) : 0;
    }
    return count;
}

/* rows of count become ln(1 + count) weight, of length 1 */
static void weigh(real *count, int concepts, int vocab, const real *weight)
{
    for (int c = 0; c < concepts; c++) {
        real *row = count + (size_t)c * (size_t)vocab, squares = 0;
        for (int v = 0; v < vocab; v++) {
            row[v] = log(1 + row[v]) * weight[v];
            squares += row[v] * row[v];
        }
        for (int v = 0; v < vocab && squares > 0; v++) {
            row[v] /= sqrt(squares);
        }
    }
}

/* Latent semantic analysis (Deerwester et al. 1990): X = U S V^T of concepts and tokens; a token's vector is its row of V for the largest
 * WORD_WIDTH singular values, times its weight. X X^T = U S^2 U^T is the smaller square, and V = X^T U S^-1. Words of two languages that are
 * said of the same concepts come to lie together. */
static void word_vectors(const Set *s, Tensor *table)
{
    int vocab = table->shape.d[0], n;
    real *weight = mm_take((size_t)vocab, sizeof *weight), *x = count_tokens(s, vocab, &n, weight);
    weigh(x, n, vocab, weight);
    real *u = mm_take((size_t)n * (size_t)n, sizeof *u), *w = mm_take((size_t)n, sizeof *w);
    Mat rows = {x, vocab, 1, 0}, columns = {x, 1, vocab, 0};
    mm_gemm(1, n, n, vocab, 1, rows, columns, 0, (Mat){u, n, 1, 0});
    mm_eigh(n, u, w); /* rising */
    Mat largest = {u + n - WORD_WIDTH, n, 1, 0};
    mm_gemm(1, vocab, WORD_WIDTH, n, 1, columns, largest, 0, (Mat){table->data, WORD_WIDTH, 1, 0});
    for (int v = 0; v < vocab; v++) {
        for (int d = 0; d < WORD_WIDTH; d++) {
            table->data[v * WORD_WIDTH + d] *= weight[v] / sqrt(w[n - WORD_WIDTH + d]);
        }
    }
    free(x);
    free(u);
    free(w);
    free(weight);
}

static void devise_init(Model *m, const Set *s)
{
    image_encoder_init(m, WORD_WIDTH);
    m->text.table = mm_buffer(m->params, "text.token_embedding", MM_SHAPE(mm_vocab_size(s->tokenizer), WORD_WIDTH), 0);
    word_vectors(s, m->text.table);
}

const Method method_devise = {.name = "devise",
                              .kind = "coordinated",
                              .does = "DeViSE: pictures learn to point into a space of words that was there before",
                              .recipe = {256, 40, 2e-3},
                              .init = devise_init,
                              .loss = devise_loss,
                              .image = devise_image,
                              .text = devise_text,
                              .directions = true,
                              .scores = devise_scores};

/* ---- deep CCA (Andrew et al. 2013): as many directions as possible in which both views vary together; no wrong pairs at all. Its
 * covariances are those of the batch, so these are nearly as large as batches whose concepts all differ can be ---- */

static const real ridge = (real)1e-3; /* of the covariances */

static void dcca_init(Model *m, const Set *s)
{
    static const char *const view[] = {"image", "text"};
    encoders_init(m, s);
    for (int v = 0; v < 2; v++) {
        m->mean[v] = mm_buffer(m->params, mm_name(m->params, "cca.%s.mean", view[v]), MM_SHAPE(WIDTH), 0);
        m->axes[v] = mm_buffer(m->params, mm_name(m->params, "cca.%s.axes", view[v]), MM_SHAPE(WIDTH, WIDTH), 0);
    }
    m->correlations = mm_buffer(m->params, "cca.correlations", MM_SHAPE(WIDTH), 0);
}

/* A picture goes with its text in each language: 2 N pairs. */
static Tensor *dcca_loss(Graph *g, const Model *m, const Batch *b)
{
    Tensor *image = encode_image(g, m, batch_pixels(g, b)), *text[LANGUAGES];
    for (int l = 0; l < LANGUAGES; l++) {
        text[l] = encode_text(g, m, &b->text[l]);
    }
    return mm_dcca(g, mm_concat(g, 2, (Tensor *[]){image, image}, 0), mm_concat(g, 2, text, 0), ridge);
}

/* (h - mean) A: where the views are compared. Before `finish` that is not known, and h itself is returned. */
static Tensor *project(Graph *g, const Model *m, Tensor *h, int view)
{
    Tensor *centred = mm_sub(g, h, m->mean[view]);
    return mm_mul(g, mm_matmul(g, centred, m->axes[view], MM_NN), m->correlations);
}

static Tensor *dcca_image(Graph *g, const Model *m, Tensor *pixels)
{
    return project(g, m, encode_image(g, m, pixels), 0);
}

static Tensor *dcca_text(Graph *g, const Model *m, const TextBatch *t)
{
    return project(g, m, encode_text(g, m, t), 1);
}

static void mean_rows(const Tensor *h, real *mean)
{
    int N = h->shape.d[0], D = h->shape.d[1];
    for (int d = 0; d < D; d++) {
        double sum = 0;
        for (int i = 0; i < N; i++) {
            sum += (double)h->data[i * D + d];
        }
        mean[d] = (real)(sum / N);
    }
}

/* The axes of a batch are those of that batch; once the encoders are done, those of all training pictures are taken. */
static void dcca_finish(Model *m, const Set *s)
{
    Method plain = {.image = encode_image, .text = encode_text};
    Model encoders = *m;
    encoders.method = &plain;
    int n = s->items, width, *concept = mm_take((size_t)n, sizeof *concept);
    Graph *g = mm_graph_new(1);
    mm_graph_train(g, false);
    real *features = embed_pictures(&encoders, s, s->item, n, &width);
    Tensor *image = mm_input(g, MM_SHAPE(n, WIDTH), features), *text[LANGUAGES], *view[2];
    free(features);
    for (int i = 0; i < n; i++) {
        concept[i] = set_concept(s, s->item[i]);
    }
    for (int l = 0; l < LANGUAGES; l++) {
        TextBatch names = texts_of_names(s, concept, n, l);
        features = embed_texts(&encoders, &names, &width);
        text[l] = mm_input(g, MM_SHAPE(n, WIDTH), features);
        free(features);
        texts_free(&names);
    }
    view[0] = mm_concat(g, 2, (Tensor *[]){image, image}, 0);
    view[1] = mm_concat(g, 2, text, 0);
    Tensor *y = mm_dcca(g, view[0], view[1], ridge);
    for (int v = 0; v < 2; v++) {
        mean_rows(view[v], m->mean[v]->data);
        memcpy(m->axes[v]->data, mm_dcca_axes(y, v), m->axes[v]->n * sizeof(real));
    }
    memcpy(m->correlations->data, mm_dcca_correlations(y), m->correlations->n * sizeof(real));
    mm_graph_free(g);
    free(concept);
}

const Method method_dcca = {.name = "dcca",
                            .kind = "coordinated",
                            .does = "deep canonical correlation analysis",
                            .recipe = {800, 60, 2e-3},
                            .init = dcca_init,
                            .loss = dcca_loss,
                            .image = dcca_image,
                            .text = dcca_text,
                            .directions = true,
                            .scores = cosine_scores,
                            .finish = dcca_finish};
