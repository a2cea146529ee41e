/* page.c: the results of a search as a web page, and as the name of a file. */
#include "mm/search.h"

#include <stb/stb_image_write.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static char *take(size_t bytes)
{
    char *p = malloc(bytes);
    if (!p) {
        mm_fail((FailHandler){0}, "out of memory for a page: %zu bytes", bytes);
    }
    return p;
}

/* ---- texts ---- */

/* Reads one character and moves on; -1 at the end. */
static utf8proc_int32_t next_character(const char **text)
{
    utf8proc_int32_t c;
    if (!**text) {
        return -1;
    }
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)*text, -1, &c);
    *text += n > 0 ? n : 1;
    return n > 0 ? c : 0xfffd;
}

/* Letters, marks, digits and pictographs. */
static bool belongs_in_name(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return true;
    case UTF8PROC_CATEGORY_SO: return c > 0x7f && c != 0xfffd;
    default: return false;
    }
}

char *mm_results_slug(const char *text)
{
    char *slug = take(MM_RESULTS_SLUG + 1);
    size_t n = 0;
    bool gap = false;
    for (utf8proc_int32_t c; (c = next_character(&text)) >= 0;) {
        if (!belongs_in_name(c)) {
            gap = n > 0;
            continue;
        }
        utf8proc_uint8_t bytes[4];
        size_t length = (size_t)utf8proc_encode_char(c >= 'A' && c <= 'Z' ? c + 32 : c, bytes);
        if (n + gap + length > MM_RESULTS_SLUG) {
            break;
        }
        if (gap) {
            slug[n++] = '-';
        }
        memcpy(slug + n, bytes, length);
        n += length;
        gap = false;
    }
    slug[n] = 0;
    return n ? slug : strcpy(slug, "query");
}

static const char *entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\t':
    case '\n':
    case '\r': return " ";
    default: return (unsigned char)c < 0x20 || c == 0x7f ? "\xef\xbf\xbd" : NULL; /* U+FFFD */
    }
}

char *mm_results_escape(const char *text)
{
    char *out = take(6 * strlen(text) + 1), *to = out;
    for (; *text; text++) {
        const char *e = entity(*text);
        size_t n = e ? strlen(e) : 1;
        memcpy(to, e ? e : text, n);
        to += n;
    }
    *to = 0;
    return out;
}

char *mm_results_base64(const unsigned char *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = take((n + 2) / 3 * 4 + 1), *to = out;
    for (size_t i = 0; i < n; i += 3) {
        unsigned b = (unsigned)bytes[i] << 16 | (i + 1 < n ? (unsigned)bytes[i + 1] << 8 : 0) | (i + 2 < n ? bytes[i + 2] : 0);
        *to++ = digit[b >> 18];
        *to++ = digit[b >> 12 & 63];
        *to++ = i + 1 < n ? digit[b >> 6 & 63] : '=';
        *to++ = i + 2 < n ? digit[b & 63] : '=';
    }
    *to = 0;
    return out;
}

/* Whether a text holds a Chinese character, so that a browser picks the right letters and a reader the right voice. */
static const char *language_of(const char *text)
{
    for (utf8proc_int32_t c; (c = next_character(&text)) >= 0;) {
        if ((c >= 0x3400 && c <= 0x9fff) || (c >= 0x20000 && c <= 0x3ffff)) {
            return "zh-Hans";
        }
    }
    return ""; /* not known */
}

/* ---- the page ---- */

static const char style[] =
    ":root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --line: #d9dde3; --text: #1b1f24; --soft: #59636e; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --page: #14171a; --card: #1e2226; --line: #3a4149; --text: #e8eaed; --soft: #a3acb6; }\n"
    "}\n"
    "* { box-sizing: border-box; }\n"
    "body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem; background: var(--page); color: var(--text);\n"
    "  font: 1rem/1.45 system-ui, sans-serif; }\n"
    "h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere; }\n"
    "header p { margin: .3rem 0 1.2rem; color: var(--soft); }\n"
    "ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0; padding: 0;\n"
    "  list-style: none; }\n"
    "li { padding: .75rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; text-align: center; }\n"
    "li p { margin: .15rem 0 0; overflow-wrap: anywhere; }\n"
    /* The pictures were drawn for a light ground, and the model saw them on white. */
    "img { display: block; box-sizing: content-box; margin: 0 auto .5rem; padding: 6px; background: #fff; border-radius: .4rem; "
    "}\n"
    ".name { font-weight: 600; }\n"
    ".fact { color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums; }\n";

static void png_bytes(void *context, void *bytes, int n)
{
    fwrite(bytes, 1, (size_t)n, context);
}

static void write_image(FILE *f, const Picture *p, const char *alt)
{
    char *png = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&png, &n);
    bool ok = memory && stbi_write_png_to_func(png_bytes, memory, p->width, p->height, p->channels, p->pixels, 0);
    if (!memory || fclose(memory) != 0 || !ok) {
        mm_fail((FailHandler){0}, "out of memory for a thumbnail");
    }
    char *text = mm_results_base64((unsigned char *)png, n);
    fprintf(f, "<img width=\"%d\" height=\"%d\" alt=\"%s\" src=\"data:image/png;base64,%s\">\n", p->width, p->height, alt, text);
    free(text);
    free(png);
}

static void write_hit(FILE *f, const Hit *hit, int rank, bool show_style)
{
    char *name = mm_results_escape(hit->name);
    fprintf(f, "<li>\n");
    write_image(f, &hit->thumbnail, hit->zh ? name : "");
    fprintf(f, "<p class=\"name\" lang=\"%s\">%s</p>\n", hit->zh ? "en" : "", name);
    if (hit->zh) {
        char *zh = mm_results_escape(hit->zh);
        fprintf(f, "<p class=\"name\" lang=\"zh-Hans\">%s</p>\n<p class=\"fact\">%s</p>\n", zh, hit->group);
        free(zh);
    }
    if (show_style) {
        fprintf(f, "<p class=\"fact\">%s</p>\n", hit->style);
    }
    fprintf(f, "<p class=\"fact\">%d · cosine %.3f</p>\n</li>\n", rank, hit->score);
    free(name);
}

/* Whether there are several styles; only emoji have one. */
static bool is_mixed(const Hit *hit, int n)
{
    bool mixed = false;
    for (int i = 1; i < n; i++) {
        mixed = mixed || (hit[i].style && hit[0].style && strcmp(hit[i].style, hit[0].style) != 0);
    }
    return mixed;
}

bool mm_results_page(const char *path, const char *query, const char *among, const Hit *hit, int n, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    bool mixed = is_mixed(hit, n);
    char *title = mm_results_escape(query), *where = mm_results_escape(among);
    fprintf(a.file,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<title>%s: pictures found by CLIP</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n"
            "<h1 lang=\"%s\">%s</h1>\n<p>The %d closest of %s, by cosine.</p>\n</header>\n<main>\n"
            "<ol>\n",
            title, style, language_of(query), title, n, where);
    for (int i = 0; i < n; i++) {
        write_hit(a.file, &hit[i], i + 1, mixed);
    }
    fprintf(a.file, "</ol>\n</main>\n</body>\n</html>\n");
    free(title);
    free(where);
    return mm_atomic_commit(&a, err);
}
