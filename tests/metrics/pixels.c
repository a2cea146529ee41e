/* pixels.c: the baseline that learns nothing, on three colours and on the shipped emoji. */
#include "mm/metrics.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

static Picture plain(int side, int channels, int r, int g, int b)
{
    Picture p = mm_picture_new(side, side, channels);
    for (int i = 0; i < side * side; i++) {
        const int colour[4] = {r, g, b, 255};
        for (int c = 0; c < channels; c++) {
            p.pixels[i * channels + c] = (unsigned char)colour[c];
        }
    }
    return p;
}

static void colours(void **state)
{
    (void)state;
    Picture query[3] = {plain(20, 3, 200, 0, 0), plain(31, 4, 100, 100, 0), plain(16, 3, 0, 0, 0)};
    Picture stored[4] = {plain(48, 3, 0, 50, 0), plain(8, 4, 90, 0, 0), plain(48, 3, 0, 0, 70), plain(48, 4, 60, 60, 0)};
    const int label[4] = {0, 0, 1, 3};
    real s[12];
    mm_pixel_neighbour(query, 3, stored, label, 4, 4, s);
    const double half = sqrt(0.5); /* red against red and yellow; label 0 has a red and a green picture, label 2 none */
    const double expected[12] = {1, 0, -INFINITY, half, half, 0, -INFINITY, 1, 0, 0, -INFINITY, 0};
    for (int i = 0; i < 12; i++) {
        assert_true(isinf(expected[i]) ? s[i] == (real)expected[i] : fabs(s[i] - expected[i]) < 1e-6);
    }
    for (int i = 0; i < 4; i++) {
        mm_picture_free(stored + i);
        if (i < 3) {
            mm_picture_free(query + i);
        }
    }
}

/* Noto against the six other styles: far above chance, far below what a model should reach. */
static void emoji(void **state)
{
    (void)state;
    static const char *const styles[] = {"noto", "twemoji", "fluent", "fluent-flat", "noto-v1", "fxemoji", "emojione2"};
    Error err;
    EmojiSet set;
    assert_true(mm_emoji_load("datasets/emoji", styles, 7, &set, &err));
    size_t room = (size_t)set.n, labels = (size_t)set.concepts.n;
    Picture *query = calloc(room, sizeof *query), *stored = calloc(room, sizeof *stored);
    int *query_label = calloc(room, sizeof(int)), *stored_label = calloc(room, sizeof(int)),
        *candidate = calloc(labels, sizeof(int));
    int n = 0, m = 0;
    for (int i = 0; i < set.n; i++) {
        if (set.at[i].style == 0) {
            query[n] = set.at[i].picture;
            query_label[n++] = set.at[i].concept;
        } else {
            stored[m] = set.at[i].picture;
            stored_label[m++] = set.at[i].concept;
        }
    }
    for (size_t k = 0; k < labels; k++) {
        candidate[k] = (int)k;
    }
    real *s = calloc((size_t)n * labels, sizeof *s);
    mm_pixel_neighbour(query, n, stored, stored_label, m, (int)labels, s);
    Recall r = mm_recall(s, n, (int)labels, query_label, candidate);
    print_message("%d pictures against %d: R@1 %.3f R@5 %.3f R@10 %.3f\n", n, m, r.at1, r.at5, r.at10);
    assert_true(r.at1 > 0.35 && r.at1 < 0.65 && r.at10 > r.at5 && r.at5 > r.at1);
    free(query);
    free(stored);
    free(query_label);
    free(stored_label);
    free(candidate);
    free(s);
    mm_emoji_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(colours), cmocka_unit_test(emoji)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
