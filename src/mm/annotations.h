/* mm/annotations.h: what people have noted about pictures, in the official formats: COCO's boxes, VQA v2's questions and answers, and
 * region features of a detector. (COCO's captions: mm_captions_load in mm/data.h.) */
#ifndef MM_ANNOTATIONS_H
#define MM_ANNOTATIONS_H

#include "mm/data.h"

/* ---- COCO instances (coco_instances.c) ---- {"images": [{"id", "file_name", "width", "height"}], "categories": [{"id", "name",
 * "supercategory"}], "annotations": [{"image_id", "category_id", "bbox": [x, y, width, height], "iscrowd"}]} */

typedef struct Instance {
    int picture, category;      /* of the set */
    double x, y, width, height; /* pixels, inside the picture */
    bool crowd;                 /* a box around many, which COCO's evaluations leave out */
} Instance;

typedef struct InstancePicture {
    int64_t id;
    const char *file;
    int width, height;
    int first, n; /* its objects are object[first] … object[first + n - 1] */
} InstancePicture;

typedef struct InstanceCategory {
    int64_t id;
    const char *name, *kind; /* "dog", "animal" ("" where it is not said) */
} InstanceCategory;

/* What the file lists and the set leaves out or changes. */
typedef struct InstanceSkips {
    int clipped; /* boxes that reached beyond the picture, by more than COCO's own rounding of a pixel; they now end at its border */
    int outside;     /* boxes of which nothing is inside, or that have no width or height */
    int without_box; /* annotations that have none */
    int unknown;     /* annotations of pictures that are not listed */
} InstanceSkips;

typedef struct InstanceSet {
    int n, objects, categories;
    InstancePicture *at;        /* (n), in the order of the file */
    Instance *object;           /* (objects), picture after picture */
    InstanceCategory *category; /* (categories), likewise */
    InstanceSkips skipped;
    struct TextBlock *texts; /* owns the strings */
} InstanceSet;

/* One element is held at a time, so 10^6 annotations need little more memory than the file. */
bool mm_instances_load(const char *path, InstanceSet *set, Error *err);
void mm_instances_free(InstanceSet *set);

/* ---- VQA v2 (vqa_set.c) ---- */

typedef struct VqaQuestion {
    int64_t id, picture; /* question_id; image_id of COCO */
    const char *text;
    const char *type, *answer_type; /* "what is", "other"; "" without annotation */
    const char *best;               /* multiple_choice_answer; NULL without annotation */
    int answers;                    /* 0 without annotation: a test set */
    const char *answer[MM_VQA_PEOPLE];
} VqaQuestion;

typedef struct VqaSet {
    int n;
    VqaQuestion *at;         /* (n), in the order of the file */
    int few;                 /* questions that fewer than ten people have answered, annotated ones */
    int unknown;             /* annotations of questions that are not listed */
    struct TextBlock *texts; /* owns the strings */
} VqaSet;

/* annotations: NULL for a test set, which has none. */
bool mm_vqa_load(const char *questions, const char *annotations, VqaSet *set, Error *err);
void mm_vqa_free(VqaSet *set);

/* The answers that a model chooses from: all that are `best` of at least `least` questions (official: 9, of train and val: 3,129), as
 * mm_vqa_answer spells them, the most frequent first. */
typedef struct VqaAnswers {
    int n;
    char **at;
    int *count;
} VqaAnswers;

VqaAnswers mm_vqa_answers(const VqaSet *set, int least);
void mm_vqa_answers_free(VqaAnswers *a);
/* said (n, MM_VQA_PEOPLE): which of the answers each person gave to each of n questions, spelt in any way; -1: none of them. */
void mm_vqa_said(const VqaAnswers *a, const VqaQuestion *q, int n, int *said);
/* Soft targets of a question: target (n answers), 0, .3, .6, .9 or 1 by how many people said it. false: no answer of it is among them. */
bool mm_vqa_targets(const int said[MM_VQA_PEOPLE], int n, real *target);

/* ---- region features (regions.c, regions_table.c): what a detector saw in a picture ---- */

enum { MM_BOX_NUMBERS = 7 };

typedef struct Regions {
    int n, width, classes; /* 0 regions are allowed; numbers of a feature (BUTD: 2048); classes of soft_label (1601) */
    real *feature;         /* (n, width) */
    real *box;             /* (n, 7): x1, y1, x2, y2, w, h, w h, as parts of the picture's width and height: UNITER's */
    real *confidence;      /* (n); NULL: not in the file */
    real *soft_label;      /* (n, classes): the detector's probabilities; NULL: not in the file */
} Regions;

/* UNITER's .npz: features (n, width), norm_bb (n, 6) and, if there, conf (n), soft_labels (n, classes). Numbers must be finite; boxes are
 * cut at the border of the picture, and one with nothing inside is an error. */
bool mm_regions_load(const char *path, Regions *r, Error *err);
void mm_regions_free(Regions *r);

/* The table of bottom-up attention (a picture a line, tabs, no header, base64): image_id, image_w, image_h, num_boxes, boxes (n, 4 in pixels),
 * features; or LXMERT's of ten columns: img_id, img_h, img_w, objects_id, objects_conf, attrs_id, attrs_conf, num_boxes, boxes, features.
 * One line is held at a time. take gives false, with a reason, to stop. */
typedef bool RegionsTake(void *context, const char *image_id, const Regions *r, Error *err);
bool mm_regions_table(const char *path, RegionsTake *take, void *context, Error *err);

#endif
