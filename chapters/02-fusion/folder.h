/* folder.h: a trained model as a folder: config.json says how it was made, model.safetensors has its parameters. */
#ifndef FUSION_FOLDER_H
#define FUSION_FOLDER_H

#include "study.h"

bool folder_save(const Net *net, const StudyOptions *o, int fold, const char *folder, Error *err);
/* What config.json says of recipe, data set and fold, over *o. */
bool folder_config(const char *folder, StudyOptions *o, int *fold, Error *err);
/* The parameters, of a net that was made for the same task. */
bool folder_load(Net *net, const char *folder, Error *err);
char *folder_name(const Common *c); /* Common.model, or OUT/model; the caller frees */

#endif
