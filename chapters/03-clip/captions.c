/* captions.c: names and tags as token ids. */
#include "captions.h"
#include "io/memory.h"

#include <stdlib.h>
#include <string.h>

const char *const language_name[LANGUAGES] = {"English", "Chinese"};
const char *const language_code[LANGUAGES + 1] = {"en", "zh", NULL};

static const char *name_of(const Concept *c, int language)
{
    return language == EN ? c->en : c->zh;
}

static void each_tag(const Concept *c, int language, void (*visit)(void *context, const char *tag), void *context)
{
    char *list = strdup(language == EN ? c->tags_en : c->tags_zh), *rest = list;
    for (char *tag; (tag = mm_next_tag(&rest));) {
        visit(context, tag);
    }
    free(list);
}

typedef struct Texts {
    char **at;
    int n;
} Texts;

static void add_text(void *context, const char *text)
{
    Texts *t = context;
    t->at = realloc(t->at, (size_t)(t->n + 1) * sizeof *t->at);
    t->at[t->n++] = strdup(text);
}

char **captions_texts(const Concepts *concepts, int *n)
{
    Texts t = {0};
    for (int c = 0; c < concepts->n; c++) {
        for (int l = 0; l < LANGUAGES; l++) {
            add_text(&t, name_of(&concepts->at[c], l));
            each_tag(&concepts->at[c], l, add_text, &t);
        }
    }
    *n = t.n;
    return t.at;
}

/* The names of one language in alphabetical order, to find whose name a text is. */
typedef struct Name {
    const char *text;
    int concept;
} Name;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const Name *)a)->text, ((const Name *)b)->text);
}

static Name *sorted_names(const Concepts *concepts, int language)
{
    Name *name = mm_take((size_t)concepts->n, sizeof *name);
    for (int c = 0; c < concepts->n; c++) {
        name[c] = (Name){name_of(&concepts->at[c], language), c};
    }
    qsort(name, (size_t)concepts->n, sizeof *name, by_text);
    return name;
}

static bool make_phrase(const Tokenizer *tok, const char *text, const Name *names, int n, Phrase *out, Error *err)
{
    const Name *same = bsearch(&(Name){.text = text}, names, (size_t)n, sizeof *names, by_text);
    out->ids = mm_encode(tok, text, &out->n, err);
    out->named = same ? same->concept : -1;
    return out->ids != NULL;
}

/* The name and the tags of concept number c, to places c * LANGUAGES + language. */
static bool make_phrases(const Tokenizer *tok, const Concepts *concepts, int c, int language, const Name *names, Captions *out,
                         Error *err)
{
    int at = c * LANGUAGES + language, n = concepts->n;
    Texts tags = {0};
    each_tag(&concepts->at[c], language, add_text, &tags);
    out->tag[at] = mm_take((size_t)tags.n, sizeof(Phrase));
    bool ok = make_phrase(tok, name_of(&concepts->at[c], language), names, n, &out->name[at], err);
    out->name[at].named = c; /* also where another concept has the same name */
    for (int t = 0; t < tags.n; t++) {
        ok = ok && make_phrase(tok, tags.at[t], names, n, &out->tag[at][t], err);
        out->tags[at] += ok;
        free(tags.at[t]);
    }
    free(tags.at);
    return ok;
}

bool captions_make(const Concepts *concepts, const Tokenizer *tok, Captions *out, Error *err)
{
    static const char *const article[LANGUAGES] = {"a", "一个"};
    size_t n = (size_t)concepts->n * LANGUAGES;
    *out = (Captions){.name = mm_take(n, sizeof(Phrase)),
                      .tag = mm_take(n, sizeof(Phrase *)),
                      .tags = mm_take(n, sizeof(int)),
                      .concepts = concepts->n,
                      .start = mm_token_start(tok),
                      .end = mm_token_end(tok)};
    bool ok = true;
    for (int l = 0; l < LANGUAGES; l++) {
        Name *names = sorted_names(concepts, l);
        ok = ok && make_phrase(tok, article[l], names, concepts->n, &out->article[l], err);
        for (int c = 0; c < concepts->n && ok; c++) {
            ok = make_phrases(tok, concepts, c, l, names, out, err);
        }
        free(names);
    }
    if (!ok) {
        captions_free(out);
    }
    return ok;
}

void captions_free(Captions *c)
{
    for (int i = 0; i < c->concepts * LANGUAGES; i++) {
        free(c->name[i].ids);
        for (int t = 0; t < c->tags[i]; t++) {
            free(c->tag[i][t].ids);
        }
        free(c->tag[i]);
    }
    for (int l = 0; l < LANGUAGES; l++) {
        free(c->article[l].ids);
    }
    free(c->name);
    free(c->tag);
    free(c->tags);
    *c = (Captions){0};
}

static bool same_ids(const Phrase *a, const Phrase *b)
{
    return a->n == b->n && memcmp(a->ids, b->ids, (size_t)a->n * sizeof *a->ids) == 0;
}

bool captions_true(const Captions *c, const Phrase *phrase, int language, int concept)
{
    bool found = phrase->named == concept;
    for (int l = 0; l < LANGUAGES; l++) {
        int at = concept * LANGUAGES + l;
        for (int t = 0; t < c->tags[at] && !found; t++) {
            const Phrase *tag = &c->tag[at][t];
            found = phrase->named >= 0 ? tag->named == phrase->named : l == language && same_ids(tag, phrase);
        }
    }
    return found;
}
