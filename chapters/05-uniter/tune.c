/* tune.c: see tune.h. */
#include "tune.h"

enum { LEAST_ANSWERS = 9 }; /* as often must an answer be the best one of a question: the official figure */

const Tuning tuning_default = {
    .recipe = {
        .ratio = {3, 3, 1, 1, 2}, .steps = 10000, .warmup = 1000, .batch = 32, .lr = 1e-3, .weight_decay = 0.01, .clip_norm = 5}};

typedef struct Learning {
    const Tuned *t;
    const Lessons *l;
    Hiding hiding;
} Learning;

static Tensor *loss(void *context, Graph *g, int skill, int batch, Rng *rng)
{
    const Learning *x = context;
    const int *pick = draw_items(&x->l->of[skill].set, batch, rng, g);
    return skill_loss(g, x->t, (Skill)skill, x->l, pick, batch, x->hiding, rng);
}

Course tune_course(void)
{
    return (Course){.tasks = SKILLS, .task = skill_name, .loss = loss};
}

static bool add_heads(Tuned *t, Lessons *l, const Tuning *how, Error *err)
{
    for (int s = 0; s < SKILLS; s++) {
        if (how->recipe.ratio[s] == 0) {
            continue;
        }
        if (l->of[s].set.n < 1) {
            return mm_error(err, "%s: the scenes have no example to learn from", skill_name[s]);
        }
        if (s == SKILL_VQA) {
            VqaAnswers answers = lessons_answers(l, LEAST_ANSWERS);
            if (answers.n < 1) {
                mm_vqa_answers_free(&answers);
                return mm_error(err, "vqa: no answer is given %d times in %d questions; more are needed", LEAST_ANSWERS,
                                l->questions);
            }
            tuned_add_vqa(t, answers);
            lessons_said(l, &t->answers);
        } else if (s == SKILL_CAPTION) {
            tuned_add_caption(t, how->decoder);
        } else {
            tuned_add(t, (Skill)s);
        }
    }
    return how->recipe.ratio[SKILL_RANK] == 0 || how->recipe.batch >= RANK_GROUP ||
           mm_error(err, "rank: a batch of %d has no room for a pair and %d others", how->recipe.batch, RANK_GROUP - 1);
}

bool tune(Tuned *t, Lessons *l, const Tuning *how, uint64_t seed, const Keeping *keep, float *history, Error *err)
{
    char what[128];
    Learning x = {t, l, how->hiding};
    Course course = tune_course();
    course.context = &x;
    course.what = what;
    snprintf(what, sizeof what, "uniter tune pictures %d captions %d questions %d hide %s", l->n, l->captions, l->questions,
             hiding_name[how->hiding]);
    return add_heads(t, l, how, err) && take_steps(&course, t->m.params, &how->recipe, seed, keep, history, err);
}
