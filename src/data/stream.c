/* stream.c: pairs from shards in an order that is drawn, at flat memory.
 *
 * Headers of the shards are read one after the other, and where a pair lies goes into a pool. The next pair is drawn from the pool,
 * and its bytes are read only then; the system was told to fetch them when their header was met. So to go on at pair n of a round
 * costs the headers before it, and gives what an uninterrupted run gives. */
#include "data/tar.h"
#include "io/memory.h"
#include "mm/web.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Where a file lies in a shard; bytes < 0: there is none. */
typedef struct Extent {
    int64_t at, bytes;
} Extent;

/* Where a pair lies. */
typedef struct Spot {
    int shard;
    Extent image, text;
} Spot;

struct PairStream {
    StreamPlan plan;
    int shards;
    char **path; /* (shards), sorted */
    /* the round */
    int round, begun; /* begun: how many of its shards were opened */
    int *order;       /* (shards) */
    Rng rng;
    /* the shard order[begun - 1] */
    Tar tar;      /* fd < 0: none is open */
    int found;    /* what mm_tar_next said last; 1: a file that waits for its turn */
    Error damage; /* where it said -1 */
    /* the pool */
    Spot *pool; /* (plan.buffer) */
    int n;      /* in the pool */
    int64_t position;
    bool going;  /* to a position: none of the pairs on the way is read */
    char *bytes; /* of the pair that was given out: its text, 0, its picture */
    size_t room;
    bool counting; /* skips: during the first round */
    StreamSkips skips;
};

/* ---- pairs of a shard ---- */

static void skip(PairStream *s, int *count, const char *shard, int64_t at, const char *why)
{
    if (s->counting) {
        ++*count;
        if (!s->skips.first.text[0]) {
            mm_error(&s->skips.first, "%s: byte %lld: %s", shard, (long long)at, why);
        }
    }
}

/* A name is a key and what kind of file it is, parted by the first dot behind the last slash. Returns the length of the key. */
static size_t key_length(const char *name)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash : name;
    return (size_t)(last - name) + strcspn(last, ".");
}

/* The files of the next key, the last of each kind. false: there are none; s->found says whether the shard is damaged. */
static bool next_key(PairStream *s, Spot *spot)
{
    if (s->found <= 0) {
        return false;
    }
    *spot = (Spot){.shard = s->order[s->begun - 1], .image = {s->tar.at, -1}, .text = {s->tar.at, -1}};
    char *key = mm_copy_text(s->tar.name, key_length(s->tar.name));
    do {
        const char *kind = s->tar.name + strlen(key);
        if (strcmp(kind, ".txt") == 0) {
            spot->text = (Extent){s->tar.at, s->tar.size};
        } else if (mm_names_picture(kind)) {
            spot->image = (Extent){s->tar.at, s->tar.size};
        }
        s->found = mm_tar_next(&s->tar, &s->damage);
    } while (s->found > 0 && key_length(s->tar.name) == strlen(key) && strncmp(s->tar.name, key, strlen(key)) == 0);
    free(key);
    return true;
}

/* Whether a pair is complete and of a size that can be read. */
static bool is_sound(PairStream *s, const Spot *spot)
{
    const char *shard = s->path[spot->shard];
    if (spot->image.bytes < 0 || spot->text.bytes < 0) {
        if (s->found < 0) {
            return false; /* what is missing was behind the damage */
        }
        skip(s, &s->skips.incomplete, shard, spot->image.at,
             spot->text.bytes < 0 ? "a key without a text" : "a key without a picture");
        return false;
    }
    if (spot->image.bytes > MM_PICTURE_BYTES || spot->text.bytes > MM_TEXT_LIMIT) {
        skip(s, &s->skips.too_large, shard, spot->image.at, "a picture or a text with more bytes than it may have");
        return false;
    }
    return true;
}

static void close_shard(PairStream *s)
{
    if (s->found < 0 && s->counting) {
        s->skips.damaged++;
        s->skips.first = s->skips.first.text[0] ? s->skips.first : s->damage;
    }
    mm_tar_close(&s->tar);
}

/* ---- rounds ---- */

static void begin_round(PairStream *s, int round)
{
    char name[32];
    snprintf(name, sizeof name, "round %d", round);
    s->round = round;
    s->begun = 0;
    s->n = 0;
    s->rng = mm_rng(s->plan.seed, name);
    if (s->plan.buffer > 1) {
        mm_permutation(&s->rng, s->order, s->shards);
        return;
    }
    for (int i = 0; i < s->shards; i++) {
        s->order[i] = i;
    }
}

/* The next pair in the order of the shards. 1: it is there; 0: the round has no more; -1: a shard cannot be opened. */
static int next_spot(PairStream *s, Spot *spot, Error *err)
{
    for (;;) {
        if (s->tar.fd < 0 && s->begun == s->shards) {
            return 0;
        }
        if (s->tar.fd < 0) {
            if (!mm_tar_open(&s->tar, s->path[s->order[s->begun]], err)) {
                return -1;
            }
            s->begun++;
            s->found = mm_tar_next(&s->tar, &s->damage);
        }
        while (next_key(s, spot)) {
            if (is_sound(s, spot)) {
                return 1;
            }
        }
        close_shard(s);
    }
}

static bool fill_pool(PairStream *s, Error *err)
{
    int got = 1;
    while (s->n < s->plan.buffer && (got = next_spot(s, &s->pool[s->n], err)) > 0) {
        const Extent *image = &s->pool[s->n++].image;
        if (!s->going) {
            posix_fadvise(s->tar.fd, image->at, image->bytes, POSIX_FADV_WILLNEED);
        }
    }
    return got >= 0;
}

