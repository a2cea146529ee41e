/* feed.h: training batches from shards, at flat memory: nothing is held but the pairs of one batch. */
#ifndef ALIGN_FEED_H
#define ALIGN_FEED_H

#include "batch.h"

typedef struct Feed {
    StreamPlan plan;
    PairStream *stream; /* NULL: not open yet */
    const Recipe *recipe;
    const Wordpiece *tokenizer;
    int64_t unreadable; /* pictures so far that could not be decoded */
    Error first;        /* about one of them */
} Feed;

/* A tokeniser for the texts of the first `texts` pairs. */
Wordpiece *feed_learn_tokens(const StreamPlan *plan, int texts, int vocab, Error *err);
/* The batch of step s: what was drawn at positions s N to before (s + 1) N, but for pictures and texts that are none, so it may be
 * smaller than N. In memory of the graph. */
bool feed_batch(Graph *g, Feed *f, int64_t s, Batch *batch, Error *err);
void feed_close(Feed *f);

#endif
