/* Exercise 21: Counting pairs for byte-pair encoding. README.md beside this file says what is wanted; `./course test 21` judges it. */
#include "exercise.h"

#include "data/tokenizer.h"

/* A word of the texts, as far as it is merged by now. Equal words are merged once and counted `count` times. */
typedef struct Word {
    int *ids;
    int n, count;
} Word;

/* Adds count to the number of each pair of neighbours in the word. */
void count_pairs(PairTable *pairs, const Word *w, int count)
{
    NOT_STARTED;
}
