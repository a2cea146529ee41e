/* garments.h: the product photographs of Fashion-MNIST, painted in ten colours, and what can be said of them.
 *
 * A picture is of one of ten kinds and in one of ten colours, so there are a hundred pairs. Ten of them, one of each kind and one of
 * each colour, are held out: no picture and no caption of these is ever trained on. */
#ifndef CLIP_GARMENTS_H
#define CLIP_GARMENTS_H

#include "captions.h"

enum { KINDS = 10, COLOURS = 10, PAIRS = KINDS * COLOURS, GARMENT_TEXT = 96 };

typedef struct Garments {
    Sheet sheet; /* gray on black */
    int n, *kind;
    Tsv *classes; /* owns the names */
    const char *name[KINDS][LANGUAGES];
} Garments;

/* part: "train" or "test", of the folder datasets/fashion. */
bool garments_load(const char *folder, const char *part, Garments *g, Error *err);
void garments_free(Garments *g);

/* Kind k in colour (3 k + 1) mod 10: the red dress, the orange T-shirt, the blue trousers, … */
bool garments_held_out(int kind, int colour);
const char *garments_colour(int colour, int language); /* "red", "红色" */

/* Picture i in a colour, as RGBA of the sheet's cell size. No two reds are the same: rng shifts it a little. The caller frees. */
Picture garments_paint(const Garments *g, int i, int colour, Rng rng);
/* The same in red, green and blue of one's choice; and the colour whose name fits these best. */
Picture garments_paint_rgb(const Garments *g, int i, const int rgb[3]);
int garments_nearest(const int rgb[3]);

/* What is said. A text of a pair names both, one of a kind or of a colour leaves the other open (-1). */
typedef struct Said {
    int kind, colour;
} Said;

bool garments_true(Said said, int kind, int colour);
/* Number `form` of the ways to say it, counted modulo how many there are, written to text (GARMENT_TEXT bytes). Form 0 is the plainest:
 * "a red dress", 红色的连衣裙. */
void garments_say(const Garments *g, Said said, int language, int form, char *text);
int garments_forms(Said said, int language);

#endif
