/* source.h: what a run trains on: pictures, and what may be said of each. Two kinds: the shipped emoji, and own pictures with
 * captions. */
#ifndef CLIP_SOURCE_H
#define CLIP_SOURCE_H

#include "captions.h"

/* The texts of a batch of emoji: the name of each picture's concept, and some texts of tags: "red", "fruit red". */
typedef struct CaptionMix {
    int tag_texts;  /* how many a batch has: at most one a picture */
    int most_tags;  /* in one of them */
    double article; /* probability of "a" before a caption, 一个 in Chinese: people search for "a red fruit" */
} CaptionMix;

typedef struct Source Source;

/* A text that is drawn for a batch. Texts 0 .. n-1 are the captions of its pictures, further ones are of the source's choice. */
typedef struct TextDraw {
    const CaptionMix *mix;
    const int *item; /* (n): the pictures of the batch */
    int n, i;        /* which text it is */
    int language, context;
    Rng rng;
    /* what is drawn: */
    int *ids, length; /* (context): start, text, end */
    bool *fits;       /* (n): it is true of the picture: "cat" of every cat */
    bool *own;        /* (n): it is the picture's own caption; fits where i >= n */
} TextDraw;

typedef struct SourceKind {
    bool more_texts; /* than one a picture: CaptionMix.tag_texts counts */
    /* What the picture is of: see BatchPlan.by_concept. NULL: there is no such thing. */
    int (*concept)(const Source *s, int item);
    /* The picture as it is drawn for a view of size x size pixels, RGBA. The caller frees. */
    bool (*picture)(const Source *s, int item, int size, Rng rng, Picture *p, Error *err);
    bool (*text)(const Source *s, TextDraw *d, Error *err);
} SourceKind;

struct Source {
    const SourceKind *kind;
    int items, concepts, languages; /* training pictures; what `concept` counts to; languages of the texts: 1 or LANGUAGES */
    const Tokenizer *tokenizer;
    int *item; /* (items): their places in the set */
    /* the emoji */
    EmojiSet emoji;
    Captions captions;
    /* own pictures: a set for each language, and where in it an item is */
    CaptionSet set[LANGUAGES];
    int *place[LANGUAGES]; /* (items) */
    bool *unreadable;      /* (items): found out when they were to be drawn */
    Error *first_unreadable;
    /* what is kept for the test: a set of its own, or part of set[EN] */
    CaptionSet own_test;
    const CaptionSet *test_set;
    int tests, *test[LANGUAGES]; /* (tests): places in test_set, and in set[ZH] or -1 */
};

/* Where own pictures are. */
typedef struct OwnPictures {
    CaptionFile captions, chinese, test; /* path NULL: there is none */
} OwnPictures;

/* The emoji of all styles but one. unseen: without a tenth of the concepts. */
bool source_emoji(const char *data, EmojiMore more, bool unseen, Source *s, Error *err);
/* Pictures with captions. Kept for the test: those of the file `test`; or, where the captions name splits, "test" or, if there is
 * none, "val"; or a tenth, by the names of the files. */
bool source_own(const OwnPictures *own, Source *s, Error *err);
/* A tokeniser for its texts. */
Tokenizer *source_learn_tokens(const Source *s, int vocab, Error *err);
bool source_tokenize(Source *s, const Tokenizer *tok, Error *err); /* before a text is drawn */
void source_free(Source *s);
/* How many pictures could not be read so far. */
int source_unreadable(const Source *s);

/* Calls kind->picture; if that picture cannot be read, it is marked, and another is taken at random, which *item then is. */
bool source_picture(const Source *s, int *item, int size, Rng rng, Picture *p, Error *err);

extern const SourceKind source_of_emoji, source_of_own;

#endif
