/* vqa_answer.c: answers in the one spelling in which VQA compares them (GT-Vision-Lab/VQA vqaEval.py), its mistakes included. */
#include "data/letters.h"
#include "io/memory.h"
#include "mm/data.h"

/* * stands for an apostrophe that people leave out: "didn*t" restores it in "didnt". The official table also lists I'm, I've and I'd've,
 * but the text is in lower case by then, and let's and she's, which need nothing. */
static const char *const contractions =
    " ain*t aren*t can*t could*ve couldn*t couldn'*ve couldn*t've didn*t doesn*t don*t hadn*t hadn*t've hadn't*ve hasn*t haven*t "
    "he*d "
    "he*d've he'd*ve he*s how*d how*ll how*s isn*t it*d it*d've it'd*ve it*ll ma*am mightn*t mightn*t've mightn't*ve might*ve "
    "mustn*t "
    "must*ve needn*t not*ve o*clock oughtn*t *ow's'at 'ow*s'at 'ow's*at shan*t she*d've she'd*ve should*ve shouldn*t "
    "shouldn*t've "
    "shouldn't*ve somebody*d've somebody'd*ve somebody*ll somebody*s someone*d someone*d've someone'd*ve someone*ll someone*s "
    "something*d something*d've something'd*ve something*ll that*s there*d there*d've there'd*ve there*re there*s they*d "
    "they*d've "
    "they'd*ve they*ll they*re they*ve *twas wasn*t we*d've we'd*ve we*ve weren*t what*ll what*re what*s what*ve when*s where*d "
    "where*s "
    "where*ve who*d who*d've who'd*ve who*ll who*s who*ve why*ll why*re why*s won*t would*ve wouldn*t wouldn*t've wouldn't*ve "
    "y*all "
    "y*all'll y'all*ll y*all'd've y'all*d've y'all'd*ve you*d you*d've you'd*ve you*ll you*re you*ve ";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_in_number(const char *text) /* a comma between two digits, anywhere in it */
{
    for (const char *comma = text; (comma = strchr(comma, ',')); comma++) {
        if (comma > text && is_digit(comma[-1]) && is_digit(comma[1])) {
            return true;
        }
    }
    return false;
}

static bool has_free_mark(const char *text, char mark) /* with a space before or behind, anywhere in it */
{
    for (const char *at = text; (at = strchr(at, mark)); at++) {
        if (at[1] == ' ' || (at > text && at[-1] == ' ')) {
            return true;
        }
    }
    return false;
}

/* A mark that is free somewhere in the text, and any mark where the text has 1,000, vanishes; others become a space: "a-b" is two
 * words, "10 - 2,000" has no hyphen. Then full stops go that no digit follows. (Meant was: that no digit is beside; and a flag that is
 * passed as a count lets only 32 of them go.) */
static char *without_punctuation(const char *text)
{
    char *out = mm_take(strlen(text) + 1, 1), *to = out;
    bool number = is_in_number(text);
    int stops = 0;
    for (const char *c = text; *c; c++) {
        if (strchr(";/[]\"{}()=+\\_-><@`,?!", *c)) {
            if (!number && !has_free_mark(text, *c)) {
                *to++ = ' ';
            }
        } else {
            *to++ = *c;
        }
    }
    *to = 0;
    to = out;
    for (const char *c = out; *c; c++) {
        bool goes = *c == '.' && !is_digit(c[1]) && stops < 32;
        stops += goes;
        if (!goes) {
            *to++ = *c;
        }
    }
    *to = 0;
    return out;
}

static char *lower(const char *text)
{
    const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)text;
    utf8proc_uint8_t *out = mm_take(2 * strlen(text) + 1, 1), *to = out;
    bool cased = false;
    utf8proc_int32_t c;
    while (*from) {
        from += utf8proc_iterate(from, -1, &c);
        to = mm_is_space(c) ? to + utf8proc_encode_char(' ', to) : mm_put_lower(c, cased, from, to);
        cased = mm_is_case_ignorable(c) ? cased : mm_is_cased(c);
    }
    return (char *)out;
}

/* Writes the entry of the table that this is without its apostrophe, with it. NULL: there is none. */
static char *put_contraction(const char *word, char *to)
{
    for (const char *entry = contractions; (entry = strchr(entry, ' ')) && entry[1];) {
        const char *w = word, *e = ++entry;
        for (; *e != ' ' && (*e == '*' || *e == *w); e++) {
            w += *e != '*';
        }
        if (*e == ' ' && *w == 0) {
            for (; *entry != ' '; entry++) {
                *to++ = *entry == '*' ? '\'' : *entry;
            }
            return to;
        }
    }
    return NULL;
}

/* A number as a digit, an article as nothing, a contraction with its apostrophe. */
static char *put_word(const char *word, char *to)
{
    static const char *const number[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};
    if (strcmp(word, "a") == 0 || strcmp(word, "an") == 0 || strcmp(word, "the") == 0) {
        return to;
    }
    for (int i = 0; i <= 10; i++) {
        if (strcmp(word, number[i]) == 0 || (i == 0 && strcmp(word, "none") == 0)) {
            return to + sprintf(to, "%d", i);
        }
    }
    if (strcmp(word, "somebody'd") == 0) {
        word = "somebodyd"; /* the wrong way round in the official table */
    }
    char *end = put_contraction(word, to);
    return end ? end : stpcpy(to, word);
}

char *mm_vqa_answer(const char *answer)
{
    char *bare = without_punctuation(answer), *words = lower(bare), *rest = words;
    char *out = mm_take(2 * strlen(words) + 2, 1), *to = out; /* a word grows by an apostrophe, and has a space behind it */
    for (char *word; (word = strsep(&rest, " "));) {
        char *end = *word ? put_word(word, to) : to;
        if (end > to) {
            *end = ' ';
            to = end + 1;
        }
    }
    to[to > out ? -1 : 0] = 0;
    free(bare);
    free(words);
    return out;
}
