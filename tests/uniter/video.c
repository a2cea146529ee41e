/* video.c: clips as UNITER reads them: what is seen when; that order matters by the embeddings of frames and by nothing else; new words; the
 * gradient of the loss to every weight; a folder; GIFs. By a detector that has learned nothing. */
#include "../io/scratch.h"
#include "exam_video.h"
#include "mm/inspect.h"
#include "skills.h"
#include "tiny.h"
#include "watch.h"

#include <math.h>

enum { CLIPS = 12, N = 6 };

static Cutouts cutouts;
static Detector detector;

typedef struct World {
    Clips clips;
    Tuned t;
    FrameOrder order;
} World;

static int load(void **state)
{
    (void)state;
    Error err;
    return mm_cutouts_load("datasets", &cutouts, &err) && detector_train(&detector, &cutouts, 1, 1, true, &err) ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    detector_free(&detector);
    mm_cutouts_free(&cutouts);
    return 0;
}

static bool learn_words(World *x, Error *err)
{
    const char *text[CLIPS * MM_CLIP_CAPTIONS];
    for (int i = 0; i < CLIPS * MM_CLIP_CAPTIONS; i++) {
        text[i] = x->clips.caption[i];
    }
    return tuned_learn_words(&x->t, text, CLIPS * MM_CLIP_CAPTIONS, 1, err);
}

static World *begin(DecoderKind decoder, Language language)
{
    Error err;
    World *x = calloc(1, sizeof *x);
    assert_true(clips_make(&cutouts, &detector, MM_SCENE_TRAIN, 1, 0, CLIPS, language, &x->clips, &err));
    x->t.m = tiny(scenes_vocabulary(&cutouts, 1, 20, language, &err), 1, DETECTOR_NUMBERS, DETECTOR_CLASSES);
    assert_true(learn_words(x, &err) && clips_tokenize(&x->clips, x->t.m.tokenizer, &err));
    tuned_add_video(&x->t, decoder);
    draw_params(x->t.m.params);
    return x;
}

static void end(World *x)
{
    clips_free(&x->clips);
    tuned_free(&x->t);
    free(x);
}

/* ---- what is read ---- */

/* The first clip with one thing, or with two. */
static int clip_with(const World *x, bool two)
{
    for (int i = 0; i < CLIPS; i++) {
        if ((x->clips.facts[i].other >= 0) == two) {
            return i;
        }
    }
    fail_msg("no such clip");
    return -1;
}

static void batches(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER, MM_ENGLISH);
    const int clip[2] = {clip_with(x, false), clip_with(x, true)};
    const int pick[2] = {clip[0] * MM_CLIP_CAPTIONS, clip[1] * MM_CLIP_CAPTIONS + 3};
    Graph *g = mm_graph_new(1);
    const UniterBatch b = clips_batch(g, &x->clips, pick, 2, FRAMES_ORDERED, NULL, x->t.frames);
    assert_true(b.regions[0] == MM_CLIP_FRAMES && b.regions[1] == 2 * MM_CLIP_FRAMES && b.R == 2 * MM_CLIP_FRAMES);
    for (int i = 0; i < 2; i++) {
        const ClipView *v = &x->clips.view[clip[i]];
        char *text = mm_wordpiece_decode(x->t.m.tokenizer, b.ids + i * b.T, b.words[i]);
        assert_string_equal(text, x->clips.caption[pick[i]]);
        free(text);
        for (int r = 0; r < b.regions[i]; r++) {
            const int row = i * b.R + r;
            assert_int_equal(v->frame[r], r / (i + 1));
            assert_memory_equal(b.feat->data + row * DETECTOR_NUMBERS, v->feat + r * DETECTOR_NUMBERS,
                                DETECTOR_NUMBERS * sizeof(real));
            assert_memory_equal(b.box->data + row * UNITER_BOX, v->box + r * UNITER_BOX, UNITER_BOX * sizeof(real));
            assert_memory_equal(b.when->data + row * WIDTH, x->t.frames->data + v->frame[r] * WIDTH, WIDTH * sizeof(real));
        }
    }
    mm_graph_free(g);
    end(x);
}

