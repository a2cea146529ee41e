/* video_command.c: `uniter video`: a pretrained model learns to say what happens in clips, and is tested. */
#include "exam_video.h"
#include "io/memory.h"
#include "program.h"
#include "skills.h"
#include "tune_options.h"

#include <jansson.h>
#include <stdio.h>

enum { SHOWN = (MM_CLIP_EVENTS + 1) / 2 }; /* clips of the sheet */

typedef struct VideoOptions {
    TuneOptions tune;   /* its scenes and tests are clips here */
    FrameOrder order;   /* of frames in training */
    double frame_scale; /* how large the embeddings of frames are at first */
    bool only_test;
} VideoOptions;

static const char *const video_task[] = {"video", NULL};

/* ---- learning ---- */

typedef struct Learning {
    const Tuned *t;
    const Clips *clips;
    FrameOrder order;
} Learning;

static Tensor *loss(void *context, Graph *g, int task, int batch, Rng *rng)
{
    const Learning *x = context;
    int *pick = mm_arena(g, (size_t)batch * sizeof *pick);
    (void)task;
    for (int i = 0; i < batch; i++) {
        pick[i] = mm_below(rng, x->clips->n * MM_CLIP_CAPTIONS);
    }
    const UniterBatch told = clips_batch(g, x->clips, pick, batch, x->order, rng, x->t->frames);
    return mm_named(skill_write_loss(g, x->t, &told), video_task[0]);
}

/* The pretrained model, which gets the words of the captions, a decoder and embeddings of frames. */
static bool prepare(const VideoOptions *v, Tuned *t, Clips *train, Error *err)
{
    const TuneOptions *o = &v->tune;
    const int n = train->n * MM_CLIP_CAPTIONS;
    const char **text = mm_take((size_t)n, sizeof *text);
    for (int i = 0; i < n; i++) {
        text[i] = train->caption[i];
    }
    bool ok = tuned_start(o->from, o->from_scratch, o->common.seed, t, err) &&
              tuned_learn_words(t, text, n, o->common.seed, err) && clips_tokenize(train, t->m.tokenizer, err);
    if (ok) {
        tuned_add_video(t, o->tuning.decoder);
    }
    for (size_t i = 0; ok && i < t->frames->n; i++) {
        t->frames->data[i] *= (real)v->frame_scale;
    }
    free(text);
    return ok;
}

static bool learn(VideoOptions *v, Tuned *t, const Clips *train, const char *out, Error *err)
{
    TuneOptions *o = &v->tune;
    const Recipe r = o->tuning.recipe;
    float *history = mm_take((size_t)r.steps * LOG_COLUMNS, sizeof *history);
    char *state = mm_join_path(out, "state.safetensors"), what[128];
    Learning x = {t, train, v->order};
    const Course course = {.tasks = 1, .task = video_task, .loss = loss, .context = &x, .what = what};
    o->keep.state = state;
    snprintf(what, sizeof what, "uniter video clips %d frames %s scale %g", train->n, frame_order_name[v->order], v->frame_scale);
    if (!o->common.json) {
        printf("from %s%s: %zu parameters, %d tokens; %d clips, frames %s; %lld steps of %d\n", o->from,
               o->from_scratch ? ", without what it has learned" : "", mm_params_numel(t->m.params),
               mm_wordpiece_size(t->m.tokenizer), train->n, frame_order_name[v->order], (long long)r.steps, r.batch);
        fflush(stdout);
    }
    bool ok = take_steps(&course, t->m.params, &r, o->common.seed, &o->keep, history, err) && tuned_save(t, out, err) &&
              detector_save(&o->detector, out, err) && plot_losses(&course, out, history, r.steps, err);
    if (ok && !o->common.json) {
        printf("model: %s   losses: %s/loss.svg, %s/log.tsv\n", out, out, out);
    }
    free(state);
    free(history);
    return ok;
}

/* ---- testing ---- */

