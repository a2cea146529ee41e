/* annotations.c: COCO's instances and VQA v2's questions in the shapes of the official files, with their oddities, and what is refused; and
 * that what scenes are exported to is read again as what they are. */
#include "mm/annotations.h"
#include "../io/scratch.h"
#include "mm/scenes.h"

#include <sys/resource.h>

static InstanceSet instances(const char *text)
{
    Error err;
    InstanceSet set;
    put_text(scratch("i.json"), text);
    if (!mm_instances_load(scratch("i.json"), &set, &err)) {
        fail_msg("%s", err.text);
    }
    return set;
}

static void instances_refused(const char *text, const char *what)
{
    Error err;
    InstanceSet set;
    put_text(scratch("i.json"), text);
    assert_false(mm_instances_load(scratch("i.json"), &set, &err));
    says(&err, scratch("i.json"), what);
}

#define IMAGES                                                                                                                   \
    "\"images\": [{\"id\": 9, \"file_name\": \"b.jpg\", \"width\": 100, \"height\": 50, \"coco_url\": \"x]\\\"}\"},"             \
    "{\"id\": 5, \"file_name\": \"a.jpg\", \"width\": 20, \"height\": 30}]"
#define CATEGORIES                                                                                                               \
    "\"categories\": [{\"id\": 18, \"name\": \"dog\", \"supercategory\": \"animal\"}, {\"id\": 90, \"name\": \"cup\"}]"

static void coco(void **state)
{
    (void)state;
    /* annotations first, as nothing forbids; a crowd's segmentation is an object, others' an array */
    InstanceSet s = instances("\xef\xbb\xbf{\"info\": {\"year\": [2014, {}]}, \"licenses\": [], \"annotations\": ["
                              "{\"id\": 1, \"image_id\": 5, \"category_id\": 18, \"bbox\": [1.5, 2, 10, 20], \"area\": 7.5, "
                              "\"iscrowd\": 0, \"segmentation\": [[1, 2, 3]]},"
                              "{\"id\": 2, \"image_id\": 9, \"category_id\": 90, \"bbox\": [-10, 40, 30.5, 100], \"iscrowd\": 1, "
                              "\"segmentation\": {\"counts\": [1]}},"
                              "{\"id\": 3, \"image_id\": 5, \"category_id\": 90, \"bbox\": [0, 0, 20.4, 30]},"
                              "{\"id\": 4, \"image_id\": 5, \"category_id\": 90, \"bbox\": [20, 0, 5, 5]},"
                              "{\"id\": 5, \"image_id\": 5, \"category_id\": 90, \"bbox\": [3, 3, 0, 5]},"
                              "{\"id\": 6, \"image_id\": 5, \"category_id\": 90},"
                              "{\"id\": 7, \"image_id\": 5, \"category_id\": 90, \"bbox\": []},"
                              "{\"id\": 8, \"image_id\": 777, \"category_id\": 90, \"bbox\": [1, 1, 1, 1]}],\n " IMAGES
                              ", " CATEGORIES "}\n");
    assert_int_equal(s.n, 2);
    assert_int_equal(s.objects, 3);
    assert_int_equal(s.skipped.clipped, 1);
    assert_int_equal(s.skipped.outside, 2);
    assert_int_equal(s.skipped.without_box, 2);
    assert_int_equal(s.skipped.unknown, 1);
    assert_string_equal(s.at[0].file, "b.jpg");
    const Instance *o = s.object + s.at[0].first, *p = s.object + s.at[1].first;
    assert_int_equal(s.at[0].n, 1);
    assert_int_equal(s.at[1].n, 2);
    assert_true(o->x == 0 && o->y == 40 && o->width == 20.5 && o->height == 10 && o->crowd);
    assert_true(p[0].x == 1.5 && p[0].height == 20 && !p[0].crowd && p[1].width == 20);
    assert_string_equal(s.category[p[0].category].name, "dog");
    assert_string_equal(s.category[p[0].category].kind, "animal");
    assert_string_equal(s.category[p[1].category].kind, "");
    mm_instances_free(&s);
    s = instances("{\"images\": [], \"categories\": [], \"annotations\": []}");
    assert_int_equal(s.n + s.objects, 0);
    mm_instances_free(&s);
}

