/* block.c: parts of a model of which only the result is kept. */
#include "graph.h"

#include <string.h>

/* All that it takes to run a block again. */
typedef struct Replay {
    BlockForward forward;
    const void *attr;
    const char *scope; /* the module that the block is in; NULL: none */
    Mode mode;
    Tensor **in;
    int n_in;
    bool learns; /* something in it needs a gradient */
} Replay;

void mm_block_uses(Graph *g, const Tensor *y, const Tensor *x)
{
    g->block->learns = true;
    bool listed = !x->graph; /* a parameter is not made in the graph, and its gradient lives longer than it */
    for (int i = 0; i < g->block->n_in; i++) {
        listed = listed || g->block->in[i] == x;
    }
    if (!listed) {
        mm_op_fail(y, "%s was made outside of the block and is not among the inputs of mm_block, so its gradient would be lost",
                   x->name ? x->name : "an input");
    }
}

/* Forgets all that was made since the mark, but y: it moves to where that began. Both places may overlap, so it goes by way of the
 * scratch memory. */
static Tensor *keep(Graph *g, const Mark *m, Tensor *y)
{
    if (!y->graph || y->id < m->n) { /* a parameter, or older than the mark */
        mm_release(g, m);
        return y;
    }
    Tensor kept = *y;
    size_t bytes = y->n * sizeof(real), scope = strlen(y->scope) + 1;
    const void *data = memcpy(mm_scratch(g, bytes), y->data, bytes), *path = memcpy(mm_scratch(g, scope), y->scope, scope);
    mm_release(g, m);
    Tensor *t = mm_arena(g, sizeof *t);
    *t = (Tensor){.shape = kept.shape, .n = kept.n, .graph = g, .name = kept.name, .site = kept.site};
    t->scope = memcpy(mm_arena(g, scope), path, scope);
    g->kind = MM_VALUES;
    t->data = memcpy(mm_reals(g, t->n), data, bytes);
    g->kind = MM_REST;
    mm_scratch_reset(g);
    mm_record(g, t);
    return t;
}

/* Forward was y = block(in), and nothing of it but y was kept. It is computed once more, now recorded; then the walk goes on through
 * what it recorded, from where y's gradient is, and down to the gradients of in, which are the same arrays as without a block. */
static void block_backward(Tensor *y)
{
    Graph *g = y->graph;
    const Replay *r = y->attr;
    for (int i = 0; i < y->n_in; i++) {
        mm_grad(y->in[i]); /* made now, it outlives the replay */
    }
    Mark start = mm_mark(g);
    Mode mode = g->mode;
    const char *outermost = g->scope[0];
    g->mode = (Mode){
        .training = r->mode.training, .recording = true, .replaying = true, .rng = r->mode.rng, .part = r->mode.part};
    g->scope[0] = r->scope;
    g->depth = r->scope ? 1 : 0;
    g->kind = MM_REST;
    Tensor *again = r->forward(g, r->attr, y->in);
    again->grad = y->grad;
    mm_walk(g, again->id, start.n);
    y->grad = again->grad; /* NULL if it was given back */
    mm_release(g, &start);
    g->mode = mode;
    g->scope[0] = outermost;
}

static const Op block_op = {.name = "block", .symbol = "block", .equation = "block", .backward = block_backward};

static Replay *new_replay(Graph *g, BlockForward forward, const void *attr, size_t attr_bytes, int n_in, Tensor *const *in)
{
    Replay *r = mm_arena(g, sizeof *r);
    *r = (Replay){.forward = forward, .mode = g->mode, .n_in = n_in, .scope = g->depth ? g->scope[g->depth - 1] : NULL};
    r->attr = attr ? memcpy(mm_arena(g, attr_bytes), attr, attr_bytes) : NULL;
    r->in = memcpy(mm_arena(g, (size_t)n_in * sizeof *in), in, (size_t)n_in * sizeof *in);
    return r;
}

Tensor *mm_block(Graph *g, BlockForward forward, const void *attr, size_t attr_bytes, int n_in, Tensor *const *in)
{
    bool recording = g->mode.recording;
    if (recording && !g->mode.checkpointing) {
        return forward(g, attr, in);
    }
    Replay *r = recording ? new_replay(g, forward, attr, attr_bytes, n_in, in) : g->block;
    Mark start = mm_mark(g);
    struct Replay *outer = g->block;
    g->block = r;
    g->mode.recording = false;
    Tensor *y = forward(g, attr, in);
    g->mode.recording = recording;
    g->block = outer;
    if (g->depth != start.depth) {
        mm_fail(g->handler, "mm_block: in the block, mm_push and mm_pop do not pair; it began in %d modules and ended in %d",
                start.depth, g->depth);
    }
    y = keep(g, &start, y);
    if (recording && r->learns && y->id >= start.n) {
        y->op = &block_op;
        y->attr = r;
        y->in = r->in;
        y->n_in = n_in;
        y->needs_grad = true;
    }
    return y;
}

Tensor *mm_blocks(Graph *g, BlockForward forward, const void *attr, size_t attr_bytes, int n, Tensor *x)
{
    Mark start = mm_mark(g);
    for (int i = 0; i < n; i++) {
        x = mm_block(g, forward, (const char *)attr + (size_t)i * attr_bytes, attr_bytes, 1, &x);
        x = g->mode.recording ? x : keep(g, &start, x); /* not the results of the blocks before it either */
    }
    return x;
}

bool mm_graph_checkpoint(Graph *g, bool checkpointing)
{
    bool before = g->mode.checkpointing;
    g->mode.checkpointing = checkpointing;
    return before;
}

Graph *mm_graph_inference(uint64_t seed)
{
    Graph *g = mm_graph_new(seed);
    g->mode.training = g->mode.recording = false;
    return g;
}

bool mm_graph_replaying(const Graph *g)
{
    return g->mode.replaying;
}
