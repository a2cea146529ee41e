/* look_check.c: a test that a map cannot pass by chance: two emoji side by side, the name of one, on which half is the map? And then the
 * name of the other, on the same picture: a map that ignores the text is right for one of the two, and gets one half. */
#include "io/memory.h"
#include "look.h"

enum { BATCH = 64, CELL = 48 };

/* Two pictures of a sprite sheet in the middle of the left and the right half of a white square. */
Picture look_beside(const Picture *left, const Picture *right)
{
    Picture p = mm_picture_new(2 * CELL, 2 * CELL, 3);
    memset(p.pixels, 255, (size_t)(12 * CELL * CELL));
    for (int s = 0; s < 2; s++) {
        Picture flat = mm_picture_flatten(s ? right : left, mm_white);
        for (int y = 0; y < CELL; y++) {
            memcpy(p.pixels + 3 * ((y + CELL / 2) * 2 * CELL + s * CELL), flat.pixels + 3 * y * CELL, 3 * CELL);
        }
        mm_picture_free(&flat);
    }
    return p;
}

/* The part of a map that lies in its left half, a middle column counting half; 1/2 of a map without anything. */
static double left_part(const real *map, int side)
{
    double left = 0, all = 0;
    for (int i = 0; i < side * side; i++) {
        int u = i % side;
        left += (double)map[i] * (2 * u + 1 < side ? 1 : 2 * u + 1 == side ? 0.5 : 0);
        all += (double)map[i];
    }
    return all > 0 ? left / all : 0.5;
}

typedef struct Pairs {
    int n;
    real *pixels;                   /* (2 n, 3, size, size): each picture twice */
    real *text;                     /* (2 n, embed): the name of the left one, of the right one */
    real *left_alone, *right_alone; /* (n): how much better each half alone fits its own name than the other half does */
} Pairs;

static bool draw_pairs(const ClipModel *m, const EmojiTest *test, int n, uint64_t seed, Pairs *p, Error *err)
{
    const ClipConfig *c = &m->clip.config;
    size_t numbers = 3 * (size_t)(c->size * c->size), embed = (size_t)c->embed;
    const char **name = mm_take((size_t)(2 * n), sizeof *name);
    Picture *half = mm_take((size_t)(2 * n), sizeof *half);
    *p = (Pairs){.n = n, .pixels = mm_take((size_t)(2 * n) * numbers, sizeof(real))};
    Rng rng = mm_rng(seed, "pairs");
    for (int i = 0; i < n; i++) {
        int a = mm_below(&rng, test->n), b = (a + 1 + mm_below(&rng, test->n - 1)) % test->n;
        Picture both = look_beside(&test->picture[a], &test->picture[b]);
        clip_preprocess(c, &both, p->pixels + (size_t)(2 * i) * numbers);
        memcpy(p->pixels + (size_t)(2 * i + 1) * numbers, p->pixels + (size_t)(2 * i) * numbers, numbers * sizeof(real));
        mm_picture_free(&both);
        name[2 * i] = test->en[a];
        name[2 * i + 1] = test->en[b];
        half[2 * i] = test->picture[a];
        half[2 * i + 1] = test->picture[b];
    }
    p->text = clip_embed_texts(&m->clip, m->tokenizer, name, 2 * n, err);
    p->left_alone = mm_take((size_t)n, sizeof(real));
    p->right_alone = mm_take((size_t)n, sizeof(real));
    real *alone = clip_embed_pictures(&m->clip, half, 2 * n);
    for (int i = 0; i < n && p->text; i++) {
        real *cosine = mm_cosines(alone + 2 * (size_t)i * embed, 2, p->text + 2 * (size_t)i * embed, 2, c->embed);
        p->left_alone[i] = cosine[0] - cosine[2];
        p->right_alone[i] = cosine[3] - cosine[1];
        free(cosine);
    }
    free(alone);
    free(half);
    free(name);
    return p->text != NULL;
}

static double point(double x, double middle)
{
    return x > middle ? 1 : x == middle ? 0.5 : 0;
}

static void count(const Pairs *p, int first, const Maps *maps, LookCheck *r)
{
    size_t places = (size_t)maps->side * (size_t)maps->side;
    r->side = maps->side;
    double share = 1.0 / (2 * p->n);
    for (int k = 0; k < maps->n; k++) {
        double left = left_part(maps->at + (size_t)k * places, maps->side), right = k % 2 ? 1 - left : left;
        int i = (first + k) / 2;
        r->half += share * point(right, 0.5);
        r->mass += share * right;
        r->by_itself += share * point((double)(k % 2 ? p->right_alone : p->left_alone)[i], 0);
    }
}

bool look_check(const ClipModel *m, const EmojiSet *emoji, LookMethod method, int grid, int pairs, uint64_t seed, LookCheck *r,
                Error *err)
{
    EmojiTest test = mm_emoji_test(emoji, mm_emoji_style(emoji, mm_test_style), false);
    Pairs p;
    *r = (LookCheck){.pairs = pairs};
    bool ok = draw_pairs(m, &test, pairs, seed, &p, err);
    size_t numbers = 3 * (size_t)(m->clip.config.size * m->clip.config.size);
    for (int first = 0; ok && first < 2 * pairs; first += BATCH) {
        int n = 2 * pairs - first < BATCH ? 2 * pairs - first : BATCH;
        Maps maps = look_maps(&m->clip, method, grid, p.pixels + (size_t)first * numbers,
                              p.text + (size_t)first * (size_t)m->clip.config.embed, n);
        count(&p, first, &maps, r);
        look_free(&maps);
    }
    free(p.pixels);
    free(p.text);
    free(p.left_alone);
    free(p.right_alone);
    mm_emoji_test_free(&test);
    return ok;
}
