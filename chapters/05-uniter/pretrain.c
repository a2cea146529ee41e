/* pretrain.c: see pretrain.h. After the official pretrain.py and data/loader.py (MetaLoader). */
#include "pretrain.h"

/* region recipe_default */
const Recipe recipe_default = {.ratio = {[TASK_ITM] = 1, [TASK_ITM_OT] = 2, [TASK_MLM] = 3, [TASK_MRFR] = 1, [TASK_MRC_KL] = 1},
                               .first = TASK_MLM_WHERE,
                               .first_steps = 5600,
                               .steps = 28000,
                               .warmup = 2800,
                               .batch = 32,
                               .lr = 1e-3,
                               .weight_decay = 0.01,
                               .clip_norm = 5};
/* end recipe_default */

typedef struct Pretraining {
    const Uniter *u;
    const ItemSet *set;
    const Tokens *tokens;
} Pretraining;

static Tensor *loss(void *context, Graph *g, int task, int batch, Rng *rng)
{
    const Pretraining *p = context;
    const int *pick = draw_items(p->set, batch, rng, g);
    const Batch b = make_batch(p->set, p->tokens, (Task)task, pick, batch, rng, g);
    return uniter_loss(g, p->u, (Task)task, &b.inputs, &b.asked);
}

/* A set from which every drawn task can ask something. */
static bool check_set(const Uniter *u, const ItemSet *set, Error *err)
{
    if (set->n < 1) {
        return mm_error(err, "there are no pictures with texts to learn from");
    }
    for (int i = 0; i < set->n; i++) {
        if (set->item[i].words < 3 || set->item[i].words > u->config.bert.positions || set->item[i].regions < 1) {
            return mm_error(err, "item %d has %d tokens and %d regions; it takes 3 to %d tokens, and 1 region at least", i + 1,
                            set->item[i].words, set->item[i].regions, u->config.bert.positions);
        }
    }
    return true;
}

bool pretrain(Uniter *u, const ItemSet *set, const Tokens *tokens, const Recipe *r, uint64_t seed, const Keeping *keep,
              float *history, Error *err)
{
    char what[128];
    Pretraining p = {u, set, tokens};
    snprintf(what, sizeof what, "uniter pretrain items %d foils %d align %s wra %g", set->n, set->foils,
             u->config.align_looks ? "looks" : "last", (double)u->config.wra_weight);
    const Course course = {TASKS, task_name, loss, &p, what};
    return check_set(u, set, err) && take_steps(&course, u->params, r, seed, keep, history, err);
}

bool pretrain_plot(const char *out, float *history, int64_t steps, Error *err)
{
    return plot_losses(&(Course){TASKS, task_name, NULL, NULL, NULL}, out, history, steps, err);
}
