/* captions.h: what can be said of a concept in two languages, as token ids, and of which other concepts it is true. */
#ifndef CLIP_CAPTIONS_H
#define CLIP_CAPTIONS_H

#include "mm/data.h"

enum { EN, ZH, LANGUAGES };
extern const char *const language_name[LANGUAGES];     /* "English", "Chinese" */
extern const char *const language_code[LANGUAGES + 1]; /* "en", "zh", NULL */

/* A name or a tag. */
typedef struct Phrase {
    int *ids, n;
    int named; /* the concept whose name this is, if there is one; otherwise -1 */
} Phrase;

typedef struct Captions {
    Phrase *name; /* (concepts, LANGUAGES) */
    Phrase **tag; /* (concepts, LANGUAGES): a list each … */
    int *tags;    /* … and its length */
    Phrase article[LANGUAGES];
    int concepts, start, end;
} Captions;

/* All names and tags as texts: what the tokeniser learns from. n is set; the caller frees the array and each text. */
char **captions_texts(const Concepts *concepts, int *n);
bool captions_make(const Concepts *concepts, const Tokenizer *tok, Captions *captions, Error *err);
void captions_free(Captions *captions);

/* Whether a phrase of a language may be said of a concept. A tag: if the concept carries it. The name of a concept: of this concept,
 * and of all that carry the name as a tag, in whichever language: a kissing cat has the English tag "cat", so it is 猫 too. */
bool captions_true(const Captions *captions, const Phrase *phrase, int language, int concept);

#endif
