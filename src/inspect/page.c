/* page.c: a trace as a page that needs nothing else: page/template.html with the trace, its formulas and its lines of source
 * put where the template has <!--TRACE--> and so on. page/build.mjs makes the template; here it is only filled in. */
#include "trace.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Both files as they are, from the assembler: a string literal of C may not be as long. */
#define EMBED(name, file)                                                                                                        \
    __asm__(".section .rodata\n" #name ":\n.incbin \"" MM_PAGE_FOLDER "/" file "\"\n.byte 0\n.previous\n");                      \
    extern const char name[] __attribute__((visibility("hidden")))
EMBED(mm_page_template, "template.html");
EMBED(mm_page_formulas, "formulas.html");

/* JSON inside of a script element: no text in it may begin a tag. */
static void print_inside(FILE *out, const char *json)
{
    for (; *json; json++) {
        if (*json == '<') {
            fputs("\\u003c", out);
        } else {
            fputc(*json, out);
        }
    }
}

static void print_trace(Trace *t, FILE *out)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory) {
        mm_print_json(t, memory);
    }
    if (!memory || fclose(memory) != 0) {
        mm_fail((FailHandler){0}, "no memory for the page of %d tensors", t->n);
    }
    print_inside(out, text);
    free(text);
}

static void print_sources(const Trace *t, const char *path, FILE *out)
{
    json_t *sources = mm_sources_json(t, path);
    char *text = sources ? json_dumps(sources, JSON_COMPACT) : NULL;
    print_inside(out, text ? text : "");
    free(text);
    json_decref(sources);
}

static bool uses(const Trace *t, const char *equation, size_t length)
{
    for (int i = 0; i < t->n; i++) {
        if (strncmp(t->node[i].equation, equation, length) == 0 && !t->node[i].equation[length]) {
            return true;
        }
    }
    return false;
}

/* Of the formulas, a line each, those that the trace uses. */
static void print_formulas(const Trace *t, FILE *out)
{
    for (const char *line = mm_page_formulas; *line;) {
        size_t length = strcspn(line, "\n");
        const char *id = strchr(line, '"') + 1;
        if (uses(t, id, strcspn(id, "\""))) {
            fwrite(line, 1, length + 1, out);
        }
        line += length + (line[length] == '\n');
    }
}

void mm_print_page(Trace *t, Trace *other, const char *path, FILE *out)
{
    static const char *const slots[] = {"<!--FORMULAS-->", "<!--TRACE-->", "<!--OTHER-->", "<!--SOURCES-->"};
    const char *rest = mm_page_template;
    for (int s = 0; s < 4; s++) { /* they stand in this order */
        const char *slot = strstr(rest, slots[s]);
        fwrite(rest, 1, (size_t)(slot - rest), out);
        rest = slot + strlen(slots[s]);
        switch (s) {
        case 0: print_formulas(t, out); break;
        case 1: print_trace(t, out); break;
        case 2:
            if (other) {
                print_trace(other, out);
            }
            break;
        default: print_sources(t, path, out);
        }
    }
    fputs(rest, out);
}
