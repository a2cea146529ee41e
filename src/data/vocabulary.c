/* vocabulary.c: the tokens of a tokeniser and its merges.
 *
 * Tokens are kept and written as text, so each byte needs a character that can be seen: its own where Latin-1 has one, and for the
 * other 68 the characters from U+0100 on, in order. A space is written Ġ, the three bytes of 猫 are çĮ«. (GPT-2's bytes_to_unicode.) */
#include "data/tokenizer.h"
#include "io/memory.h"

#include <utf8proc.h>

int mm_character_of_byte(int byte)
{
    if (byte <= ' ') {
        return 256 + byte;
    }
    if (byte >= 127 && byte <= 160) {
        return 256 + 33 + byte - 127;
    }
    return byte == 173 ? 256 + 67 : byte;
}

int mm_byte_of_character(int c)
{
    for (int byte = 0; byte < MM_BYTES; byte++) {
        if (mm_character_of_byte(byte) == c) {
            return byte;
        }
    }
    return -1;
}

static const char *const endings[] = {"", MM_WORD_END};

static void write_byte(int byte, int ending, char text[MM_BYTE_TEXT])
{
    utf8proc_ssize_t n = utf8proc_encode_char(mm_character_of_byte(byte), (utf8proc_uint8_t *)text);
    strcpy(text + n, endings[ending]);
}

/* ---- tokens ---- */

int mm_token_find(const Tokenizer *tok, const char *text)
{
    json_t *id = json_object_get(tok->vocab, text);
    return id ? (int)json_integer_value(id) : -1;
}

int mm_token_add(Tokenizer *tok, const char *text)
{
    if (json_object_get(tok->vocab, text)) {
        return -1;
    }
    if ((tok->n & (tok->n - 1)) == 0) { /* a power of two: the array is full */
        tok->token = mm_take_again(tok->token, (size_t)(tok->n ? 2 * tok->n : 1) * sizeof *tok->token);
    }
    json_object_set_new(tok->vocab, text, json_integer(tok->n));
    tok->token[tok->n] = json_object_iter_key(json_object_iter_at(tok->vocab, text));
    return tok->n++;
}

bool mm_bind_bytes(Tokenizer *tok, char missing[MM_BYTE_TEXT])
{
    for (int byte = 0; byte < MM_BYTES; byte++) {
        write_byte(byte, 0, missing);
        tok->byte[byte] = mm_token_find(tok, missing);
        if (tok->byte[byte] < 0) {
            return false;
        }
        write_byte(byte, 1, missing);
        tok->byte_end[byte] = mm_token_find(tok, missing);
        if (tok->byte_end[byte] < 0) {
            return false;
        }
    }
    return true;
}

/* In the order of their characters: first the bytes that are written as themselves, then the others. */
Tokenizer *mm_tokenizer_of_bytes(void)
{
    Tokenizer *tok = mm_take(1, sizeof *tok);
    tok->vocab = json_object();
    char text[MM_BYTE_TEXT];
    for (int ending = 0; ending < 2; ending++) {
        for (int c = 0; c < 2 * MM_BYTES; c++) {
            int byte = mm_byte_of_character(c);
            if (byte >= 0) {
                write_byte(byte, ending, text);
                mm_token_add(tok, text);
            }
        }
    }
    mm_bind_bytes(tok, text);
    return tok;
}

void mm_token_add_specials(Tokenizer *tok)
{
    tok->start = mm_token_add(tok, MM_START_TEXT);
    tok->end = mm_token_add(tok, MM_END_TEXT);
}

/* ---- merges ---- */

bool mm_merge_add(Tokenizer *tok, Merge merge)
{
    if (mm_pair_find(&tok->rank, merge.left, merge.right) >= 0) {
        return false;
    }
    if ((tok->n_merges & (tok->n_merges - 1)) == 0) {
        tok->merge = mm_take_again(tok->merge, (size_t)(tok->n_merges ? 2 * tok->n_merges : 1) * sizeof *tok->merge);
    }
    mm_pair_value(&tok->rank, merge.left, merge.right, tok->n_merges);
    tok->merge[tok->n_merges++] = merge;
    return true;
}

char *mm_merge_text(const Tokenizer *tok, int left, int right)
{
    size_t n = strlen(tok->token[left]);
    char *text = mm_take(n + strlen(tok->token[right]) + 1, 1);
    memcpy(text, tok->token[left], n);
    strcpy(text + n, tok->token[right]);
    return text;
}

/* ---- the interface ---- */

void mm_tokenizer_free(Tokenizer *tok)
{
    if (tok) {
        json_decref(tok->vocab);
        free(tok->token);
        free(tok->merge);
        mm_pair_free(&tok->rank);
        free(tok);
    }
}

int mm_vocab_size(const Tokenizer *tok)
{
    return tok->n;
}

int mm_token_start(const Tokenizer *tok)
{
    return tok->start;
}

int mm_token_end(const Tokenizer *tok)
{
    return tok->end;
}

const char *mm_token_text(const Tokenizer *tok, int id)
{
    if (id < 0 || id >= tok->n) {
        mm_fail((FailHandler){0}, "token %d of a vocabulary of %d", id, tok->n);
    }
    return tok->token[id];
}