/* Shuffled: each frame's boxes at another time; one: the same at all times. */
static void orders(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER, MM_ENGLISH);
    const int clip = clip_with(x, true), pick = clip * MM_CLIP_CAPTIONS;
    const ClipView *v = &x->clips.view[clip];
    Rng rng = mm_rng(3, "orders");
    Graph *g = mm_graph_new(1);
    const UniterBatch s = clips_batch(g, &x->clips, &pick, 1, FRAMES_SHUFFLED, &rng, x->t.frames),
                      o = clips_batch(g, &x->clips, &pick, 1, FRAMES_ONE, &rng, x->t.frames);
    const size_t both = 2 * UNITER_BOX * sizeof(real);
    int from[MM_CLIP_FRAMES] = {0}, moved = 0;
    assert_true(s.R == v->n && o.R == v->n);
    for (int t = 0; t < MM_CLIP_FRAMES; t++) {
        for (int k = 0; k < MM_CLIP_FRAMES; k++) {
            if (memcmp(s.box->data + t * 2 * UNITER_BOX, v->box + k * 2 * UNITER_BOX, both) == 0) {
                from[k]++;
                moved += k != t;
                break;
            }
        }
        assert_memory_equal(o.box->data + t * 2 * UNITER_BOX, o.box->data, both);
        assert_memory_equal(s.when->data + 2 * t * WIDTH, x->t.frames->data + t * WIDTH, WIDTH * sizeof(real));
    }
    for (int k = 0; k < MM_CLIP_FRAMES; k++) {
        assert_int_equal(from[k], 1);
    }
    assert_true(moved > 2);
    mm_graph_free(g);
    end(x);
}

/* How far shuffling moves what is expected after the first words of a caption. */
static double moved_by_shuffling(World *x, int pick)
{
    Rng rng = mm_rng(3, "orders");
    Graph *g = mm_graph_new(1);
    const Tensor *logits[2];
    for (int k = 0; k < 2; k++) {
        UniterBatch b = clips_batch(g, &x->clips, &pick, 1, k ? FRAMES_SHUFFLED : FRAMES_ORDERED, &rng, x->t.frames), shown = b;
        lessons_hide(&shown, HIDE_WORDS, g);
        logits[k] = caption_logits(g, &x->t.m.uniter, &x->t.caption, caption_memory(g, &x->t.m.uniter, &shown), b.ids, b.T);
    }
    double most = 0;
    for (size_t i = 0; i < logits[0]->n; i++) {
        most = fmax(most, fabs((double)(logits[0]->data[i] - logits[1]->data[i])));
    }
    mm_graph_free(g);
    return most;
}

/* A planted mistake: if all frames have the same embedding, no order can be told from another. */
static void order_matters(void **state)
{
    (void)state;
    for (int d = 0; d < DECODERS; d++) {
        World *x = begin((DecoderKind)d, MM_ENGLISH);
        int pick = 0;
        while (x->clips.facts[pick / MM_CLIP_CAPTIONS].event >= MM_TURNS_CLOCKWISE) {
            pick += MM_CLIP_CAPTIONS;
        }
        assert_true(moved_by_shuffling(x, pick) > 1e-3);
        for (int i = WIDTH; i < MM_CLIP_FRAMES * WIDTH; i++) {
            x->t.frames->data[i] = x->t.frames->data[i % WIDTH];
        }
        assert_true(moved_by_shuffling(x, pick) < 1e-9);
        end(x);
    }
}

/* ---- learning ---- */

static Tensor *loss_of(Graph *g, void *world)
{
    const World *x = world;
    Rng rng = mm_rng(5, "order");
    int pick[N];
    for (int i = 0; i < N; i++) {
        pick[i] = i * 7;
    }
    const UniterBatch told = clips_batch(g, &x->clips, pick, N, x->order, &rng, x->t.frames);
    return skill_write_loss(g, &x->t, &told);
}

static void gradients(void **state)
{
    (void)state;
    for (int d = 0; d < DECODERS; d++) {
        World *x = begin((DecoderKind)d, MM_ENGLISH);
        ModelCheck worst;
        x->order = d ? FRAMES_SHUFFLED : FRAMES_ORDERED;
        if (!mm_modelcheck(x->t.m.params, loss_of, x, 4, 1e-6, &worst)) {
            fail_msg("%s: %s", decoder_name[d], worst.text);
        }
        assert_true(isfinite(worst.loss) && worst.loss > 0);
        end(x);
    }
}

