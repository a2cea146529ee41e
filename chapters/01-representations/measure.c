/* measure.c: retrieval among all concepts, translation through pictures, and the place in the tree of concepts never seen. */
#include "measure.h"
#include "io/memory.h"

#include <math.h>

static const Recall no_recall = {NAN, NAN, NAN, NAN, NAN};

/* ---- what is compared ---- */

static void list_tests(const Set *s, int *concept, bool *unseen)
{
    for (int i = 0; i < s->tests; i++) {
        concept[i] = set_concept(s, s->test[i]);
        unseen[i] = set_unseen(s, concept[i]);
    }
}

int count_unseen(const Set *s)
{
    int n = 0;
    for (int i = 0; i < s->tests; i++) {
        n += set_unseen(s, set_concept(s, s->test[i]));
    }
    return n;
}

Embedded embed_tests(const Model *m, const Set *s)
{
    Embedded e = {
        .n = s->tests, .concept = mm_take((size_t)s->tests, sizeof(int)), .unseen = mm_take((size_t)s->tests, sizeof(bool))};
    list_tests(s, e.concept, e.unseen);
    e.image = embed_pictures(m, s, s->test, e.n, &e.width);
    for (int l = 0; l < LANGUAGES; l++) {
        TextBatch names = texts_of_names(s, e.concept, e.n, l);
        e.text[l] = embed_texts(m, &names, &e.text_width);
        e.scores[l] = score_all(m, e.image, e.n, e.width, e.text[l], e.n, e.text_width);
        texts_free(&names);
    }
    return e;
}

void embedded_free(Embedded *e)
{
    free(e->concept);
    free(e->unseen);
    free(e->image);
    for (int l = 0; l < LANGUAGES; l++) {
        free(e->text[l]);
        free(e->scores[l]);
    }
    *e = (Embedded){0};
}

/* ---- retrieval ---- */

typedef struct Queries {
    int n, *label;
    real *scores; /* (n, candidates) */
} Queries;

static void free_queries(Queries *q)
{
    free(q->label);
    free(q->scores);
}

/* Rows (or columns, as rows) of scores (n, n) whose concept is wanted. */
static Queries select_rows(const real *scores, int n, const int *concept, const bool *unseen, bool wanted, bool columns)
{
    size_t N = (size_t)n;
    Queries q = {.label = mm_take(N, sizeof(int)), .scores = mm_take(N * N, sizeof(real))};
    for (size_t i = 0; i < N; i++) {
        if (unseen[i] != wanted) {
            continue;
        }
        for (size_t j = 0; j < N; j++) {
            q.scores[(size_t)q.n * N + j] = scores[columns ? j * N + i : i * N + j];
        }
        q.label[q.n++] = concept[i];
    }
    return q;
}

static Recall recall_of(const real *scores, int n, const int *concept, const bool *unseen, bool wanted, bool columns)
{
    Queries q = select_rows(scores, n, concept, unseen, wanted, columns);
    Recall r = mm_recall(q.scores, q.n, n, q.label, concept);
    free_queries(&q);
    return r;
}

static real *unit_rows(const real *x, int n, int width)
{
    real *y = mm_take((size_t)n * (size_t)width, sizeof *y);
    for (int i = 0; i < n; i++) {
        double length = sqrt(mm_sum_squares(x + (size_t)i * (size_t)width, (size_t)width));
        for (int d = 0; d < width && length > 0; d++) {
            y[i * width + d] = (real)((double)x[i * width + d] / length);
        }
    }
    return y;
}

static ModalityGap gap_of(const Embedded *e)
{
    real *image = unit_rows(e->image, e->n, e->width), *text = unit_rows(e->text[EN], e->n, e->width);
    ModalityGap gap = mm_modality_gap(image, text, e->n, e->width);
    free(image);
    free(text);
    return gap;
}

/* ---- the tree ---- */

static int best(const real *row, int n, const bool *skip)
{
    int at = -1;
    for (int j = 0; j < n; j++) {
        if (!(skip && skip[j]) && (at < 0 || row[j] > row[at])) {
            at = j;
        }
    }
    return at;
}

/* Held-out concepts, asked for their class twice: which class's own text is closest; and to which class does the closest name of a
 * trained concept belong? The first needs that the classes' words mean something to the model, the second that it knows the tree. */
static void measure_classes(const Model *m, const Set *s, const Embedded *e, Result *r)
{
    for (int k = 0; k < LEVELS; k++) {
        const Level *level = &s->level[k];
        int classes = level->classes[EN].n, width, by_name = 0, by_nearest = 0, unseen = 0;
        real *text = embed_classes(m, s, k, EN, &width), *scores = score_all(m, e->image, e->n, e->width, text, classes, width);
        for (int i = 0; i < e->n; i++) {
            int right = level->of[e->concept[i]];
            if (e->unseen[i]) {
                unseen++;
                by_name += best(scores + (size_t)i * (size_t)classes, classes, NULL) == right;
                by_nearest += level->of[e->concept[best(e->scores[EN] + (size_t)i * (size_t)e->n, e->n, e->unseen)]] == right;
            }
        }
        r->class_by_name[k] = (double)by_name / unseen;
        r->class_by_nearest[k] = (double)by_nearest / unseen;
        free(text);
        free(scores);
    }
}

