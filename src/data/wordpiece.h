/* wordpiece.h: what the files of BERT's tokeniser share. Private to src/data.
 *
 * wordpiece.c        text -> ids, the vocabulary
 * wordpiece_text.c   text -> words and punctuation (BERT's BasicTokenizer)
 * wordpiece_files.c  vocab.txt, tokenizer_config.json
 * wordpiece_learn.c  texts -> a vocabulary
 * wordpiece_extend.c more words for one */
#ifndef MM_WORDPIECE_H
#define MM_WORDPIECE_H

#include "mm/data.h"

#include <jansson.h>

#define MM_PAD "[PAD]"
#define MM_UNK "[UNK]"
#define MM_CLS "[CLS]"
#define MM_SEP "[SEP]"
#define MM_MASK "[MASK]"
#define MM_INSIDE "##" /* before a token that continues a word */
enum { MM_WORDPIECES_LIMIT = 1 << 20, MM_WORD_CHARACTERS = 100 };

struct Wordpiece {
    json_t *vocab; /* token -> id, which serves as hash table */
    int n, room;
    const char **token;           /* id -> token; the strings live in vocab */
    int pad, unknown, start, end; /* [PAD], [UNK], [CLS], [SEP] */
    size_t longest;               /* bytes of a token */
    bool lower;
};

Wordpiece *mm_wordpiece_new(bool lower);                            /* without a token */
int mm_wordpiece_add(Wordpiece *w, const char *token);              /* the next id; -1: it is there already */
bool mm_wordpiece_bind(Wordpiece *w, const char *path, Error *err); /* finds the four that it cannot do without */

/* "Héllo,wörld" -> "hello , world": words and punctuation marks with a space between; the caller frees. */
char *mm_basic_tokens(const char *text, bool lower, Error *err);
/* The next of them: its size, and 0 after the last. *token is where it begins; *at moves behind it. */
size_t mm_next_basic(const char **at, const char **token);

#endif
