/* tokenizer.h: what the files of the tokeniser share. Private to src/data.
 *
 * tokenizer.c        text -> ids -> text
 * bpe.c              merges the tokens of a word
 * tokenizer_text.c   text -> words: Unicode, lower case, CLIP's pattern
 * unescape.c         "&amp;" in a text
 * letters.c          what a character is
 * tokenizer_learn.c  which pairs of tokens deserve to be one
 * bpe_learn.c        texts -> merges
 * tokenizer_files.c  vocab.json and merges.txt
 * vocabulary.c       the tokens, the bytes among them, the merges
 * pairs.c            the hash table from a pair of tokens to a number */
#ifndef MM_TOKENIZER_H
#define MM_TOKENIZER_H

#include "data/pairs.h"
#include "mm/data.h"

#include <jansson.h>

/* ---- vocabulary.c ---- */

#define MM_WORD_END "</w>"
#define MM_START_TEXT "<|startoftext|>"
#define MM_END_TEXT "<|endoftext|>"
enum { MM_BYTES = 256, MM_FIXED_TOKENS = 2 * MM_BYTES + 2, MM_VOCAB_LIMIT = 1 << 20, MM_BYTE_TEXT = 16 };

typedef struct Merge {
    int left, right, result;
} Merge;

struct Tokenizer {
    json_t *vocab;          /* token -> id: vocab.json itself, which serves as hash table */
    int n;                  /* number of tokens */
    const char **token;     /* id -> token; the strings live in vocab */
    int byte[MM_BYTES];     /* ids of the bytes, */
    int byte_end[MM_BYTES]; /* and of the same bytes at the end of a word */
    int start, end;
    Merge *merge; /* the rank of a merge is its place here */
    int n_merges;
    PairTable rank; /* (left, right) -> rank */
    bool split_han;
};

int mm_character_of_byte(int byte);
int mm_byte_of_character(int c); /* -1: it stands for none */

int mm_token_find(const Tokenizer *tok, const char *text); /* -1: not there */
int mm_token_add(Tokenizer *tok, const char *text);        /* the next id; -1: it is there already */
Tokenizer *mm_tokenizer_of_bytes(void);                    /* ids 0 .. 511 and no merges */
void mm_token_add_specials(Tokenizer *tok);                /* the last two */
/* Fills byte and byte_end by looking them up; a token that is not there is copied to `missing`. */
bool mm_bind_bytes(Tokenizer *tok, char missing[MM_BYTE_TEXT]);

bool mm_merge_add(Tokenizer *tok, Merge merge);                 /* false: there already */
char *mm_merge_text(const Tokenizer *tok, int left, int right); /* left and right joined; the caller frees */

/* ---- tokenizer.c ---- */

int mm_word_bytes(const Tokenizer *tok, const char *word, size_t n, int *ids); /* one id a byte; returns n */
/* Every (left, right) in ids becomes result, from left to right; returns how many ids are left. */
int mm_merge_pair(int *ids, int n, Merge merge);

/* ---- bpe.c ---- */

typedef struct Merging Merging; /* memory for the work on one word after the other */
Merging *mm_merging_new(size_t longest);
void mm_merging_free(Merging *m);
int mm_merge_word(const Tokenizer *tok, Merging *m, int *ids, int n); /* in place; returns how many ids are left */

/* ---- unescape.c ---- */

char *mm_unescape(const char *text); /* "&lt;" -> "<"; the caller frees */

/* ---- tokenizer_text.c ---- */

/* Unescaped twice, NFC, lower case, single spaces, and where split_han says so spaces around Chinese characters; the caller frees */
char *mm_clean_text(const char *text, bool split_han, Error *err);
/* The next word of a clean text: its size, and 0 after the last. *word is where it begins; *at moves behind it. */
size_t mm_next_word(const char **at, const char **word);
bool mm_is_special(const char *word, size_t n); /* <|startoftext|> or <|endoftext|> */

#endif
