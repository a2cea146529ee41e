/* own_command.c: `uniter caption`, `uniter vqa`, `uniter match`: what a fine-tuned model makes of one's own pictures, and when not to believe
 * it. */
#include "exam.h"
#include "io/memory.h"
#include "own.h"
#include "program.h"
#include "watch.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

static const double sure = 0.5; /* below this the model is as likely wrong as right */

typedef struct OwnOptions {
    Common common;
    int files; /* leading arguments that are pictures */
    int n;
    char **arg;
    int beams;
    double length_penalty;
} OwnOptions;

/* A model with its detector. */
typedef struct Reader {
    bool there;
    Tuned t;
    Detector detector;
} Reader;

/* What reads, and the picture or the clip that is looked at. */
typedef struct Own {
    const OwnOptions *o;
    Reader still, clips; /* of pictures; of GIFs that move */
    OwnPicture picture;
    Watched watched;
    bool moves;     /* it is the clip */
    bool described; /* its regions are printed */
    Graph *g;
    json_t *all; /* --json */
} Own;

/* ---- doubts: what the reader should know before believing ---- */

typedef struct Doubts {
    int n;
    char text[8][160];
} Doubts;

__attribute__((format(printf, 2, 3))) static void doubt(Doubts *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (d->n < 8) {
        vsnprintf(d->text[d->n++], sizeof d->text[0], format, args);
    }
    va_end(args);
}

static void doubt_picture(Doubts *d, const OwnPicture *p)
{
    int unsure = 0;
    for (int r = 0; r < p->proposed.n; r++) {
        double likely;
        unsure += own_picture_thing(p, r, &likely) < 0 || likely < sure;
    }
    if (!p->proposed.plain) {
        doubt(d,
              "nothing stands out from a plain ground, so the picture was cut into a grid of %d: the model has seen no such "
              "pictures",
              p->proposed.n);
    }
    if (unsure > 0) {
        doubt(d, "%d of %d regions look like none of the %d things that it knows", unsure, p->proposed.n, MM_THINGS);
    }
    if (p->proposed.plain && (p->proposed.n < 2 || p->proposed.n > MM_SCENE_OBJECTS)) {
        doubt(d, "%d region%s: it has learned from pictures of 2 to %d", p->proposed.n, p->proposed.n == 1 ? "" : "s",
              MM_SCENE_OBJECTS);
    }
}

static void doubt_clip(Doubts *d, const Watched *w)
{
    int unsure = 0, of[MM_CLIP_FRAMES] = {0}, most = 0;
    for (int r = 0; r < w->view.n; r++) {
        double likely;
        unsure += likely_thing(w->view.soft + r * DETECTOR_CLASSES, &likely) < 0 || likely < sure;
        most = ++of[w->view.frame[r]] > most ? of[w->view.frame[r]] : most;
    }
    if (w->grids > 0) {
        doubt(d, "in %d of %d frames nothing stands out from a plain ground: the model has seen no such clips", w->grids,
              MM_CLIP_FRAMES);
    }
    if (unsure > 0) {
        doubt(d, "%d of %d regions in all frames look like none of the %d things that it knows", unsure, w->view.n, MM_THINGS);
    }
    if (most > MM_CLIP_THINGS) {
        doubt(d, "%d regions in a frame: it has learned from clips of 1 or %d things", most, MM_CLIP_THINGS);
    }
}

/* ---- what is said of a picture ---- */

static void print_regions(const Own *own, const char *file)
{
    const ClipView *v = &own->watched.view;
    int n = own->picture.proposed.n;
    if (own->moves) {
        for (n = 0; n < v->n && v->frame[n] == 0;) {
            n++;
        }
        printf("%s: %d frames; regions of the first:", file, own->watched.frames);
    } else {
        printf("%s: %d regions:", file, n);
    }
    for (int r = 0; r < n; r++) {
        double likely;
        int thing = likely_thing((own->moves ? v->soft : own->picture.soft) + r * DETECTOR_CLASSES, &likely);
        printf("%s %s %.2f", r ? "," : "", thing < 0 ? "ground" : mm_things[thing].en, likely);
    }
    printf("\n");
}

