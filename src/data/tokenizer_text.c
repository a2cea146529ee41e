/* tokenizer_text.c: from what people type to the words that are encoded (openai/CLIP simple_tokenizer.py). */
#include "data/tokenizer.h"
#include "io/memory.h"

#include <utf8proc.h>

/* ---- cleaning ---- */

static bool is_space(utf8proc_int32_t c) /* Unicode's White_Space: also U+00A0, the wide U+3000, … */
{
    utf8proc_category_t k = utf8proc_category(c);
    return (c >= '\t' && c <= '\r') || c == 0x85 || k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL ||
           k == UTF8PROC_CATEGORY_ZP;
}

/* The ideographs, as BERT's BasicTokenizer lists them. */
static bool is_han(utf8proc_int32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df) ||
           (c >= 0x2a700 && c <= 0x2ceaf) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

/* Unicode's Case_Ignorable, which a Σ looks through: marks, modifiers, and what may stand inside a word. */
static bool is_case_ignorable(utf8proc_int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    bool inside = c == '\'' || c == '.' || c == ':' || c == 0xb7 || c == 0x387 || c == 0x55f || c == 0x5f4 || c == 0x2018 ||
                  c == 0x2019 || c == 0x2024 || c == 0x2027 || c == 0xfe13 || c == 0xfe52 || c == 0xfe55 || c == 0xff07 ||
                  c == 0xff0e || c == 0xff1a;
    return inside || k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME || k == UTF8PROC_CATEGORY_CF ||
           k == UTF8PROC_CATEGORY_LM || k == UTF8PROC_CATEGORY_SK;
}

static bool is_cased(utf8proc_int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    return k == UTF8PROC_CATEGORY_LU || k == UTF8PROC_CATEGORY_LL || k == UTF8PROC_CATEGORY_LT || c == 0xaa || c == 0xba ||
           (c >= 0x2160 && c <= 0x217f) || (c >= 0x24b6 && c <= 0x24e9);
}

static bool cased_follows(const utf8proc_uint8_t *text)
{
    utf8proc_int32_t c = 0;
    do {
        text += *text ? utf8proc_iterate(text, -1, &c) : 0;
    } while (*text && is_case_ignorable(c));
    return is_cased(c);
}

/* As Python's str.lower: Σ at the end of a word is ς, and İ is the one letter that becomes two, i and a dot above. */
static utf8proc_uint8_t *put_lower(utf8proc_int32_t c, bool cased_before, const utf8proc_uint8_t *after, utf8proc_uint8_t *to)
{
    bool final_sigma = c == 0x3a3 && cased_before && !cased_follows(after);
    to += utf8proc_encode_char(final_sigma ? 0x3c2 : utf8proc_tolower(c), to);
    return c == 0x130 ? to + utf8proc_encode_char(0x307, to) : to;
}

/* Lower case, and one space for every run of white space; none at the ends. */
static char *lower(const utf8proc_uint8_t *text, bool split_han)
{
    /* A letter may need more room in lower case, but at most 3 bytes for 2 (İ, Ⱥ); a Chinese character and its spaces need 5 for 3. */
    utf8proc_uint8_t *out = mm_take(2 * strlen((const char *)text) + 1, 1), *to = out;
    bool space = false, han = false, cased = false;
    utf8proc_int32_t c;
    while (*text) {
        text += utf8proc_iterate(text, -1, &c);
        if (is_space(c)) {
            space = to > out;
            cased = false;
            continue;
        }
        bool was_han = han;
        han = split_han && is_han(c);
        if (space || (to > out && (han || was_han))) {
            *to++ = ' ';
            space = false;
        }
        to = put_lower(c, cased, text, to);
        cased = is_case_ignorable(c) ? cased : is_cased(c);
    }
    return (char *)out;
}

/* Where a letter has more accents and other combining marks than MM_MARKS_LIMIT; NULL: nowhere. Normalisation sorts the marks of
 * each letter, in the square of their number: minutes for a text of nothing else. */
static const char *too_many_marks(const char *text)
{
    int marks = 0;
    utf8proc_int32_t c;
    while (*text) {
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &c);
        marks = utf8proc_get_property(c)->combining_class ? marks + 1 : 0;
        if (marks > MM_MARKS_LIMIT) {
            return text;
        }
        text += size;
    }
    return NULL;
}

/* NFC: an accent joins its letter where there is a character for both, so that é is always the same é. */
static utf8proc_uint8_t *compose(const char *text)
{
    utf8proc_uint8_t *composed = NULL;
    if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &composed, UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE) < 0) {
        mm_fail((FailHandler){0}, "out of memory for a text of %zu bytes", strlen(text));
    }
    return composed;
}

char *mm_clean_text(const char *text, bool split_han, Error *err)
{
    size_t n = strlen(text);
    if (n > MM_TEXT_LIMIT) {
        mm_error(err, "the text has %zu bytes; at most %d can be encoded", n, MM_TEXT_LIMIT);
        return NULL;
    }
    if (!mm_utf8_check(text, n, "the text", 0, err)) {
        return NULL;
    }
    char *once = mm_unescape(text), *twice = mm_unescape(once), *clean = NULL;
    const char *mark = too_many_marks(twice);
    if (mark) {
        mm_error(err, "the text: byte %td: more than %d combining marks on one letter", mark - twice + 1, MM_MARKS_LIMIT);
    } else {
        utf8proc_uint8_t *composed = compose(twice);
        clean = lower(composed, split_han);
        free(composed);
    }
    free(once);
    free(twice);
    return clean;
}

/* ---- words ----
 * CLIP's pattern, of which the first alternative that fits is taken:
 *     <|startoftext|> | <|endoftext|> | 's | 't | 're | 've | 'm | 'll | 'd | letters+ | one digit | anything else but space + */

typedef enum Kind { SPACE, LETTER, NUMBER, OTHER } Kind;

/* The kind of the character at s, which has *size bytes. */
static Kind kind(const char *s, size_t *size)
{
    utf8proc_int32_t c;
    *size = (size_t)utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &c);
    if (is_space(c)) {
        return SPACE;
    }
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return NUMBER;
    default: return OTHER;
    }
}

/* The size of the fixed alternative at s; 0: none fits. */
static size_t fixed_word(const char *s)
{
    static const char *const words[] = {
        MM_START_TEXT, MM_END_TEXT, "'s",  "'t", "'re",
        "'ve",         "'m",        "'ll", "'d", "'\xc5\xbf"}; /* 'ſ: the pattern ignores case, and ſ is a small s */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if (strncmp(s, words[i], n) == 0) {
            return n;
        }
    }
    return 0;
}

size_t mm_next_word(const char **at, const char **word)
{
    const char *s = *at + (**at == ' ');
    size_t n = fixed_word(s), size;
    if (n == 0 && *s) {
        Kind first = kind(s, &n);
        while (first != NUMBER && s[n] && kind(s + n, &size) == first) {
            n += size;
        }
    }
    *word = s;
    *at = s + n;
    return n;
}

bool mm_is_special(const char *word, size_t n)
{
    return (n == strlen(MM_START_TEXT) && strncmp(word, MM_START_TEXT, n) == 0) ||
           (n == strlen(MM_END_TEXT) && strncmp(word, MM_END_TEXT, n) == 0);
}
