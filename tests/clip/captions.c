/* captions.c: which texts are true of which pictures, on the shipped concepts; and a batch that says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batch.h"
#include "evaluate.h"

typedef struct Data {
    EmojiSet emoji;
    Tokenizer *tok;
    Captions captions;
} Data;

static int load(void **state)
{
    Data *d = calloc(1, sizeof *d);
    Error err;
    int n;
    assert_true(mm_emoji_load_all("datasets", &d->emoji, &err));
    char **texts = captions_texts(&d->emoji.concepts, &n);
    d->tok = mm_tokenizer_learn((const char *const *)texts, n, 600, true, &err);
    assert_true(captions_make(&d->emoji.concepts, d->tok, &d->captions, &err));
    for (int i = 0; i < n; i++) {
        free(texts[i]);
    }
    free(texts);
    *state = d;
    return 0;
}

static int drop(void **state)
{
    Data *d = *state;
    captions_free(&d->captions);
    mm_tokenizer_free(d->tok);
    mm_emoji_free(&d->emoji);
    free(d);
    return 0;
}

static int concept(const Data *d, const char *en)
{
    for (int c = 0; c < d->emoji.concepts.n; c++) {
        if (strcmp(d->emoji.concepts.at[c].en, en) == 0) {
            return c;
        }
    }
    fail_msg("no concept is called %s", en);
    return -1;
}

static const Phrase *name(const Data *d, const char *en, int language)
{
    return &d->captions.name[concept(d, en) * LANGUAGES + language];
}

/* The tag of a concept that is written like this. */
static const Phrase *tag(const Data *d, const char *en, int language, const char *text)
{
    Error err;
    Phrase p;
    int at = concept(d, en) * LANGUAGES + language;
    p.ids = mm_encode(d->tok, text, &p.n, &err);
    for (int t = 0; t < d->captions.tags[at]; t++) {
        const Phrase *q = &d->captions.tag[at][t];
        if (q->n == p.n && memcmp(q->ids, p.ids, (size_t)p.n * sizeof *p.ids) == 0) {
            free(p.ids);
            return q;
        }
    }
    fail_msg("%s has no tag %s", en, text);
    return NULL;
}

static void true_of(void **state)
{
    const Data *d = *state;
    const Captions *c = &d->captions;
    int cat = concept(d, "cat"), kissing = concept(d, "kissing cat"), owl = concept(d, "owl"), apple = concept(d, "red apple");
    for (int l = 0; l < LANGUAGES; l++) { /* "cat" is an English tag of the kissing cat, and 猫 the same concept's name */
        assert_true(captions_true(c, name(d, "cat", l), l, cat));
        assert_true(captions_true(c, name(d, "cat", l), l, kissing));
        assert_false(captions_true(c, name(d, "cat", l), l, owl)); /* 猫头鹰: 猫 is only part of the word */
        assert_false(captions_true(c, name(d, "kissing cat", l), l, cat));
    }
    assert_true(captions_true(c, tag(d, "red apple", EN, "fruit"), EN, apple));
    assert_true(captions_true(c, tag(d, "red apple", EN, "fruit"), EN, concept(d, "lemon")));
    assert_false(captions_true(c, tag(d, "red apple", EN, "fruit"), EN, cat));
    assert_int_equal(name(d, "cat", ZH)->named, cat);
    assert_int_equal(tag(d, "kissing cat", EN, "cat")->named, cat);
    assert_int_equal(tag(d, "red apple", EN, "diet")->named, -1);
}

/* Every text of a batch fits its own picture, names come first, and every mark is the truth. */
static void batch(void **state)
{
    const Data *d = *state;
    enum { N = 24, TAGS = 10 };
    int *item = malloc((size_t)d->emoji.n * sizeof *item);
    for (int i = 0; i < d->emoji.n; i++) {
        item[i] = i;
    }
    Source source = {.kind = &source_of_emoji,
                     .items = d->emoji.n,
                     .concepts = d->emoji.concepts.n,
                     .languages = LANGUAGES,
                     .item = item,
                     .emoji = d->emoji,
                     .captions = d->captions};
    ClipInput input = {.std = {1, 1, 1}};
    BatchPlan plan = {.source = &source,
                      .input = &input,
                      .batch = N,
                      .size = 8,
                      .context = 40,
                      .by_concept = true,
                      .mix = {.tag_texts = TAGS, .most_tags = 1},
                      .seed = 3};
    Batch b = batch_new(&plan);
    Error err;
    assert_true(batch_fill(&plan, 5, &b, &err));
    assert_int_equal(b.texts, N + TAGS);
    int concept_of[N];
    for (int i = 0; i < N; i++) {
        concept_of[i] = d->emoji.at[b.item[i]].concept;
    }
    for (int l = 0; l < LANGUAGES; l++) {
        int others = 0;
        for (int i = 0; i < b.texts; i++) {
            const int *ids = b.ids[l] + i * b.T[l] + 1;
            const Phrase *own = &d->captions.name[concept_of[i % N] * LANGUAGES + l];
            assert_true(b.fits[l][i * N + i % N]);
            assert_int_equal(ids[b.length[l][i] - 2], d->captions.end);
            if (i < N) {
                assert_int_equal(b.length[l][i], own->n + 2);
                assert_memory_equal(ids, own->ids, (size_t)own->n * sizeof *ids);
            }
            for (int k = 0; k < N; k++) {
                others += b.fits[l][i * N + k] && k != i % N;
                assert_true(i >= N || b.fits[l][i * N + k] == captions_true(&d->captions, own, l, concept_of[k]));
                assert_true(i >= N || b.named[l][i * N + k] == (i == k));
            }
        }
        assert_true(others > 0); /* "animal", 脸: some tag is of several pictures */
    }
    batch_free(&b);
    free(item);
}

/* [clip_targets] Two rows, three columns; the first has two right answers. By hand: -(log p0 + log p2) / 2 and -log q1, halved. */
static void several_right_answers(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    static const bool fits[] = {true, false, true, false, true, false};
    Tensor *z = mm_input(g, MM_SHAPE(2, 3), (const real[]){1, 2, 3, 0, 1, 0});
    Tensor *loss = clip_loss_one_way(g, z, fits, 0);
    assert_float_equal((float)loss->data[0], (1.4076059f + 0.5514447f) / 2, 1e-6);
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_of),
        cmocka_unit_test(batch),
        cmocka_unit_test(several_right_answers),
    };
    return cmocka_run_group_tests(tests, load, drop);
}
