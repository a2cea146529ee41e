/* tokenizer.c: byte-pair encoding (Sennrich, Haddow, Birch 2016) over bytes, in CLIP's form.
 *
 * A word starts as its bytes, so nothing is ever unknown. Then neighbours that were often together in the text the merges were
 * learned on become one token, the most frequent pair first, until no two neighbours have a merge:
 *     c a t</w>  ->  c at</w>  ->  cat</w>
 * The last byte of a word is another token than the same byte inside it, so "cat</w>" is the word and "cat" the start of a longer
 * one ("cat tle</w>"), and spaces need no tokens. */
#include "data/tokenizer.h"
#include "io/memory.h"

#include <utf8proc.h>

/* ---- text -> ids ---- */

int mm_word_bytes(const Tokenizer *tok, const char *word, size_t n, int *ids)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)word[i];
        ids[i] = i + 1 < n ? tok->byte[byte] : tok->byte_end[byte];
    }
    return (int)n;
}

/* [bpe] Every pair (left, right) becomes one token, from left to right. */
int mm_merge_pair(int *ids, int n, Merge merge)
{
    /* region merge_pair */
    int kept = 0;
    for (int i = 0; i < n; kept++) {
        if (i + 1 < n && ids[i] == merge.left && ids[i + 1] == merge.right) {
            ids[kept] = merge.result;
            i += 2;
        } else {
            ids[kept] = ids[i];
            i += 1;
        }
    }
    return kept;
    /* end merge_pair */
}

int *mm_encode(const Tokenizer *tok, const char *text, int *n, Error *err)
{
    char *clean = mm_clean_text(text, tok->split_han, err);
    if (!clean) {
        return NULL;
    }
    size_t most = strlen(clean); /* never more tokens than bytes */
    int *ids = mm_take(most, sizeof *ids);
    Merging *merging = mm_merging_new(most);
    *n = 0;
    const char *at = clean, *word;
    for (size_t size; (size = mm_next_word(&at, &word)) > 0;) {
        if (mm_is_special(word, size)) {
            ids[(*n)++] = word[2] == 's' ? tok->start : tok->end;
        } else {
            *n += mm_merge_word(tok, merging, ids + *n, mm_word_bytes(tok, word, size, ids + *n));
        }
    }
    mm_merging_free(merging);
    free(clean);
    return ids;
}

bool mm_tokenize(const Tokenizer *tok, const char *text, int context, int *ids, int *length, Error *err)
{
    if (context < 2) {
        mm_fail((FailHandler){0}, "mm_tokenize: a context of %d tokens has no room for start and end", context);
    }
    int n, *words = mm_encode(tok, text, &n, err);
    if (!words) {
        return false;
    }
    n = n < context - 2 ? n : context - 2;
    memset(ids, 0, (size_t)context * sizeof *ids);
    ids[0] = tok->start;
    memcpy(ids + 1, words, (size_t)n * sizeof *ids);
    ids[n + 1] = tok->end;
    if (length) {
        *length = n + 2;
    }
    free(words);
    return true;
}

/* ---- ids -> text ---- */

/* The bytes of a token, and a space where it ends a word; returns how many. */
static size_t token_bytes(const char *token, char *to)
{
    size_t n = strlen(token), ending = strlen(MM_WORD_END), size = 0;
    bool ends = n > ending && strcmp(token + n - ending, MM_WORD_END) == 0;
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)token, *stop = at + (ends ? n - ending : n);
    while (at < stop) {
        utf8proc_int32_t c;
        at += utf8proc_iterate(at, stop - at, &c);
        int byte = mm_byte_of_character(c);
        if (byte >= 0) {
            to[size++] = (char)byte;
        }
    }
    if (ends) {
        to[size++] = ' ';
    }
    return size;
}

/* Ids need not be whole characters: a text may be cut anywhere, a model may invent anything. */
static char *repair(const char *bytes, size_t n)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    char *text = mm_take(3 * n + 1, 1), *to = text;
    while (n > 0) {
        size_t good = mm_utf8_invalid(bytes, n);
        memcpy(to, bytes, good);
        to += good;
        if (good < n) {
            memcpy(to, replacement, 3);
            to += 3;
            good++;
        }
        bytes += good;
        n -= good;
    }
    return text;
}

char *mm_decode(const Tokenizer *tok, const int *ids, int n)
{
    size_t room = 1;
    for (int i = 0; i < n; i++) {
        room += strlen(mm_token_text(tok, ids[i])) + 1;
    }
    char *bytes = mm_take(room, 1);
    size_t size = 0;
    for (int i = 0; i < n; i++) {
        if (ids[i] != tok->start && ids[i] != tok->end) {
            size += token_bytes(tok->token[ids[i]], bytes + size);
        }
    }
    if (size > 0 && bytes[size - 1] == ' ') {
        size--;
    }
    char *text = repair(bytes, size);
    free(bytes);
    return text;
}
