/* scene_words.h: what scenes, their texts and clips share: words (scene_text.c), sources of cut-outs (scene.c). Private to src/data. */
#ifndef MM_SCENE_WORDS_H
#define MM_SCENE_WORDS_H

#include "mm/scenes.h"

enum { MM_SCENE_PHRASE = 64 };

const char *mm_scene_number(int n, Language language);                 /* "two", 两: 0 .. 4 */
const char *mm_scene_noun(int thing, int count, Language language);    /* "dogs", 狗 */
const char *mm_scene_where(SceneRelation relation, Language language); /* "to the left of", 左边 */
int mm_scene_phrase(int thing, int count, Language language, char text[MM_SCENE_PHRASE]);

int mm_scene_source(const Cutouts *c, SceneSplit split, Rng *rng); /* one that the split is drawn from */

#endif
