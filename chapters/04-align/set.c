/* set.c: pairs for training and for the test, chosen from all there are (sources.c). */
#include "set.h"
#include "io/memory.h"

#include <math.h>
#include <stdarg.h>

const char *const pictures_name[] = {[CLIPART] = "clipart", [EMOJI] = "emoji", [BOTH] = "both", [ALL] = "all", NULL};
const char *const texts_name[] = {[NAMES] = "names", [KEYWORDS] = "keywords", [NAMES_AND_KEYWORDS] = "both", NULL};

static void add(PairSet *s, Picture picture, const char *text)
{
    if ((s->n & (s->n - 1)) == 0) { /* full at 0, 1, 2, 4, … */
        size_t room = s->n ? 2 * (size_t)s->n : 1;
        s->picture = mm_take_again(s->picture, room * sizeof *s->picture);
        s->text = mm_take_again(s->text, room * sizeof *s->text);
    }
    s->picture[s->n] = picture;
    s->text[s->n++] = text;
}

/* The pairs that are made of one picture. */
static void add_said(PairSet *s, Texts texts, Picture picture, const char *name, const char *keywords)
{
    if (texts != KEYWORDS) {
        add(s, picture, name);
    }
    if (texts != NAMES && *keywords) {
        add(s, picture, keywords);
    }
}

static const char *const said[] = {[NAMES] = "names", [KEYWORDS] = "keywords", [NAMES_AND_KEYWORDS] = "names and keywords"};

/* One more thing to say of what is trained on. */
__attribute__((format(printf, 2, 3))) static void tell(PairSet *s, const char *form, ...)
{
    size_t used = strlen(s->about);
    va_list args;
    va_start(args, form);
    used += (size_t)snprintf(s->about + used, sizeof s->about - used, "%s", used ? ", " : "");
    vsnprintf(s->about + used, sizeof s->about - used, form, args);
    va_end(args);
}

/* ---- clip art ---- */

