/* source.h: what a run trains on, and what it is measured with. */
#ifndef CLIP_SOURCE_H
#define CLIP_SOURCE_H

#include "evaluate.h"

typedef struct Source {
    EmojiSet emoji;
    int *item, items; /* indices into emoji.at: the training pictures */
    TestSet test;
    Captions captions;
} Source;

/* The shipped emoji of all styles but one. unseen: also without a tenth of the concepts, which are then what is tested. */
bool source_load(const char *data, bool unseen, Source *s, Error *err);
/* A tokeniser for its texts. */
Tokenizer *source_learn_tokens(const Source *s, int vocab, Error *err);
bool source_tokenize(Source *s, const Tokenizer *tok, Error *err); /* before a batch is filled */
void source_free(Source *s);

#endif
