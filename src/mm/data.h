/* mm/data.h: pictures, the shipped picture sets, and the tokenisers: everything between a file and the numbers a model reads. */
#ifndef MM_DATA_H
#define MM_DATA_H

#include "mm/core.h"
#include "mm/io.h"

/* ---- pictures ---- */

/* What the file had, where it makes a difference to others who resize it (preprocess.c). */
typedef enum PictureKind {
    MM_ALPHA,   /* alpha is a channel of its own, or nobody has asked */
    MM_OPAQUE,  /* it has none; at most one colour that is declared to be transparent */
    MM_INDEXED, /* a palette, or black and white */
    MM_DEEP,    /* grey of 16 bits */
} PictureKind;

/* 8 bits a channel, rows from the top, R G B or R G B A next to each other; alpha is straight (colour not multiplied by it). */
typedef struct Picture {
    int width, height;
    int channels; /* 3: RGB, 4: RGBA */
    unsigned char *pixels;
    PictureKind kind;
    uint16_t *deep; /* (height, width), where kind is MM_DEEP; otherwise NULL */
} Picture;

enum { MM_PICTURE_SIDE = 16384, MM_PICTURE_PIXELS = 1 << 26, MM_PICTURE_BYTES = 1 << 26 }; /* limits of what is loaded */

extern const unsigned char mm_white[3];

Picture mm_picture_new(int width, int height, int channels); /* black (and transparent); the caller frees */
void mm_picture_free(Picture *p);

/* Reads PNG, JPEG, BMP and GIF (its first frame) as RGBA; opaque where the file has no alpha. The caller frees. */
bool mm_picture_load(const char *path, Picture *p, Error *err);
bool mm_picture_decode(const char *name, const unsigned char *bytes, size_t n, Picture *p,
                       Error *err);                                   /* such a file in memory */
unsigned char *mm_picture_png(const Picture *p, size_t *n);           /* a PNG file in memory; the caller frees */
bool mm_picture_save(const char *path, const Picture *p, Error *err); /* PNG, atomically */
bool mm_names_picture(const char *path);                              /* it ends in .png, .jpg, .jpeg, .gif or .bmp */

/* A GIF that moves: its pictures as they are seen one after the other, each laid over what the one before left. */
typedef struct Animation {
    int n, width, height;
    int *milliseconds;     /* (n): how long each is shown; 0: not said */
    unsigned char *pixels; /* (n, height, width, 4) RGBA */
} Animation;

/* The pictures of a GIF, at most MM_PICTURE_PIXELS pixels in all of them. The caller frees. */
bool mm_animation_load(const char *path, Animation *a, Error *err);
/* A GIF that repeats, atomically (gif_write.c). Its colours are rounded to 6 of red, 7 of green, 6 of blue; alpha is not written. */
bool mm_animation_save(const char *path, const Animation *a, Error *err);
void mm_animation_free(Animation *a);
Picture mm_animation_picture(const Animation *a, int i); /* lives in the animation; not to be freed */

/* A copy as RGB: over the background where transparent, (a c + (255 - a) background) / 255 rounded. Colour that hides under
 * alpha 0 is arbitrary in many files, so alpha is never just dropped. */
Picture mm_picture_flatten(const Picture *p, const unsigned char background[3]);

/* A copy of another size: antialiased, each output pixel a weighted mean of all input pixels under a kernel stretched with the
 * scale; Pillow's 8-bit arithmetic (src/libImaging/Resample.c), to the bit. RGBA is weighted by alpha, as Pillow does. */
typedef enum Filter { MM_BILINEAR, MM_BICUBIC } Filter;
Picture mm_picture_resize(const Picture *p, int width, int height, Filter filter);

/* Bicubic, of numbers x (height, width, inner) -> (to_height, to_width, inner); `round` them after each of the two passes. The caller
 * frees. */
double *mm_resize_numbers(const double *x, int height, int width, int inner, int to_height, int to_width, bool round);

/* ---- CLIP's preprocessing up to the numbers (preprocess.c): short side to `size` by bicubic, then the middle size x size of it ---- */

