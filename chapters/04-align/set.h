/* set.h: what is trained on and what is measured with: the clip art that ships with its found texts, and emoji with their names. */
#ifndef ALIGN_SET_H
#define ALIGN_SET_H

#include "mm/metrics.h"
#include "mm/web.h"

typedef enum Pictures { CLIPART, EMOJI, BOTH, ALL } Pictures; /* ALL: IconPark's icons as well */
extern const char *const pictures_name[];                     /* "clipart", "emoji", "both", "all", NULL */

/* What is said of a picture: its name (of clip art: title and description), its keywords, or one after the other as two pairs. */
typedef enum Texts { NAMES, KEYWORDS, NAMES_AND_KEYWORDS } Texts;
extern const char *const texts_name[]; /* "names", "keywords", "both", NULL */

typedef struct SetOptions {
    const char *data;
    Pictures pictures;
    EmojiMore more;  /* emoji than the core set in the shipped styles */
    Texts texts;     /* of clip art and emoji */
    int filter;      /* a NoiseSource whose rules clip art must pass; -1: none, all of it is taken */
    int words;       /* these rules, but with so many words at least; 0: as they are */
    double part;     /* of the pairs that is left; 1: all */
    double shuffled; /* part of the pairs whose texts are dealt out anew among themselves: noise in a known amount */
    bool stamps;     /* Tux Paint's are a test as well */
    unsigned long long seed;
} SetOptions;

/* All pictures, of which many sets can be made. */
typedef struct Sources {
    ClipArt art;    /* sheet.n is 0 if it was not asked for */
    NoiseSet noise; /* of art, counted */
    EmojiSet emoji;
    Sheet icons, stamps;
} Sources;

/* What is wanted besides the emoji that ship. All but clip art is fetched; where it is not there it is an error. */
typedef struct Wanted {
    bool clipart, styles, icons, stamps;
} Wanted;
bool sources_load(const char *data, Wanted wanted, Sources *s, Error *err);
bool sources_have_icons(const char *data);
void sources_free(Sources *s);

enum { MOST_TESTS = 3 };

/* Pictures and texts that are measured with: picture i and text j belong together where their labels are equal. */
typedef struct Test {
    const char *name; /* "held-out clip art" */
    int pictures, texts;
    Picture *picture;
    const char **text;
    int *picture_label, *text_label;
    real *pixels; /* (pictures, texts): what a search without learning makes of it: the pixel nearest neighbour */
} Test;

typedef struct PairSet {
    int n;            /* pairs to train on */
    Picture *picture; /* (n), which live in the sources, as texts do */
    const char **text;
    char about[256]; /* "1,182 of 7,130 pieces of clip art (rules: here)" */
    int tests;
    Test test[MOST_TESTS];
    Sources own; /* of a set that was loaded by itself */
} PairSet;

/* Clip art is tested with the tenth whose texts hash to 0, as far as it passes the rules "here", whatever is trained on; emoji with the
 * core set in the style that training never sees; stamps, of which nothing is trained on, with those that are no symbols. No picture of
 * the test, nor one with exactly its pixels, is trained on. baselines: fill Test.pixels. The set must not outlive the sources. */
bool set_choose(const Sources *from, const SetOptions *o, bool baselines, PairSet *s, Error *err);
/* The same with sources of its own. */
bool set_load(const SetOptions *o, bool baselines, PairSet *s, Error *err);
/* The test of emoji, and nothing to train on: what is trained on comes from elsewhere. Test.pixels stays NULL. */
bool set_load_test(const char *data, PairSet *s, Error *err);
void set_free(PairSet *s);

#endif
