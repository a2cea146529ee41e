/* graph.h: what a graph consists of, for graph.c and block.c. Private to src/core. */
#ifndef MM_GRAPH_H
#define MM_GRAPH_H

#include "arena.h"
#include "mm/core.h"

enum { MAX_SCOPE_DEPTH = 32 };

/* What a block that is run again must find as it was. */
typedef struct Mode {
    bool training, recording, checkpointing;
    bool replaying; /* a block is being run again */
    Rng rng;
    BatchPart part;
} Mode;

struct Graph {
    Arena arena, scratch, gradients;
    MemoryKind kind; /* of what mm_arena gives out now */
    GraphMemory memory;
    Tensor **node; /* in the order of making */
    int n, capacity;
    Mode mode;
    bool walked;
    bool lean; /* gradients are given back, see mm_graph_keep_gradients */
    int at;    /* while walked: tensors from here on have passed their gradient on */
    const char *scope[MAX_SCOPE_DEPTH];
    int depth;
    struct Replay *block; /* the block that is computed without being recorded, to be run again later */
    FailHandler handler;
    OpTimer *timer;
    void *timer_context;
    OpWatch *watch;
    void *watch_context;
};

/* A moment in the life of a graph; all that was made since can be forgotten. */
typedef struct Mark {
    ArenaMark arena;
    int n, depth;
    size_t use[MM_MEMORY_KINDS];
} Mark;

Mark mm_mark(const Graph *g);
void mm_release(Graph *g, const Mark *m);
void mm_scratch_reset(Graph *g);
void mm_record(Graph *g, Tensor *t);
/* Runs backward of tensors `from` down to `to`, of those that a gradient has reached. Recorded after its inputs, a tensor is met
 * here before them and after all that used it: its gradient is whole. */
void mm_walk(Graph *g, int from, int to);
/* Inside g->block, y uses x, which needs a gradient. */
void mm_block_uses(Graph *g, const Tensor *y, const Tensor *x);

#endif
