/* folder.c: see folder.h. */
#include "folder.h"
#include "io/bert_config.h"
#include "io/memory.h"

#include <jansson.h>

enum { CONFIG_LIMIT = 1 << 20, MOST = 1 << 20 };

void uniter_model_free(UniterModel *m)
{
    mm_params_free(m->params);
    mm_wordpiece_free(m->tokenizer);
    *m = (UniterModel){0};
}

/* ---- config.json ---- */

/* img_dim and label_dim are arguments in the official code, not in its config.json: 2048 and 1601 where they are absent. */
static bool read_config(const char *folder, UniterConfig *c, Error *err)
{
    char *path = mm_join_path(folder, "config.json");
    json_t *j = mm_json_read(path, CONFIG_LIMIT, err);
    bool ok = j && mm_bert_config_read(j, path, &c->bert, err);
    c->img_dim = mm_json_int(j, "img_dim", uniter_base().img_dim, MOST, &ok, path, err);
    c->label_dim = mm_json_int(j, "label_dim", uniter_base().label_dim, MOST, &ok, path, err);
    c->align_looks = json_is_true(json_object_get(j, "align_looks")); /* absent in the official ones */
    if (ok && c->bert.types < 2) {
        ok = mm_error(err, "%s: \"type_vocab_size\" is %d; words are of type 0, regions of type 1", path, c->bert.types);
    }
    json_decref(j);
    free(path);
    return ok;
}

/* How many numbers such a model has, about; a few bytes of config can describe more than any memory holds. */
static bool check_numbers(const SafeFile *f, const BertConfig *c, Error *err)
{
    double held = 0, width = c->width, layer = 4 * width * width + 2 * width * c->intermediate;
    double wanted = width * ((double)c->vocab + c->positions + c->types + width) + c->layers * layer;
    for (int i = 0; i < mm_safe_count(f); i++) {
        held += (double)mm_safe_at(f, i)->n;
    }
    return wanted <= 4 * held || mm_error(err, "%s does not fit config.json: it holds %.0f numbers, the config describes %.0f",
                                          mm_safe_path(f), held, wanted);
}

static bool load_words(const char *folder, const BertConfig *c, UniterModel *m, Error *err)
{
    if (!(m->tokenizer = mm_wordpiece_load(folder, err))) {
        return false;
    }
    if (mm_wordpiece_find(m->tokenizer, "[MASK]") < 0) {
        return mm_error(err, "%s: vocab.txt has no [MASK], which stands for a masked word", folder);
    }
    return mm_wordpiece_size(m->tokenizer) <= c->vocab ||
           mm_error(err, "%s: vocab.txt has %d tokens, the model has embeddings for %d", folder, mm_wordpiece_size(m->tokenizer),
                    c->vocab);
}

/* ---- tied tensors: one in the model, two in a file, if it was written so ---- */

typedef struct Tie {
    const char *copy, *of;
} Tie;

static const Tie ties[] = {{"cls.predictions.decoder.weight", "embeddings.word_embeddings.weight"},
                           {"cls.predictions.decoder.bias", "cls.predictions.bias"},
                           {"feat_regress.weight", "img_embeddings.img_linear.weight"}};
enum { TIES = sizeof ties / sizeof *ties };