static void print_exam(const VideoExam *e)
{
    printf("  %-30s", "");
    for (int c = 0; c < VIDEO_COLUMNS; c++) {
        printf("%11s", video_column[c]);
    }
    printf("\n");
    for (int line = 0; line < VIDEO_LINES; line++) {
        int n = printf(line < VIDEO_EVENTS ? "  %s" : "    %s", video_line(line));
        if (line >= VIDEO_EVENTS) {
            n += printf(" (%d)", e->of[line - VIDEO_EVENTS]);
        }
        printf("%*s", 32 - n, "");
        for (int c = 0; c < VIDEO_COLUMNS; c++) {
            printf("%11.3f", e->at[line][c]);
        }
        printf("\n");
    }
}

static json_t *exam_json(const VideoExam *e)
{
    json_t *all = json_pack("{s:i}", "clips", e->asked);
    for (int c = 0; c < VIDEO_COLUMNS; c++) {
        json_t *column = json_object();
        for (int line = 0; line < VIDEO_LINES; line++) {
            json_object_set_new(column, video_line(line), json_real(e->at[line][c])); /* none, where it is NaN */
        }
        json_object_set_new(all, video_column[c], column);
    }
    return all;
}

/* Of each event but the opposites the first clip with it. */
static int pick_clips(const Clips *clips, int which[SHOWN])
{
    int n = 0;
    for (int e = 0; e < MM_CLIP_EVENTS; e += 2) {
        for (int i = 0; i < clips->n; i++) {
            if ((int)clips->facts[i].event == e) {
                which[n++] = i;
                break;
            }
        }
    }
    return n;
}

static bool print_sheet(const VideoTest *x, Error *err)
{
    char *said[SHOWN] = {NULL};
    int which[SHOWN], n = pick_clips(x->clips, which);
    bool ok = video_sheet(x, which, n, said, err);
    if (ok) {
        printf("\n%s/clips.png, from top to bottom\n", x->folder);
    }
    for (int i = 0; i < n; i++) {
        if (ok) {
            printf("  %-60s it says: %s\n", x->clips->caption[which[i] * MM_CLIP_CAPTIONS], said[i]);
        }
        free(said[i]);
    }
    return ok;
}

static const char *const tested[MM_SCENE_SPLITS] = {"things that were seen to do this", "things never seen to do this",
                                                    "the same in a style never seen"};

static bool test_split(VideoTest *x, const TuneOptions *o, json_t *all, Error *err)
{
    Clips clips;
    VideoExam e;
    const int first = x->split == MM_SCENE_TRAIN ? o->scenes : 0; /* behind those of training */
    if (!clips_make(x->cutouts, x->detector, x->split, x->seed, first, o->tests, x->language, &clips, err)) {
        return false;
    }
    x->clips = &clips;
    bool ok = clips_tokenize(&clips, x->t->m.tokenizer, err) && video_examine(x, &e, err);
    if (ok) {
        json_object_set_new(all, mm_scene_split_name[x->split], exam_json(&e));
    }
    if (ok && !o->common.json) {
        printf("\n%d clips, %s\n", clips.n, tested[x->split]);
        print_exam(&e);
        ok = x->split != MM_SCENE_HELD_OUT || print_sheet(x, err);
        fflush(stdout);
    }
    clips_free(&clips);
    return ok;
}

