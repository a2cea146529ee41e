/* captions.c: BLEU, ROUGE-L and CIDEr-D, as coco-caption computes them (tylin/coco-caption pycocoevalcap/{bleu,rouge,cider}). */
#include "data/pairs.h"
#include "io/memory.h"
#include "metrics/caption_words.h"
#include "mm/metrics.h"

#include <jansson.h>
#include <math.h>

/* region grams */
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
/* end grams */

typedef struct Corpus {
    int n;                       /* pictures */
    Sentence *guess, *reference; /* (n), (all of them) */
    int *first;                  /* (n + 1): picture i has the references first[i] .. first[i + 1] - 1 */
    json_t *number;              /* word -> its number */
    PairTable grams;             /* (the n-gram without its last word, the last word) -> the n-gram's id */
} Corpus;

/* ---- reading ---- */

static void count_grams(Corpus *c, Sentence *s)
{
    Gram *all = mm_take((size_t)s->n * LONGEST, sizeof *all);
    int n = 0;
    for (int first = 0; first < s->n; first++) {
        for (int k = 0, id = -1; k < LONGEST && first + k < s->n; k++) {
            id = *mm_pair_value(&c->grams, id, s->word[first + k], c->grams.n);
            all[n++] = (Gram){id, k + 1, 1};
        }
    }
    qsort(all, (size_t)n, sizeof *all, by_id);
    for (int i = 0; i < n; i++) {
        if (s->grams > 0 && all[s->grams - 1].id == all[i].id) {
            all[s->grams - 1].count++;
        } else {
            all[s->grams++] = all[i];
        }
    }
    s->gram = all;
}

static Sentence read_sentence(Corpus *c, const char *text)
{
    char *words = mm_caption_words(text), *rest = words;
    Sentence s = {.word = mm_take(strlen(words) / 2 + 1, sizeof *s.word)};
    for (char *word; (word = strsep(&rest, " "));) {
        if (*word) {
            json_t *known = json_object_get(c->number, word);
            if (!known) {
                known = json_integer((json_int_t)json_object_size(c->number));
                json_object_set_new_nocheck(c->number, word, known);
            }
            s.word[s.n++] = (int)json_integer_value(known);
        }
    }
    free(words);
    count_grams(c, &s);
    return s;
}

static Corpus read_corpus(const CaptionGuess *at, int n)
{
    Corpus c = {.n = n, .first = mm_take((size_t)n + 1, sizeof *c.first), .number = json_object()};
    for (int i = 0; i < n; i++) {
        c.first[i + 1] = c.first[i] + at[i].references;
    }
    c.guess = mm_take((size_t)n, sizeof *c.guess);
    c.reference = mm_take((size_t)c.first[n], sizeof *c.reference);
    for (int i = 0; i < n; i++) {
        c.guess[i] = read_sentence(&c, at[i].guess);
        for (int r = 0; r < at[i].references; r++) {
            c.reference[c.first[i] + r] = read_sentence(&c, at[i].reference[r]);
        }
    }
    return c;
}

static void free_sentences(Sentence *s, int n)
{
    for (int i = 0; i < n; i++) {
        free(s[i].word);
        free(s[i].gram);
    }
    free(s);
}

static void free_corpus(Corpus *c)
{
    free_sentences(c->guess, c->n);
    free_sentences(c->reference, c->first[c->n]);
    free(c->first);
    json_decref(c->number);
    mm_pair_free(&c->grams);
}

/* ---- BLEU ---- */

/* An n-gram counts as often as it is in the guess, but not more often than in that reference which has it most. */
static void count_clipped(const Corpus *c, int i, double correct[LONGEST])
{
    const Sentence *guess = c->guess + i;
    for (int g = 0; g < guess->grams; g++) {
        int most = 0;
        for (int r = c->first[i]; r < c->first[i + 1]; r++) {
            int count = count_of(c->reference + r, guess->gram[g].id);
            most = count > most ? count : most;
        }
        correct[guess->gram[g].words - 1] += most < guess->gram[g].count ? most : guess->gram[g].count;
    }
}

/* Of the references the length that is nearest to the guess's; of two as near the shorter. */
static int closest_length(const Corpus *c, int i)
{
    int best = -1, n = c->guess[i].n;
    for (int r = c->first[i]; r < c->first[i + 1]; r++) {
        int length = c->reference[r].n, further = abs(length - n) - abs(best - n);
        if (best < 0 || further < 0 || (further == 0 && length < best)) {
            best = length;
        }
    }
    return best;
}

/* [bleu] Of the whole corpus: not the mean over the pictures. */
static void bleu(const Corpus *c, double score[LONGEST])
{
    double correct[LONGEST] = {0}, guessed[LONGEST] = {0}, length = 0, reference = 0, product = 1;
    for (int i = 0; i < c->n; i++) {
        count_clipped(c, i, correct);
        for (int k = 0; k < LONGEST; k++) {
            guessed[k] += c->guess[i].n > k ? c->guess[i].n - k : 0;
        }
        length += c->guess[i].n;
        reference += closest_length(c, i);
    }
    double ratio = (length + 1e-15) / (reference + 1e-9);
    for (int k = 0; k < LONGEST; k++) {
        product *= (correct[k] + 1e-15) / (guessed[k] + 1e-9);
        score[k] = pow(product, 1.0 / (k + 1)) * (ratio < 1 ? exp(1 - 1 / ratio) : 1);
    }
}