static void coco_refused(void **state)
{
    (void)state;
#define WITH(annotation) "{" IMAGES ", " CATEGORIES ", \"annotations\": [" annotation "]}"
    static const char *const table[][2] = {
        {WITH("{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1, 2, \"3\", 4]}"),
         "annotations[0].bbox is an array; it must be"},
        {WITH("{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1, 2, 3]}"), "annotations[0].bbox"},
        {WITH("{\"image_id\": 5, \"category_id\": 18, \"bbox\": \"1 2 3 4\"}"), "annotations[0].bbox is a text"},
        {WITH("{\"image_id\": 5, \"category_id\": 3, \"bbox\": [1, 2, 3, 4]}"),
         "annotations[0].category_id is 3, which no category has"},
        {WITH("{\"image_id\": 5.5, \"category_id\": 18}"), "annotations[0].image_id is a number; it must be a whole"},
        {WITH("{\"image_id\": 5, \"category_id\": 18}, 7"), "annotations[1] is a number; it must be an object"},
        {WITH("{\"image_id\": 5, \"category_id\": 18, \"iscrowd\": true}"), "annotations[0].iscrowd is true or false"},
        {WITH("{\"image_id\": 5, \"image_id\": 5}"), "annotations[0]: duplicate"},
        {WITH("{\"image_id\": 5,, }"), "annotations[0]: "},
        {WITH("{} {}"), "annotations[0]"},
        {"{\"images\": {}, \"categories\": []}", "\"images\" must be an array"},
        {"{\"images\": [], \"annotations\": []}", "\"categories\" is missing"},
        {"{\"images\": [], \"images\": [], \"categories\": []}", "\"images\" is there twice"},
        {"{\"images\": [{\"id\": 1, \"file_name\": \"a\", \"width\": 0, \"height\": 1}], \"categories\": []}",
         "images[0]: \"width\""},
        {"{\"images\": [{\"id\": 1, \"width\": 0, \"height\": 1}], \"categories\": []}", "images[0].file_name is missing"},
        {"{\"images\": [], \"categories\": [{\"id\": 1, \"name\": \"a\"}, {\"id\": 1, \"name\": \"b\"}]}",
         "categories[0] and categories[1] have the same id, 1"},
        {"[]", ":1: a JSON object must begin here"},
        {"", ":1: a JSON object"},
        {"{\"images\": [", "images[0]: "},
        {"{\"images\": [1,]}", "images[0] is a number"},
        {"{\"images\": [], \"categories\": []} x", "something follows"},
        {"{\"images\": [], \"categories\": []", ", or } must follow"},
        {"{\"images\"}", ": must follow"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        instances_refused(table[i][0], table[i][1]);
    }
}

/* 10^6 annotations: the memory that is needed beside the file's stays far below what all of them as JSON values would take (0.7 GB). */
static void a_million(void **state)
{
    (void)state;
    enum { N = 1000000 };
    FILE *f = fopen(scratch("big.json"), "w");
    fputs("{" IMAGES ", " CATEGORIES ", \"annotations\": [", f);
    for (int i = 0; i < N; i++) {
        fprintf(f, "%s{\"id\":%d,\"image_id\":%d,\"category_id\":18,\"bbox\":[1,2,3.25,4]}", i ? "," : "", i, i % 2 ? 5 : 9);
    }
    fputs("]}", f);
    long bytes = ftell(f);
    fclose(f);
    struct rusage before, after;
    InstanceSet s;
    Error err;
    getrusage(RUSAGE_SELF, &before);
    assert_true(mm_instances_load(scratch("big.json"), &s, &err));
    getrusage(RUSAGE_SELF, &after);
    assert_int_equal(s.objects, N);
    assert_int_equal(s.at[0].n, N / 2);
    double took = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                  1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
    long grown = (after.ru_maxrss - before.ru_maxrss) / 1024;
    print_message("%.1f s, %ld MB for a file of %ld MB\n", took, grown, bytes >> 20);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what is freed for a while */
    assert_true(grown < 2 * (bytes >> 20) + 200);
#endif
    mm_instances_free(&s);
}

#define ANSWERS10(a, b)                                                                                                          \
    "[{\"answer\": \"" a "\", \"answer_confidence\": \"yes\", \"answer_id\": 1}, {\"answer\": \"" a "\"}, {\"answer\": \"" a     \
    "\"},"                                                                                                                       \
    "{\"answer\": \"" b "\"}, {\"answer\": \"" b                                                                                 \
    "\"}, {\"answer\": \"x\"}, {\"answer\": \"y\"}, {\"answer\": \"z\"}, {\"answer\": \"u\"}, "                                  \
    "{\"answer\": \"v\"}]"
#define QUESTIONS                                                                                                                \
    "{\"info\": {}, \"task_type\": \"Open-Ended\", \"questions\": [{\"image_id\": 5, \"question\": \"What is it?\", "            \
    "\"question_id\": 5001},"                                                                                                    \
    "{\"image_id\": 5, \"question\": \"How many?\", \"question_id\": 5000}]}"

static void vqa(void **state)
{
    (void)state;
    Error err;
    VqaSet set;
    put_text(scratch("q.json"), QUESTIONS);
    put_text(
        scratch("a.json"),
        "{\"annotations\": [{\"question_type\": \"what is\", \"multiple_choice_answer\": \"The dog.\", \"answers\": " ANSWERS10(
            "The dog.", "two") ", \"image_id\": 5, \"answer_type\": \"other\", \"question_id\": 5001}, {\"question_type\": "
                               "\"x\", \"multiple_choice_answer\": \"y\", "
                               "\"answers\": [], \"image_id\": 1, \"answer_type\": \"other\", \"question_id\": 1}]}");
    assert_true(mm_vqa_load(scratch("q.json"), scratch("a.json"), &set, &err));
    assert_int_equal(set.n, 2);
    assert_int_equal(set.unknown, 1);
    assert_int_equal(set.few, 0);
    assert_string_equal(set.at[0].text, "What is it?");
    assert_string_equal(set.at[0].best, "The dog.");
    assert_int_equal(set.at[0].answers, 10);
    assert_null(set.at[1].best);
    VqaAnswers a = mm_vqa_answers(&set, 1), none = mm_vqa_answers(&set, 2);
    assert_int_equal(none.n, 0);
    assert_int_equal(a.n, 1);
    assert_string_equal(a.at[0], "dog");
    const VqaQuestion few = {.answers = 2, .answer = {"A dog", "cat"}};
    int said[2 * MM_VQA_PEOPLE], others[MM_VQA_PEOPLE];
    mm_vqa_said(&a, set.at, 2, said);
    mm_vqa_said(&a, &few, 1, others);
    assert_true(others[0] == 0 && others[1] == -1 && others[2] == -1);
    real target[1];
    assert_true(mm_vqa_targets(said, 1, target));
    assert_true(target[0] == (real).9);
    assert_false(mm_vqa_targets(said + MM_VQA_PEOPLE, 1, target));
    mm_vqa_answers_free(&a);
    mm_vqa_answers_free(&none);
    mm_vqa_free(&set);
    assert_true(mm_vqa_load(scratch("q.json"), NULL, &set, &err)); /* a test set */
    assert_int_equal(set.at[0].answers, 0);
    mm_vqa_free(&set);
}

static void vqa_refused(void **state)
{
    (void)state;
#define NOTE(answers, id)                                                                                                        \
    "{\"question_type\": \"w\", \"multiple_choice_answer\": \"y\", \"answers\": " answers                                        \
    ", \"image_id\": 5, \"answer_type\": \"other\", \"question_id\": " id "}"
    static const char *const table[][2] = {
        {"{\"annotations\": [" NOTE("[]", "5000") ", " NOTE("[]", "5000") "]}",
         "annotations[1]: question 5000 is annotated twice"},
        {"{\"annotations\": [" NOTE("[{\"answer\": \"a\"}, {\"answer\": 2}]", "5000") "]}",
         "annotations[0].answers[1].answer is a number"},
        {"{\"annotations\": [" NOTE("[[]]", "5000") "]}", "annotations[0].answers[0] is an array; it must be an object"},
        {"{\"annotations\": [" NOTE("\"a\"", "5000") "]}", "annotations[0].answers is a text"},
        {"{\"annotations\": [" NOTE("[1,2,3,4,5,6,7,8,9,10,11]", "5000") "]}", "at most ten"},
        {"{\"annotations\": [{\"question_id\": 5000, \"image_id\": 5}]}", "annotations[0].multiple_choice_answer is missing"},
        {"{\"annotations\": [{\"question_id\": \"5000\"}]}", "annotations[0].question_id is a text; it must be a whole number"},
        {"{\"annotations\": [{\"question_id\": 5000, \"image_id\": 6, \"multiple_choice_answer\": \"\", \"question_type\": \"\", "
         "\"answer_type\": \"\"}]}",
         "is about another picture"},
    };
    put_text(scratch("q.json"), QUESTIONS);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        Error err;
        VqaSet set;
        put_text(scratch("a.json"), table[i][0]);
        assert_false(mm_vqa_load(scratch("q.json"), scratch("a.json"), &set, &err));
        says(&err, scratch("a.json"), table[i][1]);
    }
}

