/* export.c: `clip export`: the shipped emoji as a data set in COCO's form, such as one makes of own pictures. */
#include "evaluate.h"
#include "program.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ExportOptions {
    Common common;
    const char *folder, *group;
} ExportOptions;

enum { TRAIN, TEST, SPLITS };

/* One file of captions: a split in a language. */
typedef struct Coco {
    json_t *images, *annotations;
} Coco;

static void annotate(Coco *c, int image, const char *caption)
{
    if (*caption) {
        json_array_append_new(c->annotations, json_pack("{s:I, s:i, s:s}", "id", (json_int_t)json_array_size(c->annotations) + 1,
                                                        "image_id", image, "caption", caption));
    }
}

/* The picture, and its two captions in each language: the name and the list of tags. */
static bool export_one(const EmojiSet *set, int i, const char *folder, Coco *files, Error *err)
{
    const Emoji *e = &set->at[i];
    const Concept *c = &set->concepts.at[e->concept];
    char name[256];
    snprintf(name, sizeof name, "pictures/%s_%s.png", set->style[e->style], c->code);
    char *path = mm_join_path(folder, name);
    bool ok = mm_picture_save(path, &e->picture, err);
    free(path);
    for (int l = 0; l < LANGUAGES; l++) {
        json_array_append_new(files[l].images, json_pack("{s:i, s:s, s:i, s:i}", "id", i, "file_name", name, "width",
                                                         e->picture.width, "height", e->picture.height));
        annotate(&files[l], i, l == EN ? c->en : c->zh);
        annotate(&files[l], i, l == EN ? c->tags_en : c->tags_zh);
    }
    return ok;
}

static bool write_coco(const char *folder, int split, int language, Coco *c, Error *err)
{
    char name[64];
    snprintf(name, sizeof name, "captions_%s%s.json", split == TEST ? "test" : "train", language == ZH ? "_zh" : "");
    json_t *j = json_pack("{s:{s:s}, s:o, s:o}", "info", "description", "emoji; datasets/NOTICE has the licences", "images",
                          c->images, "annotations", c->annotations);
    char *path = mm_join_path(folder, name), *text = json_dumps(j, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    bool ok = mm_write_file(path, text, strlen(text), err);
    if (ok) {
        printf("%s: %zu pictures, %zu captions\n", path, json_array_size(c->images), json_array_size(c->annotations));
    }
    free(text);
    free(path);
    json_decref(j);
    return ok;
}

static bool export(const ExportOptions *o, const EmojiSet *set, Error *err)
{
    Coco file[SPLITS][LANGUAGES];
    int test = mm_emoji_style(set, mm_test_style);
    bool ok = true;
    for (int f = 0; f < SPLITS * LANGUAGES; f++) {
        file[f / LANGUAGES][f % LANGUAGES] = (Coco){json_array(), json_array()};
    }
    for (int i = 0; i < set->n && ok; i++) {
        if (!o->group || strcmp(set->concepts.at[set->at[i].concept].group, o->group) == 0) {
            ok = export_one(set, i, o->folder, file[set->at[i].style == test ? TEST : TRAIN], err);
        }
    }
    if (ok && json_array_size(file[TRAIN][EN].images) == 0) {
        ok = mm_error(err, "no emoji is of the group \"%s\"; food-drink is one, datasets/emoji/concepts.tsv has all", o->group);
    }
    for (int f = 0; f < SPLITS * LANGUAGES; f++) {
        Coco *c = &file[f / LANGUAGES][f % LANGUAGES];
        if (ok) {
            ok = write_coco(o->folder, f / LANGUAGES, f % LANGUAGES, c, err);
        } else {
            json_decref(c->images);
            json_decref(c->annotations);
        }
    }
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ExportOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'g': o->group = arg; break;
    case ARGP_KEY_ARG:
    case ARGP_KEY_END: mm_option_folder(state, key, arg, &o->folder); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_export(int argc, char **argv)
{
    ExportOptions o = {.common = program_defaults()};
    const struct argp_option options[] = {
        {"group", 'g', "NAME", 0, "only the emoji of this group: food-drink, animals-nature, ...", 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "FOLDER",
        .children = mm_common_options,
        .doc = "Writes the emoji as PNG files with captions in COCO's form, in English and in Chinese; the style that is kept "
               "for the "
               "test has files of its own. What `clip train --captions` reads, to begin with or to learn the form from."};
    Error err;
    EmojiSet emoji = {0};
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    char *pictures = mm_join_path(o.folder, "pictures");
    bool ok = mm_emoji_load_all(o.common.data, &emoji, &err) && mm_make_folders(pictures, &err) && export(&o, &emoji, &err);
    free(pictures);
    mm_emoji_free(&emoji);
    return ok ? 0 : mm_program_error(&err);
}