static bool test_all(const TuneOptions *o, const Tuned *t, const Cutouts *c, const Clips *train, const char *folder, Error *err)
{
    json_t *all = json_object();
    VideoTest x = {.t = t,
                   .detector = &o->detector,
                   .cutouts = c,
                   .train = train,
                   .seed = o->common.seed,
                   .language = o->language,
                   .beams = o->beams,
                   .length_penalty = (real)o->length_penalty,
                   .folder = folder};
    bool ok = true;
    for (int s = MM_SCENE_TRAIN; s < MM_SCENE_PHOTOGRAPHS && ok; s++) {
        x.split = (SceneSplit)s;
        ok = test_split(&x, o, all, err);
    }
    if (ok && o->common.json) {
        json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(all);
    return ok;
}

/* ---- the command ---- */

static bool run(TuneOptions *o, const Cutouts *c, Error *err)
{
    VideoOptions *v = (VideoOptions *)o; /* of which it is the first */
    Tuned t = {.has = {false}};
    Clips train = {.n = 0};
    const int n = v->only_test && o->tests < o->scenes ? o->tests : o->scenes; /* a test needs some of their captions only */
    char *out = v->only_test ? mm_copy_text(o->from, strlen(o->from)) : mm_join_path(o->common.out, o->name);
    bool ok = mm_make_folders(out, err) &&
              clips_make(c, &o->detector, MM_SCENE_TRAIN, o->common.seed, 0, n, o->language, &train, err);
    if (ok && v->only_test) {
        ok = tuned_load(o->from, &t, err) &&
             (t.frames || mm_error(err, "%s: this model has not learned from clips; `uniter video` makes one that has", o->from));
    } else if (ok) {
        ok = prepare(v, &t, &train, err) && learn(v, &t, &train, out, err);
    }
    ok = ok && test_all(o, &t, c, &train, out, err);
    free(out);
    clips_free(&train);
    tuned_free(&t);
    return ok;
}

enum { ONLY_TEST = 't', FRAMES = 'F', SCALE = 's' };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    VideoOptions *v = state->input;
    switch (key) {
    case ONLY_TEST: v->only_test = true; break;
    case FRAMES: v->order = (FrameOrder)mm_option_choice(state, "--frames", arg, frame_order_name); break;
    case SCALE: v->frame_scale = mm_option_real(state, "--frame-scale", arg, 0, 100); break;
    case ARGP_KEY_END:
        v->tune.start = v->only_test ? v->tune.name : v->tune.start;
        v->tune.maker = v->only_test ? "video" : v->tune.maker;
        break;
    case 'k':
    case 'h': return ARGP_ERR_UNKNOWN;
    default: return tune_parse(key, arg, state);
    }
    return 0;
}

int command_video(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"test", ONLY_TEST, NULL, 0, "learn nothing: test OUT/NAME, or --model", 0},
        {"frames", FRAMES, "ORDER", 0, "learn from frames that are ordered (default), shuffled, or one of them all the time", 0},
        {"frame-scale", SCALE, "X", 0, "how large the embeddings of frames are at first (1)", 0},
        {"from-scratch", 'f', NULL, 0, "leave out what pretraining has learned, to see what it is good for", 0},
        {"decoder", 'd', "KIND", 0, "captions are written by a transformer (default) or lstm", 0},
        {"beams", 'B', "N", 0, "beginnings of a caption that are kept (4)", 0},
        {"length-penalty", 'p', "X", 0, "a caption is rated by ln p / words^X (0)", 0},
        {"quick", 'q', NULL, 0, "a short run: 200 steps, 1000 clips", 0},
        {"steps", 'n', "N", 0, "steps (6000)", 0},
        {"batch", 'b', "N", 0, "clips of a step (32)", 0},
        {"lr", 'l', "RATE", 0, "highest learning rate (0.001)", 0},
        {"clips", 'S', "N", 0, "clips to learn from (8000)", 0},
        {"tests", 'T', "N", 0, "clips of each test (200)", 0},
        {"language", 'g', "LANG", 0, "captions in en (default) or zh; words that the pretrained model lacks are added", 0},
        {"name", 'N', "NAME", 0, "the folder in OUT that the model is written to (video)", 0},
        {"resume", 'r', NULL, 0, "go on with the run that this folder holds, to the same bits", 0},
        {"stop-after", 'x', "N", 0, "save and stop after N steps", 0},
        {"save-every", 'v', "N", 0, "save all that a run needs to go on every N steps (1000)", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc =
            "Teaches a pretrained model to say what happens in clips: a thing moves, grows, shrinks, turns or stays. The regions "
            "of all frames are read as one sequence, each with an embedding of its frame. It is tested on clips that it has not "
            "learned from, with their frames in order, shuffled, one alone, and written as GIF and read again."};
    VideoOptions v = {.tune = tune_defaults(), .frame_scale = 1};
    memset(v.tune.tuning.recipe.ratio, 0, sizeof v.tune.tuning.recipe.ratio);
    v.tune.tuning.recipe.ratio[0] = 1; /* one task: as many steps as are asked for */
    v.tune.scenes = 8000;
    v.tune.tests = 200;
    v.tune.steps = 6000;
    v.tune.name = "video";
    return tune_run(&argp, argc, argv, &v.tune, run);
}
