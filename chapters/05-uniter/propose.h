/* propose.h: where things may be in a picture of which nobody has said so. */
#ifndef UNITER_PROPOSE_H
#define UNITER_PROPOSE_H

#include "mm/data.h"

enum { PROPOSALS_MOST = 12, PROPOSAL_GRID = 3 };

typedef struct Proposals {
    int n;
    double corner[PROPOSALS_MOST][4]; /* left, top, right, bottom in pixels of the picture */
    bool
        plain; /* what stands out from a plain ground, the largest first; false: there is no such ground, or nothing on it, and these are the
                 * cells of a grid */
} Proposals;

/* Ground is what looks as the border of the picture does in its row, or in its column, from end to end in even steps of colour. What is left
 * falls into pieces that hang together; pieces whose boxes overlap are one. Transparent parts are ground. */
Proposals propose_regions(const Picture *p);

#endif
