/* npz.c: members of a zip archive (PKWARE's APPNOTE), as numpy.savez and savez_compressed write it. Read are archives in one part of less
 * than 4 GB. At the end of the file is where the directory is; it says where each member is and how long. (The header before a member
 * repeats that; NumPy leaves its sizes to the directory.) */
#include "io/npz.h"
#include "io/memory.h"

#include <zlib.h>

enum { END_SIZE = 22, ENTRY_SIZE = 46, LOCAL_SIZE = 30, STORED = 0, DEFLATED = 8 };
static const size_t MEMBER_LIMIT = (size_t)1 << 28;

static uint32_t number(const unsigned char *at, int bytes)
{
    uint32_t x = 0;
    for (int i = bytes - 1; i >= 0; i--) {
        x = x << 8 | at[i];
    }
    return x;
}

static bool bad(const char *path, const char *reason, Error *err)
{
    return mm_error(err, "%s: not an archive (zip) that can be read: %s", path, reason);
}

/* The record at the end, behind which only a comment may stand. NULL: there is none. */
static const unsigned char *find_end(const unsigned char *zip, size_t size)
{
    for (size_t comment = 0; size >= END_SIZE && comment <= size - END_SIZE && comment <= 0xffff; comment++) {
        const unsigned char *end = zip + size - END_SIZE - comment;
        if (memcmp(end, "PK\5\6", 4) == 0 && number(end + 20, 2) == comment) {
            return end;
        }
    }
    return NULL;
}

/* deflated (n) -> exactly `size` bytes with this checksum */
static bool inflate_all(const unsigned char *deflated, size_t n, unsigned char *to, size_t size)
{
    z_stream z = {.next_in = (unsigned char *)deflated, .avail_in = (uInt)n, .next_out = to, .avail_out = (uInt)size};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) { /* negative: without zlib's own header */
        return false;
    }
    bool ok = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == size;
    inflateEnd(&z);
    return ok;
}

static unsigned char *read_member(const char *path, const unsigned char *zip, size_t size, const unsigned char *entry, size_t *n,
                                  Error *err)
{
    uint32_t method = number(entry + 10, 2), checksum = number(entry + 16, 4);
    size_t packed = number(entry + 20, 4), local = number(entry + 42, 4);
    *n = number(entry + 24, 4);
    if (number(entry + 8, 2) & 1 || (method != STORED && method != DEFLATED)) {
        bad(path, "a member is encrypted, or packed in a way that NumPy does not use", err);
        return NULL;
    }
    if (*n > MEMBER_LIMIT || local > size || size - local < LOCAL_SIZE || memcmp(zip + local, "PK\3\4", 4) != 0) {
        bad(path, *n > MEMBER_LIMIT ? "a member of more than 256 MB" : "a member is not where the directory says", err);
        return NULL;
    }
    size_t from = local + LOCAL_SIZE + number(zip + local + 26, 2) + number(zip + local + 28, 2);
    if (from > size || packed > size - from || (method == STORED && packed != *n)) {
        bad(path, "a member reaches beyond the end", err);
        return NULL;
    }
    if (*n / 1032 > packed + 1) { /* the most that deflate can do: so much memory is not taken for so few bytes */
        bad(path, "a member claims to be larger than its bytes can become", err);
        return NULL;
    }
    unsigned char *bytes = mm_take(*n + 1, 1);
    bool ok = true;
    if (method == STORED) {
        memcpy(bytes, zip + from, *n);
    } else {
        ok = inflate_all(zip + from, packed, bytes, *n);
    }
    if (!ok || crc32(crc32(0, NULL, 0), bytes, (uInt)*n) != checksum) {
        free(bytes);
        bad(path, "the checksum of a member is wrong", err);
        return NULL;
    }
    return bytes;
}

unsigned char *mm_zip_member(const char *path, const unsigned char *zip, size_t size, const char *name, size_t *n, Error *err)
{
    const unsigned char *end = find_end(zip, size);
    err->text[0] = 0;
    if (!end) {
        bad(path, "it has no directory at its end", err);
        return NULL;
    }
    size_t at = number(end + 16, 4), entries = number(end + 10, 2), stop = (size_t)(end - zip);
    for (size_t i = 0; i < entries; i++) {
        if (at > stop || stop - at < ENTRY_SIZE || memcmp(zip + at, "PK\1\2", 4) != 0) {
            bad(path, "its directory is damaged", err);
            return NULL;
        }
        const unsigned char *entry = zip + at;
        size_t name_length = number(entry + 28, 2), rest = number(entry + 30, 2) + (size_t)number(entry + 32, 2);
        if (stop - at - ENTRY_SIZE < name_length + rest) {
            bad(path, "its directory is damaged", err);
            return NULL;
        }
        if (name_length == strlen(name) && memcmp(entry + ENTRY_SIZE, name, name_length) == 0) {
            return read_member(path, zip, size, entry, n, err);
        }
        at += ENTRY_SIZE + name_length + rest;
    }
    return NULL;
}
