/* regions.c: `representations regions`: do the words of a caption find their places in a composed scene? */
#include "commands.h"
#include "io/memory.h"
#include "mm/metrics.h"
#include "scan.h"
#include "scene.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { GRID = 4, PLACES = GRID * GRID, CELL = SCENE / GRID, DRAWN = 6, ENLARGED = 2 * SCENE };

typedef struct RegionsOptions {
    MethodOptions of;
    int scenes;
} RegionsOptions;

/* How often the place that an object's name attends to most lies on the object. */
typedef struct Pointing {
    int objects;
    double model, pixels, chance;
} Pointing;

typedef struct Scenes {
    int n;
    Scene *at;
    real *places; /* (n, PLACES, WIDTH) */
    TextBatch captions;
    real *words; /* (n, T, WIDTH) */
} Scenes;

/* ---- the scenes ---- */

/* Of the test style, trained concepts only. */
static Scenes scenes_new(const Model *m, const Set *s, int n, uint64_t seed)
{
    Scenes all = {.n = n, .at = mm_take((size_t)n, sizeof *all.at), .places = mm_take((size_t)n * PLACES * WIDTH, sizeof(real))};
    int *item = mm_take((size_t)s->tests, sizeof *item), items = 0;
    const Text **caption = mm_take((size_t)n, sizeof *caption);
    real *pixels = mm_take(3 * SCENE * SCENE, sizeof *pixels);
    for (int i = 0; i < s->tests; i++) {
        if (!set_unseen(s, set_concept(s, s->test[i]))) {
            item[items++] = s->test[i];
        }
    }
    Graph *g = mm_graph_inference(1);
    for (int i = 0; i < n; i++) {
        Rng rng = mm_rng(seed, "test scenes");
        rng.count = (uint64_t)i << 16;
        all.at[i] = scene_new(s, item, items, EN, rng);
        caption[i] = &all.at[i].caption;
        scene_pixels(&all.at[i], pixels);
        Tensor *p = scan_places(g, m, mm_input(g, MM_SHAPE(1, 3, SCENE, SCENE), pixels));
        memcpy(all.places + (size_t)i * PLACES * WIDTH, p->data, p->n * sizeof(real));
        mm_graph_reset(g);
    }
    all.captions = texts_new(caption, n);
    Tensor *words = scan_words(g, m, &all.captions);
    all.words = mm_take(words->n, sizeof *all.words);
    memcpy(all.words, words->data, words->n * sizeof *all.words);
    mm_graph_free(g);
    free(item);
    free(caption);
    free(pixels);
    return all;
}

static void scenes_free(Scenes *all)
{
    for (int i = 0; i < all->n; i++) {
        scene_free(&all->at[i]);
    }
    free(all->at);
    free(all->places);
    free(all->words);
    texts_free(&all->captions);
}

/* ---- pointing ---- */

/* The mean over the words of an object's name of what they attend to: (PLACES) */
static void attention_of(const Scenes *all, int i, const Object *o, real *attention)
{
    int T = all->captions.T, words = all->captions.length[i];
    Graph *g = mm_graph_new(1);
    mm_graph_record(g, false);
    Tensor *a = scan_attention(g, mm_input(g, MM_SHAPE(1, PLACES, WIDTH), all->places + (size_t)i * PLACES * WIDTH),
                               mm_input(g, MM_SHAPE(1, words, WIDTH), all->words + (size_t)i * (size_t)(T * WIDTH)));
    for (int p = 0; p < PLACES; p++) {
        attention[p] = 0;
        for (int k = 0; k < o->words; k++) {
            attention[p] += a->data[(o->first_word + k) * PLACES + p] / (real)o->words;
        }
    }
    mm_graph_free(g);
}

static bool lies_on(const Object *o, int place)
{
    int x = place % GRID * CELL + CELL / 2, y = place / GRID * CELL + CELL / 2; /* the middle of the place */
    return x >= o->left && x < o->left + o->side && y >= o->top && y < o->top + o->side;
}

