/* scan.h: places of a picture and words of a text, for what is asked of SCAN alone. */
#ifndef REPRESENTATIONS_SCAN_H
#define REPRESENTATIONS_SCAN_H

#include "model.h"

extern const ScanConfig scan_config;

/* (N, 3, H, W) -> a vector of length 1 for each of H/16 x W/16 places, row by row: (N, places, WIDTH) */
Tensor *scan_places(Graph *g, const Model *m, Tensor *pixels);
Tensor *scan_words(Graph *g, const Model *m, const TextBatch *t); /* (n, T, WIDTH), of length 1; behind the end 0 */
/* How much each word attends to each place, as mm_scan_scores does with text_to_image: places (1, P, WIDTH), words (1, T, WIDTH)
 * without padding -> (1, T, P), rows that sum to 1 */
Tensor *scan_attention(Graph *g, Tensor *places, Tensor *words);

#endif
