/* tokenizer_learn.c: which pairs of tokens deserve to be one. Count all neighbours, merge the most frequent pair everywhere, and
 * again, until the vocabulary is full (Sennrich, Haddow, Birch 2016, algorithm 1). */
#include "data/tokenizer.h"
#include "io/memory.h"

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

/* word -> how often, in the order of first appearance. */
static json_t *count_words(const char *const *texts, int n, bool split_han, Error *err)
{
    json_t *counts = json_object();
    for (int i = 0; i < n; i++) {
        Error why;
        char *clean = mm_clean_text(texts[i], split_han, &why);
        if (!clean) {
            mm_error(err, "text %d of %d: %s", i + 1, n, why.text);
            json_decref(counts);
            return NULL;
        }
        const char *at = clean, *word;
        for (size_t size; (size = mm_next_word(&at, &word)) > 0;) {
            if (!mm_is_special(word, size)) {
                char *key = mm_copy_text(word, size);
                json_object_set_new(counts, key, json_integer(1 + json_integer_value(json_object_get(counts, key))));
                free(key);
            }
        }
        free(clean);
    }
    return counts;
}

static Words split_words(const Tokenizer *tok, json_t *counts)
{
    const char *key;
    json_t *count;
    size_t bytes = 0;
    json_object_foreach(counts, key, count)
    {
        bytes += strlen(key);
    }
    size_t n = json_object_size(counts);
    Words words = {.at = mm_take(n, sizeof(Word)), .ids = mm_take(bytes, sizeof(int))};
    int *ids = words.ids;
    json_object_foreach(counts, key, count)
    {
        Word *w = words.at + words.n++;
        *w = (Word){.ids = ids, .count = (int)json_integer_value(count)};
        w->n = mm_word_bytes(tok, key, strlen(key), ids);
        ids += w->n;
    }
    return words;
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
static bool sorts_before(const Tokenizer *tok, const Pair *a, const Pair *b)
{
    int left = strcmp(tok->token[a->left], tok->token[b->left]);
    return left < 0 || (left == 0 && strcmp(tok->token[a->right], tok->token[b->right]) < 0);
}

static const Pair *most_frequent(const Tokenizer *tok, const PairTable *pairs)
{
    const Pair *best = NULL;
    int most = 2; /* what occurs once is not worth a token */
    for (const Pair *p = pairs->at; p < pairs->at + pairs->n; p++) {
        if (p->value >= most && (!best || p->value > most || sorts_before(tok, p, best))) {
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
static Merge new_merge(Tokenizer *tok, const Pair *pair)
{
    char *text = mm_merge_text(tok, pair->left, pair->right);
    Merge merge = {pair->left, pair->right, mm_token_add(tok, text)};
    free(text);
    mm_merge_add(tok, merge);
    return merge;
}

static void learn_merges(Tokenizer *tok, Words *words, int vocab_size)
{
    PairTable pairs = {0};
    for (int i = 0; i < words->n; i++) {
        count_pairs(&pairs, words->at + i, words->at[i].count);
    }
    while (tok->n < vocab_size - 2) {
        const Pair *best = most_frequent(tok, &pairs);
        if (!best) {
            break;
        }
        Merge merge = new_merge(tok, best);
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

Tokenizer *mm_tokenizer_learn(const char *const *texts, int n, int vocab_size, bool split_han, Error *err)
{
    if (vocab_size < MM_FIXED_TOKENS || vocab_size > MM_VOCAB_LIMIT) {
        mm_error(err, "a vocabulary of %d tokens; it must be %d (bytes, start and end) to %d", vocab_size, MM_FIXED_TOKENS,
                 MM_VOCAB_LIMIT);
        return NULL;
    }
    json_t *counts = count_words(texts, n, split_han, err);
    if (!counts) {
        return NULL;
    }
    Tokenizer *tok = mm_tokenizer_of_bytes();
    tok->split_han = split_han;
    Words words = split_words(tok, counts);
    learn_merges(tok, &words, vocab_size);
    mm_token_add_specials(tok);
    free(words.at);
    free(words.ids);
    json_decref(counts);
    return tok;
}
