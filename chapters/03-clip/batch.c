/* batch.c: training data, a step at a time. */
#include "batch.h"
#include "program.h"

#include <stdlib.h>
#include <string.h>

const char *const language_name[LANGUAGES] = {"English", "Chinese"};

static void *take(size_t bytes)
{
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) {
        mm_fail((FailHandler){0}, "out of memory for training data: %zu bytes", bytes);
    }
    return p;
}

static const char *name_of(const Concept *c, int language)
{
    return language == EN ? c->en : c->zh;
}

/* Calls visit with each tag of a list "apple, diet, food"; Chinese lists use the same comma and space. */
static void each_tag(const Concept *c, int language, void (*visit)(void *context, const char *tag), void *context)
{
    char *list = strdup(language == EN ? c->tags_en : c->tags_zh), *rest = list;
    for (char *tag = strtok_r(list, ",", &rest); tag; tag = strtok_r(NULL, ",", &rest)) {
        tag += strspn(tag, " ");
        if (*tag) {
            visit(context, tag);
        }
    }
    free(list);
}

typedef struct Texts {
    char **at;
    int n;
} Texts;

static void add_text(void *context, const char *text)
{
    Texts *t = context;
    t->at = realloc(t->at, (size_t)(t->n + 1) * sizeof *t->at);
    t->at[t->n++] = strdup(text);
}

char **captions_texts(const Concepts *concepts, int *n)
{
    Texts t = {0};
    for (int c = 0; c < concepts->n; c++) {
        for (int l = 0; l < LANGUAGES; l++) {
            add_text(&t, name_of(&concepts->at[c], l));
            each_tag(&concepts->at[c], l, add_text, &t);
        }
    }
    *n = t.n;
    return t.at;
}

bool captions_make(const Concepts *concepts, const Tokenizer *tok, Captions *out, Error *err)
{
    size_t n = (size_t)concepts->n * LANGUAGES;
    *out = (Captions){.name = take(n * sizeof(Phrase)),
                      .tag = take(n * sizeof(Phrase *)),
                      .tags = take(n * sizeof(int)),
                      .concepts = concepts->n,
                      .start = mm_token_start(tok),
                      .end = mm_token_end(tok)};
    static const char *const article[LANGUAGES] = {"a", "一个"};
    for (int l = 0; l < LANGUAGES; l++) {
        out->article[l].ids = mm_encode(tok, article[l], &out->article[l].n, err);
    }
    for (size_t i = 0; i < n; i++) {
        const Concept *c = &concepts->at[i / LANGUAGES];
        Texts tags = {0};
        each_tag(c, (int)(i % LANGUAGES), add_text, &tags);
        out->tag[i] = take((size_t)tags.n * sizeof(Phrase));
        out->name[i].ids = mm_encode(tok, name_of(c, (int)(i % LANGUAGES)), &out->name[i].n, err);
        bool ok = out->name[i].ids;
        for (int t = 0; t < tags.n; t++) {
            Phrase *p = &out->tag[i][t];
            ok = ok && (p->ids = mm_encode(tok, tags.at[t], &p->n, err));
            out->tags[i] += ok;
            free(tags.at[t]);
        }
        free(tags.at);
        if (!ok) {
            captions_free(out);
            return false;
        }
    }
    return true;
}

void captions_free(Captions *c)
{
    for (int i = 0; i < c->concepts * LANGUAGES; i++) {
        free(c->name[i].ids);
        for (int t = 0; t < c->tags[i]; t++) {
            free(c->tag[i][t].ids);
        }
        free(c->tag[i]);
    }
    for (int l = 0; l < LANGUAGES; l++) {
        free(c->article[l].ids);
    }
    free(c->name);
    free(c->tag);
    free(c->tags);
    *c = (Captions){0};
}

/* Appends a phrase, as much as fits before the end token. */
static int append(int *ids, int n, int context, const Phrase *p)
{
    for (int i = 0; i < p->n && n < context - 1; i++) {
        ids[n++] = p->ids[i];
    }
    return n;
}

