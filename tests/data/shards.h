/* shards.h: shards for the tests of streams. */
#ifndef TEST_SHARDS_H
#define TEST_SHARDS_H

#include "../io/scratch.h"
#include "data/tar.h"
#include "mm/web.h"

enum { PAIRS = 23, PER_SHARD = 5 };

static inline const char *folder(void)
{
    return scratch("shards");
}

/* PAIRS pairs, 5 shards: text "pair I", picture I x I zero bytes and the letter behind. */
static inline void write_shards(void)
{
    Error err;
    ShardWriter *w = mm_shards_create(folder(), PER_SHARD, &err);
    assert_non_null(w);
    for (int i = 0; i < PAIRS; i++) {
        char text[32], bytes[PAIRS * PAIRS + 1] = {0};
        snprintf(text, sizeof text, "pair %d", i);
        bytes[i * i] = (char)('a' + i);
        assert_true(mm_shards_add(w, bytes, (size_t)(i * i + 1), ".png", text, &err));
    }
    assert_true(mm_shards_finish(w, &err));
}

static inline PairStream *open_stream(uint64_t seed, int buffer, int64_t position)
{
    Error err;
    PairStream *s = mm_stream_open(&(StreamPlan){folder(), seed, buffer}, position, &err);
    if (!s) {
        fail_msg("%s", err.text);
    }
    return s;
}

#endif