/* Draws where the next pair lies. false: an error. */
static bool draw(PairStream *s, Spot *spot, Error *err)
{
    for (int ended = 0; ended < 2; ended++) { /* the present round may have no more; the next has all */
        if (!fill_pool(s, err)) {
            return false;
        }
        if (s->n > 0) {
            int i = mm_below(&s->rng, s->n);
            *spot = s->pool[i];
            s->pool[i] = s->pool[--s->n];
            s->position++;
            return true;
        }
        s->counting = false;
        begin_round(s, s->round + 1);
    }
    return mm_error(err, "%s: no shard has a pair of a picture and a text%s%.400s", s->plan.folder,
                    s->skips.first.text[0] ? "; " : "", s->skips.first.text);
}

/* Every round has as many pairs as the first, so whole rounds need not be walked through. */
static bool go_to(PairStream *s, int64_t position, Error *err)
{
    Spot spot;
    bool leapt = false;
    s->going = true;
    while (s->position < position) {
        if (!draw(s, &spot, err)) {
            return false;
        }
        if (s->round == 1 && !leapt) {
            int64_t pairs = s->position - 1, rounds = (position - 1) / pairs;
            mm_tar_close(&s->tar);
            begin_round(s, (int)rounds);
            s->position = rounds * pairs;
            leapt = true;
        }
    }
    s->going = false;
    return true;
}

/* ---- a stream ---- */

static int is_shard(const struct dirent *e)
{
    return e->d_name[0] != '.' && mm_ends_in(e->d_name, ".tar");
}

static bool find_shards(PairStream *s, Error *err)
{
    struct dirent **entry;
    int n = scandir(s->plan.folder, &entry, is_shard, alphasort);
    if (n < 0) {
        return mm_error(err, "%s: %s", s->plan.folder, strerror(errno));
    }
    s->path = mm_take((size_t)n, sizeof *s->path);
    s->order = mm_take((size_t)n, sizeof *s->order);
    for (int i = 0; i < n; i++) {
        s->path[s->shards++] = mm_join_path(s->plan.folder, entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    return n > 0 || mm_error(err, "%s: no shard (a file .tar) is here", s->plan.folder);
}

PairStream *mm_stream_open(const StreamPlan *plan, int64_t position, Error *err)
{
    PairStream *s = mm_take(1, sizeof *s);
    *s = (PairStream){.plan = *plan, .tar.fd = -1, .counting = true};
    s->pool = mm_take((size_t)plan->buffer, sizeof *s->pool);
    bool ok = find_shards(s, err);
    if (ok) {
        begin_round(s, 0);
        ok = go_to(s, position, err) && (s->n > 0 || fill_pool(s, err));
    }
    if (ok && position == 0 && s->n == 0) {
        Spot spot;
        ok = draw(s, &spot, err); /* says why there is nothing */
    }
    if (!ok) {
        mm_stream_close(s);
        return NULL;
    }
    return s;
}

static bool read_all(int fd, const Extent *e, char *to)
{
    for (int64_t done = 0, n; done < e->bytes; done += n) {
        n = pread(fd, to + done, (size_t)(e->bytes - done), e->at + done);
        if (n <= 0) {
            return false;
        }
    }
    return true;
}

/* The bytes of a pair into s->bytes. */
static bool fetch(PairStream *s, const Spot *spot, Error *err)
{
    size_t text = (size_t)spot->text.bytes, size = text + 1 + (size_t)spot->image.bytes;
    if (size > s->room) {
        s->room = size + size / 4;
        s->bytes = mm_take_again(s->bytes, s->room);
    }
    const char *shard = s->path[spot->shard];
    int fd = open(shard, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return mm_error(err, "%s: %s", shard, strerror(errno));
    }
    bool ok = read_all(fd, &spot->text, s->bytes) && read_all(fd, &spot->image, s->bytes + text + 1);
    close(fd);
    s->bytes[text] = 0;
    return ok || mm_error(err, "%s: became shorter while it was read", shard);
}

/* Whether the text is one; white space at its ends is cut off. */
static bool tidy(const PairStream *s, size_t n, const char **text)
{
    static const char space[] = " \t\r\n\v\f";
    char *end = s->bytes + n;
    *text = s->bytes + strspn(s->bytes, space);
    if (strlen(s->bytes) != n || mm_utf8_invalid(s->bytes, n) < n || *text == end) {
        return false;
    }
    while (strchr(space, end[-1])) {
        *--end = 0;
    }
    return true;
}

bool mm_stream_next(PairStream *s, StreamedPair *pair, Error *err)
{
    Spot spot;
    if (!draw(s, &spot, err) || !fetch(s, &spot, err)) {
        return false;
    }
    *pair = (StreamedPair){.shard = s->path[spot.shard],
                           .at = spot.image.at,
                           .image = (unsigned char *)s->bytes + spot.text.bytes + 1,
                           .bytes = (size_t)spot.image.bytes};
    if (!tidy(s, (size_t)spot.text.bytes, &pair->text)) {
        pair->text = NULL;
        skip(s, &s->skips.text, pair->shard, spot.text.at, "a text that is not UTF-8, or only white space");
    }
    return true;
}

int64_t mm_stream_position(const PairStream *s)
{
    return s->position;
}

int mm_stream_round(const PairStream *s)
{
    return s->round;
}

int mm_stream_shards(const PairStream *s)
{
    return s->shards;
}

const StreamSkips *mm_stream_skips(const PairStream *s)
{
    return &s->skips;
}

void mm_stream_close(PairStream *s)
{
    if (!s) {
        return;
    }
    mm_tar_close(&s->tar);
    for (int i = 0; i < s->shards; i++) {
        free(s->path[i]);
    }
    free(s->path);
    free(s->order);
    free(s->pool);
    free(s->bytes);
    free(s);
}