static void exported(void **state)
{
    (void)state;
    enum { N = 12 };
    Error err;
    Cutouts c;
    CaptionSet captions;
    InstanceSet s;
    VqaSet vqa_set;
    char folder[256];
    snprintf(folder, sizeof folder, "%s", scratch("scenes"));
    assert_true(mm_cutouts_load("datasets", &c, &err));
    assert_true(mm_scenes_export(
        &c, &(SceneExport){.folder = folder, .split = MM_SCENE_HELD_OUT, .n = N, .language = MM_CHINESE, .seed = 3}, &err));
    assert_true(mm_captions_load(
        &(CaptionFile){.path = scratch("scenes/annotations/captions_val.json"), .pictures = scratch("scenes/val")}, &captions,
        &err));
    assert_true(mm_instances_load(scratch("scenes/annotations/instances_val.json"), &s, &err));
    assert_true(mm_vqa_load(scratch("scenes/annotations/v2_OpenEnded_mscoco_val_questions.json"),
                            scratch("scenes/annotations/v2_mscoco_val_annotations.json"), &vqa_set, &err));
    assert_true(captions.n == N && captions.captions == N * MM_SCENE_CAPTIONS && s.n == N && s.categories == MM_THINGS);
    assert_true(vqa_set.n == N * MM_SCENE_QUESTIONS && vqa_set.few == 0 && vqa_set.unknown == 0);
    for (int i = 0; i < N; i++) {
        Scene scene = mm_scene_new(&c, MM_SCENE_HELD_OUT, mm_scene_rng(3, MM_SCENE_HELD_OUT, i));
        Picture p;
        assert_true(mm_picture_load(captions.at[i].path, &p, &err));
        for (int k = 0; k < MM_SCENE_WIDTH * MM_SCENE_HEIGHT; k++) {
            assert_memory_equal(p.pixels + 4 * k, scene.picture.pixels + 3 * k, 3);
        }
        assert_string_equal(captions.caption[captions.at[i].first + 2], mm_scene_caption(&scene.facts, MM_CHINESE, 2).text);
        assert_int_equal(s.at[i].n, scene.n);
        for (int k = 0; k < scene.n; k++) {
            const Instance *o = s.object + s.at[i].first + k;
            const SceneObject *q = scene.object + k;
            assert_true(o->x == q->left && o->y == q->top && o->width == q->width && o->height == q->height);
            assert_string_equal(s.category[o->category].name, mm_things[scene.facts.thing[q->kind]].en);
        }
        mm_picture_free(&p);
        mm_scene_free(&scene);
    }
    mm_captions_free(&captions);
    mm_instances_free(&s);
    mm_vqa_free(&vqa_set);
    put_text(scratch("file"), "");
    assert_false(mm_scenes_export(&c, &(SceneExport){.folder = scratch("file"), .n = 1}, &err));
    says(&err, scratch("file"), "");
    mm_cutouts_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(coco), IN_SCRATCH(coco_refused), IN_SCRATCH(a_million),
                                       IN_SCRATCH(vqa),  IN_SCRATCH(vqa_refused),  IN_SCRATCH(exported)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
