/* letters.c: what tokenisers ask of a character. */
#include "data/letters.h"
#include "mm/data.h"

bool mm_is_space(utf8proc_int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    return (c >= '\t' && c <= '\r') || c == 0x85 || k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL ||
           k == UTF8PROC_CATEGORY_ZP;
}

bool mm_is_han(utf8proc_int32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df) ||
           (c >= 0x2a700 && c <= 0x2ceaf) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

bool mm_is_case_ignorable(utf8proc_int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    bool inside = c == '\'' || c == '.' || c == ':' || c == 0xb7 || c == 0x387 || c == 0x55f || c == 0x5f4 || c == 0x2018 ||
                  c == 0x2019 || c == 0x2024 || c == 0x2027 || c == 0xfe13 || c == 0xfe52 || c == 0xfe55 || c == 0xff07 ||
                  c == 0xff0e || c == 0xff1a;
    return inside || k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME || k == UTF8PROC_CATEGORY_CF ||
           k == UTF8PROC_CATEGORY_LM || k == UTF8PROC_CATEGORY_SK;
}

bool mm_is_cased(utf8proc_int32_t c)
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
    } while (*text && mm_is_case_ignorable(c));
    return mm_is_cased(c);
}

utf8proc_uint8_t *mm_put_lower(utf8proc_int32_t c, bool cased_before, const utf8proc_uint8_t *after, utf8proc_uint8_t *to)
{
    bool final_sigma = c == 0x3a3 && cased_before && !cased_follows(after);
    to += utf8proc_encode_char(final_sigma ? 0x3c2 : utf8proc_tolower(c), to);
    return c == 0x130 ? to + utf8proc_encode_char(0x307, to) : to;
}

const char *mm_too_many_marks(const char *text)
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
