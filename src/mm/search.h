/* mm/search.h: the pictures whose embeddings are closest to a given one: of emoji, of a folder, of an index that was made once. */
#ifndef MM_SEARCH_H
#define MM_SEARCH_H

#include "mm/encoders.h"

/* ---- an index: the embeddings of all pictures in some folders, kept in a file, so that a search need not read the pictures again ---- */

typedef struct IndexedFile {
    char *path;          /* as found from the folder that was named; any bytes */
    int64_t size, mtime; /* bytes, nanoseconds: unchanged, the file counts as unchanged */
    int64_t hash;        /* of its bytes: unchanged, a new mtime means nothing */
} IndexedFile;

/* Files by path, and where there is a model, a row of length 1 for each. */
typedef struct Index {
    int n, embed;
    IndexedFile *file;
    real *embedding; /* (n, embed) */
    char model[17];  /* of the model that made the embeddings, see mm_index_model */
} Index;

void mm_index_free(Index *x);

/* The files in the folders and all below whose names end like a picture's, without embeddings and hashes (walk.c). A link to a file
 * counts, one to a folder is not followed, so there are no loops; what is in several of the folders counts once. A folder below that
 * cannot be read is named on standard error. */
bool mm_index_walk(const char *const *folder, int n, Index *x, Error *err);

/* One safetensors file (index_file.c): embeddings F32 (n, embed); paths U8, each ended by a zero; size, mtime, hash I64 (n). */
bool mm_index_save(const Index *x, const char *path, Error *err);
bool mm_index_load(const char *path, Index *x, Error *err);

/* Fills embeddings and hashes of what mm_index_walk found, in batches: from `old` where that knows a file as it is now, else from the model.
 * What cannot be read is named on standard error and taken out. false: nothing is left of `where`. Stops at an interrupt if there is a bar. */
typedef struct IndexCounts {
    int embedded, known, left_out, dropped; /* dropped: in `old`, but not here */
    bool stopped;
} IndexCounts;
bool mm_index_embed(const Encoders *e, const Index *old, Index *x, bool show_bar, const char *where, IndexCounts *c, Error *err);

/* Whether a model with this name made the index; path is for the message. */
bool mm_index_is_of(const Index *x, const char *model, const char *path, Error *err);
/* A path as text: what is not UTF-8 and what controls a terminal as U+FFFD. The caller frees. */
char *mm_index_readable(const char *path);

/* What distinguishes models: a hash of every weight and of how pictures are prepared, as 16 hexadecimal digits. */
void mm_index_model(const Encoders *e, char text[17]);

/* ---- pictures that can be searched, with their embeddings (gallery.c, found.c) ---- */

/* Emoji, or the pictures of an index or of a folder. */
typedef struct Gallery {
    int n, embed;
    const real *embedding; /* (n, embed), rows of length 1 */
    char among[512];       /* "1032 pictures of the style noto" */
    Index files;           /* of files */
    EmojiSet emoji;
    real *own; /* of emoji: the embeddings */
} Gallery;

bool mm_gallery_emoji(const Encoders *e, const char *data, const char *style, Gallery *y, Error *err); /* NULL: all styles */
bool mm_gallery_folder(const Encoders *e, const char *folder, Gallery *y, Error *err);
bool mm_gallery_index(const Encoders *e, const char *path, Gallery *y, Error *err); /* refuses that of another model */
void mm_gallery_free(Gallery *y);

/* The `top` pictures closest to an embedding: prints them (json: for machines) and writes OUT/search/NAME.png, a contact sheet, and
 * .html, a page, with a name made from the query, which is the title of both. Valid UTF-8. */
typedef struct Wanted {
    const real *embedding;
    const char *query, *out;
    int top;
    bool json;
} Wanted;
bool mm_gallery_search(const Gallery *y, const Wanted *w, Error *err);

/* ---- what a search found, and the two files that show it ---- */

enum { MM_RESULTS_SIDE = 96, MM_RESULTS_SLUG = 80 }; /* pixels of a thumbnail; bytes of a slug */

typedef struct Hit {
    double score;                          /* cosine */
    Picture thumbnail;                     /* RGBA, MM_RESULTS_SIDE a side */
    const char *name;                      /* English, or the path of an own picture; valid UTF-8 */
    const char *zh, *code, *style, *group; /* NULL for an own picture */
} Hit;

/* A text as the name of a file: letters, digits and pictographs of any script stay, ASCII in lower case; each run of anything
 * else becomes a hyphen; at most MM_RESULTS_SLUG bytes, cut between characters. "query" if nothing is left. The text is valid
 * UTF-8. The caller frees. */
char *mm_results_slug(const char *text);

/* A picture fitted into a transparent square, enlarged or reduced with bicubic interpolation. The caller frees. */
Picture mm_results_thumbnail(const Picture *p);

/* All thumbnails on white, the best first, row by row (contact.c). The caller frees. */
Picture mm_results_sheet(const Hit *hit, int n);

/* A web page that needs no other file: the thumbnails, names and scores (page.c). Written whole or not at all. `among` says what
 * was searched: "1332 pictures of the style noto". */
bool mm_results_page(const char *path, const char *query, const char *among, const Hit *hit, int n, Error *err);

/* Parts of the page, for tests. The callers free. */
char *mm_results_escape(const char *text); /* for HTML: & < > " ' as entities, control characters as U+FFFD */
char *mm_results_base64(const unsigned char *bytes, size_t n);

#endif
