/* scene_export.c: scenes as COCO's captions and instances, and as VQA v2's questions and annotations. */
#include "io/memory.h"
#include "mm/scenes.h"

#include <jansson.h>

const char *const mm_scene_split_name[MM_SCENE_SPLITS] = {"train", "val", "style", "photographs"};

Rng mm_scene_rng(uint64_t seed, SceneSplit split, int i)
{
    Rng rng = mm_rng(seed, mm_scene_split_name[split]);
    return mm_rng(mm_rng_at(rng, (uint64_t)i), "scene");
}

Rng mm_scene_question_rng(uint64_t seed, SceneSplit split, int i)
{
    return mm_rng(mm_rng_at(mm_scene_rng(seed, split, i), 0), "questions");
}

/* A file {"a list": […], …} that is written element by element. */
typedef struct ListFile {
    AtomicFile a;
    bool first; /* element of its list */
} ListFile;

enum { CAPTIONS, INSTANCES, QUESTIONS, ANSWERS, FILES };

static bool open_list(ListFile *f, const SceneExport *to, const char *format, Error *err)
{
    char name[128];
    snprintf(name, sizeof name, format, mm_scene_split_name[to->split]);
    char *path = mm_path(to->folder, "annotations/%s", name);
    bool ok = mm_atomic_open(&f->a, path, err);
    free(path);
    if (ok) {
        fprintf(f->a.file, "{\"info\": {\"description\": \"scenes composed of cut-outs\", \"version\": \"1.0\"}");
    }
    return ok;
}

static void begin(ListFile *f, const char *list)
{
    fprintf(f->a.file, ",\n\"%s\": [", list);
    f->first = true;
}

static void put(ListFile *f, json_t *element)
{
    fputs(f->first ? "\n" : ",\n", f->a.file);
    json_dumpf(element, f->a.file, JSON_ENSURE_ASCII);
    json_decref(element);
    f->first = false;
}

static void end(ListFile *f)
{
    fputs("\n]", f->a.file);
}

/* ---- what is written of a scene ---- */

static json_int_t picture_id(const SceneExport *to, int i)
{
    return (json_int_t)to->split * 10000000 + i + 1; /* its own in all splits */
}

static json_t *image(const SceneExport *to, int i)
{
    char file[64];
    snprintf(file, sizeof file, "%s_%012d.png", mm_scene_split_name[to->split], i + 1);
    return json_pack("{s:I, s:s, s:i, s:i, s:i}", "id", picture_id(to, i), "file_name", file, "width", MM_SCENE_WIDTH, "height",
                     MM_SCENE_HEIGHT, "license", 0);
}

static void put_captions(ListFile *f, const SceneExport *to, int i, const Scene *s)
{
    for (int k = 0; k < MM_SCENE_CAPTIONS; k++) {
        SceneCaption c = mm_scene_caption(&s->facts, to->language, k);
        put(f, json_pack("{s:I, s:I, s:s}", "id", picture_id(to, i) * MM_SCENE_CAPTIONS + k, "image_id", picture_id(to, i),
                         "caption", c.text));
    }
}

static void put_instances(ListFile *f, const SceneExport *to, int i, const Scene *s)
{
    for (int k = 0; k < s->n; k++) {
        const SceneObject *o = s->object + k;
        put(f, json_pack("{s:I, s:I, s:i, s:[i,i,i,i], s:i, s:i}", "id", picture_id(to, i) * MM_SCENE_OBJECTS + k, "image_id",
                         picture_id(to, i), "category_id", s->facts.thing[o->kind] + 1, "bbox", o->left, o->top, o->width,
                         o->height, "area", o->width * o->height, "iscrowd", 0));
    }
}

