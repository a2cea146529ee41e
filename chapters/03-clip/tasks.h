/* tasks.h: pictures with classes, for models that were never trained on these classes. */
#ifndef CLIP_TASKS_H
#define CLIP_TASKS_H

#include "evaluate.h"
#include "prompts.h"

/* What tasks are made of; each part is read when a task needs it. */
typedef struct TaskData {
    const char *data; /* the folder of the data sets */
    EmojiSet emoji;
    Sheet garment[2]; /* Fashion-MNIST: what is to be classified; what the pixel neighbour knows */
    Sheet stamps;     /* Tux Paint's */
} TaskData;

typedef struct Task {
    const char *name;
    char about[160];
    int n;
    Picture *picture; /* (n), in TaskData; NULL: the pictures are files */
    char **path;      /* (n) */
    int *truth;       /* (n): classes; all languages have the same, in the same order */
    int n_classes;
    Classes classes[LANGUAGES]; /* n 0: there are no names in this language */
    int known;                  /* pictures with a class for the pixel neighbour; 0: none */
    Picture *known_picture;
    int *known_class;
} Task;

enum { SHIPPED_TASKS = 4, N_TASKS = 6 };
extern const char *const task_name[N_TASKS]; /* the shipped ones first */
/* Whether the data of a task is there: those that are not shipped are fetched (datasets/fetch tuxpaint). */
bool task_present(const TaskData *d, const char *name);
bool task_load(TaskData *d, const char *name, Task *t, Error *err);
/* A folder of pictures in folders: DIR/LABEL/FILE. classes is taken over; NULL: the names of the folders, with "_" and "-" read as
 * spaces, name them. */
bool task_load_folder(const char *folder, Classes *classes, Task *t, Error *err);
/* The embeddings of the pictures: (n, embed); the caller frees. Files that cannot be read are named and leave the task. */
real *task_embed(const Clip *clip, Task *t);
void task_free(Task *t);
void task_data_free(TaskData *d);

#endif
