/* mm/web.h: pictures with texts as the web has them: noise, and what is known against it (ALIGN, Jia et al. 2021, section 3;
 * COYO-700M, Byeon et al. 2022). */
#ifndef MM_WEB_H
#define MM_WEB_H

#include "mm/data.h"

/* ---- pictures that look the same (phash.c) ---- */

/* 64 bits of what is seen at a glance. Of a picture with alpha: on white. */
uint64_t mm_picture_hash(const Picture *p);
int mm_hash_distance(uint64_t a, uint64_t b); /* in how many bits they differ: 0 .. 64 */

/* Hashes, numbered 0, 1, … as they are added, among which those within a distance of a given one are found without looking at all. */
typedef struct HashIndex HashIndex;
enum { MM_HASH_DISTANCE = 15 };
HashIndex *mm_hash_index_new(int distance); /* 0 .. MM_HASH_DISTANCE bits may differ */
void mm_hash_index_add(HashIndex *x, uint64_t hash);
int mm_hash_index_find(const HashIndex *x, uint64_t hash); /* the first of those that are near enough; -1: none is */
void mm_hash_index_free(HashIndex *x);

/* ---- noise filters (noise.c, noise_rules.c) ---- */

/* A picture and its alt-text, and what the rules ask about them. */
typedef struct WebPair {
    const char *text;      /* UTF-8 */
    double width, height;  /* pixels, or the units of a drawing; 0: not known */
    size_t bytes;          /* of the picture's file; 0: not known */
    bool unreadable;       /* the picture could not be decoded: nothing below is known of it */
    int contrast;          /* of its channels, the greatest difference of two pixels: 0 .. 255 */
    uint64_t content;      /* equal where every pixel is */
    uint64_t hash;         /* mm_picture_hash */
    bool garbled;          /* control characters, or marks of a broken encoding, in the text */
    bool machine;          /* a machine's text: file_name_07, or a time of day with seconds */
    int words, characters; /* of the text; a word: a run of letters and digits, or one Chinese character */
    uint64_t said;         /* equal where the texts have the same words, in letters of any case */
    /* of the whole set, filled by mm_noise_count: */
    int sharers; /* pairs that have this text, this one included */
    int texts;   /* different texts that this picture has */
    int rarity;  /* of the rarest of its unigrams and bigrams: how many of the set are as frequent or more; 0: it has none */
} WebPair;

typedef struct NoiseSet {
    int n, room;
    WebPair *at;      /* (n) */
    int ngrams;       /* different unigrams and bigrams of the set */
    HashIndex *tests; /* hashes of test pictures; NULL: none are known */
} NoiseSet;

/* Adds a pair whose picture is p (NULL: unreadable). The text must live as long as the set. width, height, bytes: as in WebPair. */
void mm_noise_add(NoiseSet *s, const char *text, const Picture *p, double width, double height, size_t bytes);
void mm_noise_count(NoiseSet *s); /* once all pairs are there: what depends on the others */
void mm_noise_free(NoiseSet *s);

/* Who set a limit. */
typedef enum NoiseSource { MM_LIMITS_ALIGN, MM_LIMITS_COYO, MM_LIMITS_HERE, MM_NOISE_SOURCES } NoiseSource;
extern const char *const mm_noise_source[MM_NOISE_SOURCES]; /* "align", "coyo", "here" */

/* What a rule judges. */
typedef struct NoiseCase {
    const WebPair *pair;
    double limit;
    HashIndex *seen; /* what a rule compares the picture with; NULL: nothing */
} NoiseCase;

typedef struct NoiseRule {
    const char *name;
    bool (*test)(const NoiseCase *c);                /* whether the pair goes; NULL: the rule is not run here */
    enum { MM_ALONE, MM_EARLIER, MM_TESTS } against; /* what seen holds: nothing, the pairs before, the test pictures */
    double limit[MM_NOISE_SOURCES];                  /* NAN: this source has no such rule. Here: for the clip art that ships */
    const char *removes, *why;                       /* what goes, %g standing for the limit; what is wrong with it */
} NoiseRule;

enum { MM_NOISE_RULES = 22 };
extern const NoiseRule mm_noise_rules[MM_NOISE_RULES]; /* in the order in which they run */
int mm_noise_rule(const char *name);                   /* -1: there is none of this name */

