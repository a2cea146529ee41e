/* folder.h: a model as a folder, in the form of kakaobrain/align-base: config.json, model.safetensors, vocab.txt, tokenizer_config.json,
 * preprocessor_config.json (folder.c; the JSON in config.c). */
#ifndef ALIGN_FOLDER_H
#define ALIGN_FOLDER_H

#include "mm/data.h"
#include "mm/encoders.h"
#include "mm/train.h"
#include "model.h"

typedef struct AlignModel {
    Params *params;
    Align align;
    Wordpiece *tokenizer;
} AlignModel;

bool align_folder_save(const Align *align, const Wordpiece *tok, const char *folder, Error *err);
bool align_folder_load(const char *folder, AlignModel *model, Error *err);
void align_model_free(AlignModel *model);

/* As long as both live; tok may be NULL where there are no texts (encoders.c). */
Encoders align_encoders(const Align *align, const Wordpiece *tok);
void align_preprocess(const AlignConfig *c, const Picture *picture, real *pixels); /* (3, size, size) */

/* ---- config.c ---- */

bool align_config_read(const char *path, AlignConfig *c, Error *err); /* config.json: all but what a picture file becomes */
bool align_config_write(const AlignConfig *c, const char *folder, Error *err);
bool align_input_read(const char *path, AlignConfig *c, Error *err); /* preprocessor_config.json */
bool align_input_write(const AlignConfig *c, const char *folder, Error *err);
/* How many numbers such a model has, about; a few bytes of config can describe more than any memory holds. */
double align_numbers(const AlignConfig *c);

#endif
