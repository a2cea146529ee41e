/* checkpoint.c: CLIP as others store it. openai/CLIP and open_clip share one set of names, which is also ours; Hugging Face has
 * another. Which one a file has, and how large the model in it is, can be read off its names and shapes (build_model in openai/CLIP's
 * model.py does the same). */
#include "folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- names ---- */

/* Ours begins with `own`, theirs with `theirs`, and what follows is the same. */
typedef struct Rename {
    const char *own, *theirs;
} Rename;

/* region hf_names */
static const Rename hf_names[] = {
    {"token_embedding.weight", "text_model.embeddings.token_embedding.weight"},
    {"positional_embedding", "text_model.embeddings.position_embedding.weight"},
    {"ln_final.", "text_model.final_layer_norm."},
    {"visual.class_embedding", "vision_model.embeddings.class_embedding"},
    {"visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"},
    {"visual.conv1.", "vision_model.embeddings.patch_embedding."},
    {"visual.ln_pre.", "vision_model.pre_layrnorm."}, /* their spelling */
    {"visual.ln_post.", "vision_model.post_layernorm."},
};

/* Matrices that Hugging Face has as (out, in). */
static const Rename hf_transposed[] = {
    {"text_projection", "text_projection.weight"},
    {"visual.proj", "visual_projection.weight"},
};

static const Rename hf_block_names[] = {
    {"ln_1.", "layer_norm1."}, {"ln_2.", "layer_norm2."},   {"attn.out_proj.", "self_attn.out_proj."},
    {"mlp.c_fc.", "mlp.fc1."}, {"mlp.c_proj.", "mlp.fc2."},
};
/* end hf_names */

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Writes `parameter` in their names behind what `to` holds already; false: no row of the table fits. */
static bool rename_by(const Rename *table, size_t rows, const char *parameter, char to[MM_NAME_ROOM])
{
    for (size_t i = 0; i < rows; i++) {
        size_t n = strlen(table[i].own), used = strlen(to);
        if (strncmp(parameter, table[i].own, n) == 0) {
            snprintf(to + used, MM_NAME_ROOM - used, "%s%s", table[i].theirs, parameter + n);
            return true;
        }
    }
    return false;
}

/* A parameter of block number `layer`: queries, keys and values are one matrix here and three there. */
static void hf_block(const char *tower, int layer, const char *parameter, Origin *o)
{
    static const char *const thirds[] = {"q", "k", "v"};
    static const Rename in_proj[] = {{"attn.in_proj_weight", "weight"}, {"attn.in_proj_bias", "bias"}};
    char kind[MM_NAME_ROOM] = "";
    if (rename_by(in_proj, COUNT(in_proj), parameter, kind)) {
        o->n = 3;
        for (int k = 0; k < 3; k++) {
            snprintf(o->name[k], MM_NAME_ROOM, "%s.encoder.layers.%d.self_attn.%s_proj.%.16s", tower, layer, thirds[k], kind);
        }
        return;
    }
    snprintf(o->name[0], MM_NAME_ROOM, "%s.encoder.layers.%d.", tower, layer);
    rename_by(hf_block_names, COUNT(hf_block_names), parameter, o->name[0]);
}

static void hf_origin(const char *parameter, Origin *o)
{
    int layer, used = 0;
    o->name[0][0] = 0;
    if (sscanf(parameter, "transformer.resblocks.%d.%n", &layer, &used) == 1 && used) {
        hf_block("text_model", layer, parameter + used, o);
    } else if (sscanf(parameter, "visual.transformer.resblocks.%d.%n", &layer, &used) == 1 && used) {
        hf_block("vision_model", layer, parameter + used, o);
    } else if (!rename_by(hf_names, COUNT(hf_names), parameter, o->name[0])) {
        o->transposed = rename_by(hf_transposed, COUNT(hf_transposed), parameter, o->name[0]);
        if (!o->transposed) {
            snprintf(o->name[0], MM_NAME_ROOM, "%s", parameter); /* logit_scale */
        }
    }
}

static bool ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

/* What old files have beside weights: counters, and sizes that the shapes say as well. */
static bool ignored(const char *name)
{
    static const char *const ends[] = {"position_ids", "num_batches_tracked", "input_resolution", "context_length", "vocab_size"};
    for (size_t i = 0; i < COUNT(ends); i++) {
        if (ends_in(name, ends[i])) {
            return true;
        }
    }
    return false;
}

static const char hf_key[] = "text_model.embeddings.token_embedding.weight", openai_key[] = "token_embedding.weight";

Naming clip_naming(const ClipFile *c)
{
    return (Naming){.origin = c->hf ? hf_origin : NULL, .ignored = ignored, .prefix = c->prefix};
}

bool clip_detect(const SafeFile *f, ClipFile *c, Error *err)
{
    for (int i = 0; i < mm_safe_count(f); i++) {
        const char *name = mm_safe_at(f, i)->name;
        bool hf = ends_in(name, hf_key);
        if (hf || ends_in(name, openai_key)) {
            *c = (ClipFile){.hf = hf};
            size_t n = strlen(name) - strlen(hf ? hf_key : openai_key);
            if (n >= sizeof c->prefix) {
                return mm_error(err, "%s: a prefix of %zu bytes before every name", mm_safe_path(f), n);
            }
            memcpy(c->prefix, name, n);
            return true;
        }
    }
    return mm_error(err,
                    "%s: no tensor is called token_embedding.weight, so this is not a whole CLIP: neither by the names of OpenAI "
                    "nor by those of Hugging Face",
                    mm_safe_path(f));
}

