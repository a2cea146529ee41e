/* sentiment_load.c: the sets of single items: the shipped one, and the one that is fetched. */
#include "data/sentiment.h"
#include "io/memory.h"

enum { UTTERANCES = 60 }; /* of a synthetic speaker */

static const char *const styles[] = {"noto", "twemoji", "fluent", "fluent-flat", "noto-v1", "fxemoji", "emojione2"};

/* Opens folder/name and finds columns. */
static Tsv *open_table(const char *folder, const char *name, int columns, const char *const *column_name, int *column, Error *err)
{
    char *path = mm_join_path(folder, name);
    Tsv *t = mm_tsv_read(path, err);
    free(path);
    for (int c = 0; c < columns && t; c++) {
        column[c] = mm_tsv_column(t, column_name[c], err);
        if (column[c] < 0) {
            mm_tsv_free(t);
            return NULL;
        }
    }
    return t;
}

/* ---- texts ---- */

/* group NULL: what is said twice is one group */
static bool add_text(Sentiment *s, const Tsv *t, int row, int column, double valence, const char *group, Error *err)
{
    const char *text = mm_tsv_cell(t, row, column);
    if (!mm_sentiment_has_word(text)) {
        return mm_error(err, "%s:%d: an empty text", mm_tsv_path(t), mm_tsv_line(t, row));
    }
    mm_sentiment_add(s, MM_TEXT, valence, group ? group : text, text)->text = text;
    return true;
}

static bool load_sentences(const char *data, Sentiment *s, Error *err)
{
    int column[3];
    Tsv *t = open_table(data, "sentiment/sentences.tsv", 3, (const char *[]){"sentence", "valence", "matter"}, column, err);
    s->memory->table[MM_TEXT] = t;
    s->list[MM_TEXT].source = "sentences written for this project";
    for (int i = 0; t && i < mm_tsv_rows(t); i++) {
        double valence;
        if (!mm_sentiment_valence(t, i, column[1], 3, &valence, err) ||
            !add_text(s, t, i, column[0], valence, mm_tsv_cell(t, i, column[2]), err)) {
            return false;
        }
    }
    return t;
}

/* Of these texts and voices the sign is known, and no more. */
static double valence_of_sign(int sign)
{
    return 2 * sign;
}

static bool load_amazon(const char *data, Sentiment *s, Error *err)
{
    int column[2];
    Tsv *t = open_table(data, "fetched/amazon/sentences.tsv", 2, (const char *[]){"sentence", "label"}, column, err);
    s->memory->table[MM_TEXT] = t;
    s->list[MM_TEXT].source = "sentences of Amazon's customers";
    for (int i = 0; t && i < mm_tsv_rows(t); i++) {
        double label;
        if (!mm_sentiment_valence(t, i, column[1], 1, &label, err) ||
            !add_text(s, t, i, column[0], valence_of_sign(label > 0 ? 1 : -1), NULL, err)) {
            return false;
        }
    }
    return t;
}

/* ---- voices ---- */

static void synthesise_voices(Sentiment *s)
{
    SentimentList *list = &s->list[MM_VOICE];
    list->source = "voices synthesised by this program, not recorded";
    list->synthetic = true;
    for (int k = 0; k < mm_speaker_count * UTTERANCES; k++) {
        const SyntheticSpeaker *who = &mm_speakers[k / UTTERANCES];
        char name[64];
        snprintf(name, sizeof name, "synthetic %s %d", who->name, k % UTTERANCES);
        Rng rng = mm_rng(1, name);
        double size = 0.5 + 2.5 * mm_uniform(&rng);
        mm_sentiment_add(s, MM_VOICE, k % 2 ? size : -size, who->name, name);
    }
#pragma omp parallel for schedule(dynamic, 8)
    for (int k = 0; k < list->n; k++) {
        SentimentItem *item = &list->at[k];
        item->sound = mm_synthetic_voice(&mm_speakers[k / UTTERANCES], item->valence, mm_rng(2, item->name));
    }
}

static bool load_clips(const char *folder, SentimentList *list, Error *err)
{
    bool ok = true;
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < list->n; i++) {
        Sound sound = {0};
        Error why;
        char *path = mm_join_path(folder, list->at[i].name);
        if (mm_sound_load(path, &sound, &why)) {
            list->at[i].sound = mm_sound_resample(&sound, MM_VOICE_RATE);
            mm_sound_free(&sound);
        } else {
#pragma omp critical(sentiment_clips)
            ok = mm_error(err, "%s", why.text);
        }
        free(path);
    }
    return ok;
}

