/* pairs.c: a hash table from a pair of tokens to a number: a count while merges are learned, a rank when they are used.
 * Open addressing: a pair is entered at its hash or at the next free place after it; at most half of the places are taken. */
#include "data/tokenizer.h"
#include "io/memory.h"

static size_t hash(const PairTable *t, int left, int right)
{
    uint64_t h = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 32) & (t->size - 1);
}

/* The entry of index for the pair: its own, or the free one where it would be. */
static int *look(const PairTable *t, int left, int right)
{
    size_t i = hash(t, left, right);
    for (; t->index[i]; i = (i + 1) & (t->size - 1)) {
        const Pair *p = t->at + t->index[i] - 1;
        if (p->left == left && p->right == right) {
            break;
        }
    }
    return t->index + i;
}

static void grow(PairTable *t)
{
    t->size = t->size ? 2 * t->size : 1024;
    t->at = mm_take_again(t->at, t->size / 2 * sizeof *t->at);
    free(t->index);
    t->index = mm_take(t->size, sizeof *t->index);
    for (int i = 0; i < t->n; i++) {
        *look(t, t->at[i].left, t->at[i].right) = 1 + i;
    }
}

int *mm_pair_value(PairTable *t, int left, int right, int if_new)
{
    if ((size_t)t->n >= t->size / 2) {
        grow(t);
    }
    int *entry = look(t, left, right);
    if (*entry == 0) {
        t->at[t->n] = (Pair){left, right, if_new};
        *entry = ++t->n;
    }
    return &t->at[*entry - 1].value;
}

int mm_pair_find(const PairTable *t, int left, int right)
{
    int entry = t->size ? *look(t, left, right) : 0;
    return entry ? t->at[entry - 1].value : -1;
}

void mm_pair_free(PairTable *t)
{
    free(t->at);
    free(t->index);
    *t = (PairTable){0};
}