static void say(Own *own, const char *file, const char *asked, const char *said, double p, const char *of, const Doubts *d)
{
    if (own->o->common.json) {
        json_t *doubts = json_array();
        for (int i = 0; i < d->n; i++) {
            json_array_append_new(doubts, json_string(d->text[i]));
        }
        json_array_append_new(own->all,
                              json_pack("{s:s, s:s*, s:s, s:f, s:i, s:o}", "file", file, "asked", asked, "says", said, "p", p,
                                        "regions", own->moves ? own->watched.view.n : own->picture.proposed.n, "doubts", doubts));
        return;
    }
    if (!own->described) {
        print_regions(own, file);
        own->described = true;
    }
    printf("%s%s%s: %s   (%s: %.2f)\n", file, asked ? "   " : "", asked ? asked : "", said, of, p);
    for (int i = 0; i < d->n; i++) {
        printf("  doubtful: %s\n", d->text[i]);
    }
}

/* What a model says of the batch, beside doubts that there are already. */
static void say_caption(Own *own, const Tuned *t, const UniterBatch *b, const char *file, Doubts *d)
{
    double p;
    char *caption = caption_of(own->g, t, b, own->o->beams, (real)own->o->length_penalty, &p);
    if (p < sure) {
        doubt(d, "it is not sure of its words");
    }
    say(own, file, NULL, caption, p, "a word of it, on average", d);
    free(caption);
}

static bool write_caption(Own *own, const char *file, const char *text, Error *err)
{
    UniterBatch b;
    Doubts d = {0};
    (void)text;
    if (!own_picture_ask(own->g, &own->picture, own->still.t.m.tokenizer, "", &b, NULL, err)) {
        return false;
    }
    doubt_picture(&d, &own->picture);
    say_caption(own, &own->still.t, &b, file, &d);
    return true;
}

static bool caption_clip(Own *own, const Animation *a, const char *file, Error *err)
{
    const Tuned *t = &own->clips.t;
    Doubts d = {0};
    if (!watch(a, file, &own->clips.detector, &own->watched, err)) {
        return false;
    }
    own->moves = true;
    own->described = false;
    doubt_clip(&d, &own->watched);
    const UniterBatch b = watched_batch(own->g, &own->watched, t->m.tokenizer, t->frames);
    say_caption(own, t, &b, file, &d);
    mm_graph_reset(own->g);
    return true;
}

/* The text with the picture, and what there is to doubt about both. */
static bool ask(Own *own, const char *text, UniterBatch *b, Doubts *d, Error *err)
{
    char *unknown;
    if (!own_picture_ask(own->g, &own->picture, own->still.t.m.tokenizer, text, b, &unknown, err)) {
        return false;
    }
    doubt_picture(d, &own->picture);
    if (*unknown) {
        doubt(d, "words that it does not know: %.100s", unknown);
    }
    free(unknown);
    return true;
}

static bool answer(Own *own, const char *file, const char *text, Error *err)
{
    UniterBatch b;
    Doubts d = {0};
    real p;
    if (!ask(own, text, &b, &d, err)) {
        return false;
    }
    const char *said = answer_of(own->g, &own->still.t, &b, &p);
    if ((double)p < sure) {
        doubt(&d, "no answer is likely");
    }
    say(own, file, text, said, (double)p, "likely", &d);
    return true;
}

static bool match(Own *own, const char *file, const char *text, Error *err)
{
    UniterBatch b;
    Doubts d = {0};
    const Uniter *u = &own->still.t.m.uniter;
    if (!ask(own, text, &b, &d, err)) {
        return false;
    }
    const Tensor *p = mm_softmax(own->g, uniter_match_logits(own->g, u, uniter_encode(own->g, u, &b)), NULL); /* (1, 2) */
    say(own, file, text, p->data[1] > p->data[0] ? "yes" : "no", (double)p->data[1], "a match", &d);
    return true;
}

/* ---- the commands ---- */

typedef bool Act(Own *own, const char *file, const char *text, Error *err);

static bool act_on_picture(Own *own, const char *file, Act *act, Error *err)
{
    const OwnOptions *o = own->o;
    if (!own->still.there) {
        return mm_error(err, "%s: not a GIF that moves, and the only model here captions clips; `uniter tune` makes another",
                        file);
    }
    bool ok = own_picture_load(file, &own->still.detector, &own->picture, err);
    own->moves = own->described = false;
    for (int k = o->files; k < o->n + (o->files == o->n) && ok; k++) { /* once, where there is no text */
        ok = act(own, file, k < o->n ? o->arg[k] : "", err);
        mm_graph_reset(own->g);
    }
    own_picture_free(&own->picture);
    return ok;
}

