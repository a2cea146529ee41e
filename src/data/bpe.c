/* bpe.c: merges the tokens of one word.
 *
 * The rule: of all neighbours the pair that was learned first (the lowest rank) is merged, everywhere in the word, from left to
 * right; and again, until no two neighbours have a merge. Looking at every pair in every round takes n^2 steps, minutes for a
 * megabyte without a space. So the word is a linked list, in which a merge is one step, and the pairs wait in a heap that has the
 * next one on top: n log n. */
#include "data/tokenizer.h"
#include "io/memory.h"

/* A pair of neighbours that have a merge: which one, and where its left token stands. */
typedef struct Waiting {
    int rank, at;
} Waiting;

struct Merging {
    int *next, *previous; /* the list, as places in ids; n and -1 are its ends */
    int *round;           /* the places that one round merges */
    Waiting *heap;        /* no entry comes before its parent, the one at half its place */
    int n_heap;
};

Merging *mm_merging_new(size_t longest)
{
    Merging *m = mm_take(1, sizeof *m);
    m->next = mm_take(longest, sizeof *m->next);
    m->previous = mm_take(longest, sizeof *m->previous);
    m->round = mm_take(longest, sizeof *m->round);
    m->heap = mm_take(3 * longest + 1, sizeof *m->heap); /* n - 1 pairs at first, and two new ones for each of n - 1 merges */
    return m;
}

void mm_merging_free(Merging *m)
{
    free(m->next);
    free(m->previous);
    free(m->round);
    free(m->heap);
    free(m);
}

/* ---- the heap: places 1 .. n_heap ---- */

static bool before(Waiting a, Waiting b)
{
    return a.rank != b.rank ? a.rank < b.rank : a.at < b.at;
}

static void push(Merging *m, Waiting w)
{
    int i = ++m->n_heap;
    for (; i > 1 && before(w, m->heap[i / 2]); i /= 2) {
        m->heap[i] = m->heap[i / 2];
    }
    m->heap[i] = w;
}

static Waiting pop(Merging *m)
{
    Waiting top = m->heap[1], last = m->heap[m->n_heap--];
    int i = 1;
    for (int child = 2; child <= m->n_heap; child = 2 * i) {
        child += child < m->n_heap && before(m->heap[child + 1], m->heap[child]);
        if (!before(m->heap[child], last)) {
            break;
        }
        m->heap[i] = m->heap[child];
        i = child;
    }
    m->heap[i] = last;
    return top;
}

/* ---- the word ---- */

/* The pair whose left token is at this place waits, if there is one and it has a merge. */
static void wait_for(const Tokenizer *tok, Merging *m, const int *ids, int n, int at)
{
    if (at >= 0 && m->next[at] < n) {
        int rank = mm_pair_find(&tok->rank, ids[at], ids[m->next[at]]);
        if (rank >= 0) {
            push(m, (Waiting){rank, at});
        }
    }
}

/* Merges the pair at this place, if it is still there: a merge beside it may have taken one of its tokens. */
static void merge_at(const Tokenizer *tok, Merging *m, int *ids, int n, Merge merge, int at)
{
    int right = m->next[at];
    if (ids[at] != merge.left || right == n || ids[right] != merge.right) {
        return;
    }
    ids[at] = merge.result;
    ids[right] = -1; /* no token, so no merge finds it */
    m->next[at] = m->next[right];
    if (m->next[at] < n) {
        m->previous[m->next[at]] = at;
    }
    wait_for(tok, m, ids, n, m->previous[at]);
    wait_for(tok, m, ids, n, at);
}

int mm_merge_word(const Tokenizer *tok, Merging *m, int *ids, int n)
{
    for (int i = 0; i < n; i++) {
        m->next[i] = i + 1;
        m->previous[i] = i - 1;
    }
    m->n_heap = 0;
    for (int i = 0; i < n; i++) {
        wait_for(tok, m, ids, n, i);
    }
    while (m->n_heap > 0) {
        int rank = m->heap[1].rank, places = 0;
        while (m->n_heap > 0 && m->heap[1].rank == rank) { /* what comes up meanwhile waits for its own round */
            m->round[places++] = pop(m).at;
        }
        for (int k = 0; k < places; k++) {
            merge_at(tok, m, ids, n, tok->merge[rank], m->round[k]);
        }
    }
    int kept = 0;
    for (int i = 0; i < n; i = m->next[i]) {
        ids[kept++] = ids[i];
    }
    return kept;
}
