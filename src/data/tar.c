/* tar.c: a reader and a writer of tar archives (POSIX.1-2017, pax).
 *
 * An archive is a row of blocks of 512 bytes: for each file a header, then its bytes, filled up with zeros; two blocks of zeros at the
 * end. Numbers are written in octal digits. Whoever made the archive may have made it wrong on purpose: nothing that a header says is
 * believed before it was checked against the size of the archive. */
#include "data/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
} Header;
_Static_assert(sizeof(Header) == MM_TAR_BLOCK, "a header is one block");

enum { NOTE_LIMIT = 1 << 16 }; /* bytes in a note about the next file: a long name, pax's records */

/* ---- reading ---- */

bool mm_tar_open(Tar *t, const char *path, Error *err)
{
    struct stat s;
    *t = (Tar){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (t->fd < 0 || fstat(t->fd, &s) != 0) {
        mm_error(err, "%s: %s", path, strerror(errno));
        mm_tar_close(t);
        return false;
    }
    t->bytes = s.st_size;
    return true;
}

void mm_tar_close(Tar *t)
{
    if (t->fd >= 0) {
        close(t->fd);
    }
    t->fd = -1;
}

static int damaged(const Tar *t, int64_t at, const char *what, Error *err)
{
    mm_error(err, "%s: byte %lld: %s", t->path, (long long)at, what);
    return -1;
}

/* Octal digits with spaces around them, or, if the first bit is set, a number of 95 bits. -1: neither, or more than 2^62. */
static int64_t number(const char *text, size_t n)
{
    const unsigned char *c = (const unsigned char *)text, *end = c + n;
    int64_t x = 0;
    if (*c & 0x80) {
        for (x = *c++ & 0x7f; c < end && x >= 0; c++) {
            x = x >> 54 ? -1 : x << 8 | *c;
        }
        return x;
    }
    while (c < end && *c == ' ') {
        c++;
    }
    for (; c < end && *c >= '0' && *c <= '7'; c++) {
        x = x << 3 | (*c - '0'); /* 12 digits are 36 bits */
    }
    return c == end || *c == 0 || *c == ' ' ? x : -1;
}

/* The sum of the bytes of the header, those of the sum itself taken for spaces. */
static int64_t checksum(const Header *h)
{
    int64_t sum = (int64_t)sizeof h->checksum * ' ';
    for (const unsigned char *c = (const unsigned char *)h, *end = c + sizeof *h; c < end; c++) {
        bool own = (const char *)c >= h->checksum && (const char *)c < h->checksum + sizeof h->checksum;
        sum += own ? 0 : *c;
    }
    return sum;
}

static bool is_zero(const Header *h)
{
    static const Header zero;
    return memcmp(h, &zero, sizeof zero) == 0;
}

/* Reads the header at t->next. 1: it is one, and t->at and t->size are set; 0: the end; -1: damaged. */
static int read_header(Tar *t, Header *h, Error *err)
{
    int64_t at = t->next;
    if (at + MM_TAR_BLOCK > t->bytes) {
        return damaged(t, at, "the archive breaks off", err);
    }
    if (pread(t->fd, h, sizeof *h, at) != (ssize_t)sizeof *h) {
        return damaged(t, at, strerror(errno), err);
    }
    if (is_zero(h)) {
        return 0;
    }
    if (number(h->checksum, sizeof h->checksum) != checksum(h)) {
        return damaged(t, at, "not a header of tar (its checksum is wrong)", err);
    }
    t->at = at + MM_TAR_BLOCK;
    t->size = number(h->size, sizeof h->size);
    return t->size >= 0 ? 1 : damaged(t, at, "a size that is no number", err);
}

/* Passes over the bytes of the file at t->at. */
static bool pass(Tar *t, Error *err)
{
    if (t->size > t->bytes - t->at) {
        damaged(t, t->at, "the archive breaks off inside a file", err);
        return false;
    }
    int64_t blocks = (t->size + MM_TAR_BLOCK - 1) / MM_TAR_BLOCK;
    t->next = t->at + blocks * MM_TAR_BLOCK;
    return true;
}

/* What pax says of the next file: records "LENGTH KEY=VALUE\n", LENGTH counting all of it. false: damaged. */
static bool read_pax(char *text, size_t n, char name[MM_TAR_NAME], int64_t *size)
{
    for (char *end = text + n, *next; text < end; text = next) {
        char *key, *stop;
        long length = strtol(text, &key, 10);
        if (length < 5 || length > end - text || *key != ' ' || text[length - 1] != '\n') {
            return false;
        }
        next = text + length;
        next[-1] = 0;
        key++;
        if (strncmp(key, "path=", 5) == 0 && strlen(key + 5) < MM_TAR_NAME) {
            strcpy(name, key + 5);
        } else if (strncmp(key, "size=", 5) == 0) {
            errno = 0;
            *size = strtoll(key + 5, &stop, 10);
            if (errno || *stop || *size < 0) {
                return false;
            }
        }
    }
    return true;
}

/* A note that stands before a file, of type x (pax), L (GNU: a long name), or one that says nothing to us. */
static bool read_note(Tar *t, char type, char name[MM_TAR_NAME], int64_t *size, Error *err)
{
    int64_t at = t->at, n = t->size;
    if (!pass(t, err)) {
        return false;
    }
    if (type != 'x' && type != 'L') {
        return true;
    }
    char *text = n <= NOTE_LIMIT ? calloc((size_t)n + 1, 1) : NULL;
    bool ok = text && pread(t->fd, text, (size_t)n, at) == (ssize_t)n;
    if (ok && type == 'x') {
        ok = read_pax(text, (size_t)n, name, size);
    } else if (ok) {
        ok = strlen(text) < MM_TAR_NAME;
        strcpy(name, ok ? text : "");
    }
    free(text);
    if (!ok) {
        damaged(t, at, "a note about the next file that makes no sense", err);
    }
    return ok;
}

static void name_of(const Header *h, char name[MM_TAR_NAME])
{
    bool posix = memcmp(h->magic, "ustar", 6) == 0 && h->prefix[0]; /* GNU has a space behind ustar, and no prefix */
    snprintf(name, MM_TAR_NAME, "%.*s%s%.*s", posix ? (int)sizeof h->prefix : 0, h->prefix, posix ? "/" : "", (int)sizeof h->name,
             h->name);
}

int mm_tar_next(Tar *t, Error *err)
{
    Header h;
    int64_t size = -1; /* as pax says it */
    t->name[0] = 0;
    for (;;) {
        int got = read_header(t, &h, err);
        if (got <= 0) {
            return got;
        }
        bool note = h.type == 'x' || h.type == 'L' || h.type == 'g' || h.type == 'K';
        if (note) {
            if (!read_note(t, h.type, t->name, &size, err)) {
                return -1;
            }
            continue;
        }
        bool file = h.type == '0' || h.type == 0;
        t->size = file && size >= 0 ? size : t->size;
        t->size = h.type >= '1' && h.type <= '6' ? 0 : t->size; /* links, devices, folders: nothing follows */
        if (!pass(t, err)) {
            return -1;
        }
        if (file) {
            if (!t->name[0]) {
                name_of(&h, t->name);
            }
            return 1;
        }
        t->name[0] = 0;
        size = -1;
    }
}

/* ---- writing ---- */

static void fill_up(FILE *f, size_t n)
{
    static const char zeros[MM_TAR_BLOCK];
    fwrite(zeros, 1, (MM_TAR_BLOCK - n % MM_TAR_BLOCK) % MM_TAR_BLOCK, f);
}

/* The same bytes for the same file: no owner, no time. */
void mm_tar_write(FILE *f, const char *name, const void *bytes, size_t n)
{
    Header h = {.mode = "0000644", .uid = "0000000", .gid = "0000000", .mtime = "00000000000", .type = '0', .magic = "ustar"};
    char size[32], sum[8];
    memcpy(h.version, "00", 2);
    memcpy(h.name, name, strnlen(name, sizeof h.name - 1));
    snprintf(size, sizeof size, "%011zo", n);
    memcpy(h.size, size, sizeof h.size);
    snprintf(sum, sizeof sum, "%06o", (unsigned)checksum(&h));
    memcpy(h.checksum, sum, sizeof h.checksum - 1);
    h.checksum[7] = ' ';
    fwrite(&h, sizeof h, 1, f);
    fwrite(bytes, 1, n, f);
    fill_up(f, n);
}

void mm_tar_write_end(FILE *f)
{
    static const char zeros[2 * MM_TAR_BLOCK];
    fwrite(zeros, sizeof zeros, 1, f);
}