/* All words of the captions are tokens then; what was learned of the others stays. */
static void words(void **state)
{
    (void)state;
    for (int language = 0; language < 2; language++) {
        Error err;
        World *x = begin(TRANSFORMER_DECODER, (Language)language);
        const int before = mm_wordpiece_size(x->t.m.tokenizer);
        for (int i = 0; i < CLIPS * MM_CLIP_CAPTIONS; i++) {
            char *text = mm_wordpiece_decode(x->t.m.tokenizer, x->clips.item[i].ids, x->clips.item[i].words);
            assert_string_equal(text, x->clips.caption[i]); /* no [UNK] */
            free(text);
        }
        Tuned t = {.m = tiny(mm_wordpiece_extend(x->t.m.tokenizer, NULL, 0, &err), 1, DETECTOR_NUMBERS, DETECTOR_CLASSES)};
        real *old = malloc(t.m.uniter.bert.word_embeddings->n * sizeof *old);
        memcpy(old, t.m.uniter.bert.word_embeddings->data, t.m.uniter.bert.word_embeddings->n * sizeof *old);
        const real inside = t.m.uniter.itm_output.weight->data[3];
        assert_true(tuned_learn_words(&t, (const char *const[]){"quagga quagga"}, 1, 9, &err));
        assert_int_equal(mm_wordpiece_size(t.m.tokenizer), before + 1);
        const Tensor *now = t.m.uniter.bert.word_embeddings;
        assert_true(now->shape.d[0] == before + 1 && now == mm_params_find(t.m.params, now->name));
        assert_memory_equal(now->data, old, (size_t)(before * WIDTH) * sizeof *old);
        assert_true(now->data[before * WIDTH] != 0 && t.m.uniter.itm_output.weight->data[3] == inside);
        free(old);
        tuned_free(&t);
        end(x);
    }
}

static void folders(void **state)
{
    (void)state;
    Error err;
    World *x = begin(LSTM_DECODER, MM_ENGLISH);
    Tuned back;
    assert_true(tuned_save(&x->t, scratch("video"), &err));
    if (!tuned_load(scratch("video"), &back, &err)) {
        fail_msg("%s", err.text);
    }
    assert_non_null(back.frames);
    for (size_t i = 0; i < back.frames->n; i++) {
        assert_true((float)back.frames->data[i] == (float)x->t.frames->data[i]);
    }
    assert_int_equal(back.caption.kind, LSTM_DECODER);
    tuned_free(&back);
    put_text(scratch("video/heads.json"), "{\"heads\": [\"caption\"], \"caption_decoder\": \"lstm\", \"frames\": 7}");
    assert_false(tuned_load(scratch("video"), &back, &err));
    says(&err, scratch("video"), "\"frames\" is not 8");
    put_text(scratch("video/heads.json"), "{\"heads\": [\"caption\"], \"caption_decoder\": \"lstm\"}");
    assert_true(tuned_load(scratch("video"), &back, &err)); /* a model of pictures, which passes the embeddings over */
    assert_null(back.frames);
    tuned_free(&back);
    end(x);
}

/* ---- GIFs ---- */

static void frames_of_files(void **state)
{
    (void)state;
    static const struct {
        int n, want[MM_CLIP_FRAMES];
    } of[] = {{8, {0, 1, 2, 3, 4, 5, 6, 7}}, {1, {0}}, {2, {0, 0, 0, 0, 1, 1, 1, 1}}, {15, {0, 2, 4, 6, 8, 10, 12, 14}}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        int frame[MM_CLIP_FRAMES];
        watched_frames(of[i].n, frame);
        assert_memory_equal(frame, of[i].want, sizeof frame);
    }
}

static double overlap(const real *a, const real *b)
{
    const double w = fmin((double)a[2], (double)b[2]) - fmax((double)a[0], (double)b[0]),
                 h = fmin((double)a[3], (double)b[3]) - fmax((double)a[1], (double)b[1]), both = w > 0 && h > 0 ? w * h : 0;
    return both / ((double)(a[6] + b[6]) - both);
}

