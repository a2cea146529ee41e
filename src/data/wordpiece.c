/* wordpiece.c: BERT's tokeniser. The text is cut into words and punctuation marks (wordpiece_text.c), and a word into the longest
 * tokens of the vocabulary, from left to right; a token that continues a word is written with ## before it:
 *     unaffable  ->  una ##ffa ##ble
 * A word that cannot be made of tokens, or is longer than 100 characters, is [UNK] as a whole. */
#include "data/wordpiece.h"
#include "data/letters.h"
#include "io/memory.h"

/* ---- the vocabulary ---- */

Wordpiece *mm_wordpiece_new(bool lower)
{
    Wordpiece *w = mm_take(1, sizeof *w);
    w->vocab = json_object();
    w->lower = lower;
    return w;
}

void mm_wordpiece_free(Wordpiece *w)
{
    if (w) {
        json_decref(w->vocab);
        free(w->token);
        free(w);
    }
}

int mm_wordpiece_add(Wordpiece *w, const char *token)
{
    if (json_object_get(w->vocab, token)) {
        return -1;
    }
    if (w->n == w->room) {
        w->room = w->room ? 2 * w->room : 1024;
        w->token = mm_take_again(w->token, (size_t)w->room * sizeof *w->token);
    }
    json_object_set_new(w->vocab, token, json_integer(w->n));
    w->token[w->n] = json_object_iter_key(json_object_iter_at(w->vocab, token));
    size_t bytes = strlen(token);
    w->longest = bytes > w->longest ? bytes : w->longest;
    return w->n++;
}

static int find(const Wordpiece *w, const char *token, size_t n)
{
    json_t *id = json_object_getn(w->vocab, token, n);
    return id ? (int)json_integer_value(id) : -1;
}

bool mm_wordpiece_bind(Wordpiece *w, const char *path, Error *err)
{
    static const char *const names[] = {MM_PAD, MM_UNK, MM_CLS, MM_SEP};
    int *const to[] = {&w->pad, &w->unknown, &w->start, &w->end};
    for (int i = 0; i < 4; i++) {
        *to[i] = find(w, names[i], strlen(names[i]));
        if (*to[i] < 0) {
            return mm_error(err, "%s: the token %s is missing", path, names[i]);
        }
    }
    return true;
}

int mm_wordpiece_size(const Wordpiece *w)
{
    return w->n;
}

int mm_wordpiece_find(const Wordpiece *w, const char *token)
{
    return find(w, token, strlen(token));
}

const char *mm_wordpiece_text(const Wordpiece *w, int id)
{
    if (id < 0 || id >= w->n) {
        mm_fail((FailHandler){0}, "token %d of a vocabulary of %d", id, w->n);
    }
    return w->token[id];
}

/* ---- text -> ids ---- */

static size_t characters(const char *word, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += ((unsigned char)word[i] & 0xc0) != 0x80; /* not a byte that continues one */
    }
    return count;
}

/* The longest token that the word begins with, then the longest of ##the ##rest, …; returns how many, of which there are never
 * more than bytes. */
static int encode_word(const Wordpiece *w, const char *word, size_t n, int *ids)
{
    enum { INSIDE = sizeof MM_INSIDE - 1 };
    char text[INSIDE + 4 * MM_WORD_CHARACTERS];
    if (characters(word, n) > MM_WORD_CHARACTERS) {
        ids[0] = w->unknown;
        return 1;
    }
    int count = 0;
    memcpy(text + INSIDE, word, n);
    for (size_t from = 0, to; from < n; from = to) {
        const char *key = text + (from ? from : INSIDE); /* ## takes the place of letters that are done */
        size_t before = from ? INSIDE : 0;
        memcpy(text + from, MM_INSIDE, before);
        to = n - from > w->longest ? from + w->longest : n;
        int id = -1;
        while (to > from && (id = find(w, key, before + to - from)) < 0) {
            to--;
        }
        if (id < 0) {
            ids[0] = w->unknown;
            return 1;
        }
        ids[count++] = id;
    }
    return count;
}

int *mm_wordpiece_encode(const Wordpiece *w, const char *text, int *n, Error *err)
{
    char *basic = mm_basic_tokens(text, w->lower, err);
    if (!basic) {
        return NULL;
    }
    int *ids = mm_take(strlen(basic), sizeof *ids);
    const char *at = basic, *word;
    *n = 0;
    for (size_t size; (size = mm_next_basic(&at, &word)) > 0;) {
        *n += encode_word(w, word, size, ids + *n);
    }
    free(basic);
    return ids;
}

bool mm_wordpiece_tokenize(const Wordpiece *w, const char *text, int context, int *ids, int *length, Error *err)
{
    if (context < 2) {
        mm_fail((FailHandler){0}, "mm_wordpiece_tokenize: a context of %d tokens has no room for start and end", context);
    }
    int n, *words = mm_wordpiece_encode(w, text, &n, err);
    if (!words) {
        return false;
    }
    n = n < context - 2 ? n : context - 2;
    ids[0] = w->start;
    memcpy(ids + 1, words, (size_t)n * sizeof *ids);
    ids[n + 1] = w->end;
    for (int i = n + 2; i < context; i++) {
        ids[i] = w->pad;
    }
    if (length) {
        *length = n + 2;
    }
    free(words);
    return true;
}

/* ---- ids -> text ---- */

static bool begins_with_han(const char *token)
{
    utf8proc_int32_t c;
    utf8proc_iterate((const utf8proc_uint8_t *)token, -1, &c);
    return mm_is_han(c);
}

char *mm_wordpiece_decode(const Wordpiece *w, const int *ids, int n)
{
    char *text = mm_take((size_t)n * (w->longest + 1) + 1, 1), *to = text;
    bool after_han = false;
    for (int i = 0; i < n; i++) {
        const char *token = mm_wordpiece_text(w, ids[i]);
        bool inside = strncmp(token, MM_INSIDE, strlen(MM_INSIDE)) == 0, han = begins_with_han(token);
        if (ids[i] == w->pad || ids[i] == w->start || ids[i] == w->end) {
            continue;
        }
        to = stpcpy(to, to == text || inside || (after_han && han) ? "" : " ");
        to = stpcpy(to, token + (inside ? strlen(MM_INSIDE) : 0));
        after_han = han;
    }
    return text;
}
