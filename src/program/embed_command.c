/* embed_command.c: `embed`: the numbers that the encoders make of pictures and texts. */
#include "io/memory.h"
#include "mm/io.h"
#include "program/embed_time.h"

#include <jansson.h>
#include <math.h>
#include <sys/stat.h>

typedef struct Item {
    const char *argument;
    bool picture;
} Item;

enum { AT_ONCE = 64 }; /* pictures in memory */

typedef struct EmbedOptions {
    const EncodersProgram *program;
    Common common;
    const char *file; /* safetensors to write; NULL: none */
    bool time;
    Item *item;
    int n;
} EmbedOptions;

/* All pictures in their order, and all texts. */
typedef struct Side {
    const char **name;
    int n;
    real *raw, *unit; /* (n, embed) */
} Side;

static bool is_picture(const char *argument)
{
    struct stat s;
    return mm_names_picture(argument) || (stat(argument, &s) == 0 && S_ISREG(s.st_mode));
}

static Side side_of(const EmbedOptions *o, bool picture)
{
    Side s = {.name = mm_take((size_t)o->n, sizeof *s.name)};
    for (int i = 0; i < o->n; i++) {
        if (o->item[i].picture == picture) {
            s.name[s.n++] = o->item[i].argument;
        }
    }
    return s;
}

static double length(const real *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sqrt(sum);
}

/* raw (n, embed) -> each row divided by its length; a row of zeros has none and stays */
static void normalise(const real *raw, int n, int embed, real *unit)
{
    for (int i = 0; i < n * embed; i += embed) {
        double of = length(raw + i, embed);
        real by = of > 0 ? (real)of : 1;
        for (int k = 0; k < embed; k++) {
            unit[i + k] = raw[i + k] / by;
        }
    }
}

/* Pictures first .. first + n - 1. Where a model looks at mirror images too, a normalised row is more than its features. */
static bool embed_some(const Encoders *e, Side *s, int first, int n, Error *err)
{
    size_t embed = (size_t)e->embed, at = (size_t)first * embed;
    Picture p[AT_ONCE] = {{0}};
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        ok = mm_picture_load(s->name[first + i], &p[i], err);
    }
    if (ok) {
        real *raw = mm_picture_features(e, p, n), *unit = e->mirror ? mm_picture_embeddings(e, p, n) : NULL;
        memcpy(s->raw + at, raw, (size_t)n * embed * sizeof *raw);
        if (unit) {
            memcpy(s->unit + at, unit, (size_t)n * embed * sizeof *unit);
        } else {
            normalise(raw, n, e->embed, s->unit + at);
        }
        free(raw);
        free(unit);
    }
    for (int i = 0; i < n; i++) {
        mm_picture_free(&p[i]);
    }
    return ok;
}

static bool embed_pictures(const Encoders *e, Side *s, Error *err)
{
    size_t numbers = (size_t)s->n * (size_t)e->embed;
    s->raw = mm_take(numbers, sizeof *s->raw);
    s->unit = mm_take(numbers, sizeof *s->unit);
    bool ok = true;
    for (int first = 0; first < s->n && ok; first += AT_ONCE) {
        ok = embed_some(e, s, first, s->n - first < AT_ONCE ? s->n - first : AT_ONCE, err);
    }
    return ok;
}

static bool embed_texts(const Encoders *e, Side *s, Error *err)
{
    if (!mm_check_texts(s->name, s->n, err) || !(s->raw = mm_text_features(e, s->name, s->n, err))) {
        return false;
    }
    s->unit = mm_take((size_t)s->n * (size_t)e->embed, sizeof *s->unit);
    normalise(s->raw, s->n, e->embed, s->unit);
    return true;
}

/* ---- what is printed and written ---- */

static void print_side(const char *title, const Side *s, int embed)
{
    for (int i = 0; i < s->n; i++) {
        const real *raw = s->raw + (size_t)i * (size_t)embed, *unit = s->unit + (size_t)i * (size_t)embed;
        printf("%s %s: %d numbers, length %.5f\n  raw       ", title, s->name[i], embed, length(raw, embed));
        for (int k = 0; k < embed && k < 8; k++) {
            printf(" %9.5f", (double)raw[k]);
        }
        printf("%s\n  normalised", embed > 8 ? " ..." : "");
        for (int k = 0; k < embed && k < 8; k++) {
            printf(" %9.5f", (double)unit[k]);
        }
        printf("%s\n", embed > 8 ? " ..." : "");
    }
}

static json_t *numbers(const real *x, int n)
{
    json_t *a = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(a, json_real((double)x[i]));
    }
    return a;
}

static json_t *side_json(const char *key, const Side *s, int embed)
{
    json_t *all = json_array();
    for (int i = 0; i < s->n; i++) {
        json_t *j = json_pack("{s:o, s:o}", "features", numbers(s->raw + (size_t)i * (size_t)embed, embed), "normalised",
                              numbers(s->unit + (size_t)i * (size_t)embed, embed));
        json_object_set_new(j, key, json_string(s->name[i])); /* left out when the name is not UTF-8 */
        json_array_append_new(all, j);
    }
    return all;
}

