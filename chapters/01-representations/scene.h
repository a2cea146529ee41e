/* scene.h: pictures composed of two to four emoji on a coloured ground, with the captions that name them: synthetic scenes of real
 * drawings, in which it is known where everything is. */
#ifndef REPRESENTATIONS_SCENE_H
#define REPRESENTATIONS_SCENE_H

#include "batch.h"

enum { SCENE = 64, MOST_OBJECTS = 4 }; /* pixels of a side */

typedef struct Object {
    int item;              /* picture emoji.at[item] */
    int left, top, side;   /* in pixels of the scene */
    int first_word, words; /* of the caption's tokens: its name */
} Object;

typedef struct Scene {
    int n;
    Object object[MOST_OBJECTS];
    Picture picture; /* RGB, SCENE x SCENE */
    Text caption;    /* the names one after the other */
} Scene;

/* Draws from n_items pictures, a concept at most once. The caller frees. */
Scene scene_new(const Set *s, const int *item, int n_items, int language, Rng rng);
void scene_free(Scene *scene);
/* As an encoder reads it: (3, SCENE, SCENE) */
void scene_pixels(const Scene *scene, real *pixels);

#endif
