/* source_emoji.c: emoji as a source: the pictures of six styles or more, each with the name of its concept, and texts of tags. */
#include "evaluate.h"
#include "io/memory.h"
#include "source.h"

enum { MOST_TAGS = 8 }; /* in one text */

bool source_emoji(const char *data, EmojiMore more, bool unseen, Source *s, Error *err)
{
    *s = (Source){.kind = &source_of_emoji, .languages = LANGUAGES};
    if (!mm_emoji_load_more(data, more, &s->emoji, err)) {
        return false;
    }
    int style = mm_emoji_style(&s->emoji, mm_test_style);
    s->concepts = s->emoji.concepts.n;
    s->item = mm_take((size_t)s->emoji.n, sizeof *s->item);
    for (int i = 0; i < s->emoji.n; i++) {
        const Emoji *e = &s->emoji.at[i];
        if (e->style != style && !(unseen && mm_concept_is_held_out(s->emoji.concepts.at[e->concept].code))) {
            s->item[s->items++] = i;
        }
    }
    return true;
}

static int concept(const Source *s, int item)
{
    return s->emoji.at[s->item[item]].concept;
}

/* A copy, as every source gives one: 9 kB. */
static bool picture(const Source *s, int item, int size, Rng rng, Picture *p, Error *err)
{
    (void)size;
    (void)rng;
    (void)err;
    const Picture *held = &s->emoji.at[s->item[item]].picture;
    *p = mm_picture_new(held->width, held->height, held->channels);
    memcpy(p->pixels, held->pixels, (size_t)held->width * (size_t)held->height * (size_t)held->channels);
    return true;
}

/* ---- texts ---- */

/* Appends a phrase, as much as fits before the end token. */
static int append(int *ids, int n, int context, const Phrase *p)
{
    for (int i = 0; i < p->n && n < context - 1; i++) {
        ids[n++] = p->ids[i];
    }
    return n;
}

/* Writes start, maybe an article, the phrases, end. */
static void write_text(const Captions *c, TextDraw *d, const Phrase *const *phrase, int phrases)
{
    int n = 0;
    d->ids[n++] = c->start;
    if (mm_uniform(&d->rng) < d->mix->article) {
        n = append(d->ids, n, d->context, &c->article[d->language]);
    }
    for (int i = 0; i < phrases; i++) {
        n = append(d->ids, n, d->context, phrase[i]);
    }
    d->ids[n++] = c->end;
    d->length = n;
}

/* The phrases of text number i: the name of picture i, or some tags of picture i - n. Returns how many. */
static int draw_phrases(const Source *s, TextDraw *d, const Phrase **phrase)
{
    const Captions *c = &s->captions;
    int own = concept(s, d->item[d->i % d->n]) * LANGUAGES + d->language, tags = c->tags[own], n = 0;
    if (d->i < d->n || tags == 0) {
        phrase[n++] = &c->name[own];
        return n;
    }
    int most = d->mix->most_tags < MOST_TAGS ? d->mix->most_tags : MOST_TAGS;
    for (int wanted = 1 + mm_below(&d->rng, most); n < wanted;) {
        phrase[n++] = &c->tag[own][mm_below(&d->rng, tags)];
    }
    return n;
}

static bool text(const Source *s, TextDraw *d, Error *err)
{
    (void)err;
    const Phrase *phrase[MOST_TAGS];
    int n = draw_phrases(s, d, phrase), named = concept(s, d->item[d->i % d->n]);
    for (int k = 0; k < d->n; k++) {
        int of = concept(s, d->item[k]);
        bool fits = true;
        for (int p = 0; p < n && fits; p++) {
            fits = captions_true(&s->captions, phrase[p], d->language, of);
        }
        d->fits[k] = fits;
        d->own[k] = of == named;
    }
    write_text(&s->captions, d, phrase, n);
    return true;
}

const SourceKind source_of_emoji = {.more_texts = true, .concept = concept, .picture = picture, .text = text};
