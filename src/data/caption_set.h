/* caption_set.h: how the readers of captions give what they find to the set that is made of it. */
#ifndef MM_CAPTION_SET_H
#define MM_CAPTION_SET_H

#include "mm/data.h"

/* A set while it is read: pictures in the order of their first mention, captions in the order of the file. */
typedef struct CaptionBuilder {
    const CaptionFile *file;
    char *folder; /* where relative paths begin */
    CaptionSet *set;
    struct Mention *mention; /* a caption of a picture */
    int n, room_mentions, room_pictures;
    int *index; /* hash table over the keys of the pictures: 1 + number, 0: free */
    size_t size;
    const char **key; /* (room_pictures) */
    const char **url; /* (room_pictures): without http:// and what follows ?, of pictures found by the last part alone; or NULL */
} CaptionBuilder;

/* The number of the picture that has this key: what the file calls it. *is_new: it is mentioned for the first time. */
int mm_caption_picture(CaptionBuilder *b, const char *key, bool *is_new);
int mm_caption_find(const CaptionBuilder *b, const char *key); /* -1: not yet mentioned */
/* The first of the names, joined to the folder, that is a file is the picture's path, and its number is returned; -1: none is, so the
 * picture is missing. */
int mm_caption_path(CaptionBuilder *b, int picture, int n, const char *const *name);
/* The same for a url, of which the file is looked for in several places. */
void mm_caption_url(CaptionBuilder *b, int picture, const char *url);
bool mm_caption_is_url(const char *s);
/* Counts a row that is not taken; line 0: it is none of a table. */
void mm_caption_fault(CaptionBuilder *b, CaptionFault fault, int line);
void mm_caption_split(CaptionBuilder *b, int picture, const char *split);
/* Adds n bytes of UTF-8; counts what has no word. */
void mm_caption_add(CaptionBuilder *b, int picture, const char *text, size_t n);

bool mm_caption_read_json(CaptionBuilder *b, Error *err);
bool mm_caption_read_table(CaptionBuilder *b, Error *err);
bool mm_caption_read_folder(CaptionBuilder *b, Error *err);

#endif