/* ---- the architecture ---- */

/* One who asks a file for sizes; what is missing is 0. */
typedef struct Ask {
    const SafeFile *f;
    Naming naming;
} Ask;

static int size_of(const Ask *a, const char *parameter, int dimension)
{
    Shape s;
    return mm_naming_shape(a->f, &a->naming, parameter, &s) && dimension < s.rank ? s.d[dimension] : 0;
}

/* How many of PREFIX0SUFFIX, PREFIX1SUFFIX, … there are. */
static int count(const Ask *a, const char *prefix, const char *suffix)
{
    char name[MM_NAME_ROOM];
    Shape s;
    for (int i = 0;; i++) {
        snprintf(name, sizeof name, "%s%d%s", prefix, i, suffix);
        if (!mm_naming_shape(a->f, &a->naming, name, &s)) {
            return i;
        }
    }
}

/* The side of a square of n places and one more; 0: it is none. */
static int side_of(int n)
{
    int side = n > 1 ? (int)lround(sqrt(n - 1)) : 0;
    return side * side + 1 == n ? side : 0;
}

static bool heads_of(const Ask *a, const char *tower, int width, int *heads, Error *err)
{
    *heads = width / 64;
    return (width >= 64 && width % 64 == 0) ||
           mm_error(
               err,
               "%s: the %s encoder is %d wide, not a multiple of the 64 that CLIP gives each head; a config.json must say how "
               "many heads there are",
               mm_safe_path(a->f), tower, width);
}

static bool infer_vit(const Ask *a, ClipConfig *c, Error *err)
{
    VitConfig *v = &c->vit;
    int places = size_of(a, "visual.positional_embedding", 0), side = side_of(places);
    c->image = CLIP_VIT;
    v->embed = c->embed;
    v->width = size_of(a, "visual.conv1.weight", 0);
    v->patch = size_of(a, "visual.conv1.weight", 3);
    v->layers = count(a, "visual.transformer.resblocks.", ".attn.in_proj_weight");
    if (!side || v->patch < 1 || v->patch > 4096 / side) {
        return mm_error(err, "%s: %d positions and patches of %d pixels belong to no square picture of at most 4096",
                        mm_safe_path(a->f), places, v->patch);
    }
    v->size = c->size = side * v->patch;
    return heads_of(a, "image", v->width, &v->heads, err);
}

static bool infer_modified_resnet(const Ask *a, ClipConfig *c, Error *err)
{
    ModifiedResnetConfig *m = &c->modified_resnet;
    int places = size_of(a, "visual.attnpool.positional_embedding", 0), side = side_of(places);
    c->image = CLIP_MODIFIED_RESNET;
    m->embed = c->embed;
    m->width = size_of(a, "visual.layer1.0.conv1.weight", 0);
    m->heads = m->width / 2; /* 32 width numbers, 64 a head */
    for (int s = 0; s < 4; s++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "visual.layer%d.", s + 1);
        m->layers[s] = count(a, prefix, ".conv1.weight");
        if (m->layers[s] < 1) {
            return mm_error(err, "%s: no %s0.conv1.weight", mm_safe_path(a->f), prefix);
        }
    }
    if (!side || side > 4096 / 32 || m->width < 2 || m->width % 2 || m->width > 4096) {
        return mm_error(err, "%s: %d positions and %d channels belong to no ResNet of CLIP", mm_safe_path(a->f), places,
                        m->width);
    }
    m->size = c->size = 32 * side;
    return true;
}

bool clip_infer(const SafeFile *f, const ClipFile *file, ClipConfig *c, Error *err)
{
    Ask a = {f, clip_naming(file)};
    *c = (ClipConfig){.embed = size_of(&a, "text_projection", 1),
                      .context = size_of(&a, "positional_embedding", 0),
                      .vocab = size_of(&a, "token_embedding.weight", 0),
                      .text_width = size_of(&a, "ln_final.weight", 0),
                      .text_layers = count(&a, "transformer.resblocks.", ".attn.in_proj_weight")};
    if (c->embed < 1 || c->context < 2 || c->vocab < 3) {
        return mm_error(err, "%s: text_projection, positional_embedding or token_embedding.weight is missing or of no use",
                        mm_safe_path(f));
    }
    if (!heads_of(&a, "text", c->text_width, &c->text_heads, err)) {
        return false;
    }
    Shape s;
    if (mm_naming_shape(f, &a.naming, "visual.proj", &s)) {
        return infer_vit(&a, c, err);
    }
    if (mm_naming_shape(f, &a.naming, "visual.layer1.0.conv1.weight", &s)) {
        return infer_modified_resnet(&a, c, err);
    }
    return mm_error(err, "%s: neither visual.proj (a ViT) nor visual.layer1.0.conv1.weight (a ModifiedResNet) is there",
                    mm_safe_path(f));
}
