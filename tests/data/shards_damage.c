/* shards_damage.c: shards of others, shards that are damaged, and shards made to do damage. */
#include "shards.h"

/* ---- archives of others ---- */

/* tests/fuzz/make_seeds.py made them with Python's tarfile: GNU's and pax's long names, folders and links between the files. */
static void others_archives(void **state)
{
    (void)state;
    static const char *const kinds[] = {"gnu", "pax", "ustar"};
    for (int i = 0; i < 3; i++) {
        char from[128];
        size_t n;
        Error err;
        snprintf(from, sizeof from, "tests/fuzz/corpus/shard/%s.tar", kinds[i]);
        char *bytes = mm_read_file(from, 1 << 20, &n, &err);
        assert_non_null(bytes);
        mkdir(folder(), 0777);
        put(scratch("shards/a.tar"), bytes, n);
        free(bytes);
        PairStream *s = open_stream(1, 1, 0);
        StreamedPair p;
        for (int k = 0; k < 3; k++) {
            static const char *const texts[] = {"a red apple", "\xe7\xba\xa2\xe8\x8b\xb9\xe6\x9e\x9c", "a long name"};
            Picture picture;
            assert_true(mm_stream_next(s, &p, &err));
            assert_string_equal(p.text, texts[k]);
            assert_true(mm_picture_decode("p", p.image, p.bytes, &picture, &err));
            assert_int_equal(picture.width, 2 + k);
            mm_picture_free(&picture);
        }
        assert_int_equal(mm_stream_skips(s)->incomplete, 1); /* readme */
        assert_int_equal(mm_stream_skips(s)->damaged, 0);
        mm_stream_close(s);
    }
}

/* ---- damage ---- */

static char *shard_bytes(int shard, size_t *n)
{
    char name[32];
    Error err;
    snprintf(name, sizeof name, "shards/%06d.tar", shard);
    return mm_read_file(scratch(name), 1 << 20, n, &err);
}

/* Reads the whole folder in order. Returns how many pairs there were; *skips: what was left out. */
static int count_pairs(StreamSkips *skips)
{
    Error err;
    StreamedPair p;
    int n = 0;
    PairStream *s = open_stream(1, 1, 0);
    while (mm_stream_next(s, &p, &err) && mm_stream_round(s) == 0) {
        n += p.text != NULL;
    }
    *skips = *mm_stream_skips(s);
    mm_stream_close(s);
    return n;
}

static void cut_anywhere(void **state)
{
    (void)state;
    write_shards();
    size_t size;
    char *bytes = shard_bytes(1, &size);
    size_t whole[PER_SHARD + 1] = {0}; /* where pair k of the shard is complete */
    for (int k = 0; k < PER_SHARD; k++) {
        size_t image = (size_t)((PER_SHARD + k) * (PER_SHARD + k) + 1);
        whole[k + 1] = whole[k] + 512 + (image + 511) / 512 * 512 + 1024;
    }
    for (size_t cut = 0; cut < size - 512; cut++) { /* with the last block of zeros missing, nothing is */
        size_t in_block = cut % 512;
        if (in_block > 1 && in_block != 5 && in_block != 6 && in_block != 511) {
            continue;
        }
        StreamSkips skips;
        put(scratch("shards/000001.tar"), bytes, cut);
        int pairs = count_pairs(&skips), kept = 0;
        while (kept < PER_SHARD && whole[kept + 1] - 512 + strlen("pair 5") <= cut) {
            kept++;
        }
        if (pairs != PAIRS - PER_SHARD + kept) {
            fail_msg("cut at %zu: %d pairs, not %d and %d of the shard", cut, pairs, PAIRS - PER_SHARD, kept);
        }
        assert_int_equal(skips.damaged, 1);
        assert_int_equal(skips.incomplete, 0);
        says(&skips.first, "000001.tar", "byte");
    }
    put(scratch("shards/000001.tar"), bytes, size / 2);
    StreamSkips skips;
    assert_true(count_pairs(&skips) > PAIRS - PER_SHARD);
    says(&skips.first, "000001.tar", "breaks off");
    free(bytes);
}

/* The header in the first block of a shard with another size field, and the right checksum for it. */
static void forge(char *header, size_t at, const void *field, size_t n)
{
    memcpy(header + at, field, n);
    memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) {
        sum += (unsigned char)header[i];
    }
    snprintf(header + 148, 8, "%06o", sum);
}

