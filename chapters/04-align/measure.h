/* measure.h: R@K both ways of a model, and of what learns nothing. */
#ifndef ALIGN_MEASURE_H
#define ALIGN_MEASURE_H

#include "folder.h"
#include "set.h"

typedef struct Retrieval {
    Recall to_text, to_image;
} Retrieval;

/* (pictures, texts); NULL: an error. The caller frees. */
real *measure_cosines(const Align *align, const Wordpiece *tok, const Test *t, Error *err);
bool measure(const Align *align, const Wordpiece *tok, const Test *t, Retrieval *r, Error *err);
Retrieval measure_chance(const Test *t);
Retrieval measure_pixels(const Test *t);                   /* Test.pixels is there */
void measure_print(const Test *t, const Retrieval *model); /* a table, with chance and, if there, pixels beside the model */
struct json_t *measure_json(const Test *t, const Retrieval *model); /* the caller owns it */

#endif
