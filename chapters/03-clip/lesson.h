/* lesson.h: what a training step of `clip fashion` reads: painted pictures, what is said of them, and to which pictures a text is compared. */
#ifndef CLIP_LESSON_H
#define CLIP_LESSON_H

#include "garments.h"
#include "model.h"

enum { LESSON_SIZE = 32, LESSON_CONTEXT = 20 }; /* pixels of a side; tokens of a text at most */

/* All that may be said in training, as token ids: not the pairs held out. */
typedef struct Lessons {
    const Garments *garments;
    const ClipInput *input;
    int *ids, *length;
} Lessons;

typedef struct Lesson {
    int n, texts;                            /* pictures; texts: the pair of each picture, then kinds and colours alone */
    real *pixels;                            /* (n, 3, size, size), normalised */
    int *kind, *colour;                      /* (n) */
    Said *said;                              /* (texts) */
    int *ids[LANGUAGES], *length[LANGUAGES]; /* (texts, T), (texts) */
    int T[LANGUAGES];
    bool *fits;  /* (texts, n): what is said is true of the picture */
    real *apart; /* (texts, n): added to the logits; minus much where text and picture are not to be compared */
} Lesson;

Tokenizer *lessons_learn_tokens(const Garments *g, Error *err); /* from all that may be said */
bool lessons_make(const Garments *g, const Tokenizer *tok, Lessons *lessons, Error *err);
void lessons_free(Lessons *lessons);

Lesson lesson_new(int pictures, int partial);
void lesson_free(Lesson *b);
/* Fills the lesson of a step, which depends on seed and step alone. lessons->input is set by now. */
void lesson_draw(const Lessons *lessons, uint64_t seed, int step, Lesson *b);

#endif
