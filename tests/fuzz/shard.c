/* shard.c: any bytes as a shard. The stream ends each round, gives texts that are texts, and goes on at any position as it did before. */
#include "fuzz.h"
#include "mm/web.h"

static char folder[64], path[96];

static void make_folder(void)
{
    if (!folder[0]) {
        strcpy(folder, "/tmp/fuzz-shard-XXXXXX");
        MUST(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/0.tar", folder);
    }
}

static void clean_up(void)
{
    unlink(path);
    rmdir(folder);
}

static void put_shard(const uint8_t *data, size_t n)
{
    static bool registered;
    make_folder();
    if (!registered) {
        registered = atexit(clean_up) == 0;
    }
    FILE *f = fopen(path, "wb");
    MUST(f && fwrite(data, 1, n, f) == n && fclose(f) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {""};
    StreamedPair p;
    put_shard(data, n);
    StreamPlan plan = {folder, 1, 4};
    PairStream *s = mm_stream_open(&plan, 0, &err);
    MUST(s || err.text[0]);
    int64_t pairs = 0;
    while (s && mm_stream_round(s) == 0 && mm_stream_next(s, &p, &err)) {
        size_t size = p.text ? strlen(p.text) : 0;
        MUST(!p.text || (size > 0 && mm_utf8_invalid(p.text, size) == size));
        unsigned sum = 0;
        for (size_t i = 0; i < p.bytes; i++) {
            sum += p.image[i];
        }
        MUST(p.at >= 0 && p.bytes <= n && sum <= 255 * n);
        pairs += mm_stream_round(s) == 0;
    }
    MUST(pairs <= (int64_t)n / 1024); /* a header for the picture, one for the text */
    int64_t position = s ? mm_stream_position(s) : 0;
    mm_stream_close(s);
    s = position > 0 ? mm_stream_open(&plan, position, &err) : NULL;
    MUST(!s || mm_stream_position(s) == position);
    mm_stream_close(s);
    return 0;
}
