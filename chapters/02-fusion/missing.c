/* missing.c: `fusion missing`: what is left when a modality is not there at test time, with and without modality dropout in training. */
#include "conditions.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>

static const Condition condition[] = {
    {"all there", {.missing = {0}}},
    {"no text", {.missing = {[MM_TEXT] = true}}},
    {"no voice", {.missing = {[MM_VOICE] = true}}},
    {"no face", {.missing = {[MM_FACE] = true}}},
    {"only text", {.missing = {[MM_VOICE] = true, [MM_FACE] = true}}},
    {"only voice", {.missing = {[MM_TEXT] = true, [MM_FACE] = true}}},
    {"only face", {.missing = {[MM_TEXT] = true, [MM_VOICE] = true}}},
};
enum { CONDITIONS = sizeof condition / sizeof *condition };

static void print_constant(const char *name, double value)
{
    printf("  %-22s", name);
    for (int i = 0; i < CONDITIONS; i++) {
        printf("  %-10.3f", value);
    }
    printf("\n");
}

static void print_table(const Conditions *c)
{
    printf("%s\nsentiment, accuracy of %d runs, each with another fifth as the test\n\n  %-22s", c->source, c->runs, "");
    for (int i = 0; i < CONDITIONS; i++) {
        printf("  %-10s", condition[i].name);
    }
    printf("\n");
    print_constant("chance", 0.5);
    print_constant("always the same", c->majority);
    for (int k = 0; k < c->kinds; k++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", fusion_name[c->recipe[k].fusion], c->recipe[k].drop_modality > 0 ? ", dropout" : "");
        printf("  %-22s", name);
        for (int i = 0; i < CONDITIONS; i++) {
            printf("  %.3f     ", c->accuracy[k * CONDITIONS + i].mean);
        }
        printf("\n");
    }
    double most = 0;
    for (int i = 0; i < c->kinds * CONDITIONS; i++) {
        most = c->accuracy[i].sd > most ? c->accuracy[i].sd : most;
    }
    printf("\ndropout: each modality was left out of a training example with probability %.2f. Late fusion needs none: it leaves "
           "out what is not\n"
           "there, so that \"late\" in the last three columns is what each modality knows alone. The standard deviation of a run "
           "is at most %.3f\n"
           "%d models in %.0f s\n",
           c->recipe[c->kinds - 1].drop_modality, most, c->kinds * c->runs, c->seconds);
}

int command_missing(int argc, char **argv)
{
    StudyOptions o = study_defaults(3);
    const struct argp argp = {.children = study_children,
                              .parser = study_parse,
                              .doc = "Sentiment when a modality is missing at test time, for each way to fuse, without and with "
                                     "modality dropout in training "
                                     "(--drop-modality, 0.3)."};
    Recipe recipe[2 * FUSIONS];
    Error err;
    o.recipe.drop_modality = 0.3;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    study_all_fusions(&o.recipe, recipe + FUSIONS);
    for (int f = 0; f < FUSIONS; f++) {
        recipe[f] = recipe[FUSIONS + f];
        recipe[f].drop_modality = 0;
    }
    Conditions c = {.kinds = 2 * FUSIONS, .n = CONDITIONS, .recipe = recipe, .condition = condition};
    if (!conditions_measure(&o, &c, &err)) {
        return mm_program_error(&err);
    }
    (o.common.json ? conditions_print_json : print_table)(&c);
    free(c.accuracy);
    return 0;
}
