/* tokenizer_learn.h: what learning a vocabulary is, whatever its tokens are made of (tokenizer_learn.c): bytes for CLIP's tokeniser
 * (bpe_learn.c), characters for BERT's (wordpiece_learn.c). Private to src/data. */
#ifndef MM_TOKENIZER_LEARN_H
#define MM_TOKENIZER_LEARN_H

#include "data/tokenizer.h"

/* region word */
/* A word of the texts, as far as it is merged by now. Equal words are merged once and counted `count` times. */
typedef struct Word {
    int *ids;
    int n, count;
} Word;
/* end word */

typedef struct Words {
    Word *at;
    int n;
    int *ids; /* of all words */
} Words;

Words mm_words_new(size_t words, size_t tokens);
void mm_words_free(Words *words);

void mm_count_word(json_t *counts, const char *word, size_t n); /* word -> how often, in the order of first appearance */

/* The vocabulary that grows. */
typedef struct Joiner {
    void *vocabulary;
    const char *(*text)(const void *vocabulary, int id);
    int (*join)(void *vocabulary, int left, int right); /* adds a token made of two; returns its id */
} Joiner;

/* At most so many merges, the most frequent pair first, until no pair occurs twice. Equal counts: the pair whose left token, then whose
 * right one sorts first. */
void mm_learn_merges(Words *words, const Joiner *j, int most);

#endif
