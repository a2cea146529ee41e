/* mm/io.h: files. Whole or not at all when written, validated before use when read, and every error names the file.
 *
 * Whatever can go wrong here is the world's doing, so functions return false (or NULL) and fill an Error. Memory that runs out
 * is the exception: the program stops. */
#ifndef MM_IO_H
#define MM_IO_H

#include "mm/core.h"

#include <stdio.h>

/* ---- whole files ---- */

/* A file that appears under its name only when it is complete. Writing goes to a temporary file in the same folder; commit
 * flushes it to the disk and renames it, so that a reader, a crash or a full disk never meets half a file. */
typedef struct AtomicFile {
    FILE *file;        /* write here; its errors may be left unchecked until the commit */
    char *path, *temp; /* where it will be (links followed), where it is now */
} AtomicFile;

bool mm_atomic_open(AtomicFile *a, const char *path, Error *err);
bool mm_atomic_commit(AtomicFile *a, Error *err); /* false: the temporary file is gone, what was at path is untouched */
void mm_atomic_abort(AtomicFile *a);              /* forgets all that was written; harmless after a commit */

bool mm_write_file(const char *path, const void *bytes, size_t n, Error *err); /* the three above in one */

/* All bytes of a file (gzip: decompressed) and a 0 after them; *n (may be NULL) is set to the number of bytes without that 0.
 * The caller frees. A file of more than limit bytes is an error. */
char *mm_read_file(const char *path, size_t limit, size_t *n, Error *err);
char *mm_read_gzip(const char *path, size_t limit, size_t *n, Error *err);

bool mm_make_folders(const char *path, Error *err); /* mkdir -p */
bool mm_file_exists(const char *path);
char *mm_join_path(const char *folder, const char *name); /* "folder/name"; the caller frees */
char *mm_path(const char *folder, const char *format, ...) __attribute__((format(printf, 2, 3))); /* the same */
bool mm_ends_in(const char *text, const char *end);                                               /* in letters of any case */

/* ---- text ---- */

/* Offset of the first byte that is not part of well-formed UTF-8 (no surrogates, nothing overlong); n if all is well. */
size_t mm_utf8_invalid(const char *text, size_t n);
/* As an error: "captions.tsv:12:7: byte 0xff is not UTF-8" (line 12 counted from first_line, byte 7 of it), or, where
 * first_line is 0, "the query: byte 7 (0xff) is not UTF-8". Bytes are counted from 1. */
bool mm_utf8_check(const char *text, size_t n, const char *name, int first_line, Error *err);

/* A JSON file, duplicate keys refused, at most limit bytes and MM_JSON_DEPTH levels (jansson's own limit); errors say
 * "config.json:3:14: …". The caller gives it to json_decref (jansson.h). */
enum { MM_JSON_DEPTH = 2048 };
struct json_t *mm_json_read(const char *path, size_t limit, Error *err);
/* Writes folder/name, atomically; json is given up. */
bool mm_json_write(struct json_t *json, const char *folder, const char *name, Error *err);
const char *mm_json_kind(const struct json_t *json); /* "an array"; "missing" for NULL: for messages */

/* A JSON object whose lists are too long to be held: reads the file, and gives each element of the lists that are wanted (their names end
 * with NULL) to `take`, one after the other. What else is in the file is passed over, unread. false: the file is no such object, a wanted
 * list is missing, no list, or there twice; or an element is not JSON, or `take` returned false: the error names list and element. */
typedef bool JsonTake(void *context, const char *list, size_t i, const struct json_t *element, Error *err);
bool mm_json_each(const char *path, size_t limit, const char *const *lists, JsonTake *take, void *context, Error *err);

/* A whole number of an object, from 1 to `most`, or a number from low to high, in a file of this path; 0 where *ok is or becomes false.
 * absent: what leaving it out means; 0 of a whole number: it must be there. */
int mm_json_int(const struct json_t *object, const char *name, int absent, int most, bool *ok, const char *path, Error *err);
double mm_json_real(const struct json_t *object, const char *name, double absent, double low, double high, bool *ok,
                    const char *path, Error *err);

/* A table: the first row names the columns, every row has as many cells. UTF-8 without NUL; a byte order mark and CRLF line ends
 * are tolerated. At most MM_TSV_LIMIT bytes and MM_TSV_COLUMNS columns. */
typedef struct Tsv Tsv;
enum { MM_TSV_LIMIT = 1 << 28, MM_TSV_COLUMNS = 1000 };

