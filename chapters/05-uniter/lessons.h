/* lessons.h: scenes as examples of what UNITER is fine-tuned for: with questions, captions, statements, and objects that are meant. */
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
    Scenes scenes;
    int n;                   /* scenes */
    SceneCaption *caption;   /* (n, MM_SCENE_CAPTIONS) */
    SceneQuestion *question; /* (n, MM_SCENE_QUESTIONS) */
    VqaQuestion *asked;      /* the same, as read from VQA v2's files */
    real *target;            /* (n MM_SCENE_QUESTIONS, answers): of lessons_targets */
    Examples of[SKILLS];
    int *ids;
} Lessons;

/* Makes them of s, which are scenes_make's of the same split, seed and language, and which l owns from now on, also where it fails. The
 * caller frees. */
bool lessons_make(SceneSplit split, uint64_t seed, Language language, const Wordpiece *w, Scenes s, Lessons *l, Error *err);
void lessons_free(Lessons *l);

/* The answers that at least `least` of the questions have. */
VqaAnswers lessons_answers(const Lessons *l, int least);
/* How right each of these answers is to each question. */
void lessons_targets(Lessons *l, const VqaAnswers *answers);

/* What is left out of each example, so that it can be seen what it was good for. */
typedef enum Hiding { HIDE_NOTHING, HIDE_WORDS, HIDE_REGIONS, HIDINGS } Hiding;
extern const char *const hiding_name[HIDINGS + 1];

/* Examples pick[0 .. n-1] as they are, but for what is hidden. Lives in g. */
UniterBatch lessons_batch(const ItemSet *set, const int *pick, int n, Hiding hiding, Graph *g);
/* Of words only [CLS] and [SEP] stay; of regions none. */
void lessons_hide(UniterBatch *b, Hiding hiding, Graph *g);

#endif