static void print_json(const Encoders *e, const Side *pictures, const Side *texts)
{
    json_t *j = json_pack("{s:s, s:i, s:i, s:f, s:o, s:o}", "encoder", e->name, "size", e->size, "embed", e->embed,
                          e->temperature, e->temperature_value, "images", side_json("image", pictures, e->embed), "texts",
                          side_json("text", texts, e->embed));
    json_dumpf(j, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    printf("\n");
    json_decref(j);
}

/* Names as metadata "image 0", "text 0", …, so that a row can be told. */
static bool write_file(const char *path, const Side *pictures, const Side *texts, int embed, Error *err)
{
    const Side *side[] = {pictures, texts};
    const char *what[] = {"image", "text"};
    int total = pictures->n + texts->n, n = 0, entries = 0;
    char(*key)[32] = mm_take((size_t)total, sizeof *key);
    const char **metadata = mm_take(2 * (size_t)total + 1, sizeof *metadata);
    SafeArray a[4];
    char name[4][24];
    for (int s = 0; s < 2; s++) {
        Shape shape = MM_SHAPE(side[s]->n, embed);
        for (int unit = 0; unit < 2 && side[s]->n; unit++, n++) {
            snprintf(name[n], sizeof name[n], "%s_%s", what[s], unit ? "embeds" : "features");
            a[n] = (SafeArray){name[n], sizeof(real) == 4 ? MM_F32 : MM_F64, shape, unit ? side[s]->unit : side[s]->raw};
        }
        for (int i = 0; i < side[s]->n; i++) {
            snprintf(key[entries / 2], sizeof *key, "%s %d", what[s], i);
            metadata[entries] = key[entries / 2];
            metadata[entries + 1] = side[s]->name[i];
            entries += 2;
        }
    }
    bool ok = mm_safe_write(path, a, n, metadata, err);
    free(key);
    free(metadata);
    return ok;
}

/* ---- the command ---- */

static bool embed(const EmbedOptions *o, const Encoders *e, Side *pictures, Side *texts, Error *err)
{
    bool ok = embed_pictures(e, pictures, err) && embed_texts(e, texts, err) &&
              (!o->file || write_file(o->file, pictures, texts, e->embed, err));
    if (ok && o->common.json) {
        print_json(e, pictures, texts);
    } else if (ok && !o->file) {
        print_side("picture", pictures, e->embed);
        print_side("text", texts, e->embed);
    }
    return ok;
}

static bool run(const EmbedOptions *o, Error *err)
{
    Encoders e = {0};
    Side pictures = side_of(o, true), texts = side_of(o, false);
    double started = mm_seconds();
    bool ok = o->program->load(&o->common, o->program->input, &e, err);
    double loaded = mm_seconds() - started;
    ok = ok && (o->time ? mm_embed_time(&e, pictures.name, pictures.n, texts.name, texts.n, loaded, err)
                        : embed(o, &e, &pictures, &texts, err));
    Side *both[] = {&pictures, &texts};
    for (int s = 0; s < 2; s++) {
        free(both[s]->raw);
        free(both[s]->unit);
        free(both[s]->name);
    }
    o->program->free(&e);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    EmbedOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        state->child_inputs[1] = o->program->input;
        break;
    case 'i': o->item[o->n++] = (Item){arg, true}; break;
    case 'x': o->item[o->n++] = (Item){arg, false}; break;
    case 'T': o->time = true; break;
    case ARGP_KEY_ARG: o->item[o->n++] = (Item){arg, is_picture(arg)}; break;
    case 'z': o->common.size = (int)mm_option_number(state, "--size", arg, 1, 4096); break;
    case ARGP_KEY_END:
        if (mm_ends_in(o->common.out, ".safetensors")) {
            o->file = o->common.out;
            o->common.out = o->program->defaults().out;
        }
        if (o->n == 0) {
            argp_error(state, "name a picture or a text");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int mm_embed_command(const EncodersProgram *program, int argc, char **argv)
{
    EmbedOptions o = {.program = program, .common = program->defaults(), .item = mm_take((size_t)argc, sizeof *o.item)};
    const struct argp_child children[] = {mm_common_options[0], {program->options, 0, NULL, 0}, {0}};
    const struct argp_option options[] = {{"image", 'i', "FILE", 0, "a picture, whatever its name", 0},
                                          {"text", 'x', "TEXT", 0, "a text, also if it is the name of a file", 0},
                                          {"size", 'z', "N", 0, "pictures of N pixels instead of the model's own size", 0},
                                          {"time", 'T', NULL, 0, "how long each stage takes, from the file to the features", 0},
                                          {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = children,
        .args_doc = "FILE-or-TEXT...",
        .doc =
            "Prints what the encoders make of pictures and texts: features, and the same with length 1, as they are compared.\v"
            "An argument is a picture if it ends in .png, .jpg, .jpeg, .gif or .bmp, or is the name of a file; otherwise a text. "
            "With "
            "--out FILE.safetensors the numbers are written there: image_features, image_embeds (length 1), text_features, "
            "text_embeds."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = run(&o, &err);
    free(o.item);
    return ok ? 0 : mm_program_error(&err);
}
