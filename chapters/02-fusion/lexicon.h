/* lexicon.h: what single words say, as people rated them: knowledge about texts that no text of the training brings. */
#ifndef FUSION_LEXICON_H
#define FUSION_LEXICON_H

#include "mm/core.h"
#include "mm/io.h"

enum { LEXICON_SUMS = 2 };

typedef struct Lexicon Lexicon;

/* A table (tabs) of words in lower case and valences, -5 .. 5. NULL: an error, with file and line. The caller frees. */
Lexicon *lexicon_load(const char *path, Error *err);
void lexicon_free(Lexicon *l);
/* sum[0]: of all positive valences in the text, sum[1]: of all negative ones. After "not", "never", "don't" up to three words have the
 * opposite valence; what ends a clause, ends that. */
void lexicon_read(const Lexicon *l, const char *text, real sum[LEXICON_SUMS]);

#endif
