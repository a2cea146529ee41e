/* scene_text.c: captions of scenes, in English and Chinese, and which words name what. */
#include "data/scene_words.h"
#include "io/memory.h"

#include <stdarg.h>
#include <stdio.h>

static const char *article(const char *noun)
{
    return strchr("aeiou", *noun) ? "an" : "a";
}

const char *mm_scene_number(int n, Language language)
{
    static const char *const en[] = {"no", "one", "two", "three", "four"}, *const zh[] = {"零", "一", "两", "三", "四"};
    return language == MM_ENGLISH ? en[n] : zh[n];
}

const char *mm_scene_noun(int thing, int count, Language language)
{
    const Thing *t = mm_things + thing;
    return language == MM_CHINESE ? t->zh : count == 1 ? t->en : t->plural;
}

/* "a dog", "two dogs"; 一只狗, 两只狗. Returns the number of bytes before the noun. */
int mm_scene_phrase(int thing, int count, Language language, char text[MM_SCENE_PHRASE])
{
    const char *noun = mm_scene_noun(thing, count, language), *number = mm_scene_number(count, language);
    int before = language == MM_CHINESE ? snprintf(text, MM_SCENE_PHRASE, "%s%s", number, mm_things[thing].measure)
                                        : snprintf(text, MM_SCENE_PHRASE, "%s ", count == 1 ? article(noun) : number);
    snprintf(text + before, (size_t)(MM_SCENE_PHRASE - before), "%s", noun);
    return before;
}

const char *mm_scene_where(SceneRelation relation, Language language)
{
    static const char *const en[] = {"to the left of", "to the right of", "above", "below"}, *const zh[] = {"左边", "右边",
                                                                                                            "上方", "下方"};
    return language == MM_ENGLISH ? en[relation] : zh[relation];
}

/* The side of the picture where things are that stand in this relation to the others. */
static const char *side(SceneRelation relation, Language language)
{
    static const char *const en[] = {"on the left", "on the right", "at the top", "at the bottom"};
    return language == MM_ENGLISH ? en[relation] : mm_scene_where(relation, language);
}

/* The word of a phrase by which it differs from the opposite one. */
static SceneMention telling_word(const char *phrase, Language language)
{
    static const char *const en[] = {"left", "right", "above", "below", "top", "bottom", NULL}, *const zh[] = {"左", "右", "上",
                                                                                                               "下", NULL};
    const char *const *word = language == MM_ENGLISH ? en : zh, *at;
    while (!(at = strstr(phrase, *word))) {
        word++;
    }
    return (SceneMention){MM_SCENE_WHERE, (int)(at - phrase), (int)strlen(*word)};
}

/* Sentences: {0} and {1} stand for the phrases, {r} for where 0 is of 1, {o} for where 1 is of 0, {s} for the side of 0, {p} for that of 1. */
static const char *const sentence[2][MM_SCENE_CAPTIONS] = {
    {"{0} {r} {1}", "there {is0} {0} {s} and {1} {p}", "{1} {o} {0}", "{0} and {1}", "a picture of {0} {r} {1}"},
    {"{0}在{1}的{r}", "图的{s}有{0}，{p}有{1}", "{1}在{0}的{o}", "{0}和{1}", "{1}的{r}是{0}"}};

SceneCaption mm_scene_caption(const SceneFacts *facts, Language language, int k)
{
    SceneCaption c = {{0}};
    SceneRelation opposite = facts->relation ^ 1;
    int n = 0;
    for (const char *s = sentence[language][k]; *s; s++) {
        const char *put = NULL;
        char phrase[MM_SCENE_PHRASE], letter[2] = {*s, 0};
        int kind = s[1] - '0';
        SceneMention told = {.kind = -1};
        if (*s != '{') {
            put = letter;
        } else if (s[1] == 'i') { /* {is0} */
            put = facts->count[0] == 1 ? "is" : "are";
        } else if (s[1] == 'r' || s[1] == 'o') {
            put = mm_scene_where(s[1] == 'r' ? facts->relation : opposite, language);
            told = telling_word(put, language);
        } else if (s[1] == 's' || s[1] == 'p') {
            put = side(s[1] == 's' ? facts->relation : opposite, language);
            told = telling_word(put, language);
        } else {
            int before = mm_scene_phrase(facts->thing[kind], facts->count[kind], language, phrase);
            put = phrase;
            told = (SceneMention){kind, before, (int)strlen(phrase) - before};
        }
        if (told.kind >= 0) {
            told.first += n;
            c.mention[c.n++] = told;
        }
        n += snprintf(c.text + n, sizeof c.text - (size_t)n, "%s", put);
        s = *s == '{' ? strchr(s, '}') : s;
    }
    return c;
}

/* ---- referring expressions ---- */

bool mm_scene_refer(const Scene *scene, int object, Language language, char text[MM_SCENE_TEXT])
{
    const SceneObject *o = scene->object + object;
    const char *noun = mm_scene_noun(scene->facts.thing[o->kind], 1, language);
    int left = 0, right = 0; /* of the same kind, clearly to that side of it */
    for (int i = 0; i < scene->n; i++) {
        const SceneObject *p = scene->object + i;
        int distance = 2 * p->left + p->width - 2 * o->left - o->width; /* twice that of the middles */
        if (i != object && p->kind == o->kind) {
            left += distance < -8;
            right += distance > 8;
        }
    }
    int others = scene->facts.count[o->kind] - 1;
    if (others == 0) {
        snprintf(text, MM_SCENE_TEXT, language == MM_ENGLISH ? "the %s" : "那%2$s%1$s", noun,
                 mm_things[scene->facts.thing[o->kind]].measure);
        return true;
    }
    if (left != others && right != others) {
        return false;
    }
    bool leftmost = right == others;
    if (language == MM_ENGLISH) {
        snprintf(text, MM_SCENE_TEXT, "the %s on the far %s", noun, leftmost ? "left" : "right");
    } else {
        snprintf(text, MM_SCENE_TEXT, "最%s边的%s", leftmost ? "左" : "右", noun);
    }
    return true;
}
