/* trainer.c: the loop of a run that may be interrupted, killed or spread over many processes, and the history that it leaves. */
#include "mm/train.h"

#include <math.h>

bool mm_trainer_speaks(const Trainer *t)
{
    return !t->ranks || t->ranks->rank == 0;
}

bool mm_trainer_any(const Trainer *t, bool yes)
{
    real count = yes;
    mm_ranks_sum(t->ranks, &count, 1);
    return count > 0;
}

/* Returns when it is written, on every rank: then one may end. */
static bool save(const Trainer *t, Error *err)
{
    if (mm_trainer_speaks(t) && !mm_state_save(t->state, t->path, t->run, err)) {
        return false;
    }
    mm_trainer_any(t, false);
    return true;
}

bool mm_train(Trainer *t, Error *err)
{
    int64_t first = mm_optimizer_steps(t->state->opt), s = first;
    Progress bar = mm_progress(t->steps, first);
    bool ok = true;
    while (ok && s < t->steps && !mm_trainer_any(t, mm_interrupted()) && !(t->stop_after && s - first >= t->stop_after)) {
        ok = t->step(t->context, s, err);
        if (ok) {
            if (mm_trainer_speaks(t)) {
                t->show(t->context, &bar, s);
            }
            s++;
            ok = s % t->save_every != 0 || s == t->steps || save(t, err);
        }
    }
    mm_progress_end(&bar);
    ok = ok && save(t, err);
    t->stopped = ok && s < t->steps;
    t->taken = s - first;
    t->seconds = mm_seconds() - bar.started;
    return ok &&
           (!t->stopped || mm_error(err, "stopped after step %lld of %lld; all is saved in %s, and --resume goes on from there",
                                    (long long)s, (long long)t->steps, t->path));
}

double mm_history_recent(const TrainState *state, int column, int64_t s)
{
    double sum = 0;
    int64_t from = s >= 20 ? s - 19 : 0;
    for (int64_t i = from; i <= s; i++) {
        sum += state->history[i * state->columns + column];
    }
    return sum / (double)(s - from + 1);
}

bool mm_history_write(const TrainState *state, int64_t steps, const char *const *column, const char *path, Error *err)
{
    AtomicFile f;
    if (!mm_atomic_open(&f, path, err)) {
        return false;
    }
    fprintf(f.file, "step");
    for (int c = 0; c < state->columns; c++) {
        fprintf(f.file, "\t%s", column[c]);
    }
    for (int64_t s = 0; s < steps; s++) {
        fprintf(f.file, "\n%lld", (long long)s + 1);
        for (int c = 0; c < state->columns; c++) {
            double x = state->history[s * state->columns + c];
            fprintf(f.file, isnan(x) ? "\t?" : "\t%.7g", x);
        }
    }
    fputc('\n', f.file);
    return mm_atomic_commit(&f, err);
}
