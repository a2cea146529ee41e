/* skills.c: see skills.h.
 *
 *     VQA      binary cross-entropy with the soft target of each answer
 *     caption  mean -ln p(next word | words so far, picture)
 *     rank     mean max(0, 0.2 + s(hard other) - s(pair))
 *     refer    -ln softmax(scores of the regions)[the one that is meant]
 *     entail   -ln p(verdict) */
#include "skills.h"

static const real margin = (real)0.2;

static Tensor *answer_loss(Graph *g, const Tuned *t, const Lessons *l, const int *pick, const UniterBatch *b)
{
    int K = t->answers.n;
    real *target = mm_reals(g, (size_t)(b->B * K));
    for (int i = 0; i < b->B; i++) {
        mm_vqa_targets(l->said + pick[i] * MM_VQA_PEOPLE, K, target + i * K); /* 0 for all, where nobody said one of them */
    }
    return vqa_loss(g, vqa_logits(g, &t->m.uniter, &t->vqa, uniter_encode(g, &t->m.uniter, b)), target);
}

Tensor *skill_write_loss(Graph *g, const Tuned *t, const UniterBatch *told)
{
    UniterBatch shown = *told;
    lessons_hide(&shown, HIDE_WORDS, g); /* what it is to write */
    return caption_loss(g, &t->m.uniter, &t->caption, caption_memory(g, &t->m.uniter, &shown), told->ids, told->words, told->T);
}

/* Cross-entropy with the label of each example. */
static Tensor *label_loss(Graph *g, Tensor *logits, const Examples *e, const int *pick)
{
    int n = logits->shape.d[0], *label = mm_arena(g, (size_t)n * sizeof *label);
    for (int i = 0; i < n; i++) {
        label[i] = e->label[pick[i]];
    }
    return mm_cross_entropy(g, logits, label, NULL, 0);
}

/* ---- ranking ---- */

UniterBatch skill_pairs(const ItemSet *set, const int *text, const int *picture, int n, Graph *g)
{
    Item *item = mm_arena(g, (size_t)n * sizeof *item);
    int *pick = mm_arena(g, (size_t)n * sizeof *pick);
    for (int i = 0; i < n; i++) {
        item[i] = set->item[picture[i]];
        item[i].words = set->item[text[i]].words;
        item[i].ids = set->item[text[i]].ids;
        pick[i] = i;
    }
    return lessons_batch(&(ItemSet){item, n, set->img_dim, set->label_dim}, pick, n, HIDE_NOTHING, g);
}

static Tensor *scores(Graph *g, const Tuned *t, const ItemSet *set, const int *text, const int *picture, int n)
{
    const UniterBatch b = skill_pairs(set, text, picture, n, g);
    return rank_scores(g, &t->m.uniter, &t->rank, uniter_encode(g, &t->m.uniter, &b)); /* (n) */
}

/* Of the texts of a scene, the captions stand before those that are false. */
static int true_text(int i)
{
    return i / RANK_TEXTS * RANK_TEXTS + i % MM_SCENE_CAPTIONS;
}

/* One group: text and picture of item `own`, and the hardest of other pictures for its text or of other texts for its picture. Some of
 * these are captions of the picture itself that are false in one respect; the rest are other pictures'. */
static void draw_group(Graph *g, const Tuned *t, const ItemSet *set, int own, int *text, int *picture, Rng *rng)
{
    int tried[RANK_TRIED], same[RANK_TRIED], which[RANK_GROUP - 1];
    bool of_text = mm_uniform(rng) < 0.5;
    for (int i = 0; i < RANK_TRIED; i++) {
        same[i] = own;
        do {
            tried[i] = true_text(mm_below(rng, set->n));
        } while (set->item[tried[i]].picture == set->item[own].picture);
        if (!of_text && i < RANK_FALSE) {
            tried[i] = own / RANK_TEXTS * RANK_TEXTS + MM_SCENE_CAPTIONS + mm_below(rng, MM_SCENE_CAPTIONS);
        }
    }
    bool record = mm_graph_record(g, false);
    const Tensor *s = scores(g, t, set, of_text ? same : tried, of_text ? tried : same, RANK_TRIED);
    mm_graph_record(g, record);
    hardest(s->data, RANK_TRIED, RANK_GROUP - 1, which);
    for (int i = 0; i < RANK_GROUP; i++) {
        int other = i ? tried[which[i - 1]] : own;
        text[i] = of_text ? own : other;
        picture[i] = of_text ? other : own;
    }
}

static Tensor *order_loss(Graph *g, const Tuned *t, const ItemSet *set, const int *pick, int n, Rng *rng)
{
    int groups = n / RANK_GROUP;
    size_t rows = (size_t)(groups * RANK_GROUP);
    int *text = mm_arena(g, rows * sizeof *text), *picture = mm_arena(g, rows * sizeof *picture);
    for (int i = 0; i < groups; i++) {
        draw_group(g, t, set, true_text(pick[i]), text + i * RANK_GROUP, picture + i * RANK_GROUP, rng);
    }
    return rank_loss(g, scores(g, t, set, text, picture, groups * RANK_GROUP), RANK_GROUP, margin);
}

Tensor *skill_loss(Graph *g, const Tuned *t, Skill skill, const Lessons *l, const int *pick, int n, Hiding hiding, Rng *rng)
{
    const Examples *e = &l->of[skill];
    const Uniter *u = &t->m.uniter;
    UniterBatch b;
    Tensor *loss = NULL;
    switch (skill) {
    case SKILL_CAPTION:
        b = lessons_batch(&e->set, pick, n, hiding, g);
        loss = skill_write_loss(g, t, &b);
        break;
    case SKILL_RANK: loss = order_loss(g, t, &e->set, pick, n, rng); break;
    case SKILL_VQA:
        b = lessons_batch(&e->set, pick, n, hiding, g);
        loss = answer_loss(g, t, l, pick, &b);
        break;
    case SKILL_REFER:
        b = lessons_batch(&e->set, pick, n, hiding, g);
        loss = label_loss(g, refer_scores(g, &t->refer, &b, uniter_encode(g, u, &b)), e, pick);
        break;
    case SKILL_ENTAIL:
        b = lessons_batch(&e->set, pick, n, hiding, g);
        loss = label_loss(g, vqa_logits(g, u, &t->entail, uniter_encode(g, u, &b)), e, pick);
        break;
    case SKILLS: mm_fail(mm_graph_handler(g), "skill_loss: there is no such skill");
    }
    return mm_named(loss, skill_name[skill]);
}
