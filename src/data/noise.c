/* noise.c: what the rules of noise_rules.c ask about a pair: of its picture, of its text, and of how common both are in the set. */
#include "data/tokenizer.h"
#include "io/hash.h"
#include "io/memory.h"
#include "mm/web.h"

#include <ctype.h>
#include <utf8proc.h>

/* ---- the picture ---- */

static void look_at_picture(WebPair *pair, const Picture *p)
{
    Picture flat = mm_picture_flatten(p, mm_white);
    size_t n = (size_t)flat.width * (size_t)flat.height;
    int size[2] = {flat.width, flat.height};
    pair->content = mm_fnv(mm_fnv(MM_FNV_START, size, sizeof size), flat.pixels, 3 * n);
    for (int c = 0; c < 3; c++) {
        int low = 255, high = 0;
        for (size_t i = 0; i < n; i++) {
            int v = flat.pixels[3 * i + (size_t)c];
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        pair->contrast = high - low > pair->contrast ? high - low : pair->contrast;
    }
    mm_picture_free(&flat);
    pair->hash = mm_picture_hash(p);
}

/* ---- the text ---- */

/* A run of letters, digits and their accents, or one Chinese character; *at moves behind it. 0: there is no further word. */
static size_t next_word(const char **at, const char **word)
{
    utf8proc_int32_t c;
    size_t n = 0;
    *word = *at;
    while (**at) {
        size_t size = (size_t)utf8proc_iterate((const utf8proc_uint8_t *)*at, -1, &c);
        utf8proc_category_t k = utf8proc_category(c);
        bool inside = k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_NO; /* letters, marks, numbers */
        if (!inside && n > 0) {
            break;
        }
        *word = n == 0 ? *at : *word;
        n += inside ? size : 0;
        *at += size;
    }
    return n;
}

/* The words of a clean text, each by its hash; the caller frees. */
static uint64_t *word_hashes(const char *clean, int *n)
{
    uint64_t *word = mm_take(strlen(clean) / 2 + 1, sizeof *word); /* a word takes a letter and what parts it from the next */
    const char *w;
    size_t size;
    *n = 0;
    while ((size = next_word(&clean, &w)) > 0) {
        word[(*n)++] = mm_fnv(MM_FNV_START, w, size);
    }
    return word;
}

static uint64_t *words_of(const char *text, int *n)
{
    char *clean = mm_clean_text(text, true, NULL); /* lower case, Chinese characters apart */
    uint64_t *word = word_hashes(clean ? clean : "", n);
    free(clean);
    return word;
}

/* Control characters other than white space, U+FFFD for what could not be decoded, or UTF-8 that was taken for Latin-1 and encoded
 * once more: é became Ã©, ’ became â€™. */
static bool is_garbled(const char *text)
{
    utf8proc_int32_t c, before = 0;
    while (*text) {
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &c);
        bool control = c < 0 || (utf8proc_category(c) == UTF8PROC_CATEGORY_CC && !(c >= '\t' && c <= '\r'));
        bool twice = ((before == 0xc2 || before == 0xc3) && c >= 0x80 && c <= 0xbf) || (before == 0xe2 && c == 0x20ac);
        if (control || c == 0xfffd || twice) {
            return true;
        }
        before = c;
        text += size;
    }
    return false;
}

/* A counter as file names have it, jigsaw_red_10, or a time of day with seconds, 23:29:46. */
static bool is_machine_text(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '_' && c > text && (isdigit((unsigned char)c[-1]) || isdigit((unsigned char)c[1]))) {
            return true;
        }
        int used = 0;
        if (isdigit((unsigned char)*c) && sscanf(c, "%*2[0-9]:%*2[0-9]:%*2[0-9]%n", &used) == 0 && used == 8) {
            return true;
        }
    }
    return false;
}

static void read_text(WebPair *p)
{
    int n;
    uint64_t *word = words_of(p->text, &n);
    p->words = n;
    p->said = mm_fnv(MM_FNV_START, word, (size_t)n * sizeof *word);
    for (const char *c = p->text; *c; c++) {
        p->characters += ((unsigned char)*c & 0xc0) != 0x80; /* not the bytes after the first of a character */
    }
    p->garbled = is_garbled(p->text);
    p->machine = is_machine_text(p->text);
    free(word);
}

