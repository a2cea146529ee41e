/* resume.c: the state of a run, saved and loaded, goes on to the same bits, with every optimiser; and what is refused. */
#include "mm/ops.h"
#include "mm/train.h"

#include "../io/scratch.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { STEPS = 7, BATCH = 8, IN = 5, OUT = 3, COLUMNS = 2 };

static const OptimizerConfig configs[] = {
    {&mm_sgd, .weight_decay = (real)0.1},
    {&mm_sgd_momentum, .momentum = (real)0.9},
    {&mm_sgd_momentum, .momentum = (real)0.9, .nesterov = true, .weight_decay = (real)0.1},
    {&mm_adamw, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6, .weight_decay = (real)0.1},
    {&mm_adamw_hf, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6, .weight_decay = (real)0.1},
    {&mm_lamb, .beta1 = (real)0.9, .beta2 = (real)0.999, .eps = (real)1e-6, .weight_decay = (real)0.1},
};
enum { CONFIGS = sizeof configs / sizeof *configs };

typedef struct Run {
    TrainState state;
    float history[STEPS * COLUMNS];
    Tensor *w, *b, *mean; /* mean: a buffer */
} Run;

static Run *new_run(const OptimizerConfig *config)
{
    Run *r = calloc(1, sizeof *r);
    assert_non_null(r);
    Params *ps = mm_params_new(1);
    r->w = mm_param(ps, "w", MM_SHAPE(OUT, IN), (Init){MM_NORMAL, 1});
    r->mean = mm_buffer(ps, "mean", MM_SHAPE(IN), 0);
    r->b = mm_param(ps, "b", MM_SHAPE(OUT), (Init){MM_NORMAL, 1});
    r->state = (TrainState){.params = ps, .opt = mm_optimizer_new(ps, *config), .columns = COLUMNS, .history = r->history};
    return r;
}

static void end_run(Run *r)
{
    mm_params_free(r->state.params);
    free(r);
}

static void train(Run *r, int steps)
{
    Graph *g = mm_graph_new(1);
    for (int64_t s = mm_optimizer_steps(r->state.opt), end = s + steps; s < end; s++) {
        Tensor *x = mm_input(g, MM_SHAPE(BATCH, IN), NULL);
        int labels[BATCH];
        Rng rng = mm_rng((uint64_t)s, "batch");
        for (size_t i = 0; i < x->n; i++) {
            x->data[i] = (real)mm_normal(&rng);
        }
        for (int i = 0; i < BATCH; i++) {
            labels[i] = mm_below(&rng, OUT);
        }
        Tensor *loss = mm_cross_entropy(g, mm_linear(g, x, r->w, r->b), labels, NULL, 0);
        mm_backward(g, loss);
        mm_optimizer_step(r->state.opt, (real)0.05 * mm_warmup_linear(s + 1, 2, STEPS + 1));
        r->mean->data[s % IN] += *loss->data;
        r->history[s * COLUMNS] = (float)*loss->data;
        r->history[s * COLUMNS + 1] = (float)s;
        mm_graph_reset(g);
    }
    mm_graph_free(g);
}

static void assert_same(const Run *a, const Run *b)
{
    assert_int_equal(mm_optimizer_steps(a->state.opt), mm_optimizer_steps(b->state.opt));
    assert_memory_equal(a->history, b->history, sizeof a->history);
    for (int i = 0; i < mm_params_count(a->state.params); i++) {
        const Tensor *p = mm_params_at(a->state.params, i), *q = mm_params_at(b->state.params, i);
        assert_memory_equal(p->data, q->data, p->n * sizeof(real));
        for (int k = 0; k < MM_MAX_STATES; k++) {
            const real *x = mm_optimizer_state(a->state.opt, i, k), *y = mm_optimizer_state(b->state.opt, i, k);
            assert_int_equal(!x, !y);
            if (x) {
                assert_memory_equal(x, y, p->n * sizeof(real));
            }
        }
    }
}

