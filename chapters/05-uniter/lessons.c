/* lessons.c: see lessons.h. */
#include "lessons.h"
#include "io/memory.h"

const char *const skill_name[SKILLS + 1] = {"vqa", "caption", "rank", "refer", "entail", NULL};
const char *const hiding_name[HIDINGS + 1] = {"nothing", "words", "regions", NULL};

static const int most[SKILLS] = {MM_SCENE_QUESTIONS, MM_SCENE_CAPTIONS, RANK_TEXTS, MM_SCENE_OBJECTS,
                                 STATEMENTS}; /* of a scene */

typedef struct Making {
    Lessons *l;
    const Wordpiece *w;
    Language language;
    int at; /* tokens given away of l->ids, SCENE_WORDS at a time */
    Error *err;
} Making;

static const SceneFacts *facts_of(const Lessons *l, int i)
{
    return &l->scenes.scene[i].facts;
}

bool lessons_add(Lessons *l, Skill skill, int i, const Wordpiece *w, const char *text, int *ids, int label, Error *err)
{
    Examples *e = &l->of[skill];
    Item *item = &e->item[e->set.n];
    *item = l->scenes.item[i];
    item->ids = ids;
    item->named = NULL;
    e->label[e->set.n++] = label;
    return mm_wordpiece_tokenize(w, text, SCENE_WORDS, item->ids, &item->words, err);
}

static bool add(Making *m, Skill skill, int i, const char *text, int label)
{
    return lessons_add(m->l, skill, i, m->w, text, m->l->ids + (size_t)m->at++ * SCENE_WORDS, label, m->err);
}

static bool add_questions(Making *m, int i, Rng rng)
{
    Lessons *l = m->l;
    SceneQuestion *q = l->own.question + i * MM_SCENE_QUESTIONS;
    bool ok = true;
    mm_scene_questions(facts_of(l, i), m->language, rng, q);
    for (int k = 0; k < MM_SCENE_QUESTIONS && ok; k++) {
        VqaQuestion *asked = &l->asked[i * MM_SCENE_QUESTIONS + k];
        *asked = (VqaQuestion){.id = i * MM_SCENE_QUESTIONS + k,
                               .picture = i,
                               .text = q[k].text,
                               .type = q[k].type,
                               .answer_type = q[k].answer_type,
                               .best = q[k].answer[q[k].best],
                               .answers = MM_VQA_PEOPLE};
        for (int p = 0; p < MM_VQA_PEOPLE; p++) {
            asked->answer[p] = q[k].answer[p];
        }
        ok = add(m, SKILL_VQA, i, q[k].text, 0);
    }
    return ok;
}

static bool add_captions(Making *m, int i)
{
    bool ok = true;
    for (int k = 0; k < MM_SCENE_CAPTIONS && ok; k++) {
        SceneCaption *c = &m->l->own.caption[i * MM_SCENE_CAPTIONS + k];
        *c = mm_scene_caption(facts_of(m->l, i), m->language, k);
        m->l->caption[i * MM_SCENE_CAPTIONS + k] = c->text;
        ok = add(m, SKILL_CAPTION, i, c->text, 0);
    }
    return ok;
}

static bool add_meant(Making *m, int i)
{
    const Scene *scene = &m->l->scenes.scene[i];
    char text[MM_SCENE_TEXT];
    bool ok = true;
    for (int r = 0; r < scene->n && ok; r++) {
        ok = !mm_scene_refer(scene, r, m->language, text) || add(m, SKILL_REFER, i, text, r);
    }
    return ok;
}

/* ---- statements ---- */

/* What is said falsely: other facts in one respect, of the things of one kind if only they are shown. */
static SceneFacts false_facts(const SceneFacts *facts, bool part, int kind, int k, Rng *rng)
{
    SceneFacts f;
    bool contradicts;
    do {
        f = mm_scene_foil(facts, (SceneRespect)mm_below(rng, MM_SCENE_RESPECTS), rng);
        bool of_kind = f.thing[kind] != facts->thing[kind] || f.count[kind] != facts->count[kind];
        contradicts = part ? of_kind : k != MM_SCENE_UNPLACED || f.relation == facts->relation;
    } while (!contradicts);
    return f;
}

/* Leaves the regions of one kind, which stand together. */
static void show_kind(Item *item, const SceneFacts *facts, int kind, const ItemSet *set)
{
    int first = kind ? facts->count[0] : 0;
    item->feat += first * set->img_dim;
    item->box += first * UNITER_BOX;
    item->soft += first * set->label_dim;
    item->kind += first;
    item->regions = facts->count[kind];
}

/* One statement of each verdict. Where it is open, only one kind of things is shown; so it is for half of those that are false, which
 * then are false of what is shown. */
static bool add_statements(Making *m, int i, Rng rng)
{
    const SceneFacts *facts = facts_of(m->l, i);
    Examples *e = &m->l->of[SKILL_ENTAIL];
    bool ok = true;
    for (int verdict = 0; verdict < VERDICTS && ok; verdict++) {
        int kind = mm_below(&rng, 2), k = mm_below(&rng, MM_SCENE_CAPTIONS);
        bool part = verdict == OPEN || (verdict == CONTRADICTS && mm_uniform(&rng) < 0.5);
        SceneFacts said = verdict == CONTRADICTS ? false_facts(facts, part, kind, k, &rng) : *facts;
        ok = add(m, SKILL_ENTAIL, i, mm_scene_caption(&said, m->language, k).text, verdict);
        if (part) {
            show_kind(&e->item[e->set.n - 1], facts, kind, &m->l->scenes.set);
        }
    }
    return ok;
}

