/* tuned.h: a UNITER and the heads that were put on it, as a folder: the pretrained model's (folder.h), with the heads' weights beside the
 * others and heads.json, which says which heads there are, how captions are written, of how many frames, and the answers to choose from. */
#ifndef UNITER_TUNED_H
#define UNITER_TUNED_H

#include "caption.h"
#include "folder.h"
#include "heads.h"
#include "lessons.h"

typedef struct Tuned {
    UniterModel m;
    bool has[SKILLS];
    VqaAnswers answers; /* what VQA chooses from */
    VqaHead vqa, entail;
    CaptionHead caption;
    Tensor *frames; /* (MM_CLIP_FRAMES, width): when a region is seen, of a model that captions clips; else NULL */
    RankHead rank;
    ReferHead refer;
} Tuned;

/* A fine-tuned folder with its heads, or a pretrained one, which has none. */
bool tuned_load(const char *folder, Tuned *t, Error *err);
/* Where fine-tuning begins: the pretrained folder without heads; or, from scratch, its tokens and sizes with new parameters. The heads that are
 * added are drawn from the seed. */
bool tuned_start(const char *folder, bool from_scratch, uint64_t seed, Tuned *t, Error *err);
bool tuned_save(const Tuned *t, const char *folder, Error *err);
void tuned_free(Tuned *t);

/* Before heads are put on: more tokens, for the words of texts that it would cut into pieces or not know. Their embeddings are drawn from the
 * seed. */
bool tuned_learn_words(Tuned *t, const char *const *texts, int n, uint64_t seed, Error *err);
/* Puts a head on it, if it has none. answers: what VQA chooses from; they are taken over. decoder: what writes captions. */
void tuned_add_vqa(Tuned *t, VqaAnswers answers);
void tuned_add_caption(Tuned *t, DecoderKind decoder);
void tuned_add_video(Tuned *t, DecoderKind decoder); /* captions, of clips */
void tuned_add(Tuned *t, Skill skill);               /* one of the others */

#endif
