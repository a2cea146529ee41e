/* How alike two captions are. */
#include "63.h"
#include "check.h"

#include <stdlib.h>

enum { MOST = 12, IDS = 64 };

/* Sentences of single letters. An n-gram's number: of one letter a 0, b 1, …; of several, in order of appearance. */
typedef struct Book {
    char gram[IDS][LONGEST + 1];
    int n;
} Book;

static int number(Book *b, const char *text, int n)
{
    for (int i = 0; i < b->n; i++) {
        if ((int)strlen(b->gram[i]) == n && strncmp(b->gram[i], text, (size_t)n) == 0) {
            return i;
        }
    }
    if (b->n == IDS) {
        broken_test("too many n-grams");
    }
    memcpy(b->gram[b->n], text, (size_t)n);
    b->gram[b->n][n] = 0;
    return b->n++;
}

static int by_number(const void *a, const void *b)
{
    return ((const Gram *)a)->id - ((const Gram *)b)->id;
}

static Sentence sentence(Book *b, const char *letters, Gram gram[LONGEST * MOST])
{
    Sentence s = {.n = (int)strlen(letters), .gram = gram};
    for (int i = 0; i < s.n; i++) {
        for (int n = 1; n <= LONGEST && i + n <= s.n; n++) {
            int id = number(b, letters + i, n), at = 0;
            while (at < s.grams && gram[at].id != id) {
                at++;
            }
            gram[at] = at < s.grams ? (Gram){id, n, gram[at].count + 1} : (Gram){id, n, 1};
            s.grams += at == s.grams;
        }
    }
    qsort(gram, (size_t)s.grams, sizeof *gram, by_number);
    return s;
}

/* rare: how rare "a" is; of all other n-grams the rarity is 1. */
static void gives(const char *guess, const char *reference, double rare, double want)
{
    Book book = {.n = 0};
    Gram of_guess[LONGEST * MOST], of_reference[LONGEST * MOST];
    double idf[IDS];
    int a = number(&book, "a", 1);
    const Sentence g = sentence(&book, guess, of_guess), r = sentence(&book, reference, of_reference);
    for (int i = 0; i < IDS; i++) {
        idf[i] = i == a ? rare : 1;
    }
    char name[64];
    snprintf(name, sizeof name, "\"%s\" and \"%s\"", guess, reference);
    expect_number(name, YOURS(alike)(&g, &r, idf), want, 1e-9);
}

void exercise_63(void)
{
    check("short", "a sentence of one word, and itself: a quarter",
          "There are no 2-, 3- and 4-grams: their share is 0, not 0 / 0. The mean is over all four.");
    gives("b", "b", 1, 0.25);
    check("empty", "no word, and one", "No bigrams in either: e^0. Nothing in common: 0.");
    gives("", "b", 1, 0);
    gives("c", "", 1, 0);
    check("same", "four words, and the same: 1", "The cosine of a vector and itself, the mean of four of them.");
    gives("bcde", "bcde", 1, 1);
    gives("bcde", "fghi", 1, 0);
    check("repeat", "a word twice, where the reference has it once",
          "It counts as often as in the guess, but not more often than in the reference: the minimum.");
    gives("bb", "bc", 1, (1 / (2 * sqrt(2)) + 0) / 4);
    check("rare", "the word in common is three times as rare as the others",
          "Both sides are weighted: count times idf, squared in the product.");
    gives("ab", "ac", 3, (9.0 / 10 + 0) / 4);
    check("length", "five words more, and five fewer",
          "e^(-d^2 / (2 6^2)), where d is how many bigrams one has more than the other.");
    double uni = 3 / sqrt(3 * 8.0), bi = 2 / sqrt(2 * 7.0), tri = 1 / sqrt(1 * 6.0), factor = exp(-25 / 72.0);
    gives("bcdefghi", "bcd", 1, (uni + bi + tri) / 4 * factor);
    gives("bcd", "bcdefghi", 1, (uni + bi + tri) / 4 * factor);
}
