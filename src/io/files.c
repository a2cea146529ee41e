/* files.c: whole files in and out, folders, paths. */
#include "io/memory.h"
#include "mm/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* ---- writing ---- */

static size_t folder_length(const char *path) /* with the slash; 0: no folder in it */
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static void forget(AtomicFile *a)
{
    free(a->path);
    free(a->temp);
    *a = (AtomicFile){0};
}

/* A temporary file of a killed process may still be there, so names are tried until one is free. */
static int create_beside(AtomicFile *a)
{
    size_t folder = folder_length(a->path), room = strlen(a->path) + 48;
    a->temp = mm_take(room, 1);
    int fd = -1;
    for (int k = 0; k < 100 && fd < 0 && (k == 0 || errno == EEXIST); k++) {
        snprintf(a->temp, room, "%.*s.%s.%ld-%d", (int)folder, a->path, a->path + folder, (long)getpid(), k);
        fd = open(a->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return fd;
}

bool mm_atomic_open(AtomicFile *a, const char *path, Error *err)
{
    char *followed = realpath(path, NULL); /* a link stays a link: the file it leads to is replaced */
    *a = (AtomicFile){.path = followed ? followed : mm_copy_text(path, strlen(path))};
    struct stat s;
    if (stat(a->path, &s) == 0 && !S_ISREG(s.st_mode)) { /* a rename would destroy a device as well */
        forget(a);
        return mm_error(err, "%s: cannot be written: %s", path, S_ISDIR(s.st_mode) ? strerror(EISDIR) : "not a regular file");
    }
    int fd = create_beside(a);
    a->file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!a->file) {
        mm_error(err, "%s: cannot be written: %s", path, strerror(errno));
        forget(a);
        return false;
    }
    return true;
}

void mm_atomic_abort(AtomicFile *a)
{
    if (a->file) {
        fclose(a->file);
    }
    if (a->temp) {
        unlink(a->temp);
    }
    forget(a);
}

/* Whether all bytes are on the disk; if not, errno says why. A write that failed long ago took its errno with it: one byte more
 * asks the system again (the file is lost anyway). */
static bool flush_to_disk(FILE *f)
{
    if (ferror(f)) {
        clearerr(f);
        errno = EIO;
        if (fputc(0, f) == EOF || fflush(f) != 0) {
            return false;
        }
        errno = EIO;
        return false;
    }
    return fflush(f) == 0 && fsync(fileno(f)) == 0;
}

/* The new name is on the disk only when its folder is. */
static bool sync_folder(const char *path)
{
    size_t n = folder_length(path);
    char *folder = n ? mm_copy_text(path, n) : mm_copy_text(".", 1);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0) {
        return errno == EACCES; /* a folder that may be written but not listed */
    }
    bool ok = fsync(fd) == 0 || errno == EINVAL; /* EINVAL: this file system does not sync folders */
    int reason = errno;
    close(fd);
    errno = reason;
    return ok;
}

bool mm_atomic_commit(AtomicFile *a, Error *err)
{
    bool ok = flush_to_disk(a->file);
    int reason = errno;
    if (fclose(a->file) != 0 && ok) {
        ok = false;
        reason = errno;
    }
    a->file = NULL;
    if (ok && (rename(a->temp, a->path) != 0 || !sync_folder(a->path))) {
        ok = false;
        reason = errno;
    }
    if (!ok) {
        mm_error(err, "%s: cannot be written: %s", a->path, strerror(reason));
        mm_atomic_abort(a);
        return false;
    }
    forget(a);
    return true;
}

bool mm_write_file(const char *path, const void *bytes, size_t n, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    fwrite(bytes, 1, n, a.file);
    return mm_atomic_commit(&a, err);
}

/* ---- reading ---- */

typedef long ReadBytes(void *file, char *to, size_t n); /* how many; 0: the end; less: an error */