static bool add_texts_to_rank(Making *m, int i, Rng rng)
{
    const SceneFacts *facts = facts_of(m->l, i);
    bool ok = true;
    for (int k = 0; k < RANK_TEXTS && ok; k++) {
        int form = k % MM_SCENE_CAPTIONS;
        SceneFacts said = k < MM_SCENE_CAPTIONS ? *facts : false_facts(facts, false, 0, form, &rng);
        ok = add(m, SKILL_RANK, i, mm_scene_caption(&said, m->language, form).text, 0);
    }
    return ok;
}

/* ---- all ---- */

static void make_room(Lessons *l)
{
    size_t n = (size_t)l->n, texts = 0;
    l->captions = l->n * MM_SCENE_CAPTIONS;
    l->questions = l->n * MM_SCENE_QUESTIONS;
    l->own.caption = mm_take((size_t)l->captions, sizeof *l->own.caption);
    l->own.question = mm_take((size_t)l->questions, sizeof *l->own.question);
    l->caption = mm_take((size_t)l->captions, sizeof *l->caption);
    l->asked = mm_take((size_t)l->questions, sizeof *l->asked);
    l->first_caption = mm_take(n + 1, sizeof *l->first_caption);
    for (int i = 0; i <= l->n; i++) {
        l->first_caption[i] = i * MM_SCENE_CAPTIONS;
    }
    for (int s = 0; s < SKILLS; s++) {
        Examples *e = &l->of[s];
        e->item = mm_take(n * (size_t)most[s], sizeof *e->item);
        e->label = mm_take(n * (size_t)most[s], sizeof *e->label);
        e->set = (ItemSet){e->item, 0, l->scenes.set.img_dim, l->scenes.set.label_dim};
        texts += n * (size_t)most[s];
    }
    l->ids = mm_take(texts * SCENE_WORDS, sizeof *l->ids);
}

bool lessons_make(SceneSplit split, uint64_t seed, Language language, const Wordpiece *w, Scenes s, Lessons *l, Error *err)
{
    *l = (Lessons){.scenes = s, .n = s.set.n};
    make_room(l);
    Making m = {.l = l, .w = w, .language = language, .err = err};
    bool ok = true;
    for (int i = 0; i < l->n && ok; i++) {
        const Rng questions = mm_scene_question_rng(seed, split, i);
        ok = add_questions(&m, i, questions) && add_captions(&m, i) && add_meant(&m, i) &&
             add_statements(&m, i, mm_rng(mm_rng_at(questions, 0), "statements")) &&
             add_texts_to_rank(&m, i, mm_rng(mm_rng_at(questions, 0), "rank"));
    }
    if (!ok) {
        lessons_free(l);
    }
    return ok;
}

void lessons_free(Lessons *l)
{
    scenes_free(&l->scenes);
    free(l->caption);
    free(l->first_caption);
    free(l->own.caption);
    free(l->own.question);
    mm_captions_free(&l->own.captions);
    mm_vqa_free(&l->own.questions);
    free(l->asked);
    free(l->said);
    free(l->ids);
    for (int s = 0; s < SKILLS; s++) {
        free(l->of[s].item);
        free(l->of[s].label);
    }
    *l = (Lessons){0};
}

VqaAnswers lessons_answers(const Lessons *l, int least)
{
    return mm_vqa_answers(&(VqaSet){.n = l->questions, .at = l->asked}, least);
}

void lessons_said(Lessons *l, const VqaAnswers *answers)
{
    free(l->said);
    l->said = mm_take((size_t)l->questions * MM_VQA_PEOPLE, sizeof *l->said);
    mm_vqa_said(answers, l->asked, l->questions, l->said);
}

void lessons_hide(UniterBatch *b, Hiding hiding, Graph *g)
{
    int *none = mm_arena(g, (size_t)b->B * sizeof *none), *words = mm_arena(g, (size_t)b->B * sizeof *words);
    int *ids = mm_arena(g, 2 * (size_t)b->B * sizeof *ids);
    for (int i = 0; i < b->B; i++) {
        none[i] = 0;
        words[i] = 2;
        ids[2 * i] = b->ids[i * b->T];
        ids[2 * i + 1] = b->ids[i * b->T + b->words[i] - 1];
    }
    if (hiding == HIDE_REGIONS) {
        b->regions = none;
    } else if (hiding == HIDE_WORDS) {
        b->T = 2;
        b->ids = ids;
        b->words = words;
    }
}

UniterBatch lessons_batch(const ItemSet *set, const int *pick, int n, Hiding hiding, Graph *g)
{
    UniterBatch b = make_batch(set, NULL, TASKS, pick, n, NULL, g).inputs;
    lessons_hide(&b, hiding, g);
    return b;
}
