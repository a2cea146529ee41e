/* vqa_set.c: questions and answers as VQA v2 gives them, and the answers that a model chooses from. */
#include "data/json_fields.h"
#include "io/memory.h"
#include "io/texts.h"
#include "mm/annotations.h"
#include "mm/metrics.h"

static const size_t JSON_LIMIT = (size_t)1 << 30; /* v2_mscoco_train2014_annotations.json has 365 MB */

typedef struct Reader {
    const char *path;
    VqaSet *set;
    IdIndex questions;
    json_t *known; /* text -> where it is kept: there are few different answers */
} Reader;

static const char *keep(Reader *r, const char *text)
{
    return mm_texts_keep(&r->set->texts, text, strlen(text));
}

/* The same text is kept once. */
static const char *keep_once(Reader *r, const char *text)
{
    const json_t *known = json_object_get(r->known, text);
    if (known) {
        return (const char *)(intptr_t)json_integer_value(known);
    }
    const char *copy = keep(r, text);
    json_object_set_new(r->known, text, json_integer((json_int_t)(intptr_t)copy));
    return copy;
}

static bool take_question(void *context, const char *list, size_t i, const json_t *element, Error *err)
{
    Reader *r = context;
    VqaSet *set = r->set;
    JsonElement e = {r->path, list, i, element};
    VqaQuestion q = {.type = "", .answer_type = ""};
    if (!mm_field_object(&e, err) || !mm_field_id(&e, "question_id", &q.id, err) ||
        !mm_field_id(&e, "image_id", &q.picture, err)) {
        return false;
    }
    const char *text = mm_field_text(&e, "question", err);
    if (!text) {
        return false;
    }
    q.text = keep(r, text);
    mm_ids_add(&r->questions, q.id);
    if ((set->n & (set->n - 1)) == 0) {
        set->at = mm_take_again(set->at, (set->n ? 2 * (size_t)set->n : 1) * sizeof *set->at);
    }
    set->at[set->n++] = q;
    return true;
}

static bool read_answers(Reader *r, VqaQuestion *q, const JsonElement *e, Error *err)
{
    const json_t *answers = json_object_get(e->json, "answers"), *one;
    char list[96];
    size_t k;
    if (!json_is_array(answers) || json_array_size(answers) > MM_VQA_PEOPLE) {
        return mm_field_wrong(e, "answers", answers, "an array of at most ten answers", err);
    }
    snprintf(list, sizeof list, "%s[%zu].answers", e->list, e->i);
    json_array_foreach(answers, k, one)
    {
        JsonElement a = {e->path, list, k, one};
        const char *text = mm_field_object(&a, err) ? mm_field_text(&a, "answer", err) : NULL;
        if (!text) {
            return false;
        }
        q->answer[q->answers++] = keep_once(r, text);
    }
    r->set->few += q->answers < MM_VQA_PEOPLE;
    return true;
}

static bool take_annotation(void *context, const char *list, size_t i, const json_t *element, Error *err)
{
    Reader *r = context;
    JsonElement e = {r->path, list, i, element};
    int64_t id, picture;
    if (!mm_field_object(&e, err) || !mm_field_id(&e, "question_id", &id, err) || !mm_field_id(&e, "image_id", &picture, err)) {
        return false;
    }
    const char *best = mm_field_text(&e, "multiple_choice_answer", err);
    const char *type = best ? mm_field_text(&e, "question_type", err) : NULL;
    const char *answer_type = type ? mm_field_text(&e, "answer_type", err) : NULL;
    int at = mm_ids_find(&r->questions, id);
    VqaQuestion *q = at < 0 ? NULL : r->set->at + at;
    if (!answer_type) {
        return false;
    }
    if (!q) {
        r->set->unknown++;
        return true;
    }
    if (q->best || q->picture != picture) {
        return mm_error(err, "%s: %s[%zu]: question %lld %s", e.path, list, i, (long long)id,
                        q->best ? "is annotated twice" : "is about another picture in the file of the questions");
    }
    q->best = keep_once(r, best);
    q->type = keep_once(r, type);
    q->answer_type = keep_once(r, answer_type);
    return read_answers(r, q, &e, err);
}

