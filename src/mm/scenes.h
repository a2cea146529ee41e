/* mm/scenes.h: pictures in which it is known what is where, with all that can be said, asked and answered about them; and clips in which
 * it is known what happens. Composed of real cut-outs: emoji in the shipped styles, photographs of Tux Paint where they were fetched. */
#ifndef MM_SCENES_H
#define MM_SCENES_H

#include "mm/data.h"

/* ---- what there is to see (scene_things.c) ---- */

typedef enum ThingKind { MM_ANIMAL, MM_FOOD, MM_OBJECT, MM_VEHICLE, MM_THING_KINDS } ThingKind;

typedef struct Thing {
    const char *code; /* the emoji's */
    ThingKind kind;
    const char *en, *plural;
    const char *zh, *measure; /* 狗, 只: 一只狗 */
    const char *stamp;        /* its photograph in Tux Paint, or "" */
} Thing;

extern const Thing mm_things[];
enum { MM_THINGS = 40 };

typedef struct ThingKindName {
    const char *en, *plural, *zh;
} ThingKindName;
extern const ThingKindName mm_thing_kinds[MM_THING_KINDS]; /* "animal", "animals", "动物" */

/* ---- their pictures (cutouts.c) ---- */

enum { MM_PHOTOGRAPH = MM_STYLES, MM_CUTOUT_SOURCES }; /* where a cut-out comes from: a style of mm_styles, or Tux Paint */

/* RGBA, without transparent borders; no pixels where a source does not have the thing. */
typedef struct Cutouts {
    Picture of[MM_CUTOUT_SOURCES][MM_THINGS];
    int photographs; /* 0: data/fetched/tuxpaint is not there */
} Cutouts;

bool mm_cutouts_load(const char *data, Cutouts *c, Error *err);
void mm_cutouts_free(Cutouts *c);

/* ---- scenes (scene.c) ---- two kinds of things, one to three of each and four at most, the first kind on one side, the second on the
 * other; none hides another. */

enum { MM_SCENE_WIDTH = 128, MM_SCENE_HEIGHT = 96, MM_SCENE_OBJECTS = 4, MM_SCENE_MOST = 3 };

typedef enum SceneRelation { MM_LEFT_OF, MM_RIGHT_OF, MM_ABOVE, MM_BELOW, MM_SCENE_RELATIONS } SceneRelation;

/* All that captions and answers depend on. */
typedef struct SceneFacts {
    int thing[2], count[2];
    SceneRelation relation; /* where things of the first kind are, seen from those of the second */
} SceneFacts;

typedef struct SceneObject {
    int kind;                     /* which of the facts' two things it is one of: 0, 1 */
    int left, top, width, height; /* exactly what it covers */
} SceneObject;

typedef struct Scene {
    SceneFacts facts;
    int source; /* of its cut-outs */
    int n;
    SceneObject object[MM_SCENE_OBJECTS]; /* those of the first thing, then those of the second */
    Picture picture;                      /* RGB */
} Scene;

/* A tenth of the pairs of things is never seen together in training. */
typedef enum SceneSplit {
    MM_SCENE_TRAIN,       /* seen pairs, seen styles */
    MM_SCENE_HELD_OUT,    /* held-out pairs, seen styles */
    MM_SCENE_NEW_STYLE,   /* held-out pairs, in mm_test_style */
    MM_SCENE_PHOTOGRAPHS, /* held-out pairs of things that have a photograph, in Tux Paint's; needs c->photographs */
    MM_SCENE_SPLITS
} SceneSplit;

bool mm_scene_pair_is_held_out(int thing, int other);
/* A scene of a split; it depends on rng alone, so any thread can make it. The caller frees. */
Scene mm_scene_new(const Cutouts *c, SceneSplit split, Rng rng);
void mm_scene_free(Scene *scene);
/* Other facts than these in one respect: another thing, another count, or the opposite relation. */
typedef enum SceneRespect { MM_OTHER_THING, MM_OTHER_COUNT, MM_OTHER_SIDE, MM_SCENE_RESPECTS } SceneRespect;
SceneFacts mm_scene_foil(const SceneFacts *facts, SceneRespect respect, Rng *rng);

/* ---- what is said about them (scene_text.c) ---- */

typedef enum Language { MM_ENGLISH, MM_CHINESE } Language;
enum { MM_SCENE_CAPTIONS = 5, MM_SCENE_UNPLACED = 3, MM_SCENE_TEXT = 192 };

enum { MM_SCENE_WHERE = 2 };
typedef struct SceneMention {
    int kind; /* which of the two things is named: all objects of this kind are meant; MM_SCENE_WHERE: where some are is said */
    int first, bytes; /* the noun, or "left", "above", 左, in the text */
} SceneMention;

typedef struct SceneCaption {
    char text[MM_SCENE_TEXT];
    int n;
    SceneMention mention[4];
} SceneCaption;

/* k: 0 .. MM_SCENE_CAPTIONS - 1; that of MM_SCENE_UNPLACED does not say where things are */
SceneCaption mm_scene_caption(const SceneFacts *facts, Language language, int k);

