/* beam.c: see beam.h. */
#include "beam.h"
#include "io/memory.h"

#include <math.h>

typedef struct Search {
    BeamOptions o;
    int *prefix, *next_prefix; /* (width, 1 + most) */
    double score[MAX_BEAMS];
    int live, length; /* beginnings that go on; their tokens, the first included */
    int *best, best_length;
    double best_score; /* of what has ended, as `rated` */
} Search;

/* ln p as a hypothesis of so many tokens is rated: divided by their number to the power of the penalty. */
static double rated(const BeamOptions *o, double score, int tokens)
{
    return score / pow(tokens, (double)o->length_penalty);
}

static void end_with(Search *s, int from, double score, int length)
{
    double now = rated(&s->o, score, length - 1);
    if (now > s->best_score) {
        s->best_score = now;
        s->best_length = length;
        memcpy(s->best, s->prefix + (size_t)from * (size_t)(1 + s->o.most), (size_t)s->length * sizeof *s->best);
        if (length > s->length) {
            s->best[s->length] = s->o.end;
        }
    }
}

/* Puts a continuation among the best so far, the better first; of equals the one that came first. */
static void offer(Beam *top, int *n, int width, Beam b)
{
    /* region offer */
    int at = *n;
    while (at > 0 && b.score > top[at - 1].score) {
        at--;
    }
    if (at == width) {
        return;
    }
    for (int i = *n < width ? *n : width - 1; i > at; i--) {
        top[i] = top[i - 1];
    }
    top[at] = b;
    *n += *n < width;
    /* end offer */
}

static void extend(Search *s, const real *log_p)
{
    const BeamOptions *o = &s->o;
    Beam top[MAX_BEAMS];
    int n = 0, row = 1 + o->most;
    for (int i = 0; i < s->live; i++) {
        for (int v = 0; v < o->vocab; v++) {
            double score = s->score[i] + (double)log_p[(size_t)i * (size_t)o->vocab + (size_t)v];
            if (v != o->end) {
                offer(top, &n, o->width, (Beam){score, i, v});
            } else if (s->length > o->least) { /* `least` tokens before the end */
                end_with(s, i, score, s->length + 1);
            }
        }
    }
    for (int i = 0; i < n; i++) {
        int *to = s->next_prefix + (size_t)i * (size_t)row;
        memcpy(to, s->prefix + (size_t)top[i].from * (size_t)row, (size_t)s->length * sizeof *to);
        to[s->length] = top[i].token;
        s->score[i] = top[i].score;
    }
    int *swap = s->prefix;
    s->prefix = s->next_prefix;
    s->next_prefix = swap;
    s->live = n;
    s->length++;
}

/* Whether the best that goes on could still become better than what has ended: ln p only falls, and is rated best when long. */
static bool hopeful(const Search *s)
{
    int tokens = s->o.length_penalty > 0 ? s->o.most : s->length;
    return s->live > 0 && rated(&s->o, s->score[0], tokens) > s->best_score;
}

int beam_search(NextTokens *next, void *context, BeamOptions o, int *tokens, double *score)
{
    if (o.width < 1 || o.width > MAX_BEAMS || o.most < 1 || o.vocab < 2 || o.least >= o.most || o.length_penalty < 0) {
        mm_fail((FailHandler){0}, "beam_search: width %d of 1 to %d, %d to %d tokens, penalty %g", o.width, MAX_BEAMS, o.least,
                o.most, (double)o.length_penalty);
    }
    size_t room = (size_t)o.width * (size_t)(1 + o.most);
    Search s = {.o = o, .live = 1, .length = 1, .best = tokens, .best_score = -INFINITY};
    s.prefix = mm_take(room, sizeof *s.prefix);
    s.next_prefix = mm_take(room, sizeof *s.next_prefix);
    real *log_p = mm_take((size_t)o.width * (size_t)o.vocab, sizeof *log_p);
    s.prefix[0] = o.first;
    while (s.length <= o.most && hopeful(&s)) {
        next(context, s.prefix, s.live, s.length, 1 + o.most, log_p);
        extend(&s, log_p);
    }
    for (int i = 0; i < s.live && s.length > o.most; i++) { /* cut off: no more tokens may come */
        end_with(&s, i, s.score[i], s.length);
    }
    *score = s.best_score;
    free(s.prefix);
    free(s.next_prefix);
    free(log_p);
    return s.best_length;
}
