/* model.c: the two encoders, and the model as a file. */
#include "model.h"
#include "io/memory.h"

#include <stdio.h>
#include <tgmath.h>

const Method *const all_methods[] = {&method_joint,   &method_joint_plain, &method_devise,      &method_vse_sum,
                                     &method_vse_max, &method_dcca,        &method_contrastive, &method_tree,
                                     &method_order,   &method_meru,        &method_scan,        NULL};

const Method *method_find(const char *name, Error *err)
{
    char known[512] = "";
    for (int i = 0; all_methods[i]; i++) {
        if (strcmp(all_methods[i]->name, name) == 0) {
            return all_methods[i];
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", all_methods[i]->name);
    }
    mm_error(err, "there is no method \"%s\"; there are %s", name, known);
    return NULL;
}

/* ---- the encoders ---- */

void image_encoder_init(Model *m, int embed)
{
    ResnetConfig image = {.size = PIXELS, .stages = 4, .width = {28, 56, 112, 224}, .embed = embed};
    m->image = mm_resnet_init(m->params, "image", image);
}

void text_encoder_init(Model *m, const Set *s)
{
    Params *ps = m->params;
    const real word = 1 / sqrt((real)WIDTH);
    m->text.table = mm_param(ps, "text.token_embedding", MM_SHAPE(mm_vocab_size(s->tokenizer), WIDTH), (Init){MM_NORMAL, 1});
    m->text.norm = mm_layernorm_init(ps, "text.norm", WIDTH);
    m->text.up = mm_linear_init(ps, "text.up", WIDTH, 2 * WIDTH, true, (Init){MM_NORMAL, word});
    m->text.down = mm_linear_init(ps, "text.down", 2 * WIDTH, WIDTH, true, (Init){MM_NORMAL, word / 2});
}

void encoders_init(Model *m, const Set *s)
{
    image_encoder_init(m, WIDTH);
    text_encoder_init(m, s);
}

Tensor *encode_image(Graph *g, const Model *m, Tensor *pixels)
{
    return mm_resnet_forward(g, &m->image, pixels);
}

/* x + W2 GELU(W1 x) of x = LN(words), words (…, WIDTH) */
static Tensor *text_head(Graph *g, const TextEncoder *e, Tensor *words)
{
    Tensor *x = mm_layernorm_forward(g, &e->norm, words);
    return mm_add(g, x, mm_linear_forward(g, &e->down, mm_gelu(g, mm_linear_forward(g, &e->up, x))));
}

/* A product with weights 1 / length, which are 0 behind the end. */
Tensor *mean_words(Graph *g, Tensor *words, const TextBatch *t)
{
    Tensor *weight = mm_named(mm_input(g, MM_SHAPE(t->n, 1, t->T), NULL), "1/length");
    for (int i = 0; i < t->n; i++) {
        for (int k = 0; k < t->length[i]; k++) {
            weight->data[i * t->T + k] = 1 / (real)t->length[i];
        }
    }
    return mm_reshape(g, mm_matmul(g, weight, words, MM_NN), MM_SHAPE(t->n, mm_last(words->shape)));
}

Tensor *encode_text(Graph *g, const Model *m, const TextBatch *t)
{
    mm_push(g, "text");
    Tensor *words = mm_embedding(g, m->text.table, t->ids, MM_SHAPE(t->n, t->T)); /* (n, T, WIDTH) */
    Tensor *x = text_head(g, &m->text, mean_words(g, words, t));                  /* (n, WIDTH) */
    mm_pop(g);
    return x;
}

Tensor *encode_words(Graph *g, const Model *m, const TextBatch *t)
{
    mm_push(g, "text");
    Tensor *x = text_head(g, &m->text, mm_embedding(g, m->text.table, t->ids, MM_SHAPE(t->n, t->T)));
    mm_pop(g);
    return x;
}

Tensor *batch_pixels(Graph *g, const Batch *b)
{
    return mm_named(mm_input(g, MM_SHAPE(b->n, 3, PIXELS, PIXELS), b->pixels), "pixels");
}

Tensor *cosines(Graph *g, Tensor *a, Tensor *b)
{
    return mm_matmul(g, mm_l2norm(g, a, (real)1e-12), mm_l2norm(g, b, (real)1e-12), MM_NT);
}

Tensor *contrast(Graph *g, Tensor *logits)
{
    int N = logits->shape.d[0], *own = mm_arena(g, (size_t)N * sizeof *own);
    for (int i = 0; i < N; i++) {
        own[i] = i;
    }
    Tensor *to_text = mm_cross_entropy(g, logits, own, NULL, 0);
    Tensor *to_image = mm_cross_entropy(g, mm_permute(g, logits, (int[]){1, 0}), own, NULL, 0);
    return mm_affine(g, mm_add(g, to_text, to_image), (real)0.5, 0);
}

Tensor *over_languages(Graph *g, Tensor *en, Tensor *zh)
{
    return mm_affine(g, mm_add(g, en, zh), (real)0.5, 0);
}

/* ---- a model ---- */

Model model_new(const Method *method, const Set *s, uint64_t seed)
{
    Model m = {.method = method, .params = mm_params_new(seed)};
    method->init(&m, s);
    return m;
}

void model_free(Model *m)
{
    if (m->params) {
        mm_params_free(m->params);
    }
    *m = (Model){0};
}

static void clamp(Tensor *x, real low, real high)
{
    if (x) {
        x->data[0] = x->data[0] < low ? low : x->data[0] > high ? high : x->data[0];
    }
}

void model_clamp(Model *m)
{
    clamp(m->logit_scale, 0, log((real)100));
    clamp(m->curvature, log((real)0.01), 0); /* MERU's limits, a tenth and ten times of its start, which here is 0.1 */
    clamp(m->visual_alpha, -INFINITY, 0);
    clamp(m->textual_alpha, -INFINITY, 0);
}

/* ---- in a file ---- */

static void text_key(const Set *s, char key[32])
{
    snprintf(key, 32, "%016llx", (unsigned long long)s->texts);
}

bool model_save(const Model *m, const Set *s, const char *folder, Took took, Error *err)
{
    char key[32], time[32], processor[32], *path = mm_join_path(folder, "model.safetensors");
    text_key(s, key);
    snprintf(time, sizeof time, "%.1f", took.seconds);
    snprintf(processor, sizeof processor, "%.1f", took.processor);
    const char *const metadata[] = {"method",  m->method->name, "texts",  key, "seconds", time, "processor seconds",
                                    processor, "asked about",   s->style, NULL};
    bool ok = mm_make_folders(folder, err) && mm_params_save(m->params, path, metadata, err);
    free(path);
    return ok;
}

/* Whether the file was written by this method, of these texts. */
static bool check_file(const char *path, const Method *method, const Set *s, Took *took, Error *err)
{
    SafeFile *f = mm_safe_open(path, err);
    if (!f) {
        return false;
    }
    char key[32];
    const char *made = mm_safe_metadata(f, "method"), *texts = mm_safe_metadata(f, "texts"),
               *time = mm_safe_metadata(f, "seconds"), *processor = mm_safe_metadata(f, "processor seconds"),
               *style = mm_safe_metadata(f, "asked about");
    text_key(s, key);
    *took = (Took){time ? strtod(time, NULL) : NAN, processor ? strtod(processor, NULL) : NAN};
    bool ok = made && texts
                  ? strcmp(made, method->name) == 0 ||
                        mm_error(err, "%s: a model of the method %.40s, not of %s", path, made, method->name)
                  : mm_error(err, "%s: it does not say which method made it; it is none of this program's models", path);
    ok = ok && (strcmp(texts, key) == 0 ||
                mm_error(err, "%s: it was trained on other names and tags than those of the data here", path));
    ok = ok && (strcmp(style ? style : mm_test_style, s->style) == 0 ||
                mm_error(err, "%s: it was trained %s --validate, so it must be asked %s it too", path,
                         s->validate ? "without" : "with", s->validate ? "without" : "with"));
    mm_safe_close(f);
    return ok;
}

bool model_load(Model *m, const Method *method, const Set *s, const char *folder, Took *took, Error *err)
{
    char *path = mm_join_path(folder, "model.safetensors");
    bool ok = (mm_file_exists(path) ||
               mm_error(err, "%s: there is no model here; `representations train %s` makes one", path, method->name)) &&
              check_file(path, method, s, took, err);
    if (ok) {
        *m = model_new(method, s, 1);
        ok = mm_params_load(m->params, path, err);
        if (!ok) {
            model_free(m);
        }
    }
    free(path);
    return ok;
}
