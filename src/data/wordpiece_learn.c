/* wordpiece_learn.c: a vocabulary for BERT's tokeniser from texts. Its tokens are characters at first, c and ##c being two, and then
 * what the most frequent neighbours make together, as in byte-pair encoding. (Google's learner, never published, weighs a pair by what
 * it adds to the likelihood of the texts; Hugging Face's learns by frequency, as here.) */
#include "data/tokenizer_learn.h"
#include "data/wordpiece.h"
#include "io/memory.h"

#include <utf8proc.h>

static json_t *count_words(const char *const *texts, int n, bool lower, Error *err)
{
    json_t *counts = json_object();
    for (int i = 0; i < n; i++) {
        Error why;
        char *basic = mm_basic_tokens(texts[i], lower, &why);
        if (!basic) {
            mm_error(err, "text %d of %d: %s", i + 1, n, why.text);
            json_decref(counts);
            return NULL;
        }
        const char *at = basic, *word;
        for (size_t size; (size = mm_next_basic(&at, &word)) > 0;) {
            mm_count_word(counts, word, size);
        }
        free(basic);
    }
    return counts;
}

/* ---- characters ---- */

enum { PIECE = sizeof MM_INSIDE + 4 };

/* The character at *at as a token: "c" at the start of a word, "##c" inside; *at moves behind it. */
static void take_character(const char *word, const char **at, char piece[PIECE])
{
    size_t before = *at > word ? strlen(MM_INSIDE) : 0, size = (size_t)utf8proc_utf8class[(unsigned char)**at];
    memcpy(piece, MM_INSIDE, before);
    memcpy(piece + before, *at, size);
    piece[before + size] = 0;
    *at += size;
}

typedef struct Character {
    const char *piece;
    json_int_t count;
} Character;

static int by_count(const void *a, const void *b)
{
    const Character *p = a, *q = b;
    return p->count != q->count ? (p->count < q->count) - (p->count > q->count) : strcmp(p->piece, q->piece);
}

/* The most frequent ones, as many as fit. */
static void add_characters(Wordpiece *w, json_t *words, int vocab_size)
{
    const char *word;
    json_t *count, *pieces = json_object();
    json_object_foreach(words, word, count)
    {
        char piece[PIECE];
        for (const char *at = word; *at;) {
            take_character(word, &at, piece);
            json_int_t before = json_integer_value(json_object_get(pieces, piece));
            json_object_set_new(pieces, piece, json_integer(before + json_integer_value(count)));
        }
    }
    size_t n = 0, all = json_object_size(pieces);
    Character *c = mm_take(all, sizeof *c);
    json_object_foreach(pieces, word, count)
    {
        c[n++] = (Character){word, json_integer_value(count)};
    }
    qsort(c, n, sizeof *c, by_count);
    for (size_t i = 0; i < n && w->n < vocab_size; i++) {
        mm_wordpiece_add(w, c[i].piece);
    }
    free(c);
    json_decref(pieces);
}

/* ---- words ---- */

/* How many ids the word has; 0: a character of it did not fit into the vocabulary. */
static int word_ids(const Wordpiece *w, const char *word, int *ids)
{
    int n = 0;
    char piece[PIECE];
    for (const char *at = word; *at; n++) {
        take_character(word, &at, piece);
        ids[n] = mm_wordpiece_find(w, piece);
        if (ids[n] < 0) {
            return 0;
        }
    }
    return n;
}

static Words split_words(const Wordpiece *w, json_t *counts)
{
    const char *word;
    json_t *count;
    size_t bytes = 0;
    json_object_foreach(counts, word, count)
    {
        bytes += strlen(word);
    }
    Words words = mm_words_new(json_object_size(counts), bytes);
    int *ids = words.ids;
    json_object_foreach(counts, word, count)
    {
        Word *to = words.at + words.n++;
        *to = (Word){.ids = ids, .n = word_ids(w, word, ids), .count = (int)json_integer_value(count)};
        ids += to->n;
    }
    return words;
}

static const char *token_text(const void *vocabulary, int id)
{
    return ((const Wordpiece *)vocabulary)->token[id];
}

/* "##ab" and "##c" are "##abc"; the right one always continues. */
static int join(void *vocabulary, int left, int right)
{
    Wordpiece *w = vocabulary;
    const char *a = w->token[left], *b = w->token[right] + strlen(MM_INSIDE);
    char *text = mm_take(strlen(a) + strlen(b) + 1, 1);
    strcat(strcpy(text, a), b);
    int id = mm_wordpiece_add(w, text);
    free(text);
    return id;
}

Wordpiece *mm_wordpiece_learn(const char *const *texts, int n, int vocab_size, bool lower, Error *err)
{
    static const char *const special[] = {MM_PAD, MM_UNK, MM_CLS, MM_SEP, MM_MASK};
    enum { SPECIAL = sizeof special / sizeof *special };
    if (vocab_size < SPECIAL || vocab_size > MM_WORDPIECES_LIMIT) {
        mm_error(err, "a vocabulary of %d tokens; it must be %d to %d", vocab_size, SPECIAL, MM_WORDPIECES_LIMIT);
        return NULL;
    }
    json_t *counts = count_words(texts, n, lower, err);
    if (!counts) {
        return NULL;
    }
    Wordpiece *w = mm_wordpiece_new(lower);
    for (int i = 0; i < SPECIAL; i++) {
        mm_wordpiece_add(w, special[i]);
    }
    mm_wordpiece_bind(w, "", err);
    add_characters(w, counts, vocab_size);
    Words words = split_words(w, counts);
    const Joiner joiner = {w, token_text, join};
    mm_learn_merges(&words, &joiner, vocab_size - w->n);
    mm_words_free(&words);
    json_decref(counts);
    return w;
}
