/* report.h: what a pretrained model knows of scenes, measured and printed. */
#ifndef UNITER_REPORT_H
#define UNITER_REPORT_H

#include "folder.h"
#include "measure.h"
#include "mm/program.h"
#include "scenes.h"

/* Measures m on n scenes each of held-out pairs of things in seen styles and in the style of tests, and of photographs if there are. */
bool report(const UniterModel *m, const Detector *d, const Cutouts *c, Language language, int n, const Common *common,
            Error *err);

#endif
