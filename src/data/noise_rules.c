/* noise_rules.c: what noise is, rule by rule, and the funnel that they make.
 *
 * ALIGN cleans its 1.8 billion pairs with a handful of rules of frequency and size (Jia et al. 2021, section 3), COYO-700M with more
 * (its README). Both publish their limits. Rules run in the order of the table: pictures first, as in the
 * paper; duplicates last, so that the one of them that stays is good itself. */
#include "io/memory.h"
#include "mm/web.h"

#include <math.h>

const char *const mm_noise_source[MM_NOISE_SOURCES] = {"align", "coyo", "here"};

/* ---- pictures ---- */

static bool unreadable(const NoiseCase *c)
{
    return c->pair->unreadable;
}

static bool blank(const NoiseCase *c)
{
    return !c->pair->unreadable && c->pair->contrast < c->limit;
}

/* A size that is not known is no reason to remove. */
static bool small(const NoiseCase *c)
{
    double shorter = fmin(c->pair->width, c->pair->height);
    return shorter > 0 && shorter <= c->limit;
}

static bool narrow(const NoiseCase *c)
{
    /* region narrow */
    double shorter = fmin(c->pair->width, c->pair->height), longer = fmax(c->pair->width, c->pair->height);
    return shorter > 0 && longer >= c->limit * shorter;
    /* end narrow */
}

static bool tiny_file(const NoiseCase *c)
{
    return c->pair->bytes > 0 && (double)c->pair->bytes < c->limit;
}

static bool many_texts(const NoiseCase *c)
{
    return c->pair->texts > c->limit;
}

static bool like_test(const NoiseCase *c)
{
    return !c->pair->unreadable && c->seen && mm_hash_index_find(c->seen, c->pair->hash) >= 0;
}

/* The first of equals stays. */
static bool again(HashIndex *seen, uint64_t hash)
{
    bool found = mm_hash_index_find(seen, hash) >= 0;
    if (!found) {
        mm_hash_index_add(seen, hash);
    }
    return found;
}

/* Hash and text in one number. Of one text, two such numbers differ in as many bits as the hashes do; of two, in about half. */
static bool repeated(const NoiseCase *c)
{
    uint64_t text = c->pair->said * 0x9e3779b97f4a7c15u;
    return !c->pair->unreadable && again(c->seen, c->pair->hash ^ text ^ text >> 32);
}

/* Runs only where asked for. Photographs that are so alike are one; of drawings, with few lines and flat colours, 64 bits of grey
 * say too little: the flags of Spain and Gabon are 2 bits apart, a six of hearts and a six of clubs 2. */
static bool near_duplicate(const NoiseCase *c)
{
    return !c->pair->unreadable && again(c->seen, c->pair->hash);
}

/* ---- texts ---- */

static bool garbled(const NoiseCase *c)
{
    return c->pair->garbled;
}

static bool no_words(const NoiseCase *c)
{
    return c->pair->words == 0;
}

static bool shared(const NoiseCase *c)
{
    return c->pair->sharers > c->limit;
}

static bool machine(const NoiseCase *c)
{
    return c->pair->machine;
}

static bool rare(const NoiseCase *c)
{
    return c->pair->rarity > c->limit;
}

static bool few_words(const NoiseCase *c)
{
    return c->pair->words < c->limit;
}

static bool many_words(const NoiseCase *c)
{
    return c->pair->words > c->limit;
}

static bool few_characters(const NoiseCase *c)
{
    return c->pair->characters <= c->limit;
}

static bool many_characters(const NoiseCase *c)
{
    return c->pair->characters > c->limit;
}

/* ---- the table ----
 * 0 where a rule has no number. ALIGN does not say how near a near-duplicate is, nor COYO how many bytes its
 * 5 KB are. */

#define NO NAN

