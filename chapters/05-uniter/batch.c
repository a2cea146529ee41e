/* batch.c: see batch.h. After the official data/mlm.py, data/mrm.py and data/itm.py. */
#include "batch.h"

#include <math.h>
#include <string.h>

/* region shares */
static const double hidden_share = 0.15, mask_share = 0.8, other_share = 0.1;
/* end shares */
static const double foil_share = 0.5; /* of the texts that do not belong */

int largest_box(const Item *item)
{
    int best = 0;
    for (int r = 1; r < item->regions; r++) {
        best = item->box[r * UNITER_BOX + 6] > item->box[best * UNITER_BOX + 6] ? r : best;
    }
    return best;
}

int *draw_items(const ItemSet *set, int n, Rng *rng, Graph *g)
{
    int *pick = mm_arena(g, (size_t)n * sizeof *pick);
    for (int i = 0; i < n; i++) {
        pick[i] = mm_below(rng, set->n);
    }
    return pick;
}

bool tokens_find(const Wordpiece *w, Tokens *t, Error *err)
{
    *t = (Tokens){.mask = mm_wordpiece_find(w, "[MASK]"), .size = mm_wordpiece_size(w)};
    if (t->mask < 0) {
        return mm_error(err, "the vocabulary has no [MASK], which stands for a masked word");
    }
    for (int i = 0; i < t->size; i++) { /* [PAD], [unused7], … */
        const char *token = mm_wordpiece_text(w, i);
        size_t n = strlen(token);
        t->first = n > 2 && token[0] == '[' && token[n - 1] == ']' ? i + 1 : t->first;
    }
    return t->first < t->size || mm_error(err, "the vocabulary has no words, only special tokens");
}

bool box_numbers(const double corner[4], int width, int height, real box[UNITER_BOX], const char *what, Error *err)
{
    double w = corner[2] - corner[0], h = corner[3] - corner[1];
    if (width < 1 || height < 1) {
        return mm_error(err, "%s: a picture of %d x %d pixels has no boxes", what, width, height);
    }
    if (!(w > 0 && h > 0)) {
        return mm_error(err, "%s: the box from (%g, %g) to (%g, %g) is empty", what, corner[0], corner[1], corner[2], corner[3]);
    }
    if (!(corner[0] >= 0 && corner[1] >= 0 && corner[2] <= width && corner[3] <= height)) {
        return mm_error(err, "%s: the box from (%g, %g) to (%g, %g) is not in a picture of %d x %d", what, corner[0], corner[1],
                        corner[2], corner[3], width, height);
    }
    /* region box_numbers */
    for (int i = 0; i < 4; i++) {
        box[i] = (real)(corner[i] / (i % 2 ? height : width));
    }
    box[4] = (real)(w / width);
    box[5] = (real)(h / height);
    box[6] = box[4] * box[5];
    return true;
    /* end box_numbers */
}

void mask_words(const Tokens *t, int *ids, int n, int *label, Rng *rng)
{
    /* region mask_words */
    int chosen = 0;
    for (int i = 0; i < n; i++) {
        label[i] = -1;
        double draw = i > 0 && i < n - 1 ? mm_uniform(rng) / hidden_share : 1; /* below 1: hidden, and uniform there */
        if (draw < 1) {
            label[i] = ids[i];
            ids[i] = draw < mask_share                 ? t->mask
                     : draw < mask_share + other_share ? t->first + mm_below(rng, t->size - t->first)
                                                       : ids[i];
            chosen++;
        }
    }
    if (chosen == 0 && n > 2) {
        label[1] = ids[1];
        ids[1] = t->mask;
    }
    /* end mask_words */
}

void mask_regions(bool *masked, int n, Rng *rng)
{
    int chosen = 0;
    for (int i = 0; i < n; i++) {
        masked[i] = mm_uniform(rng) < hidden_share;
        chosen += masked[i];
    }
    if (chosen == 0 && n > 0) {
        masked[mm_below(rng, n)] = true;
    }
}

int draw_task(const int *ratio, int tasks, Rng *rng)
{
    int sum = 0, task = 0;
    for (int i = 0; i < tasks; i++) {
        sum += ratio[i];
    }
    for (int draw = mm_below(rng, sum); draw >= ratio[task]; task++) {
        draw -= ratio[task];
    }
    return task;
}

/* Whose regions each text gets: its own picture's, or for ITM another's half of the time. */
static void draw_pictures(const ItemSet *set, const int *pick, int n, int *from, int *matched, Rng *rng)
{
    /* region draw_pictures */
    for (int i = 0; i < n; i++) {
        const Item *own = &set->item[pick[i]];
        bool other = false;
        for (int k = 0; k < set->n && !other; k++) {
            other = set->item[k].picture != own->picture;
        }
        matched[i] = !other || mm_uniform(rng) >= 0.5;
        do {
            from[i] = matched[i] ? pick[i] : mm_below(rng, set->n);
        } while (!matched[i] && set->item[from[i]].picture == own->picture);
    }
    /* end draw_pictures */
}

/* A text of another picture names other things, which is easily seen; a foil differs from what is true in a word. */
static void draw_foils(const ItemSet *set, const int *pick, int n, const Item **text, int *from, const int *matched, Rng *rng)
{
    for (int i = 0; i < n; i++) {
        if (!matched[i] && mm_uniform(rng) < foil_share) {
            text[i] = &set->foil[pick[i] * set->foils + mm_below(rng, set->foils)];
            from[i] = pick[i];
        }
    }
}

typedef struct Filling {
    const ItemSet *set;
    int n, T, R;
    int *ids, *words, *regions;
    real *feat, *box, *soft;
} Filling;

