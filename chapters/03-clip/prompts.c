/* prompts.c: the texts of classes and templates, and the classifier that comes of them. */
#include "prompts.h"
#include "io/memory.h"

/* The template with every {} replaced. */
static char *fill(const char *template, const char *name)
{
    size_t room = strlen(template) + 1;
    for (const char *s = template; (s = strstr(s, "{}")); s += 2) {
        room += strlen(name);
    }
    char *text = mm_take(room, 1), *to = text;
    for (const char *s = template, *hole; *s; s = hole + 2) {
        hole = strstr(s, "{}");
        if (!hole) {
            strcpy(to, s);
            break;
        }
        to = stpcpy(mempcpy(to, s, (size_t)(hole - s)), name);
    }
    return text;
}

char **prompts_fill(const Classes *c, const Templates *t)
{
    char **text = mm_take((size_t)t->n * (size_t)c->names, sizeof *text);
    for (int i = 0; i < t->n; i++) {
        for (int k = 0; k < c->names; k++) {
            text[i * c->names + k] = fill(t->at[i], c->name[k]);
        }
    }
    return text;
}

real *prompts_embed(const ClipModel *m, const Classes *c, const Templates *t, Error *err)
{
    int n = t->n * c->names;
    char **text = prompts_fill(c, t);
    real *embedding = clip_embed_texts(&m->clip, m->tokenizer, (const char *const *)text, n, err);
    for (int i = 0; i < n; i++) {
        free(text[i]);
    }
    free(text);
    return embedding;
}

real *prompts_weights(const real *embedding, const Classes *c, int first, int n, int embed)
{
    size_t texts = (size_t)n * (size_t)c->names;
    int *label = mm_take(texts, sizeof *label);
    real *weights = mm_take((size_t)c->n * (size_t)embed, sizeof *weights);
    for (size_t i = 0; i < texts; i++) {
        label[i] = c->of[i % (size_t)c->names];
    }
    mm_prompt_ensemble(embedding + (size_t)(first * c->names) * (size_t)embed, label, (int)texts, c->n, embed, weights);
    free(label);
    return weights;
}
