/* export.c: `uniter export`: scenes and clips as files, in the official formats. */
#include "io/memory.h"
#include "mm/scenes.h"
#include "mm/train.h"
#include "program.h"

#include <jansson.h>
#include <stdio.h>

typedef struct ExportOptions {
    Common common;
    const char *folder;
    int train, test; /* scenes to train on; of each other split */
    bool clips;      /* and as many clips */
    Language language;
} ExportOptions;

enum { TRAIN = 't', TEST = 'e', LANGUAGE = 'l', CLIPS = 'c' };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ExportOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case TRAIN: o->train = (int)mm_option_number(state, "--train", arg, 0, 1000000); break;
    case TEST: o->test = (int)mm_option_number(state, "--test", arg, 0, 1000000); break;
    case LANGUAGE: o->language = (Language)mm_option_choice(state, "--language", arg, language_name); break;
    case CLIPS: o->clips = true; break;
    case ARGP_KEY_ARG:
    case ARGP_KEY_END: mm_option_folder(state, key, arg, &o->folder); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void show(void *progress, int done, int n)
{
    (void)n;
    mm_progress_show(progress, done, "%s", "");
}

static bool export_split(const ExportOptions *o, const Cutouts *c, SceneSplit split, Error *err)
{
    const int n = split == MM_SCENE_TRAIN ? o->train : o->test;
    Progress p = mm_progress(n, 0);
    char *clips = mm_path(o->folder, "clips/%s", mm_scene_split_name[split]);
    SceneExport to = {o->folder, split, n, o->language, o->common.seed, show, &p};
    bool ok = mm_scenes_export(c, &to, err);
    if (ok && o->clips) {
        mm_progress_end(&p);
        p = mm_progress(n, 0);
        to.folder = clips;
        ok = mm_clips_export(c, &to, err);
    }
    mm_progress_end(&p);
    free(clips);
    return ok;
}

static void report(const ExportOptions *o, const int scenes[MM_SCENE_SPLITS])
{
    static const char *const what[MM_SCENE_SPLITS] = {"pairs of things and styles to train on", "pairs kept apart",
                                                      "pairs kept apart, in a style kept apart", "pairs kept apart, photographs"};
    json_t *json = json_object();
    for (int s = 0; s < MM_SCENE_SPLITS; s++) {
        json_object_set_new(json, mm_scene_split_name[s], json_integer(scenes[s]));
        if (!o->common.json) {
            printf("%-12s %6d scenes%s: %s\n", mm_scene_split_name[s], scenes[s], o->clips ? " and clips" : "", what[s]);
        }
    }
    if (o->common.json) {
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
    } else if (scenes[MM_SCENE_PHOTOGRAPHS] == 0 && o->test > 0) {
        printf("no photographs: `datasets/fetch tuxpaint` gets them\n");
    }
    json_decref(json);
}

int command_export(int argc, char **argv)
{
    ExportOptions o = {.common = mm_common_defaults("out/uniter"), .train = 2000, .test = 200};
    const struct argp_option options[] = {
        {"train", TRAIN, "N", 0, "scenes to train on (2000)", 0},
        {"test", TEST, "N", 0, "scenes of each of the other splits (200)", 0},
        {"language", LANGUAGE, "en|zh", 0, "of captions, questions and answers (en)", 0},
        {"clips", CLIPS, NULL, 0, "also as many clips, as GIF, with their captions beside them", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "FOLDER",
        .children = mm_common_options,
        .doc = "Writes scenes composed of emoji and, where they were fetched, of Tux Paint's photographs: pictures as "
               "PNG, captions and boxes as COCO's JSON, questions and answers as VQA v2's."};
    Error err;
    Cutouts c = {0};
    int scenes[MM_SCENE_SPLITS] = {0};
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = mm_cutouts_load(o.common.data, &c, &err);
    for (int s = 0; s < MM_SCENE_SPLITS && ok; s++) {
        if (s != MM_SCENE_PHOTOGRAPHS || c.photographs > 0) {
            ok = export_split(&o, &c, (SceneSplit)s, &err);
            scenes[s] = s == MM_SCENE_TRAIN ? o.train : o.test;
        }
    }
    if (ok) {
        report(&o, scenes);
    }
    mm_cutouts_free(&c);
    return ok ? 0 : mm_program_error(&err);
}
