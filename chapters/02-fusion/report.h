/* report.h: how good one model is, beside what needs no model and what each modality knows. */
#ifndef FUSION_REPORT_H
#define FUSION_REPORT_H

#include "learn.h"

/* Under which conditions it is asked. */
typedef struct Asked {
    LateRule rule;
    Disturb disturb;
    uint64_t seed;
} Asked;

typedef struct Report {
    const Task *task;
    const Net *net;
    const Asked *asked;
    const char *folder; /* of the model */
    double seconds;     /* of training; 0: it was not trained now */
} Report;

bool report(const Report *r, bool json, Error *err); /* to standard output */

#endif
