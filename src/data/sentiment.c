/* sentiment.c: items with feelings, in groups that stay together, and triples of them. */
#include "data/sentiment.h"
#include "io/memory.h"

#include <math.h>

const char *const mm_modality_name[MM_MODALITIES] = {"text", "voice", "face"};

const TriplePattern mm_matched[2] = {{{0, 0, 0}, 0}, {{1, 1, 1}, 1}};
const TriplePattern mm_irony[2] = {{{1, 0, 0}, 0}, {{0, 1, 1}, 1}};
const TriplePattern mm_sincere_or_ironic[4] = {{{0, 0, 0}, 0}, {{1, 1, 1}, 0}, {{1, 0, 0}, 1}, {{0, 1, 1}, 1}};

/* ---- items ---- */

void mm_sentiment_begin(Sentiment *s)
{
    *s = (Sentiment){.memory = mm_take(1, sizeof *s->memory)};
}

static const char *keep(SentimentMemory *memory, const char *text)
{
    memory->text = mm_take_again(memory->text, (size_t)(memory->texts + 1) * sizeof *memory->text);
    return memory->text[memory->texts++] = mm_copy_text(text, strlen(text));
}

int mm_sentiment_group(Sentiment *s, SentimentList *list, const char *group)
{
    for (int k = list->groups - 1; k >= 0; k--) { /* the last first: tables are often sorted */
        if (strcmp(list->group[k], group) == 0) {
            return k;
        }
    }
    list->group = mm_take_again(list->group, (size_t)(list->groups + 1) * sizeof *list->group);
    list->group[list->groups] = keep(s->memory, group);
    return list->groups++;
}

SentimentItem *mm_sentiment_add(Sentiment *s, Modality m, double valence, const char *group, const char *name)
{
    SentimentList *list = &s->list[m];
    list->at = mm_take_again(list->at, (size_t)(list->n + 1) * sizeof *list->at);
    SentimentItem *item = &list->at[list->n++];
    *item = (SentimentItem){.valence = valence, .label = valence > 0, .group = mm_sentiment_group(s, list, group)};
    item->name = keep(s->memory, name);
    return item;
}

bool mm_sentiment_has_word(const char *text)
{
    return text[strspn(text, " \t\r\n")] != 0;
}

bool mm_sentiment_valence(const Tsv *t, int row, int column, double limit, double *valence, Error *err)
{
    const char *cell = mm_tsv_cell(t, row, column);
    char *end;
    *valence = strtod(cell, &end);
    return (end != cell && *end == 0 && fabs(*valence) <= limit) ||
           mm_error(err, "%s:%d: the valence \"%s\" is not a number from %g to %g", mm_tsv_path(t), mm_tsv_line(t, row), cell,
                    -limit, limit);
}

void mm_sentiment_free(Sentiment *s)
{
    for (int m = 0; m < MM_MODALITIES && s->memory; m++) {
        for (int i = 0; i < s->list[m].n; i++) {
            mm_sound_free(&s->list[m].at[i].sound);
            if (s->memory->own_pictures) {
                mm_picture_free(&s->list[m].at[i].picture);
            }
        }
        free(s->list[m].at);
        free(s->list[m].group);
        mm_tsv_free(s->memory->table[m]);
    }
    if (s->memory) {
        mm_emoji_free(&s->memory->emoji);
        for (int i = 0; i < s->memory->texts; i++) {
            free(s->memory->text[i]);
        }
        free(s->memory->text);
    }
    free(s->memory);
    *s = (Sentiment){0};
}

/* ---- folds ---- */

void mm_sentiment_fold(SentimentList *list)
{
    int *order = mm_take((size_t)list->groups, sizeof *order), *balance = mm_take((size_t)list->groups, sizeof *balance);
    int *fold = mm_take((size_t)list->groups, sizeof *fold), next = 0;
    Rng rng = mm_rng(1, "folds");
    mm_permutation(&rng, order, list->groups);
    for (int i = 0; i < list->n; i++) {
        balance[list->at[i].group] += list->at[i].label ? 1 : -1;
    }
    for (int positive = 0; positive <= 1; positive++) {
        for (int k = 0; k < list->groups; k++) {
            if ((balance[order[k]] > 0) == positive) {
                fold[order[k]] = next++ % MM_FOLDS;
            }
        }
    }
    for (int i = 0; i < list->n; i++) {
        list->at[i].fold = fold[list->at[i].group];
    }
    free(order);
    free(balance);
    free(fold);
}