/* Writes start, a random caption of the concept, end; returns how many ids that is. */
static int draw_caption(const BatchPlan *plan, int concept, int language, Rng rng, int *ids)
{
    const Captions *c = plan->captions;
    int at = concept * LANGUAGES + language, n = 0, tags = 0;
    ids[n++] = c->start;
    if (mm_uniform(&rng) < plan->mix.article) {
        n = append(ids, n, plan->context, &c->article[language]);
    }
    if (c->tags[at] > 0 && mm_uniform(&rng) >= plan->mix.name_only) {
        tags = 1 + mm_below(&rng, plan->mix.most_tags);
    }
    if (tags == 0 || mm_uniform(&rng) >= plan->mix.tags_only) {
        n = append(ids, n, plan->context, &c->name[at]);
    }
    for (int t = 0; t < tags; t++) {
        n = append(ids, n, plan->context, &c->tag[at][mm_below(&rng, c->tags[at])]);
    }
    ids[n++] = c->end;
    return n;
}

void batch_free(Batch *b)
{
    free(b->pixels);
    free(b->concept);
    free(b->order);
    for (int l = 0; l < LANGUAGES; l++) {
        free(b->ids[l]);
        free(b->length[l]);
    }
    *b = (Batch){0};
}

double batch_steps_per_epoch(const BatchPlan *plan)
{
    return (double)plan->items / plan->batch;
}

/* Shuffles the items and returns how many there are. By concept, only the first picture of each concept stays: that is a
 * shuffle of the concepts, each in a style that chance has picked. */
static int draw_order(const BatchPlan *plan, Rng rng, int *order)
{
    mm_permutation(&rng, order, plan->items);
    if (!plan->by_concept) {
        return plan->items;
    }
    int n = 0;
    bool *taken = take((size_t)plan->captions->concepts);
    for (int i = 0; i < plan->items; i++) {
        int concept = plan->emoji->at[plan->item[order[i]]].concept;
        if (!taken[concept]) {
            taken[concept] = true;
            order[n++] = order[i];
        }
    }
    free(taken);
    return n;
}

Batch batch_new(const BatchPlan *plan)
{
    size_t n = (size_t)plan->batch;
    Batch b = {.n = plan->batch, .round = -1};
    b.pixels = take(n * 3 * (size_t)(plan->size * plan->size) * sizeof(real));
    b.concept = take(n * sizeof(int));
    b.order = take((size_t)plan->items * sizeof(int));
    for (int l = 0; l < LANGUAGES; l++) {
        b.ids[l] = take(n * (size_t)plan->context * sizeof(int));
        b.length[l] = take(n * sizeof(int));
    }
    b.steps_per_round = draw_order(plan, mm_rng(plan->seed, "order"), b.order) / plan->batch;
    return b;
}

/* The stream of a step's i-th pair: far enough from the next that no draws are shared. */
static Rng stream(const BatchPlan *plan, const char *name, int64_t step, int i)
{
    Rng r = mm_rng(plan->seed, name);
    r.count = ((uint64_t)step * (uint64_t)plan->batch + (uint64_t)i) << 8;
    return r;
}

/* Captions of one language, moved together so that rows are as long as the longest. */
static void fill_captions(const BatchPlan *plan, int64_t step, Batch *b, int language)
{
    int *ids = b->ids[language], *length = b->length[language], longest = 0;
    memset(ids, 0, (size_t)b->n * (size_t)plan->context * sizeof *ids);
    for (int i = 0; i < b->n; i++) {
        Rng rng = stream(plan, language == EN ? "captions en" : "captions zh", step, i);
        length[i] = draw_caption(plan, b->concept[i], language, rng, ids + i * plan->context);
        longest = length[i] > longest ? length[i] : longest;
    }
    for (int i = 0; i < b->n; i++) {
        memmove(ids + i * longest, ids + i * plan->context, (size_t)longest * sizeof *ids);
    }
    b->T[language] = longest;
}

void batch_fill(const BatchPlan *plan, int64_t step, Batch *b)
{
    int64_t round = step / b->steps_per_round, first = step % b->steps_per_round * plan->batch;
    size_t picture = 3 * (size_t)(plan->size * plan->size);
    if (round != b->round) {
        Rng rng = mm_rng(plan->seed, "order");
        rng.count = (uint64_t)round << 32;
        draw_order(plan, rng, b->order);
        b->round = round;
    }
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < b->n; i++) {
        const Emoji *e = &plan->emoji->at[plan->item[b->order[first + i]]];
        b->concept[i] = e->concept;
        mm_augment(&e->picture, &plan->augment, stream(plan, "views", step, i), plan->size, b->pixels + (size_t)i * picture);
        clip_normalise_unit(plan->size, b->pixels + (size_t)i * picture);
    }
    for (int l = 0; l < LANGUAGES; l++) {
        fill_captions(plan, step, b, l);
    }
}
