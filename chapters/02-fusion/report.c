/* report.c: what `fusion train` and `fusion eval` print. */
#include "report.h"
#include "io/memory.h"

#include <jansson.h>
#include <stdio.h>

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

/* The majority, the model, and the model when it has one modality and no other. Returns how many rows. */
static int measure(const Report *r, Tested *t, Row *row)
{
    int positive = 0, n = 0;
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
        bool left_out = alone.missing[m];
        for (int k = 0; k < MM_MODALITIES; k++) {
            alone.missing[k] = k != m;
        }
        if (!left_out) {
            char name[40];
            snprintf(name, sizeof name, "given %s alone", r->task->encoder[m].name);
            row[n++] = row_of_net(r, name, &alone, t);
        }
    }
    row[n++] = row_of_net(r, "given all of it", &r->asked->disturb, t);
    return n;
}

static void print_table(const Report *r, const Row *row, int n)
{
    printf("\n  %-20s  accuracy  balanced  F1     MAE   corr   Acc-7\n  %-20s  %.3f\n", "", "chance", 0.5);
    for (int i = 0; i < n; i++) {
        const SentimentScores *s = &row[i].scores;
        printf("  %-20s  %.3f     %.3f     %.3f  %.2f  %5.2f  %.3f\n", row[i].name, s->accuracy, s->balanced, s->weighted_f1,
               s->mae, s->pearson, s->acc7);
    }
    printf("\n%d triples of sentences, voices and faces that were never trained on\n", ASKED);
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
        (json ? print_json : print_table)(r, row, n);
    }
    free(t);
    return ok;
}
