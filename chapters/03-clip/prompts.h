/* prompts.h: a classifier made of words: the names of classes, put into templates such as "a photo of a {}". */
#ifndef CLIP_PROMPTS_H
#define CLIP_PROMPTS_H

#include "program.h"

/* Every name in every template: (templates, names) texts, those of a template together; the caller frees them and the array. */
char **prompts_fill(const Classes *c, const Templates *t);
/* Their embeddings, rows of length 1: (templates, names, embed); the caller frees. */
real *prompts_embed(const ClipModel *m, const Classes *c, const Templates *t, Error *err);
/* The classifier of templates first .. first + n - 1: (classes, embed), see mm_prompt_ensemble; the caller frees. */
real *prompts_weights(const real *embedding, const Classes *c, int first, int n, int embed);

#endif