static int by_hash(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Equal texts have equal labels: how many different ones come before. */
static void label_texts(Test *t)
{
    for (int i = 0; i < t->texts; i++) {
        t->text_label[i] = i;
        for (int k = 0; k < i; k++) {
            if (strcmp(t->text[k], t->text[i]) == 0) {
                t->text_label[i] = k;
                break;
            }
        }
        t->picture_label[i] = t->text_label[i];
    }
}

static Test new_test(const char *name, int most)
{
    size_t n = (size_t)most;
    return (Test){.name = name,
                  .picture = mm_take(n, sizeof(Picture)),
                  .text = mm_take(n, sizeof(char *)),
                  .picture_label = mm_take(n, sizeof(int)),
                  .text_label = mm_take(n, sizeof(int))};
}

/* The pairs that a source's rules keep, or all: (n) true or false. words: see SetOptions. */
static bool *kept_by(const NoiseSet *noise, int source, int words)
{
    bool *kept = mm_take((size_t)noise->n, sizeof *kept);
    Funnel f = source >= 0 ? mm_funnel((NoiseSource)source) : (Funnel){0};
    if (words > 0) {
        f.limit[mm_noise_rule("few-words")] = words;
    }
    if (source >= 0) {
        mm_funnel_run(&f, noise);
    }
    for (int i = 0; i < noise->n; i++) {
        kept[i] = source < 0 || f.by[i] < 0;
    }
    if (source >= 0) {
        mm_funnel_free(&f);
    }
    return kept;
}

static void choose_clipart(const Sources *from, const SetOptions *o, PairSet *s)
{
    const NoiseSet *noise = &from->noise;
    bool *kept = kept_by(noise, o->filter, o->words), *clean = kept_by(noise, MM_LIMITS_HERE, 0);
    Test *t = &s->test[s->tests++];
    *t = new_test("held-out clip art", noise->n);
    uint64_t *tested = mm_take((size_t)noise->n, sizeof *tested);
    for (int i = 0; i < noise->n; i++) {
        if (mm_concept_is_held_out(from->art.text[i]) && clean[i]) {
            tested[t->texts] = noise->at[i].content;
            t->picture[t->texts] = mm_sheet_picture(&from->art.sheet, i);
            t->text[t->texts++] = from->art.text[i];
        }
    }
    t->pictures = t->texts;
    label_texts(t);
    qsort(tested, (size_t)t->texts, sizeof *tested, by_hash);
    int pieces = 0;
    for (int i = 0; i < noise->n; i++) {
        bool seen = bsearch(&noise->at[i].content, tested, (size_t)t->texts, sizeof *tested, by_hash) != NULL;
        if (kept[i] && !seen && !mm_concept_is_held_out(from->art.text[i])) {
            add_said(s, o->texts, mm_sheet_picture(&from->art.sheet, i), from->art.text[i], from->art.keywords[i]);
            pieces++;
        }
    }
    tell(s, "%d of %d pieces of clip art (%s%s)", pieces, noise->n,
         o->filter < 0 ? "not filtered" : "rules: ", o->filter < 0 ? "" : mm_noise_source[o->filter]);
    if (o->texts != NAMES) {
        tell(s, "%s", said[o->texts]);
    }
    free(tested);
    free(kept);
    free(clean);
}

/* ---- emoji ---- */

static void test_emoji(const EmojiSet *emoji, PairSet *s)
{
    EmojiTest names = mm_emoji_test(emoji, mm_emoji_style(emoji, mm_test_style), false);
    Test *t = &s->test[s->tests++];
    *t = new_test("emoji of a style never seen", names.n);
    for (int i = 0; i < names.n; i++) {
        if (mm_concept_is_core(&emoji->concepts.at[names.concept[i]])) {
            t->picture[t->texts] = names.picture[i];
            t->text[t->texts] = names.en[i];
            t->picture_label[t->texts] = t->text_label[t->texts] = names.concept[i];
            t->texts++;
        }
    }
    t->pictures = t->texts;
    mm_emoji_test_free(&names);
}

static void choose_emoji(const EmojiSet *emoji, const SetOptions *o, PairSet *s)
{
    int test = mm_emoji_style(emoji, mm_test_style), drawn = 0;
    for (int i = 0; i < emoji->n; i++) {
        const Emoji *e = &emoji->at[i];
        const Concept *c = &emoji->concepts.at[e->concept];
        if (e->style != test && (e->style < MM_STYLES || o->more.styles) && (o->more.groups || mm_concept_is_core(c))) {
            add_said(s, o->texts, e->picture, c->en, c->tags_en);
            drawn++;
        }
    }
    tell(s, "%d emoji with their English %s", drawn, said[o->texts]);
}

/* ---- icons ---- */

static bool choose_icons(const Sources *from, PairSet *s, Error *err)
{
    int en = mm_tsv_column(from->icons.table, "en", err);
    for (int i = 0; en >= 0 && i < from->icons.n; i++) {
        add(s, mm_sheet_picture(&from->icons, i), mm_tsv_cell(from->icons.table, i, en));
    }
    tell(s, "%d icons with their English names", from->icons.n);
    return en >= 0;
}

/* ---- stamps ---- */

static bool choose_stamps(const Sources *from, PairSet *s, Error *err)
{
    const Tsv *table = from->stamps.table;
    int path = mm_tsv_column(table, "path", err), en = path >= 0 ? mm_tsv_column(table, "en", err) : -1;
    Test *t = &s->test[s->tests++];
    *t = new_test("Tux Paint's stamps", from->stamps.n);
    for (int i = 0; en >= 0 && i < from->stamps.n; i++) {
        const char *file = mm_tsv_cell(table, i, path);
        if (mm_ends_in(file, ".png") && strncmp(file, "symbols/", 8) != 0) { /* the others are drawings of signs and letters */
            t->picture[t->texts] = mm_sheet_picture(&from->stamps, i);
            t->text[t->texts++] = mm_tsv_cell(table, i, en);
        }
    }
    t->pictures = t->texts;
    label_texts(t);
    return en >= 0;
}

/* ---- less, and worse ---- */

/* A random part of the pairs, in their order. */
static void keep_part(PairSet *s, double part, unsigned long long seed)
{
    int n = (int)ceil(part * s->n), kept = 0, *order = mm_take((size_t)s->n, sizeof *order);
    Rng rng = mm_rng(seed, "part");
    mm_permutation(&rng, order, s->n);
    bool *chosen = mm_take((size_t)s->n, sizeof *chosen);
    for (int i = 0; i < n; i++) {
        chosen[order[i]] = true;
    }
    for (int i = 0; i < s->n; i++) {
        if (chosen[i]) {
            s->picture[kept] = s->picture[i];
            s->text[kept++] = s->text[i];
        }
    }
    s->n = kept;
    free(chosen);
    free(order);
}

/* The texts of a random part move on by one among themselves: each of these pictures gets the text of another. */
static void shuffle_texts(PairSet *s, double part, unsigned long long seed)
{
    int n = (int)lround(part * s->n), *order = mm_take((size_t)s->n, sizeof *order);
    Rng rng = mm_rng(seed, "shuffled");
    mm_permutation(&rng, order, s->n);
    const char *first = n ? s->text[order[0]] : NULL;
    for (int i = 0; i + 1 < n; i++) {
        s->text[order[i]] = s->text[order[i + 1]];
    }
    if (n) {
        s->text[order[n - 1]] = first;
    }
    free(order);
}

/* ---- what is found without learning ---- */

/* The words of a text, each with a space before and behind, in lower case. */
static char *words_of(const char *text)
{
    size_t n = strlen(text);
    char *out = mm_take(n + 3, 1), *to = out;
    *to++ = ' ';
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        bool letter = c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (letter) {
            *to++ = (char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
        } else if (to[-1] != ' ') {
            *to++ = ' ';
        }
    }
    if (to[-1] != ' ') {
        *to++ = ' ';
    }
    return out;
}

/* How many words of a are also in b, divided by the geometric mean of their numbers: the cosine of two bags of words. */
static double words_in_common(const char *a, const char *b)
{
    int in_a = 0, in_b = 0, both = 0;
    for (const char *at = a; at[1]; in_a++) {
        size_t n = strcspn(at + 1, " ") + 2; /* " word " */
        char word[256];
        if (n < sizeof word) {
            memcpy(word, at, n);
            word[n] = 0;
            both += strstr(b, word) != NULL;
        }
        at += n - 1;
    }
    for (const char *at = b; at[1]; in_b++) {
        at += strcspn(at + 1, " ") + 1;
    }
    return in_a && in_b ? both / sqrt((double)in_a * in_b) : 0;
}

/* The training picture that is nearest by its pixels lends its text; candidates are compared with that by their words. */
static void fill_baseline(const PairSet *s, Test *t)
{
    real *query = mm_pixel_features(t->picture, t->pictures), *stored = mm_pixel_features(s->picture, s->n);
    Neighbour *nearest = mm_take((size_t)t->pictures, sizeof *nearest);
    char **words = mm_take((size_t)t->texts, sizeof *words);
    mm_nearest(query, t->pictures, stored, s->n, MM_PIXEL_FEATURES, 1, nearest);
    t->pixels = mm_take((size_t)t->pictures * (size_t)t->texts, sizeof *t->pixels);
    for (int j = 0; j < t->texts; j++) {
        words[j] = words_of(t->text[j]);
    }
    for (int i = 0; i < t->pictures; i++) {
        char *lent = words_of(s->text[nearest[i].at]);
        for (int j = 0; j < t->texts; j++) {
            t->pixels[(size_t)i * (size_t)t->texts + (size_t)j] = (real)words_in_common(lent, words[j]);
        }
        free(lent);
    }
    for (int j = 0; j < t->texts; j++) {
        free(words[j]);
    }
    free(words);
    free(nearest);
    free(query);
    free(stored);
}

bool set_choose(const Sources *from, const SetOptions *o, bool baselines, PairSet *s, Error *err)
{
    *s = (PairSet){0};
    if (o->pictures != EMOJI) {
        choose_clipart(from, o, s);
    }
    test_emoji(&from->emoji, s);
    if (o->pictures != CLIPART) {
        choose_emoji(&from->emoji, o, s);
    }
    if ((o->pictures == ALL && !choose_icons(from, s, err)) || (o->stamps && !choose_stamps(from, s, err)) ||
        (s->n < 2 && !mm_error(err, "%s: no two pairs are left to train on", o->data))) {
        set_free(s);
        return false;
    }
    if (o->part < 1) {
        keep_part(s, o->part, o->seed);
    }
    shuffle_texts(s, o->shuffled, o->seed);
    for (int i = 0; i < s->tests && baselines; i++) {
        fill_baseline(s, &s->test[i]);
    }
    return true;
}

bool set_load(const SetOptions *o, bool baselines, PairSet *s, Error *err)
{
    Sources own;
    *s = (PairSet){0};
    Wanted wanted = {.clipart = o->pictures != EMOJI, .styles = o->more.styles, .icons = o->pictures == ALL, .stamps = o->stamps};
    if (!sources_load(o->data, wanted, &own, err)) {
        return false;
    }
    bool ok = set_choose(&own, o, baselines, s, err);
    if (ok) {
        s->own = own;
    } else {
        sources_free(&own);
    }
    return ok;
}

bool set_load_test(const char *data, PairSet *s, Error *err)
{
    *s = (PairSet){0};
    if (!sources_load(data, (Wanted){0}, &s->own, err)) {
        return false;
    }
    test_emoji(&s->own.emoji, s);
    return true;
}

void set_free(PairSet *s)
{
    for (int i = 0; i < s->tests; i++) {
        free(s->test[i].picture);
        free(s->test[i].text);
        free(s->test[i].picture_label);
        free(s->test[i].text_label);
        free(s->test[i].pixels);
    }
    free(s->picture);
    free(s->text);
    sources_free(&s->own);
    *s = (PairSet){0};
}
