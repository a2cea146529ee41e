/* source.c: the pictures and texts of a training run. */
#include "source.h"
#include "io/memory.h"

bool source_load(const char *data, bool unseen, Source *s, Error *err)
{
    *s = (Source){0};
    if (!load_emoji(data, &s->emoji, err)) {
        return false;
    }
    int style = mm_emoji_style(&s->emoji, test_style);
    s->test = test_set(&s->emoji, style, unseen);
    s->item = mm_take((size_t)s->emoji.n, sizeof *s->item);
    for (int i = 0; i < s->emoji.n; i++) {
        const Emoji *e = &s->emoji.at[i];
        if (e->style != style && !(unseen && mm_concept_is_held_out(s->emoji.concepts.at[e->concept].code))) {
            s->item[s->items++] = i;
        }
    }
    return true;
}

Tokenizer *source_learn_tokens(const Source *s, int vocab, Error *err)
{
    int n;
    char **texts = captions_texts(&s->emoji.concepts, &n);
    Tokenizer *tok = mm_tokenizer_learn((const char *const *)texts, n, vocab, true, err);
    for (int i = 0; i < n; i++) {
        free(texts[i]);
    }
    free(texts);
    return tok;
}

bool source_tokenize(Source *s, const Tokenizer *tok, Error *err)
{
    return captions_make(&s->emoji.concepts, tok, &s->captions, err);
}

void source_free(Source *s)
{
    captions_free(&s->captions);
    test_set_free(&s->test);
    mm_emoji_free(&s->emoji);
    free(s->item);
    *s = (Source){0};
}
