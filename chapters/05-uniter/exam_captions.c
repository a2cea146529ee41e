/* exam_captions.c: captions against all that people have written of a picture, as coco-caption scores them; beside them what a detector and a rule say. */
#include "exam.h"
#include "io/memory.h"
#include "mm/metrics.h"

#include <math.h>

char *caption_of(Graph *g, const Tuned *t, const UniterBatch *b, int beams, real length_penalty, double *p)
{
    const BeamOptions o = {.first = b->ids[0],
                           .end = b->ids[b->words[0] - 1],
                           .vocab = mm_wordpiece_size(t->m.tokenizer),
                           .width = beams,
                           .least = 1,
                           .most = SCENE_WORDS - 1,
                           .length_penalty = length_penalty};
    int tokens[SCENE_WORDS];
    UniterBatch shown = *b;
    lessons_hide(&shown, HIDE_WORDS, g);
    const Memory m = caption_memory(g, &t->m.uniter, &shown);
    double rating;
    int n = caption_write(g, &t->m.uniter, &t->caption, m, o, tokens, &rating);
    *p = exp(rating * pow(n - 1, (double)length_penalty) / (n - 1));
    return mm_wordpiece_decode(t->m.tokenizer, tokens, n);
}

/* ---- a rule ---- */

static int likeliest_thing(const Item *item, int r)
{
    return mm_largest(item->soft + r * DETECTOR_CLASSES + 1, MM_THINGS);
}

/* What the detector's classes and boxes say, put into the first form of caption: the two things that it has found most often. */
static SceneFacts detected(const Item *item)
{
    int count[MM_THINGS] = {0};
    double middle[MM_THINGS][2] = {{0}};
    for (int r = 0; r < item->regions; r++) {
        const real *box = item->box + r * UNITER_BOX;
        int thing = likeliest_thing(item, r);
        count[thing]++;
        for (int k = 0; k < 2; k++) {
            middle[thing][k] += (double)(box[k] + box[2 + k]) / 2;
        }
    }
    SceneFacts f = {.thing = {-1, -1}};
    for (int i = 0; i < MM_THINGS; i++) {
        if (count[i] > (f.thing[0] < 0 ? 0 : count[f.thing[0]])) {
            f.thing[0] = i;
        }
    }
    for (int i = 0; i < MM_THINGS; i++) {
        if (i != f.thing[0] && (f.thing[1] < 0 || count[i] > count[f.thing[1]])) {
            f.thing[1] = i;
        }
    }
    double off[2];
    for (int k = 0; k < 2; k++) {
        f.count[k] = count[f.thing[k]] < 1 ? 1 : count[f.thing[k]] > MM_SCENE_MOST ? MM_SCENE_MOST : count[f.thing[k]];
    }
    for (int k = 0; k < 2; k++) {
        off[k] = middle[f.thing[0]][k] / f.count[0] - middle[f.thing[1]][k] / f.count[1];
    }
    bool beside = off[0] * off[0] > off[1] * off[1];
    f.relation = beside ? (off[0] < 0 ? MM_LEFT_OF : MM_RIGHT_OF) : (off[1] < 0 ? MM_ABOVE : MM_BELOW);
    return f;
}

/* ---- all ---- */

typedef struct Guesses {
    const Lessons *test;
    CaptionGuess *at;
    char **text;
} Guesses;

static Guesses guesses_new(const Lessons *test)
{
    size_t n = (size_t)test->n;
    return (Guesses){test, mm_take(n, sizeof(CaptionGuess)), mm_take(n, sizeof(char *))};
}

/* Scores the texts, and forgets them. */
static CaptionScores scored(Guesses *g)
{
    const int *first = g->test->first_caption;
    for (int i = 0; i < g->test->n; i++) {
        g->at[i] = (CaptionGuess){g->text[i], g->test->caption + first[i], first[i + 1] - first[i]};
    }
    CaptionScores s = mm_caption_scores(g->at, g->test->n, NULL, NULL);
    for (int i = 0; i < g->test->n; i++) {
        free(g->text[i]);
    }
    return s;
}

static CaptionScores written(Guesses *guesses, const Tuned *t, const ExamOptions *o, int beams)
{
    Graph *g = mm_graph_inference(0);
    double p;
    for (int i = 0; i < guesses->test->n; i++) {
        int pick = guesses->test->first_caption[i];
        const UniterBatch b = lessons_batch(&guesses->test->of[SKILL_CAPTION].set, &pick, 1, o->hiding, g);
        guesses->text[i] = caption_of(g, t, &b, beams, o->length_penalty, &p);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return scored(guesses);
}

static char *copy(const char *text)
{
    return mm_copy_text(text, strlen(text));
}

Exam examine_captions(const Tuned *t, const Lessons *test, const ExamOptions *o)
{
    Exam e = {.asked = test->n};
    Guesses g = guesses_new(test);
    CaptionScores s = written(&g, t, o, o->beams);
    exam_put(&e, "CIDEr-D", s.cider_d);
    exam_put(&e, "BLEU-4", s.bleu[3]);
    exam_put(&e, "ROUGE-L", s.rouge_l);
    exam_put(&e, "the likeliest word each time: CIDEr-D", written(&g, t, o, 1).cider_d);
    for (int i = 0; i < test->n; i++) {
        const SceneFacts f = detected(&test->of[SKILL_CAPTION].set.item[test->first_caption[i]]);
        g.text[i] = copy(mm_scene_caption(&f, o->language, 0).text);
    }
    exam_baseline(&e, "the detector's classes and a rule: CIDEr-D", scored(&g).cider_d);
    for (int i = 0; i < test->n; i++) {
        g.text[i] = copy(o->train->caption[o->train->first_caption[i % o->train->n]]);
    }
    exam_baseline(&e, "a caption of another scene: CIDEr-D", scored(&g).cider_d);
    free(g.at);
    free(g.text);
    return e;
}