static bool load_hedgewars(const char *data, Sentiment *s, Error *err)
{
    int column[3];
    char *folder = mm_join_path(data, "fetched/hedgewars");
    Tsv *t = open_table(folder, "clips.tsv", 3, (const char *[]){"path", "voice", "sentiment"}, column, err);
    s->memory->table[MM_VOICE] = t;
    s->list[MM_VOICE].source = "utterances of the actors of Hedgewars";
    bool ok = t;
    for (int i = 0; ok && i < mm_tsv_rows(t); i++) {
        double sign;
        ok = mm_sentiment_valence(t, i, column[2], 1, &sign, err);
        if (ok && sign != 0) {
            mm_sentiment_add(s, MM_VOICE, valence_of_sign(sign > 0 ? 1 : -1), mm_tsv_cell(t, i, column[1]),
                             mm_tsv_cell(t, i, column[0]));
        }
    }
    ok = ok && load_clips(folder, &s->list[MM_VOICE], err);
    free(folder);
    return ok;
}

/* ---- faces ---- */

/* Whether the emoji shows a face: others in this group are hearts, signs and figures. */
static bool is_face(const Concept *c)
{
    return (strncmp(c->subgroup, "face-", 5) == 0 && strcmp(c->subgroup, "face-costume") != 0) ||
           strcmp(c->subgroup, "cat-face") == 0;
}

/* From the ratings -5 .. 5 of one or two sources: their mean on -3 .. 3; 0 where they are of different signs, so of no use. An empty cell is no
 * rating. */
static bool rated_valence(const Tsv *t, int row, const int *column, int sources, double *valence, Error *err)
{
    double sum = 0;
    int n = 0;
    bool above = false, below = false;
    for (int k = 0; k < sources; k++) {
        double rating;
        if (mm_tsv_cell(t, row, column[k])[0] == 0) {
            continue;
        }
        if (!mm_sentiment_valence(t, row, column[k], 5, &rating, err)) {
            return false;
        }
        sum += rating;
        above |= rating > 0;
        below |= rating < 0;
        n++;
    }
    *valence = (above && below) || n == 0 ? 0 : 3.0 / 5 * sum / n;
    return true;
}

static bool load_faces(const char *data, const char *table, int sources, Sentiment *s, Error *err)
{
    static const char *const names[] = {"code", "rated", "tweets"};
    SentimentMemory *memory = s->memory;
    int column[3];
    Tsv *t = memory->table[MM_FACE] = open_table(data, table, 1 + sources, names, column, err);
    s->list[MM_FACE].source = "emoji";
    char *folder = mm_join_path(data, "emoji");
    bool ok = t && mm_emoji_load(folder, styles, sizeof styles / sizeof *styles, &memory->emoji, err);
    free(folder);
    double *valence = mm_take((size_t)memory->emoji.concepts.n, sizeof *valence);
    for (int i = 0; ok && i < mm_tsv_rows(t); i++) {
        const char *code = mm_tsv_cell(t, i, column[0]);
        int concept = mm_concepts_find(&memory->emoji.concepts, code);
        ok = concept >= 0 || mm_error(err, "%s:%d: \"%s\" is no emoji's code", mm_tsv_path(t), mm_tsv_line(t, i), code);
        ok = ok && rated_valence(t, i, column + 1, sources, &valence[concept], err);
    }
    for (int i = 0; ok && i < memory->emoji.n; i++) {
        const Emoji *e = &memory->emoji.at[i];
        const Concept *c = &memory->emoji.concepts.at[e->concept];
        if (valence[e->concept] != 0 && is_face(c)) {
            char name[256];
            snprintf(name, sizeof name, "%s %s", memory->emoji.style[e->style], c->en);
            mm_sentiment_add(s, MM_FACE, valence[e->concept], c->code, name)->picture = e->picture;
        }
    }
    free(valence);
    return ok;
}

/* ---- sets ---- */

static bool finish(Sentiment *s, bool ok)
{
    for (int m = 0; m < MM_MODALITIES && ok; m++) {
        mm_sentiment_fold(&s->list[m]);
    }
    if (!ok) {
        mm_sentiment_free(s);
    }
    return ok;
}

bool mm_sentiment_load(const char *data, Sentiment *s, Error *err)
{
    mm_sentiment_begin(s);
    bool ok = load_sentences(data, s, err) && load_faces(data, "sentiment/faces.tsv", 1, s, err);
    if (ok) {
        synthesise_voices(s);
    }
    return finish(s, ok);
}

bool mm_sentiment_load_fetched(const char *data, Sentiment *s, Error *err)
{
    static const char *const parts[] = {"amazon", "hedgewars", "valence"};
    mm_sentiment_begin(s);
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "fetched/%s", parts[i]);
        char *path = mm_join_path(data, name);
        bool there = mm_file_exists(path);
        if (!there) {
            mm_error(err, "%s: not there; datasets/fetch amazon hedgewars valence brings it (146 MB)", path);
        }
        free(path);
        if (!there) {
            return finish(s, false);
        }
    }
    return finish(s, load_amazon(data, s, err) && load_hedgewars(data, s, err) &&
                         load_faces(data, "fetched/valence/valence.tsv", 2, s, err));
}
