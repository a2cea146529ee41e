/* gallery.h: pictures that can be searched, with their embeddings. */
#ifndef CLIP_GALLERY_H
#define CLIP_GALLERY_H

#include "evaluate.h"
#include "index.h"

/* Emoji, or the pictures of an index or of a folder. */
typedef struct Gallery {
    int n, embed;
    const real *embedding; /* (n, embed), rows of length 1 */
    char among[512];       /* "1032 pictures of the style noto" */
    Index files;           /* of files */
    EmojiSet emoji;
    real *own; /* of emoji: the embeddings */
} Gallery;

bool gallery_emoji(const ClipModel *m, const char *data, const char *style, Gallery *y, Error *err); /* NULL: all styles */
bool gallery_folder(const ClipModel *m, const char *folder, Gallery *y, Error *err);
bool gallery_index(const ClipModel *m, const char *path, Gallery *y, Error *err); /* refuses that of another model */
void gallery_free(Gallery *y);

/* The `top` pictures closest to an embedding: prints them (json: for machines) and writes OUT/search/NAME.png, a contact sheet, and
 * .html, a page, with a name made from the query, which is the title of both. Valid UTF-8. */
typedef struct Wanted {
    const real *embedding;
    const char *query, *out;
    int top;
    bool json;
} Wanted;
bool gallery_search(const Gallery *y, const Wanted *w, Error *err);

#endif
