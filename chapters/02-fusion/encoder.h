/* encoder.h: one modality of a batch -> a sequence of states, and one vector for all of it. */
#ifndef FUSION_ENCODER_H
#define FUSION_ENCODER_H

#include "attend.h"

typedef enum EncoderKind {
    ENCODE_VECTOR,  /* numbers as they are: the planted task */
    ENCODE_WORDS,   /* ids of words */
    ENCODE_FRAMES,  /* what a short stretch of sound is like, many times a second */
    ENCODE_PICTURE, /* RGB pixels */
} EncoderKind;

/* How the states of a sequence learn of each other. */
typedef enum Reader { READ_LSTM, READ_TRANSFORMER, READ_MEAN, READERS } Reader;
extern const char *const reader_name[]; /* "lstm", …, NULL */

typedef struct EncoderConfig {
    const char *name; /* of the modality and of its module: "text" */
    EncoderKind kind;
    int in;    /* numbers of a vector or frame; words of the vocabulary; pixels of a side, a multiple of 8 */
    int whole; /* words and frames: numbers about all of them */
    int width; /* of states and vector */
    Reader reader;
    real dropout;
} EncoderConfig;

typedef struct Encoder {
    EncoderConfig config;
    Tensor *embedding; /* words: (in, width) */
    Linear project;    /* vectors and frames: in -> width */
    ConvNorm conv[3];  /* pictures */
    Rnn lstm;
    Attend attend;
    Linear summary; /* mean state and what is known of the whole, or all places of a picture -> vector */
} Encoder;

/* One modality of a batch of B. */
typedef struct Part {
    int T;             /* places of the longest sequence; vectors and pictures: 0 */
    const int *ids;    /* words: (B, T) */
    const real *x;     /* a vector (B, in), frames (B, T, in) or pixels (B, 3, in, in) */
    const real *whole; /* (B, whole) */
    const int *length; /* (B) of words or frames, each at least 1 */
} Part;

/* What an encoder made of it. */
typedef struct Encoded {
    Tensor *states;    /* (B, T, width): words, frames, places of the picture; T = 1 for a vector */
    Tensor *mask;      /* (B, 1, 1, T) that hides what lies past the end; NULL: all are as long as the longest */
    const int *length; /* (B) or NULL, likewise */
    Tensor *vector;    /* (B, width) */
} Encoded;

Encoder encoder_init(Params *ps, EncoderConfig c);
Encoded encoder_forward(Graph *g, const Encoder *e, const Part *part, int B);

#endif
