/* reconstruct.c: `representations reconstruct METHOD`: the picture from the text, the text from the picture. */
#include "commands.h"
#include "io/memory.h"
#include "joint.h"

#include <stdio.h>

enum { MOST = 16, COLUMNS = 4, SHOWN_SIDE = 3 * PIXELS, BEST_TOKENS = 6 };
static const char *const default_names[] = {"cat face", "red apple", "guitar", "sun", "fire engine", "blue book"};

typedef struct ReconstructOptions {
    MethodOptions of;
    const char *name[MOST];
    int n;
} ReconstructOptions;

/* Numbers of a picture (3, PIXELS, PIXELS), as read_picture makes them, into a cell of the sheet, enlarged. */
static void draw(Picture *sheet, int row, int column, const real *pixels)
{
    Picture small = mm_picture_new(PIXELS, PIXELS, 3);
    for (int i = 0; i < PIXELS * PIXELS; i++) {
        for (int c = 0; c < 3; c++) {
            real x = (pixels[c * PIXELS * PIXELS + i] / 4 + (real)0.5) * 255 + (real)0.5;
            small.pixels[3 * i + c] = (unsigned char)(x < 0 ? 0 : x > 255 ? 255 : x);
        }
    }
    Picture large = mm_picture_resize(&small, SHOWN_SIDE, SHOWN_SIDE, MM_BICUBIC);
    for (int y = 0; y < SHOWN_SIDE; y++) {
        memcpy(sheet->pixels + 3 * ((row * SHOWN_SIDE + y) * sheet->width + column * SHOWN_SIDE),
               large.pixels + 3 * y * SHOWN_SIDE, 3 * SHOWN_SIDE);
    }
    mm_picture_free(&small);
    mm_picture_free(&large);
}

/* The tokens that the code finds most likely. */
static void print_tokens(const Set *s, const char *from, const real *logits, int vocab)
{
    bool *taken = mm_take((size_t)vocab, sizeof *taken);
    printf("   from %-12s", from);
    for (int k = 0; k < BEST_TOKENS; k++) {
        int at = -1;
        for (int v = 0; v < vocab; v++) {
            at = !taken[v] && (at < 0 || logits[v] > logits[at]) ? v : at;
        }
        taken[at] = true;
        char *text = mm_decode(s->tokenizer, &at, 1);
        printf("  %s", text);
        free(text);
    }
    printf("\n");
    free(taken);
}

/* One row: the picture, and what comes back from it, from its name, from both. */
static void reconstruct_one(const Model *m, const Set *s, int concept, int item, Picture *sheet, int row)
{
    static const char *const from[] = {"the picture", "the name", "both"};
    real pixels[3 * PIXELS * PIXELS];
    Graph *g = mm_graph_inference(1);
    read_picture(&s->emoji.at[item].picture, PIXELS, pixels);
    draw(sheet, row, 0, pixels);
    TextBatch name = texts_of_names(s, &concept, 1, EN);
    Tensor *image = encode_image(g, m, mm_input(g, MM_SHAPE(1, 3, PIXELS, PIXELS), pixels)), *text = encode_text(g, m, &name);
    Tensor *code[] = {joint_code(g, m, image, NULL), joint_code(g, m, NULL, text), joint_code(g, m, image, text)};
    printf("%s / %s%s\n", set_name(s, concept, EN), set_name(s, concept, ZH), set_unseen(s, concept) ? " (held out)" : "");
    for (int k = 0; k < COLUMNS - 1; k++) {
        Tensor *tokens = joint_tokens(g, m, code[k]);
        draw(sheet, row, k + 1, joint_picture(g, m, code[k])->data);
        print_tokens(s, from[k], tokens->data, mm_last(tokens->shape));
    }
    texts_free(&name);
    mm_graph_free(g);
}

static int test_picture(const Set *s, int concept)
{
    int at = s->test[0];
    for (int i = 0; i < s->tests; i++) {
        at = set_concept(s, s->test[i]) == concept ? s->test[i] : at;
    }
    return at;
}

static bool reconstruct(const ReconstructOptions *o, Error *err)
{
    Set s;
    Model m;
    if (!o->of.method->joint) {
        return mm_error(err, "%s cannot give back what it was shown; joint and joint-plain can", o->of.method->name);
    }
    if (!load_both(&o->of, o->of.method, &s, &m, err)) {
        return false;
    }
    int concept[MOST];
    bool ok = true;
    for (int i = 0; i < o->n && ok; i++) {
        concept[i] = set_find(&s, o->name[i], err);
        ok = concept[i] >= 0;
    }
    if (ok) {
        Picture sheet = mm_picture_new(COLUMNS * SHOWN_SIDE, o->n * SHOWN_SIDE, 3);
        char *folder = method_folder(&o->of.common, o->of.method), *path = mm_join_path(folder, "reconstructed.png");
        for (int i = 0; i < o->n; i++) {
            reconstruct_one(&m, &s, concept[i], test_picture(&s, concept[i]), &sheet, i);
        }
        ok = mm_picture_save(path, &sheet, err);
        if (ok) {
            printf("%s: in each row a picture of the style \"%s\", then what comes back from it, from its name, from both\n",
                   path, s.style);
        }
        free(path);
        free(folder);
        mm_picture_free(&sheet);
    }
    model_free(&m);
    set_free(&s);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ReconstructOptions *o = state->input;
    if (key == ARGP_KEY_ARG && o->of.method) {
        if (o->n == MOST) {
            argp_error(state, "at most %d names", MOST);
        }
        o->name[o->n++] = arg;
        return 0;
    }
    return method_argument(key, arg, state, &o->of);
}

int command_reconstruct(int argc, char **argv)
{
    const struct argp argp = {.parser = parse,
                              .args_doc = METHOD_ARGUMENT " [NAME...]",
                              .children = chapter_options,
                              .doc = "What a joint code gives back of emoji, by name: their pictures and the words for them."};
    ReconstructOptions o = {.of.common = common_defaults()};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.of.common);
    for (size_t i = 0; o.n == 0 && i < sizeof default_names / sizeof *default_names; i++) {
        o.name[i] = default_names[i];
    }
    o.n = o.n ? o.n : (int)(sizeof default_names / sizeof *default_names);
    return reconstruct(&o, &err) ? 0 : mm_program_error(&err);
}
