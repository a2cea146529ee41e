/* fashion_measure.c: how often the pair of a picture is found, and what two methods that learn nothing find. */
#include "fashion.h"
#include "io/memory.h"

#include <math.h>
#include <stdlib.h>

/* Every test picture in every colour: number i COLOURS + c is picture i in colour c. */
typedef struct Painted {
    int n, *kind, *colour, *pair;
    Picture *picture;
} Painted;

static void painted_add(Painted *p, const Garments *g, int i, int colour, Rng rng)
{
    rng.count = (uint64_t)p->n << 8;
    p->picture[p->n] = garments_paint(g, i, colour, rng);
    p->kind[p->n] = g->kind[i];
    p->colour[p->n] = colour;
    p->pair[p->n++] = g->kind[i] * COLOURS + colour;
}

static Painted painted_new(int room)
{
    Painted p = {.picture = mm_take((size_t)room, sizeof *p.picture)};
    p.kind = mm_take((size_t)room, sizeof *p.kind);
    p.colour = mm_take((size_t)room, sizeof *p.colour);
    p.pair = mm_take((size_t)room, sizeof *p.pair);
    return p;
}

static void painted_free(Painted *p)
{
    for (int i = 0; i < p->n; i++) {
        mm_picture_free(&p->picture[i]);
    }
    free(p->picture);
    free(p->kind);
    free(p->colour);
    free(p->pair);
}

static Painted paint_all(const Garments *test)
{
    Painted p = painted_new(test->n * COLOURS);
    for (int i = 0; i < test->n * COLOURS; i++) {
        painted_add(&p, test, i / COLOURS, i % COLOURS, mm_rng(1, "test paint"));
    }
    return p;
}

/* Each training picture once, in a colour in which its kind may be. */
static Painted paint_training(const Garments *train)
{
    Painted p = painted_new(train->n);
    Rng rng = mm_rng(1, "training paint");
    for (int i = 0; i < train->n; i++) {
        int colour;
        do {
            colour = mm_below(&rng, COLOURS);
        } while (garments_held_out(train->kind[i], colour));
        painted_add(&p, train, i, colour, rng);
    }
    return p;
}

static Score score_of(const Painted *p, const int *guess, bool held_out)
{
    Score s = {0};
    int n = 0;
    for (int i = 0; i < p->n; i++) {
        if (garments_held_out(p->kind[i], p->colour[i]) == held_out) {
            s.kind += guess[i] / COLOURS == p->kind[i];
            s.colour += guess[i] % COLOURS == p->colour[i];
            s.pair += guess[i] == p->pair[i];
            n++;
        }
    }
    return (Score){s.pair / n, s.kind / n, s.colour / n};
}

/* guess (n): pairs */
static Scores score(const Painted *p, const int *guess)
{
    return (Scores){score_of(p, guess, false), score_of(p, guess, true)};
}

/* ---- what learns nothing ---- */

/* The pair of the training picture that is nearest in pixels: it cannot name a pair that it has not stored. */
static void nearest_pixels(const Painted *test, const Painted *train, int *guess)
{
    real *similarity = mm_take((size_t)test->n * PAIRS, sizeof *similarity);
    mm_pixel_neighbour(test->picture, test->n, train->picture, train->pair, train->n, PAIRS, similarity);
    for (int i = 0; i < test->n; i++) {
        guess[i] = mm_largest(similarity + i * PAIRS, PAIRS);
    }
    free(similarity);
}

/* A picture without its colour: as light as it is, brightest 255. */
static Picture without_colour(const Picture *p)
{
    Picture gray = mm_picture_new(p->width, p->height, 4);
    int most = 1, pixels = p->width * p->height;
    for (int i = 0; i < pixels; i++) {
        const unsigned char *q = p->pixels + 4 * i;
        int light = q[3] ? (299 * q[0] + 587 * q[1] + 114 * q[2]) / 1000 : 0;
        most = light > most ? light : most;
    }
    for (int i = 0; i < pixels; i++) {
        const unsigned char *q = p->pixels + 4 * i;
        int light = (299 * q[0] + 587 * q[1] + 114 * q[2]) / 1000 * 255 / most;
        for (int k = 0; k < 3; k++) {
            gray.pixels[4 * i + k] = (unsigned char)(light < 255 ? light : 255);
        }
        gray.pixels[4 * i + 3] = q[3];
    }
    return gray;
}

static void mean_colour(const Picture *p, double mean[3])
{
    double weight = 1e-9;
    mean[0] = mean[1] = mean[2] = 0;
    for (int i = 0; i < p->width * p->height; i++) {
        const unsigned char *q = p->pixels + 4 * i;
        for (int k = 0; k < 3; k++) {
            mean[k] += q[3] * q[k];
        }
        weight += q[3];
    }
    for (int k = 0; k < 3; k++) {
        mean[k] /= weight;
    }
}

