/* joint.h: the autoencoder's parts, for what is asked of it alone. */
#ifndef REPRESENTATIONS_JOINT_H
#define REPRESENTATIONS_JOINT_H

#include "model.h"

/* What is shown of each example in training: its picture, its text in one of the languages. (SHOWN, n): 1 or 0 */
enum { SHOW_EN = EN, SHOW_ZH = ZH, SHOW_IMAGE, SHOWN };
void joint_shown(int n, bool all, uint64_t seed, real *shown);

/* The code (n, WIDTH) of features of pictures, of texts, or of both; NULL: not shown. */
Tensor *joint_code(Graph *g, const Model *m, Tensor *image, Tensor *text);
Tensor *joint_picture(Graph *g, const Model *m, Tensor *code); /* (n, 3 PIXELS PIXELS) */
Tensor *joint_tokens(Graph *g, const Model *m, Tensor *code);  /* (n, vocabulary), logits */

#endif