/* Stopped after each step but the last, and once before the first. */
static void same_bits(void **state)
{
    (void)state;
    Error err;
    const char *path = scratch("state.safetensors");
    for (int c = 0; c < CONFIGS; c++) {
        Run *whole = new_run(&configs[c]);
        train(whole, STEPS);
        for (int stop = 0; stop < STEPS; stop++) {
            Run *first = new_run(&configs[c]), *second = new_run(&configs[c]);
            train(first, stop);
            assert_true(mm_state_save(&first->state, path, "run", &err));
            memset(second->w->data, 0x7f, second->w->n * sizeof(real)); /* all of it must come from the file */
            assert_true(mm_state_load(&second->state, STEPS, path, "run", &err));
            train(second, STEPS - stop);
            assert_same(whole, second);
            end_run(first);
            end_run(second);
        }
        end_run(whole);
    }
}

static void refused(TrainState *s, const char *path, const char *run, int most, const char *why)
{
    Error err;
    assert_false(mm_state_load(s, most, path, run, &err));
    says(&err, path, why);
}

static void what_does_not_belong_is_refused(void **state)
{
    (void)state;
    Error err;
    const char *path = scratch("state.safetensors");
    Run *adamw = new_run(&configs[3]), *lamb = new_run(&configs[5]);
    train(adamw, 3);
    assert_true(mm_state_save(&adamw->state, path, "lr 1", &err));
    refused(&lamb->state, path, "lr 1", STEPS, "written by a run of the optimiser adamw; this one is lamb");
    refused(&adamw->state, path, "lr 2", STEPS, "cannot go on with these options");
    refused(&adamw->state, path, "lr 1", 2, "3 steps and a history of 6 numbers do not belong to this run of 2 steps");
    refused(&adamw->state, scratch("none"), "lr 1", STEPS, "No such file");
    mm_param(adamw->state.params, "more", MM_SHAPE(2), (Init){MM_ZERO, 0});
    refused(&adamw->state, path, "lr 1", STEPS, "1 missing: params.more");
    end_run(adamw);
    end_run(lamb);
}

/* ---- a state that cannot be saved leaves the old one as it was ---- */

static bool disk_full(void)
{
    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &(struct rlimit){300, 300}) == 0;
}

static bool folder_read_only(void)
{
    return chmod(scratch_folder, 0555) == 0 && (getuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0)); /* root may all */
}

/* In a child, since neither can be undone. 0: refused, with the file and the reason; 77: cannot be tried here. */
static int save_fails(const Run *r, const char *path, bool (*hinder)(void), const char *reason)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        Error err = {""};
        bool can = hinder(), saved = mm_state_save(&r->state, path, "run", &err);
        _exit(!can ? 77 : saved || !strstr(err.text, path) || !strstr(err.text, reason) ? 1 : 0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void the_old_state_stays(void **state)
{
    (void)state;
    Error err;
    const char *path = scratch("state.safetensors");
    static Run *r, *old, *loaded; /* of a forked child, which never returns here, valgrind sees no other pointer to them */
    r = new_run(&configs[3]), old = new_run(&configs[3]), loaded = new_run(&configs[3]);
    train(r, 3);
    train(old, 3);
    assert_true(mm_state_save(&r->state, path, "run", &err));
    train(r, 1);
    assert_int_equal(save_fails(r, path, disk_full, "File too large"), 0);
    int failed = save_fails(r, path, folder_read_only, "Permission denied");
    chmod(scratch_folder, 0755);
    assert_true(failed == 0 || failed == 77);
    assert_int_equal(files_in_scratch(), 1);
    assert_true(mm_state_load(&loaded->state, STEPS, path, "run", &err));
    assert_same(old, loaded);
    end_run(r);
    end_run(old);
    end_run(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(same_bits), IN_SCRATCH(what_does_not_belong_is_refused),
                                       IN_SCRATCH(the_old_state_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
