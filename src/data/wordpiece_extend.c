/* wordpiece_extend.c: more words for a vocabulary that others have learned. */
#include "data/wordpiece.h"
#include "io/memory.h"

static bool is_token(const Wordpiece *w, const char *word)
{
    int n = 0, *ids = mm_wordpiece_encode(w, word, &n, NULL);
    bool whole = n == 1 && ids[0] != w->unknown;
    free(ids);
    return whole;
}

static bool add_words(Wordpiece *to, const Wordpiece *w, const char *text, Error *err)
{
    char *basic = mm_basic_tokens(text, w->lower, err);
    const char *at = basic, *word;
    bool ok = basic != NULL;
    for (size_t size; ok && (size = mm_next_basic(&at, &word)) > 0;) {
        char *one = mm_copy_text(word, size);
        if (to->n < MM_WORDPIECES_LIMIT && !is_token(w, one)) {
            mm_wordpiece_add(to, one);
        }
        free(one);
    }
    free(basic);
    return ok;
}

Wordpiece *mm_wordpiece_extend(const Wordpiece *w, const char *const *texts, int n, Error *err)
{
    Wordpiece *more = mm_wordpiece_new(w->lower);
    bool ok = true;
    for (int i = 0; i < w->n; i++) {
        mm_wordpiece_add(more, w->token[i]);
    }
    for (int i = 0; i < n && ok; i++) {
        Error why;
        ok = add_words(more, w, texts[i], &why) || mm_error(err, "text %d of %d: %s", i + 1, n, why.text);
    }
    if (!ok || !mm_wordpiece_bind(more, "a vocabulary with more words", err)) {
        mm_wordpiece_free(more);
        return NULL;
    }
    return more;
}
