/* exam.h: how good a fine-tuned model is at a skill, on scenes that it has not learned from, with what does without learning beside it. */
#ifndef UNITER_EXAM_H
#define UNITER_EXAM_H

#include "tuned.h"

typedef struct ExamLine {
    const char *what;
    double value;
} ExamLine;

typedef struct Exam {
    int asked, n;
    ExamLine line[16]; /* the first is the one that the skill is judged by; baselines are the last `baselines` */
    int baselines;
} Exam;

typedef struct ExamOptions {
    const Lessons *train; /* what majorities are of */
    const Uniter *before; /* the pretrained model, which ranks without having been fine-tuned; NULL: not asked */
    Hiding hiding;
    Language language;
    int beams; /* of captions */
    real length_penalty;
} ExamOptions;

/* Tests t on a skill that it has. */
Exam examine(const Tuned *t, Skill skill, const Lessons *test, const ExamOptions *o);
Exam examine_captions(const Tuned *t, const Lessons *test, const ExamOptions *o); /* exam_captions.c */

/* ---- what a tuned model answers ---- b: examples; g must not record */

const char *answer_of(Graph *g, const Tuned *t, const UniterBatch *b, real *p); /* of one question; p: sigmoid of its score */
/* The caller frees. p: the geometric mean of the probabilities of its words. */
char *caption_of(Graph *g, const Tuned *t, const UniterBatch *b, int beams, real length_penalty, double *p);

/* ---- what examinations are made of ---- */

void exam_put(Exam *e, const char *what, double value);
void exam_baseline(Exam *e, const char *what, double value);

#endif