/* What learns nothing: the window around each place, by its pixels, against the training pictures of the concept. */
static int pixel_place(const Set *s, const Scene *scene, int concept)
{
    Picture window[PLACES], stored[MM_STYLES];
    int label[MM_STYLES] = {0}, n = 0;
    real score[PLACES];
    for (int p = 0; p < PLACES; p++) {
        int side = 2 * CELL, left = p % GRID * CELL - CELL / 2, top = p / GRID * CELL - CELL / 2;
        left = left < 0 ? 0 : left > SCENE - side ? SCENE - side : left;
        top = top < 0 ? 0 : top > SCENE - side ? SCENE - side : top;
        window[p] = mm_picture_new(side, side, 3);
        for (int y = 0; y < side; y++) {
            memcpy(window[p].pixels + 3 * y * side, scene->picture.pixels + 3 * ((top + y) * SCENE + left), (size_t)(3 * side));
        }
    }
    for (int i = 0; i < s->items && n < MM_STYLES; i++) {
        if (set_concept(s, s->item[i]) == concept) {
            stored[n++] = s->emoji.at[s->item[i]].picture;
        }
    }
    mm_pixel_neighbour(window, PLACES, stored, label, n, 1, score);
    for (int p = 0; p < PLACES; p++) {
        mm_picture_free(&window[p]);
    }
    return mm_largest(score, PLACES);
}

static Pointing point(const Set *s, const Scenes *all)
{
    Pointing r = {0};
    for (int i = 0; i < all->n; i++) {
        for (int k = 0; k < all->at[i].n; k++) {
            const Object *o = &all->at[i].object[k];
            real attention[PLACES];
            attention_of(all, i, o, attention);
            r.model += lies_on(o, mm_largest(attention, PLACES));
            r.pixels += lies_on(o, pixel_place(s, &all->at[i], set_concept(s, o->item)));
            for (int p = 0; p < PLACES; p++) {
                r.chance += lies_on(o, p) / (double)PLACES;
            }
            r.objects++;
        }
    }
    r.model /= r.objects;
    r.pixels /= r.objects;
    r.chance /= r.objects;
    return r;
}

/* ---- retrieval: scenes and captions, by parts, and by the mean of the same parts ---- */

static void retrieve(const Model *m, const Scenes *all, Recall *parts, Recall *whole, int *label)
{
    int n = all->n, T = all->captions.T;
    for (int i = 0; i < n; i++) {
        label[i] = i;
    }
    real *scores = score_all(m, all->places, n, PLACES * WIDTH, all->words, n, T * WIDTH);
    parts[0] = mm_recall(scores, n, n, label, label);
    parts[1] = mm_recall_columns(scores, n, n, label, label);
    Graph *g = mm_graph_new(1);
    mm_graph_record(g, false);
    Tensor *image = mm_mean(g, mm_input(g, MM_SHAPE(n, PLACES, WIDTH), all->places), 1);
    Tensor *text = mean_words(g, mm_input(g, MM_SHAPE(n, T, WIDTH), all->words), &all->captions);
    const real *cosine = cosines(g, image, text)->data;
    whole[0] = mm_recall(cosine, n, n, label, label);
    whole[1] = mm_recall_columns(cosine, n, n, label, label);
    mm_graph_free(g);
    free(scores);
}

/* ---- the drawing: each scene, then the same for every name, dark where it does not look ---- */

static void draw_cell(Picture *sheet, int row, int column, const Picture *scene, const real *attention)
{
    real most = attention ? attention[mm_largest(attention, PLACES)] : 1;
    for (int y = 0; y < ENLARGED; y++) {
        for (int x = 0; x < ENLARGED; x++) {
            int from = y / 2 * SCENE + x / 2, place = y / 2 / CELL * GRID + x / 2 / CELL;
            double light = attention ? 0.15 + 0.85 * (double)(attention[place] / most) : 1;
            unsigned char *to = sheet->pixels + 3 * ((row * (ENLARGED + 4) + y) * sheet->width + column * (ENLARGED + 4) + x);
            for (int c = 0; c < 3; c++) {
                to[c] = (unsigned char)(light * scene->pixels[3 * from + c]);
            }
        }
    }
}

