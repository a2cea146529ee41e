/* regions.c: region features in UNITER's .npz. */
#include "data/regions.h"
#include "io/memory.h"
#include "io/npz.h"

#include <tgmath.h>

static const size_t FILE_LIMIT = (size_t)1 << 28;

static real inside(real x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

bool mm_regions_finish(const char *where, Regions *r, const real *corner, int stride, Error *err)
{
    for (size_t i = 0; i < (size_t)r->n * (size_t)r->width; i++) {
        if (!isfinite(r->feature[i])) {
            return mm_error(err, "%s: features[%zu][%zu] is not a finite number", where, i / (size_t)r->width,
                            i % (size_t)r->width);
        }
    }
    r->box = mm_take((size_t)r->n, MM_BOX_NUMBERS * sizeof *r->box);
    for (int i = 0; i < r->n; i++) {
        const real *c = corner + i * stride;
        real *b = r->box + i * MM_BOX_NUMBERS;
        for (int k = 0; k < 4; k++) {
            b[k] = inside(c[k]); /* NaN stays */
        }
        b[4] = b[2] - b[0];
        b[5] = b[3] - b[1];
        b[6] = b[4] * b[5];
        if (!(b[4] > 0 && b[5] > 0)) {
            return mm_error(err, "%s: box %d, from (%g, %g) to (%g, %g) of the picture's size, has nothing inside the picture",
                            where, i, (double)c[0], (double)c[1], (double)c[2], (double)c[3]);
        }
    }
    return true;
}

typedef struct Archive {
    const char *path;
    unsigned char *bytes;
    size_t n;
} Archive;

/* An array of `rows` rows (-1: any number) of `width` numbers (0: any width; 1: may be of one dimension). *there: false if it is optional
 * and not in the archive. */
static bool read_array(const Archive *z, const char *name, int rows, int width, bool *there, NpyArray *a, Error *err)
{
    char member[64];
    size_t n;
    snprintf(member, sizeof member, "%s.npy", name);
    *a = (NpyArray){0};
    unsigned char *bytes = mm_zip_member(z->path, z->bytes, z->n, member, &n, err);
    if (!bytes && !err->text[0] && there) {
        *there = false;
        return true;
    }
    if (!bytes) {
        return err->text[0] ? false : mm_error(err, "%s: there is no array \"%s\" in it", z->path, name);
    }
    bool ok = mm_npy_read(z->path, name, bytes, n, a, err);
    free(bytes);
    if (ok && a->rank == 1 && width == 1) {
        a->dim[a->rank++] = 1;
    }
    if (ok && (a->rank != 2 || (rows >= 0 && a->dim[0] != rows) || (width > 0 && a->dim[1] != width))) {
        free(a->data);
        *a = (NpyArray){0};
        ok = mm_error(err, "%s: %s must have %s of as many numbers each%s", z->path, name,
                      rows < 0 ? "rows" : "a row for each feature", width == 6 ? ": x1, y1, x2, y2, w, h" : "");
    }
    return ok;
}

static bool read_regions(const Archive *z, Regions *r, Error *err)
{
    NpyArray a, box;
    if (!read_array(z, "features", -1, 0, NULL, &a, err)) {
        return false;
    }
    r->n = a.dim[0];
    r->width = a.dim[1];
    r->feature = a.data;
    bool there = true;
    if (!read_array(z, "conf", r->n, 1, &there, &a, err)) {
        return false;
    }
    r->confidence = a.data;
    if (!read_array(z, "soft_labels", r->n, 0, &there, &a, err)) {
        return false;
    }
    r->soft_label = a.data;
    r->classes = a.data ? a.dim[1] : 0;
    if (!read_array(z, "norm_bb", r->n, 6, NULL, &box, err)) {
        return false;
    }
    bool ok = mm_regions_finish(z->path, r, box.data, 6, err);
    free(box.data);
    return ok;
}

bool mm_regions_load(const char *path, Regions *r, Error *err)
{
    *r = (Regions){0};
    Archive z = {.path = path};
    z.bytes = (unsigned char *)mm_read_file(path, FILE_LIMIT, &z.n, err);
    bool ok = z.bytes && read_regions(&z, r, err);
    free(z.bytes);
    if (!ok) {
        mm_regions_free(r);
    }
    return ok;
}

void mm_regions_free(Regions *r)
{
    free(r->feature);
    free(r->box);
    free(r->confidence);
    free(r->soft_label);
    *r = (Regions){0};
}
