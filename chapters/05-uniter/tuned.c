/* tuned.c: see tuned.h. */
#include "tuned.h"
#include "io/memory.h"

#include <jansson.h>

enum { HEADS_LIMIT = 1 << 24, ANSWERS_MOST = 1 << 20 };

void tuned_free(Tuned *t)
{
    uniter_model_free(&t->m);
    mm_vqa_answers_free(&t->answers);
    *t = (Tuned){0};
}

/* ---- heads ---- */

void tuned_add_vqa(Tuned *t, VqaAnswers answers)
{
    t->answers = answers;
    t->vqa = vqa_init(t->m.params, "vqa_output", &t->m.uniter.config, answers.n);
    t->has[SKILL_VQA] = true;
}

void tuned_add_caption(Tuned *t, DecoderKind decoder)
{
    t->caption = caption_init(t->m.params, &t->m.uniter.config, decoder);
    t->has[SKILL_CAPTION] = true;
}

void tuned_add_video(Tuned *t, DecoderKind decoder)
{
    const int width = t->m.uniter.config.bert.width;
    tuned_add_caption(t, decoder);
    t->frames = mm_param(t->m.params, "caption_frame_embeddings.weight", MM_SHAPE(MM_CLIP_FRAMES, width), (Init){MM_NORMAL, 1});
}

void tuned_add(Tuned *t, Skill skill)
{
    Params *ps = t->m.params;
    const UniterConfig *c = &t->m.uniter.config;
    t->has[skill] = true;
    switch (skill) {
    case SKILL_RANK: t->rank = rank_init(ps, &t->m.uniter); break;
    case SKILL_REFER: t->refer = refer_init(ps, c); break;
    case SKILL_ENTAIL: t->entail = vqa_init(ps, "ve_output", c, VERDICTS); break;
    default: mm_fail(mm_params_handler(ps), "tuned_add: the head for %s has a function of its own", skill_name[skill]);
    }
}

/* ---- more words ---- */

/* New parameters, of which all but the last rows of embeddings are the old ones. */
static void copy_rows(Params *to, const Params *from)
{
    for (int i = 0; i < mm_params_count(from); i++) {
        const Tensor *old = mm_params_at(from, i);
        memcpy(mm_params_find(to, old->name)->data, old->data, old->n * sizeof *old->data);
    }
}

bool tuned_learn_words(Tuned *t, const char *const *texts, int n, uint64_t seed, Error *err)
{
    UniterModel *m = &t->m;
    Wordpiece *more = mm_wordpiece_extend(m->tokenizer, texts, n, err);
    if (!more) {
        return false;
    }
    Params *old = m->params;
    UniterConfig c = m->uniter.config;
    c.bert.vocab = mm_wordpiece_size(more) > c.bert.vocab ? mm_wordpiece_size(more) : c.bert.vocab;
    m->params = mm_params_new(seed);
    m->uniter = uniter_init(m->params, c);
    copy_rows(m->params, old);
    mm_params_free(old);
    mm_wordpiece_free(m->tokenizer);
    m->tokenizer = more;
    return true;
}

/* ---- heads.json: {"heads": ["vqa", …], "caption_decoder": "transformer", "frames": 8, "answers": ["yes", …]} ---- */

/* Which of a list of words, that ends with NULL, a string is; -1: none of them, and the error says so. */
static int choice(const json_t *j, const char *const *word, const char *path, const char *what, Error *err)
{
    const char *text = json_string_value(j);
    for (int i = 0; text && word[i]; i++) {
        if (strcmp(text, word[i]) == 0) {
            return i;
        }
    }
    mm_error(err, "%s: \"%s\" has %s", path, what, text ? text : mm_json_kind(j));
    return -1;
}

static bool read_answers(const json_t *list, const char *path, VqaAnswers *a, Error *err)
{
    size_t n = json_array_size(list);
    if (n < 1 || n > ANSWERS_MOST) {
        return mm_error(err, "%s: \"answers\" is %s of %zu; VQA chooses from 1 to %d", path, mm_json_kind(list), n, ANSWERS_MOST);
    }
    *a = (VqaAnswers){.at = mm_take(n, sizeof *a->at), .count = mm_take(n, sizeof *a->count)};
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        if (!json_is_string(one)) {
            return mm_error(err, "%s: answer %zu is %s, not a string", path, i + 1, mm_json_kind(one));
        }
        a->at[a->n++] = mm_copy_text(json_string_value(one), json_string_length(one));
    }
    return true;
}

