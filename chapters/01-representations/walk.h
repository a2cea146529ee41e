/* walk.h: the way from a picture up to the root of all texts, and which texts lie along it. */
#ifndef REPRESENTATIONS_WALK_H
#define REPRESENTATIONS_WALK_H

#include "measure.h"

/* Names of all test concepts, then the texts of subgroups, then of groups, in English; the last is the root. */
typedef struct Stations {
    int names, of_level[LEVELS], n; /* how many; n: all, without the root */
    int width;
    real *text; /* (n + 1, width) */
} Stations;

Stations stations_new(const Model *m, const Set *s, const Embedded *e);
void stations_free(Stations *t);
int station_of_class(const Stations *t, int level, int class);
const char *station_name(const Stations *t, const Set *s, const Embedded *e, int station); /* "[root]" for number n */

enum { OF_NAME = LEVELS, KINDS }; /* whose cone: a subgroup's, a group's, a name's */

/* How many pictures lie in cones: of trained [0] and of held-out [1] concepts in that of what they are, and in one of what they are not. */
typedef struct Cones {
    double own[KINDS][2], other[KINDS][2];
} Cones;

/* Of a method that knows of an above (Method.outside). */
Cones count_cones(const Model *m, const Set *s, const Embedded *e, const Stations *t);

/* From each of the pictures in `steps` steps to the root: (pictures, steps) stations, each the nearest; cones: of those that lie above
 * the point, where the method knows of an above. The caller frees. */
int *walk_up(const Model *m, const Stations *t, const real *image, int pictures, int steps, bool cones);

#endif
