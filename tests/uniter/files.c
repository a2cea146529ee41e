/* files.c: what was written in COCO's and VQA v2's forms comes back as the same lessons; pictures and annotations that are not as they should
 * be. */
#include "../io/scratch.h"
#include "lessons.h"

#include <math.h>

enum { SCENES = 6 };

static Cutouts cutouts;
static Detector detector;
static Wordpiece *words;
static Lessons wanted; /* of the scenes themselves */

static int begin(void **state)
{
    (void)state;
    Error err;
    Scenes s;
    return mm_cutouts_load("datasets", &cutouts, &err) && detector_train(&detector, &cutouts, 1, 2, true, &err) &&
                   (words = scenes_vocabulary(&cutouts, 1, 60, MM_ENGLISH, &err)) &&
                   scenes_make(&cutouts, &detector, MM_SCENE_HELD_OUT, 1, SCENES, MM_ENGLISH, words, &s, &err) &&
                   lessons_make(MM_SCENE_HELD_OUT, 1, MM_ENGLISH, words, s, &wanted, &err)
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    lessons_free(&wanted);
    mm_wordpiece_free(words);
    detector_free(&detector);
    mm_cutouts_free(&cutouts);
    return 0;
}

static void export_scenes(void)
{
    Error err;
    const SceneExport to = {.folder = scratch_folder, .split = MM_SCENE_HELD_OUT, .n = SCENES, .language = MM_ENGLISH, .seed = 1};
    assert_true(mm_scenes_export(&cutouts, &to, &err));
}

static bool read_back(int most, Lessons *l, Error *err)
{
    return lessons_read(scratch_folder, "val", most, &detector, words, l, err);
}

/* The region of a with the box of region r of b; the detector has seen both alike. */
static void expect_region(const Item *a, const Item *b, int r)
{
    for (int i = 0; i < a->regions; i++) {
        double off = 0;
        for (int k = 0; k < UNITER_BOX; k++) {
            off = fmax(off, fabs((double)(a->box[i * UNITER_BOX + k] - b->box[r * UNITER_BOX + k])));
        }
        if (off < 1e-6) {
            for (int k = 0; k < DETECTOR_NUMBERS; k++) {
                assert_true(fabs((double)(a->feat[i * DETECTOR_NUMBERS + k] - b->feat[r * DETECTOR_NUMBERS + k])) < 1e-4);
            }
            return;
        }
    }
    fail_msg("no region has the box of region %d", r);
}

static void expect_same_item(const Item *a, const Item *b)
{
    assert_true(a->words == b->words && a->regions == b->regions && a->picture == b->picture);
    assert_memory_equal(a->ids, b->ids, (size_t)a->words * sizeof *a->ids);
    for (int r = 0; r < b->regions; r++) {
        expect_region(a, b, r);
    }
}

static void comes_back(void **state)
{
    (void)state;
    Lessons l;
    Error err;
    export_scenes();
    assert_true(read_back(1000, &l, &err));
    assert_true(l.n == SCENES && l.questions == wanted.questions && l.captions == wanted.captions);
    for (int i = 0; i < l.questions; i++) {
        const VqaQuestion *a = &l.asked[i], *b = &wanted.asked[i];
        assert_string_equal(a->text, b->text);
        assert_string_equal(a->best, b->best);
        assert_string_equal(a->type, b->type);
        assert_int_equal(a->picture, b->picture);
        expect_same_item(&l.of[SKILL_VQA].item[i], &wanted.of[SKILL_VQA].item[i]);
    }
    for (int i = 0; i < l.captions; i++) {
        assert_string_equal(l.caption[i], wanted.caption[i]);
        expect_same_item(&l.of[SKILL_CAPTION].item[i], &wanted.of[SKILL_CAPTION].item[i]);
    }
    assert_memory_equal(l.first_caption, wanted.first_caption, (SCENES + 1) * sizeof *l.first_caption);
    assert_int_equal(l.of[SKILL_RANK].set.n + l.of[SKILL_REFER].set.n + l.of[SKILL_ENTAIL].set.n, 0);
    lessons_free(&l);
}

