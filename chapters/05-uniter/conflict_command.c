/* conflict_command.c: `uniter conflict`: what part of each task's gradient goes to words, to regions and to both, and whether tasks pull the
 * encoder the same way: the cosine of their gradients. */
#include "io/memory.h"
#include "mm/train.h"
#include "pretrain.h"
#include "program.h"
#include "tune_options.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { LOSSES_MOST = TASKS + SKILLS };

/* Where gradients go: parameters by the beginning of their name. */
enum { WORDS, REGIONS, BOTH, HEADS, PLACES };
static const char *const place[PLACES] = {"words", "regions", "both", "head"};

typedef struct Conflict {
    int n, task[LOSSES_MOST]; /* of pretraining, or TASKS + a skill */
    double share[LOSSES_MOST][PLACES], cosine[LOSSES_MOST][LOSSES_MOST];
    size_t numbers;     /* of the encoder, which all share */
    real *now, *before; /* (n, numbers): gradients of this batch; of the one before */
} Conflict;

static const char *name_of(const Conflict *c, int i)
{
    return c->task[i] < TASKS ? task_name[c->task[i]] : skill_name[c->task[i] - TASKS];
}

static int place_of(const Tensor *p)
{
    return strncmp(p->name, "uniter.embeddings.", 18) == 0       ? WORDS
           : strncmp(p->name, "uniter.img_embeddings.", 22) == 0 ? REGIONS
           : strncmp(p->name, "uniter.", 7) == 0                 ? BOTH
                                                                 : HEADS;
}

/* Adds the parts of the gradient to share, and copies what all tasks share to `to`. */
static void take_gradient(Params *ps, double *share, real *to)
{
    double squares[PLACES] = {0}, all = 0;
    for (int i = 0; i < mm_params_count(ps); i++) {
        const Tensor *p = mm_params_at(ps, i);
        int at = place_of(p);
        double sum = p->grad ? mm_sum_squares(p->grad, p->n) : 0;
        squares[at] += sum;
        all += sum;
        for (size_t k = 0; at != HEADS && k < p->n; k++) {
            *to++ = p->grad ? p->grad[k] : 0;
        }
    }
    for (int at = 0; at < PLACES; at++) {
        share[at] += squares[at] / all;
    }
    mm_params_zero_grad(ps);
}

static double cosine(const real *x, const real *y, size_t n)
{
    double dot = 0;
    for (size_t i = 0; i < n; i++) {
        dot += (double)x[i] * (double)y[i];
    }
    return dot / sqrt(mm_sum_squares(x, n) * mm_sum_squares(y, n));
}

static Tensor *loss_of(Graph *g, const Tuned *t, const Tokens *tokens, const Lessons *l, int task, int batch, Rng *rng)
{
    const ItemSet *set = task < TASKS ? &l->scenes.set : &l->of[task - TASKS].set;
    const int *pick = draw_items(set, batch, rng, g);
    if (task >= TASKS) {
        return skill_loss(g, t, (Skill)(task - TASKS), l, pick, batch, HIDE_NOTHING, rng);
    }
    const Batch b = make_batch(set, tokens, (Task)task, pick, batch, rng, g);
    return uniter_loss(g, &t->m.uniter, (Task)task, &b.inputs, &b.asked);
}

/* The k-th batch of each task. On the diagonal of cosine: a task and itself on the batch before. */
static void add_batch(Conflict *c, const Tuned *t, const Tokens *tokens, const Lessons *l, int batch, Graph *g, uint64_t seed,
                      int k)
{
    for (int i = 0; i < c->n; i++) {
        Rng rng = mm_rng(mm_rng_at(mm_rng(seed, "conflict"), (uint64_t)k), name_of(c, i));
        mm_backward(g, loss_of(g, t, tokens, l, c->task[i], batch, &rng));
        take_gradient(t->m.params, c->share[i], c->now + (size_t)i * c->numbers);
        mm_graph_reset(g);
    }
    for (int i = 0; i < c->n; i++) {
        const real *x = c->now + (size_t)i * c->numbers;
        for (int j = 0; j < c->n; j++) {
            const real *other = (i == j ? c->before : c->now) + (size_t)j * c->numbers;
            c->cosine[i][j] += i == j && k == 0 ? 0 : cosine(x, other, c->numbers);
        }
    }
    real *swap = c->before;
    c->before = c->now;
    c->now = swap;
}

