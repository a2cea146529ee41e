/* fold.c: one split of the single items, and the batches of it. What is measured on the training side (the words, how loud voices are)
 * is used on the others as it is. */
#include "feelings.h"
#include "io/memory.h"

#include <math.h>
#include <string.h>

enum { MOST_WORDS = 20000, FACE = 3 * FACE_SIDE * FACE_SIDE, RATED_DEVIATION = 6 };

static bool ends_word(const Tokenizer *t, int id)
{
    const char *text = mm_token_text(t, id), *end = strstr(text, "</w>");
    return end && end[4] == 0;
}

/* The tokens of a text that are whole words: *n of them. A word that is not in what is trained on is cut into pieces; what a feeling the
 * letters "qu" have, one does not want to learn. The caller frees. NULL: an error. */
static int *whole_words(const Tokenizer *t, const char *text, int *n, Error *err)
{
    int all, kept = 0, *ids = mm_encode(t, text, &all, err);
    bool starts = true;
    for (int i = 0; i < all && ids; i++) {
        bool ends = ends_word(t, ids[i]);
        if (starts && ends) {
            ids[kept++] = ids[i];
        }
        starts = ends;
    }
    *n = kept < MOST_TOKENS ? kept : MOST_TOKENS;
    return ids;
}

/* Tokens become the numbers of the words that occur in what is trained on. */
static void number_words(Fold *to, int tokens, const int *train, int n)
{
    const int texts = to->f->s.list[MM_TEXT].n;
    int *word = mm_take((size_t)tokens, sizeof *word);
    for (int i = 0; i < n; i++) {
        for (int t = 0; t < to->length[train[i]]; t++) {
            int *number = &word[to->ids[train[i]][t]];
            *number = *number ? *number : ++to->words;
        }
    }
    for (int i = 0; i < texts; i++) {
        int kept = 0;
        for (int t = 0; t < to->length[i]; t++) {
            int number = word[to->ids[i][t]];
            if (number) {
                to->ids[i][kept++] = number;
            }
        }
        if (kept == 0) {
            to->ids[i] = mm_take_again(to->ids[i], sizeof *to->ids[i]);
            to->ids[i][kept++] = 0; /* which is never trained and so says nothing */
        }
        to->length[i] = kept;
    }
    free(word);
}

static bool read_texts(Fold *to, const int *train, int n, Error *err)
{
    const SentimentList *texts = &to->f->s.list[MM_TEXT];
    const char **twice = mm_take((size_t)n, 2 * sizeof *twice); /* so that a word that occurs once is a token, too */
    for (int i = 0; i < 2 * n; i++) {
        twice[i] = texts->at[train[i / 2]].text;
    }
    Tokenizer *tokenizer = mm_tokenizer_learn(twice, 2 * n, MOST_WORDS, true, err);
    free(twice);
    to->ids = mm_take((size_t)texts->n, sizeof *to->ids);
    to->length = mm_take((size_t)texts->n, sizeof *to->length);
    bool ok = tokenizer != NULL;
    for (int i = 0; i < texts->n && ok; i++) {
        to->ids[i] = whole_words(tokenizer, texts->at[i].text, &to->length[i], err);
        ok = to->ids[i] != NULL;
    }
    if (ok) {
        number_words(to, mm_vocab_size(tokenizer), train, n);
    }
    mm_tokenizer_free(tokenizer);
    return ok;
}

/* So that the sums of valences weigh as much as they are worth, beside a mean of embeddings that starts near 0. */
static void scale_rated(Fold *to, const int *train, int n)
{
    double squares = 1e-4;
    for (int i = 0; i < n * LEXICON_SUMS; i++) {
        double x = (double)to->f->rated[train[i / LEXICON_SUMS] * LEXICON_SUMS + i % LEXICON_SUMS];
        squares += x * x / (n * LEXICON_SUMS);
    }
    to->rated_scale = (real)(RATED_DEVIATION / sqrt(squares));
}

/* The mean and 1 / the standard deviation of all pixels. */
static void standardise_faces(Fold *to, const int *train, int n)
{
    double sum = 0, squares = 0, count = (double)n * FACE;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < FACE; k++) {
            double x = (double)to->f->pixels[(size_t)train[i] * FACE + (size_t)k];
            sum += x;
            squares += x * x;
        }
    }
    double mean = n > 0 ? sum / count : 0, variance = n > 0 ? squares / count - mean * mean : 0;
    to->face_mean = (real)mean;
    to->face_scale = variance > 1e-8 ? (real)(1 / sqrt(variance)) : 1;
}

