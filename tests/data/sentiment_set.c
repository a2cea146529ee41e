/* sentiment_set.c: the shipped texts, voices and faces, what is on which side, triples of them, and tables of other people. */
#include "../io/scratch.h"
#include "mm/sentiment.h"

#include <math.h>

static Sentiment shipped(void)
{
    Error err;
    Sentiment s;
    if (!mm_sentiment_load("datasets", &s, &err)) {
        fail_msg("%s", err.text);
    }
    return s;
}

static void items(void **state)
{
    (void)state;
    Sentiment s = shipped();
    assert_int_equal(s.list[MM_TEXT].n, 600);
    assert_int_equal(s.list[MM_VOICE].n, 600);
    assert_int_equal(s.list[MM_VOICE].groups, mm_speaker_count);
    assert_true(s.list[MM_VOICE].synthetic && !s.list[MM_TEXT].synthetic && !s.list[MM_FACE].synthetic);
    assert_non_null(strstr(s.list[MM_VOICE].source, "synthesised"));
    for (int m = 0; m < MM_MODALITIES; m++) {
        int positive = 0;
        for (int i = 0; i < s.list[m].n; i++) {
            const SentimentItem *item = &s.list[m].at[i];
            assert_true(fabs(item->valence) <= 3 && item->valence != 0 && item->label == (item->valence > 0));
            assert_true(item->group >= 0 && item->group < s.list[m].groups && item->name[0]);
            assert_true(m != MM_TEXT || item->text);
            assert_true(m != MM_VOICE || (item->sound.rate == MM_VOICE_RATE && item->sound.n > 1000));
            assert_true(m != MM_FACE || (item->picture.width == MM_FACE_SIDE && item->picture.channels == 4));
            positive += item->label;
        }
        assert_in_range(positive, s.list[m].n * 2 / 5, s.list[m].n * 3 / 5);
    }
    assert_string_equal(s.list[MM_FACE].at[0].name, "noto grinning face");
    mm_sentiment_free(&s);
}

/* No voice, concept or sentence is on two sides, every item is in one test, and the folds are about as large. */
static void folds(void **state)
{
    (void)state;
    Sentiment s = shipped();
    for (int m = 0; m < MM_MODALITIES; m++) {
        const SentimentList *list = &s.list[m];
        int fold[2000], count[MM_FOLDS] = {0};
        memset(fold, -1, sizeof fold);
        for (int i = 0; i < list->n; i++) {
            int *of_group = &fold[list->at[i].group];
            assert_true(*of_group == -1 || *of_group == list->at[i].fold);
            *of_group = list->at[i].fold;
            count[*of_group]++;
        }
        for (int f = 0; f < MM_FOLDS; f++) {
            assert_in_range(count[f], list->n / MM_FOLDS * 4 / 5, list->n / MM_FOLDS * 5 / 4);
        }
    }
    for (int fold = 0; fold < MM_FOLDS; fold++) {
        for (int f = 0; f < MM_FOLDS; f++) {
            SplitSide wanted = f == fold ? MM_TEST_SIDE : f == (fold + 1) % MM_FOLDS ? MM_VALIDATION_SIDE : MM_TRAIN_SIDE;
            assert_int_equal(mm_side(f, fold), wanted);
            assert_true(mm_on_side(f, fold, wanted) && !mm_on_side(f, fold, MM_NO_SIDE));
            assert_int_equal(mm_on_side(f, fold, MM_KNOWN_SIDE), f != fold);
        }
    }
    mm_sentiment_free(&s);
}

/* What is left out is on no side of any split, and in no triple. */
static void left_out(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    static Triple t[MANY];
    Error err;
    Sentiment s = shipped();
    bool was[MM_MODALITIES][2000] = {{false}};
    for (int m = 0; m < MM_MODALITIES; m++) {
        for (int i = 0; i < s.list[m].n; i++) {
            was[m][i] = s.list[m].at[i].fold == 3;
        }
    }
    mm_sentiment_leave_out(&s, 3);
    for (int fold = 0; fold < MM_FOLDS; fold++) {
        if (fold == 3) {
            assert_false(mm_triples(&s, mm_matched, 2, fold, MM_TEST_SIDE, 10, 1, t, &err));
            continue;
        }
        for (int m = 0; m < MM_MODALITIES; m++) {
            for (int i = 0; i < s.list[m].n; i++) {
                bool on = mm_on_side(s.list[m].at[i].fold, fold, MM_KNOWN_SIDE);
                assert_true(!was[m][i] || (mm_side(s.list[m].at[i].fold, fold) == MM_NO_SIDE && !on));
            }
        }
        assert_true(mm_triples(&s, mm_matched, 2, fold, MM_KNOWN_SIDE, MANY, 1, t, &err));
        for (int k = 0; k < MANY; k++) {
            for (int m = 0; m < MM_MODALITIES; m++) {
                assert_false(was[m][t[k].item[m]]);
            }
        }
    }
    mm_sentiment_free(&s);
}

