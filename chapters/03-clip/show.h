/* show.h: what `clip example` found out, and how it is printed. */
#ifndef CLIP_SHOW_H
#define CLIP_SHOW_H

#include "byhand.h"
#include "model.h"

enum { SHOW_PAIRS = 2, SHOW_QUANTITIES = 24, SHOW_GROUPS = 6 };

typedef struct Pair {
    const char *code, *name;     /* of the emoji */
    const char *caption, *gloss; /* Chinese, and what it means */
} Pair;

/* One letter of the equations. */
typedef struct Quantity {
    const char *title; /* of the part that begins here, or NULL */
    const char *letter, *equation;
    Matrix hand; /* lives in Report.hand */
    Matrix tape; /* no numbers: the tape keeps no tensor of it */
} Quantity;

/* Parameters whose gradient is summed up in one figure. */
typedef struct Group {
    const char *name;
    size_t numbers;
    double square; /* of the length of the gradient */
} Group;

typedef struct Report {
    const Pair *pair;
    const int *ids, *length; /* of the captions; (pairs, context) */
    int context;
    ClipConfig config;
    bool fresh; /* not trained, but made from */
    unsigned long long seed;
    ByHand hand;
    Quantity quantity[SHOW_QUANTITIES]; /* first those of the forward pass */
    int forward, n;
    Group group[SHOW_GROUPS];
    double loss, lr, loss_after; /* the tape's loss; after a step of lr */
    bool agrees;                 /* hand and tape */
} Report;

void show_report(const Report *r);
void show_json(const Report *r);

#endif
