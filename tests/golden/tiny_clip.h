/* tiny_clip.h: the CLIP of the golden tests; make_goldens.py builds the same. */
#ifndef GOLDEN_TINY_CLIP_H
#define GOLDEN_TINY_CLIP_H

#include "../../chapters/03-clip/model.h"

static const ClipConfig tiny_clip = {
    .image = CLIP_VIT,
    .vit = {.size = 8, .patch = 4, .width = 64, .layers = 2, .heads = 1, .embed = 8},
    .size = 8,
    .embed = 8,
    .context = 6,
    .vocab = 32,
    .text_width = 64,
    .text_layers = 2,
    .text_heads = 1,
};

#endif
