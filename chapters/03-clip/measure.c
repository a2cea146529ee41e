/* measure.c: Recall@K during a run. */
#include "measure.h"
#include "io/memory.h"

/* Reads a test picture and makes it small, as the model reads it, so that thousands can be held. */
static bool read_small(const char *path, const ClipConfig *c, Picture *p)
{
    Error err;
    Picture whole;
    if (!mm_picture_load(path, &whole, &err)) {
        return false;
    }
    *p = clip_square(c, &whole);
    mm_picture_free(&whole);
    return true;
}

static void add_texts(Measure *m, int language, int label, const CaptionSet *set, const Captioned *c)
{
    int n = m->texts[language];
    m->text[language] = mm_take_again(m->text[language], (size_t)(n + c->captions) * sizeof *m->text[language]);
    m->text_label[language] = mm_take_again(m->text_label[language], (size_t)(n + c->captions) * sizeof(int));
    for (int k = 0; k < c->captions; k++) {
        m->text[language][n + k] = set->caption[c->first + k];
        m->text_label[language][n + k] = label;
    }
    m->texts[language] += c->captions;
}

Measure measure_new(const Source *s, const ClipConfig *config, bool unseen)
{
    Measure m = {.languages = s->languages};
    if (s->kind == &source_of_emoji) {
        m.emoji = mm_emoji_test(&s->emoji, mm_emoji_style(&s->emoji, mm_test_style), unseen);
        m.n = m.emoji.n;
        return m;
    }
    int most = s->tests < MOST_MEASURED ? s->tests : MOST_MEASURED;
    m.picture = mm_take((size_t)most, sizeof *m.picture);
    m.label = mm_take((size_t)most, sizeof *m.label);
    for (int i = 0; i < s->tests && m.n < most; i++) {
        const Captioned *c = &s->test_set->at[s->test[EN][i]];
        if (!read_small(c->path, config, &m.picture[m.n])) {
            m.unreadable++;
            continue;
        }
        m.label[m.n] = m.n;
        add_texts(&m, EN, m.n, s->test_set, c);
        if (s->languages > 1 && s->test[ZH][i] >= 0) {
            add_texts(&m, ZH, m.n, &s->set[ZH], &s->set[ZH].at[s->test[ZH][i]]);
        }
        m.n++;
    }
    return m;
}

void measure_free(Measure *m)
{
    mm_emoji_test_free(&m->emoji);
    for (int i = 0; i < m->n && m->picture; i++) {
        mm_picture_free(&m->picture[i]);
    }
    free(m->picture);
    free(m->label);
    for (int l = 0; l < LANGUAGES; l++) {
        free(m->text[l]);
        free(m->text_label[l]);
    }
    *m = (Measure){0};
}

bool measure_run(const Measure *m, const Clip *clip, const Tokenizer *tok, Retrieval *r, Error *err)
{
    *r = (Retrieval){0};
    if (m->n == 0 || !m->picture) {
        return m->n == 0 || evaluate(clip, tok, &m->emoji, NULL, r, err);
    }
    bool ok = true;
    real *image = clip_embed_pictures(clip, m->picture, m->n);
    for (int l = 0; l < m->languages && ok; l++) {
        real *text = clip_embed_texts(clip, tok, m->text[l], m->texts[l], err);
        ok = text != NULL;
        if (ok) {
            real *cosine = mm_cosines(image, m->n, text, m->texts[l], clip->config.embed);
            r->to_text[l] = mm_recall(cosine, m->n, m->texts[l], m->label, m->text_label[l]);
            r->to_image[l] = mm_recall_columns(cosine, m->n, m->texts[l], m->label, m->text_label[l]);
            free(cosine);
        }
        free(text);
    }
    free(image);
    return ok;
}
