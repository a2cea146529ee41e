/* pairs.c: a hash table from a pair of tokens to a number: a count while merges are learned, a rank when they are used.
 * Open addressing: a pair lies at its hash or in the next free slot after it; at most half of the slots are used. */
#include "data/tokenizer.h"
#include "io/memory.h"

static size_t hash(const PairTable *t, int left, int right)
{
    uint64_t h = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 32) & (t->size - 1);
}

/* The slot of the pair, or the free one where it would be. */
static PairSlot *look(const PairTable *t, int left, int right)
{
    size_t i = hash(t, left, right);
    while (t->slot[i].left >= 0 && (t->slot[i].left != left || t->slot[i].right != right)) {
        i = (i + 1) & (t->size - 1);
    }
    return t->slot + i;
}

static void grow(PairTable *t)
{
    PairTable old = *t;
    t->size = old.size ? 2 * old.size : 1024;
    t->slot = mm_take(t->size, sizeof *t->slot);
    for (size_t i = 0; i < t->size; i++) {
        t->slot[i].left = -1;
    }
    for (size_t i = 0; i < old.size; i++) {
        if (old.slot[i].left >= 0) {
            *look(t, old.slot[i].left, old.slot[i].right) = old.slot[i];
        }
    }
    free(old.slot);
}

int *mm_pair_value(PairTable *t, int left, int right, int if_new)
{
    if (2 * t->used >= t->size) {
        grow(t);
    }
    PairSlot *s = look(t, left, right);
    if (s->left < 0) {
        *s = (PairSlot){left, right, if_new};
        t->used++;
    }
    return &s->value;
}

int mm_pair_find(const PairTable *t, int left, int right)
{
    if (t->size == 0) {
        return -1;
    }
    const PairSlot *s = look(t, left, right);
    return s->left < 0 ? -1 : s->value;
}

void mm_pair_free(PairTable *t)
{
    free(t->slot);
    *t = (PairTable){0};
}
