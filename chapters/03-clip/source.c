/* source.c: what both kinds of sources share. */
#include "source.h"
#include "io/memory.h"

static bool is_unreadable(const Source *s, int item)
{
    bool known = false;
    if (s->unreadable) {
#pragma omp atomic read
        known = s->unreadable[item];
    }
    return known;
}

static void mark_unreadable(const Source *s, int item, const Error *why)
{
#pragma omp atomic write
    s->unreadable[item] = true;
#pragma omp critical(first_unreadable)
    if (!s->first_unreadable->text[0]) {
        *s->first_unreadable = *why;
    }
}

bool source_picture(const Source *s, int *item, int size, Rng rng, Picture *p, Error *err)
{
    enum { TRIES = 50 };
    Rng others = {.key = mm_rng_at(rng, rng.count)}; /* a stream of its own */
    for (int i = 0; i < TRIES; i++) {
        if (!is_unreadable(s, *item)) {
            if (s->kind->picture(s, *item, size, rng, p, err)) {
                return true;
            }
            mark_unreadable(s, *item, err);
        }
        *item = mm_below(&others, s->items);
    }
    return mm_error(err, "%d pictures that were drawn one after the other cannot be read; one of them: %.600s", TRIES,
                    s->first_unreadable->text);
}

int source_unreadable(const Source *s)
{
    int n = 0;
    for (int i = 0; i < s->items && s->unreadable; i++) {
        n += s->unreadable[i];
    }
    return n;
}

Tokenizer *source_learn_tokens(const Source *s, int vocab, Error *err)
{
    int n = 0;
    const char **own = mm_take((size_t)s->set[EN].captions + (size_t)s->set[ZH].captions, sizeof *own);
    char **names = s->kind == &source_of_emoji ? captions_texts(&s->emoji.concepts, &n) : NULL;
    for (int l = 0; l < s->languages && !names; l++) {
        for (int i = 0; i < s->items; i++) {
            const Captioned *c = &s->set[l].at[s->place[l][i]];
            for (int k = 0; k < c->captions; k++) {
                own[n++] = s->set[l].caption[c->first + k];
            }
        }
    }
    Tokenizer *tok = mm_tokenizer_learn(names ? (const char *const *)names : own, n, vocab, true, err);
    for (int i = 0; i < n && names; i++) {
        free(names[i]);
    }
    free(names);
    free(own);
    return tok;
}

bool source_tokenize(Source *s, const Tokenizer *tok, Error *err)
{
    s->tokenizer = tok;
    return s->kind != &source_of_emoji || captions_make(&s->emoji.concepts, tok, &s->captions, err);
}

void source_free(Source *s)
{
    captions_free(&s->captions);
    mm_emoji_free(&s->emoji);
    for (int l = 0; l < LANGUAGES; l++) {
        mm_captions_free(&s->set[l]);
        free(s->place[l]);
        free(s->test[l]);
    }
    mm_captions_free(&s->own_test);
    free(s->item);
    free(s->unreadable);
    free(s->first_unreadable);
    *s = (Source){0};
}
