/* fashion_shop.c: a shop of 500 garments, in which somebody looks for one. */
#include "fashion.h"
#include "gallery.h"

#include <stdlib.h>

enum { SHOWN = 12 };

/* The garments of each kind go through the colours in turn. */
static bool paint_shop(const Garments *g, const char *folder, Error *err)
{
    int of_kind[KINDS] = {0};
    bool ok = mm_make_folders(folder, err);
    for (int i = 0; i < g->n && ok; i++) {
        int kind = g->kind[i], number = of_kind[kind]++, colour = number % COLOURS;
        Rng rng = mm_rng(1, "shop");
        rng.count = (uint64_t)i << 8;
        Picture p = garments_paint(g, i, colour, rng);
        char *path = mm_path(folder, "%s-%s-%d.png", garments_colour(colour, EN), g->name[kind][EN], number / COLOURS + 1);
        ok = mm_picture_save(path, &p, err);
        free(path);
        mm_picture_free(&p);
    }
    return ok;
}

static bool index_shop(const ClipModel *m, const char *folder, const char *path, Error *err)
{
    Index x = {0};
    IndexCounts c;
    bool ok = index_walk(&folder, 1, &x, err) && index_embed(&m->clip, &(Index){0}, &x, false, folder, &c, err);
    if (ok) {
        index_model(m, x.model);
        ok = index_save(&x, path, err);
    }
    index_free(&x);
    return ok;
}

bool fashion_shop(const ClipModel *m, const Garments *test, const char *query, const char *out, Error *err)
{
    char *folder = mm_join_path(out, "shop"), *path = mm_join_path(out, "index.safetensors");
    Gallery y = {0};
    real *embedding = clip_embed_texts(&m->clip, m->tokenizer, &query, 1, err);
    bool ok = embedding && paint_shop(test, folder, err) && index_shop(m, folder, path, err) && gallery_index(m, path, &y, err) &&
              gallery_search(&y, &(Wanted){embedding, query, out, SHOWN, false}, err);
    gallery_free(&y);
    free(embedding);
    free(path);
    free(folder);
    return ok;
}
