/* exercise.c: the folders of exercises/ and what their pages say. */
#include "exercise.h"
#include "io/memory.h"
#include "mm/io.h"

#include <ctype.h>
#include <dirent.h>

static int is_exercise(const struct dirent *d)
{
    return isdigit((unsigned char)d->d_name[0]) && isdigit((unsigned char)d->d_name[1]) && d->d_name[2] == '-';
}

/* The text of the hint that begins after line i and ends at </details>. */
static char *hint_text(const Text *t, int i)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f) {
        mm_fail((FailHandler){0}, "out of memory for a hint");
    }
    for (i++; i < t->n && !strstr(t->line[i], "</details>"); i++) {
        if (*t->line[i] && strncmp(t->line[i], "```", 3) != 0) {
            fprintf(f, "  %s\n", t->line[i]);
        }
    }
    fclose(f);
    return text;
}

/* "# Softmax, backward" and "Chapter ch03, about 10 minutes. …" */
static bool read_page(Exercise *e, Error *err)
{
    char *path = mm_join_path(e->folder, "README.md");
    Text t = {0};
    bool ok = text_read(path, &t, err);
    int hints = 0;
    for (int i = 0; ok && i < t.n; i++) {
        if (strncmp(t.line[i], "# ", 2) == 0 && !*e->title) {
            snprintf(e->title, sizeof e->title, "%s", t.line[i] + 2);
        }
        if (!*e->chapter) {
            sscanf(t.line[i], "Chapter %31[a-z0-9], about %15[0-9] minutes", e->chapter, e->minutes);
        }
        if (strstr(t.line[i], "<summary>Hint ") && hints < HINTS) {
            e->hint[hints++] = hint_text(&t, i);
        }
    }
    if (ok && (!*e->title || !*e->chapter || !*e->minutes || hints != HINTS)) {
        ok = mm_error(err, "%s: needs a title (# …), a line \"Chapter X, about N minutes\" and %d hints", path, HINTS);
    }
    if (t.bytes) {
        text_free(&t);
    }
    free(path);
    return ok;
}

bool exercises_read(const char *root, Exercises *all, Error *err)
{
    struct dirent **entry;
    char *folder = mm_join_path(root, "exercises");
    int n = scandir(folder, &entry, is_exercise, alphasort);
    *all = (Exercises){.root = root, .n = n > 0 ? n : 0};
    bool ok = n > 0 || mm_error(err, "%s: no exercises there", folder);
    all->at = mm_take((size_t)all->n, sizeof *all->at);
    for (int i = 0; i < n; i++) {
        Exercise *e = all->at + i;
        snprintf(e->name, sizeof e->name, "%.95s", entry[i]->d_name);
        e->folder = mm_join_path(folder, e->name);
        e->mine = mm_join_path(e->folder, "mine.c");
        ok = ok && read_page(e, err);
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
    free(folder);
    return ok;
}

void exercises_free(Exercises *all)
{
    for (int i = 0; i < all->n; i++) {
        for (int h = 0; h < HINTS; h++) {
            free(all->at[i].hint[h]);
        }
        free(all->at[i].folder);
        free(all->at[i].mine);
    }
    free(all->at);
}

static bool matches(const Exercise *e, const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);
    if (end > name && !*end) {
        return number == strtol(e->name, NULL, 10);
    }
    return strstr(e->name, name) != NULL;
}

const Exercise *exercises_find(const Exercises *all, const char *name, Error *err)
{
    const Exercise *found = NULL;
    for (int i = 0; i < all->n; i++) {
        if (strcmp(all->at[i].name, name) == 0) {
            return all->at + i;
        }
        if (matches(all->at + i, name)) {
            if (found) {
                mm_error(err, "'%s' could be %s or %s", name, found->name, all->at[i].name);
                return NULL;
            }
            found = all->at + i;
        }
    }
    if (!found) {
        mm_error(err, "no exercise is called '%s'; `./course list` shows all", name);
    }
    return found;
}
