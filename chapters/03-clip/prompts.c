/* prompts.c: files of classes and of templates, and the texts that come of them. */
#include "prompts.h"
#include "io/memory.h"

enum { LIMIT = 1 << 24 };

void classes_add(Classes *c, const char *label, const char *name)
{
    c->label = mm_take_again(c->label, (size_t)(c->n + 1) * sizeof *c->label);
    c->name = mm_take_again(c->name, (size_t)(c->names + 1) * sizeof *c->name);
    c->of = mm_take_again(c->of, (size_t)(c->names + 1) * sizeof *c->of);
    c->label[c->n] = mm_copy_text(label, strlen(label));
    c->name[c->names] = mm_copy_text(name, strlen(name));
    c->of[c->names++] = c->n++;
}

void classes_add_name(Classes *c, const char *name)
{
    c->name = mm_take_again(c->name, (size_t)(c->names + 1) * sizeof *c->name);
    c->of = mm_take_again(c->of, (size_t)(c->names + 1) * sizeof *c->of);
    c->name[c->names] = mm_copy_text(name, strlen(name));
    c->of[c->names++] = c->n - 1;
}

int classes_find(const Classes *c, const char *label)
{
    for (int i = 0; i < c->n; i++) {
        if (strcmp(c->label[i], label) == 0) {
            return i;
        }
    }
    return -1;
}

void classes_free(Classes *c)
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

void templates_free(Templates *t)
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
    if (classes_find(c, label) >= 0) {
        return mm_error(err, "%s:%d: the class \"%s\" stands there twice", path, number, label);
    }
    classes_add(c, label, name);
    while ((name = strsep(&rest, "\t"))) {
        if (!*name) {
            return mm_error(err, "%s:%d: a name is empty", path, number);
        }
        classes_add_name(c, name);
    }
    return true;
}

bool classes_read(const char *path, Classes *c, Error *err)
{
    *c = (Classes){0};
    char *text = read_text(path, err), *rest = text ? after_mark(text) : NULL, *line;
    bool ok = text != NULL;
    for (int number = 1; ok && (line = next_line(&rest)); number++) {
        ok = !*line || add_line(c, line, path, number, err);
    }
    ok = ok && (c->n > 0 || mm_error(err, "%s: no class", path));
    if (!ok) {
        classes_free(c);
    }
    free(text);
    return ok;
}

bool templates_read(const char *path, Templates *t, Error *err)
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
        templates_free(t);
    }
    free(text);
    return ok;
}

/* The template with every {} replaced. */
static char *fill(const char *template, const char *name)
{
    size_t room = strlen(template) + 1;
    for (const char *s = template; (s = strstr(s, "{}")); s += 2) {
        room += strlen(name);
    }
    char *text = mm_take(room, 1), *to = text;
    for (const char *s = template, *hole; *s; s = hole + 2) {
        hole = strstr(s, "{}");
        if (!hole) {
            strcpy(to, s);
            break;
        }
        to = stpcpy(mempcpy(to, s, (size_t)(hole - s)), name);
    }
    return text;
}

char **prompts_fill(const Classes *c, const Templates *t)
{
    char **text = mm_take((size_t)t->n * (size_t)c->names, sizeof *text);
    for (int i = 0; i < t->n; i++) {
        for (int k = 0; k < c->names; k++) {
            text[i * c->names + k] = fill(t->at[i], c->name[k]);
        }
    }
    return text;
}

real *prompts_embed(const ClipModel *m, const Classes *c, const Templates *t, Error *err)
{
    int n = t->n * c->names;
    char **text = prompts_fill(c, t);
    real *embedding = clip_embed_texts(&m->clip, m->tokenizer, (const char *const *)text, n, err);
    for (int i = 0; i < n; i++) {
        free(text[i]);
    }
    free(text);
    return embedding;
}

real *prompts_weights(const real *embedding, const Classes *c, int first, int n, int embed)
{
    size_t texts = (size_t)n * (size_t)c->names;
    int *label = mm_take(texts, sizeof *label);
    real *weights = mm_take((size_t)c->n * (size_t)embed, sizeof *weights);
    for (size_t i = 0; i < texts; i++) {
        label[i] = c->of[i % (size_t)c->names];
    }
    mm_prompt_ensemble(embedding + (size_t)(first * c->names) * (size_t)embed, label, (int)texts, c->n, embed, weights);
    free(label);
    return weights;
}
