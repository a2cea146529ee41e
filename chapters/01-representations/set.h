/* set.h: the emoji as this chapter uses them: pictures to train on and to be asked about, their texts, and the tree above them. */
#ifndef REPRESENTATIONS_SET_H
#define REPRESENTATIONS_SET_H

#include "mm/data.h"

enum { EN, ZH, LANGUAGES };
enum { SUBGROUP, GROUP, LEVELS }; /* from the concept upwards */
enum { PIXELS = 32 };             /* of a side of a picture, as the encoders read it */

/* Tokens without start and end: this chapter's text encoder looks at which words there are, not at their order. */
typedef struct Text {
    int *ids, n;
} Text;

typedef struct Words { /* what may be said of a concept in one language */
    Text name, *tag;
    int tags;
} Words;

/* A level of the tree: its classes, with a text for each, and where each concept belongs. */
typedef struct Level {
    Classes classes[LANGUAGES]; /* in both the same labels in the same order */
    Text *text[LANGUAGES];      /* (classes[EN].n): all names of a class, "art craft" */
    int *of;                    /* (concepts); -1: not in the core set */
} Level;

typedef struct Set {
    EmojiSet emoji;
    bool validate;     /* asked about what options are chosen by, see set_load */
    const char *style; /* the pictures that are asked about are drawn in it */
    Tokenizer *tokenizer;
    Words *words[LANGUAGES]; /* (concepts) */
    Level level[LEVELS];
    int items, *item; /* trained on: places in emoji.at. No test style, no held-out concepts */
    int tests, *test; /* asked about: the pictures of one style, trained and held-out concepts; one a concept */
    uint64_t texts;   /* a number that differs when the texts do, and with them the tokens */
} Set;

extern const char *const language_name[LANGUAGES]; /* "English", "Chinese" */

/* validate: nothing of the test style and of the held-out concepts is there at all; asked about are the pictures of another style, and
 * another tenth of the concepts is held out. */
bool set_load(const char *data, bool validate, Set *s, Error *err);
void set_free(Set *s);
int set_concept(const Set *s, int i); /* of picture emoji.at[i] */
bool set_unseen(const Set *s, int concept);
/* Tokens of a text that a user typed; one that has none is an error. The caller frees ids. */
bool set_encode(const Set *s, const char *text, Text *t, Error *err);
/* A concept by its code, its English or its Chinese name; -1 and an error: there is none in the core set. */
int set_find(const Set *s, const char *name, Error *err);
const char *set_name(const Set *s, int concept, int language);
const char *set_class(const Set *s, int level, int class); /* "food-fruit" */

#endif
