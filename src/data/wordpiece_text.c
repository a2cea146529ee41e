/* wordpiece_text.c: a text as the words and punctuation marks that BERT knows (google-research/bert tokenization.py, BasicTokenizer).
 * Each step is a text made of a text:
 *     clean            control characters go, white space becomes spaces, a Chinese character gets spaces around it
 *     lower, unaccent  uncased only: lower case, then é becomes e and an accent, which goes
 *     split            each punctuation mark gets spaces around it
 * A control character is one of Unicode's Cc and Cf, as in BERT's own code. Hugging Face's also drops what Unicode leaves unassigned or
 * to private use; here it stays, and the word that has it is unknown. */
#include "data/letters.h"
#include "data/wordpiece.h"
#include "io/memory.h"

typedef utf8proc_uint8_t Byte;

static bool is_control(utf8proc_int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    bool space = c == '\t' || c == '\n' || c == '\r';
    return !space && (k == UTF8PROC_CATEGORY_CC || k == UTF8PROC_CATEGORY_CF);
}

/* Unicode's punctuation, and all of ASCII that is no letter, digit or space: $ + < = > ^ ` | ~ are symbols to Unicode. */
static bool is_punctuation(utf8proc_int32_t c)
{
    if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126)) {
        return true;
    }
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO: return true;
    default: return false;
    }
}

static Byte *put_apart(utf8proc_int32_t c, Byte *to)
{
    *to++ = ' ';
    to += utf8proc_encode_char(c, to);
    *to++ = ' ';
    return to;
}

static Byte *clean(const Byte *text)
{
    Byte *out = mm_take(3 * strlen((const char *)text) + 1, 1), *to = out;
    utf8proc_int32_t c;
    while (*text) {
        text += utf8proc_iterate(text, -1, &c);
        if (mm_is_han(c)) {
            to = put_apart(c, to);
        } else if (c != 0xfffd && !is_control(c)) {
            to += utf8proc_encode_char(mm_is_space(c) ? ' ' : c, to);
        }
    }
    return out;
}

static Byte *lower(const Byte *text)
{
    Byte *out = mm_take(2 * strlen((const char *)text) + 1, 1), *to = out;
    bool cased = false;
    utf8proc_int32_t c;
    while (*text) {
        text += utf8proc_iterate(text, -1, &c);
        to = mm_put_lower(c, cased, text, to);
        cased = mm_is_case_ignorable(c) ? cased : mm_is_cased(c);
    }
    return out;
}

/* NFD, in which an accent is a character of its own (Mn), and without these. Korean syllables come apart into their letters. */
static Byte *unaccent(const Byte *text)
{
    Byte *out = NULL, *to;
    if (utf8proc_map(text, 0, &out, UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_DECOMPOSE) < 0) {
        mm_fail((FailHandler){0}, "out of memory for a text of %zu bytes", strlen((const char *)text));
    }
    to = out;
    utf8proc_int32_t c;
    for (const Byte *from = out; *from;) {
        from += utf8proc_iterate(from, -1, &c);
        to += utf8proc_category(c) == UTF8PROC_CATEGORY_MN ? 0 : utf8proc_encode_char(c, to);
    }
    *to = 0;
    return out;
}

static Byte *split(const Byte *text)
{
    Byte *out = mm_take(3 * strlen((const char *)text) + 1, 1), *to = out;
    utf8proc_int32_t c;
    while (*text) {
        text += utf8proc_iterate(text, -1, &c);
        to = is_punctuation(c) ? put_apart(c, to) : to + utf8proc_encode_char(c, to);
    }
    return out;
}

/* text becomes step(text) */
static void replace(Byte **text, Byte *(*step)(const Byte *))
{
    Byte *before = *text;
    *text = step(before);
    free(before);
}

char *mm_basic_tokens(const char *text, bool uncased, Error *err)
{
    size_t n = strlen(text);
    if (n > MM_TEXT_LIMIT) {
        mm_error(err, "the text has %zu bytes; at most %d can be encoded", n, MM_TEXT_LIMIT);
        return NULL;
    }
    if (!mm_utf8_check(text, n, "the text", 0, err)) {
        return NULL;
    }
    const char *mark = mm_too_many_marks(text);
    if (mark) {
        mm_error(err, "the text: byte %td: more than %d combining marks on one letter", mark - text + 1, MM_MARKS_LIMIT);
        return NULL;
    }
    Byte *out = clean((const Byte *)text);
    if (uncased) {
        replace(&out, lower);
        replace(&out, unaccent);
    }
    replace(&out, split);
    return (char *)out;
}

size_t mm_next_basic(const char **at, const char **token)
{
    *token = *at + strspn(*at, " ");
    size_t n = strcspn(*token, " ");
    *at = *token + n;
    return n;
}