Picture mm_picture_clip(const Picture *p, int size); /* with torchvision's rounding; channels as they are */
/* As openai/CLIP's clip.py and open_clip do it, to the bit: resized as the file has it, and RGB only then. */
Picture mm_picture_rgb_last(const Picture *p, int size);
/* As Hugging Face's CLIPImageProcessor does it, to the bit: alpha is dropped first, and the middle is rounded down. */
Picture mm_picture_rgb_first(const Picture *p, int size);

Picture mm_picture_rgb(const Picture *p); /* alpha is dropped: Pillow's convert("RGB"). The caller frees. */

/* ---- ALIGN's preprocessing (squash.c) ---- rgb, of 3 channels, resized to squashed x squashed by bilinear, and of that the middle
 * size x size: (3, size, size), each number from -1 to 1. ALIGN: 346 and 289. antialias: as Hugging Face, with Pillow; otherwise as
 * TensorFlow. */
void mm_picture_squash(const Picture *rgb, int squashed, int size, bool antialias, real *pixels);

/* Lays an RGBA picture over an RGB ground with its left upper corner at (left, top), weighted by alpha; what lies outside is cut. */
void mm_picture_paste(Picture *ground, const Picture *p, int left, int top);
Picture mm_picture_mirror(const Picture *p); /* left and right exchanged; the caller frees */
Picture mm_picture_part(const Picture *p, int left, int top, int width,
                        int height); /* a copy; it must lie inside. The caller frees */

/* How far a training picture may be changed (augment.c). Ranges are to both sides: 0.2 is from -0.2 to 0.2. */
typedef struct Augment {
    double flip;                                  /* probability of a mirror image */
    double rotate, scale, shear, shift;           /* radians; size as a logarithm; part of the side */
    double brightness, contrast, saturation, hue; /* hue: part of a full turn */
    double background, cutout;                    /* probability of a coloured background; of a grey hole */
} Augment;

/* A random view of an RGBA picture, as numbers 0..1 in (3, size, size). It depends on rng alone, so any thread can make it. */
void mm_augment(const Picture *p, const Augment *a, Rng rng, int size, real *pixels);

/* ---- sprite sheets: many small pictures in one PNG, 40 to a row, and a table beside it (X.png, X.tsv) with a row for each ---- */

enum { MM_SHEET_COLUMNS = 40 };

typedef struct Sheet {
    int n, cell;           /* number of pictures; their side in pixels: the sheet's width / 40 */
    unsigned char *pixels; /* (n, cell, cell, 4) RGBA */
    Tsv *table;            /* n rows */
} Sheet;

bool mm_sheet_load(const char *png_path, Sheet *sheet, Error *err);
void mm_sheet_free(Sheet *sheet);
Picture mm_sheet_picture(const Sheet *sheet, int i); /* lives in the sheet; not to be freed */

/* ---- pictures with captions: data sets as other people give them (caption_set.c) ----
 * Only paths and texts are held; a picture is decoded when it is wanted (mm_picture_load). */

typedef struct Captioned {
    const char *path;    /* of the picture, which was there when the set was read */
    const char *split;   /* "train", "restval", "val", "test" where the file says so (Karpathy's do), otherwise "" */
    int first, captions; /* its texts are caption[first] … caption[first + captions - 1] of the set; one at least */
} Captioned;

/* What is wrong with a row of a table, or with the text beside a picture. */
typedef enum CaptionFault {
    MM_SOUND,
    MM_NOT_TEXT, /* a byte is 0 */
    MM_TOO_LONG, /* a cell of more than MM_TEXT_LIMIT bytes */
    MM_NOT_UTF8,
    MM_CELLS,   /* not as many cells as the first row has */
    MM_NO_NAME, /* no picture is named */
    MM_CAPTION_FAULTS
} CaptionFault;

/* What a file lists and the set leaves out. */
typedef struct CaptionSkips {
    int missing;                   /* pictures that are not there, or not files: a folder called x.png */
    int ambiguous;                 /* urls whose last part names a picture, and the last part of another url too */
    int without_caption;           /* pictures of which nothing is said */
    int empty;                     /* captions without a word */
    int unknown;                   /* captions of pictures that are not listed */
    int faulty[MM_CAPTION_FAULTS]; /* rows with each fault, where they are tolerated */
    int faulty_line;               /* where the first of them begins; 0: there is none, or it is no line of a table */
    const char *a_missing;         /* the path of the first missing one; NULL: none is */
} CaptionSkips;

