/* program.h: what the commands of the clip program share. */
#ifndef CLIP_PROGRAM_H
#define CLIP_PROGRAM_H

#include "mm/data.h"
#include "mm/encoders.h"
#include "mm/io.h"
#include "mm/metrics.h"
#include "mm/program.h"
#include "mm/train.h"
#include "model.h"

Common program_defaults(void); /* mm_common_defaults("out/clip") */

/* A model with all that is needed to use it: a folder (folder.c). */
typedef struct ClipModel {
    Params *params;
    Clip clip;
    Tokenizer *tokenizer;
} ClipModel;

/* In Hugging Face's form but for the names of tensors, which are OpenAI's; _hf: Hugging Face's, for a ViT alone. */
bool clip_folder_save(const Clip *clip, const Params *params, const Tokenizer *tok, const char *folder, Error *err);
bool clip_folder_save_hf(const Clip *clip, const Params *params, const Tokenizer *tok, const char *folder, Error *err);
/* Also CLIP as openai/CLIP, open_clip and Hugging Face store it. */
bool clip_folder_load(const char *folder, ClipModel *model, Error *err);
void clip_model_free(ClipModel *model);
/* Common.model, or OUT/model; says how to train one if there is none. */
bool program_load_model(const Common *common, ClipModel *model, Error *err);

Encoders clip_encoders(const Clip *clip,
                       const Tokenizer *tok); /* as long as both live; tok may be NULL where there are no texts */

/* Features in batches, nothing recorded: as the encoders give them (embed.c). The caller frees. */
real *clip_picture_features(const Clip *clip, const Picture *picture, int n); /* (n, embed) */
real *clip_text_features(const Clip *clip, const Tokenizer *tok, const char *const *text, int n, Error *err);
/* Embeddings: the same with rows of length 1; of a picture that is laid on white, the mean with its mirror image. */
real *clip_embed_pictures(const Clip *clip, const Picture *picture, int n); /* (n, embed) */
real *clip_embed_texts(const Clip *clip, const Tokenizer *tok, const char *const *text, int n, Error *err);
/* Pictures in files, as mm_file_embeddings. */
real *clip_embed_files(const Clip *clip, const char *const *path, int n, int **kept, int *n_kept);
/* The bytes of RGB that a model makes of a picture, size x size; made again of them, they are the same. The caller frees. */
Picture clip_square(const ClipConfig *c, const Picture *picture);
/* One picture as the model reads it: RGB, the short side resized, the middle cut out, normalised; (3, size, size). */
void clip_preprocess(const ClipConfig *c, const Picture *picture, real *pixels);
void clip_normalise_unit(const ClipInput *in, int size, real *pixels); /* numbers 0..1, (3, size, size) */

int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_zeroshot(int argc, char **argv);
int command_embed(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_look(int argc, char **argv);
int command_gap(int argc, char **argv);
int command_similarity(int argc, char **argv);
int command_index(int argc, char **argv);
int command_search(int argc, char **argv);
int command_example(int argc, char **argv);
int command_mix(int argc, char **argv);
int command_export(int argc, char **argv);
int command_graph(int argc, char **argv);
int command_scale(int argc, char **argv);

#endif
