/* conditions.h: the same trained models when something is wrong with their input. */
#ifndef FUSION_CONDITIONS_H
#define FUSION_CONDITIONS_H

#include "study.h"

typedef struct Condition {
    const char *name;
    Disturb disturb;
} Condition;

typedef struct Conditions {
    int kinds, n;
    const Recipe *recipe;       /* (kinds) */
    const Condition *condition; /* (n) */
    MeanSd *accuracy;           /* (kinds, n): over runs. The caller frees */
    double majority, seconds;
    int runs;
    char source[512];
} Conditions;

/* Trains recipe[0 .. kinds-1] on sentiment, and asks each under each condition. Late fusion takes the product. */
bool conditions_measure(const StudyOptions *o, Conditions *c, Error *err);
void conditions_print_json(const Conditions *c);

#endif