typedef struct CaptionSet {
    int n, captions;
    Captioned *at;        /* (n) */
    const char **caption; /* (captions): UTF-8, without white space at the ends */
    CaptionSkips skipped;
    struct TextBlock *texts; /* owns the strings */
} CaptionSet;

/* Where captions are. What is not said is NULL. */
typedef struct CaptionFile {
    const char *path;
    const char *pictures;    /* the folder of the pictures: the folder of the file */
    const char *picture_key; /* the columns of a table with a header: filepath and title, open_clip's … */
    const char *caption_key; /* … or image and caption, Kaggle's */
    bool noisy;              /* as found on the web: rows with a fault are counted in `skipped` and are no error */
} CaptionFile;

/* Reads captions. What kind of file it is shows:
 *   a folder                    NAME.jpg, .png, .bmp or .gif with NAME.txt beside it, a caption a line; in folders below it too
 *   COCO                        JSON: {"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}
 *   Karpathy                    JSON: {"images": [{"filename", "filepath", "split", "sentences": [{"raw"}]}]}
 *   open_clip, Kaggle           a table with a header; a first line with tabs is split at tabs, otherwise at commas; RFC 4180's quotes
 *   Flickr30k                   lines "1000092795.jpg#0<TAB>caption"
 *   Conceptual Captions         lines "caption<TAB>url" (CC3M) or "url<TAB>caption" (CC12M), no quoting. The url stands for a file:
 *                               host/its/path, as wget -x stores it, or else what its last part names, if that of no other
 *                               url does; with or without its %20 decoded
 * A byte order mark and CRLF are tolerated. What is wrong in the file is an error that names the place; what is not there is
 * counted in `skipped`. A set without a picture is an error. */
bool mm_captions_load(const CaptionFile *file, CaptionSet *set, Error *err);
void mm_captions_free(CaptionSet *set);
/* "2 pictures are missing (first: …), 1 has no caption", or "" if nothing was left out; at most MM_SKIPS_TEXT bytes. */
const char *mm_captions_skipped(const CaptionSet *set, char *text);
enum { MM_SKIPS_TEXT = 1024 };

/* ---- questions and answers, in VQA v2's form ---- */

enum { MM_VQA_PEOPLE = 10 }; /* who answer each question */

/* An answer as VQA compares it: "Two apples." is "2 apples", "on the table" is "on table". UTF-8; the caller frees (vqa_answer.c). */
char *mm_vqa_answer(const char *answer);

/* ---- emoji: one concept, drawn in many styles, named in English and Chinese ---- */

typedef struct Concept {
    const char *code;         /* code points: "1F34E", "2615", … */
    const char *en, *tags_en; /* "red apple"; "apple, diet, food, …" */
    const char *zh, *tags_zh; /* "红苹果" */
    const char *group;        /* "food-drink" */
    const char *subgroup;     /* "food-fruit" */
} Concept;

typedef struct Concepts {
    int n;
    Concept *at;
    Tsv *table; /* owns the strings */
} Concepts;

bool mm_concepts_load(const char *path, Concepts *concepts, Error *err); /* concepts.tsv */
void mm_concepts_free(Concepts *concepts);
int mm_concepts_find(const Concepts *concepts, const char *code); /* -1: there is none */

/* The next of a list of tags, which is cut where it is read: begin at *rest = a copy of tags_en or tags_zh. NULL: there is none. */
char *mm_next_tag(char **rest);

/* The core set leaves out people-body (hundreds of near duplicates), symbols and flags (signs, not pictures of things). */
bool mm_concept_is_core(const Concept *concept);
/* A tenth of all concepts, the same in every style and program: FNV-1a (64 bit) of the code's characters, mod 10, is 0. */
bool mm_concept_is_held_out(const char *code);

typedef struct Emoji {
    int style;       /* index into EmojiSet.style */
    int concept;     /* index into EmojiSet.concepts.at */
    Picture picture; /* RGBA, lives in the set */
} Emoji;

