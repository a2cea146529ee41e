/* prompts.h: a classifier made of words: the names of classes, put into templates such as "a photo of a {}". */
#ifndef CLIP_PROMPTS_H
#define CLIP_PROMPTS_H

#include "program.h"

/* Classes, and names for them. A class may have several: "tool", "hammer"; all count alike. */
typedef struct Classes {
    int n, names;
    char **label; /* (n): what the data calls them */
    char **name;  /* (names) */
    int *of;      /* (names): the class of each name */
} Classes;

/* A file with a class a line: its label and its names, parted by tabs; a line without a tab is both. Empty lines are skipped. */
bool classes_read(const char *path, Classes *c, Error *err);
void classes_add(Classes *c, const char *label, const char *name); /* a class with one name */
void classes_add_name(Classes *c, const char *name);               /* another name of the last class */
int classes_find(const Classes *c, const char *label);             /* -1: there is none */
void classes_free(Classes *c);

typedef struct Templates {
    int n;
    char **at;
} Templates;

/* A file with a template a line; {} stands for the name. Empty lines are skipped. */
bool templates_read(const char *path, Templates *t, Error *err);
void templates_free(Templates *t);

/* Every name in every template: (templates, names) texts, those of a template together; the caller frees them and the array. */
char **prompts_fill(const Classes *c, const Templates *t);
/* Their embeddings, rows of length 1: (templates, names, embed); the caller frees. */
real *prompts_embed(const ClipModel *m, const Classes *c, const Templates *t, Error *err);
/* The classifier of templates first .. first + n - 1: (classes, embed), see mm_prompt_ensemble; the caller frees. */
real *prompts_weights(const real *embedding, const Classes *c, int first, int n, int embed);

#endif
