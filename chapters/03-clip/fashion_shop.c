/* fashion_shop.c: a shop of 500 garments, in which somebody looks for one. */
#include "fashion.h"
#include "mm/search.h"

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

static bool index_shop(const Encoders *e, const char *folder, const char *path, Error *err)
{
    Index x = {0};
    IndexCounts c;
    bool ok = mm_index_walk(&folder, 1, &x, err) && mm_index_embed(e, &(Index){0}, &x, false, folder, &c, err);
    if (ok) {
        mm_index_model(e, x.model);
        ok = mm_index_save(&x, path, err);
    }
    mm_index_free(&x);
    return ok;
}

bool fashion_shop(const ClipModel *m, const Garments *test, const char *query, const char *out, Error *err)
{
    char *folder = mm_join_path(out, "shop"), *path = mm_join_path(out, "index.safetensors");
    Gallery y = {0};
    const Encoders e = clip_encoders(&m->clip, m->tokenizer);
    real *embedding = mm_text_embeddings(&e, &query, 1, err);
    bool ok = embedding && paint_shop(test, folder, err) && index_shop(&e, folder, path, err) &&
              mm_gallery_index(&e, path, &y, err) && mm_gallery_search(&y, &(Wanted){embedding, query, out, SHOWN, false}, err);
    mm_gallery_free(&y);
    free(embedding);
    free(path);
    free(folder);
    return ok;
}
