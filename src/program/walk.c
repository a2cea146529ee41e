/* walk.c: the pictures in folders. */
#include "io/memory.h"
#include "mm/search.h"

#include <errno.h>
#include <fts.h>
#include <sys/stat.h>

static void add_file(Index *x, const char *path, const struct stat *s)
{
    if ((x->n & (x->n + 1)) == 0) { /* full at 0, 1, 3, 7, … */
        x->file = mm_take_again(x->file, (size_t)(2 * x->n + 1) * sizeof *x->file);
    }
    int64_t mtime = (int64_t)s->st_mtim.tv_sec * 1000000000 + s->st_mtim.tv_nsec;
    x->file[x->n++] = (IndexedFile){mm_copy_text(path, strlen(path)), s->st_size, mtime, 0};
}

/* An entry of the walk. false: a folder that was named cannot be read. */
static bool visit(Index *x, const FTSENT *e, Error *err)
{
    struct stat s;
    switch (e->fts_info) {
    case FTS_DNR:
    case FTS_NS:
    case FTS_ERR:
        if (e->fts_level == FTS_ROOTLEVEL) {
            return mm_error(err, "%s: cannot be read as a folder: %s", e->fts_path, strerror(e->fts_errno));
        }
        fprintf(stderr, "%s: left out: %s: %s\n", program_invocation_short_name, e->fts_path, strerror(e->fts_errno));
        break;
    case FTS_F:
    case FTS_SL:
        if (e->fts_level == FTS_ROOTLEVEL) {
            return mm_error(err, "%s: cannot be read as a folder: %s", e->fts_path, strerror(ENOTDIR));
        }
        /* ".png" alone is no name of a picture */
        if (mm_names_picture(e->fts_name + 1) && stat(e->fts_accpath, &s) == 0 && S_ISREG(s.st_mode)) {
            add_file(x, e->fts_path, &s);
        }
        break;
    case FTS_SLNONE: return mm_error(err, "%s: cannot be read as a folder: %s", e->fts_path, strerror(ENOENT));
    default: break; /* folders, devices */
    }
    return true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const IndexedFile *)a)->path, ((const IndexedFile *)b)->path);
}

static void sort_and_unite(Index *x)
{
    int n = 0;
    qsort(x->file, (size_t)x->n, sizeof *x->file, by_path);
    for (int i = 0; i < x->n; i++) {
        if (n > 0 && strcmp(x->file[n - 1].path, x->file[i].path) == 0) {
            free(x->file[i].path);
        } else {
            x->file[n++] = x->file[i];
        }
    }
    x->n = n;
}

bool mm_index_walk(const char *const *folder, int n, Index *x, Error *err)
{
    char **roots = mm_take((size_t)n + 1, sizeof *roots);
    for (int i = 0; i < n; i++) {
        roots[i] = mm_copy_text(folder[i], strlen(folder[i]));
        for (size_t end = strlen(roots[i]); end > 1 && roots[i][end - 1] == '/';) { /* "a/" and "a" are one folder */
            roots[i][--end] = 0;
        }
    }
    *x = (Index){.file = mm_take(0, sizeof *x->file)};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    bool ok = walk || mm_error(err, "%s: cannot be read as a folder: %s", folder[0], strerror(errno));
    for (FTSENT *e; ok && (e = fts_read(walk));) {
        ok = visit(x, e, err);
    }
    if (walk) {
        fts_close(walk);
    }
    for (int i = 0; i < n; i++) {
        free(roots[i]);
    }
    free(roots);
    if (ok) {
        sort_and_unite(x);
    } else {
        mm_index_free(x);
    }
    return ok;
}

void mm_index_free(Index *x)
{
    for (int i = 0; i < x->n; i++) {
        free(x->file[i].path);
    }
    free(x->file);
    free(x->embedding);
    *x = (Index){0};
}