/* A picture that is missing takes its captions and questions with it; of files one of two will do. */
static void parts_are_missing(void **state)
{
    (void)state;
    Lessons l;
    Error err;
    export_scenes();
    assert_int_equal(unlink(scratch("val/val_000000000002.png")), 0);
    assert_true(read_back(3, &l, &err));
    assert_true(l.n == 3 && l.captions == 3 * MM_SCENE_CAPTIONS && l.questions == 3 * MM_SCENE_QUESTIONS);
    assert_string_equal(l.caption[MM_SCENE_CAPTIONS], wanted.caption[2 * MM_SCENE_CAPTIONS]);
    assert_string_equal(l.asked[MM_SCENE_QUESTIONS].text, wanted.asked[2 * MM_SCENE_QUESTIONS].text);
    lessons_free(&l);
    assert_int_equal(unlink(scratch("annotations/v2_mscoco_val_annotations.json")), 0);
    assert_true(read_back(3, &l, &err));
    assert_true(l.questions == 0 && l.captions == 3 * MM_SCENE_CAPTIONS);
    lessons_free(&l);
    assert_int_equal(unlink(scratch("annotations/captions_val.json")), 0);
    assert_false(read_back(3, &l, &err));
    says(&err, "annotations", "neither captions nor answered questions");
    assert_int_equal(unlink(scratch("annotations/instances_val.json")), 0);
    assert_false(read_back(3, &l, &err));
    says(&err, "annotations/instances_val.json", "No such file");
}

/* Five captions and seven, boxes around crowds, a picture without boxes, a list of the picture in another size. */
static void oddities(void **state)
{
    (void)state;
    Lessons l;
    Error err;
    export_scenes();
    put_text(scratch("annotations/instances_val.json"),
             "{\"images\": [{\"id\": 7, \"file_name\": \"val_000000000001.png\", \"width\": 256, \"height\": 192},"
             " {\"id\": 9, \"file_name\": \"val_000000000003.png\", \"width\": 128, \"height\": 96}],"
             " \"categories\": [{\"id\": 1, \"name\": \"dog\"}], \"annotations\": ["
             "{\"image_id\": 7, \"category_id\": 1, \"bbox\": [128, 96, 64, 48], \"iscrowd\": 0},"
             "{\"image_id\": 7, \"category_id\": 1, \"bbox\": [0, 0, 256, 192], \"iscrowd\": 1},"
             "{\"image_id\": 7, \"category_id\": 1, \"bbox\": [0, 0, 256, 96], \"iscrowd\": 0}]}");
    put_text(scratch("annotations/captions_val.json"),
             "{\"images\": [{\"id\": 7, \"file_name\": \"val_000000000001.png\"}, {\"id\": 9, \"file_name\": "
             "\"val_000000000003.png\"}],"
             " \"annotations\": [{\"image_id\": 9, \"caption\": \"a dog\"}, {\"image_id\": 7, \"caption\": \"two cats\"},"
             " {\"image_id\": 7, \"caption\": \"a cat and a cat\"}]}");
    assert_true(read_back(1000, &l, &err));
    assert_true(l.n == 2 && l.captions == 3 && l.first_caption[1] == 2 && l.questions == 0);
    const Item *item = l.of[SKILL_CAPTION].item;
    assert_int_equal(item[0].regions, 2); /* the largest first */
    const double box[] = {0, 0, 1, 0.5, 1, 0.5, 0.5, 0.5, 0.5, 0.75, 0.75, 0.25, 0.25, 0.0625};
    for (int k = 0; k < 2 * UNITER_BOX; k++) {
        assert_true(fabs((double)item[0].box[k] - box[k]) < 1e-6);
    }
    assert_true(item[2].regions >= 1 && item[2].picture == 1); /* what stands out */
    lessons_free(&l);
    put_text(scratch("val/val_000000000003.png"), "no picture");
    assert_false(read_back(1000, &l, &err));
    says(&err, "val/val_000000000003.png", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(comes_back), IN_SCRATCH(parts_are_missing), IN_SCRATCH(oddities)};
    return cmocka_run_group_tests(tests, begin, end);
}
