/* evaluate.h: how well pictures of a style never trained on find their names, and names their pictures. */
#ifndef CLIP_EVALUATE_H
#define CLIP_EVALUATE_H

#include "captions.h"
#include "program.h"

typedef struct Retrieval {
    Recall to_text[LANGUAGES], to_image[LANGUAGES];
} Retrieval;

/* The test's names in a language. */
const char **test_names(const EmojiTest *t, int language);
/* Both directions of a language; the caller owns it. */
struct json_t *retrieval_json(const Retrieval *r, int language);
/* tagged: the concepts, whose tags are to count beside their names; NULL: names alone. */
bool evaluate(const Clip *clip, const Tokenizer *tok, const EmojiTest *test, const Concepts *tagged, Retrieval *r, Error *err);

/* eval_captions.c: Recall@K on pictures with several captions each. */
typedef struct CaptionsEval {
    CaptionFile file;
    const char *split; /* only pictures of this split; NULL: all */
    int most, folds; /* captions of a picture that count; parts into which the pictures are cut, figures being means over them */
} CaptionsEval;
bool eval_captions(const Common *common, const CaptionsEval *what, Error *err);

#endif
