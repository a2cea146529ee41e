/* dot.h: what the two halves of the drawing share. Private to src/inspect. */
#ifndef MM_DOT_H
#define MM_DOT_H

#include "trace.h"

/* Colours of gradients: white at 10^low, blue at 10^high. */
typedef struct Scale {
    int low, high;
} Scale;

typedef struct Drawing {
    const Trace *t;
    Scale scale;
    FILE *out;
} Drawing;

enum { COLOUR_TEXT = 8 };
const char *mm_colour(Scale s, double rms, char *text); /* "#5ba3d9" */
double mm_module_rms(const Module *m);                  /* of the gradients of what its ops make */

void mm_print_node(const Drawing *d, int node, int indent);
void mm_print_module(const Drawing *d, int module, int indent); /* its frame and all in it */

#define MM_GOLD "#c8960c"
#define MM_GREY "#999999"
#define MM_RED "#d00000"

#endif
