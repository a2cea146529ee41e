/* skills.h: what each skill is learned by. */
#ifndef UNITER_SKILLS_H
#define UNITER_SKILLS_H

#include "tuned.h"

/* Ranking: in groups of RANK_GROUP, a pair and the hardest others of RANK_TRIED that are drawn, of which RANK_FALSE texts are the picture's own
 * captions made false. */
enum { RANK_GROUP = 4, RANK_TRIED = 16, RANK_FALSE = 3 };

/* The loss of one skill on examples pick[0 .. n-1]; of ranking, on n / RANK_GROUP of them and what does not belong to them. rng draws the
 * latter. */
Tensor *skill_loss(Graph *g, const Tuned *t, Skill skill, const Lessons *l, const int *pick, int n, Hiding hiding, Rng *rng);

/* Of writing the texts of a batch, of which the model is shown the regions alone. */
Tensor *skill_write_loss(Graph *g, const Tuned *t, const UniterBatch *told);

/* Texts of items text[i] with the regions of items picture[i]. Lives in g. */
UniterBatch skill_pairs(const ItemSet *set, const int *text, const int *picture, int n, Graph *g);

#endif
