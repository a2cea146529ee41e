/* byhand.h: the losses of this chapter for three pairs in two dimensions, in plain loops and double precision, without the tape. */
#ifndef REPRESENTATIONS_BYHAND_H
#define REPRESENTATIONS_BYHAND_H

enum { PAIRS = 3, DIMS = 2 };

typedef double Points[PAIRS][DIMS]; /* a row for each picture, or for each text */
typedef double Table[PAIRS][PAIRS]; /* rows are pictures, columns texts */

void hand_cosines(Points image, Points text, Table s);
double hand_contrastive(Table s, double scale);
/* VSE++ and its gradient to the cosines; hardest: the worst of each row and column alone. */
double hand_ranking(Table s, double margin, int hardest, Table ds);
double hand_devise(Table s, double margin);
void hand_order(Points image, Points text, Table energy); /* |max(0, text - image)|^2 */
double hand_dcca(Points image, Points text, double ridge);
void hand_lift(Points x, Points lifted); /* curvature 1 */
void hand_distance(Points x, Points y, Table d);
double hand_half_aperture(const double x[DIMS], double min_radius);
double hand_exterior_angle(const double x[DIMS], const double y[DIMS]);

#endif
