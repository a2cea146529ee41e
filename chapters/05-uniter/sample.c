/* sample.c: see sample.h. */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

enum { CAT = 1, DOG, APPLE, WIDTH = 40, HEIGHT = 30 };

typedef struct Thing {
    int class;
    const char *code, *word;
    double corner[4]; /* in pixels */
} Thing;

static const Thing things[SAMPLES][SAMPLE_REGIONS] = {
    {{CAT, "1F408", "cat", {2, 12, 18, 28}}, {DOG, "1F415", "dog", {20, 8, 38, 26}}},
    {{APPLE, "1F34E", "apple", {4, 16, 14, 26}}, {DOG, "1F415", "dog", {20, 8, 38, 26}}},
};
static const char *const texts[SAMPLES] = {"a cat left of a dog", "an apple left of a dog"};
static const char *const style = "twemoji";

const char *const sample_thing[SAMPLES][SAMPLE_REGIONS] = {{"cat", "dog"}, {"apple", "dog"}};

static const Picture *find(const EmojiSet *emoji, const char *code)
{
    for (int i = 0; i < emoji->n; i++) {
        if (strcmp(emoji->concepts.at[emoji->at[i].concept].code, code) == 0) {
            return &emoji->at[i].picture;
        }
    }
    return NULL;
}

static void mean_colour(const Picture *p, real rgb[SAMPLE_COLOURS])
{
    Picture flat = mm_picture_flatten(p, mm_white);
    double sum[SAMPLE_COLOURS] = {0};
    int n = flat.width * flat.height;
    for (int i = 0; i < n * SAMPLE_COLOURS; i++) {
        sum[i % SAMPLE_COLOURS] += flat.pixels[i];
    }
    for (int c = 0; c < SAMPLE_COLOURS; c++) {
        rgb[c] = (real)(sum[c] / n / 255);
    }
    mm_picture_free(&flat);
}

static bool make_region(Sample *s, int i, int r, const EmojiSet *emoji, Error *err)
{
    const Thing *t = &things[i][r];
    const Picture *picture = find(emoji, t->code);
    if (!picture) {
        return mm_error(err, "the style %s has no picture %s (%s)", style, t->code, t->word);
    }
    mean_colour(picture, s->feat[i] + r * SAMPLE_COLOURS);
    for (int k = 0; k < SAMPLE_CLASSES; k++) { /* a detector that is right and fairly sure */
        s->soft[i][r * SAMPLE_CLASSES + k] = (real)(k == t->class ? 0.7 : 0.1);
    }
    return box_numbers(t->corner, WIDTH, HEIGHT, s->box[i] + r * UNITER_BOX, t->word, err);
}

static bool make_item(Sample *s, int i, const EmojiSet *emoji, Error *err)
{
    int words;
    if (!mm_wordpiece_tokenize(s->vocabulary, texts[i], SAMPLE_WORDS, s->ids[i], &words, err)) {
        return false;
    }
    for (int t = 0; t < SAMPLE_WORDS; t++) {
        s->named[i][t] = -1;
        for (int r = 0; r < SAMPLE_REGIONS && t < words; r++) {
            bool names = strcmp(mm_wordpiece_text(s->vocabulary, s->ids[i][t]), things[i][r].word) == 0;
            s->named[i][t] = names ? r : s->named[i][t];
        }
    }
    s->text[i] = texts[i];
    s->item[i] = (Item){.words = words,
                        .regions = SAMPLE_REGIONS,
                        .ids = s->ids[i],
                        .picture = i,
                        .feat = s->feat[i],
                        .box = s->box[i],
                        .soft = s->soft[i],
                        .named = s->named[i],
                        .kind = s->kind[i]};
    bool ok = true;
    for (int r = 0; r < SAMPLE_REGIONS && ok; r++) {
        s->kind[i][r] = r;
        ok = make_region(s, i, r, emoji, err);
    }
    return ok;
}

bool sample_make(Sample *s, const char *data, Error *err)
{
    const char *twice[2 * SAMPLES]; /* a piece must occur twice */
    EmojiSet emoji;
    char *folder = mm_join_path(data, "emoji");
    bool ok = mm_emoji_load(folder, &style, 1, &emoji, err);
    *s = (Sample){.set = {s->item, SAMPLES, SAMPLE_COLOURS, SAMPLE_CLASSES}};
    for (int i = 0; i < 2 * SAMPLES; i++) {
        twice[i] = texts[i % SAMPLES];
    }
    if (ok) {
        s->vocabulary = mm_wordpiece_learn(twice, 2 * SAMPLES, 1000, true, err);
        ok = s->vocabulary && tokens_find(s->vocabulary, &s->tokens, err);
    }
    for (int i = 0; i < SAMPLES && ok; i++) {
        ok = make_item(s, i, &emoji, err);
    }
    mm_emoji_free(&emoji);
    free(folder);
    return ok;
}

void sample_free(Sample *s)
{
    mm_wordpiece_free(s->vocabulary);
    s->vocabulary = NULL;
}