/* The colour whose training pictures are on average most like this one's mean colour. */
static int nearest_colour(const Picture *p, double (*centre)[3])
{
    double mean[3], least = INFINITY;
    int best = 0;
    mean_colour(p, mean);
    for (int c = 0; c < COLOURS; c++) {
        double distance = 0;
        for (int k = 0; k < 3; k++) {
            distance += (mean[k] - centre[c][k]) * (mean[k] - centre[c][k]);
        }
        if (distance < least) {
            least = distance;
            best = c;
        }
    }
    return best;
}

/* Kind and colour each for itself: it is told that a caption has two parts. */
static void nearest_parts(const Painted *test, const Painted *train, int *guess)
{
    double centre[COLOURS][3] = {{0}}, count[COLOURS] = {0};
    Picture *a = mm_take((size_t)test->n, sizeof *a), *b = mm_take((size_t)train->n, sizeof *b);
    real *similarity = mm_take((size_t)test->n * KINDS, sizeof *similarity);
    for (int i = 0; i < train->n; i++) {
        double mean[3];
        mean_colour(&train->picture[i], mean);
        b[i] = without_colour(&train->picture[i]);
        count[train->colour[i]]++;
        for (int k = 0; k < 3; k++) {
            centre[train->colour[i]][k] += (mean[k] - centre[train->colour[i]][k]) / count[train->colour[i]];
        }
    }
    for (int i = 0; i < test->n; i++) {
        a[i] = without_colour(&test->picture[i]);
    }
    mm_pixel_neighbour(a, test->n, b, train->kind, train->n, KINDS, similarity);
    for (int i = 0; i < test->n; i++) {
        guess[i] = mm_largest(similarity + i * KINDS, KINDS) * COLOURS + nearest_colour(&test->picture[i], centre);
        mm_picture_free(&a[i]);
    }
    for (int i = 0; i < train->n; i++) {
        mm_picture_free(&b[i]);
    }
    free(similarity);
    free(a);
    free(b);
}

/* ---- the model ---- */

/* All hundred pairs, said in the plainest way: (PAIRS, embed). */
static real *embed_pairs(const ClipModel *m, const Garments *g, int language, Error *err)
{
    char text[PAIRS][GARMENT_TEXT];
    const char *list[PAIRS];
    for (int p = 0; p < PAIRS; p++) {
        garments_say(g, (Said){p / COLOURS, p % COLOURS}, language, 0, text[p]);
        list[p] = text[p];
    }
    return clip_embed_texts(&m->clip, m->tokenizer, list, PAIRS, err);
}

/* Text to picture: each held-out pair looks for its pictures among all; how many of the first ten are right. */
static double measure_search(const Painted *p, const real *image, const real *text, int embed)
{
    enum { FIRST = 10 };
    Neighbour found[PAIRS * FIRST];
    int right = 0;
    mm_nearest(text, PAIRS, image, p->n, embed, FIRST, found);
    for (int i = 0; i < PAIRS * FIRST; i++) {
        int pair = i / FIRST;
        right += garments_held_out(pair / COLOURS, pair % COLOURS) && p->pair[found[i].at] == pair;
    }
    return right / (double)(KINDS * FIRST);
}

static bool measure_language(const ClipModel *m, const Garments *test, const Painted *p, const real *image, int l,
                             FashionResult *r, Error *err)
{
    int embed = m->clip.config.embed, *guess = mm_take((size_t)p->n, sizeof *guess);
    real *text = embed_pairs(m, test, l, err);
    if (text) {
        real *cosine = mm_cosines(image, p->n, text, PAIRS, embed);
        for (int i = 0; i < p->n; i++) {
            guess[i] = mm_largest(cosine + i * PAIRS, PAIRS);
        }
        r->model[l] = score(p, guess);
        r->precision[l] = measure_search(p, image, text, embed);
        free(cosine);
    }
    free(guess);
    free(text);
    return text != NULL;
}

bool fashion_measure(const ClipModel *m, const Garments *train, const Garments *test, FashionResult *r, Error *err)
{
    Painted p = paint_all(test), stored = paint_training(train);
    int *guess = mm_take((size_t)p.n, sizeof *guess);
    nearest_pixels(&p, &stored, guess);
    r->pixels = score(&p, guess);
    nearest_parts(&p, &stored, guess);
    r->parts = score(&p, guess);
    real *image = clip_embed_pictures(&m->clip, p.picture, p.n);
    bool ok = true;
    for (int l = 0; l < LANGUAGES && ok; l++) {
        ok = measure_language(m, test, &p, image, l, r, err);
    }
    free(image);
    free(guess);
    painted_free(&stored);
    painted_free(&p);
    return ok;
}