Result measure(const Model *m, const Set *s, const Embedded *e)
{
    Result r = {.gap = m->method->parts ? (ModalityGap){.distance = NAN} : gap_of(e), .took = {NAN, NAN}};
    for (int l = 0; l < LANGUAGES; l++) {
        r.to_text[l] = recall_of(e->scores[l], e->n, e->concept, e->unseen, false, false);
        r.to_image[l] = recall_of(e->scores[l], e->n, e->concept, e->unseen, false, true);
        r.unseen[l] = recall_of(e->scores[l], e->n, e->concept, e->unseen, true, false);
        r.all[l] = mm_recall(e->scores[l], e->n, e->n, e->concept, e->concept);
    }
    r.translated[EN] = r.translated[ZH] = no_recall;
    if (!m->method->parts) {
        real *both = score_all(m, e->text[EN], e->n, e->text_width, e->text[ZH], e->n, e->text_width);
        r.translated[EN] = recall_of(both, e->n, e->concept, e->unseen, false, false);
        r.translated[ZH] = recall_of(both, e->n, e->concept, e->unseen, false, true);
        free(both);
    }
    measure_classes(m, s, e, &r);
    return r;
}

/* ---- what learns nothing ---- */

static Result nothing(void)
{
    Result r = {.gap = {.distance = NAN}, .took = {NAN, NAN}};
    for (int l = 0; l < LANGUAGES; l++) {
        r.to_text[l] = r.to_image[l] = r.unseen[l] = r.all[l] = r.translated[l] = no_recall;
    }
    for (int k = 0; k < LEVELS; k++) {
        r.class_by_name[k] = r.class_by_nearest[k] = NAN;
    }
    return r;
}

Result measure_chance(const Set *s)
{
    Result r = nothing();
    int *concept = mm_take((size_t)s->tests, sizeof *concept);
    bool *unseen = mm_take((size_t)s->tests, sizeof *unseen);
    list_tests(s, concept, unseen);
    Recall chance = mm_recall_chance(s->tests, s->tests, concept, concept);
    for (int l = 0; l < LANGUAGES; l++) {
        r.to_text[l] = r.to_image[l] = r.unseen[l] = r.all[l] = r.translated[l] = chance;
    }
    for (int k = 0; k < LEVELS; k++) {
        r.class_by_name[k] = 1.0 / s->level[k].classes[EN].n;
    }
    free(concept);
    free(unseen);
    return r;
}

/* Always the class of which most trained pictures are. */
Result measure_majority(const Set *s)
{
    Result r = nothing();
    for (int k = 0; k < LEVELS; k++) {
        int classes = s->level[k].classes[EN].n, most = 0, right = 0, *count = mm_take((size_t)classes, sizeof *count);
        for (int i = 0; i < s->items; i++) {
            count[s->level[k].of[set_concept(s, s->item[i])]]++;
        }
        for (int c = 0; c < classes; c++) {
            most = count[c] > count[most] ? c : most;
        }
        for (int i = 0; i < s->tests; i++) {
            int concept = set_concept(s, s->test[i]);
            right += set_unseen(s, concept) && s->level[k].of[concept] == most;
        }
        r.class_by_name[k] = (double)right / count_unseen(s);
        free(count);
    }
    return r;
}

/* Each test picture against the training pictures, by 16 x 16 pixels: (tests, tests), a concept scores as its best picture does. */
static real *pixel_scores(const Set *s, const int *concept)
{
    int n = s->tests, *label = mm_take((size_t)s->items, sizeof *label),
        *place = mm_take((size_t)s->emoji.concepts.n, sizeof *place);
    real *scores = mm_take((size_t)n * (size_t)n, sizeof *scores);
    Picture *query = mm_take((size_t)n, sizeof *query), *stored = mm_take((size_t)s->items, sizeof *stored);
    int m = 0;
    for (int i = 0; i < n; i++) {
        query[i] = s->emoji.at[s->test[i]].picture;
        place[concept[i]] = i + 1;
    }
    for (int i = 0; i < s->items; i++) {
        int at = place[set_concept(s, s->item[i])] - 1;
        if (at >= 0) { /* a concept that the test style draws too */
            stored[m] = s->emoji.at[s->item[i]].picture;
            label[m++] = at;
        }
    }
    mm_pixel_neighbour(query, n, stored, label, m, n, scores);
    free(label);
    free(place);
    free(query);
    free(stored);
    return scores;
}

Result measure_pixels(const Set *s)
{
    Result r = nothing();
    int n = s->tests, *concept = mm_take((size_t)n, sizeof *concept);
    bool *unseen = mm_take((size_t)n, sizeof *unseen);
    list_tests(s, concept, unseen);
    real *scores = pixel_scores(s, concept);
    Recall seen = recall_of(scores, n, concept, unseen, false, false);
    r.to_text[EN] = r.to_text[ZH] = seen; /* a concept is found, whatever it is called */
    r.all[EN] = r.all[ZH] = mm_recall(scores, n, n, concept, concept);
    for (int k = 0; k < LEVELS; k++) {
        int right = 0;
        for (int i = 0; i < n; i++) {
            const int *of = s->level[k].of;
            right += unseen[i] && of[concept[best(scores + (size_t)i * (size_t)n, n, unseen)]] == of[concept[i]];
        }
        r.class_by_nearest[k] = (double)right / count_unseen(s);
    }
    free(scores);
    free(concept);
    free(unseen);
    return r;
}
