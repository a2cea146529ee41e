/* learn.c: the training loop, and predictions. */
#include "learn.h"
#include "io/memory.h"

const Recipe recipe_default = {.fusion = FUSE_HYBRID,
                               .text = READ_MEAN,
                               .voice = READ_MEAN,
                               .width = 48,
                               .hidden = 32,
                               .products = 8,
                               .rank = 8,
                               .dropout = 0.3,
                               .noise = {0.1, 1, 0.2},
                               .lr = 5e-3,
                               .weight_decay = 0.05,
                               .batch = 64,
                               .epochs = 8,
                               .examples = 1024};

Net net_new(const Task *t, const Recipe *r, uint64_t seed)
{
    Net net = {.recipe = *r, .params = mm_params_new(seed)};
    FusionConfig c = {.kind = r->fusion,
                      .n = MM_MODALITIES,
                      .width = r->width,
                      .hidden = r->hidden,
                      .products = r->products,
                      .rank = r->rank,
                      .dropout = (real)r->dropout};
    for (int m = 0; m < MM_MODALITIES; m++) {
        EncoderConfig e = t->encoder[m];
        e.width = r->width;
        e.reader = e.kind == ENCODE_WORDS ? r->text : r->voice;
        e.dropout = (real)r->dropout;
        net.encoder[m] = encoder_init(net.params, e);
        c.name[m] = e.name;
    }
    net.fusion = fusion_init(net.params, c);
    return net;
}

void net_free(Net *net)
{
    mm_params_free(net->params);
    *net = (Net){0};
}

Decisions net_forward(Graph *g, const Net *net, const Batch *b)
{
    Encoded encoded[MM_MODALITIES];
    for (int m = 0; m < MM_MODALITIES; m++) {
        encoded[m] = encoder_forward(g, &net->encoder[m], &b->part[m], b->n);
    }
    return fusion_forward(g, &net->fusion, encoded, b->present);
}

typedef struct Run {
    Net *net;
    const Task *task;
    Graph *graph;
    Optimizer *opt;
    Onlooker *onlook;
    void *context;
    int step, steps;
} Run;

static bool step(Run *run, const Triple *triple, int n, uint64_t seed, Error *err)
{
    const Recipe *r = &run->net->recipe;
    const Disturb d = {.drop = r->drop_modality, .mirror = true, .noise = {r->noise[0], r->noise[1], r->noise[2]}};
    Graph *g = run->graph;
    if (run->onlook && !run->onlook(run->context, run->step, run->steps, g, NULL, err)) {
        return false;
    }
    Batch b = task_batch(run->task, triple, n, &d, mm_rng(seed + (uint64_t)run->step, "batch"), g);
    Decisions decisions = net_forward(g, run->net, &b);
    Tensor *loss = fusion_loss(g, &decisions, b.target);
    mm_backward(g, loss);
    bool ok = !run->onlook || run->onlook(run->context, run->step, run->steps, g, loss, err);
    mm_clip_grad_norm(run->net->params, 1);
    mm_optimizer_step(run->opt, (real)r->lr * mm_warmup_cosine(run->step, run->steps / 10, run->steps));
    mm_graph_reset(g);
    run->step++;
    return ok;
}

bool learn(Net *net, const Task *t, uint64_t seed, Onlooker *onlook, void *context, Error *err)
{
    const Recipe *r = &net->recipe;
    int batches = r->examples / r->batch;
    /* eps: with 1e-4 words, whose gradient is small at the start, hardly move, and fusions with one loss learn to do without them */
    OptimizerConfig adamw = {&mm_adamw, .beta1 = 0.9f, .beta2 = 0.98f, .eps = 1e-8f, .weight_decay = (real)r->weight_decay};
    Run run = {.net = net, .task = t, .onlook = onlook, .context = context, .steps = batches * r->epochs};
    Triple *triple = mm_take((size_t)r->examples, sizeof *triple);
    run.graph = mm_graph_new(seed);
    run.opt = mm_optimizer_new(net->params, adamw);
    bool ok = true;
    for (int e = 0; e < r->epochs && ok; e++) {
        ok = t->draw(t, MM_KNOWN_SIDE, 1000 * seed + (uint64_t)e, r->examples, triple, err);
        for (int b = 0; b < batches && ok; b++) {
            ok = step(&run, triple + b * r->batch, r->batch, seed, err);
        }
    }
    mm_graph_free(run.graph);
    free(triple);
    return ok;
}

void net_predict(const Net *net, const Task *t, const Triple *triple, int n, const Disturb *d, LateRule rule, uint64_t seed,
                 real *p)
{
    Graph *g = mm_graph_inference(seed);
    for (int from = 0; from < n; from += 64) {
        int count = n - from < 64 ? n - from : 64;
        Batch b = task_batch(t, triple + from, count, d, mm_rng(seed + (uint64_t)from, "noise"), g);
        Decisions decisions = net_forward(g, net, &b);
        real both[64 * CLASSES];
        fusion_probabilities(&decisions, rule, both);
        for (int i = 0; i < count; i++) {
            p[from + i] = both[i * CLASSES + 1];
        }
        mm_graph_reset(g);
    }
    mm_graph_free(g);
}