enum { N = 1000 };

static void follows(const Sentiment *s, const TriplePattern *pattern, int patterns, int fold, SplitSide side)
{
    Error err;
    static Triple t[N], again[N], other[N];
    assert_true(mm_triples(s, pattern, patterns, fold, side, N, 1, t, &err));
    assert_true(mm_triples(s, pattern, patterns, fold, side, N, 1, again, &err));
    assert_true(mm_triples(s, pattern, patterns, fold, side, N, 2, other, &err));
    assert_memory_equal(t, again, sizeof t);
    assert_memory_not_equal(t, other, sizeof t);
    int most[MM_MODALITIES] = {0}, uses[MM_MODALITIES][2000] = {{0}};
    for (int i = 0; i < N; i++) {
        const TriplePattern *p = &pattern[i % patterns];
        double size = 0;
        int present = 0;
        for (int m = 0; m < MM_MODALITIES; m++) {
            if (p->item[m] < 0) {
                assert_int_equal(t[i].item[m], -1);
                continue;
            }
            const SentimentItem *item = &s->list[m].at[t[i].item[m]];
            assert_int_equal(item->label, p->item[m]);
            assert_int_equal(mm_side(item->fold, fold), side);
            size += fabs(item->valence);
            present++;
            int *n = &uses[m][t[i].item[m]];
            most[m] = ++*n > most[m] ? *n : most[m];
        }
        assert_int_equal(t[i].label, p->label);
        assert_true(fabs(t[i].valence - (t[i].label ? size : -size) / present) < 1e-12);
    }
    for (int m = 0; m < MM_MODALITIES; m++) { /* dealt like cards: of each label the uses differ by one at most */
        for (int i = 0; i < s->list[m].n; i++) {
            for (int k = 0; k < i; k++) {
                bool both = uses[m][i] > 0 && uses[m][k] > 0 && s->list[m].at[i].label == s->list[m].at[k].label;
                assert_true(!both || abs(uses[m][i] - uses[m][k]) <= 1);
            }
        }
    }
}

static void triples(void **state)
{
    (void)state;
    Sentiment s = shipped();
    static const TriplePattern without_face[] = {{{0, 1, -1}, 1}};
    for (int fold = 0; fold < MM_FOLDS; fold++) {
        follows(&s, mm_matched, 2, fold, MM_TRAIN_SIDE);
        follows(&s, mm_irony, 2, fold, MM_VALIDATION_SIDE);
        follows(&s, mm_sincere_or_ironic, 4, fold, MM_TEST_SIDE);
        follows(&s, without_face, 1, fold, MM_TEST_SIDE);
    }
    /* Of what is sincere or ironic no modality alone knows anything. */
    int with[MM_MODALITIES] = {0};
    for (int k = 0; k < 4; k++) {
        for (int m = 0; m < MM_MODALITIES; m++) {
            with[m] += mm_sincere_or_ironic[k].item[m] == mm_sincere_or_ironic[k].label ? 1 : -1;
        }
    }
    assert_true(with[0] == 0 && with[1] == 0 && with[2] == 0);
    mm_sentiment_free(&s);
}

static void lacks(const char *folder, const char *file, const char *what)
{
    Error err;
    Sentiment s;
    assert_false(mm_sentiment_load(folder, &s, &err));
    says(&err, file, what);
    assert_null(s.memory);
}

static void bad_sets(void **state)
{
    (void)state;
    Error err;
    Sentiment s;
    lacks(scratch_folder, "sentences.tsv", "No such file");
    assert_true(mm_make_folders(scratch("sentiment"), &err));
    put_text(scratch("sentiment/sentences.tsv"), "language\tsentence\n");
    lacks(scratch_folder, "sentences.tsv", "no column named \"valence\"");
    put_text(scratch("sentiment/sentences.tsv"), "valence\tsentence\tmatter\n2\tgood\t1\n3.5\tbetter\t1\n");
    lacks(scratch_folder, "sentences.tsv", ":3: the valence \"3.5\" is not a number from -3 to 3");
    put_text(scratch("sentiment/sentences.tsv"), "valence\tsentence\tmatter\n2\tgood\t1\nnan\tbetter\t1\n");
    lacks(scratch_folder, "sentences.tsv", ":3: the valence \"nan\"");
    put_text(scratch("sentiment/sentences.tsv"), "valence\tsentence\tmatter\n2\t \t1\n");
    lacks(scratch_folder, "sentences.tsv", ":2: an empty text");
    put_text(scratch("sentiment/sentences.tsv"), "valence\tsentence\tmatter\n2\tgood\t1\n");
    lacks(scratch_folder, "faces.tsv", "No such file");
    assert_false(mm_sentiment_load_fetched(scratch_folder, &s, &err));
    says(&err, "fetched/amazon", "datasets/fetch amazon hedgewars valence");
}