enum { LEFT_OUT = -1 };

SplitSide mm_side(int fold_of_item, int fold)
{
    if (fold_of_item == LEFT_OUT) {
        return MM_NO_SIDE;
    }
    int behind = (fold_of_item - fold + MM_FOLDS) % MM_FOLDS;
    return behind == 0 ? MM_TEST_SIDE : behind == 1 ? MM_VALIDATION_SIDE : MM_TRAIN_SIDE;
}

bool mm_on_side(int fold_of_item, int fold, SplitSide side)
{
    SplitSide of = mm_side(fold_of_item, fold);
    return of == side || (side == MM_KNOWN_SIDE && (of == MM_TRAIN_SIDE || of == MM_VALIDATION_SIDE));
}

void mm_sentiment_leave_out(Sentiment *s, int fold)
{
    for (int m = 0; m < MM_MODALITIES; m++) {
        for (int i = 0; i < s->list[m].n; i++) {
            SentimentItem *item = &s->list[m].at[i];
            item->fold = item->fold == fold ? LEFT_OUT : item->fold;
        }
    }
}

/* ---- triples ---- */

/* The items of one modality and label on one side. */
typedef struct Deck {
    int *item, *order, n, next;
    Rng rng;
} Deck;

static Deck make_deck(const SentimentList *list, int label, int fold, SplitSide side, Rng rng)
{
    Deck d = {.item = mm_take((size_t)list->n, sizeof *d.item), .order = mm_take((size_t)list->n, sizeof *d.order), .rng = rng};
    for (int i = 0; i < list->n; i++) {
        if (list->at[i].label == label && mm_on_side(list->at[i].fold, fold, side)) {
            d.item[d.n++] = i;
        }
    }
    return d;
}

static int deal(Deck *d)
{
    if (d->next == 0) {
        mm_permutation(&d->rng, d->order, d->n);
    }
    int item = d->item[d->order[d->next]];
    d->next = (d->next + 1) % d->n;
    return item;
}

static Triple make_triple(const Sentiment *s, const TriplePattern *p, Deck deck[][2])
{
    Triple t = {.label = p->label};
    double size = 0;
    int present = 0;
    for (int m = 0; m < MM_MODALITIES; m++) {
        t.item[m] = p->item[m] < 0 ? -1 : deal(&deck[m][p->item[m]]);
        if (t.item[m] >= 0) {
            size += fabs(s->list[m].at[t.item[m]].valence);
            present++;
        }
    }
    t.valence = present ? (t.label ? size : -size) / present : 0;
    return t;
}

bool mm_triples(const Sentiment *s, const TriplePattern *pattern, int patterns, int fold, SplitSide side, int n, uint64_t seed,
                Triple *triple, Error *err)
{
    static const char *const side_name[] = {"for training", "for validation", "for the test", "for training"};
    Deck deck[MM_MODALITIES][2];
    for (int m = 0; m < MM_MODALITIES; m++) {
        for (int label = 0; label <= 1; label++) {
            char stream[64];
            snprintf(stream, sizeof stream, "triples %d %s %d", (int)side, mm_modality_name[m], label);
            deck[m][label] = make_deck(&s->list[m], label, fold, side, mm_rng(seed, stream));
        }
    }
    bool ok = true;
    for (int k = 0; k < patterns && ok; k++) {
        for (int m = 0; m < MM_MODALITIES && ok; m++) {
            int label = pattern[k].item[m];
            if (label >= 0 && deck[m][label].n == 0) {
                ok = mm_error(err, "%s: no %s of label %d is left %s", s->list[m].source, mm_modality_name[m], label,
                              side_name[side]);
            }
        }
    }
    for (int i = 0; i < n && ok; i++) {
        triple[i] = make_triple(s, &pattern[i % patterns], deck);
    }
    for (int m = 0; m < MM_MODALITIES; m++) {
        for (int label = 0; label <= 1; label++) {
            free(deck[m][label].item);
            free(deck[m][label].order);
        }
    }
    return ok;
}