static void put_questions(ListFile *questions, ListFile *answers, const SceneExport *to, int i, const Scene *s)
{
    SceneQuestion q[MM_SCENE_QUESTIONS];
    mm_scene_questions(&s->facts, to->language, mm_scene_question_rng(to->seed, to->split, i), q);
    for (int k = 0; k < MM_SCENE_QUESTIONS; k++) {
        json_int_t id = picture_id(to, i) * MM_SCENE_QUESTIONS + k;
        json_t *given = json_array();
        for (int p = 0; p < MM_VQA_PEOPLE; p++) {
            json_array_append_new(
                given, json_pack("{s:s, s:s, s:i}", "answer", q[k].answer[p], "answer_confidence", "yes", "answer_id", p + 1));
        }
        put(questions, json_pack("{s:I, s:s, s:I}", "image_id", picture_id(to, i), "question", q[k].text, "question_id", id));
        put(answers, json_pack("{s:s, s:s, s:o, s:I, s:s, s:I}", "question_type", q[k].type, "multiple_choice_answer",
                               q[k].answer[q[k].best], "answers", given, "image_id", picture_id(to, i), "answer_type",
                               q[k].answer_type, "question_id", id));
    }
}

static bool put_scene(ListFile file[FILES], const Cutouts *c, const SceneExport *to, int i, Error *err)
{
    Scene s = mm_scene_new(c, to->split, mm_scene_rng(to->seed, to->split, i));
    const char *split = mm_scene_split_name[to->split];
    char *path = mm_path(to->folder, "%s/%s_%012d.png", split, split, i + 1);
    bool ok = mm_picture_save(path, &s.picture, err);
    put_captions(file + CAPTIONS, to, i, &s);
    put_instances(file + INSTANCES, to, i, &s);
    put_questions(file + QUESTIONS, file + ANSWERS, to, i, &s);
    free(path);
    mm_scene_free(&s);
    return ok;
}

/* The lists of pictures and categories, which stand before the annotations. */
static void put_listed(ListFile file[FILES], const SceneExport *to)
{
    begin(file + INSTANCES, "categories");
    for (int t = 0; t < MM_THINGS; t++) {
        put(file + INSTANCES, json_pack("{s:i, s:s, s:s}", "id", t + 1, "name", mm_things[t].en, "supercategory",
                                        mm_thing_kinds[mm_things[t].kind].en));
    }
    end(file + INSTANCES);
    for (int k = CAPTIONS; k <= INSTANCES; k++) {
        begin(file + k, "images");
        for (int i = 0; i < to->n; i++) {
            put(file + k, image(to, i));
        }
        end(file + k);
    }
}

static bool make_folders(const SceneExport *to, Error *err)
{
    char *annotations = mm_path(to->folder, "annotations"), *pictures = mm_path(to->folder, "%s", mm_scene_split_name[to->split]);
    bool ok = mm_make_folders(annotations, err) && mm_make_folders(pictures, err);
    free(annotations);
    free(pictures);
    return ok;
}

bool mm_scenes_export(const Cutouts *c, const SceneExport *to, Error *err)
{
    static const char *const name[FILES] = {"captions_%s.json", "instances_%s.json", "v2_OpenEnded_mscoco_%s_questions.json",
                                            "v2_mscoco_%s_annotations.json"},
                             *const list[FILES] = {"annotations", "annotations", "questions", "annotations"};
    ListFile file[FILES] = {{{0}}};
    bool ok = make_folders(to, err);
    for (int k = 0; k < FILES && ok; k++) {
        ok = open_list(file + k, to, name[k], err);
    }
    if (ok) {
        put_listed(file, to);
    }
    for (int k = 0; k < FILES && ok; k++) {
        begin(file + k, list[k]);
    }
    for (int i = 0; i < to->n && ok; i++) {
        ok = put_scene(file, c, to, i, err);
        if (to->progress) {
            to->progress(to->context, i + 1, to->n);
        }
    }
    for (int k = 0; k < FILES && ok; k++) {
        end(file + k);
        fputs("}\n", file[k].a.file);
        ok = mm_atomic_commit(&file[k].a, err);
    }
    for (int k = 0; k < FILES; k++) {
        mm_atomic_abort(&file[k].a);
    }
    return ok;
}
