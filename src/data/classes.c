/* classes.c: files of classes and their names, and of templates that names are put into. */
#include "io/memory.h"
#include "mm/data.h"

enum { LIMIT = 1 << 24 };

void mm_classes_add(Classes *c, const char *label, const char *name)
{
    c->label = mm_take_again(c->label, (size_t)(c->n + 1) * sizeof *c->label);
    c->name = mm_take_again(c->name, (size_t)(c->names + 1) * sizeof *c->name);
    c->of = mm_take_again(c->of, (size_t)(c->names + 1) * sizeof *c->of);
    c->label[c->n] = mm_copy_text(label, strlen(label));
    c->name[c->names] = mm_copy_text(name, strlen(name));
    c->of[c->names++] = c->n++;
}

void mm_classes_add_name(Classes *c, const char *name)
{
    c->name = mm_take_again(c->name, (size_t)(c->names + 1) * sizeof *c->name);
    c->of = mm_take_again(c->of, (size_t)(c->names + 1) * sizeof *c->of);
    c->name[c->names] = mm_copy_text(name, strlen(name));
    c->of[c->names++] = c->n - 1;
}

int mm_classes_find(const Classes *c, const char *label)
{
    for (int i = 0; i < c->n; i++) {
        if (strcmp(c->label[i], label) == 0) {
            return i;
        }
    }
    return -1;
}

void mm_classes_free(Classes *c)
{
    for (int i = 0; i < c->n; i++) {
        free(c->label[i]);
    }
    for (int i = 0; i < c->names; i++) {
        free(c->name[i]);
    }
    free(c->label);
    free(c->name);
    free(c->of);
    *c = (Classes){0};
}

void mm_templates_free(Templates *t)
{
    for (int i = 0; i < t->n; i++) {
        free(t->at[i]);
    }
    free(t->at);
    *t = (Templates){0};
}

/* A file of text, cut where it is read: begin at *rest = the whole. Lines end in \n or \r\n. */
static char *read_text(const char *path, Error *err)
{
    size_t n;
    char *text = mm_read_file(path, LIMIT, &n, err);
    if (text && (!mm_utf8_check(text, n, path, 1, err) || (memchr(text, 0, n) && !mm_error(err, "%s: a NUL in a text", path)))) {
        free(text);
        return NULL;
    }
    return text;
}

static char *next_line(char **rest)
{
    char *line = strsep(rest, "\n");
    size_t n = line ? strlen(line) : 0;
    if (n && line[n - 1] == '\r') {
        line[n - 1] = 0;
    }
    return line;
}

/* Past the byte order mark, which some editors write. */
static char *after_mark(char *text)
{
    return strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
}

static bool add_line(Classes *c, char *line, const char *path, int number, Error *err)
{
    char *rest = line, *label = strsep(&rest, "\t"), *name = rest ? strsep(&rest, "\t") : label;
    if (!*label || !*name) {
        return mm_error(err, "%s:%d: a label or a name is empty", path, number);
    }
    if (mm_classes_find(c, label) >= 0) {
        return mm_error(err, "%s:%d: the class \"%s\" stands there twice", path, number, label);
    }
    mm_classes_add(c, label, name);
    while ((name = strsep(&rest, "\t"))) {
        if (!*name) {
            return mm_error(err, "%s:%d: a name is empty", path, number);
        }
        mm_classes_add_name(c, name);
    }
    return true;
}

bool mm_classes_read(const char *path, Classes *c, Error *err)
{
    *c = (Classes){0};
    char *text = read_text(path, err), *rest = text ? after_mark(text) : NULL, *line;
    bool ok = text != NULL;
    for (int number = 1; ok && (line = next_line(&rest)); number++) {
        ok = !*line || add_line(c, line, path, number, err);
    }
    ok = ok && (c->n > 0 || mm_error(err, "%s: no class", path));
    if (!ok) {
        mm_classes_free(c);
    }
    free(text);
    return ok;
}

bool mm_templates_read(const char *path, Templates *t, Error *err)
{
    *t = (Templates){0};
    char *text = read_text(path, err), *rest = text ? after_mark(text) : NULL, *line;
    bool ok = text != NULL;
    for (int number = 1; ok && (line = next_line(&rest)); number++) {
        if (!*line) {
            continue;
        }
        ok = strstr(line, "{}") || mm_error(err, "%s:%d: a template has a {} where the name goes", path, number);
        t->at = mm_take_again(t->at, (size_t)(t->n + 1) * sizeof *t->at);
        t->at[t->n++] = mm_copy_text(line, strlen(line));
    }
    ok = ok && (t->n > 0 || mm_error(err, "%s: no template", path));
    if (!ok) {
        mm_templates_free(t);
    }
    free(text);
    return ok;
}