static bool is_copy(const char *name)
{
    for (int i = 0; i < TIES; i++) {
        if (strcmp(name, ties[i].copy) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_tie(const Params *ps, const SafeFile *f, const Tie *tie, Error *err)
{
    const SafeTensor *t = mm_safe_find(f, tie->copy);
    const Tensor *p = NULL;
    for (int i = 0; i < mm_params_count(ps) && !p; i++) {
        p = mm_ends_in(mm_params_at(ps, i)->name, tie->of) ? mm_params_at(ps, i) : NULL;
    }
    if (!t || !p) {
        return true;
    }
    real *copy = mm_take(t->n, sizeof *copy);
    bool ok = mm_safe_read(f, t, copy, err);
    if (ok && (t->n != p->n || memcmp(copy, p->data, t->n * sizeof *copy) != 0)) {
        ok = mm_error(err, "%s: %s is not the same as %s, to which it is tied", mm_safe_path(f), tie->copy, p->name);
    }
    free(copy);
    return ok;
}

static bool load_tied(Params *ps, const SafeFile *f, const Naming *naming, Error *err)
{
    bool ok = mm_params_load_named(ps, f, naming, err);
    for (int i = 0; i < TIES && ok; i++) {
        ok = check_tie(ps, f, &ties[i], err);
    }
    return ok;
}

/* ---- UNITER ---- */

static bool beside_uniter(const char *name)
{
    return is_copy(name) || mm_ends_in(name, "position_ids");
}

/* What is put on it for one task each: heads.h, caption.h. */
static bool beside_pretraining(const char *name)
{
    static const char *const head[] = {"vqa_output.", "ve_output.", "rank_output.", "re_output.", "caption_"};
    bool found = beside_uniter(name);
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
        found = found || strncmp(name, head[i], strlen(head[i])) == 0;
    }
    return found;
}

static bool load(const char *folder, const SafeFile *f, AddHeads *add, void *context, UniterModel *m, Error *err)
{
    static const Naming naming = {.ignored = beside_pretraining};
    UniterConfig c;
    if (!read_config(folder, &c, err) || !check_numbers(f, &c.bert, err) || !load_words(folder, &c.bert, m, err)) {
        return false;
    }
    m->params = mm_params_new(0);
    mm_params_blank(m->params, true);
    m->uniter = uniter_init(m->params, c);
    bool ok = !add || add(context, folder, m, err);
    mm_params_blank(m->params, false);
    return ok && load_tied(m->params, f, &naming, err);
}

bool uniter_folder_load(const char *folder, UniterModel *m, Error *err)
{
    return uniter_folder_load_with(folder, NULL, NULL, m, err);
}

bool uniter_folder_load_with(const char *folder, AddHeads *add, void *context, UniterModel *m, Error *err)
{
    char *path = mm_join_path(folder, "model.safetensors");
    *m = (UniterModel){0};
    SafeFile *f = mm_safe_open(path, err);
    bool ok = f && load(folder, f, add, context, m, err);
    mm_safe_close(f);
    free(path);
    if (!ok) {
        uniter_model_free(m);
    }
    return ok;
}

bool uniter_folder_save(const UniterModel *m, const char *folder, Error *err)
{
    static const char *const metadata[] = {"format", "pt", NULL};
    const UniterConfig *c = &m->uniter.config;
    if (!mm_make_folders(folder, err) || !mm_wordpiece_save(m->tokenizer, folder, err)) {
        return false;
    }
    char *path = mm_join_path(folder, "model.safetensors");
    json_t *j = mm_bert_config_json(&c->bert, "uniter");
    json_object_set_new(j, "img_dim", json_integer(c->img_dim));
    json_object_set_new(j, "label_dim", json_integer(c->label_dim));
    if (c->align_looks) {
        json_object_set_new(j, "align_looks", json_true());
    }
    bool ok = mm_json_write(j, folder, "config.json", err) && mm_params_save(m->params, path, metadata, err);
    free(path);
    return ok;
}

/* ---- from BERT ---- */

/* Old files call the gains and biases of LayerNorm as TensorFlow does. */
static void gamma_beta(const char *parameter, Origin *o)
{
    const char *end = mm_ends_in(parameter, "LayerNorm.weight") ? "gamma"
                      : mm_ends_in(parameter, "LayerNorm.bias") ? "beta"
                                                                : NULL;
    if (end) {
        snprintf(o->name[0], MM_NAME_ROOM, "%.*s%s", (int)(strrchr(parameter, '.') + 1 - parameter), parameter, end);
    }
}

/* BertModel by itself: nothing before "embeddings". */
static void bare(const char *parameter, Origin *o)
{
    if (strncmp(parameter, "bert.", 5) == 0) {
        memmove(o->name[0], o->name[0] + 5, strlen(o->name[0] + 5) + 1);
    }
}

static void bare_gamma_beta(const char *parameter, Origin *o)
{
    gamma_beta(parameter, o);
    bare(parameter, o);
}

static bool beside_bert(const char *name)
{
    return beside_uniter(name) || strncmp(name, "cls.seq_relationship.", 21) == 0; /* does this sentence follow that one? */
}

static Naming naming_of(const SafeFile *f)
{
    bool plain = mm_safe_find(f, "embeddings.word_embeddings.weight") != NULL;
    bool old = mm_safe_find(f, plain ? "embeddings.LayerNorm.gamma" : "bert.embeddings.LayerNorm.gamma") != NULL;
    return (Naming){.ignored = beside_bert, .origin = plain && old ? bare_gamma_beta : plain ? bare : old ? gamma_beta : NULL};
}

/* The parameters of BERT alone, under its own names, so that each is accounted for. */
static bool load_bert(const SafeFile *f, const BertConfig *c, Params *ps, Error *err)
{
    const Naming naming = naming_of(f);
    mm_params_blank(ps, true);
    mm_bert_init(ps, "bert", *c);
    if (mm_safe_find(f, "cls.predictions.bias")) {
        mm_bert_linear_init(ps, "cls.predictions.transform.dense", c, c->width, c->width);
        mm_layernorm_init(ps, "cls.predictions.transform.LayerNorm", c->width);
        mm_param(ps, "cls.predictions.bias", MM_SHAPE(c->vocab), (Init){MM_ZERO, 0});
    }
    return load_tied(ps, f, &naming, err);
}

/* Returns how many parameters BERT has nothing for. */
static int take(Params *to, const Params *bert)
{
    int fresh = 0;
    for (int i = 0; i < mm_params_count(to); i++) {
        Tensor *p = mm_params_at(to, i);
        bool shared = strncmp(p->name, "uniter.", 7) == 0;
        const Tensor *from = mm_params_find(bert, shared ? mm_name(to, "bert.%s", p->name + 7) : p->name);
        if (from) {
            memcpy(p->data, from->data, p->n * sizeof *p->data);
        }
        fresh += !from;
    }
    return fresh;
}

bool uniter_from_bert(const char *folder, int img_dim, int label_dim, uint64_t seed, UniterModel *m, int *fresh, Error *err)
{
    char *path = mm_join_path(folder, "model.safetensors");
    UniterConfig c;
    Params *bert = mm_params_new(0);
    *m = (UniterModel){0};
    SafeFile *f = mm_safe_open(path, err);
    bool ok = f && read_config(folder, &c, err) && check_numbers(f, &c.bert, err) && load_words(folder, &c.bert, m, err) &&
              load_bert(f, &c.bert, bert, err);
    if (ok) {
        c.img_dim = img_dim;
        c.label_dim = label_dim;
        m->params = mm_params_new(seed);
        m->uniter = uniter_init(m->params, c);
        int n = take(m->params, bert);
        *(fresh ? fresh : &n) = n;
    } else {
        uniter_model_free(m);
    }
    mm_safe_close(f);
    mm_params_free(bert);
    free(path);
    return ok;
}
