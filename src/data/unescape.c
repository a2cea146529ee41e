/* unescape.c: "&eacute;", "&#233;" and "&#xe9;" become é, as Python's html.unescape does it (HTML 5, 13.2.5: character references). Texts
 * from the web are often escaped, sometimes twice, and so were those that CLIP was trained on. */
#include "data/tokenizer.h"
#include "io/memory.h"

#include <utf8proc.h>

typedef struct Entity {
    const char *name, *text; /* "eacute;"; a few are known without the semicolon as well */
} Entity;

static const Entity entities[] = {
#include "entities.def"
};
enum { ENTITIES = sizeof entities / sizeof *entities, LONGEST = 32 };

/* Bytes that are no characters are what Windows made of them. */
static const uint16_t windows[32] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
                                     0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                     0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

static int by_name(const void *key, const void *entity)
{
    return strcmp(key, ((const Entity *)entity)->name);
}

static const char *find(const char *name, size_t n)
{
    char key[LONGEST + 2];
    memcpy(key, name, n);
    key[n] = 0;
    const Entity *e = bsearch(key, entities, ENTITIES, sizeof *entities, by_name);
    return e ? e->text : NULL;
}

/* The character with this number; -1: none is meant. */
static int32_t meant(uint32_t c)
{
    if (c >= 0x80 && c <= 0x9f) {
        return windows[c - 0x80];
    }
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        return 0xfffd;
    }
    bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\f' && c != '\r') || c == 0x7f;
    return control || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe ? -1 : (int32_t)c;
}

/* "#233;" at s: writes the character to `to`, whose end it returns in *end; the size of the reference, 0: it is none. */
static size_t number(const char *s, char *to, char **end)
{
    bool hex = s[1] == 'x' || s[1] == 'X';
    const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
    size_t first = hex ? 2 : 1, n = strspn(s + first, digits);
    if (n == 0) {
        return 0;
    }
    uint32_t c = 0;
    for (size_t i = first; i < first + n && c <= 0x10ffff; i++) {
        c = c * (hex ? 16 : 10) + (uint32_t)(s[i] <= '9' ? s[i] - '0' : (s[i] | 32) - 'a' + 10);
    }
    int32_t character = meant(c);
    *end = to + (character < 0 ? 0 : utf8proc_encode_char(character, (utf8proc_uint8_t *)to));
    return first + n + (s[first + n] == ';');
}

/* The same of a name; of one that goes on without a semicolon the longest part that is one. */
static size_t name(const char *s, char *to, char **end)
{
    size_t n = 0;
    while (n < LONGEST && s[n] && !strchr("\t\n\f <&#;", s[n])) {
        n++;
    }
    size_t used = n + 1;
    const char *text = s[n] == ';' ? find(s, used) : NULL;
    for (; !text && n > 1; n--) {
        text = find(s, n);
        used = n;
    }
    if (!text) {
        return 0;
    }
    *end = stpcpy(to, text);
    return used;
}

char *mm_unescape(const char *text)
{
    char *out = mm_take(2 * strlen(text) + 1, 1), *to = out; /* "&nGt;" takes 6 bytes for 5, nothing more than that */
    while (*text) {
        size_t used = *text != '&' ? 0 : text[1] == '#' ? number(text + 1, to, &to) : name(text + 1, to, &to);
        if (used) {
            text += 1 + used;
        } else {
            *to++ = *text++;
        }
    }
    *to = 0;
    return out;
}
