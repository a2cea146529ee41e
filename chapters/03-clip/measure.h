/* measure.h: what a run is measured with while it goes on: pictures that it does not train on, and their texts. */
#ifndef CLIP_MEASURE_H
#define CLIP_MEASURE_H

#include "evaluate.h"
#include "source.h"

typedef struct Measure {
    EmojiTest emoji; /* n = 0: own pictures are measured */
    int n, unreadable;
    Picture *picture; /* (n), as small as the model reads them */
    int *label;       /* (n): 0, 1, … */
    int languages, texts[LANGUAGES], *text_label[LANGUAGES];
    const char **text[LANGUAGES]; /* all captions of all pictures */
} Measure;

enum { MOST_MEASURED = 1000 }; /* own pictures */

Measure measure_new(const Source *s, const ClipConfig *config, bool unseen);
void measure_free(Measure *m);
/* R@K both ways: among the texts any caption of the picture is right. */
bool measure_run(const Measure *m, const Clip *clip, const Tokenizer *tok, Retrieval *r, Error *err);

#endif
