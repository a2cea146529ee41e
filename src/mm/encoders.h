/* mm/encoders.h: a trained model of two encoders into one space, whatever it is made of, and the commands that use it: CLIP's chapter and
 * ALIGN's have them in common. */
#ifndef MM_ENCODERS_H
#define MM_ENCODERS_H

#include "mm/data.h"
#include "mm/program.h"

typedef struct Encoders Encoders;

enum { MM_INPUT_TEXT = 256 };

typedef struct EncodersKind {
    void (*preprocess)(const Encoders *e, const Picture *picture, real *pixels); /* (3, size, size), what encode_pictures reads */
    void (*describe_input)(const Encoders *e, char text[MM_INPUT_TEXT]); /* all that preprocess depends on: see mm_index_model */
    bool (*tokenize)(const Encoders *e, const char *text, int *ids, int *length, Error *err); /* (context) */
    Tensor *(*encode_pictures)(Graph *g, const Encoders *e, Tensor *pixels); /* (B, 3, size, size) -> (B, embed) */
    Tensor *(*encode_texts)(Graph *g, const Encoders *e, const int *ids, const int *length,
                            int B); /* (B, context) -> (B, embed) */
} EncodersKind;

struct Encoders {
    const EncodersKind *kind;
    const void *model, *tokenizer; /* of that kind */
    const char *name;              /* of the image encoder: "ViT" */
    int size, context, embed;      /* pixels of a side; tokens of a text; width of the space */
    bool mirror;                   /* the embedding of a picture is the mean of its own and of its mirror image's */
    const Params *params;
    const char *temperature;          /* "logit_scale", … */
    double temperature_value, factor; /* what is stored; what training multiplies cosines with */
    void *owned;                      /* what EncodersProgram.load has taken and free gives back */
};

/* ---- many at once, nothing recorded (encoders.c) ---- the callers free */

/* (n, embed): features as the encoder gives them; or embeddings, which have length 1. */
real *mm_picture_features(const Encoders *e, const Picture *picture, int n);
real *mm_picture_embeddings(const Encoders *e, const Picture *picture, int n);
real *mm_text_features(const Encoders *e, const char *const *text, int n, Error *err);
real *mm_text_embeddings(const Encoders *e, const char *const *text, int n, Error *err);
/* Whether all are UTF-8; the error says which is not. Tokenisers check it as well, but know of one text only. */
bool mm_check_texts(const char *const *text, int n, Error *err);
/* Embeddings of pictures in files, decoded a batch at a time. One that cannot be read is named on standard error and left out: row i is
 * path[kept[i]], *n_kept rows. */
real *mm_file_embeddings(const Encoders *e, const char *const *path, int n, int **kept, int *n_kept);
/* a (n, embed), b (m, embed) -> all inner products (n, m): cosines where the rows have length 1. */
real *mm_cosines(const real *a, int n, const real *b, int m, int embed);

/* ---- commands ---- */

/* What a command needs to know of its program. */
typedef struct EncodersProgram {
    Common (*defaults)(void);
    bool (*load)(const Common *common, const void *input, Encoders *e, Error *err);
    void (*free)(Encoders *e);  /* also where load failed; e was {0} before */
    const struct argp *options; /* further ones of the program, about its model; NULL: none */
    void *input;                /* of these options */
} EncodersProgram;

int mm_embed_command(const EncodersProgram *program, int argc, char **argv); /* what the encoders make of pictures and texts */
int mm_similarity_command(const EncodersProgram *program, int argc, char **argv); /* a picture beside some texts */
int mm_index_command(const EncodersProgram *program, int argc, char **argv);      /* the embeddings of the pictures in folders */
int mm_search_command(const EncodersProgram *program, int argc, char **argv); /* the pictures closest to a text, or to another */

#endif
