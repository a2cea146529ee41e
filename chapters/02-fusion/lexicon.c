/* lexicon.c: adds up the valences of words. */
#include "lexicon.h"
#include "data/sentiment.h"
#include "io/memory.h"

#include <ctype.h>
#include <string.h>

enum { MOST_LETTERS = 63, REACH = 3 /* words after a negation */ };

typedef struct Rated {
    const char *word; /* in the table */
    double valence;
} Rated;

struct Lexicon {
    Tsv *table;
    Rated *at; /* (n) by word */
    int n;
};

static int by_word(const void *a, const void *b)
{
    return strcmp(((const Rated *)a)->word, ((const Rated *)b)->word);
}

Lexicon *lexicon_load(const char *path, Error *err)
{
    Lexicon *l = mm_take(1, sizeof *l);
    l->table = mm_tsv_read(path, err);
    int word = l->table ? mm_tsv_column(l->table, "word", err) : -1;
    int valence = word >= 0 ? mm_tsv_column(l->table, "valence", err) : -1;
    bool ok = valence >= 0;
    l->n = ok ? mm_tsv_rows(l->table) : 0;
    l->at = mm_take((size_t)l->n + 1, sizeof *l->at);
    for (int i = 0; i < l->n && ok; i++) {
        l->at[i].word = mm_tsv_cell(l->table, i, word);
        ok = mm_sentiment_valence(l->table, i, valence, 5, &l->at[i].valence, err);
    }
    if (!ok) {
        lexicon_free(l);
        return NULL;
    }
    qsort(l->at, (size_t)l->n, sizeof *l->at, by_word);
    return l;
}

void lexicon_free(Lexicon *l)
{
    if (l) {
        mm_tsv_free(l->table);
        free(l->at);
        free(l);
    }
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '\'' || (unsigned char)c >= 0x80;
}

/* The word that begins at text, in lower case and without what does not fit; its length in the text. */
static size_t next_word(const char *text, char word[MOST_LETTERS + 1])
{
    size_t n = 0;
    for (; is_letter(text[n]); n++) {
        if (n < MOST_LETTERS) {
            word[n] = (char)tolower((unsigned char)text[n]);
        }
    }
    word[n < MOST_LETTERS ? n : MOST_LETTERS] = 0;
    return n;
}

static bool negates(const char *word)
{
    static const char *const negation[] = {"not", "no", "never", "nor", "cannot", NULL};
    for (int i = 0; negation[i]; i++) {
        if (strcmp(word, negation[i]) == 0) {
            return true;
        }
    }
    size_t n = strlen(word);
    return n > 3 && strcmp(word + n - 3, "n't") == 0;
}

static double valence_of(const Lexicon *l, const char *word)
{
    const Rated key = {.word = word}, *found = bsearch(&key, l->at, (size_t)l->n, sizeof *l->at, by_word);
    return found ? found->valence : 0;
}

void lexicon_read(const Lexicon *l, const char *text, real sum[LEXICON_SUMS])
{
    int negated = 0; /* how many words more */
    sum[0] = sum[1] = 0;
    while (*text) {
        char word[MOST_LETTERS + 1];
        size_t n = next_word(text, word);
        if (n == 0) {
            negated = strchr(".,;:!?", *text++) ? 0 : negated;
            continue;
        }
        text += n;
        if (negates(word)) {
            negated = REACH;
            continue;
        }
        double valence = valence_of(l, word) * (negated > 0 ? -1 : 1);
        sum[valence < 0] += (real)valence;
        negated -= negated > 0;
    }
}
