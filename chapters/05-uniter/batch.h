/* batch.h: from texts about pictures to what a task asks: which words and regions are hidden, which picture is another's. */
#ifndef UNITER_BATCH_H
#define UNITER_BATCH_H

#include "losses.h"
#include "mm/data.h"

enum { SAYS_WHERE = -2 };

/* A text, and the regions of the picture that it is about. */
typedef struct Item {
    int words, regions;
    int *ids;    /* words: [CLS], the text, [SEP] */
    int picture; /* texts of one picture have the same number */
    real *feat;  /* (regions, img_dim) */
    real *box;   /* (regions, 7) */
    real *soft;  /* (regions, label_dim) */
    /* Of words: the kind of thing that each names, SAYS_WHERE or -1; of regions: of which kind each is. NULL: not known. */
    int *named, *kind;
} Item;

typedef struct ItemSet {
    const Item *item;
    int n, img_dim, label_dim;
    const Item *foil; /* (n, foils): texts about the same picture, each false in one respect; NULL: none */
    int foils;
} ItemSet;

int largest_box(const Item *item); /* which region covers most of its picture, the first of equals */
/* n items, any as often as the next. Lives in g. */
int *draw_items(const ItemSet *set, int n, Rng *rng, Graph *g);

/* Of the tokens, those that masking needs to know. */
typedef struct Tokens {
    int mask, first,
        size; /* [MASK]; from first to size - 1 there are words and pieces only; in BERT's vocabularies, cased: 106 */
} Tokens;

bool tokens_find(const Wordpiece *w, Tokens *t, Error *err);

/* [left, top, right, bottom] in pixels of a picture -> UNITER's 7 numbers. The error says which box of what is empty or outside. */
bool box_numbers(const double corner[4], int width, int height, real box[UNITER_BOX], const char *what, Error *err);

/* label (n): what each ordinary token of ids was where it is asked for, else -1. 15 of 100 are: of these 80 in 100 become [MASK], 10 another
 * token, and 10 stay as they are. If none is, the first is masked. ids begin with [CLS] and end with [SEP], which stay. */
void mask_words(const Tokens *t, int *ids, int n, int *label, Rng *rng);
/* Which regions are hidden: 15 of 100, at least one of n >= 1. */
void mask_regions(bool *masked, int n, Rng *rng);
/* One task of those with a ratio, as often as it says. */
int draw_task(const int *ratio, int tasks, Rng *rng);

typedef struct Batch {
    UniterBatch inputs;
    Asked asked;
    const Item *const *text; /* n: whose words */
    const int *picture;      /* n: which item's regions */
} Batch;

/* Items pick[0 .. n-1] as the task wants them. Conditional masking: either words are hidden or regions, never both, so that what is hidden
 * can be found out. Of texts that do not say where things are TASK_MLM_WHERE asks nothing, unless none does: then it is TASK_MLM. For ITM
 * half of the texts get the regions of another picture of the set; of these, where the set has foils and words are not to be aligned
 * (TASK_ITM), half keep their picture and become a foil. TASKS: no task, all is shown as it is. Lives in g. */
Batch make_batch(const ItemSet *set, const Tokens *tokens, Task task, const int *pick, int n, Rng *rng, Graph *g);

#endif