/* ---- what is asked about them (scene_questions.c) ---- */

enum { MM_SCENE_QUESTIONS = 6, MM_SCENE_ANSWER = 32 };

typedef struct SceneQuestion {
    char text[MM_SCENE_TEXT];
    const char *type, *answer_type; /* VQA's: "how many", "number" */
    /* As ten people might answer: some give a word that is right as well, "animal" for a dog. Made by rule; nobody was asked. */
    char answer[MM_VQA_PEOPLE][MM_SCENE_ANSWER];
    int best; /* answer[best] is what most say: multiple_choice_answer */
} SceneQuestion;

/* How many of a thing, how many of its kind; is there; what is on one side; is it left, above, …; are there more of these. */
void mm_scene_questions(const SceneFacts *facts, Language language, Rng rng, SceneQuestion question[MM_SCENE_QUESTIONS]);

/* Names one object so that it is the only one meant: "the dog", "the dog on the far left"; false: nothing simple does (the one in the
 * middle). */
bool mm_scene_refer(const Scene *scene, int object, Language language, char text[MM_SCENE_TEXT]);

/* ---- in the official formats (scene_export.c) ---- */

extern const char *const mm_scene_split_name[MM_SCENE_SPLITS]; /* "train", "val", "style", "photographs" */

typedef struct SceneExport {
    const char *folder; /* made if it is not there */
    SceneSplit split;
    int n;
    Language language;
    uint64_t seed;
    void (*progress)(void *context, int done, int n); /* after each scene; NULL: nobody is told */
    void *context;
} SceneExport;

/* Scene i of a split and seed: what the export writes as its picture number i + 1. */
Rng mm_scene_rng(uint64_t seed, SceneSplit split, int i);
Rng mm_scene_question_rng(uint64_t seed, SceneSplit split, int i); /* of what is asked about it */

/* Writes n scenes of a split: FOLDER/SPLIT/SPLIT_000000000001.png and on; FOLDER/annotations/captions_SPLIT.json and instances_SPLIT.json
 * in COCO's form, v2_OpenEnded_mscoco_SPLIT_questions.json and v2_mscoco_SPLIT_annotations.json in VQA v2's, each whole or not at all. */
bool mm_scenes_export(const Cutouts *c, const SceneExport *to, Error *err);

/* ---- clips (clip.c) ---- one thing, and what happens to it in MM_CLIP_FRAMES pictures; in some of them another that stands still beside it */

enum { MM_CLIP_FRAMES = 8, MM_CLIP_SIDE = 96, MM_CLIP_THINGS = 2 };

/* But for the last, two and two are each other backwards: in which order the frames are, tells them apart. */
typedef enum ClipEvent {
    MM_MOVES_LEFT,
    MM_MOVES_RIGHT,
    MM_MOVES_UP,
    MM_MOVES_DOWN,
    MM_GROWS,
    MM_SHRINKS,
    MM_TURNS_CLOCKWISE,
    MM_TURNS_BACK,
    MM_STAYS,
    MM_CLIP_EVENTS
} ClipEvent;

/* All that captions depend on. */
typedef struct ClipFacts {
    int thing, other; /* other: what stands still beside it; -1: nothing. Beside what stays there is nothing. */
    ClipEvent event;
} ClipFacts;

typedef struct SceneClip {
    ClipFacts facts;
    int source;                                         /* of its cut-outs */
    int n;                                              /* things: 1, or 2 with the other */
    Animation frames;                                   /* MM_CLIP_FRAMES, opaque */
    SceneObject object[MM_CLIP_FRAMES][MM_CLIP_THINGS]; /* what the thing (kind 0) and the other (1) cover in each */
} SceneClip;

bool mm_clip_is_held_out(int thing, ClipEvent event); /* a tenth of them */
/* The splits are as for scenes, of pairs of a thing and an event. The caller frees. */
SceneClip mm_clip_new(const Cutouts *c, SceneSplit split, Rng rng);
void mm_clip_free(SceneClip *clip);
void mm_clip_shuffle(SceneClip *clip, Rng *rng); /* the control: the same frames, in any order */

/* ---- what is said about them (clip_text.c) ---- */

enum { MM_CLIP_CAPTIONS = 5 };

extern const char *const mm_clip_event_name[MM_CLIP_EVENTS]; /* "moves to the left", … */
void mm_clip_caption(const ClipFacts *facts, Language language, int k,
                     char text[MM_SCENE_TEXT]); /* k: 0 .. MM_CLIP_CAPTIONS - 1 */
/* What a text says, whoever wrote it: the thing that it names first, and what happens; -1 each where it says none, or two events. other: what
 * else it names. */
typedef struct ClipSaid {
    int thing, other, event;
} ClipSaid;
ClipSaid mm_clip_said(const char *text, Language language);
/* Writes n clips of a split as FOLDER/SPLIT_000001.gif with their captions beside them in SPLIT_000001.txt, a folder for mm_captions_load. */
bool mm_clips_export(const Cutouts *c, const SceneExport *to, Error *err);

#endif