bool fold_new(const Feelings *f, int fold, Fold *to, Error *err)
{
    *to = (Fold){.f = f, .fold = fold};
    bool ok = true;
    for (int m = 0; m < MM_MODALITIES && ok; m++) {
        int *train = mm_take((size_t)f->s.list[m].n, sizeof *train), n = 0;
        for (int i = 0; i < f->s.list[m].n; i++) {
            if (mm_on_side(f->s.list[m].at[i].fold, fold, MM_KNOWN_SIDE)) {
                train[n++] = i;
            }
        }
        switch ((Modality)m) {
        case MM_TEXT:
            ok = n == 0 || read_texts(to, train, n, err);
            if (f->rated) {
                scale_rated(to, train, n);
            }
            break;
        case MM_FACE: standardise_faces(to, train, n); break;
        default: break; /* voices: each by itself, in feelings.c */
        }
        free(train);
    }
    if (!ok) {
        fold_free(to);
    }
    return ok;
}

void fold_free(Fold *fold)
{
    for (int i = 0; fold->ids && i < fold->f->s.list[MM_TEXT].n; i++) {
        free(fold->ids[i]);
    }
    free(fold->ids);
    free(fold->length);
    *fold = (Fold){0};
}

/* ---- batches ---- */

/* x + noise times a number of mean 0 and variance 1 that is close to normal: the sum of four even ones, all of one draw, since a batch takes
 * a quarter of a million. */
static real noisy(real x, double noise, Rng *rng)
{
    if (noise <= 0) {
        return x;
    }
    uint64_t draw = mm_rng_next(rng);
    double sum = (double)((draw & 0xffff) + (draw >> 16 & 0xffff) + (draw >> 32 & 0xffff) + (draw >> 48));
    return x + (real)(noise * sqrt(3) * (sum / 65536 - 2));
}

/* Numbers about the whole of each item of modality m: those of a table (items, each), times scale, with noise; (n, each) in memory of g. */
static real *wholes(const real *table, int each, real scale, Modality m, const Triple *triple, int n, double noise, Rng *rng,
                    Graph *g)
{
    real *x = mm_reals(g, (size_t)(n * each));
    for (int i = 0; i < n * each; i++) {
        int item = triple[i / each].item[m];
        x[i] = item < 0 ? 0 : noisy(scale * table[item * each + i % each], noise, rng);
    }
    return x;
}

static Part words(const Fold *f, const Triple *triple, int n, double noise, Rng *rng, Graph *g)
{
    int T = 1, *length = mm_arena(g, (size_t)n * sizeof *length);
    for (int i = 0; i < n; i++) {
        length[i] = triple[i].item[MM_TEXT] >= 0 ? f->length[triple[i].item[MM_TEXT]] : 1;
        T = length[i] > T ? length[i] : T;
    }
    int *ids = mm_arena(g, (size_t)(n * T) * sizeof *ids);
    for (int i = 0; i < n; i++) {
        for (int t = 0; t < T; t++) {
            bool there = triple[i].item[MM_TEXT] >= 0 && t < length[i];
            ids[i * T + t] = there ? f->ids[triple[i].item[MM_TEXT]][t] : 0;
            if (there && noise > 0 && mm_uniform(rng) < noise / (1 + noise)) {
                ids[i * T + t] = mm_below(rng, 1 + f->words);
            }
        }
    }
    const real *rated = f->f->rated ? wholes(f->f->rated, LEXICON_SUMS, f->rated_scale, MM_TEXT, triple, n, noise, rng, g) : NULL;
    return (Part){.T = T, .ids = ids, .whole = rated, .length = length};
}

static Part frames(const Fold *f, const Triple *triple, int n, double noise, Rng *rng, Graph *g)
{
    int T = 1, *length = mm_arena(g, (size_t)n * sizeof *length);
    for (int i = 0; i < n; i++) {
        length[i] = triple[i].item[MM_VOICE] >= 0 ? f->f->T[triple[i].item[MM_VOICE]] : 1;
        T = length[i] > T ? length[i] : T;
    }
    real *x = mm_reals(g, (size_t)(n * T * MM_VOICE_FRAME));
    for (int i = 0; i < n * T * MM_VOICE_FRAME; i++) {
        int b = i / (T * MM_VOICE_FRAME), t = i / MM_VOICE_FRAME % T, c = i % MM_VOICE_FRAME, item = triple[b].item[MM_VOICE];
        bool there = item >= 0 && t < length[b];
        x[i] = there ? noisy(f->f->frames[item][t * MM_VOICE_FRAME + c], noise, rng) : 0;
    }
    const real *whole = wholes(f->f->summary, MM_VOICE_SUMMARY, 1, MM_VOICE, triple, n, noise, rng, g);
    return (Part){.T = T, .x = x, .whole = whole, .length = length};
}

