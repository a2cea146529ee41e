/* curves.h: the course of a run as figures. */
#ifndef CLIP_CURVES_H
#define CLIP_CURVES_H

#include "mm/io.h"
#include "mm/train.h"

/* What is noted of every step; NaN where nothing was measured. */
enum { LOG_LOSS, LOG_SCALE, LOG_LR, LOG_EN_1, LOG_EN_10, LOG_ZH_1, LOG_ZH_10, LOG_COLUMNS };

/* Writes folder/log.tsv, loss.svg and, if recall was measured on the way, in so many languages, recall.svg. gnuplot draws; without it
 * only the table is written and a line says so. */
bool curves_write(const char *folder, const TrainState *state, int64_t steps, int batch, int languages, Error *err);

#endif
