/* mm/sentiment.h: what customers say, how they say it and what face they make: texts, voices and faces, each with a feeling.
 *
 * No such data set of whole people may be shipped, so triples are composed of single items: a text, a voice and a face that share a
 * feeling, or, on purpose, do not. Errors of the three are therefore independent, which is the best case for late fusion. */
#ifndef MM_SENTIMENT_H
#define MM_SENTIMENT_H

#include "mm/audio.h"
#include "mm/data.h"

typedef enum Modality { MM_TEXT, MM_VOICE, MM_FACE, MM_MODALITIES } Modality;
extern const char *const mm_modality_name[MM_MODALITIES]; /* "text", "voice", "face" */

/* ---- single items ---- */

typedef struct SentimentItem {
    double valence;   /* -3 .. 3, the scale of CMU-MOSI */
    int label;        /* 1 where valence > 0, else 0 */
    int group;        /* 0 .. groups-1: what may not be on both sides of a split: sentence, voice, or concept of an emoji */
    int fold;         /* 0 .. MM_FOLDS-1, of the whole group */
    const char *name; /* "noto 1F600", "bass 017", the sentence itself */
    const char *text; /* of a text: UTF-8 with at least one word */
    Sound sound;      /* of a voice: at MM_VOICE_RATE */
    Picture picture;  /* of a face: RGBA, MM_FACE_SIDE x MM_FACE_SIDE */
} SentimentItem;

enum { MM_FOLDS = 5, MM_FACE_SIDE = 48 };

typedef struct SentimentList {
    int n, groups;
    SentimentItem *at;
    const char **group; /* (groups): names */
    const char *source; /* where the items come from, for every output: "voices synthesised by this program" */
    bool synthetic;     /* made by a program, not by people */
} SentimentList;

typedef struct Sentiment {
    SentimentList list[MM_MODALITIES];
    bool natural;                   /* triples are from people, not composed: mm_sentiment_table */
    struct SentimentMemory *memory; /* owns strings and pictures */
} Sentiment;

/* What ships: data/sentiment/sentences.tsv, written for this project; data/sentiment/faces.tsv, rated emoji in the seven styles of
 * data/emoji; voices synthesised here from contours of pitch, loudness and speed (mm_synthetic_voice). */
bool mm_sentiment_load(const char *data, Sentiment *s, Error *err);
/* What datasets/fetch amazon hedgewars valence brings: sentences of Amazon's customers; actors' utterances; emoji rated by people or in tweets.
 * Labels are of sign only for texts and voices: their valence is -2 or 2. */
bool mm_sentiment_load_fetched(const char *data, Sentiment *s, Error *err);
void mm_sentiment_free(Sentiment *s);

/* ---- triples ---- */

typedef struct Triple {
    int item[MM_MODALITIES]; /* number in each list; -1: this modality is missing */
    int label;               /* of the pattern */
    double valence;          /* the mean size of the items' valences, with the sign of the label: + where it is 1 */
} Triple;

/* Which labels the items of a triple shall have, and which label the triple then has: a row of a truth table. */
typedef struct TriplePattern {
    int item[MM_MODALITIES]; /* 0, 1; -1: this modality is missing */
    int label;
} TriplePattern;

/* All three agree. */
extern const TriplePattern mm_matched[2];
/* Irony: the words say one thing, voice and face the other, and it is voice and face that mean it. */
extern const TriplePattern mm_irony[2];
/* Is it meant as it is said? 0: all agree; 1: voice and face contradict the words. No modality alone knows, so no sum of their decisions does. */
extern const TriplePattern mm_sincere_or_ironic[4];

/* With the same fold, no voice, no concept and no sentence is on two sides: fold itself is the test, the next one is for validation. */
typedef enum SplitSide {
    MM_TRAIN_SIDE,
    MM_VALIDATION_SIDE,
    MM_TEST_SIDE,
    MM_KNOWN_SIDE, /* train and validation together: for those who leave nothing to choose to a validation */
    MM_NO_SIDE     /* of an item that is left out */
} SplitSide;
SplitSide mm_side(int fold_of_item, int fold);
bool mm_on_side(int fold_of_item, int fold, SplitSide side);
/* Takes the items of this fold out of everything, as if there were none: what is chosen by the others has never seen them. */
void mm_sentiment_leave_out(Sentiment *s, int fold);

/* n triples of items of one side. They take the patterns in turn; what fits is dealt as cards are, shuffled again each time all have been
 * dealt, so each item occurs as often as the next. The same seed gives the same triples. An error names what there is none of. */
bool mm_triples(const Sentiment *s, const TriplePattern *pattern, int patterns, int fold, SplitSide side, int n, uint64_t seed,
                Triple *triple, Error *err);

/* Triples as other people give them: a table (tabs) with a column valence, -3 .. 3, and at least one of text, voice and face, the latter two
 * paths from the table's folder on. A column that is not there, or an empty cell: that modality is missing, and -1 in the triple. A column
 * group, if there is one, names what may not be on two sides: a speaker, a film; otherwise each row is on its own. The caller frees
 * *triple (n), and s as ever; mm_side of the fold of any item says on which side the triple is. */
bool mm_sentiment_table(const char *path, Sentiment *s, Triple **triple, int *n, Error *err);

#endif
