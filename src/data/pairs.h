/* pairs.h: the hash table from a pair of numbers to a number (pairs.c): of two tokens to their merge, of a run of words and one more to the
 * longer run. */
#ifndef MM_PAIRS_H
#define MM_PAIRS_H

#include <stddef.h>

typedef struct Pair {
    int left, right, value;
} Pair;

typedef struct PairTable {
    Pair *at; /* n of them, in the order in which they came */
    int n;
    int *index;  /* hash -> 1 + place in `at`; 0: free */
    size_t size; /* of index, a power of two */
} PairTable;

int *mm_pair_value(PairTable *t, int left, int right, int if_new); /* adds the pair if it is not there */
int mm_pair_find(const PairTable *t, int left, int right);         /* -1: not there */
void mm_pair_free(PairTable *t);

#endif
