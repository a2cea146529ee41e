/* Exercise 22: A merge of byte-pair encoding. README.md beside this file says what is wanted; `./course test 22` judges it. */
#include "exercise.h"

#include "data/tokenizer.h"

/* Every (left, right) in ids becomes result, from left to right; returns how many ids are left. */
/* [bpe] Every pair (left, right) becomes one token, from left to right. */
int mm_merge_pair(int *ids, int n, Merge merge)
{
    NOT_STARTED;
}
