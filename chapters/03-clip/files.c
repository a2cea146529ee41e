/* files.c: embeddings of pictures in files, of which only a batch at a time is in memory. */
#include "io/memory.h"
#include "program.h"

enum { BATCH = 128 };

real *clip_embed_files(const Clip *clip, const char *const *path, int n, int **kept, int *n_kept)
{
    size_t embed = (size_t)clip->config.embed;
    real *out = mm_take((size_t)n * embed, sizeof *out);
    *kept = mm_take((size_t)n, sizeof **kept);
    *n_kept = 0;
    for (int first = 0; first < n; first += BATCH) {
        Picture picture[BATCH];
        Error why[BATCH];
        bool ok[BATCH];
        int count = n - first < BATCH ? n - first : BATCH, good = 0;
#pragma omp parallel for schedule(dynamic)
        for (int i = 0; i < count; i++) {
            ok[i] = mm_picture_load(path[first + i], &picture[i], &why[i]);
        }
        for (int i = 0; i < count; i++) {
            if (ok[i]) {
                picture[good] = picture[i];
                (*kept)[*n_kept + good++] = first + i;
            } else {
                fprintf(stderr, "clip: left out: %s\n", why[i].text);
            }
        }
        real *e = clip_embed_pictures(clip, picture, good);
        memcpy(out + (size_t)*n_kept * embed, e, (size_t)good * embed * sizeof *e);
        *n_kept += good;
        free(e);
        for (int i = 0; i < good; i++) {
            mm_picture_free(&picture[i]);
        }
    }
    return out;
}
