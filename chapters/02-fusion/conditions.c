/* conditions.c: what `fusion missing` and `fusion noise` share. */
#include "conditions.h"
#include "io/memory.h"

#include <jansson.h>
#include <stdio.h>

bool conditions_measure(const StudyOptions *o, Conditions *c, Error *err)
{
    Study s;
    double start = mm_seconds();
    if (!study_new(o, question_sentiment, &s, err)) {
        return false;
    }
    bool ok = study_learn(&s, o, c->recipe, c->kinds, err);
    if (ok) {
        real *p = mm_take((size_t)(s.runs * TESTED), sizeof *p);
        c->accuracy = mm_take((size_t)(c->kinds * c->n), sizeof *c->accuracy);
        for (int i = 0; i < c->kinds * c->n; i++) {
            double accuracy[MOST_RUNS];
            study_predict(&s, i / c->n, &c->condition[i % c->n].disturb, LATE_PRODUCT, p);
            study_accuracy(&s, p, accuracy);
            c->accuracy[i] = mm_mean_sd(accuracy, s.runs);
        }
        c->majority = study_majority(&s);
        c->runs = s.runs;
        snprintf(c->source, sizeof c->source, "%s", s.feelings.source);
        free(p);
    }
    study_free(&s);
    c->seconds = mm_seconds() - start;
    return ok;
}

void conditions_print_json(const Conditions *c)
{
    json_t *rows = json_array();
    for (int k = 0; k < c->kinds; k++) {
        json_t *of = json_object();
        for (int i = 0; i < c->n; i++) {
            const MeanSd *x = &c->accuracy[k * c->n + i];
            json_object_set_new(of, c->condition[i].name, json_pack("{s:f, s:f}", "accuracy", x->mean, "sd", x->sd));
        }
        json_array_append_new(rows, json_pack("{s:s, s:f, s:o}", "fusion", fusion_name[c->recipe[k].fusion], "modality dropout",
                                              c->recipe[k].drop_modality, "conditions", of));
    }
    json_t *j = json_pack("{s:s, s:i, s:i, s:f, s:f, s:f, s:o}", "data", c->source, "runs", c->runs, "triples of a test", TESTED,
                          "chance", 0.5, "majority", c->majority, "seconds", c->seconds, "rows", rows);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}
