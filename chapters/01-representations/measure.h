/* measure.h: the one protocol by which all methods are compared. The pictures are those of the style that no method was trained on. */
#ifndef REPRESENTATIONS_MEASURE_H
#define REPRESENTATIONS_MEASURE_H

#include "mm/metrics.h"
#include "model.h"

/* Pictures and names of one list of concepts, embedded. */
typedef struct Embedded {
    int n, width, text_width;
    int *concept;            /* (n) */
    bool *unseen;            /* (n): a held-out concept */
    real *image;             /* (n, width) */
    real *text[LANGUAGES];   /* (n, text_width) */
    real *scores[LANGUAGES]; /* (n, n): pictures with names */
} Embedded;

typedef struct Result {
    Recall to_text[LANGUAGES], to_image[LANGUAGES]; /* trained concepts, among the names (pictures) of all */
    Recall all[LANGUAGES], unseen[LANGUAGES];       /* picture to name, of all concepts; of those held out, among all names */
    Recall translated[LANGUAGES];                   /* [EN]: English names find the Chinese; trained concepts, among all */
    ModalityGap gap;                                /* of pictures and English names, brought to length 1 */
    double class_by_name[LEVELS], class_by_nearest[LEVELS]; /* see measure_classes */
    Took took;
} Result;

Embedded embed_tests(const Model *m, const Set *s);
void embedded_free(Embedded *e);
Result measure(const Model *m, const Set *s, const Embedded *e);
/* The same figures of what learns nothing: guesses, and the pixels. What cannot be asked of them is NaN. */
Result measure_chance(const Set *s);
Result measure_majority(const Set *s);
Result measure_pixels(const Set *s);
/* How many of the tests are of held-out concepts. */
int count_unseen(const Set *s);

#endif
