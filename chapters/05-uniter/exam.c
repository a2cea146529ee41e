/* exam.c: see exam.h. */
#include "exam.h"
#include "io/memory.h"
#include "mm/metrics.h"
#include "skills.h"

#include <jansson.h>
#include <math.h>

enum { TOGETHER = 32 }; /* examples at a time */

void exam_put(Exam *e, const char *what, double value)
{
    e->line[e->n++] = (ExamLine){what, value};
}

void exam_baseline(Exam *e, const char *what, double value)
{
    exam_put(e, what, value);
    e->baselines++;
}

/* The scores of all n examples of a set, (n, width), `width` from each row of what `score` gives. */
typedef Tensor *Score(Graph *g, const Tuned *t, const UniterBatch *b);

static int *best_of_all(const Tuned *t, const Examples *e, Hiding hiding, Score *score)
{
    int *best = mm_take((size_t)e->set.n, sizeof *best), pick[TOGETHER];
    Graph *g = mm_graph_inference(0);
    for (int first = 0; first < e->set.n; first += TOGETHER) {
        int n = e->set.n - first < TOGETHER ? e->set.n - first : TOGETHER;
        for (int i = 0; i < n; i++) {
            pick[i] = first + i;
        }
        const UniterBatch b = lessons_batch(&e->set, pick, n, hiding, g);
        const Tensor *s = score(g, t, &b);
        for (int i = 0; i < n; i++) {
            best[first + i] = mm_largest(s->data + (size_t)i * (size_t)mm_last(s->shape), mm_last(s->shape));
        }
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return best;
}

static Tensor *vqa_score(Graph *g, const Tuned *t, const UniterBatch *b)
{
    return vqa_logits(g, &t->m.uniter, &t->vqa, uniter_encode(g, &t->m.uniter, b));
}

static Tensor *refer_score(Graph *g, const Tuned *t, const UniterBatch *b)
{
    return refer_scores(g, &t->refer, b, uniter_encode(g, &t->m.uniter, b));
}

static Tensor *entail_score(Graph *g, const Tuned *t, const UniterBatch *b)
{
    return vqa_logits(g, &t->m.uniter, &t->entail, uniter_encode(g, &t->m.uniter, b));
}

const char *answer_of(Graph *g, const Tuned *t, const UniterBatch *b, real *p)
{
    const Tensor *s = vqa_score(g, t, b);
    int best = mm_largest(s->data, t->answers.n);
    *p = 1 / (1 + (real)exp(-(double)s->data[best]));
    return t->answers.at[best];
}

/* ---- VQA ---- */

/* How often each answer is the best one of the training questions of a type, or with a text: {type or text: {answer: how often}}. */
static json_t *count_answers(const Lessons *train, bool by_text)
{
    json_t *all = json_object();
    for (int i = 0; i < train->questions; i++) {
        const VqaQuestion *q = &train->asked[i];
        const char *key = by_text ? q->text : q->type;
        if (!json_object_get(all, key)) {
            json_object_set_new(all, key, json_object());
        }
        json_t *of = json_object_get(all, key);
        json_object_set_new(of, q->best, json_integer(1 + json_integer_value(json_object_get(of, q->best))));
    }
    return all;
}

/* "": there was no such question. */
static const char *most_frequent(json_t *counts)
{
    const char *answer, *best = "";
    json_int_t most = 0;
    json_t *n;
    json_object_foreach(counts, answer, n)
    {
        if (json_integer_value(n) > most) {
            most = json_integer_value(n);
            best = answer;
        }
    }
    return best;
}

static double agreement(const char *guess, const VqaQuestion *q)
{
    return mm_vqa_accuracy(guess, q->answer, q->answers);
}

typedef struct Sum {
    double right;
    int n;
} Sum;

static void count(Sum *s, double right)
{
    s->right += right;
    s->n++;
}

static double share(Sum s)
{
    return s.right / s.n;
}

/* A type of question, and how well those of it were answered. */
typedef struct TypeSum {
    const char *type;
    Sum right;
} TypeSum;

static int more_frequent(const void *a, const void *b)
{
    return ((const TypeSum *)b)->right.n - ((const TypeSum *)a)->right.n;
}

enum { TYPES = 128, SHOWN = 6 }; /* VQA v2 has 65 */

static void count_type(TypeSum *of, const char *type, double right)
{
    int k = 0;
    while (k < TYPES - 1 && of[k].type && strcmp(of[k].type, type) != 0) {
        k++;
    }
    of[k].type = type;
    count(&of[k].right, right);
}

static Exam examine_vqa(const Tuned *t, const Lessons *test, const ExamOptions *o)
{
    Exam e = {.asked = test->of[SKILL_VQA].set.n};
    TypeSum of[TYPES] = {{0}};
    Sum all = {0}, by_type = {0}, by_text = {0};
    json_t *types = count_answers(o->train, false), *texts = count_answers(o->train, true);
    int *best = best_of_all(t, &test->of[SKILL_VQA], o->hiding, vqa_score);
    for (int i = 0; i < e.asked; i++) {
        const VqaQuestion *q = &test->asked[i];
        const char *of_type = most_frequent(json_object_get(types, q->type)),
                   *same = most_frequent(json_object_get(texts, q->text));
        double right = agreement(t->answers.at[best[i]], q);
        count(&all, right);
        count_type(of, q->type, right);
        count(&by_type, agreement(of_type, q));
        count(&by_text, agreement(*same ? same : of_type, q));
    }
    exam_put(&e, "accuracy", share(all));
    qsort(of, TYPES, sizeof *of, more_frequent);
    for (int k = 0; k < SHOWN && of[k].type; k++) {
        exam_put(&e, of[k].type, share(of[k].right));
    }
    exam_baseline(&e, "most frequent answer of the question's type", share(by_type));
    exam_baseline(&e, "most frequent answer of the same question", share(by_text));
    free(best);
    json_decref(types);
    json_decref(texts);
    return e;
}

/* ---- the region that is meant, and statements ---- */

static double part_right(const int *best, const Examples *e)
{
    Sum s = {0};
    for (int i = 0; i < e->set.n; i++) {
        count(&s, best[i] == e->label[i]);
    }
    return share(s);
}

static Exam examine_refer(const Tuned *t, const Lessons *test, const ExamOptions *o)
{
    const Examples *x = &test->of[SKILL_REFER];
    Exam e = {.asked = x->set.n};
    int *best = best_of_all(t, x, o->hiding, refer_score);
    Sum chance = {0}, largest = {0};
    for (int i = 0; i < x->set.n; i++) {
        const Item *item = &x->set.item[i];
        count(&chance, 1. / item->regions);
        count(&largest, largest_box(item) == x->label[i]);
    }
    exam_put(&e, "accuracy", part_right(best, x));
    exam_baseline(&e, "the largest region", share(largest));
    exam_baseline(&e, "chance", share(chance));
    free(best);
    return e;
}

static Exam examine_entail(const Tuned *t, const Lessons *test, const ExamOptions *o)
{
    const Examples *x = &test->of[SKILL_ENTAIL];
    Exam e = {.asked = x->set.n};
    int *best = best_of_all(t, x, o->hiding, entail_score);
    Sum counted = {0};
    for (int i = 0; i < x->set.n; i++) { /* things shown, of how many kinds: two, then it follows; one, then it is open */
        const Item *item = &x->set.item[i];
        bool two = item->kind[0] != item->kind[item->regions - 1];
        count(&counted, x->label[i] == (two ? FOLLOWS : OPEN));
    }
    exam_put(&e, "accuracy", part_right(best, x));
    exam_baseline(&e, "whether things of two kinds are shown", share(counted));
    exam_baseline(&e, "chance", 1. / VERDICTS);
    free(best);
    return e;
}

/* ---- ranking ---- */

static Tensor *rank_score(Graph *g, const Tuned *t, const UniterBatch *b)
{
    return rank_scores(g, &t->m.uniter, &t->rank, uniter_encode(g, &t->m.uniter, b));
}

/* How much more likely a match than none: (B, 1) */
static Tensor *match_score(Graph *g, const Uniter *u, const UniterBatch *b)
{
    Tensor *y = uniter_match_logits(g, u, uniter_encode(g, u, b)); /* (B, 2) */
    return mm_sub(g, mm_slice(g, y, 1, 1, 1), mm_slice(g, y, 1, 0, 1));
}

/* similarity (n, n): text i, picture j. One caption of each scene. u NULL: by the head for ranking, else by how likely u finds a match. */
static real *all_pairs(const Tuned *t, const Uniter *u, const Lessons *test)
{
    int n = test->n, text[TOGETHER], picture[TOGETHER];
    real *similarity = mm_take((size_t)n * (size_t)n, sizeof *similarity);
    Graph *g = mm_graph_inference(0);
    for (int first = 0; first < n * n; first += TOGETHER) {
        int some = n * n - first < TOGETHER ? n * n - first : TOGETHER;
        for (int i = 0; i < some; i++) {
            int x = (first + i) / n, y = (first + i) % n;
            text[i] = x * RANK_TEXTS + x % MM_SCENE_CAPTIONS;
            picture[i] = y * RANK_TEXTS;
        }
        const UniterBatch b = skill_pairs(&test->of[SKILL_RANK].set, text, picture, some, g);
        const Tensor *s = u ? match_score(g, u, &b) : rank_score(g, t, &b);
        memcpy(similarity + first, s->data, (size_t)some * sizeof *similarity);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return similarity;
}

static Exam examine_rank(const Tuned *t, const Lessons *test, const ExamOptions *o)
{
    int n = test->n, *own = mm_take((size_t)n, sizeof *own);
    Exam e = {.asked = n};
    for (int i = 0; i < n; i++) {
        own[i] = i;
    }
    for (int before = 0; before <= (o->before != NULL); before++) {
        real *s = all_pairs(t, before ? o->before : NULL, test);
        Recall picture = mm_recall(s, n, n, own, own), text = mm_recall_columns(s, n, n, own, own);
        if (before) {
            exam_baseline(&e, "without fine-tuning, by ITM: mean R@1", (picture.at1 + text.at1) / 2);
        } else {
            exam_put(&e, "mean R@1", (picture.at1 + text.at1) / 2);
            exam_put(&e, "picture of a text: R@1", picture.at1);
            exam_put(&e, "R@5", picture.at5);
            exam_put(&e, "R@10", picture.at10);
            exam_put(&e, "text of a picture: R@1", text.at1);
            exam_put(&e, "R@5", text.at5);
            exam_put(&e, "R@10", text.at10);
        }
        free(s);
    }
    exam_baseline(&e, "chance: mean R@1", mm_recall_chance(n, n, own, own).at1);
    free(own);
    return e;
}

Exam examine(const Tuned *t, Skill skill, const Lessons *test, const ExamOptions *o)
{
    switch (skill) {
    case SKILL_VQA: return examine_vqa(t, test, o);
    case SKILL_CAPTION: return examine_captions(t, test, o);
    case SKILL_RANK: return examine_rank(t, test, o);
    case SKILL_REFER: return examine_refer(t, test, o);
    default: return examine_entail(t, test, o);
    }
}