static Part face(const Fold *f, const Triple *triple, int n, const Disturb *d, Rng *rng, Graph *g)
{
    double noise = d->noise[MM_FACE];
    real *x = mm_reals(g, (size_t)(n * FACE));
    for (int b = 0; b < n; b++) {
        int item = triple[b].item[MM_FACE];
        bool turn = d->mirror && mm_uniform(rng) < 0.5;
        const real *from = f->f->pixels + (size_t)(item < 0 ? 0 : item) * FACE;
        for (int k = 0; k < FACE; k++) {
            int at = turn ? k / FACE_SIDE * FACE_SIDE + FACE_SIDE - 1 - k % FACE_SIDE : k;
            x[b * FACE + k] = item < 0 ? 0 : noisy((from[at] - f->face_mean) * f->face_scale, noise, rng);
        }
    }
    return (Part){.x = x};
}

static Part part(const Task *t, int m, const Triple *triple, int n, const Disturb *d, Rng *rng, Graph *g)
{
    const Fold *f = ((const Question *)t->data)->fold;
    switch ((Modality)m) {
    case MM_TEXT: return words(f, triple, n, d->noise[m], rng, g);
    case MM_VOICE: return frames(f, triple, n, d->noise[m], rng, g);
    default: return face(f, triple, n, d, rng, g);
    }
}

/* ---- questions ---- */

/* Of triples that are people's: the side of one is that of its items. */
static bool draw_own(const Question *q, SplitSide side, uint64_t seed, int n, Triple *triple, Error *err)
{
    const Feelings *f = q->fold->f;
    int *order = mm_take((size_t)f->n_own, sizeof *order), found = 0;
    Rng rng = mm_rng(seed, "triples");
    mm_permutation(&rng, order, f->n_own);
    for (int k = 0; k < f->n_own; k++) {
        const Triple *t = &f->own[order[k]];
        int fold = 0;
        for (int m = 0; m < MM_MODALITIES; m++) {
            fold = t->item[m] >= 0 ? f->s.list[m].at[t->item[m]].fold : fold;
        }
        if (mm_on_side(fold, q->fold->fold, side)) {
            order[found++] = order[k];
        }
    }
    for (int k = 0; k < n && found > 0; k++) {
        triple[k] = f->own[order[k % found]];
    }
    free(order);
    return found > 0 || mm_error(err, "%s: too few rows, or groups of rows, to %s the fifth that is kept for the test",
                                 f->s.list[MM_TEXT].source, side == MM_TEST_SIDE ? "fill" : "train on those beside");
}

static bool draw(const Task *t, SplitSide side, uint64_t seed, int n, Triple *triple, Error *err)
{
    const Question *q = t->data;
    return q->fold->f->own ? draw_own(q, side, seed, n, triple, err)
                           : mm_triples(&q->fold->f->s, q->pattern, q->patterns, q->fold->fold, side, n, seed, triple, err);
}

Question question_sentiment(const Fold *fold)
{
    return (Question){.fold = fold,
                      .pattern = mm_matched,
                      .patterns = 2,
                      .graded = true,
                      .name = "sentiment",
                      .yes = "positive",
                      .no = "negative"};
}

Question question_irony(const Fold *fold)
{
    return (Question){
        .fold = fold, .pattern = mm_sincere_or_ironic, .patterns = 4, .name = "irony", .yes = "ironic", .no = "sincere"};
}

Task question_task(const Question *q)
{
    const Fold *f = q->fold;
    Task t = {.name = q->name,
              .source = f->f->source,
              .yes = q->yes,
              .no = q->no,
              .graded = q->graded,
              .data = q,
              .draw = draw,
              .part = part};
    t.encoder[MM_TEXT] = (EncoderConfig){.kind = ENCODE_WORDS, .in = 1 + f->words, .whole = f->f->rated ? LEXICON_SUMS : 0};
    t.encoder[MM_VOICE] = (EncoderConfig){.kind = ENCODE_FRAMES, .in = MM_VOICE_FRAME, .whole = MM_VOICE_SUMMARY};
    t.encoder[MM_FACE] = (EncoderConfig){.kind = ENCODE_PICTURE, .in = FACE_SIDE};
    for (int m = 0; m < MM_MODALITIES; m++) {
        t.encoder[m].name = mm_modality_name[m];
    }
    return t;
}