static void measure(Filling *f, const Item *const *text, const int *from)
{
    f->R = 1; /* a tensor has no dimension of 0 */
    for (int i = 0; i < f->n; i++) {
        const Item *picture = &f->set->item[from[i]];
        f->T = text[i]->words > f->T ? text[i]->words : f->T;
        f->R = picture->regions > f->R ? picture->regions : f->R;
    }
}

static void copy_part(real *to, const real *from, int most, int i, int n, int width)
{
    memcpy(to + (size_t)(i * most) * (size_t)width, from, (size_t)(n * width) * sizeof *to);
}

static void fill(Filling *f, const Item *const *text, const int *from)
{
    for (int i = 0; i < f->n; i++) {
        const Item *picture = &f->set->item[from[i]];
        f->words[i] = text[i]->words;
        f->regions[i] = picture->regions;
        memcpy(f->ids + i * f->T, text[i]->ids, (size_t)text[i]->words * sizeof *f->ids);
        copy_part(f->feat, picture->feat, f->R, i, picture->regions, f->set->img_dim);
        copy_part(f->box, picture->box, f->R, i, picture->regions, UNITER_BOX);
        copy_part(f->soft, picture->soft, f->R, i, picture->regions, f->set->label_dim);
    }
}

/* Hides the words that say where things are, all of them, and no others: one of two would tell the other. */
static void hide_places(const Item *text, int mask, int *ids, int *label)
{
    for (int t = 0; t < text->words; t++) {
        bool where = text->named && text->named[t] == SAYS_WHERE;
        label[t] = where ? ids[t] : -1;
        ids[t] = where ? mask : ids[t];
    }
}

/* What was hidden of a text whose first word is word `first` of the batch. */
static int ask_for(const int *label, int words, int first, int *at, int *word)
{
    int n = 0;
    for (int t = 0; t < words; t++) {
        if (label[t] >= 0) {
            at[n] = first + t;
            word[n++] = label[t];
        }
    }
    return n;
}

/* places: of texts that say where things are these words, and nothing of others; if no text does, as if there were no `places`. */
static void hide_words(const Filling *f, const Item *const *text, const Tokens *tokens, bool places, Asked *asked, Rng *rng,
                       Graph *g)
{
    size_t most = (size_t)(f->n * f->T);
    int n = 0, *at = mm_arena(g, most * sizeof *at), *word = mm_arena(g, most * sizeof *word),
        *label = mm_arena(g, most * sizeof *label);
    for (int i = 0; i < f->n && places; i++) {
        hide_places(text[i], tokens->mask, f->ids + i * f->T, label);
        n += ask_for(label, f->words[i], i * f->T, at + n, word + n);
    }
    places = n > 0;
    for (int i = 0; i < f->n && !places; i++) {
        mask_words(tokens, f->ids + i * f->T, f->words[i], label, rng);
        n += ask_for(label, f->words[i], i * f->T, at + n, word + n);
    }
    asked->n = n;
    asked->at = at;
    asked->word = word;
}

static const bool *hide_regions(const Filling *f, Rng *rng, Graph *g)
{
    bool *masked = mm_arena(g, (size_t)(f->n * f->R) * sizeof *masked);
    for (int i = 0; i < f->n; i++) {
        memset(masked + i * f->R, 0, (size_t)f->R * sizeof *masked);
        mask_regions(masked + i * f->R, f->regions[i], rng);
    }
    return masked;
}

static void *zeros(Graph *g, size_t n, size_t size)
{
    return memset(mm_arena(g, n * size), 0, n * size);
}

Batch make_batch(const ItemSet *set, const Tokens *tokens, Task task, const int *pick, int n, Rng *rng, Graph *g)
{
    const Item **text = mm_arena(g, (size_t)n * sizeof *text);
    int *from = mm_arena(g, (size_t)n * sizeof *from), *matched = mm_arena(g, (size_t)n * sizeof *matched);
    Filling f = {.set = set, .n = n};
    for (int i = 0; i < n; i++) {
        text[i] = &set->item[pick[i]];
        from[i] = pick[i];
    }
    if (task == TASK_ITM || task == TASK_ITM_OT) {
        draw_pictures(set, pick, n, from, matched, rng);
    }
    if (task == TASK_ITM && set->foils > 0) {
        draw_foils(set, pick, n, text, from, matched, rng);
    }
    measure(&f, text, from);
    Tensor *feat = mm_named(mm_input(g, MM_SHAPE(n, f.R, set->img_dim), NULL), "feat");
    Tensor *box = mm_named(mm_input(g, MM_SHAPE(n, f.R, UNITER_BOX), NULL), "box");
    f.ids = zeros(g, (size_t)(n * f.T), sizeof *f.ids); /* [PAD] is 0 */
    f.words = zeros(g, (size_t)n, sizeof *f.words);
    f.regions = zeros(g, (size_t)n, sizeof *f.regions);
    f.soft = zeros(g, (size_t)(n * f.R) * (size_t)set->label_dim, sizeof *f.soft);
    f.feat = feat->data;
    f.box = box->data;
    fill(&f, text, from);
    Batch b = {
        .inputs = {.B = n, .T = f.T, .R = f.R, .ids = f.ids, .words = f.words, .regions = f.regions, .feat = feat, .box = box},
        .asked = {.soft = f.soft, .matched = matched},
        .text = text,
        .picture = from};
    if (task == TASK_MLM || task == TASK_MLM_WHERE) {
        hide_words(&f, text, tokens, task == TASK_MLM_WHERE, &b.asked, rng, g);
    } else if (task == TASK_MRFR || task == TASK_MRC || task == TASK_MRC_KL) {
        b.inputs.masked = hide_regions(&f, rng, g);
    }
    return b;
}
