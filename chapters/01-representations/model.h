/* model.h: two encoders, which all methods share, and what a method makes of them. */
#ifndef REPRESENTATIONS_MODEL_H
#define REPRESENTATIONS_MODEL_H

#include "batch.h"
#include "mm/nn.h"
#include "mm/train.h"

enum { WIDTH = 128 }; /* numbers of an embedding */

/* Words of the table, their mean, and a small network: which words there are counts, not their order. */
typedef struct TextEncoder {
    Tensor *table; /* (vocabulary, WIDTH) */
    LayerNorm norm;
    Linear up, down;
} TextEncoder;

typedef struct Method Method;

typedef struct Model {
    const Method *method;
    Params *params;
    Resnet image;
    TextEncoder text;
    Tensor *logit_scale; /* contrastive, tree, MERU: the logarithm of what cosines are multiplied with */
    Tensor *curvature, *visual_alpha, *textual_alpha; /* MERU: ln c; logarithms of what features are multiplied with */
    Tensor *mean[2], *axes[2], *correlations;         /* DCCA, of pictures and of texts; made after training */
    Linear code_image, code_text, picture[2], tokens; /* joint: into the code; out of it */
    Linear region;                                    /* SCAN: of a place of the picture */
} Model;

typedef struct Recipe {
    int batch;
    double epochs, lr;
} Recipe;

/* All that is known of one method. Larger scores are closer. */
struct Method {
    const char *name, *kind, *does;
    Recipe recipe;
    bool joint;      /* pictures and texts become one code, from which both can be given back */
    bool directions; /* scores are cosines, or of vectors of length 1: only directions count */
    bool parts;      /* an embedding is one of many places or words: texts are not compared with texts */
    void (*init)(Model *m, const Set *s);
    Tensor *(*loss)(Graph *g, const Model *m, const Batch *b);
    Tensor *(*image)(Graph *g, const Model *m, Tensor *pixels);        /* (N, 3, PIXELS, PIXELS) -> (N, D) */
    Tensor *(*text)(Graph *g, const Model *m, const TextBatch *t);     /* (n, D) */
    Tensor *(*above)(Graph *g, const Model *m, const TextBatch *t);    /* the text of a class of the tree; NULL: as any text */
    Tensor *(*scores)(Graph *g, const Model *m, Tensor *a, Tensor *b); /* (N, D), (M, D) -> (N, M) */
    void (*finish)(Model *m, const Set *s);                            /* after training; NULL: nothing to do */
    /* Pairs of rows (n, D): how far `below` lies outside of what `above` is above of (n); not above 0: it is inside. NULL: no such thing */
    Tensor *(*outside)(Graph *g, const Model *m, Tensor *above, Tensor *below);
};

extern const Method method_joint, method_joint_plain, method_devise, method_vse_sum, method_vse_max, method_dcca,
    method_contrastive, method_tree, method_order, method_meru, method_scan;
extern const Method *const all_methods[]; /* ends with NULL */
const Method *method_find(const char *name, Error *err);

Model model_new(const Method *method, const Set *s, uint64_t seed);
void model_free(Model *m);
void model_clamp(Model *m); /* after each step of the optimiser: keeps scales from running away */

/* What training took: seconds by the clock, and of processors, which do not grow when the machine has other work too. */
typedef struct Took {
    double seconds, processor;
} Took;

/* A folder with model.safetensors. */
bool model_save(const Model *m, const Set *s, const char *folder, Took took, Error *err);
/* One that another method has made, or other texts, is refused. */
bool model_load(Model *m, const Method *method, const Set *s, const char *folder, Took *took, Error *err);

/* ---- the encoders ---- */

void image_encoder_init(Model *m, int embed); /* embed 0: no vector of the whole picture, only mm_resnet_features */
void text_encoder_init(Model *m, const Set *s);
void encoders_init(Model *m, const Set *s);                         /* both */
Tensor *encode_image(Graph *g, const Model *m, Tensor *pixels);     /* (N, 3, PIXELS, PIXELS) -> (N, WIDTH) */
Tensor *encode_text(Graph *g, const Model *m, const TextBatch *t);  /* (n, WIDTH) */
Tensor *encode_words(Graph *g, const Model *m, const TextBatch *t); /* (n, T, WIDTH): each word alone */
Tensor *mean_words(Graph *g, Tensor *words, const TextBatch *t);    /* (n, T, D) -> (n, D) */
Tensor *cosines(Graph *g, Tensor *a, Tensor *b);                    /* (N, D), (M, D) -> (N, M) */
Tensor *batch_pixels(Graph *g, const Batch *b);

/* InfoNCE both ways, as CLIP: row i belongs to column i. */
Tensor *contrast(Graph *g, Tensor *logits);
/* The mean of a loss over both languages. */
Tensor *over_languages(Graph *g, Tensor *en, Tensor *zh);

/* ---- what no training step is: features of many, nothing recorded (embed.c). The callers free ---- */

real *embed_pictures(const Model *m, const Set *s, const int *at, int n, int *width); /* pictures emoji.at[at[i]]: (n, width) */
real *embed_texts(const Model *m, const TextBatch *t, int *width);
real *embed_classes(const Model *m, const Set *s, int level, int language, int *width); /* (classes, width) */
/* a (n, a_width), b (k, b_width) -> scores (n, k) */
real *score_all(const Model *m, const real *a, int n, int a_width, const real *b, int k, int b_width);

#endif
