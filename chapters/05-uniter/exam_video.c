/* exam_video.c: see exam_video.h. */
#include "exam_video.h"
#include "io/memory.h"
#include "mm/metrics.h"
#include "watch.h"

#include <math.h>

const char *const video_column[VIDEO_COLUMNS] = {"in order", "shuffled", "one frame", "as GIF", "rule", "another's"};

const char *video_line(int line)
{
    static const char *const name[] = {"CIDEr-D", "BLEU-4", "ROUGE-L", "which thing", "what happens"};
    return line < VIDEO_EVENTS ? name[line] : mm_clip_event_name[line - VIDEO_EVENTS];
}

/* ---- a rule ---- */

static const double moved = 0.04; /* less is none: parts of the frame */

/* How a region changes: its middle and its size from the first frame to the last, its form between any. */
typedef struct Change {
    double x, y, size, form;
} Change;

static const real *box_of(const ClipView *v, int frame, int k)
{
    return v->box + (frame * (v->n / MM_CLIP_FRAMES) + k) * UNITER_BOX;
}

static double side(const real *box)
{
    return sqrt((double)box[6]);
}

static Change change_of(const ClipView *v, int k)
{
    const real *a = box_of(v, 0, k), *b = box_of(v, MM_CLIP_FRAMES - 1, k);
    Change c = {
        .x = (double)(b[0] + b[2] - a[0] - a[2]) / 2, .y = (double)(b[1] + b[3] - a[1] - a[3]) / 2, .size = side(b) - side(a)};
    for (int t = 1; t < MM_CLIP_FRAMES; t++) {
        const real *now = box_of(v, t, k);
        c.form = fmax(c.form, fmax(fabs((double)(now[4] - a[4])), fabs((double)(now[5] - a[5]))));
    }
    return c;
}

static ClipEvent event_of(Change c)
{
    const double x = fabs(c.x), y = fabs(c.y), size = fabs(c.size);
    if (x < moved && y < moved && size < moved) {
        return c.form < moved ? MM_STAYS : MM_TURNS_CLOCKWISE; /* or back: boxes do not tell */
    }
    if (size >= x && size >= y) {
        return c.size > 0 ? MM_GROWS : MM_SHRINKS;
    }
    return x >= y ? (c.x < 0 ? MM_MOVES_LEFT : MM_MOVES_RIGHT) : (c.y < 0 ? MM_MOVES_UP : MM_MOVES_DOWN);
}

/* What region k is taken for in most frames. */
static int thing_of(const ClipView *v, int k)
{
    real sum[MM_THINGS] = {0};
    const int n = v->n / MM_CLIP_FRAMES;
    for (int t = 0; t < MM_CLIP_FRAMES; t++) {
        for (int i = 0; i < MM_THINGS; i++) {
            sum[i] += v->soft[(t * n + k) * DETECTOR_CLASSES + 1 + i];
        }
    }
    return mm_largest(sum, MM_THINGS);
}

/* The rule is told which region of one frame is which of the next. */
static ClipFacts ruled(const ClipView *v)
{
    const int n = v->n / MM_CLIP_FRAMES;
    int mover = 0;
    double most = -1;
    for (int k = 0; k < n; k++) {
        const Change c = change_of(v, k);
        const double all = fabs(c.x) + fabs(c.y) + fabs(c.size) + c.form;
        if (all > most) {
            most = all;
            mover = k;
        }
    }
    return (ClipFacts){thing_of(v, mover), n > 1 ? thing_of(v, 1 - mover) : -1, event_of(change_of(v, mover))};
}

/* ---- what is said ---- */

static char *written(Graph *g, const VideoTest *x, const UniterBatch *b)
{
    double p;
    char *text = caption_of(g, x->t, b, x->beams, x->length_penalty, &p);
    mm_graph_reset(g);
    return text;
}

static char *seen(Graph *g, const VideoTest *x, int i, FrameOrder order)
{
    const int pick = i * MM_CLIP_CAPTIONS;
    Rng rng = mm_rng(x->seed + (uint64_t)i, "order");
    const UniterBatch b = clips_batch(g, x->clips, &pick, 1, order, &rng, x->t->frames);
    return written(g, x, &b);
}

static SceneClip clip_again(const VideoTest *x, int i)
{
    return mm_clip_new(x->cutouts, x->split, mm_scene_rng(x->seed, x->split, x->clips->first + i));
}

static char *seen_as_gif(Graph *g, const VideoTest *x, int i, Error *err)
{
    char *path = mm_join_path(x->folder, "clip.gif"), *text = NULL;
    SceneClip clip = clip_again(x, i);
    Animation a = {0};
    Watched w;
    if (mm_animation_save(path, &clip.frames, err) && mm_animation_load(path, &a, err) && watch(&a, path, x->detector, &w, err)) {
        const UniterBatch b = watched_batch(g, &w, x->t->m.tokenizer, x->t->frames);
        text = written(g, x, &b);
    }
    mm_animation_free(&a);
    mm_clip_free(&clip);
    free(path);
    return text;
}

