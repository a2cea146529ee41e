/* look.c: `clip look`: a picture, and beside it, for each text, the parts of it that speak for the text. */
#include "look.h"
#include "io/memory.h"
#include "mm/search.h"

#include <jansson.h>
#include <stdio.h>

enum { SIDE = 192, GAP = 12, MOST_EMOJI = 2 };

typedef struct LookOptions {
    Common common;
    const char *image, *emoji[MOST_EMOJI];
    const char **text;
    int n_emoji, texts, grid, pairs; /* pairs 0: no check */
    int method;                      /* LOOK_METHODS: the encoder's own */
} LookOptions;

/* ---- the picture ---- */

/* An emoji of the held-out style by its English name. */
static bool find_emoji(const EmojiSet *set, const char *name, Picture *p, Error *err)
{
    int style = mm_emoji_style(set, mm_test_style);
    for (int i = 0; i < set->n; i++) {
        if (set->at[i].style == style && strcmp(set->concepts.at[set->at[i].concept].en, name) == 0) {
            *p = set->at[i].picture;
            return true;
        }
    }
    return mm_error(err, "no emoji of the style %s is called \"%s\"", mm_test_style, name);
}

static bool load_emoji_picture(const LookOptions *o, Picture *p, Error *err)
{
    EmojiSet set = {0};
    Picture part[MOST_EMOJI];
    bool ok = mm_emoji_load_all(o->common.data, &set, err);
    for (int i = 0; i < o->n_emoji && ok; i++) {
        ok = find_emoji(&set, o->emoji[i], &part[i], err);
    }
    if (ok) {
        *p = o->n_emoji == 1 ? mm_picture_resize(&part[0], part[0].width, part[0].height, MM_BICUBIC)
                             : look_beside(&part[0], &part[1]);
    }
    mm_emoji_free(&set);
    return ok;
}

/* ---- the overlay ---- */

/* The map at a place given in parts of its side, between the centres of its places. */
static double at(const real *map, int side, double x, double y)
{
    double u = x * side - 0.5, v = y * side - 0.5;
    u = u < 0 ? 0 : u > side - 1 ? side - 1 : u;
    v = v < 0 ? 0 : v > side - 1 ? side - 1 : v;
    int u0 = (int)u, v0 = (int)v, u1 = u0 + (u0 < side - 1), v1 = v0 + (v0 < side - 1);
    double a = u - u0, b = v - v0;
    return (1 - b) * ((1 - a) * (double)map[v0 * side + u0] + a * (double)map[v0 * side + u1]) +
           b * ((1 - a) * (double)map[v1 * side + u0] + a * (double)map[v1 * side + u1]);
}

/* The picture in pale gray, red where the map is large: as far as the map is from its mean, in parts of the largest. */
static void paint(const Picture *p, const real *map, int side, Picture *panel, int left)
{
    double most = 0;
    for (int i = 0; i < side * side; i++) {
        most = (double)map[i] > most ? (double)map[i] : most;
    }
    for (int i = 0; i < SIDE * SIDE; i++) {
        int x = i % SIDE, y = i / SIDE;
        const unsigned char *from = p->pixels + 3 * i;
        unsigned char *to = panel->pixels + 3 * ((y + GAP) * panel->width + left + x);
        double heat = map && most > 0 ? at(map, side, (x + 0.5) / SIDE, (y + 0.5) / SIDE) / most : 0;
        double gray = 90 + 0.6 * (0.3 * from[0] + 0.59 * from[1] + 0.11 * from[2]);
        const double red[3] = {220, 20, 20};
        for (int c = 0; c < 3; c++) {
            to[c] = map ? (unsigned char)((1 - 0.8 * heat) * gray + 0.8 * heat * red[c]) : from[c];
        }
    }
}

/* The picture as the model sees it, larger, and one overlay for each map. The caller frees. */
static Picture draw(const Picture *picture, const Maps *m)
{
    Picture flat = mm_picture_flatten(picture, mm_white), square = mm_picture_clip(&flat, SIDE);
    Picture panel = mm_picture_new((m->n + 1) * (SIDE + GAP) + GAP, SIDE + 2 * GAP, 3);
    memset(panel.pixels, 255, (size_t)(3 * panel.width * panel.height));
    paint(&square, NULL, 0, &panel, GAP);
    for (int i = 0; i < m->n; i++) {
        paint(&square, m->at + (size_t)(i * m->side * m->side), m->side, &panel, GAP + (i + 1) * (SIDE + GAP));
    }
    mm_picture_free(&flat);
    mm_picture_free(&square);
    return panel;
}

