/* bert_config.c: see bert_config.h. */
#include "io/bert_config.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What must be so, if it is said at all. */
static bool need_word(const json_t *j, const char *key, const char *word, const char *path, Error *err)
{
    const char *is = json_string_value(json_object_get(j, key));
    return !is || strcmp(is, word) == 0 || mm_error(err, "%s: \"%s\" is \"%s\", not \"%s\"", path, key, is, word);
}

static bool need_number(const json_t *j, const char *key, double wanted, const char *path, Error *err)
{
    const json_t *is = json_object_get(j, key);
    return !is || fabs(json_number_value(is) - wanted) <= 1e-6 * wanted ||
           mm_error(err, "%s: \"%s\" is %g, not %g", path, key, json_number_value(is), wanted);
}

bool mm_bert_config_read(const json_t *j, const char *path, BertConfig *c, Error *err)
{
    bool ok = json_is_object(j) || mm_error(err, "%s: BERT is described by an object", path);
    *c = (BertConfig){.vocab = mm_json_int(j, "vocab_size", 30522, 10000000, &ok, path, err),
                      .width = mm_json_int(j, "hidden_size", 768, 65536, &ok, path, err),
                      .layers = mm_json_int(j, "num_hidden_layers", 12, 1000, &ok, path, err),
                      .heads = mm_json_int(j, "num_attention_heads", 12, 1024, &ok, path, err),
                      .intermediate = mm_json_int(j, "intermediate_size", 3072, 1 << 20, &ok, path, err),
                      .positions = mm_json_int(j, "max_position_embeddings", 512, 65536, &ok, path, err),
                      .types = mm_json_int(j, "type_vocab_size", 2, 1024, &ok, path, err),
                      .dropout = (real)mm_json_real(j, "hidden_dropout_prob", 0.1, 0, 0.99, &ok, path, err),
                      .init = (real)mm_json_real(j, "initializer_range", 0.02, 1e-9, 10, &ok, path, err)};
    if (!ok || !need_number(j, "attention_probs_dropout_prob", (double)c->dropout, path, err) ||
        !need_number(j, "layer_norm_eps", 1e-12, path, err) || !need_word(j, "hidden_act", "gelu", path, err) ||
        !need_word(j, "position_embedding_type", "absolute", path, err)) {
        return false;
    }
    return (c->width % c->heads == 0 && c->positions >= 2) ||
           mm_error(err, "%s: hidden_size must be a multiple of num_attention_heads, and there must be 2 positions", path);
}

/* 0.1 for the float that is nearest to it, not 0.100000001490116. */
static double decimal(real x)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", (double)x);
    return strtod(text, NULL);
}

json_t *mm_bert_config_json(const BertConfig *c, const char *model_type)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:s, s:i, s:i, s:f, s:f, s:f, s:s, s:f}", "model_type", model_type,
                     "vocab_size", c->vocab, "hidden_size", c->width, "num_hidden_layers", c->layers, "num_attention_heads",
                     c->heads, "intermediate_size", c->intermediate, "hidden_act", "gelu", "max_position_embeddings",
                     c->positions, "type_vocab_size", c->types, "hidden_dropout_prob", decimal(c->dropout),
                     "attention_probs_dropout_prob", decimal(c->dropout), "layer_norm_eps", 1e-12, "position_embedding_type",
                     "absolute", "initializer_range", decimal(c->init > 0 ? c->init : (real)0.02));
}
