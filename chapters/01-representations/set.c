/* set.c: the emoji, split once for all methods. */
#include "set.h"
#include "io/hash.h"
#include "io/memory.h"

const char *const language_name[LANGUAGES] = {"English", "Chinese"};

enum { VOCABULARY = 4096 };

static const char *const validation_style = "twemoji";

const char *set_name(const Set *s, int concept, int language)
{
    const Concept *c = &s->emoji.concepts.at[concept];
    return language == EN ? c->en : c->zh;
}

const char *set_class(const Set *s, int level, int class)
{
    return s->level[level].classes[EN].label[class];
}

int set_concept(const Set *s, int i)
{
    return s->emoji.at[i].concept;
}

bool set_unseen(const Set *s, int concept)
{
    const char *code = s->emoji.concepts.at[concept].code;
    return s->validate ? mm_fnv(MM_FNV_START, code, strlen(code)) % 10 == 1 : mm_concept_is_held_out(code);
}

/* ---- texts ---- */

bool set_encode(const Set *s, const char *text, Text *t, Error *err)
{
    t->ids = mm_encode(s->tokenizer, text, &t->n, err);
    if (t->ids && t->n == 0) {
        free(t->ids);
        t->ids = NULL;
        return mm_error(err, "\"%s\": an empty text says nothing", text);
    }
    return t->ids != NULL;
}

/* All names and tags, for the tokeniser. */
typedef struct Lines {
    char **at;
    int n;
} Lines;

static void add_line(Lines *l, const char *text)
{
    l->at = mm_take_again(l->at, (size_t)(l->n + 1) * sizeof *l->at);
    l->at[l->n++] = mm_copy_text(text, strlen(text));
}

static Lines all_lines(const Concepts *concepts)
{
    Lines l = {0};
    for (int c = 0; c < concepts->n; c++) {
        const Concept *k = &concepts->at[c];
        const char *const text[] = {k->en, k->tags_en, k->zh, k->tags_zh};
        for (int i = 0; i < 4; i++) {
            add_line(&l, text[i]);
        }
    }
    return l;
}

static bool learn_tokens(Set *s, Error *err)
{
    Lines l = all_lines(&s->emoji.concepts);
    s->tokenizer = mm_tokenizer_learn((const char *const *)l.at, l.n, VOCABULARY, true, err);
    for (int i = 0; i < l.n; i++) {
        s->texts = s->texts * 31 + mm_rng(0, l.at[i]).key;
        free(l.at[i]);
    }
    free(l.at);
    return s->tokenizer != NULL;
}

static bool read_words(const Set *s, int concept, int language, Words *w, Error *err)
{
    const Concept *c = &s->emoji.concepts.at[concept];
    char *list = strdup(language == EN ? c->tags_en : c->tags_zh), *rest = list;
    bool ok = set_encode(s, set_name(s, concept, language), &w->name, err);
    for (char *tag; ok && (tag = mm_next_tag(&rest));) {
        w->tag = mm_take_again(w->tag, (size_t)(w->tags + 1) * sizeof *w->tag);
        ok = set_encode(s, tag, &w->tag[w->tags], err);
        w->tags += ok;
    }
    free(list);
    return ok;
}

/* ---- the tree ---- */

static const char *const level_file[LEVELS] = {"subgroups", "groups"};

static bool read_class_texts(const Set *s, Level *l, int language, Error *err)
{
    const Classes *c = &l->classes[language];
    l->text[language] = mm_take((size_t)c->n, sizeof(Text));
    for (int k = 0; k < c->n; k++) {
        char text[1024] = "";
        for (int i = 0; i < c->names; i++) {
            size_t used = strlen(text);
            if (c->of[i] == k) {
                snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "", c->name[i]);
            }
        }
        if (!set_encode(s, text, &l->text[language][k], err)) {
            return false;
        }
    }
    return true;
}

static bool same_labels(const Classes *a, const Classes *b)
{
    bool same = a->n == b->n;
    for (int i = 0; i < a->n && same; i++) {
        same = strcmp(a->label[i], b->label[i]) == 0;
    }
    return same;
}

static bool place_concepts(Set *s, int level, const char *path, Error *err)
{
    Level *l = &s->level[level];
    const Concepts *all = &s->emoji.concepts;
    l->of = mm_take((size_t)all->n, sizeof *l->of);
    for (int c = 0; c < all->n; c++) {
        const char *label = level == GROUP ? all->at[c].group : all->at[c].subgroup;
        l->of[c] = mm_concept_is_core(&all->at[c]) ? mm_classes_find(&l->classes[EN], label) : -1;
        if (l->of[c] < 0 && mm_concept_is_core(&all->at[c])) {
            return mm_error(err, "%s:%d: \"%s\" is none of the classes of %s", mm_tsv_path(all->table),
                            mm_tsv_line(all->table, c), label, path);
        }
    }
    return true;
}

