/* tokenizer_text.c: from what people type to the words that are encoded (openai/CLIP simple_tokenizer.py). */
#include "data/letters.h"
#include "data/tokenizer.h"
#include "io/memory.h"

#include <utf8proc.h>

/* ---- cleaning ---- */

/* Lower case, and one space for every run of white space; none at the ends. */
static char *lower(const utf8proc_uint8_t *text, bool split_han)
{
    /* A letter may need more room in lower case, but at most 3 bytes for 2 (İ, Ⱥ); a Chinese character and its spaces need 5 for 3. */
    utf8proc_uint8_t *out = mm_take(2 * strlen((const char *)text) + 1, 1), *to = out;
    bool space = false, han = false, cased = false;
    utf8proc_int32_t c;
    while (*text) {
        text += utf8proc_iterate(text, -1, &c);
        if (mm_is_space(c)) {
            space = to > out;
            cased = false;
            continue;
        }
        bool was_han = han;
        han = split_han && mm_is_han(c);
        if (space || (to > out && (han || was_han))) {
            *to++ = ' ';
            space = false;
        }
        to = mm_put_lower(c, cased, text, to);
        cased = mm_is_case_ignorable(c) ? cased : mm_is_cased(c);
    }
    return (char *)out;
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
    const char *mark = mm_too_many_marks(twice);
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
    if (mm_is_space(c)) {
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
