/* scratch.h: a folder for one test, and checks of what an error says. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "mm/io.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <dirent.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, remove_scratch)

static char scratch_folder[64];

static inline int make_scratch(void **state)
{
    (void)state;
    strcpy(scratch_folder, "/tmp/mm-test-XXXXXX");
    return mkdtemp(scratch_folder) && chmod(scratch_folder, 0755) == 0 ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
    (void)s;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int remove_scratch(void **state)
{
    (void)state;
    return nftw(scratch_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in the scratch folder; good for the next seven calls. */
static inline const char *scratch(const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_folder, name);
    return path;
}

static inline void put(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline void put_text(const char *path, const char *text)
{
    put(path, text, strlen(text));
}

/* How many files the scratch folder holds: no temporary file may stay behind. */
static inline int files_in_scratch(void)
{
    DIR *d = opendir(scratch_folder);
    int n = 0;
    for (struct dirent *e; (e = readdir(d));) {
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    }
    closedir(d);
    return n;
}

/* The error names the file and says what is expected. */
static inline void says(const Error *err, const char *path, const char *what)
{
    if (!strstr(err->text, path) || !strstr(err->text, what)) {
        fail_msg("\"%s\" should name \"%s\" and say \"%s\"", err->text, path, what);
    }
}

#endif