/* ---- ROUGE-L ---- */

/* Words of the longest common subsequence: in both, in this order, others between them allowed. */
static int common_subsequence(const Sentence *a, const Sentence *b)
{
    int *length = mm_take((size_t)b->n + 1, sizeof *length); /* of the a read so far, and the first j words of b */
    for (int i = 0; i < a->n; i++) {
        int diagonal = 0; /* length[j - 1] before word i of a */
        for (int j = 1; j <= b->n; j++) {
            int above = length[j];
            if (a->word[i] == b->word[j - 1]) {
                length[j] = diagonal + 1;
            } else if (length[j - 1] > above) {
                length[j] = length[j - 1];
            }
            diagonal = above;
        }
    }
    int longest = length[b->n];
    free(length);
    return longest;
}

/* [rouge_l] The best precision and the best recall need not be of the same reference. */
static double rouge_l(const Corpus *c, int i)
{
    const double beta2 = 1.2 * 1.2;
    double precision = 0, recall = 0;
    for (int r = c->first[i]; r < c->first[i + 1]; r++) {
        int common = common_subsequence(c->guess + i, c->reference + r);
        if (common > 0) {
            precision = fmax(precision, (double)common / c->guess[i].n);
            recall = fmax(recall, (double)common / c->reference[r].n);
        }
    }
    return precision > 0 ? (1 + beta2) * precision * recall / (recall + beta2 * precision) : 0;
}

/* ---- CIDEr-D ---- */

/* ln N - ln df of every n-gram, where df of N pictures have a reference with it; ln N where none has. The caller frees. */
static double *rarity(const Corpus *c)
{
    double *idf = mm_take((size_t)c->grams.n, sizeof *idf);
    int *seen = mm_take((size_t)c->grams.n, sizeof *seen); /* 1 + the picture that has counted it last */
    for (int i = 0; i < c->n; i++) {
        for (int r = c->first[i]; r < c->first[i + 1]; r++) {
            const Sentence *s = c->reference + r;
            for (int g = 0; g < s->grams; g++) {
                int id = s->gram[g].id;
                idf[id] += seen[id] != i + 1;
                seen[id] = i + 1;
            }
        }
    }
    for (int id = 0; id < c->grams.n; id++) {
        idf[id] = log(c->n) - log(fmax(1, idf[id]));
    }
    free(seen);
    return idf;
}

/* region norms */
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
/* end norms */

/* How alike two sentences are, the mean over n = 1 .. 4. Repeating a word gains nothing (the minimum); a length that differs costs. What
 * is taken for the length is the number of bigrams. */
static double alike(const Sentence *guess, const Sentence *reference, const double *idf)
{
    double dot[LONGEST] = {0}, norm_guess[LONGEST], norm_reference[LONGEST], sum = 0;
    norms(guess, idf, norm_guess);
    norms(reference, idf, norm_reference);
    /* region alike */
    for (int g = 0; g < guess->grams; g++) {
        const Gram *gram = guess->gram + g;
        int count = count_of(reference, gram->id);
        dot[gram->words - 1] += (gram->count < count ? gram->count : count) * idf[gram->id] * count * idf[gram->id];
    }
    for (int k = 0; k < LONGEST; k++) {
        double norm = norm_guess[k] * norm_reference[k];
        sum += norm > 0 ? dot[k] / norm : 0;
    }
    int bigrams = guess->n > 1 ? guess->n - 1 : 0, of_reference = reference->n > 1 ? reference->n - 1 : 0;
    double longer = bigrams - of_reference, sigma = 6;
    return sum / LONGEST * exp(-longer * longer / (2 * sigma * sigma));
    /* end alike */
}

/* [cider_d] */
static double cider_d(const Corpus *c, int i, const double *idf)
{
    double sum = 0;
    for (int r = c->first[i]; r < c->first[i + 1]; r++) {
        sum += alike(c->guess + i, c->reference + r, idf);
    }
    return 10 * sum / (c->first[i + 1] - c->first[i]);
}

CaptionScores mm_caption_scores(const CaptionGuess *at, int n, double *rouge_l_of, double *cider_d_of)
{
    CaptionScores score = {0};
    for (int i = 0; i < n; i++) {
        if (at[i].references < 1) {
            mm_fail((FailHandler){0}, "mm_caption_scores: picture %d of %d has no reference", i, n);
        }
    }
    Corpus c = read_corpus(at, n);
    double *idf = rarity(&c);
    bleu(&c, score.bleu);
    for (int i = 0; i < n; i++) {
        double rouge = rouge_l(&c, i), cider = cider_d(&c, i, idf);
        score.rouge_l += rouge / n;
        score.cider_d += cider / n;
        if (rouge_l_of) {
            rouge_l_of[i] = rouge;
        }
        if (cider_d_of) {
            cider_d_of[i] = cider;
        }
    }
    free(idf);
    free_corpus(&c);
    return score;
}
