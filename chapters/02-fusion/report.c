/* report.c: what `fusion train` and `fusion eval` print. */
#include "report.h"
#include "io/memory.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { ASKED = 1000, ROWS = 3 + MM_MODALITIES };

typedef struct Row {
    char name[40];
    SentimentScores scores;
} Row;

typedef struct Tested {
    Triple triple[ASKED];
    real truth[ASKED], guess[ASKED], p[ASKED];
} Tested;

static Row row_of(const char *name, Tested *t)
{
    Row row = {.scores = mm_sentiment_scores(t->guess, t->truth, ASKED, false)};
    snprintf(row.name, sizeof row.name, "%s", name);
    return row;
}

static Row row_of_net(const Report *r, const char *name, const Disturb *d, Tested *t)
{
    net_predict(r->net, r->task, t->triple, ASKED, d, r->asked->rule, r->asked->seed, t->p);
    for (int i = 0; i < ASKED; i++) {
        t->guess[i] = task_valence(t->p[i]);
    }
    return row_of(name, t);
}

/* Whether any of the triples has this modality. */
static bool has(const Tested *t, int m)
{
    for (int i = 0; i < ASKED; i++) {
        if (t->triple[i].item[m] >= 0) {
            return true;
        }
    }
    return false;
}

static int by_items(const void *a, const void *b)
{
    return memcmp(((const Triple *)a)->item, ((const Triple *)b)->item, sizeof((const Triple *)a)->item);
}

/* How many of the triples are different. */
static int different(const Tested *t)
{
    int n = 1;
    Triple *sorted = mm_take(ASKED, sizeof *sorted);
    memcpy(sorted, t->triple, sizeof t->triple);
    qsort(sorted, ASKED, sizeof *sorted, by_items);
    for (int i = 1; i < ASKED; i++) {
        n += by_items(&sorted[i - 1], &sorted[i]) != 0;
    }
    free(sorted);
    return n;
}

/* The majority, the model, and the model when it has one modality and no other. Returns how many rows. */
static int measure(const Report *r, Tested *t, Row *row)
{
    int positive = 0, n = 0, given = 0;
    for (int i = 0; i < ASKED; i++) {
        t->truth[i] = (real)t->triple[i].valence;
        positive += t->triple[i].label;
    }
    for (int i = 0; i < ASKED; i++) {
        t->guess[i] = positive * 2 >= ASKED ? (real)0.01 : -(real)0.01;
    }
    row[n++] = row_of("always the same", t);
    for (int m = 0; m < MM_MODALITIES; m++) {
        Disturb alone = r->asked->disturb;
        bool there = !alone.missing[m] && has(t, m);
        for (int k = 0; k < MM_MODALITIES; k++) {
            alone.missing[k] = k != m;
        }
        given += there;
        if (there) {
            char name[40];
            snprintf(name, sizeof name, "given %s alone", r->task->encoder[m].name);
            row[n++] = row_of_net(r, name, &alone, t);
        }
    }
    if (given > 1) {
        row[n++] = row_of_net(r, given == MM_MODALITIES ? "given all of it" : "given both", &r->asked->disturb, t);
    }
    return n;
}

static void print_table(const Report *r, const Tested *t, const Row *row, int n)
{
    int rows = different(t);
    printf("\n  %-20s  accuracy  balanced  F1     MAE   corr   Acc-7\n  %-20s  %.3f\n", "", "chance", 0.5);
    for (int i = 0; i < n; i++) {
        const SentimentScores *s = &row[i].scores;
        printf("  %-20s  %.3f     %.3f     %.3f  %.2f  %5.2f  %.3f\n", row[i].name, s->accuracy, s->balanced, s->weighted_f1,
               s->mae, s->pearson, s->acc7);
    }
    if (rows > ASKED / 2) {
        printf("\n%d triples of sentences, voices and faces that were never trained on\n", ASKED);
    } else {
        printf("\n%d rows that were never trained on, each asked about %d times or once more\n", rows, ASKED / rows);
    }
    if (r->seconds > 0) {
        printf("trained in %.1f s; model: %s\n", r->seconds, r->folder);
    }
}

static void print_json(const Report *r, const Row *row, int n)
{
    json_t *rows = json_object();
    for (int i = 0; i < n; i++) {
        const SentimentScores *s = &row[i].scores;
        json_object_set_new(rows, row[i].name,
                            json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "accuracy", s->accuracy, "balanced", s->balanced,
                                      "weighted F1", s->weighted_f1, "MAE", s->mae, "correlation", s->pearson, "Acc-7", s->acc7,
                                      "Acc-5", s->acc5));
    }
    json_t *j = json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:o}", "data", r->task->source, "fusion",
                          fusion_name[r->net->recipe.fusion], "model", r->folder, "triples", ASKED, "chance", 0.5, "seconds",
                          r->seconds, "rows", rows);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

bool report(const Report *r, bool json, Error *err)
{
    Tested *t = mm_take(1, sizeof *t);
    Row row[ROWS];
    bool ok = r->task->draw(r->task, MM_TEST_SIDE, r->asked->seed, ASKED, t->triple, err);
    if (ok) {
        int n = measure(r, t, row);
        if (json) {
            print_json(r, row, n);
        } else {
            print_table(r, t, row, n);
        }
    }
    free(t);
    return ok;
}
