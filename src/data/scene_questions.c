/* scene_questions.c: questions about scenes, with the answers that the facts give. */
#include "data/scene_words.h"

#include <stdio.h>
#include <string.h>

/* Ten answers: `other`, where it is not NULL, is as right as `best`, and up to three people say it. */
static void answer(SceneQuestion *q, const char *best, const char *other, Rng *rng)
{
    int order[MM_VQA_PEOPLE], others = other ? mm_below(rng, 4) : 0;
    mm_permutation(rng, order, MM_VQA_PEOPLE);
    for (int i = 0; i < MM_VQA_PEOPLE; i++) {
        snprintf(q->answer[order[i]], MM_SCENE_ANSWER, "%s", i < others ? other : best);
    }
    q->best = order[MM_VQA_PEOPLE - 1];
}

static SceneQuestion question(const char *type, const char *answer_type)
{
    return (SceneQuestion){.type = type, .answer_type = answer_type};
}

static void answer_number(SceneQuestion *q, int n, Language language, Rng *rng)
{
    char digit[2] = {(char)('0' + n), 0};
    answer(q, digit, n == 0 && language == MM_ENGLISH ? "none" : mm_scene_number(n, language), rng);
}

static void answer_yes(SceneQuestion *q, bool yes, const char *zh_yes, const char *zh_no, Language language, Rng *rng)
{
    answer(q, language == MM_ENGLISH ? (yes ? "yes" : "no") : (yes ? zh_yes : zh_no), NULL, rng);
}

/* A thing of the scene or, half of the time, one that is not in it. */
static int draw_thing(const SceneFacts *f, Rng *rng, int *count)
{
    int kind = mm_below(rng, 2), thing = f->thing[kind];
    *count = f->count[kind];
    if (mm_uniform(rng) < 0.5) {
        do {
            thing = mm_below(rng, MM_THINGS);
        } while (thing == f->thing[0] || thing == f->thing[1]);
        *count = 0;
    }
    return thing;
}

/* One of the scene's kinds of things; now and then another. */
static SceneQuestion how_many_things(const SceneFacts *f, Language language, Rng *rng)
{
    SceneQuestion q = question("how many", "number");
    int count, thing = draw_thing(f, rng, &count);
    if (count == 0 && mm_uniform(rng) < 0.7) { /* seldom none */
        int kind = mm_below(rng, 2);
        thing = f->thing[kind];
        count = f->count[kind];
    }
    snprintf(q.text, sizeof q.text, language == MM_ENGLISH ? "How many %s are there?" : "图里有几%2$s%1$s？",
             mm_scene_noun(thing, 2, language), mm_things[thing].measure);
    answer_number(&q, count, language, rng);
    return q;
}

static SceneQuestion how_many_of_kind(const SceneFacts *f, Language language, Rng *rng)
{
    SceneQuestion q = question("how many", "number");
    ThingKind kind = mm_things[f->thing[mm_below(rng, 2)]].kind;
    int count = 0;
    for (int i = 0; i < 2; i++) {
        count += mm_things[f->thing[i]].kind == kind ? f->count[i] : 0;
    }
    snprintf(q.text, sizeof q.text, language == MM_ENGLISH ? "How many %s are there?" : "图里一共有多少%s？",
             language == MM_ENGLISH ? mm_thing_kinds[kind].plural : mm_thing_kinds[kind].zh);
    answer_number(&q, count, language, rng);
    return q;
}

static SceneQuestion is_there(const SceneFacts *f, Language language, Rng *rng)
{
    SceneQuestion q = question("is there a", "yes/no");
    int count, thing = draw_thing(f, rng, &count);
    char phrase[MM_SCENE_PHRASE];
    mm_scene_phrase(thing, 1, MM_ENGLISH, phrase);
    snprintf(q.text, sizeof q.text, language == MM_ENGLISH ? "Is there %s?" : "图里有%s吗？",
             language == MM_ENGLISH ? phrase : mm_things[thing].zh);
    answer_yes(&q, count > 0, "有", "没有", language, rng);
    return q;
}

/* What stands in a relation to the things of one kind: those of the other. */
static SceneQuestion what_is(const SceneFacts *f, Language language, Rng *rng)
{
    SceneQuestion q = question("what is", "other");
    int asked = mm_below(rng, 2), from = f->thing[!asked];
    const char *noun = mm_scene_noun(from, f->count[!asked], language);
    const char *where = mm_scene_where(asked == 0 ? f->relation : f->relation ^ 1, language);
    snprintf(q.text, sizeof q.text, language == MM_ENGLISH ? "What is %2$s the %1$s?" : "%s的%s是什么？", noun, where);
    const Thing *t = mm_things + f->thing[asked];
    const ThingKindName *kind = mm_thing_kinds + t->kind;
    answer(&q, language == MM_ENGLISH ? t->en : t->zh, language == MM_ENGLISH ? kind->en : kind->zh, rng);
    return q;
}

static SceneQuestion is_where(const SceneFacts *f, Language language, Rng *rng)
{
    SceneQuestion q = question(f->count[0] == 1 ? "is the" : "are the", "yes/no");
    bool yes = mm_uniform(rng) < 0.5;
    const char *where = mm_scene_where(yes ? f->relation : f->relation ^ 1, language);
    const char *first = mm_scene_noun(f->thing[0], f->count[0], language),
               *second = mm_scene_noun(f->thing[1], f->count[1], language);
    if (language == MM_ENGLISH) {
        snprintf(q.text, sizeof q.text, "%s the %s %s the %s?", f->count[0] == 1 ? "Is" : "Are", first, where, second);
    } else {
        snprintf(q.text, sizeof q.text, "%s在%s的%s吗？", first, second, where);
    }
    answer_yes(&q, yes, "是", "不是", language, rng);
    return q;
}

static SceneQuestion are_more(const SceneFacts *f, Language language, Rng *rng)
{
    SceneQuestion q = question("are there", "yes/no");
    int more = mm_below(rng, 2);
    snprintf(q.text, sizeof q.text, language == MM_ENGLISH ? "Are there more %s than %s?" : "%s比%s多吗？",
             mm_scene_noun(f->thing[more], 2, language), mm_scene_noun(f->thing[!more], 2, language));
    answer_yes(&q, f->count[more] > f->count[!more], "是", "不是", language, rng);
    return q;
}

void mm_scene_questions(const SceneFacts *facts, Language language, Rng rng, SceneQuestion q[MM_SCENE_QUESTIONS])
{
    q[0] = how_many_things(facts, language, &rng);
    q[1] = how_many_of_kind(facts, language, &rng);
    q[2] = is_there(facts, language, &rng);
    q[3] = what_is(facts, language, &rng);
    q[4] = is_where(facts, language, &rng);
    q[5] = are_more(facts, language, &rng);
}