/* What stands out in a GIF is where things are in its clip. */
static void watched(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER, MM_ENGLISH);
    Error err;
    int found = 0, all = 0, plain = 0;
    for (int i = 0; i < CLIPS; i++) {
        SceneClip clip = mm_clip_new(&cutouts, MM_SCENE_TRAIN, mm_scene_rng(1, MM_SCENE_TRAIN, i));
        const ClipView *v = &x->clips.view[i];
        Animation a;
        Watched w;
        assert_true(mm_animation_save(scratch("clip.gif"), &clip.frames, &err) &&
                    mm_animation_load(scratch("clip.gif"), &a, &err));
        assert_true(watch(&a, "clip.gif", &detector, &w, &err) && w.frames == MM_CLIP_FRAMES);
        plain += w.grids == 0;
        for (int r = 0; r < v->n; r++) {
            double best = 0;
            for (int k = 0; k < w.view.n; k++) {
                const bool same = w.view.frame[k] == v->frame[r];
                best = fmax(best, same ? overlap(w.view.box + k * UNITER_BOX, v->box + r * UNITER_BOX) : 0);
            }
            found += best > 0.6;
            all++;
        }
        mm_animation_free(&a);
        mm_clip_free(&clip);
    }
    print_message("%d of %d things found in the frames of GIFs; a plain ground in %d of %d\n", found, all, plain, CLIPS);
    assert_true(found > 0.9 * all && plain == CLIPS);
    end(x);
}

/* Nothing moves, nothing is there, one pixel: a caption all the same, of a grid. */
static void strange_gifs(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER, MM_ENGLISH);
    Error err;
    static const int side[] = {1, 40};
    for (int i = 0; i < 2; i++) {
        unsigned char pixels[2 * 40 * 40 * 4];
        int delays[2] = {100, 100};
        Animation a = {.n = 2, .width = side[i], .height = side[i], .milliseconds = delays, .pixels = pixels};
        Watched w;
        memset(pixels, 255, sizeof pixels);
        assert_true(watch(&a, "white.gif", &detector, &w, &err));
        assert_true(w.frames == 2 && w.grids == MM_CLIP_FRAMES && w.view.n == MM_CLIP_FRAMES);
        Graph *g = mm_graph_inference(0);
        double p;
        const UniterBatch b = watched_batch(g, &w, x->t.m.tokenizer, x->t.frames);
        char *text = caption_of(g, &x->t, &b, 2, 0, &p);
        assert_true(text && p > 0 && p <= 1);
        free(text);
        mm_graph_free(g);
    }
    end(x);
}

/* ---- the examination ---- */

/* The rule is right wherever boxes tell what happens; nothing else is, by a model that has learned nothing. */
static void examined(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER, MM_ENGLISH);
    Error err;
    Clips clips;
    VideoExam e;
    enum { TESTS = 90 };
    assert_true(clips_make(&cutouts, &detector, MM_SCENE_HELD_OUT, 1, 0, TESTS, MM_ENGLISH, &clips, &err));
    assert_true(clips_tokenize(&clips, x->t.m.tokenizer, &err));
    mkdir(scratch("exam"), 0755);
    char *folder = strdup(scratch("exam"));
    const VideoTest test = {.t = &x->t,
                            .detector = &detector,
                            .cutouts = &cutouts,
                            .clips = &clips,
                            .train = &x->clips,
                            .split = MM_SCENE_HELD_OUT,
                            .seed = 1,
                            .beams = 1,
                            .folder = folder};
    assert_true(video_examine(&test, &e, &err));
    int sum = 0;
    for (int k = 0; k < MM_CLIP_EVENTS; k++) {
        const double rule = e.at[VIDEO_EVENTS + k][VIDEO_RULE];
        sum += e.of[k];
        print_message("%s: the rule is right in %.2f of %d\n", mm_clip_event_name[k], rule, e.of[k]);
        assert_true(k == MM_TURNS_BACK ? rule == 0 : k == MM_TURNS_CLOCKWISE || rule > 0.9);
    }
    assert_int_equal(sum, TESTS);
    assert_true(e.at[VIDEO_EVENT][VIDEO_ORDERED] < 0.5 && e.at[VIDEO_EVENT][VIDEO_OTHER] < 0.4);
    char *said[2];
    Picture sheet;
    assert_true(video_sheet(&test, (const int[]){3, 5}, 2, said, &err));
    assert_true(mm_picture_load(scratch("exam/clips.png"), &sheet, &err) && sheet.width > 8 * MM_CLIP_SIDE);
    mm_picture_free(&sheet);
    free(said[0]);
    free(said[1]);
    free(folder);
    clips_free(&clips);
    end(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches),      cmocka_unit_test(orders), cmocka_unit_test(order_matters),   cmocka_unit_test(gradients),
        cmocka_unit_test(words),        IN_SCRATCH(folders),      cmocka_unit_test(frames_of_files), IN_SCRATCH(watched),
        cmocka_unit_test(strange_gifs), IN_SCRATCH(examined)};
    return cmocka_run_group_tests(tests, load, unload);
}