static void hostile_headers(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *field;
        size_t n;
        const char *says;
    } cases[] = {
        {124, "77777777777", 12, "breaks off inside a file"},
        {124, "12345678x", 10, "a size that is no number"},
        {124, "-0000000001", 12, "a size that is no number"},
        {124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "a size that is no number"}, /* -1 in binary */
        {124, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12, "a size that is no number"},       /* 2^63 - 1 */
        {124, "\x80\0\0\0\0\xff\xff\xff\xff\xff\xff\xff", 12, "breaks off inside a file"},
        {156, "x", 1, "makes no sense"}, /* pax records that are none */
        {156, "L\0", 1, ""},             /* a name for the next file, in place of this one: no error of its own */
    };
    write_shards();
    size_t size;
    char *bytes = shard_bytes(2, &size);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *copy = malloc(size);
        memcpy(copy, bytes, size);
        forge(copy, cases[i].at, cases[i].field, cases[i].n);
        put(scratch("shards/000002.tar"), copy, size);
        free(copy);
        StreamSkips skips;
        int pairs = count_pairs(&skips);
        assert_true(pairs >= PAIRS - PER_SHARD && pairs < PAIRS);
        says(&skips.first, "000002.tar", cases[i].says);
    }
    bytes[0] ^= 1;
    put(scratch("shards/000002.tar"), bytes, size);
    StreamSkips skips;
    assert_int_equal(count_pairs(&skips), PAIRS - PER_SHARD);
    says(&skips.first, "000002.tar", "byte 0: not a header of tar (its checksum is wrong)");
    free(bytes);
}

