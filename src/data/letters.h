/* letters.h: what tokenisers ask of a character (letters.c). Private to src/data. */
#ifndef MM_LETTERS_H
#define MM_LETTERS_H

#include <stdbool.h>
#include <utf8proc.h>

bool mm_is_space(utf8proc_int32_t c); /* Unicode's White_Space: also U+00A0, the wide U+3000, … */
bool mm_is_han(utf8proc_int32_t c);   /* the ideographs, as BERT's BasicTokenizer lists them */
/* Unicode's Cased, and its Case_Ignorable, which a Σ looks through: marks, modifiers, and what may stand inside a word. */
bool mm_is_cased(utf8proc_int32_t c);
bool mm_is_case_ignorable(utf8proc_int32_t c);
/* As Python's str.lower: Σ at the end of a word is ς, and İ is the one letter that becomes two, i and a dot above: at most 3 bytes for
 * 2. cased_before: a cased letter is before c, `after` follows it. Returns the end. */
utf8proc_uint8_t *mm_put_lower(utf8proc_int32_t c, bool cased_before, const utf8proc_uint8_t *after, utf8proc_uint8_t *to);
/* Where a letter has more accents and other combining marks than MM_MARKS_LIMIT; NULL: nowhere. Normalisation sorts the marks of
 * each letter, in the square of their number: minutes for a text of nothing else. */
const char *mm_too_many_marks(const char *text);

#endif
