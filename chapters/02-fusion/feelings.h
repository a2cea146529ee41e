/* feelings.h: the sentiment task: texts as tokens, voices as frames, faces as pixels, split by sentence, voice and concept together. */
#ifndef FUSION_FEELINGS_H
#define FUSION_FEELINGS_H

#include "lexicon.h"
#include "mm/program.h"
#include "task.h"

/* Which texts, voices and faces. */
typedef enum DataSet { DATA_SHIPPED, DATA_REAL, DATA_SETS } DataSet;
extern const char *const data_set_name[];

/* What can be worked out before anything is split. */
typedef struct Feelings {
    Sentiment s;
    Triple *own; /* triples of people, of a table (n_own); NULL: they are composed */
    int n_own;
    real *rated;   /* (texts, LEXICON_SUMS): what a lexicon says of their words; NULL: there is none for them */
    real **frames; /* of each voice (T, MM_VOICE_FRAME) */
    int *T;
    real *summary;    /* (voices, MM_VOICE_SUMMARY) */
    real *pixels;     /* of all faces (n, 3, FACE_SIDE, FACE_SIDE), 0 .. 1 on white */
    char source[512]; /* one line that says where texts, voices and faces come from, and what of it is synthetic */
} Feelings;

enum { FACE_SIDE = 32, MOST_TOKENS = 40, POOLED = 9, MOST_FRAMES = 40 /* pooled: 3.6 seconds */ };

/* table: a table of triples, or NULL: `set` decides. */
bool feelings_load(const char *data, DataSet set, const char *table, Feelings *f, Error *err);
void feelings_free(Feelings *f);

/* One way to split: what depends on what is trained on. */
typedef struct Fold {
    const Feelings *f;
    int fold;
    int words;          /* that occur in what is trained on; their ids are 1 .. words, and 0 is a text without any of them */
    int **ids, *length; /* of each text */
    real rated_scale;   /* of Feelings.rated */
    real face_mean, face_scale;
} Fold;

bool fold_new(const Feelings *f, int fold, Fold *to, Error *err);
void fold_free(Fold *fold);

/* What is asked of the triples. */
typedef struct Question {
    const Fold *fold;
    const TriplePattern *pattern;
    int patterns;
    bool graded;
    const char *name, *yes, *no;
} Question;

Question question_sentiment(const Fold *fold); /* is it positive? All three agree */
Question question_irony(const Fold *fold);     /* do voice and face contradict the words? */
Task question_task(const Question *q);         /* q must outlive it */

#endif