/* ---- what is printed ---- */

static void print(const LookOptions *o, const Maps *m, LookMethod method, const char *path)
{
    printf("%s, %d x %d places; the picture, then in red what speaks for\n\n", look_name[method], m->side, m->side);
    for (int i = 0; i < m->n; i++) {
        const real *map = m->at + (size_t)(i * m->side * m->side);
        double left = 0, top = 0, all = 0;
        for (int k = 0; k < m->side * m->side; k++) {
            left += k % m->side * 2 + 1 <= m->side ? (double)map[k] : 0;
            top += k / m->side * 2 + 1 <= m->side ? (double)map[k] : 0;
            all += (double)map[k];
        }
        printf("  %-24s cosine %6.3f   ", o->text[i], (double)m->cosine[i]);
        if (all > 0) {
            printf("left %3.0f %%, top %3.0f %% of the map\n", 100 * left / all, 100 * top / all);
        } else {
            printf("nothing speaks for it\n");
        }
    }
    printf("\n%s\n", path);
}

static void print_json(const LookOptions *o, const Maps *m, LookMethod method, const char *path)
{
    json_t *all = json_array();
    for (int i = 0; i < m->n; i++) {
        json_t *map = json_array();
        for (int k = 0; k < m->side * m->side; k++) {
            json_array_append_new(map, json_real((double)m->at[i * m->side * m->side + k]));
        }
        json_array_append_new(all, json_pack("{s:s, s:f, s:o}", "text", o->text[i], "cosine", (double)m->cosine[i], "map", map));
    }
    json_t *j = json_pack("{s:s, s:i, s:o, s:s}", "method", look_name[method], "side", m->side, "texts", all, "picture", path);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

/* ---- the command ---- */

static bool look_at(const LookOptions *o, const ClipModel *m, LookMethod method, const Picture *picture, Error *err)
{
    const ClipConfig *c = &m->clip.config;
    size_t numbers = 3 * (size_t)(c->size * c->size);
    real *text = clip_embed_texts(&m->clip, m->tokenizer, o->text, o->texts, err);
    if (!text) {
        return false;
    }
    real *pixels = mm_take((size_t)o->texts * numbers, sizeof *pixels);
    for (int i = 0; i < o->texts; i++) {
        clip_preprocess(c, picture, pixels + (size_t)i * numbers);
    }
    Maps maps = look_maps(&m->clip, method, o->grid, pixels, text, o->texts);
    Picture panel = draw(picture, &maps);
    char *folder = mm_join_path(o->common.out, "look"), *slug = mm_results_slug(o->text[0]);
    char *path = mm_path(folder, "%s.png", slug);
    bool ok = mm_make_folders(folder, err) && mm_picture_save(path, &panel, err);
    if (ok) {
        (o->common.json ? print_json : print)(o, &maps, method, path);
    }
    mm_picture_free(&panel);
    look_free(&maps);
    free(pixels);
    free(text);
    free(folder);
    free(slug);
    free(path);
    return ok;
}

/* Every method that fits the encoder, the CAMs at every size of their maps. */
static bool check(const LookOptions *o, const ClipModel *m, Error *err)
{
    EmojiSet emoji = {0};
    LookCheck r = {0};
    json_t *rows = json_array();
    bool ok = mm_emoji_load_all(o->common.data, &emoji, err);
    for (int method = 0; method < LOOK_METHODS; method++) {
        bool cam = method == LOOK_GRAD_CAM || method == LOOK_HIRES_CAM;
        for (int grid = cam ? 2 : 8; ok && grid <= (cam ? m->clip.config.size / 2 : 8) && look_fits(&m->clip, method);
             grid *= 2) {
            ok = look_check(m, &emoji, method, grid, o->pairs, o->common.seed, &r, err);
            json_array_append_new(rows, json_pack("{s:s, s:i, s:f, s:f}", "method", look_name[method], "places a side", r.side,
                                                  "on the named half", r.half, "part of the map", r.mass));
        }
    }
    if (ok && o->common.json) {
        json_t *j = json_pack("{s:i, s:f, s:O}", "questions", 2 * o->pairs, "each half by itself", r.by_itself, "maps", rows);
        json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
        json_decref(j);
    } else if (ok) {
        printf("Two emoji side by side, and the name of one: is it there that the map is? %d questions about %d pictures\n\n",
               2 * o->pairs, o->pairs);
        printf("  %-12s %6s   %-18s %s\n", "map", "places", "on the named half", "part of the map there");
        for (size_t i = 0; i < json_array_size(rows); i++) {
            const json_t *row = json_array_get(rows, i);
            int side = (int)json_integer_value(json_object_get(row, "places a side"));
            printf("  %-12s %2d x %-2d    %.3f              %.3f\n", json_string_value(json_object_get(row, "method")), side,
                   side, json_real_value(json_object_get(row, "on the named half")),
                   json_real_value(json_object_get(row, "part of the map")));
        }
        printf("  %-12s %7s    0.500              0.500\n", "any text's", "");
        printf("\nEach half by itself, compared with both names: %.3f right; no map can be expected to do better.\n",
               r.by_itself);
    }
    json_decref(rows);
    mm_emoji_free(&emoji);
    return ok;
}

static bool run(const LookOptions *o, Error *err)
{
    ClipModel m = {0};
    Picture picture = {0};
    if (!program_load_model(&o->common, &m, err)) {
        return false;
    }
    LookMethod method = o->method == LOOK_METHODS ? look_default(&m.clip) : (LookMethod)o->method;
    bool ok = o->pairs > 0 || look_fits(&m.clip, method) ||
              mm_error(err, "--method %s does not fit the model, whose encoder is a %s", look_name[method],
                       clip_encoder_name(m.clip.config.image));
    if (ok && o->pairs > 0) {
        ok = check(o, &m, err);
    } else if (ok) {
        ok = (o->image ? mm_picture_load(o->image, &picture, err) : load_emoji_picture(o, &picture, err)) &&
             look_at(o, &m, method, &picture, err);
        mm_picture_free(&picture);
    }
    clip_model_free(&m);
    return ok;
}

static int parse_method(struct argp_state *state, const char *arg)
{
    for (int i = 0; i < LOOK_METHODS; i++) {
        if (strcmp(arg, look_name[i]) == 0) {
            return i;
        }
    }
    argp_error(state, "--method takes grad-cam, hires-cam, relevance, rollout or occlusion, not \"%s\"", arg);
    return LOOK_METHODS;
}

static void check_options(const LookOptions *o, struct argp_state *state)
{
    if (o->pairs > 0 ? o->texts + o->n_emoji > 0 || o->image : (o->image != NULL) == (o->n_emoji > 0) || o->texts == 0) {
        argp_error(state, "either --check alone, or texts and a picture: --image FILE, or --emoji NAME once or twice");
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    LookOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'i': o->image = arg; break;
    case 'e':
        if (o->n_emoji == MOST_EMOJI) {
            argp_error(state, "at most two --emoji");
        }
        o->emoji[o->n_emoji++] = arg;
        break;
    case 'M': o->method = parse_method(state, arg); break;
    case 'g': o->grid = (int)mm_option_number(state, "--grid", arg, 1, 64); break;
    case 'c': o->pairs = arg ? (int)mm_option_number(state, "--check", arg, 1, 100000) : 200; break;
    case ARGP_KEY_ARG: o->text[o->texts++] = arg; break;
    case ARGP_KEY_END: check_options(o, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_look(int argc, char **argv)
{
    LookOptions o = {.common = program_defaults(), .method = LOOK_METHODS, .grid = 4};
    const struct argp_option options[] = {
        {"image", 'i', "FILE", 0, "the picture", 0},
        {"emoji", 'e', "NAME", 0, "an emoji of the held-out style as the picture, by its English name; two stand side by side",
         0},
        {"method", 'M', "NAME", 0, "grad-cam or hires-cam (ResNet), relevance or rollout (ViT), occlusion (any)", 0},
        {"grid", 'g', "N", 0, "places a side: of the map of features that a CAM reads, of occlusion (4)", 0},
        {"check", 'c', "PAIRS", OPTION_ARG_OPTIONAL,
         "measure how often maps point at what is named, on PAIRS pictures of two emoji (200)", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .args_doc = "TEXT...",
        .doc = "Shows which parts of a picture speak for a text: OUT/look/TEXT.png, the picture and an overlay for each text."};
    Error err;
    o.text = mm_take((size_t)argc, sizeof *o.text);
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = run(&o, &err);
    free(o.text);
    return ok ? 0 : mm_program_error(&err);
}
