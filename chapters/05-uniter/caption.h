/* caption.h: UNITER reads a picture, and a decoder writes what is on it, word by word. */
#ifndef UNITER_CAPTION_H
#define UNITER_CAPTION_H

#include "beam.h"
#include "model.h"

typedef enum DecoderKind {
    TRANSFORMER_DECODER, /* looks at all regions anew for each word: cross-attention to their hidden states */
    LSTM_DECODER,        /* reads the picture once, as one vector, before the first word (Show and Tell, Vinyals et al. 2015) */
    DECODERS
} DecoderKind;
extern const char *const decoder_name[DECODERS + 1]; /* ends with NULL */

/* Words come in through UNITER's text embedder and go out through its head for masked words, so that what pretraining has learned of
 * them is used twice. */
typedef struct CaptionHead {
    DecoderKind kind;
    Decoder decoder;
    Rnn rnn;
} CaptionHead;

CaptionHead caption_init(Params *ps, const UniterConfig *c, DecoderKind kind);

/* What the decoder is told of B pictures: the hidden states of [CLS], [SEP] and the regions, with the embeddings that they were made of added
 * once more. For pretraining asks what things are, hardly where, and its layers forget it (`uniter probe`); a caption says where. */
typedef struct Memory {
    Tensor *hidden;    /* (B, L, width) */
    const int *length; /* B: how many of L there are */
} Memory;

/* b: UNITER's batch with the texts [CLS] [SEP]. */
Memory caption_memory(Graph *g, const Uniter *u, const UniterBatch *b);
/* ids (B, T): captions from [CLS] on -> what comes next after each of their words, (B, T, vocab) */
Tensor *caption_logits(Graph *g, const Uniter *u, const CaptionHead *head, Memory m, const int *ids, int T);
/* Teacher forcing: the mean of -ln p of each true next word, [SEP] included. ids (B, T), of which words[b] count. */
Tensor *caption_loss(Graph *g, const Uniter *u, const CaptionHead *head, Memory m, const int *ids, const int *words, int T);

/* The caption of one picture (B = 1) in tokens (1 + o.most), from [CLS] to [SEP]; returns its length. *score: its rating by beam_search. g:
 * a graph that does not record; it is not reset. */
int caption_write(Graph *g, const Uniter *u, const CaptionHead *head, Memory m, BeamOptions o, int *tokens, double *score);

#endif
