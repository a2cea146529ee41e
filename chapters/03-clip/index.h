/* index.h: the embeddings of all pictures in some folders, kept in a file, so that a search need not read the pictures again. */
#ifndef CLIP_INDEX_H
#define CLIP_INDEX_H

#include "program.h"

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
    char model[17];  /* of the model that made the embeddings, see index_model */
} Index;

void index_free(Index *x);

/* The files in the folders and all below whose names end like a picture's, without embeddings and hashes (walk.c). A link to a file
 * counts, one to a folder is not followed, so there are no loops; what is in several of the folders counts once. A folder below that
 * cannot be read is named on standard error. */
bool index_walk(const char *const *folder, int n, Index *x, Error *err);

/* One safetensors file (index_file.c): embeddings F32 (n, embed); paths U8, each ended by a zero; size, mtime, hash I64 (n). */
bool index_save(const Index *x, const char *path, Error *err);
bool index_load(const char *path, Index *x, Error *err);

/* Fills embeddings and hashes of what index_walk found, in batches: from `old` where that knows a file as it is now, else from the model.
 * What cannot be read is named on standard error and taken out. false: nothing is left of `where`. Stops at an interrupt if there is a bar. */
typedef struct IndexCounts {
    int embedded, known, left_out, dropped; /* dropped: in `old`, but not here */
    bool stopped;
} IndexCounts;
bool index_embed(const Clip *clip, const Index *old, Index *x, bool show_bar, const char *where, IndexCounts *c, Error *err);

/* Whether a model with this name made the index; path is for the message. */
bool index_is_of(const Index *x, const char *model, const char *path, Error *err);
/* A path as text: what is not UTF-8 and what controls a terminal as U+FFFD. The caller frees. */
char *index_readable(const char *path);

/* What distinguishes models: a hash of every weight and of how pictures are prepared, as 16 hexadecimal digits. */
void index_model(const ClipModel *m, char text[17]);

#endif
