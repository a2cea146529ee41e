/* folder.h: what the readers and writers of a model's folder share. Private to this chapter.
 *
 * folder.c      the folder: which files there are, and all of them together
 * config.c      config.json, preprocessor_config.json
 * checkpoint.c  the names of tensors, and what they tell of the model */
#ifndef CLIP_FOLDER_H
#define CLIP_FOLDER_H

#include "program.h"

/* ---- config.c ---- */

/* Fills *c where the file describes a CLIP: *described. A config.json of something else, such as stands beside
 * open_clip_model.safetensors, is no error. */
bool clip_config_read(const char *path, ClipConfig *c, bool *described, Error *err);
bool clip_config_write(const ClipConfig *c, const char *folder, Error *err);
bool clip_input_read(const char *path, ClipConfig *c, Error *err); /* preprocessor_config.json */
bool clip_input_write(const ClipConfig *c, const char *folder, Error *err);
/* How many numbers such a model has, about; a few bytes of config can describe more than any memory holds. */
double clip_numbers(const ClipConfig *c);

/* ---- checkpoint.c ---- */

/* How the tensors of a file are called. */
typedef struct ClipFile {
    bool hf;         /* Hugging Face's names; otherwise OpenAI's, which are ours */
    char prefix[64]; /* of all names: "module.", left by a wrapper of the one who saved it */
} ClipFile;

bool clip_detect(const SafeFile *f, ClipFile *c, Error *err);
Naming clip_naming(const ClipFile *c); /* lives as long as c */
/* The config that the shapes tell; heads are 64 wide, as in all that OpenAI published. */
bool clip_infer(const SafeFile *f, const ClipFile *file, ClipConfig *c, Error *err);

#endif