static bool draw(const Set *s, const Scenes *all, const char *path, bool say, Error *err)
{
    Picture sheet = mm_picture_new((MOST_OBJECTS + 1) * (ENLARGED + 4), DRAWN * (ENLARGED + 4), 3);
    memset(sheet.pixels, 255, (size_t)sheet.width * (size_t)sheet.height * 3);
    for (int i = 0; i < DRAWN && i < all->n; i++) {
        draw_cell(&sheet, i, 0, &all->at[i].picture, NULL);
        for (int k = 0; k < all->at[i].n; k++) {
            const Object *o = &all->at[i].object[k];
            real attention[PLACES];
            attention_of(all, i, o, attention);
            draw_cell(&sheet, i, k + 1, &all->at[i].picture, attention);
            if (say) {
                printf("%s%s%s", k ? ", " : "   ", set_name(s, set_concept(s, o->item), EN),
                       lies_on(o, mm_largest(attention, PLACES)) ? "" : " (missed)");
            }
        }
        if (say) {
            printf("\n");
        }
    }
    bool ok = mm_picture_save(path, &sheet, err);
    mm_picture_free(&sheet);
    return ok;
}

/* ---- the command ---- */

static void print_result(const Scenes *all, const Pointing *p, const Recall *parts, const Recall *whole, const char *style,
                         Recall chance)
{
    printf("\n%d synthetic scenes of two to four emoji in the style \"%s\", and captions that name them\n\n", all->n, style);
    printf("  %-52s %.3f\n  %-52s %.3f\n  %-52s %.3f\n\n", "a name attends most to its own object", p->model,
           "pixel nearest neighbour of the object's other styles", p->pixels, "chance", p->chance);
    printf("  %-40s scene to caption R@1    caption to scene R@1\n", "");
    printf("  %-40s %20.3f %23.3f\n", "words with places (SCAN)", parts[0].at1, parts[1].at1);
    printf("  %-40s %20.3f %23.3f\n", "mean of places with mean of words", whole[0].at1, whole[1].at1);
    printf("  %-40s %20.3f %23.3f\n", "chance", chance.at1, chance.at1);
}

static bool regions(const RegionsOptions *o, Error *err)
{
    Set s;
    Model m;
    if (!load_both(&o->of, &method_scan, &s, &m, err)) {
        return false;
    }
    Scenes all = scenes_new(&m, &s, o->scenes, o->of.common.seed);
    int *label = mm_take((size_t)all.n, sizeof *label);
    Recall parts[2], whole[2];
    char *folder = method_folder(&o->of.common, &method_scan), *path = mm_join_path(folder, "regions.png");
    bool ok = draw(&s, &all, path, !o->of.common.json, err);
    if (ok) {
        Pointing p = point(&s, &all);
        retrieve(&m, &all, parts, whole, label);
        Recall chance = mm_recall_chance(all.n, all.n, label, label);
        if (o->of.common.json) {
            json_t *j = json_pack("{s:s, s:i, s:{s:f, s:f, s:f}, s:{s:f, s:f}, s:{s:f, s:f}, s:f}", "data", "synthetic scenes",
                                  "scenes", all.n, "pointing", "model", p.model, "pixel nearest neighbour", p.pixels, "chance",
                                  p.chance, "words with places", "scene to caption R@1", parts[0].at1, "caption to scene R@1",
                                  parts[1].at1, "means", "scene to caption R@1", whole[0].at1, "caption to scene R@1",
                                  whole[1].at1, "chance R@1", chance.at1);
            json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
            printf("\n");
            json_decref(j);
        } else {
            print_result(&all, &p, parts, whole, s.style, chance);
            printf("\n%s: scenes, and where each name looks\n", path);
        }
    }
    free(folder);
    free(path);
    free(label);
    scenes_free(&all);
    model_free(&m);
    set_free(&s);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    RegionsOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->of; break;
    case 'n': o->scenes = (int)mm_option_number(state, "--scenes", arg, 2, 5000); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_regions(int argc, char **argv)
{
    const struct argp_option options[] = {{"scenes", 'n', "N", 0, "number of scenes (200)", 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = chapter_options,
        .doc = "Composes scenes in the held-out style and asks the model of SCAN where the words of their captions are."};
    RegionsOptions o = {.of.common = common_defaults(), .scenes = 200};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.of.common);
    return regions(&o, &err) ? 0 : mm_program_error(&err);
}
