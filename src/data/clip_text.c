/* clip_text.c: what is said about clips, in English and Chinese, by a small grammar; and what a caption says, read back. */
#include "data/scene_words.h"
#include "io/memory.h"

#include <stdio.h>

const char *const mm_clip_event_name[MM_CLIP_EVENTS] = {
    "moves to the left", "moves to the right",     "moves up", "moves down", "grows", "shrinks",
    "turns clockwise",   "turns counterclockwise", "stays"};

/* Each event in two ways: {d0} and {d1} what it does, {i0} and {i1} what it is doing. Chinese verbs have one form. No phrase of an event is
 * part of another's, so that what a caption says can be read back. */
typedef struct EventWords {
    const char *does[2], *doing[2];
} EventWords;

static const EventWords words[2][MM_CLIP_EVENTS] = {
    {{{"moves to the left", "goes left"}, {"moving to the left", "going left"}},
     {{"moves to the right", "goes right"}, {"moving to the right", "going right"}},
     {{"moves up", "goes up"}, {"moving up", "going up"}},
     {{"moves down", "goes down"}, {"moving down", "going down"}},
     {{"grows", "gets larger"}, {"growing", "getting larger"}},
     {{"shrinks", "gets smaller"}, {"shrinking", "getting smaller"}},
     {{"turns clockwise", "rotates clockwise"}, {"turning clockwise", "rotating clockwise"}},
     {{"turns counterclockwise", "rotates counterclockwise"}, {"turning counterclockwise", "rotating counterclockwise"}},
     {{"stays where it is", "stands still"}, {"staying where it is", "standing still"}}},
    {{{"向左移动", "往左边去"}, {"向左移动", "往左边去"}},
     {{"向右移动", "往右边去"}, {"向右移动", "往右边去"}},
     {{"向上移动", "往上面去"}, {"向上移动", "往上面去"}},
     {{"向下移动", "往下面去"}, {"向下移动", "往下面去"}},
     {{"变大", "越来越大"}, {"变大", "越来越大"}},
     {{"变小", "越来越小"}, {"变小", "越来越小"}},
     {{"顺时针转动", "顺时针旋转"}, {"顺时针转动", "顺时针旋转"}},
     {{"逆时针转动", "逆时针旋转"}, {"逆时针转动", "逆时针旋转"}},
     {{"停着不动", "留在原地"}, {"停着不动", "留在原地"}}}};

/* Sentences: {t} is the thing, {o} where the other is, if there is one. */
static const char *const sentence[2][MM_CLIP_CAPTIONS] = {
    {"{t} {d0}{o}", "{t} is {i0}{o}", "{t} {d1}{o}", "there is {t} {i0}{o}", "{t} is {i1}{o}"},
    {"{t}{o}{d0}", "画面中{t}{o}{d0}", "{t}{o}{d1}", "有{t}{o}{d0}", "画面中{t}{o}{d1}"}};

static void phrase_of(const ClipFacts *f, Language language, const char *tag, char text[2 * MM_SCENE_PHRASE])
{
    char phrase[MM_SCENE_PHRASE];
    const EventWords *w = &words[language][f->event];
    *text = 0;
    if (*tag == 't') {
        mm_scene_phrase(f->thing, 1, language, text);
    } else if (*tag == 'o' && f->other >= 0) {
        mm_scene_phrase(f->other, 1, language, phrase);
        snprintf(text, 2 * MM_SCENE_PHRASE, language == MM_ENGLISH ? " beside %s" : "在%s旁边", phrase);
    } else if (*tag != 'o') {
        snprintf(text, 2 * MM_SCENE_PHRASE, "%s", (*tag == 'd' ? w->does : w->doing)[tag[1] - '0']);
    }
}

void mm_clip_caption(const ClipFacts *facts, Language language, int k, char text[MM_SCENE_TEXT])
{
    int n = 0;
    text[0] = 0;
    for (const char *s = sentence[language][k]; *s; s++) {
        char put[2 * MM_SCENE_PHRASE] = {*s, 0};
        if (*s == '{') {
            phrase_of(facts, language, s + 1, put);
            s = strchr(s, '}');
        }
        n += snprintf(text + n, (size_t)(MM_SCENE_TEXT - n), "%s", put);
    }
}

/* ---- read back ---- */

/* The thing that is named first behind `from`, of those that begin at the same place the longest; -1: none. *end: where its name ends. */
static int first_thing(const char *from, Language language, const char **end)
{
    int found = -1;
    const char *at = NULL;
    for (int i = 0; i < MM_THINGS; i++) {
        char phrase[MM_SCENE_PHRASE];
        mm_scene_phrase(i, 1, language, phrase);
        const char *here = strstr(from, phrase);
        if (here && (!at || here < at || (here == at && here + strlen(phrase) > *end))) {
            found = i;
            at = here;
            *end = here + strlen(phrase);
        }
    }
    return found;
}

ClipSaid mm_clip_said(const char *text, Language language)
{
    const char *end = text;
    ClipSaid said = {.other = -1, .event = -1};
    said.thing = first_thing(text, language, &end);
    if (said.thing >= 0) {
        said.other = first_thing(end, language, &end);
    }
    for (int e = 0; e < MM_CLIP_EVENTS; e++) {
        const EventWords *w = &words[language][e];
        bool here = strstr(text, w->does[0]) || strstr(text, w->does[1]) || strstr(text, w->doing[0]) ||
                    strstr(text, w->doing[1]);
        if (here) {
            said.event = said.event == -1 ? e : -2;
        }
    }
    said.event = said.event < 0 ? -1 : said.event;
    return said;
}