/* "frames": of how many a clip has; absent: it captions pictures. */
static bool add_captions(Tuned *t, const json_t *j, const char *path, Error *err)
{
    const json_t *frames = json_object_get(j, "frames");
    int decoder = choice(json_object_get(j, "caption_decoder"), decoder_name, path, "caption_decoder", err);
    if (decoder < 0) {
        return false;
    }
    if (frames && json_integer_value(frames) != MM_CLIP_FRAMES) {
        return mm_error(err, "%s: \"frames\" is not %d, as many as a clip has", path, MM_CLIP_FRAMES);
    }
    (frames ? tuned_add_video : tuned_add_caption)(t, (DecoderKind)decoder);
    return true;
}

static bool add_listed(Tuned *t, const json_t *j, const char *path, Error *err)
{
    const json_t *heads = json_object_get(j, "heads");
    if (!json_is_array(heads)) {
        return mm_error(err, "%s: \"heads\" is %s, not an array", path, mm_json_kind(heads));
    }
    for (size_t i = 0; i < json_array_size(heads); i++) {
        int skill = choice(json_array_get(heads, i), skill_name, path, "heads", err);
        if (skill < 0 || t->has[skill]) {
            return skill < 0 ? false : mm_error(err, "%s: \"heads\" has %s twice", path, skill_name[skill]);
        }
        if (skill == SKILL_VQA) {
            VqaAnswers answers = {0};
            bool ok = read_answers(json_object_get(j, "answers"), path, &answers, err);
            if (!ok) {
                mm_vqa_answers_free(&answers);
                return false;
            }
            tuned_add_vqa(t, answers);
        } else if (skill == SKILL_CAPTION) {
            if (!add_captions(t, j, path, err)) {
                return false;
            }
        } else {
            tuned_add(t, (Skill)skill);
        }
    }
    return true;
}

static bool add_heads(void *context, const char *folder, const UniterModel *m, Error *err)
{
    Tuned *t = context;
    char *path = mm_join_path(folder, "heads.json");
    bool ok = true;
    if (mm_file_exists(path)) {
        json_t *j = mm_json_read(path, HEADS_LIMIT, err);
        t->m = *m;
        ok = j && add_listed(t, j, path, err);
        json_decref(j);
    }
    free(path);
    return ok;
}

bool tuned_load(const char *folder, Tuned *t, Error *err)
{
    UniterModel m;
    *t = (Tuned){0};
    bool ok = uniter_folder_load_with(folder, add_heads, t, &m, err);
    t->m = m; /* empty, where it failed */
    if (!ok) {
        tuned_free(t);
    }
    return ok;
}

bool tuned_start(const char *folder, bool from_scratch, uint64_t seed, Tuned *t, Error *err)
{
    *t = (Tuned){0};
    if (!uniter_folder_load(folder, &t->m, err)) {
        return false;
    }
    Params *learned = t->m.params;
    t->m.params = mm_params_new(seed);
    t->m.uniter = uniter_init(t->m.params, t->m.uniter.config);
    if (!from_scratch) {
        mm_params_mix(t->m.params, learned, 1);
    }
    mm_params_free(learned);
    return true;
}

bool tuned_save(const Tuned *t, const char *folder, Error *err)
{
    json_t *j = json_object(), *heads = json_array(), *answers = json_array();
    for (int s = 0; s < SKILLS; s++) {
        if (t->has[s]) {
            json_array_append_new(heads, json_string(skill_name[s]));
        }
    }
    for (int i = 0; i < t->answers.n; i++) {
        json_array_append_new(answers, json_string(t->answers.at[i]));
    }
    json_object_set_new(j, "heads", heads);
    json_object_set_new(j, "caption_decoder", json_string(decoder_name[t->caption.kind]));
    json_object_set_new(j, "answers", answers);
    if (t->frames) {
        json_object_set_new(j, "frames", json_integer(MM_CLIP_FRAMES));
    }
    bool ok = uniter_folder_save(&t->m, folder, err);
    if (!ok) {
        json_decref(j);
    }
    return ok && mm_json_write(j, folder, "heads.json", err);
}
