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
    bool plain; /* every picture has a colour with a name */
    int *ids, *length;
} Lessons;

typedef struct Lesson {
    int n, texts;                            /* pictures; texts: one of each picture, then kinds and colours alone */
    real *pixels;                            /* (n, 3, size, size), normalised */
    int *kind, *colour;                      /* (n); colour -1: one without a name, so that only the kind is said … */
    int *looks;                              /* … and the colour whose name would fit best */
    Said *said;                              /* (texts) */
    int *ids[LANGUAGES], *length[LANGUAGES]; /* (texts, T), (texts) */
    int T[LANGUAGES];
    /* What is compared with what, and is true. apart is added to the logits: minus much where a comparison would teach something wrong. */
    bool *text_fits, *picture_fits; /* (texts, n): a text looks for pictures; (n, n): a picture for one of the first n texts */
    real *text_apart, *picture_apart;
} Lesson;

Tokenizer *lessons_learn_tokens(const Garments *g, Error *err); /* from all that may be said */
bool lessons_make(const Garments *g, const Tokenizer *tok, Lessons *lessons, Error *err);
void lessons_free(Lessons *lessons);

Lesson lesson_new(int pictures, int partial);
void lesson_free(Lesson *b);
/* Fills the lesson of a step, which depends on seed and step alone. lessons->input and plain are set by now. */
void lesson_draw(const Lessons *lessons, uint64_t seed, int step, Lesson *b);

#endif