typedef struct EmojiSet {
    Concepts concepts; /* all of them, core or not */
    int n_styles;
    const char **style; /* "noto"; copies */
    Sheet *sheet;       /* one a style */
    int n;
    Emoji *at; /* the core set, or all: by style, then in the order of its sheet */
} EmojiSet;

/* Reads folder/concepts.tsv and folder/STYLE_48.png + .tsv of each style. */
bool mm_emoji_load(const char *folder, const char *const *styles, int n_styles, EmojiSet *set, Error *err);
void mm_emoji_free(EmojiSet *set);
int mm_emoji_style(const EmojiSet *set, const char *style); /* -1: not loaded */

/* The shipped styles, of which no program trains on the one for tests. */
enum { MM_STYLES = 7 };
extern const char *const mm_styles[MM_STYLES];
extern const char *const mm_test_style;                              /* "noto" */
bool mm_emoji_load_all(const char *data, EmojiSet *set, Error *err); /* data/emoji, in all these styles */
/* What may be loaded besides. styles: those that `datasets/fetch openmoji emojione1` gets; it is an error if they are not there.
 * groups: people's bodies and symbols, 612 concepts of which many differ in little ("man running", "woman running"). */
typedef struct EmojiMore {
    bool styles, groups;
} EmojiMore;
bool mm_emoji_load_more(const char *data, EmojiMore more, EmojiSet *set, Error *err);
bool mm_emoji_has_more_styles(const char *data); /* whether these styles were fetched */

/* The pictures of one style whose concept some other loaded style also draws, with the names of those concepts. unseen: only the tenth
 * of the concepts that is held out (mm_concept_is_held_out). */
typedef struct EmojiTest {
    int n;
    Picture *picture; /* live in the EmojiSet, as the names do */
    int *concept;
    const char **en, **zh;
} EmojiTest;

EmojiTest mm_emoji_test(const EmojiSet *emoji, int style, bool unseen);
void mm_emoji_test_free(EmojiTest *t);

/* ---- classes and their names (classes.c) ---- */

/* Classes, and names for them. A class may have several: "tool", "hammer"; all count alike. */
typedef struct Classes {
    int n, names;
    char **label; /* (n): what the data calls them */
    char **name;  /* (names) */
    int *of;      /* (names): the class of each name */
} Classes;

/* A file with a class a line: its label and its names, parted by tabs; a line without a tab is both. Empty lines are skipped. */
bool mm_classes_read(const char *path, Classes *c, Error *err);
void mm_classes_add(Classes *c, const char *label, const char *name); /* a class with one name */
void mm_classes_add_name(Classes *c, const char *name);               /* another name of the last class */
int mm_classes_find(const Classes *c, const char *label);             /* -1: there is none */
void mm_classes_free(Classes *c);

typedef struct Templates {
    int n;
    char **at;
} Templates;

/* A file with a template a line; {} stands for the name. Empty lines are skipped. */
bool mm_templates_read(const char *path, Templates *t, Error *err);
void mm_templates_free(Templates *t);

/* ---- the tokeniser: byte-level byte-pair encoding in CLIP's form (openai/CLIP clip/simple_tokenizer.py) ----
 * Ids: 256 bytes, the same 256 at the end of a word ("a</w>"), one for every merge, <|startoftext|>, <|endoftext|>.
 * Text is unescaped twice ("&amp;"), brought to NFC, lower-cased, and each run of white space becomes one space. Not done, unlike
 * OpenAI's: ftfy's repair of broken encodings, curly quotes, ligatures and full-width letters. "<|endoftext|>" in a text becomes that
 * token, as in CLIP. */

typedef struct Tokenizer Tokenizer;
enum { MM_TEXT_LIMIT = 1 << 20, MM_MARKS_LIMIT = 256 }; /* bytes in one text; combining marks on one letter of it */

/* Learns merges from n texts until the vocabulary has vocab_size (at least 514) tokens or no pair occurs twice. Equal counts:
 * the pair that sorts first (its left token as written in merges.txt, then its right) wins, so the result is reproducible.
 * split_han: every Chinese character is a word of its own, as in BERT, so that 猫 in 黑猫 is the token that it is alone. Chinese
 * has no spaces, and CLIP takes a whole run of characters for one word. Saved in tokenizer_config.json. */