void mm_noise_add(NoiseSet *s, const char *text, const Picture *p, double width, double height, size_t bytes)
{
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 1024;
        s->at = mm_take_again(s->at, (size_t)s->room * sizeof *s->at);
    }
    WebPair *pair = &s->at[s->n++];
    *pair = (WebPair){.text = text, .width = width, .height = height, .bytes = bytes, .unreadable = !p};
    if (p) {
        look_at_picture(pair, p);
    }
    read_text(pair);
}

/* ---- the set ---- */

/* Counts under keys of 64 bits. Keys are hashes: that two of a million things share one has a probability of 3e-8. */
static int *counter(PairTable *t, uint64_t key)
{
    return mm_pair_value(t, (int)(key >> 32), (int)key, 0);
}

static uint64_t both(uint64_t a, uint64_t b)
{
    return mm_fnv(mm_fnv(MM_FNV_START, &a, sizeof a), &b, sizeof b);
}

/* How many pairs have each text, and how many different texts each picture. */
static void count_sharers(NoiseSet *s)
{
    PairTable pairs = {0}, texts = {0}, met = {0};
    for (int i = 0; i < s->n; i++) {
        const WebPair *p = &s->at[i];
        ++*counter(&pairs, p->said);
        if (++*counter(&met, both(p->said, p->content)) == 1) {
            ++*counter(&texts, p->content);
        }
    }
    for (int i = 0; i < s->n; i++) {
        WebPair *p = &s->at[i];
        p->sharers = *counter(&pairs, p->said);
        p->texts = p->unreadable ? 1 : *counter(&texts, p->content);
    }
    mm_pair_free(&pairs);
    mm_pair_free(&texts);
    mm_pair_free(&met);
}

static int falling(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x < y) - (x > y);
}

/* Of each count how many are as large or larger: the last place of those that share it. rank (of the largest count + 1). */
static int *ranks(const PairTable *t, int *largest)
{
    int *count = mm_take((size_t)t->n, sizeof *count);
    for (int i = 0; i < t->n; i++) {
        count[i] = t->at[i].value;
    }
    qsort(count, (size_t)t->n, sizeof *count, falling);
    *largest = t->n ? count[0] : 0;
    int *rank = mm_take((size_t)*largest + 1, sizeof *rank);
    for (int i = 0; i < t->n; i++) {
        rank[count[i]] = 1 + i; /* the last of equal counts is written last, and stays */
    }
    free(count);
    return rank;
}

/* The unigrams of a text, word[0 .. n-1], then its bigrams: words 0 and 1, 1 and 2, … */
static uint64_t ngram(const uint64_t *word, int n, int i)
{
    return i < n ? word[i] : both(word[i - n], word[i - n + 1]);
}

static void count_ngrams(NoiseSet *s)
{
    PairTable t = {0};
    int largest, n;
    for (int i = 0; i < s->n; i++) {
        uint64_t *word = words_of(s->at[i].text, &n);
        for (int k = 0; k < 2 * n - 1; k++) {
            ++*counter(&t, ngram(word, n, k));
        }
        free(word);
    }
    int *rank = ranks(&t, &largest);
    for (int i = 0; i < s->n; i++) {
        uint64_t *word = words_of(s->at[i].text, &n);
        for (int k = 0; k < 2 * n - 1; k++) {
            int r = rank[*counter(&t, ngram(word, n, k))];
            s->at[i].rarity = r > s->at[i].rarity ? r : s->at[i].rarity;
        }
        free(word);
    }
    s->ngrams = t.n;
    free(rank);
    mm_pair_free(&t);
}

void mm_noise_count(NoiseSet *s)
{
    count_sharers(s);
    count_ngrams(s);
}

void mm_noise_free(NoiseSet *s)
{
    free(s->at);
    mm_hash_index_free(s->tests);
    *s = (NoiseSet){0};
}
