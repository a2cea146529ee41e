/* tune_options.h: the options of commands that fine-tune, and what they begin with. */
#ifndef UNITER_TUNE_OPTIONS_H
#define UNITER_TUNE_OPTIONS_H

#include "exam.h"
#include "mm/program.h"
#include "tune.h"

typedef struct TuneOptions {
    Common common;
    Tuning tuning;
    Keeping keep;
    Language language;
    int scenes, tests, beams;
    long long steps; /* of each skill */
    double length_penalty;
    bool from_scratch, any; /* any: a skill was asked for */
    const char *files,
        *split[2];            /* a folder in the form of COCO and VQA v2, and its splits for training and test; NULL: scenes */
    const char *start, *name; /* folders in OUT: what it begins with, unless --model says so; what becomes of it */
    const char *maker;        /* the command that makes the former */
    char *from;               /* the folder that it begins with */
    Detector detector;        /* that is in it */
} TuneOptions;

extern const struct argp_option tune_options[];
TuneOptions tune_defaults(void);
error_t tune_parse(int key, char *arg, struct argp_state *state);
/* Reads the options and the cut-outs, and runs. Returns the exit status. */
int tune_run(const struct argp *argp, int argc, char **argv, TuneOptions *o,
             bool (*run)(TuneOptions *o, const Cutouts *c, Error *err));

/* n scenes of a split with all that is said and asked of them; of files n pictures of that for training or that for tests. */
bool tune_lessons(const TuneOptions *o, const Cutouts *c, SceneSplit split, int n, const Wordpiece *w, Lessons *l, Error *err);
ExamOptions tune_exam(const TuneOptions *o, const Lessons *train, const Uniter *before);

#endif