/* At most limit + 1 bytes, so that the caller sees when there are too many. NULL: an error. */
static char *read_up_to(ReadBytes *read_bytes, void *file, size_t limit, size_t *n)
{
    size_t room = 1 << 14;
    char *text = mm_take(room, 1);
    *n = 0;
    for (long got = 1; got > 0 && *n <= limit;) {
        if (*n + 1 >= room) {
            text = mm_take_again(text, room *= 2);
        }
        size_t want = room - *n - 1;
        got = read_bytes(file, text + *n, want < limit + 1 - *n ? want : limit + 1 - *n);
        if (got < 0) {
            free(text);
            return NULL;
        }
        *n += (size_t)got;
    }
    text[*n] = 0;
    return text;
}

static char *checked(char *text, size_t read, size_t limit, size_t *n, const char *path, Error *err)
{
    if (read > limit) {
        free(text);
        mm_error(err, "%s: more than %zu bytes, the most that is read of such a file", path, limit);
        return NULL;
    }
    if (n) {
        *n = read;
    }
    return text;
}

static long read_plain(void *file, char *to, size_t n)
{
    size_t got = fread(to, 1, n, file);
    return got == 0 && ferror(file) ? -1 : (long)got;
}

char *mm_read_file(const char *path, size_t limit, size_t *n, Error *err)
{
    FILE *f = fopen(path, "rbe");
    if (!f) {
        mm_error(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    size_t got;
    char *text = read_up_to(read_plain, f, limit, &got);
    if (!text) {
        mm_error(err, "%s: %s", path, strerror(errno));
    }
    fclose(f);
    return text ? checked(text, got, limit, n, path, err) : NULL;
}

static long read_zipped(void *file, char *to, size_t n)
{
    return gzread(file, to, (unsigned)(n < 1 << 30 ? n : 1 << 30));
}

char *mm_read_gzip(const char *path, size_t limit, size_t *n, Error *err)
{
    errno = 0;
    gzFile f = gzopen(path, "rbe");
    if (!f) {
        mm_error(err, "%s: %s", path, strerror(errno ? errno : ENOMEM));
        return NULL;
    }
    size_t got;
    char *text = read_up_to(read_zipped, f, limit, &got);
    int status = Z_OK;
    const char *reason = gzerror(f, &status); /* begins with the path; Z_BUF_ERROR: the end came too early */
    if (!text || (got <= limit && status != Z_OK)) {
        if (status == Z_ERRNO) {
            mm_error(err, "%s: %s", path, strerror(errno));
        } else {
            mm_error(err, "%s", reason);
        }
        free(text);
        text = NULL;
    }
    gzclose(f);
    return text ? checked(text, got, limit, n, path, err) : NULL;
}

/* ---- folders and paths ---- */

bool mm_make_folders(const char *path, Error *err)
{
    size_t n = strlen(path);
    char *part = mm_copy_text(path, n);
    bool ok = true;
    for (size_t i = 1; i <= n && ok; i++) {
        if (path[i] == '/' || path[i] == 0) {
            part[i] = 0;
            struct stat s;
            if (mkdir(part, 0777) != 0) {
                int reason = errno;
                bool there = stat(part, &s) == 0 && S_ISDIR(s.st_mode);
                ok = there || mm_error(err, "%s: cannot make this folder: %s", part, strerror(reason));
            }
            part[i] = path[i];
        }
    }
    free(part);
    return ok;
}

bool mm_file_exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

char *mm_join_path(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    const char *between = n == 0 || folder[n - 1] == '/' ? "" : "/";
    size_t room = n + strlen(name) + 2;
    char *path = mm_take(room, 1);
    snprintf(path, room, "%s%s%s", folder, between, name);
    return path;
}

char *mm_path(const char *folder, const char *format, ...)
{
    char name[512];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return mm_join_path(folder, name);
}

bool mm_ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcasecmp(text + n - m, end) == 0;
}
