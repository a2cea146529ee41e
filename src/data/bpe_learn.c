/* bpe_learn.c: the merges of CLIP's tokeniser, learned from texts: a word is first its bytes. */
#include "data/tokenizer_learn.h"
#include "io/memory.h"

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
                mm_count_word(counts, word, size);
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
    Words words = mm_words_new(json_object_size(counts), bytes);
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

static const char *token_text(const void *vocabulary, int id)
{
    return ((const Tokenizer *)vocabulary)->token[id];
}

static int join(void *vocabulary, int left, int right)
{
    Tokenizer *tok = vocabulary;
    char *text = mm_merge_text(tok, left, right);
    Merge merge = {left, right, mm_token_add(tok, text)};
    free(text);
    mm_merge_add(tok, merge);
    return merge.result;
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
    const Joiner joiner = {tok, token_text, join};
    mm_learn_merges(&words, &joiner, vocab_size - MM_FIXED_TOKENS);
    mm_token_add_specials(tok);
    mm_words_free(&words);
    json_decref(counts);
    return tok;
}