static void pax(void **state)
{
    (void)state;
    static const struct {
        const char *record;
        int pairs;
    } cases[] = {
        {"19 path=a/good.png\n", 1}, {"18 path=a/good.png\n", 0},           {"4 a\n", 0},           {"99 path=b.png\n", 0},
        {"9 size=1\n", 0}, /* one byte of the picture: what follows is no header */
        {"11 size=-1\n", 0},         {"29 size=99999999999999999999\n", 0}, {"14 comment=xy\n", 0}, {"path=a.png\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static char filler[3000];
        memset(filler, 'x', sizeof filler);
        mkdir(folder(), 0777);
        FILE *f = fopen(scratch("shards/a.tar"), "wb");
        mm_tar_write(f, "good.txt", "before", 6);
        mm_tar_write(f, "good.png", "1", 1);
        long at = ftell(f);
        mm_tar_write(f, "PaxHeaders/x", cases[i].record, strlen(cases[i].record));
        mm_tar_write(f, "bad", filler, sizeof filler);
        mm_tar_write(f, "a/good.txt", "named by pax", 12);
        mm_tar_write_end(f);
        fclose(f);
        size_t n;
        Error err;
        char *bytes = mm_read_file(scratch("shards/a.tar"), 1 << 20, &n, &err);
        forge(bytes + at, 156, "x", 1);
        put(scratch("shards/a.tar"), bytes, n);
        free(bytes);
        StreamSkips skips;
        if (count_pairs(&skips) != 1 + cases[i].pairs) {
            fail_msg("%s: %d", cases[i].record, count_pairs(&skips));
        }
    }
}

/* ---- pairs that are none ---- */

static void what_is_left_out(void **state)
{
    (void)state;
    static char megabyte[MM_TEXT_LIMIT + 1];
    memset(megabyte, 'm', sizeof megabyte);
    mkdir(folder(), 0777);
    FILE *f = fopen(scratch("shards/a.tar"), "wb");
    mm_tar_write(f, "text_alone.txt", "t", 1);
    mm_tar_write(f, "picture_alone.jpg", "p", 1);
    mm_tar_write(f, "a.png", "p", 1);
    mm_tar_write(f, "a.json", "{}", 2);
    mm_tar_write(f, "a.txt", " caf\xc3\xa9\r\n", 8);
    mm_tar_write(f, "b.png", "p", 1);
    mm_tar_write(f, "b.txt", "caf\xe9", 4);
    mm_tar_write(f, "c.png", "p", 1);
    mm_tar_write(f, "c.txt", " \n", 2);
    mm_tar_write(f, "d.png", "p", 1);
    mm_tar_write(f, "d.txt", "a\0b", 3);
    mm_tar_write(f, "e.png", "p", 1);
    mm_tar_write(f, "e.txt", "", 0);
    mm_tar_write(f, "f.png", "p", 1);
    mm_tar_write(f, "f.txt", megabyte, MM_TEXT_LIMIT + 1);
    mm_tar_write(f, "g.png", "p", 1);
    mm_tar_write(f, "g.txt", megabyte, MM_TEXT_LIMIT);
    mm_tar_write(f, "h/1.2/i.png", "p", 1); /* the first dot behind the last slash */
    mm_tar_write(f, "h/1.2/i.txt", "i", 1);
    mm_tar_write_end(f);
    fclose(f);
    put_text(scratch("shards/notes.txt"), "no shard");
    Error err;
    StreamedPair p;
    PairStream *s = open_stream(1, 1, 0);
    for (int i = 0; i < 7; i++) { /* a, b, c, d, e, g, i */
        assert_true(mm_stream_next(s, &p, &err));
        assert_int_equal(mm_stream_position(s), i + 1);
        assert_int_equal(p.text != NULL, i == 0 || i > 4);
        assert_true(i != 0 || strcmp(p.text, "caf\xc3\xa9") == 0);
        assert_true(i != 5 || strlen(p.text) == MM_TEXT_LIMIT);
    }
    assert_string_equal(p.text, "i");
    const StreamSkips *k = mm_stream_skips(s);
    assert_int_equal(k->incomplete, 2);
    assert_int_equal(k->too_large, 1);
    assert_int_equal(k->text, 4);
    assert_int_equal(k->damaged, 0);
    says(&k->first, "a.tar", "a key without a picture");
    mm_stream_close(s);
}

/* A picture of a terabyte: in a file with a hole, where it costs nothing. */
static void a_large_picture(void **state)
{
    (void)state;
    write_shards();
    FILE *f = fopen(scratch("shards/large.tar"), "wb");
    char header[512];
    mm_tar_write(f, "large.png", "", 0);
    fclose(f);
    size_t n;
    Error err;
    char *bytes = mm_read_file(scratch("shards/large.tar"), 1 << 20, &n, &err);
    memcpy(header, bytes, 512);
    free(bytes);
    forge(header, 124, "\x80\0\0\0\0\0\x01\0\0\0\0\0", 12); /* 2^40 */
    f = fopen(scratch("shards/large.tar"), "wb");
    fwrite(header, 1, 512, f);
    if (fseeko(f, ((off_t)1 << 40) + 512, SEEK_SET) != 0) {
        fclose(f);
        skip();
    }
    mm_tar_write(f, "large.txt", "large", 5);
    mm_tar_write_end(f);
    if (fclose(f) != 0) {
        skip(); /* the file system has no files of this size */
    }
    StreamSkips skips;
    assert_int_equal(count_pairs(&skips), PAIRS);
    assert_int_equal(skips.too_large, 1);
    assert_int_equal(skips.damaged, 0);
}

static void refused(const char *what)
{
    Error err;
    PairStream *s = mm_stream_open(&(StreamPlan){folder(), 1, 10}, 0, &err);
    StreamedPair p;
    assert_true(!s || !mm_stream_next(s, &p, &err));
    mm_stream_close(s);
    says(&err, "shards", what);
}

static void nothing_to_draw(void **state)
{
    (void)state;
    refused("No such file");
    mkdir(folder(), 0777);
    refused("no shard");
    put_text(scratch("shards/a.tar"), "");
    refused("the archive breaks off");
    put_text(scratch("shards/a.tar"), "this is no tar");
    refused("no shard has a pair");
    FILE *f = fopen(scratch("shards/a.tar"), "wb");
    mm_tar_write_end(f);
    fclose(f);
    refused("no shard has a pair");
    mkdir(scratch("shards/b.tar"), 0777);
    refused("Is a directory");
}

static void a_shard_goes(void **state)
{
    (void)state;
    write_shards();
    Error err;
    StreamedPair p;
    PairStream *s = open_stream(1, 2, 0);
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "shards/%06d.tar", i);
        unlink(scratch(name));
    }
    assert_false(mm_stream_next(s, &p, &err));
    says(&err, "shards/00000", "No such file");
    mm_stream_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(others_archives),  IN_SCRATCH(cut_anywhere),    IN_SCRATCH(hostile_headers), IN_SCRATCH(pax),
        IN_SCRATCH(what_is_left_out), IN_SCRATCH(a_large_picture), IN_SCRATCH(nothing_to_draw), IN_SCRATCH(a_shard_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
