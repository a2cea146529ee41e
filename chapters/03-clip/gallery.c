/* gallery.c: where the pictures of a search come from. */
#include "gallery.h"
#include "io/memory.h"

bool gallery_emoji(const ClipModel *m, const char *data, const char *style, Gallery *y, Error *err)
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
    y->embed = m->clip.config.embed;
    y->embedding = y->own = clip_embed_pictures(&m->clip, picture, y->n);
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
    char *readable = index_readable(where);
    y->n = y->files.n;
    y->embed = y->files.embed;
    y->embedding = y->files.embedding;
    snprintf(y->among, sizeof y->among, "%d pictures in ", y->n);
    size_t n = strlen(y->among), room = sizeof y->among - n - 1, wanted = strlen(readable);
    memcpy(y->among + n, readable, wanted < room ? wanted : room);
    y->among[n + (wanted < room ? wanted : mm_utf8_invalid(readable, room))] = 0; /* cut between characters */
    free(readable);
}

bool gallery_folder(const ClipModel *m, const char *folder, Gallery *y, Error *err)
{
    *y = (Gallery){0};
    IndexCounts c;
    bool ok = index_walk(&folder, 1, &y->files, err) && index_embed(&m->clip, &(Index){0}, &y->files, false, folder, &c, err);
    if (ok) {
        take_files(y, folder);
    }
    return ok;
}

bool gallery_index(const ClipModel *m, const char *path, Gallery *y, Error *err)
{
    char model[17];
    *y = (Gallery){0};
    index_model(m, model);
    if (!index_load(path, &y->files, err) || !index_is_of(&y->files, model, path, err)) {
        return false;
    }
    if (y->files.embed != m->clip.config.embed) {
        return mm_error(err, "%s: rows of %d numbers, but the model makes %d", path, y->files.embed, m->clip.config.embed);
    }
    take_files(y, path);
    return y->n > 0 || mm_error(err, "%s: there is no picture in this index", path);
}

void gallery_free(Gallery *y)
{
    index_free(&y->files);
    mm_emoji_free(&y->emoji);
    free(y->own);
    *y = (Gallery){0};
}
