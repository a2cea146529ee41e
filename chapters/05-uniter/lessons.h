/* lessons.h: pictures as examples of what UNITER is fine-tuned for: scenes with questions, captions, statements, and objects that are meant; or
 * pictures with what COCO's and VQA v2's files say of them. */
#ifndef UNITER_LESSONS_H
#define UNITER_LESSONS_H

#include "mm/annotations.h"
#include "scenes.h"

typedef enum Skill {
    SKILL_VQA,     /* answer a question */
    SKILL_CAPTION, /* say what is there */
    SKILL_RANK,    /* find the picture of a text and the text of a picture */
    SKILL_REFER,   /* find the region that is meant */
    SKILL_ENTAIL,  /* does a statement follow from the picture, contradict it, or neither? */
    SKILLS
} Skill;
extern const char *const skill_name[SKILLS + 1]; /* ends with NULL */

/* What a picture says about a statement. A thing that is not shown leaves open what is said of it. */
typedef enum Verdict { FOLLOWS, CONTRADICTS, OPEN, VERDICTS } Verdict;

enum { STATEMENTS = 3 }; /* of each scene, one of each verdict */
/* Of each scene all its captions, and as many that are false of it in one respect: the hardest of what does not belong to a picture. */
enum { RANK_TEXTS = 2 * MM_SCENE_CAPTIONS };

typedef struct Examples {
    ItemSet set; /* a text, and the regions of its scene (or those that are shown) */
    Item *item;
    int *label; /* refer: the region that is meant; entail: the verdict; else 0 */
} Examples;

typedef struct Lessons {
    Scenes scenes; /* of files: pictures, without what is known of a scene */
    int n;         /* pictures */
    int questions, captions;
    VqaQuestion *asked;   /* (questions) */
    const char **caption; /* (captions): those of picture i are caption[first_caption[i]] … caption[first_caption[i + 1] - 1] */
    int *first_caption;   /* (n + 1) */
    int *said;            /* (questions, MM_VQA_PEOPLE): of lessons_said */
    Examples of[SKILLS];
    int *ids;
    struct { /* the strings: of scenes, or of files */
        SceneCaption *caption;
        SceneQuestion *question;
        CaptionSet captions;
        VqaSet questions;
    } own;
} Lessons;

/* Makes them of s, which are scenes_make's of the same split, seed and language, and which l owns from now on, also where it fails. The
 * caller frees. */
bool lessons_make(SceneSplit split, uint64_t seed, Language language, const Wordpiece *w, Scenes s, Lessons *l, Error *err);
/* What is known of a split of COCO and VQA v2, or of a set in their form, as FOLDER/annotations has it: instances_SPLIT.json, which lists the
 * pictures in FOLDER/SPLIT, and where things are (in a picture of which it does not say, what stands out: propose.h), with captions_SPLIT.json,
 * v2_OpenEnded_mscoco_SPLIT_questions.json and v2_mscoco_SPLIT_annotations.json, or one of the two. At most `most` pictures, the first
 * that are there. What is left out is said on stderr. The caller frees. */
bool lessons_read(const char *folder, const char *split, int most, const Detector *d, const Wordpiece *w, Lessons *l, Error *err);
void lessons_free(Lessons *l);

/* One more example: a text about picture i, and its regions. ids (SCENE_WORDS) must last. */
bool lessons_add(Lessons *l, Skill skill, int i, const Wordpiece *w, const char *text, int *ids, int label, Error *err);

/* The answers that at least `least` of the questions have. */
VqaAnswers lessons_answers(const Lessons *l, int least);
/* Which of these answers people gave. */
void lessons_said(Lessons *l, const VqaAnswers *answers);

/* What is left out of each example, so that it can be seen what it was good for. */
typedef enum Hiding { HIDE_NOTHING, HIDE_WORDS, HIDE_REGIONS, HIDINGS } Hiding;
extern const char *const hiding_name[HIDINGS + 1];

/* Examples pick[0 .. n-1] as they are, but for what is hidden. Lives in g. */
UniterBatch lessons_batch(const ItemSet *set, const int *pick, int n, Hiding hiding, Graph *g);
/* Of words only [CLS] and [SEP] stay; of regions none. */
void lessons_hide(UniterBatch *b, Hiding hiding, Graph *g);

#endif