Tsv *mm_tsv_read(const char *path, Error *err); /* tabs between the cells; no quoting, so no tab or line feed in a cell */
/* Commas between the cells (RFC 4180). A cell in double quotes may hold commas, line ends and, written twice, quotes. */
Tsv *mm_csv_read(const char *path, Error *err);
void mm_tsv_free(Tsv *t);
int mm_tsv_rows(const Tsv *t); /* without the header */
int mm_tsv_columns(const Tsv *t);
int mm_tsv_column(const Tsv *t, const char *name, Error *err); /* -1: there is none of this name */
const char *mm_tsv_cell(const Tsv *t, int row, int column);    /* lives as long as t */
int mm_tsv_line(const Tsv *t, int row);                        /* the line where the row begins, for messages */
const char *mm_tsv_path(const Tsv *t);

/* ---- safetensors: named arrays (github.com/huggingface/safetensors) ----
 * 8 bytes: the size N of the header; N bytes of JSON: name -> dtype, shape, data_offsets; then the numbers, little-endian.
 * Limits of this reader, beyond the format's own (header of at most 100,000,000 bytes): MM_MAX_RANK dimensions, each at most
 * 2^31 - 1, and no NUL in names. Sub-byte dtypes can be listed but, as all that are not named below, not read. */

/* In the order of the official enumeration, which decides the order of tensors in a written file. */
typedef enum Dtype {
    MM_BOOL,
    MM_F4,
    MM_F6_E2M3,
    MM_F6_E3M2,
    MM_U8,
    MM_I8,
    MM_F8_E5M2,
    MM_F8_E4M3,
    MM_F8_E8M0,
    MM_I16,
    MM_U16,
    MM_F16,
    MM_BF16,
    MM_I32,
    MM_U32,
    MM_F32,
    MM_C64,
    MM_F64,
    MM_I64,
    MM_U64
} Dtype;

const char *mm_dtype_name(Dtype dtype); /* "BF16" */

typedef struct SafeTensor {
    const char *name;
    Dtype dtype;
    Shape shape;
    size_t n;             /* elements */
    size_t offset, bytes; /* where in the file, how long */
} SafeTensor;

typedef struct SafeFile SafeFile;

/* Opens and validates everything but the numbers themselves. */
SafeFile *mm_safe_open(const char *path, Error *err);
void mm_safe_close(SafeFile *f);
const char *mm_safe_path(const SafeFile *f);
int mm_safe_count(const SafeFile *f);
const SafeTensor *mm_safe_at(const SafeFile *f, int i); /* in the order of the file */
const SafeTensor *mm_safe_find(const SafeFile *f, const char *name);
const char *mm_safe_metadata(const SafeFile *f, const char *key); /* NULL: there is none */

/* Copies t->n numbers to `to`, converted. The error of a dtype that does not fit names file, tensor and dtype. */
bool mm_safe_read(const SafeFile *f, const SafeTensor *t, real *to, Error *err); /* F64 F32 F16 BF16 I64 I32 U8 */
/* n numbers from number `first` on; any threads may read from one file at the same time. */
bool mm_safe_read_part(const SafeFile *f, const SafeTensor *t, size_t first, size_t n, real *to, Error *err);
bool mm_safe_read_i64(const SafeFile *f, const SafeTensor *t, int64_t *to, Error *err); /* I64 I32 U8 */
bool mm_safe_read_u8(const SafeFile *f, const SafeTensor *t, uint8_t *to, Error *err);  /* U8 */

/* One array to write. What data points to depends on dtype: MM_F32 and MM_F64 `const real *` (converted where they differ),
 * MM_I64 `const int64_t *`, MM_U8 `const uint8_t *`. */
typedef struct SafeArray {
    const char *name;
    Dtype dtype;
    Shape shape;
    const void *data;
} SafeArray;

/* Writes a file, atomically, in the official order (dtype from large to small, then name) and with the official padding.
 * metadata: key, value, key, value, …, NULL; or NULL. The same input gives the same bytes. */
bool mm_safe_write(const char *path, const SafeArray *arrays, int n, const char *const *metadata, Error *err);

/* ---- figures (gnuplot.c) ---- */

bool mm_gnuplot(const char *script); /* runs gnuplot on it, given through a pipe; false if it is not there or refuses */
void mm_gnuplot_quote(char *to, size_t size, const char *path); /* a path inside its single quotes: a quote in it is doubled */

#endif
