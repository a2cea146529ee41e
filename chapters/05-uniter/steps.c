/* steps.c: see steps.h. After the official pretrain.py and data/loader.py (MetaLoader). */
#include "steps.h"
#include "batch.h"

#include <math.h>
#include <stdlib.h>

/* By name, as in the official code: so the gains of img_layer_norm, pos_layer_norm and net.2 do decay. */
static const char *const no_decay[] = {"bias", "LayerNorm.bias", "LayerNorm.weight", NULL};

typedef struct Run {
    const Course *course;
    const Recipe *recipe;
    uint64_t seed;
    Graph *graph;
    TrainState state;
    char text[512];
} Run;

/* All that decides the numbers: a run goes on only under the same. */
static void describe(Run *run)
{
    const Recipe *r = run->recipe;
    int used = snprintf(run->text, sizeof run->text,
                        "%s seed %llu parameters %zu steps %lld first %lld of %s warmup %lld batch %d lr %g decay %g clip %g",
                        run->course->what, (unsigned long long)run->seed, mm_params_numel(run->state.params), (long long)r->steps,
                        (long long)r->first_steps, run->course->task[r->first], (long long)r->warmup, r->batch, r->lr,
                        r->weight_decay, r->clip_norm);
    for (int t = 0; t < run->course->tasks; t++) {
        used += snprintf(run->text + used, sizeof run->text - (size_t)used, " %s %d", run->course->task[t], r->ratio[t]);
    }
}

/* Every step has random numbers of its own, so that a run can go on at any. */
static Tensor *forward(Run *run, int64_t s, int *task)
{
    uint64_t seed = mm_rng_at(mm_rng(run->seed, "steps"), (uint64_t)s);
    Rng rng = mm_rng(seed, "batch");
    *mm_graph_rng(run->graph) = mm_rng(seed, "dropout");
    *task = s < run->recipe->first_steps ? run->recipe->first : draw_task(run->recipe->ratio, run->course->tasks, &rng);
    return run->course->loss(run->course->context, run->graph, *task, run->recipe->batch, &rng);
}

static bool step(void *context, int64_t s, Error *err)
{
    Run *run = context;
    const Recipe *r = run->recipe;
    int task;
    Tensor *loss = forward(run, s, &task);
    real value = loss->data[0];
    mm_backward(run->graph, loss);
    real norm = mm_clip_grad_norm(run->state.params, (real)r->clip_norm);
    mm_graph_reset(run->graph);
    if (!isfinite(value) || !isfinite(norm)) {
        return mm_error(err, "step %lld of %lld, %s: the loss is %g, the length of the gradient %g", (long long)s + 1,
                        (long long)r->steps, run->course->task[task], (double)value, (double)norm);
    }
    mm_optimizer_step(run->state.opt, (real)r->lr * mm_warmup_linear(s + 1, r->warmup, r->steps));
    run->state.history[s * LOG_COLUMNS + LOG_TASK] = (float)task;
    run->state.history[s * LOG_COLUMNS + LOG_LOSS] = (float)value;
    return true;
}

/* The mean of the last losses of a task; NaN: it was not drawn lately. */
static double recent(const float *history, int64_t s, int task)
{
    double sum = 0;
    int n = 0;
    for (int64_t i = s; i >= 0 && i > s - 100; i--) {
        if ((int)history[i * LOG_COLUMNS + LOG_TASK] == task) {
            sum += (double)history[i * LOG_COLUMNS + LOG_LOSS];
            n++;
        }
    }
    return sum / n;
}

static void show(void *context, Progress *bar, int64_t s)
{
    const Run *run = context;
    char text[256] = "";
    for (int t = 0, used = 0; t < run->course->tasks; t++) {
        double loss = recent(run->state.history, s, t);
        if (isfinite(loss)) {
            used += snprintf(text + used, sizeof text - (size_t)used, "%s%s %.3g", used ? "  " : "", run->course->task[t], loss);
        }
    }
    mm_progress_show(bar, s + 1, "%s", text);
}

static bool any_task(const Course *c, const Recipe *r, Error *err)
{
    int sum = 0;
    for (int t = 0; t < c->tasks; t++) {
        sum += r->ratio[t];
    }
    return sum > 0 || mm_error(err, "no task has a ratio above 0");
}

bool take_steps(const Course *c, Params *ps, const Recipe *r, uint64_t seed, const Keeping *keep, float *history, Error *err)
{
    const OptimizerConfig adamw = {.kind = &mm_adamw_hf,
                                   .beta1 = (real)0.9,
                                   .beta2 = (real)0.98,
                                   .eps = (real)1e-6,
                                   .weight_decay = (real)r->weight_decay,
                                   .decay_vectors = true,
                                   .no_decay = no_decay};
    if (!any_task(c, r, err)) {
        return false;
    }
    Run run = {.course = c, .recipe = r, .seed = seed, .graph = mm_graph_new(seed)};
    mm_graph_keep_gradients(run.graph, false);
    run.state = (TrainState){ps, mm_optimizer_new(ps, adamw), LOG_COLUMNS, history};
    describe(&run);
    Trainer t = {.state = &run.state,
                 .steps = r->steps,
                 .path = keep->state,
                 .run = run.text,
                 .save_every = keep->save_every,
                 .stop_after = keep->stop_after,
                 .step = step,
                 .show = show,
                 .context = &run};
    bool ok = (!keep->resume || mm_state_load(&run.state, r->steps, keep->state, run.text, err)) && mm_train(&t, err);
    mm_graph_free(run.graph);
    return ok;
}

bool plot_losses(const Course *c, const char *out, float *history, int64_t steps, Error *err)
{
    static const char *const column[] = {"task", "loss"};
    const TrainState state = {.columns = LOG_COLUMNS, .history = history};
    char *table = mm_join_path(out, "log.tsv"), in[2048], to[2048], script[8192];
    bool ok = mm_history_write(&state, steps, column, table, err);
    mm_gnuplot_quote(in, sizeof in, table);
    mm_gnuplot_quote(to, sizeof to, out);
    int used = snprintf(
        script, sizeof script,
        "set terminal svg size 720,400 font 'DejaVu Sans,12' background 'white'\nset datafile separator '\\t'\n"
        "set output '%s/loss.svg'\nset grid lc rgb '#dddddd'\nset border 3\nset tics nomirror\nset logscale y\nset key outside\n"
        "set xlabel 'step'\nset ylabel 'loss'\nset title 'One task a step'\nplot ",
        to);
    for (int t = 0; t < c->tasks; t++) {
        bool drawn = false;
        for (int64_t s = 0; s < steps; s++) {
            drawn = drawn || (int)history[s * LOG_COLUMNS + LOG_TASK] == t;
        }
        if (drawn) {
            used += snprintf(script + used, sizeof script - (size_t)used,
                             "'%s' using 1:($2==%d?$3:1/0) skip 1 with points pt 7 ps .3 title '%s', ", in, t, c->task[t]);
        }
    }
    free(table);
    if (ok && !mm_gnuplot(script)) {
        fprintf(stderr,
                "no curves drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s/log.tsv\n",
                out);
    }
    return ok;
}
