/* caption_words.c: a caption as coco-caption reads it: tokens of the Penn Treebank, lower-cased, punctuation left out.
 *
 * coco-caption asks Stanford's PTBTokenizer (Java). Done here of its rules, for captions of English:
 *     punctuation is no word: . , ? ! : ; quotes, brackets, hyphens that join nothing, dashes, "..."; $ % # are words of their own
 *     numbers stay whole: 1,000 3.5 10:30; so do words with a hyphen, and abbreviations: u.s. a.m. mr. dr. st. …
 *     clitics come off: do n't, dog 's, they 're; and can not, gon na, got ta, wan na, gim me, lem me, 't is, 't was
 * Not done: British spelling made American, fractions, addresses of pages and mail, smileys, \/ for /, the full stop of initials.
 * Not of the Treebank: each Chinese character is a word, and Chinese punctuation is left out, since PTBTokenizer would take a whole
 * sentence for one word. */
#include "metrics/caption_words.h"
#include "data/letters.h"
#include "io/memory.h"

typedef utf8proc_uint8_t Byte;

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_one_of(utf8proc_int32_t c, const utf8proc_int32_t *list)
{
    while (*list && *list != c) {
        list++;
    }
    return *list != 0;
}

/* Quotes, brackets and ends of sentences, in ASCII, typeset, and Chinese: never part of a word. */
static const utf8proc_int32_t apart[] = {'"',    '`',    '(',    ')',    '[',    ']',    '{',    '}',    '?',    '!',    ';',
                                         0x201c, 0x201d, 0x2018, 0x2026, 0x2013, 0x2014, 0x3001, 0x3002, 0x300a, 0x300b, 0x300c,
                                         0x300d, 0xff01, 0xff08, 0xff09, 0xff0c, 0xff1a, 0xff1b, 0xff1f, 0};

/* Whether a mark of ASCII belongs to what stands around it: 1,000 and 10:30; a hyphen and a full stop that have no twin. */
static bool joins(int before, int c, int after)
{
    switch (c) {
    case ',':
    case ':': return is_digit(before) && is_digit(after);
    case '.':
    case '-': return before != c && after != c;
    default: return true;
    }
}

/* Lower case; a space for all that cannot be part of a word, and around what is a word of its own. */
static Byte *spell(const Byte *text)
{
    Byte *out = mm_take(3 * strlen((const char *)text) + 1, 1), *to = out;
    bool cased = false;
    utf8proc_int32_t c, before = ' ';
    while (*text) {
        text += utf8proc_iterate(text, -1, &c);
        if (mm_is_space(c) || is_one_of(c, apart) || !joins(before, c, *text)) {
            *to++ = ' ';
        } else if (mm_is_han(c) || c == '$' || c == '%' || c == '#') {
            *to++ = ' ';
            to += utf8proc_encode_char(c, to);
            *to++ = ' ';
        } else {
            to = mm_put_lower(c == 0x2019 ? '\'' : c, cased, text, to);
        }
        cased = mm_is_case_ignorable(c) ? cased : mm_is_cased(c);
        before = c;
    }
    return out;
}

/* ---- one word ---- */

typedef struct Word {
    const char *text;
    size_t n;
} Word;

static bool ends_in(Word w, const char *end)
{
    size_t n = strlen(end);
    return w.n >= n && memcmp(w.text + w.n - n, end, n) == 0;
}

static bool is(Word w, const char *text)
{
    return w.n == strlen(text) && ends_in(w, text);
}

static bool is_abbreviation(Word w)
{
    static const char *const known[] = {"mr.", "mrs.", "ms.", "dr.", "st.", "ave.", "jr.", "sr.", "mt.", "ft.", "vs.", "etc."};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (is(w, known[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < w.n; i++) { /* letters, each with its full stop */
        if (i % 2 ? w.text[i] != '.' : w.text[i] < 'a' || w.text[i] > 'z') {
            return false;
        }
    }
    return w.n >= 4 && w.n % 2 == 0;
}

/* Where the second word of a joined pair begins; n: nowhere. */
static size_t second_word(Word w)
{
    static const char *const clitic[] = {"n't", "'s", "'m", "'d", "'re", "'ve", "'ll"};
    static const char *const pair[] = {"can not", "gon na", "got ta", "wan na", "gim me", "lem me", "'t is", "'t was"};
    for (size_t i = 0; i < sizeof clitic / sizeof *clitic; i++) {
        if (ends_in(w, clitic[i])) {
            return w.n - strlen(clitic[i]);
        }
    }
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        size_t first = strcspn(pair[i], " ");
        if (w.n + 1 == strlen(pair[i]) && memcmp(w.text, pair[i], first) == 0 && ends_in(w, pair[i] + first + 1)) {
            return first;
        }
    }
    return w.n;
}

static Byte *put(Byte *to, const char *text, size_t n)
{
    if (n == 0) {
        return to;
    }
    memcpy(to, text, n);
    to[n] = ' ';
    return to + n + 1;
}

/* Without the marks at its ends that are no part of it. A clitic that stands alone keeps its own, a number its sign and its point. */
static Word trim(Word w)
{
    while (w.n > 0 && (strchr("'-", w.text[w.n - 1]) || (w.text[w.n - 1] == '.' && !is_abbreviation(w)))) {
        w.n--;
    }
    while (w.n > 0 && strchr("'-.", *w.text)) {
        bool clitic = second_word(w) == 0 || is(w, "'tis") || is(w, "'twas"), number = *w.text != '\'' && is_digit(w.text[1]);
        if (clitic || number) {
            break;
        }
        w.text++;
        w.n--;
    }
    return w;
}

char *mm_caption_words(const char *text)
{
    Byte *spelt = spell((const Byte *)text);
    size_t n = strlen((const char *)spelt);
    Byte *out = mm_take(2 * n + 2, 1), *to = out;
    for (const char *at = (const char *)spelt; *at;) {
        Word w = {at, strcspn(at, " ")};
        Word bare = trim(w);
        size_t second = second_word(bare);
        to = put(to, bare.text, second);
        to = put(to, bare.text + second, bare.n - second);
        at += w.n + (at[w.n] == ' ');
    }
    if (to > out) {
        to[-1] = 0; /* the space after the last word */
    }
    free(spelt);
    return (char *)out;
}
