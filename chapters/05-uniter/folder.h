/* folder.h: a model as a folder: config.json, model.safetensors with the tensor names of UNITER's official code, vocab.txt. */
#ifndef UNITER_FOLDER_H
#define UNITER_FOLDER_H

#include "mm/data.h"
#include "mm/train.h"
#include "model.h"

typedef struct UniterModel {
    Params *params;
    Uniter uniter;
    Wordpiece *tokenizer; /* cased, in official folders */
} UniterModel;

/* What the official checkpoints become by torch.load and safetensors.torch.save_file; config.json is theirs. Every tensor of UNITER must be
 * there and nothing else but copies of tied ones (decoder.weight, feat_regress.weight), which must be copies. */
bool uniter_folder_load(const char *folder, UniterModel *m, Error *err);
/* The same of a folder that was fine-tuned: add makes the parameters of the heads in m->params, which are then read too. (Otherwise the
 * heads of a fine-tuned folder are passed over.) */
typedef bool AddHeads(void *context, const char *folder, const UniterModel *m, Error *err);
bool uniter_folder_load_with(const char *folder, AddHeads *add, void *context, UniterModel *m, Error *err);
bool uniter_folder_save(const UniterModel *m, const char *folder, Error *err);
/* A new UNITER that starts from a BERT, as the official one did from BERT-base-cased. The folder is Hugging Face's: names with or without
 * `bert.`, gamma and beta or weight and bias, with or without the head for masked words. What BERT lacks is drawn from the seed;
 * *fresh (may be NULL) becomes the number of such tensors. */
bool uniter_from_bert(const char *folder, int img_dim, int label_dim, uint64_t seed, UniterModel *m, int *fresh, Error *err);
void uniter_model_free(UniterModel *m);

#endif
