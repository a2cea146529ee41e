/* kills.c: the table of the wrong answers and of the checks that caught them, exercises/KILLS.md. */
#include "io/memory.h"
#include "mm/io.h"
#include "prove.h"

static char *table_path(const char *root)
{
    char *folder = mm_join_path(root, "exercises"), *path = mm_join_path(folder, "KILLS.md");
    free(folder);
    return path;
}

bool kills_write(const Exercises *all, Error *err)
{
    char *text = NULL, *path = table_path(all->root);
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool ok = out != NULL;
    if (out) {
        fprintf(out, "# Wrong answers and the checks that catch them\n\n"
                     "`./course kills` writes this table; the tests `exercises.*` compare it with what happens now. A mistake is "
                     "the reference with\n"
                     "one piece of its text replaced, as the exercise's mutants.tsv says. It must fail first in the check that "
                     "is named there, since\n"
                     "that check's hint is the one shown; a crash or a time-out would not count.\n\n"
                     "| exercise | mistake | caught by |\n|---|---|---|\n");
    }
    for (int i = 0; ok && i < all->n; i++) {
        ok = prove_exercise(all->root, all->at + i, true, out, err);
    }
    if (out) {
        fclose(out);
    }
    ok = ok && mm_write_file(path, text, size, err);
    free(text);
    free(path);
    return ok;
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what)) {
        n++;
    }
    return n;
}

bool kills_agree(const char *root, const Exercise *e, const char *rows, Error *err)
{
    char *path = table_path(root), *table = mm_read_file(path, 1 << 20, NULL, err), begin[EXERCISE_NAME + 8];
    snprintf(begin, sizeof begin, "| %s |", e->name);
    bool ok = table &&
              ((strstr(table, rows) && count(table, begin) == count(rows, begin)) ||
               mm_error(err, "exercises/KILLS.md has other rows for %s than\n%s./course kills writes it anew", e->name, rows));
    free(table);
    free(path);
    return ok;
}
