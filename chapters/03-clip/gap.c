/* gap.c: `clip gap`: pictures and texts share a space, but not the same part of it. Before training and after. */
#include "evaluate.h"
#include "io/memory.h"
#include "probe.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* What is measured of one model in one language. */
typedef struct GapRow {
    const char *when;
    int language;
    ModalityGap gap;
    double separable;       /* accuracy of a linear classifier, picture or text, on the half that it has not seen */
    double recall, shifted; /* picture to text R@1 as it is; after the mean of each modality is taken away */
} GapRow;

/* Pictures and texts of the even pairs to learn from, of the odd ones to be told apart. */
static double separability(const real *image, const real *text, int n, int D)
{
    size_t row = (size_t)D * sizeof(real);
    int count[2] = {0};
    real *x[2];
    int *y[2];
    for (int s = 0; s < 2; s++) {
        x[s] = mm_take((size_t)n + 2, row);
        y[s] = mm_take((size_t)n + 2, sizeof(int));
    }
    for (int i = 0; i < 2 * n; i++) {
        int s = i / 2 % 2;
        memcpy(x[s] + (size_t)count[s] * (size_t)D, (i % 2 ? text : image) + (size_t)(i / 2) * (size_t)D, row);
        y[s][count[s]++] = i % 2;
    }
    Logistic l = {0};
    bool ok = mm_logistic_fit(x[0], y[0], count[0], D, 2, (LogisticOptions){.C = 1, .iterations = 300, .tolerance = 1e-3}, &l);
    real *scores = mm_take((size_t)count[1] * 2, sizeof *scores);
    mm_logistic_scores(&l, x[1], count[1], scores);
    double right = ok ? mm_topk(1, scores, count[1], 2, y[1]) : 0;
    for (int s = 0; s < 2; s++) {
        free(x[s]);
        free(y[s]);
    }
    free(scores);
    mm_logistic_free(&l);
    return right;
}

/* A copy with the mean of the rows taken away from each, which is then brought to length 1 again. The caller frees. */
static real *without_mean(const real *x, int n, int D)
{
    real *out = mm_take((size_t)n * (size_t)D, sizeof *out);
    double *mean = mm_take((size_t)D, sizeof *mean);
    for (int i = 0; i < n * D; i++) {
        mean[i % D] += (double)x[i] / n;
    }
    for (int i = 0; i < n; i++) {
        double squares = 0;
        for (int d = 0; d < D; d++) {
            double v = (double)x[i * D + d] - mean[d];
            out[i * D + d] = (real)v;
            squares += v * v;
        }
        for (int d = 0; d < D && squares > 0; d++) {
            out[i * D + d] /= (real)sqrt(squares);
        }
    }
    free(mean);
    return out;
}

static double recall(const real *image, const real *text, const EmojiTest *test, int D)
{
    real *cosine = mm_cosines(image, test->n, text, test->n, D);
    double at1 = mm_recall(cosine, test->n, test->n, test->concept, test->concept).at1;
    free(cosine);
    return at1;
}

/* Both languages of a model; false: a text that cannot be read. */
static bool measure(const Clip *clip, const Tokenizer *tok, const EmojiTest *test, const char *when, GapRow *row, Error *err)
{
    int D = clip->config.embed;
    real *image = clip_embed_pictures(clip, test->picture, test->n), *image_0 = without_mean(image, test->n, D);
    bool ok = true;
    for (int l = 0; l < LANGUAGES && ok; l++) {
        real *text = clip_embed_texts(clip, tok, test_names(test, l), test->n, err);
        ok = text != NULL;
        if (ok) {
            real *text_0 = without_mean(text, test->n, D);
            row[l] = (GapRow){.when = when,
                              .language = l,
                              .gap = mm_modality_gap(image, text, test->n, D),
                              .separable = separability(image, text, test->n, D),
                              .recall = recall(image, text, test, D),
                              .shifted = recall(image_0, text_0, test, D)};
            free(text_0);
        }
        free(text);
    }
    free(image);
    free(image_0);
    return ok;
}

enum { ROWS = 2 * LANGUAGES };

static void print_table(const GapRow *row, int n, double chance)
{
    printf("%d pictures of the style \"%s\" and the names of their concepts; mean cosines, and what it takes to tell pictures "
           "from texts\n\n",
           n, mm_test_style);
    printf("%26s distance   pictures    texts   pairs  others   separable    R@1  R@1 without means\n", "");
    for (int i = 0; i < ROWS; i++) {
        const ModalityGap *g = &row[i].gap;
        printf("  %-15s %-8s  %6.3f     %6.3f   %6.3f  %6.3f  %6.3f       %.3f   %.3f  %.3f\n", row[i].when,
               language_name[row[i].language], g->distance, g->within_a, g->within_b, g->pairs, g->others, row[i].separable,
               row[i].recall, row[i].shifted);
    }
    printf("  %-15s %51s       0.500   %.3f  %.3f\n", "chance", "", chance, chance);
}

static void print_json(const GapRow *row, int n, double chance)
{
    json_t *rows = json_array();
    for (int i = 0; i < ROWS; i++) {
        const ModalityGap *g = &row[i].gap;
        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "when", row[i].when, "language",
                                        language_name[row[i].language], "distance", g->distance, "within pictures", g->within_a,
                                        "within texts", g->within_b, "pairs", g->pairs, "others", g->others, "separable",
                                        row[i].separable, "R@1", row[i].recall, "R@1 without means", row[i].shifted));
    }
    json_t *j = json_pack("{s:i, s:f, s:f, s:o}", "pictures", n, "chance R@1", chance, "chance separable", 0.5, "rows", rows);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

static bool run(const Common *o, Error *err)
{
    ClipModel m = {0};
    EmojiSet emoji = {0};
    bool ok = program_load_model(o, &m, err) && mm_emoji_load_all(o->data, &emoji, err);
    if (ok) {
        GapRow row[ROWS];
        Params *ps;
        Clip fresh = features_untrained(&m.clip, o->seed, &ps);
        EmojiTest test = mm_emoji_test(&emoji, mm_emoji_style(&emoji, mm_test_style), false);
        ok = measure(&fresh, m.tokenizer, &test, "before training", row, err) &&
             measure(&m.clip, m.tokenizer, &test, "after", row + LANGUAGES, err);
        if (ok) {
            (o->json ? print_json : print_table)(row, test.n, mm_recall_chance(test.n, test.n, test.concept, test.concept).at1);
        }
        mm_emoji_test_free(&test);
        mm_params_free(ps);
    }
    mm_emoji_free(&emoji);
    clip_model_free(&m);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = state->input;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int command_gap(int argc, char **argv)
{
    Common o = program_defaults();
    const struct argp argp = {
        .parser = parse,
        .children = mm_common_options,
        .doc = "The modality gap, before training and after: the distance between the mean picture and the mean text, "
               "mean cosines, and whether a plane parts pictures from texts."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
