/* exam_video.h: how well a model says what happens in clips that it has not learned from; with the frames in order and not, and beside it a
 * rule. */
#ifndef UNITER_EXAM_VIDEO_H
#define UNITER_EXAM_VIDEO_H

#include "clips.h"
#include "exam.h"

typedef enum VideoColumn {
    VIDEO_ORDERED,
    VIDEO_SHUFFLED,
    VIDEO_ONE,    /* one frame, all the time */
    VIDEO_AS_GIF, /* written as GIF and read again: nobody says where things are (watch.h) */
    VIDEO_RULE,   /* the detector's classes, and what a rule finds in the boxes of the frames */
    VIDEO_OTHER,  /* a caption of another clip */
    VIDEO_COLUMNS
} VideoColumn;
extern const char *const video_column[VIDEO_COLUMNS];

/* Captions by their scores; then shares of clips: of which it is rightly said to what something happens, and what; the latter of clips of each
 * event. */
enum {
    VIDEO_CIDER,
    VIDEO_BLEU,
    VIDEO_ROUGE,
    VIDEO_THING,
    VIDEO_EVENT,
    VIDEO_EVENTS,
    VIDEO_LINES = VIDEO_EVENTS + MM_CLIP_EVENTS
};
const char *video_line(int line); /* its name */

typedef struct VideoExam {
    int asked, of[MM_CLIP_EVENTS];         /* clips; with each event */
    double at[VIDEO_LINES][VIDEO_COLUMNS]; /* NaN: there was no such clip */
} VideoExam;

typedef struct VideoTest {
    const Tuned *t;
    const Detector *detector;
    const Cutouts *cutouts;
    const Clips *clips, *train; /* what is tested; where captions of other clips are from */
    SceneSplit split;
    uint64_t seed; /* of clips */
    Language language;
    int beams;
    real length_penalty;
    const char *folder; /* clip.gif is written here, again and again */
} VideoTest;

bool video_examine(const VideoTest *x, VideoExam *e, Error *err);
/* FOLDER/clips.png: clips which[0 .. n-1] of the test, one below the other, their frames from left to right. The caller frees each of said (n):
 * what the model says of them. */
bool video_sheet(const VideoTest *x, const int *which, int n, char **said, Error *err);

#endif
