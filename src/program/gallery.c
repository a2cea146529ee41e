/* gallery.c: where the pictures of a search come from. */
#include "io/memory.h"
#include "mm/search.h"

bool mm_gallery_emoji(const Encoders *e, const char *data, const char *style, Gallery *y, Error *err)
{
    *y = (Gallery){0};
    char *folder = mm_join_path(data, "emoji");
    bool ok = style ? mm_emoji_load(folder, &style, 1, &y->emoji, err) : mm_emoji_load_all(data, &y->emoji, err);
    free(folder);
    if (!ok) {
        return false;
    }
    Picture *picture = mm_take((size_t)y->emoji.n, sizeof *picture);
    for (int i = 0; i < y->emoji.n; i++) {
        picture[i] = y->emoji.at[i].picture;
    }
    y->n = y->emoji.n;
    y->embed = e->embed;
    y->embedding = y->own = mm_picture_embeddings(e, picture, y->n);
    free(picture);
    if (style) {
        snprintf(y->among, sizeof y->among, "%d pictures of the style %s", y->n, style);
    } else {
        snprintf(y->among, sizeof y->among, "%d pictures of all %d styles", y->n, y->emoji.n_styles);
    }
    return true;
}

/* What is in y->files is the gallery. `where` is named in messages: any bytes. */
static void take_files(Gallery *y, const char *where)
{
    char *readable = mm_index_readable(where);
    y->n = y->files.n;
    y->embed = y->files.embed;
    y->embedding = y->files.embedding;
    snprintf(y->among, sizeof y->among, "%d pictures in ", y->n);
    size_t n = strlen(y->among), room = sizeof y->among - n - 1, wanted = strlen(readable);
    memcpy(y->among + n, readable, wanted < room ? wanted : room);
    y->among[n + (wanted < room ? wanted : mm_utf8_invalid(readable, room))] = 0; /* cut between characters */
    free(readable);
}

bool mm_gallery_folder(const Encoders *e, const char *folder, Gallery *y, Error *err)
{
    *y = (Gallery){0};
    IndexCounts c;
    bool ok = mm_index_walk(&folder, 1, &y->files, err) && mm_index_embed(e, &(Index){0}, &y->files, false, folder, &c, err);
    if (ok) {
        take_files(y, folder);
    }
    return ok;
}

bool mm_gallery_index(const Encoders *e, const char *path, Gallery *y, Error *err)
{
    char model[17];
    *y = (Gallery){0};
    mm_index_model(e, model);
    if (!mm_index_load(path, &y->files, err) || !mm_index_is_of(&y->files, model, path, err)) {
        return false;
    }
    if (y->files.embed != e->embed) {
        return mm_error(err, "%s: rows of %d numbers, but the model makes %d", path, y->files.embed, e->embed);
    }
    take_files(y, path);
    return y->n > 0 || mm_error(err, "%s: there is no picture in this index", path);
}

void mm_gallery_free(Gallery *y)
{
    mm_index_free(&y->files);
    mm_emoji_free(&y->emoji);
    free(y->own);
    *y = (Gallery){0};
}