static bool read_level(Set *s, const char *data, int level, Error *err)
{
    Level *l = &s->level[level];
    char *path[LANGUAGES] = {mm_path(data, "prompts/%s.en.txt", level_file[level]),
                             mm_path(data, "prompts/%s.zh.txt", level_file[level])};
    bool ok = true;
    for (int k = 0; k < LANGUAGES && ok; k++) {
        ok = mm_classes_read(path[k], &l->classes[k], err) && read_class_texts(s, l, k, err);
    }
    ok = ok && (same_labels(&l->classes[EN], &l->classes[ZH]) ||
                mm_error(err, "%s and %s do not have the same classes in the same order", path[EN], path[ZH]));
    ok = ok && place_concepts(s, level, path[EN], err);
    free(path[EN]);
    free(path[ZH]);
    return ok;
}

/* ---- the split ---- */

/* Whether nothing may be made of a picture: what is for the test is not there when options are chosen. */
static bool is_hidden(const Set *s, int i)
{
    return s->validate && (strcmp(s->emoji.style[s->emoji.at[i].style], mm_test_style) == 0 ||
                           mm_concept_is_held_out(s->emoji.concepts.at[set_concept(s, i)].code));
}

static void split(Set *s)
{
    int style = mm_emoji_style(&s->emoji, s->style);
    bool *elsewhere = mm_take((size_t)s->emoji.concepts.n, sizeof *elsewhere);
    s->item = mm_take((size_t)s->emoji.n, sizeof *s->item);
    s->test = mm_take((size_t)s->emoji.n, sizeof *s->test);
    for (int i = 0; i < s->emoji.n; i++) {
        elsewhere[set_concept(s, i)] |= s->emoji.at[i].style != style && !is_hidden(s, i);
    }
    for (int i = 0; i < s->emoji.n; i++) {
        if (is_hidden(s, i)) {
            continue;
        }
        if (s->emoji.at[i].style != style && !set_unseen(s, set_concept(s, i))) {
            s->item[s->items++] = i;
        } else if (s->emoji.at[i].style == style && elsewhere[set_concept(s, i)]) {
            s->test[s->tests++] = i;
        }
    }
    free(elsewhere);
}

bool set_load(const char *data, bool validate, Set *s, Error *err)
{
    *s = (Set){.validate = validate, .style = validate ? validation_style : mm_test_style};
    bool ok = mm_emoji_load_all(data, &s->emoji, err) && learn_tokens(s, err);
    size_t n = (size_t)s->emoji.concepts.n;
    for (int l = 0; l < LANGUAGES && ok; l++) {
        s->words[l] = mm_take(n, sizeof(Words));
        for (size_t c = 0; c < n && ok; c++) {
            ok = read_words(s, (int)c, l, &s->words[l][c], err);
        }
    }
    for (int l = 0; l < LEVELS && ok; l++) {
        ok = read_level(s, data, l, err);
    }
    if (ok) {
        split(s);
    } else {
        set_free(s);
    }
    return ok;
}

int set_find(const Set *s, const char *name, Error *err)
{
    for (int i = 0; i < s->tests; i++) {
        int c = set_concept(s, s->test[i]);
        const Concept *k = &s->emoji.concepts.at[c];
        if (strcasecmp(k->code, name) == 0 || strcasecmp(k->en, name) == 0 || strcmp(k->zh, name) == 0) {
            return c;
        }
    }
    mm_error(err, "no emoji of the style %s is called \"%s\"", s->style, name);
    return -1;
}

static void free_level(Level *l)
{
    for (int k = 0; k < LANGUAGES; k++) {
        for (int i = 0; i < l->classes[k].n && l->text[k]; i++) {
            free(l->text[k][i].ids);
        }
        free(l->text[k]);
        mm_classes_free(&l->classes[k]);
    }
    free(l->of);
}

void set_free(Set *s)
{
    for (int l = 0; l < LANGUAGES; l++) {
        for (int c = 0; c < s->emoji.concepts.n && s->words[l]; c++) {
            Words *w = &s->words[l][c];
            for (int t = 0; t < w->tags; t++) {
                free(w->tag[t].ids);
            }
            free(w->tag);
            free(w->name.ids);
        }
        free(s->words[l]);
    }
    for (int l = 0; l < LEVELS; l++) {
        free_level(&s->level[l]);
    }
    mm_emoji_free(&s->emoji);
    mm_tokenizer_free(s->tokenizer);
    free(s->item);
    free(s->test);
    *s = (Set){0};
}
