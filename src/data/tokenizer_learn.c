/* tokenizer_learn.c: which pairs of tokens deserve to be one. Count all neighbours, merge the most frequent pair everywhere, and
 * again, until the vocabulary is full (Sennrich, Haddow, Birch 2016, algorithm 1). */
#include "data/tokenizer_learn.h"
#include "io/memory.h"

void mm_count_word(json_t *counts, const char *word, size_t n)
{
    json_int_t before = json_integer_value(json_object_getn(counts, word, n));
    json_object_setn_new(counts, word, n, json_integer(before + 1));
}

static void count_pairs(PairTable *pairs, const Word *w, int count)
{
    /* region count_pairs */
    for (int i = 0; i + 1 < w->n; i++) {
        *mm_pair_value(pairs, w->ids[i], w->ids[i + 1], 0) += count;
    }
    /* end count_pairs */
}

/* Which of two equally frequent pairs sorts first; not the one that was met first. */
static bool sorts_before(const Joiner *j, const Pair *a, const Pair *b)
{
    int left = strcmp(j->text(j->vocabulary, a->left), j->text(j->vocabulary, b->left));
    return left < 0 || (left == 0 && strcmp(j->text(j->vocabulary, a->right), j->text(j->vocabulary, b->right)) < 0);
}

static const Pair *most_frequent(const Joiner *j, const PairTable *pairs)
{
    const Pair *best = NULL;
    int most = 2;                        /* what occurs once is not worth a token */
    for (int i = 0; i < pairs->n; i++) { /* none: no word has two letters, and pairs->at is NULL */
        const Pair *p = &pairs->at[i];
        if (p->value >= most && (!best || p->value > most || sorts_before(j, p, best))) {
            best = p;
            most = p->value;
        }
    }
    return best;
}

static bool holds_pair(const Word *w, Merge m)
{
    for (int i = 0; i + 1 < w->n; i++) {
        if (w->ids[i] == m.left && w->ids[i + 1] == m.right) {
            return true;
        }
    }
    return false;
}

/* Every merge makes a new token. Two pairs with the same text, ab + cd and a + bcd, cannot both come up: as long as nothing was
 * merged across its ends, the text "abcd" has been through the same merges wherever it stands, so it is in the same pieces. */
void mm_learn_merges(Words *words, const Joiner *j, int most)
{
    PairTable pairs = {0};
    const Pair *best;
    for (int i = 0; i < words->n; i++) {
        count_pairs(&pairs, words->at + i, words->at[i].count);
    }
    for (int k = 0; k < most && (best = most_frequent(j, &pairs)); k++) {
        Merge merge = {best->left, best->right, j->join(j->vocabulary, best->left, best->right)};
        for (int i = 0; i < words->n; i++) { /* only the words that hold the pair get other neighbours */
            Word *w = words->at + i;
            if (holds_pair(w, merge)) {
                count_pairs(&pairs, w, -w->count);
                w->n = mm_merge_pair(w->ids, w->n, merge);
                count_pairs(&pairs, w, w->count);
            }
        }
    }
    mm_pair_free(&pairs);
}

Words mm_words_new(size_t words, size_t tokens)
{
    return (Words){.at = mm_take(words, sizeof(Word)), .ids = mm_take(tokens, sizeof(int))};
}

void mm_words_free(Words *words)
{
    free(words->at);
    free(words->ids);
    *words = (Words){0};
}