typedef struct Funnel {
    double limit[MM_NOISE_RULES]; /* given; NAN: the rule does not run */
    int alone[MM_NOISE_RULES];    /* pairs that the rule removes from the whole set */
    int removed[MM_NOISE_RULES];  /* pairs that it removes from what the rules before it left */
    int kept;
    int *by; /* (n): the rule that removed the pair; -1: kept */
} Funnel;

Funnel mm_funnel(NoiseSource source);             /* its limits; change them before the run */
void mm_funnel_run(Funnel *f, const NoiseSet *s); /* s was counted */
void mm_funnel_free(Funnel *f);

/* ---- shards: a set larger than memory (shards.c, stream.c) ----
 * WebDataset's form: a folder of archives NAME.tar; in each, one pair after the other, KEY.png (.jpg, .gif, .bmp) and KEY.txt next to
 * each other. Other files of the same key are passed over. */

/* Writes 000000.tar, 000001.tar, …, each of which is there whole or not at all. */
typedef struct ShardWriter ShardWriter;
ShardWriter *mm_shards_create(const char *folder, int pairs_per_shard, Error *err); /* NULL: an error; it has shards already */
/* bytes: of a picture file whose name ends in `end`: ".png". After an error, further calls do nothing but return false. */
bool mm_shards_add(ShardWriter *w, const void *bytes, size_t n, const char *end, const char *text, Error *err);
bool mm_shards_finish(ShardWriter *w, Error *err); /* also frees; false: the last shard is not there, or one was not before */

/* Pairs from shards, without end: round after round, in each every sound pair once. Shards are taken in an order drawn for the round;
 * of what they hold, `buffer` pairs at a time wait in a pool from which the next is drawn. Where a pair lies is all that waits: a
 * picture is read when it is drawn, and memory does not depend on how many there are or how large. The order depends on the seed,
 * the shards and `buffer` alone. */
typedef struct StreamPlan {
    const char *folder;
    uint64_t seed;
    int buffer; /* 1: in the order of the shards */
} StreamPlan;

typedef struct StreamedPair {
    const char *shard; /* where it is from, */
    int64_t at;        /* and the byte where its picture begins: for messages */
    const char *text;  /* UTF-8, not only white space, at most MM_TEXT_LIMIT bytes; NULL: it is no text, and was counted */
    const unsigned char *image; /* a picture file, for mm_picture_decode */
    size_t bytes;
} StreamedPair; /* lives until the next pair */

/* What was left out in the first round since the stream was opened. */
typedef struct StreamSkips {
    int damaged;    /* shards, of which only what stands before the damage is taken */
    int incomplete; /* pairs without a picture or without a text */
    int too_large;  /* pictures beyond MM_PICTURE_BYTES, texts beyond MM_TEXT_LIMIT */
    int text;       /* texts that are not UTF-8, or only white space */
    Error first;    /* about one of them */
} StreamSkips;

typedef struct PairStream PairStream;
/* As after `position` pairs were drawn: to go on where a run stopped. NULL: an error; no pair in any shard is one. */
PairStream *mm_stream_open(const StreamPlan *plan, int64_t position, Error *err);
bool mm_stream_next(PairStream *s, StreamedPair *pair, Error *err); /* false: a shard is gone, or became another file */
int64_t mm_stream_position(const PairStream *s);                    /* pairs drawn so far */
int mm_stream_round(const PairStream *s);                           /* of the last pair: 0, 1, … */
int mm_stream_shards(const PairStream *s);
const StreamSkips *mm_stream_skips(const PairStream *s);
void mm_stream_close(PairStream *s);

/* ---- the clip art that ships (clipart.c) ---- */

typedef struct ClipArt {
    Sheet sheet;
    const char **keywords; /* (sheet.n): "cherry, pie, dessert"; maybe empty */
    char **text;           /* (sheet.n): the title, and behind ". " the description if there is one */
} ClipArt;

bool mm_clipart_load(const char *data, ClipArt *art, Error *err); /* data/clipart */
void mm_clipart_free(ClipArt *art);
void mm_clipart_noise(const ClipArt *art, NoiseSet *s); /* adds and counts its pairs, in its order; art must outlive s */

#endif