static void begin(Conflict *c, const Tuned *t)
{
    for (int task = 0; task < LOSSES_MOST; task++) {
        if (task < TASKS ? recipe_default.ratio[task] > 0 : t->has[task - TASKS]) {
            c->task[c->n++] = task;
        }
    }
    for (int i = 0; i < mm_params_count(t->m.params); i++) {
        const Tensor *p = mm_params_at(t->m.params, i);
        c->numbers += place_of(p) == HEADS ? 0 : p->n;
    }
    c->now = mm_take((size_t)c->n * c->numbers, sizeof *c->now);
    c->before = mm_take((size_t)c->n * c->numbers, sizeof *c->before);
}

static void print_text(const Conflict *c, int batches)
{
    printf("%-9s", "");
    for (int at = 0; at < PLACES; at++) {
        printf("%9s", place[at]);
    }
    for (int i = 0; i < c->n; i++) {
        printf("%9s", name_of(c, i));
    }
    for (int i = 0; i < c->n; i++) {
        printf("\n%-9s", name_of(c, i));
        for (int at = 0; at < PLACES; at++) {
            printf("%8.1f%%", 100 * c->share[i][at] / batches);
        }
        for (int j = 0; j < c->n; j++) {
            printf("%9.3f", c->cosine[i][j] / (i == j ? batches - 1 : batches));
        }
    }
    printf("\n");
}

static void print_json(const Conflict *c, int batches)
{
    json_t *all = json_object();
    for (int i = 0; i < c->n; i++) {
        json_t *share = json_object(), *cosines = json_object();
        for (int at = 0; at < PLACES; at++) {
            json_object_set_new(share, place[at], json_real(c->share[i][at] / batches));
        }
        for (int j = 0; j < c->n; j++) {
            json_object_set_new(cosines, name_of(c, j), json_real(c->cosine[i][j] / (i == j ? batches - 1 : batches)));
        }
        json_object_set_new(all, name_of(c, i), json_pack("{s:o, s:o}", "share", share, "cosine", cosines));
    }
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(all);
}

/* As many batches as --steps says. */
static bool run(TuneOptions *o, const Cutouts *c, Error *err)
{
    Tuned t = {.has = {false}};
    Lessons l = {.n = 0};
    Conflict x = {.n = 0};
    Tokens tokens;
    bool ok = (o->steps > 1 || mm_error(err, "--steps 1: from batch to batch takes two")) && tuned_load(o->from, &t, err) &&
              tokens_find(t.m.tokenizer, &tokens, err) && tune_lessons(o, c, MM_SCENE_TRAIN, o->scenes, t.m.tokenizer, &l, err);
    if (ok) {
        Graph *g = mm_graph_new(o->common.seed);
        lessons_said(&l, &t.answers);
        begin(&x, &t);
        for (int k = 0; k < o->steps; k++) {
            add_batch(&x, &t, &tokens, &l, o->tuning.recipe.batch, g, o->common.seed, k);
        }
        if (!o->common.json) {
            printf("%s: %lld batches of %d for each task. Parts of the squared gradient in the embeddings of words, in those of\n"
                   "regions, in the layers above both, in the task's head; then cosines of the gradients of all but heads, a "
                   "task with\n"
                   "itself from batch to batch\n\n",
                   o->from, o->steps, o->tuning.recipe.batch);
        }
        (o->common.json ? print_json : print_text)(&x, (int)o->steps);
        mm_graph_free(g);
        free(x.now);
        free(x.before);
    }
    lessons_free(&l);
    tuned_free(&t);
    return ok;
}

int command_conflict(int argc, char **argv)
{
    const struct argp_option options[] = {{"steps", 'n', "N", 0, "batches of each task (20)", 0},
                                          {"batch", 'b', "N", 0, "examples of a batch (32)", 0},
                                          {"scenes", 'S', "N", 0, "scenes to draw from (500)", 0},
                                          {"language", 'g', "LANG", 0, "en (default) or zh: the language of the model", 0},
                                          {0}};
    const struct argp argp = {
        .options = options,
        .parser = tune_parse,
        .children = mm_common_options,
        .doc = "Shows which part of each task's gradient goes to words, to regions and to what reads both, and the "
               "cosine between the gradients of every two tasks: of pretraining, and of those that the model was "
               "fine-tuned for."};
    TuneOptions o = tune_defaults();
    o.steps = 20;
    o.scenes = 500;
    return tune_run(&argp, argc, argv, &o, run);
}