Tokenizer *mm_tokenizer_learn(const char *const *texts, int n, int vocab_size, bool split_han, Error *err);
Tokenizer *mm_tokenizer_load(const char *folder, Error *err); /* vocab.json, merges.txt, as Hugging Face writes them */
bool mm_tokenizer_save(const Tokenizer *tok, const char *folder, Error *err); /* and tokenizer_config.json; makes the folder */
/* A merges file alone, gzipped or not, of which the first vocab_size - 514 merges are used; 0: all. CLIP's own
 * bpe_simple_vocab_16e6.txt.gz is read with 49408. */
Tokenizer *mm_tokenizer_load_merges(const char *path, int vocab_size, Error *err);
void mm_tokenizer_free(Tokenizer *tok);

int mm_vocab_size(const Tokenizer *tok);
int mm_token_start(const Tokenizer *tok);                /* <|startoftext|> */
int mm_token_end(const Tokenizer *tok);                  /* <|endoftext|> */
const char *mm_token_text(const Tokenizer *tok, int id); /* as in vocab.json: bytes as printable characters, "cat</w>" */

/* The ids of a text, without start and end; the caller frees. NULL: not UTF-8 (the error gives the byte), or beyond the limits. */
int *mm_encode(const Tokenizer *tok, const char *text, int *n, Error *err);
/* The text of n ids, a space after every word but the last, start and end left out, bytes that are not UTF-8 as U+FFFD. The
 * caller frees. */
char *mm_decode(const Tokenizer *tok, const int *ids, int n);
/* What the text encoder reads: ids (context): start, the text, end, zeros. A longer text is cut so that the end still fits
 * (CLIP's truncate=True). *length (may be NULL): up to and with the end; the end is at ids[*length - 1]. */
bool mm_tokenize(const Tokenizer *tok, const char *text, int context, int *ids, int *length, Error *err);

/* ---- WordPiece: the tokeniser of BERT, and so of ALIGN (uncased) and UNITER (cased) (google-research/bert tokenization.py) ----
 * Ids: line numbers of vocab.txt. A text never becomes a special token: "[SEP]" in it is three tokens, as in BERT's code; Hugging Face's
 * makes it one. The limits are those of the tokeniser above. */

typedef struct Wordpiece Wordpiece;

Wordpiece *mm_wordpiece_load(const char *folder, Error *err); /* vocab.txt and, if there, tokenizer_config.json: do_lower_case */
Wordpiece *mm_wordpiece_load_vocab(const char *path, bool lower, Error *err); /* vocab.txt; lower: uncased */
bool mm_wordpiece_save(const Wordpiece *w, const char *folder, Error *err);   /* both files; makes the folder */
/* A vocabulary of at most vocab_size tokens: [PAD], [UNK], [CLS], [SEP], [MASK], characters, and pieces that occur twice at least. */
Wordpiece *mm_wordpiece_learn(const char *const *texts, int n, int vocab_size, bool lower, Error *err);
/* The tokens of w, and behind them the words of texts that it would cut into pieces or not know at all. */
Wordpiece *mm_wordpiece_extend(const Wordpiece *w, const char *const *texts, int n, Error *err);
void mm_wordpiece_free(Wordpiece *w);

int mm_wordpiece_size(const Wordpiece *w);
int mm_wordpiece_find(const Wordpiece *w, const char *token); /* "[MASK]", "##ing"; -1: there is none */
const char *mm_wordpiece_text(const Wordpiece *w, int id);

/* The ids of a text, without [CLS] and [SEP]; the caller frees. NULL: not UTF-8 (the error gives the byte), or beyond the limits. */
int *mm_wordpiece_encode(const Wordpiece *w, const char *text, int *n, Error *err);
/* ids (context): [CLS], the text, cut so that the end still fits, [SEP], and [PAD] up to context. *length (may be NULL): up to and with
 * [SEP]; the rest is to be masked. */
bool mm_wordpiece_tokenize(const Wordpiece *w, const char *text, int context, int *ids, int *length, Error *err);
/* The text of n ids: words with a space between, Chinese characters without, [PAD], [CLS] and [SEP] left out. The caller frees. */
char *mm_wordpiece_decode(const Wordpiece *w, const int *ids, int n);

#endif
