/* caption_folder.c: pictures in a folder, each with a text file beside it. */
#include "data/caption_set.h"
#include "io/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* What a walk has met. A folder is entered once, however many links lead to it, so a loop of links ends. */
typedef struct Walk {
    struct Place {
        dev_t device;
        ino_t inode;
    } * entered;
    int folders;
    char **path; /* of pictures, by their names */
    int n, room;
} Walk;

static bool enter(Walk *w, const struct stat *s)
{
    for (int i = 0; i < w->folders; i++) {
        if (w->entered[i].device == s->st_dev && w->entered[i].inode == s->st_ino) {
            return false;
        }
    }
    w->entered = mm_take_again(w->entered, (size_t)(w->folders + 1) * sizeof *w->entered);
    w->entered[w->folders++] = (struct Place){s->st_dev, s->st_ino};
    return true;
}

static void add_path(Walk *w, char *path)
{
    if (w->n == w->room) {
        w->room = w->room ? 2 * w->room : 256;
        w->path = mm_take_again(w->path, (size_t)w->room * sizeof *w->path);
    }
    w->path[w->n++] = path;
}

/* Links to folders are followed. What cannot be entered is left out, but for the folder that was asked for. */
static bool walk(Walk *w, const char *folder, bool first, Error *err)
{
    struct stat s;
    DIR *d = stat(folder, &s) == 0 && enter(w, &s) ? opendir(folder) : NULL;
    if (!d) {
        return !first || mm_error(err, "%s: %s", folder, strerror(errno));
    }
    for (struct dirent *e; (e = readdir(d));) {
        char *path = mm_join_path(folder, e->d_name);
        bool is_folder = e->d_name[0] != '.' && stat(path, &s) == 0 && S_ISDIR(s.st_mode);
        if (is_folder) {
            walk(w, path, false, err);
        }
        if (e->d_name[0] != '.' && mm_names_picture(e->d_name)) {
            add_path(w, path);
        } else {
            free(path);
        }
    }
    closedir(d);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The text of a file, without a byte order mark. NULL: an error, or in a noisy set a fault that is counted. */
static char *read_text(CaptionBuilder *b, const char *name, char **start, Error *err)
{
    size_t n;
    Error why;
    char *text = mm_read_file(name, MM_TEXT_LIMIT, &n, &why);
    CaptionFault fault = !text ? MM_TOO_LONG : memchr(text, 0, n) ? MM_NOT_TEXT : MM_SOUND;
    if (fault == MM_NOT_TEXT) {
        mm_error(&why, "%s: byte %zu is 0, so this is not text", name, strlen(text) + 1);
    } else if (text && !mm_utf8_check(text, n, name, 1, &why)) {
        fault = MM_NOT_UTF8;
    }
    if (fault != MM_SOUND) {
        mm_caption_fault(b, fault, 0);
        mm_error(err, "%s", why.text);
        free(text);
        return NULL;
    }
    *start = text + (strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
    return text;
}

/* The lines of NAME.txt. */
static bool read_texts(CaptionBuilder *b, int picture, const char *path, Error *err)
{
    const char *dot = strrchr(path, '.');
    size_t stem = (size_t)(dot - path);
    char *name = mm_take(stem + 5, 1), *line = "", *text = NULL;
    memcpy(name, path, stem);
    memcpy(name + stem, ".txt", 4);
    bool ok = !mm_file_exists(name) || (text = read_text(b, name, &line, err)) || b->file->noisy;
    for (char *stop; ok && *line; line = stop + (*stop != 0)) {
        stop = line + strcspn(line, "\n");
        if (line + strspn(line, " \t\r") < stop) { /* an empty line says nothing, and is no fault */
            mm_caption_add(b, picture, line, (size_t)(stop - line));
        }
    }
    free(text);
    free(name);
    return ok;
}

bool mm_caption_read_folder(CaptionBuilder *b, Error *err)
{
    Walk w = {0};
    bool ok = walk(&w, b->file->path, true, err), is_new;
    if (w.n > 0) {
        qsort(w.path, (size_t)w.n, sizeof *w.path, by_name); /* a folder has no order of its own */
    }
    free(b->folder);
    b->folder = mm_copy_text("", 0); /* the paths that were found are whole */
    for (int i = 0; i < w.n; i++) {
        if (ok) {
            int picture = mm_caption_picture(b, w.path[i], &is_new);
            mm_caption_path(b, picture, 1, (const char *const *)&w.path[i]);
            ok = read_texts(b, picture, w.path[i], err);
        }
        free(w.path[i]);
    }
    free(w.path);
    free(w.entered);
    return ok;
}
