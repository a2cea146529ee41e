/* Exercise 63: How alike two captions are. README.md beside this file says what is wanted; `./course test 63` judges it. */
#include "exercise.h"

#include "metrics/caption_words.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
    const Gram *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static int count_of(const Sentence *s, int id)
{
    const Gram *found = bsearch(&(Gram){.id = id}, s->gram, (size_t)s->grams, sizeof *s->gram, by_id);
    return found ? found->count : 0;
}

static void norms(const Sentence *s, const double *idf, double norm[LONGEST])
{
    double squares[LONGEST] = {0};
    for (int g = 0; g < s->grams; g++) {
        double x = s->gram[g].count * idf[s->gram[g].id];
        squares[s->gram[g].words - 1] += x * x;
    }
    for (int k = 0; k < LONGEST; k++) {
        norm[k] = sqrt(squares[k]);
    }
}

/* How alike two sentences are, the mean over n = 1 .. 4. Repeating a word gains nothing (the minimum); a length that differs costs. What
 * is taken for the length is the number of bigrams. */
double alike(const Sentence *guess, const Sentence *reference, const double *idf)
{
    double dot[LONGEST] = {0}, norm_guess[LONGEST], norm_reference[LONGEST], sum = 0;
    norms(guess, idf, norm_guess);
    norms(reference, idf, norm_reference);
    NOT_STARTED;
}