/* A GIF that moves is a clip, if there is a model that captions clips; otherwise its first frame is a picture. */
static bool act_on(Own *own, const char *file, Act *act, Error *err)
{
    Animation a = {.n = 0};
    bool ok = !own->clips.there || !mm_ends_in(file, ".gif") || mm_animation_load(file, &a, err);
    if (ok) {
        ok = a.n > 1 ? caption_clip(own, &a, file, err) : act_on_picture(own, file, act, err);
    }
    mm_animation_free(&a);
    return ok;
}

static bool load(Reader *r, const char *folder, Error *err)
{
    r->there = tuned_load(folder, &r->t, err) && detector_load(&r->detector, folder, err);
    return r->there;
}

static void reader_free(Reader *r)
{
    detector_free(&r->detector);
    tuned_free(&r->t);
}

/* --model, which captions pictures or clips; otherwise OUT/tuned for the former and OUT/video for the latter, if it is there. */
static bool find_readers(Own *own, int skill, Error *err)
{
    const Common *c = &own->o->common;
    char *folder = find_model(c, "tuned", "tune", err), *video = mm_join_path(c->out, "video"),
         *last = mm_join_path(video, "detector.safetensors"); /* is written last */
    bool clips = skill == SKILL_CAPTION && !c->model && mm_file_exists(last), ok = folder || clips;
    if (folder && (ok = load(&own->still, folder, err)) && skill < SKILLS && !own->still.t.has[skill]) {
        ok = mm_error(err, "%s: this model has not learned %s; `uniter tune --task %s` teaches it", folder, skill_name[skill],
                      skill_name[skill]);
    }
    if (own->still.t.frames) {
        own->clips = own->still;
        own->still = (Reader){.there = false};
    }
    ok = ok && (!clips || load(&own->clips, video, err));
    free(folder);
    free(video);
    free(last);
    return ok;
}

static bool run(const OwnOptions *o, int skill, Act *act, Error *err)
{
    Own own = {.o = o, .g = mm_graph_inference(0), .all = json_array()};
    bool ok = find_readers(&own, skill, err);
    for (int f = 0; f < o->files && ok; f++) {
        ok = act_on(&own, o->arg[f], act, err);
    }
    if (ok && o->common.json) {
        json_dumpf(own.all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(own.all);
    mm_graph_free(own.g);
    reader_free(&own.still);
    reader_free(&own.clips);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    OwnOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'B': o->beams = (int)mm_option_number(state, "--beams", arg, 1, MAX_BEAMS); break;
    case 'p': o->length_penalty = mm_option_real(state, "--length-penalty", arg, 0, 10); break;
    case ARGP_KEY_ARGS:
        o->arg = state->argv + state->next;
        o->n = state->argc - state->next;
        break;
    case ARGP_KEY_NO_ARGS: argp_error(state, "the picture is missing"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* texts: the command takes one FILE and what is said or asked of it; otherwise all are files. */
static int own_command(int argc, char **argv, const char *doc, const char *args, bool texts, int skill, Act *act)
{
    static const struct argp_option beams[] = {{"beams", 'B', "N", 0, "beginnings of a caption that are kept (4)", 0},
                                               {"length-penalty", 'p', "X", 0, "a caption is rated by ln p / words^X (0)", 0},
                                               {0}};
    const struct argp argp = {
        .options = texts ? NULL : beams, .parser = parse, .args_doc = args, .doc = doc, .children = mm_common_options};
    OwnOptions o = {.common = mm_common_defaults("out/uniter"), .beams = 4};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    o.files = texts ? 1 : o.n;
    if (texts && o.n < 2) {
        mm_error(&err, "%s: nothing is asked about it: %s", o.arg[0], args);
        return mm_program_error(&err);
    }
    return run(&o, skill, act, &err) ? 0 : mm_program_error(&err);
}

int command_caption(int argc, char **argv)
{
    return own_command(
        argc, argv,
        "Says what is on pictures (PNG, JPEG, GIF, BMP), and what speaks against believing it. Of a GIF that moves it "
        "says what happens, if `uniter video` has made a model (OUT/video).",
        "FILE...", false, SKILL_CAPTION, write_caption);
}

int command_vqa(int argc, char **argv)
{
    return own_command(argc, argv, "Answers questions about a picture, and says what speaks against believing it.",
                       "FILE QUESTION...", true, SKILL_VQA, answer);
}

int command_match(int argc, char **argv)
{
    return own_command(argc, argv, "Says how likely it is that texts belong to a picture, and what speaks against believing it.",
                       "FILE TEXT...", true, SKILLS, match);
}