bool mm_vqa_load(const char *questions, const char *annotations, VqaSet *set, Error *err)
{
    *set = (VqaSet){0};
    Reader r = {.path = questions, .set = set, .known = json_object()};
    bool ok = mm_json_each(questions, JSON_LIMIT, (const char *const[]){"questions", NULL}, take_question, &r, err) &&
              mm_ids_sort(&r.questions, questions, "questions", err);
    r.path = annotations;
    ok = ok && (!annotations ||
                mm_json_each(annotations, JSON_LIMIT, (const char *const[]){"annotations", NULL}, take_annotation, &r, err));
    json_decref(r.known);
    mm_ids_free(&r.questions);
    if (!ok) {
        mm_vqa_free(set);
    }
    return ok;
}

void mm_vqa_free(VqaSet *set)
{
    free(set->at);
    mm_texts_free(&set->texts);
    *set = (VqaSet){0};
}

/* ---- the answers to choose from ---- */

/* As compute_softscore.py of bottom-up-attention-vqa spells them, which UNITER, ViLT and LXMERT use: without commas at last. */
static char *spell(const char *answer)
{
    char *text = mm_vqa_answer(answer), *to = text;
    for (const char *c = text; *c; c++) {
        *to = *c;
        to += *c != ',';
    }
    *to = 0;
    return text;
}

typedef struct Counted {
    const char *answer;
    int count, first; /* how often; the question that has it first */
} Counted;

static int by_count(const void *a, const void *b)
{
    const Counted *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : (x->first > y->first) - (x->first < y->first);
}

VqaAnswers mm_vqa_answers(const VqaSet *set, int least)
{
    json_t *number = json_object(); /* answer -> its place in `all` */
    Counted *all = mm_take((size_t)set->n, sizeof *all);
    VqaAnswers a = {0};
    int n = 0;
    for (int i = 0; i < set->n; i++) {
        char *best = set->at[i].best ? spell(set->at[i].best) : mm_copy_text("", 0);
        json_t *known = json_object_get(number, best);
        if (known) {
            all[json_integer_value(known)].count++;
        } else if (*best) {
            json_object_set_new(number, best, json_integer(n));
            all[n++] = (Counted){json_object_iter_key(json_object_iter_at(number, best)), 1, i};
        }
        free(best);
    }
    qsort(all, (size_t)n, sizeof *all, by_count);
    a.at = mm_take((size_t)n, sizeof *a.at);
    a.count = mm_take((size_t)n, sizeof *a.count);
    for (; a.n < n && all[a.n].count >= least; a.n++) {
        a.at[a.n] = mm_copy_text(all[a.n].answer, strlen(all[a.n].answer));
        a.count[a.n] = all[a.n].count;
    }
    free(all);
    json_decref(number);
    return a;
}

void mm_vqa_answers_free(VqaAnswers *a)
{
    for (int i = 0; i < a->n; i++) {
        free(a->at[i]);
    }
    free(a->at);
    free(a->count);
    *a = (VqaAnswers){0};
}

void mm_vqa_said(const VqaAnswers *a, const VqaQuestion *q, int n, int *said)
{
    json_t *number = json_object(); /* answer -> which it is */
    for (int i = 0; i < a->n; i++) {
        json_object_set_new(number, a->at[i], json_integer(i));
    }
    for (int i = 0; i < n * MM_VQA_PEOPLE; i++) {
        const VqaQuestion *asked = &q[i / MM_VQA_PEOPLE];
        said[i] = -1;
        if (i % MM_VQA_PEOPLE < asked->answers) {
            char *answer = spell(asked->answer[i % MM_VQA_PEOPLE]);
            const json_t *known = json_object_get(number, answer);
            said[i] = known ? (int)json_integer_value(known) : -1;
            free(answer);
        }
    }
    json_decref(number);
}

bool mm_vqa_targets(const int said[MM_VQA_PEOPLE], int n, real *target)
{
    bool any = false;
    memset(target, 0, (size_t)n * sizeof *target);
    for (int i = 0; i < MM_VQA_PEOPLE; i++) {
        int matches = 0;
        for (int k = 0; k < MM_VQA_PEOPLE && said[i] >= 0; k++) {
            matches += said[k] == said[i];
        }
        if (said[i] >= 0) {
            target[said[i]] = (real)mm_vqa_score(matches, MM_VQA_PEOPLE);
            any = true;
        }
    }
    return any;
}