static char *said_of(Graph *g, const VideoTest *x, int i, VideoColumn column, Error *err)
{
    char text[MM_SCENE_TEXT];
    const char *other;
    ClipFacts f;
    switch (column) {
    case VIDEO_AS_GIF: return seen_as_gif(g, x, i, err);
    case VIDEO_RULE:
        f = ruled(&x->clips->view[i]);
        mm_clip_caption(&f, x->language, 0, text);
        return mm_copy_text(text, strlen(text));
    case VIDEO_OTHER: other = x->train->caption[i % x->train->n * MM_CLIP_CAPTIONS]; return mm_copy_text(other, strlen(other));
    default: return seen(g, x, i, (FrameOrder)column);
    }
}

/* ---- all ---- */

static void count(const VideoTest *x, char *const *text, int column, VideoExam *e)
{
    for (int i = 0; i < x->clips->n; i++) {
        const ClipFacts *f = &x->clips->facts[i];
        const ClipSaid said = mm_clip_said(text[i], x->language);
        const bool right = said.event == (int)f->event;
        e->at[VIDEO_THING][column] += (double)(said.thing == f->thing) / e->asked;
        e->at[VIDEO_EVENT][column] += (double)right / e->asked;
        e->at[VIDEO_EVENTS + f->event][column] += right;
    }
    for (int k = 0; k < MM_CLIP_EVENTS; k++) {
        e->at[VIDEO_EVENTS + k][column] /= e->of[k];
    }
}

static void score(const VideoTest *x, char *const *text, int column, VideoExam *e)
{
    CaptionGuess *at = mm_take((size_t)e->asked, sizeof *at);
    const char **reference = mm_take((size_t)e->asked * MM_CLIP_CAPTIONS, sizeof *reference);
    for (int i = 0; i < e->asked * MM_CLIP_CAPTIONS; i++) {
        reference[i] = x->clips->caption[i];
    }
    for (int i = 0; i < e->asked; i++) {
        at[i] = (CaptionGuess){text[i], reference + i * MM_CLIP_CAPTIONS, MM_CLIP_CAPTIONS};
    }
    const CaptionScores s = mm_caption_scores(at, e->asked, NULL, NULL);
    e->at[VIDEO_CIDER][column] = s.cider_d;
    e->at[VIDEO_BLEU][column] = s.bleu[3];
    e->at[VIDEO_ROUGE][column] = s.rouge_l;
    count(x, text, column, e);
    free(at);
    free(reference);
}

bool video_examine(const VideoTest *x, VideoExam *e, Error *err)
{
    const int n = x->clips->n;
    char **text = mm_take((size_t)n, sizeof *text);
    Graph *g = mm_graph_inference(0);
    bool ok = true;
    *e = (VideoExam){.asked = n};
    for (int i = 0; i < n; i++) {
        e->of[x->clips->facts[i].event]++;
    }
    for (int column = 0; column < VIDEO_COLUMNS && ok; column++) {
        for (int i = 0; i < n && ok; i++) {
            text[i] = said_of(g, x, i, (VideoColumn)column, err);
            ok = text[i] != NULL;
        }
        if (ok) {
            score(x, text, column, e);
        }
        for (int i = 0; i < n; i++) {
            free(text[i]);
            text[i] = NULL;
        }
    }
    mm_graph_free(g);
    free(text);
    return ok;
}

bool video_sheet(const VideoTest *x, const int *which, int n, char **said, Error *err)
{
    enum { GAP = 2, STEP = MM_CLIP_SIDE + GAP };
    Picture sheet = mm_picture_new(MM_CLIP_FRAMES * STEP - GAP, n * STEP - GAP, 3);
    memset(sheet.pixels, 255, (size_t)(sheet.width * sheet.height * 3));
    Graph *g = mm_graph_inference(0);
    for (int i = 0; i < n; i++) {
        SceneClip clip = clip_again(x, which[i]);
        for (int t = 0; t < MM_CLIP_FRAMES; t++) {
            const Picture frame = mm_animation_picture(&clip.frames, t);
            mm_picture_paste(&sheet, &frame, t * STEP, i * STEP);
        }
        said[i] = seen(g, x, which[i], FRAMES_ORDERED);
        mm_clip_free(&clip);
    }
    char *path = mm_join_path(x->folder, "clips.png");
    bool ok = mm_picture_save(path, &sheet, err);
    free(path);
    mm_graph_free(g);
    mm_picture_free(&sheet);
    return ok;
}