const NoiseRule mm_noise_rules[MM_NOISE_RULES] = {
    {"unreadable", unreadable, MM_ALONE, {0, 0, 0}, "pictures that cannot be decoded", "there is nothing to see"},
    {"nsfw", NULL, MM_ALONE, {0, .5, NO}, "pornography", "not run: needs a detector, itself a trained network"},
    {"blank", blank, MM_ALONE, {NO, NO, 8}, "pictures whose channels span less than %g of 255", "any text would do"},
    {"small", small, MM_ALONE, {200, 199, 63}, "pictures with a side of %g or less", "icons, buttons, rulers"},
    {"narrow", narrow, MM_ALONE, {3, 3, 3}, "pictures as narrow as 1 : %g", "banners; a square crop loses most"},
    {"tiny-file", tiny_file, MM_ALONE, {NO, 5120, NO}, "files of less than %g bytes", "a photograph needs more; not a drawing"},
    {"many-texts", many_texts, MM_ALONE, {1000, NO, 10}, "pictures with more than %g texts", "placeholders, logos"},
    {"like-test", like_test, MM_TESTS, {3, 0, 3}, "pictures within %g bits of a test's", "who saw the test is not tested"},
    {"garbled", garbled, MM_ALONE, {NO, NO, 0}, "texts with control characters or broken encoding", "nobody wrote this"},
    {"no-words", no_words, MM_ALONE, {0, 0, 0}, "texts without a word", "nothing is said"},
    {"shared", shared, MM_ALONE, {10, 10, 10}, "texts of more than %g pictures", "a site's own: \"thumbnail for\", \"1080p\""},
    {"machine", machine, MM_ALONE, {NO, NO, 0}, "texts with file_name_07 or 23:59:59", "by a program, for programs"},
    {"rare", rare, MM_ALONE, {1e8, NO, NO}, "texts with an n-gram beyond the %g most frequent", "serial numbers, typing errors"},
    {"few-words", few_words, MM_ALONE, {3, 3, NO}, "texts of less than %g words", "too short to tell pictures apart"},
    {"many-words", many_words, MM_ALONE, {20, 256, 20}, "texts of more than %g words", "lists; the encoder reads 64 tokens"},
    {"few-characters", few_characters, MM_ALONE, {NO, 5, NO}, "texts of %g characters or fewer", "as few-words"},
    {"many-characters", many_characters, MM_ALONE, {NO, 1000, 1000}, "texts of more than %g characters", "as many-words"},
    {"foreign", NULL, MM_ALONE, {NO, 0, NO}, "texts that are not English", "not run: of two words nobody can guess the language"},
    {"profane", NULL, MM_ALONE, {NO, 0, NO}, "texts with obscene words", "not run: needs lists of them"},
    {"no-noun", NULL, MM_ALONE, {NO, 0, NO}, "texts without a noun", "not run: needs a tagger"},
    {"repeated", repeated, MM_EARLIER, {NO, 0, 3}, "a text again, its picture within %g bits", "nothing new, twice the weight"},
    {"near-duplicate", near_duplicate, MM_EARLIER, {NO, NO, NO}, "pictures within %g bits of an earlier one", "as repeated"},
};

int mm_noise_rule(const char *name)
{
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        if (strcmp(mm_noise_rules[r].name, name) == 0) {
            return r;
        }
    }
    return -1;
}

/* ---- the funnel ---- */

Funnel mm_funnel(NoiseSource source)
{
    Funnel f = {0};
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        f.limit[r] = mm_noise_rules[r].test ? mm_noise_rules[r].limit[source] : NAN;
    }
    return f;
}

/* What a rule removes of the pairs that nothing has removed yet (by[i] < 0): it is entered in by. Returns how many. */
static int run_rule(const NoiseSet *s, int r, double limit, int *by)
{
    const NoiseRule *rule = &mm_noise_rules[r];
    HashIndex *own = rule->against == MM_EARLIER ? mm_hash_index_new((int)limit) : NULL;
    HashIndex *seen = rule->against == MM_TESTS ? s->tests : own;
    int removed = 0;
    for (int i = 0; i < s->n; i++) {
        if (by[i] < 0 && rule->test(&(NoiseCase){&s->at[i], limit, seen})) {
            by[i] = r;
            removed++;
        }
    }
    mm_hash_index_free(own);
    return removed;
}

static int *nothing_removed(int n)
{
    int *by = mm_take((size_t)n, sizeof *by);
    for (int i = 0; i < n; i++) {
        by[i] = -1;
    }
    return by;
}

void mm_funnel_run(Funnel *f, const NoiseSet *s)
{
    f->by = nothing_removed(s->n);
    f->kept = s->n;
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        if (isnan(f->limit[r])) {
            continue;
        }
        int *all = nothing_removed(s->n);
        f->alone[r] = run_rule(s, r, f->limit[r], all);
        free(all);
        f->removed[r] = run_rule(s, r, f->limit[r], f->by);
        f->kept -= f->removed[r];
    }
}

void mm_funnel_free(Funnel *f)
{
    free(f->by);
    f->by = NULL;
}
