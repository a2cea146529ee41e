/* measure.c: see measure.h. Nothing is recorded, nothing dropped. */
#include "measure.h"
#include "mm/metrics.h"

enum { MOST = 32 }; /* items at a time */

static void pick_from(int *pick, int first, int n)
{
    for (int i = 0; i < n; i++) {
        pick[i] = first + i;
    }
}

static Accuracy of(int asked, double right, double chance, double baseline)
{
    return (Accuracy){asked, right / asked, chance / asked, baseline / asked};
}

/* ---- matching ---- */

/* The two logits of each text with a picture: its own, or the one drawn. */
static int matched_right(Graph *g, const Uniter *u, const UniterBatch *b, const int *matched)
{
    const Tensor *logits = uniter_match_logits(g, u, uniter_encode(g, u, b)); /* (B, 2) */
    int right = 0;
    for (int i = 0; i < b->B; i++) {
        right += mm_largest(logits->data + 2 * i, 2) == matched[i];
    }
    return right;
}

/* Draws until every text has had its own picture and another's once. */
static Accuracy measure_itm(Graph *g, const Uniter *u, const ItemSet *set, const Tokens *tokens, Rng *rng)
{
    int right = 0, asked[2] = {0};
    for (int i = 0; i < set->n; i++) {
        bool seen[2] = {false};
        for (int draws = 0; draws < 64 && !(seen[0] && seen[1]); draws++) {
            Batch b = make_batch(set, tokens, TASK_ITM, &i, 1, rng, g);
            int kind = b.asked.matched[0];
            if (!seen[kind]) {
                seen[kind] = true;
                asked[kind]++;
                right += matched_right(g, u, &b.inputs, b.asked.matched);
            }
            mm_graph_reset(g);
        }
    }
    int n = asked[0] + asked[1], same = asked[0] > asked[1] ? asked[0] : asked[1];
    return of(n, right, 0.5 * n, same);
}

/* How many of n texts about their own pictures the model takes for such (1) or for others (0). */
static int taken_for(Graph *g, const Uniter *u, const ItemSet *set, int first, int n, int step, int matched)
{
    int right = 0;
    for (int i = 0; i < n; i++) {
        int pick = first + i * step;
        Batch b = make_batch(set, NULL, TASKS, &pick, 1, NULL, g);
        right += matched_right(g, u, &b.inputs, &matched);
        mm_graph_reset(g);
    }
    return right;
}

static Accuracy measure_foils(Graph *g, const Uniter *u, const ItemSet *set, int respect)
{
    const ItemSet foils = {set->foil, set->n * set->foils, set->img_dim, set->label_dim};
    int n = set->foils > 0 ? set->n : 0;
    int right = taken_for(g, u, set, 0, n, 1, 1) + taken_for(g, u, &foils, respect, n, set->foils, 0);
    return of(2 * n, right, n, n);
}

/* ---- masked words ---- */

/* Whether the model finds the word at place t of the one text of b, which is masked. */
static bool finds_word(Graph *g, const Uniter *u, const UniterBatch *b, int t, int word)
{
    Tensor *hidden = uniter_encode(g, u, b);
    const Tensor *logits = uniter_word_logits(g, u, uniter_rows(g, hidden, &t, 1)); /* (1, vocab) */
    return mm_largest(logits->data, mm_last(logits->shape)) == word;
}

/* Of words that name things, or that say where. */
static Accuracy measure_mlm(Graph *g, const Uniter *u, const ItemSet *set, const Tokens *tokens, bool where, Rng *rng)
{
    int asked = 0, right = 0, blind = 0;
    for (int i = 0; i < set->n; i++) {
        const Item *item = &set->item[i];
        for (int t = 1; item->named && t < item->words - 1; t++) {
            if (where ? item->named[t] != SAYS_WHERE : item->named[t] < 0) {
                continue;
            }
            Batch b = make_batch(set, tokens, TASKS, &i, 1, rng, g);
            int *ids = mm_arena(g, (size_t)item->words * sizeof *ids), none = 0;
            for (int k = 0; k < item->words; k++) {
                ids[k] = k == t ? tokens->mask : item->ids[k];
            }
            b.inputs.ids = ids;
            right += finds_word(g, u, &b.inputs, t, item->ids[t]);
            b.inputs.regions = &none;
            blind += finds_word(g, u, &b.inputs, t, item->ids[t]);
            asked++;
            mm_graph_reset(g);
        }
    }
    return of(asked, right, (double)asked / (tokens->size - tokens->first), blind);
}

/* ---- alignment ---- */

static double share_of_kind(const Item *item, int kind)
{
    int n = 0;
    for (int r = 0; r < item->regions; r++) {
        n += item->kind[r] == kind;
    }
    return (double)n / item->regions;
}

static Accuracy measure_alignment(Graph *g, const Uniter *u, const ItemSet *set, const Tokens *tokens, Rng *rng)
{
    int asked = 0, right = 0, size = 0, pick[MOST];
    double chance = 0;
    for (int first = 0; first < set->n; first += MOST) {
        int n = set->n - first < MOST ? set->n - first : MOST;
        pick_from(pick, first, n);
        Batch b = make_batch(set, tokens, TASKS, pick, n, rng, g);
        const Tensor *plan = uniter_plan(g, &b.inputs, uniter_states(g, u, &b.inputs).aligned); /* (n, T, R) */
        for (int i = 0; i < n; i++) {
            const Item *item = &set->item[first + i];
            for (int t = 0; item->named && t < item->words; t++) {
                if (item->named[t] >= 0) {
                    const real *moved = plan->data + (i * b.inputs.T + t) * b.inputs.R;
                    asked++;
                    right += item->kind[mm_largest(moved, item->regions)] == item->named[t];
                    size += item->kind[largest_box(item)] == item->named[t];
                    chance += share_of_kind(item, item->named[t]);
                }
            }
        }
        mm_graph_reset(g);
    }
    return of(asked, right, chance, size);
}

Measures measure(const Uniter *u, const ItemSet *set, const Tokens *tokens, uint64_t seed)
{
    Rng rng = mm_rng(seed, "measure");
    Graph *g = mm_graph_inference(seed);
    const ItemSet plain = {set->item, set->n, set->img_dim, set->label_dim};
    Measures m = {.itm = measure_itm(g, u, &plain, tokens, &rng),
                  .mlm = measure_mlm(g, u, set, tokens, false, &rng),
                  .where = measure_mlm(g, u, set, tokens, true, &rng),
                  .alignment = measure_alignment(g, u, set, tokens, &rng)};
    for (int respect = 0; respect < MM_SCENE_RESPECTS; respect++) {
        m.foil[respect] = measure_foils(g, u, set, respect);
    }
    mm_graph_free(g);
    return m;
}