/* ---- tables of other people ---- */

static void write_files(void)
{
    Error err;
    float sample[4410] = {0};
    Sound sound = {.n = 4410, .rate = 44100, .sample = sample};
    Picture p = mm_picture_new(100, 60, 3);
    assert_true(mm_sound_save(scratch("a.wav"), &sound, &err) && mm_picture_save(scratch("a.png"), &p, &err));
    mm_picture_free(&p);
}

static void table(void **state)
{
    (void)state;
    Error err;
    Sentiment s;
    Triple *t;
    int n;
    write_files();
    put_text(scratch("t.tsv"), "face\tgroup\ttext\tvalence\tvoice\n"
                               "a.png\tAnn\tvery good\t2.5\ta.wav\n"
                               "\tBob\tnot so good\t-1\ta.wav\n"
                               "a.png\tAnn\t\t0\t \n");
    if (!mm_sentiment_table(scratch("t.tsv"), &s, &t, &n, &err)) {
        fail_msg("%s", err.text);
    }
    assert_true(n == 3 && s.natural);
    static const int wanted[3][MM_MODALITIES] = {{0, 0, 0}, {1, 1, -1}, {-1, -1, 1}};
    for (int i = 0; i < n; i++) {
        assert_memory_equal(t[i].item, wanted[i], sizeof wanted[i]);
    }
    assert_true(t[0].label == 1 && t[1].label == 0 && t[2].label == 0 && t[0].valence == 2.5);
    assert_string_equal(s.list[MM_TEXT].at[1].text, "not so good");
    assert_int_equal(s.list[MM_VOICE].at[0].sound.n, 1600);
    assert_int_equal(s.list[MM_FACE].at[1].picture.width, MM_FACE_SIDE);
    assert_true(s.list[MM_FACE].at[0].fold == s.list[MM_FACE].at[1].fold &&
                s.list[MM_TEXT].at[1].fold != s.list[MM_TEXT].at[0].fold);
    free(t);
    mm_sentiment_free(&s);
    put_text(scratch("t.tsv"), "text\tvalence\ngood\t1\n好\t1\n"); /* one column is enough; each row a group */
    assert_true(mm_sentiment_table(scratch("t.tsv"), &s, &t, &n, &err));
    assert_true(n == 2 && t[1].item[MM_TEXT] == 1 && t[1].item[MM_VOICE] == -1 && t[1].item[MM_FACE] == -1);
    assert_int_equal(s.list[MM_TEXT].groups, 2);
    free(t);
    mm_sentiment_free(&s);
}

static void table_fails(const char *text, const char *what)
{
    Error err;
    Sentiment s;
    Triple *t;
    int n;
    put_text(scratch("t.tsv"), text);
    assert_false(mm_sentiment_table(scratch("t.tsv"), &s, &t, &n, &err));
    says(&err, scratch("t.tsv"), what);
    assert_true(!t && !s.memory);
}

static void bad_tables(void **state)
{
    (void)state;
    write_files();
    put_text(scratch("no.wav"), "not a sound");
    table_fails("text\tlabel\ngood\t1\n", "no column named \"valence\"");
    table_fails("valence\tpicture\n1\ta.png\n", ":1: no column \"text\", \"voice\" or \"face\"");
    table_fails("text\tvalence\n", "no rows");
    table_fails("text\tvalence\ngood\t1\nbad\t-4\n", ":3: the valence \"-4\" is not a number from -3 to 3");
    table_fails("text\tvalence\ngood\tyes\n", ":2: the valence \"yes\"");
    table_fails("text\tvalence\ngood\t\n", ":2: the valence \"\"");
    table_fails("text\tvalence\n \t1\n", ":2: neither text nor voice nor face");
    table_fails("voice\tvalence\nb.wav\t1\n", "b.wav: No such file");
    table_fails("voice\tvalence\na.wav\t1\nno.wav\t1\n", ":3: ");
    table_fails("voice\tvalence\nno.wav\t1\n", "neither WAV nor Ogg Vorbis");
    table_fails("face\tvalence\na.wav\t1\n", "not a picture");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items), cmocka_unit_test(folds), cmocka_unit_test(left_out), cmocka_unit_test(triples),
        IN_SCRATCH(bad_sets),    IN_SCRATCH(table),       IN_SCRATCH(bad_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
