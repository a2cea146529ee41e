/* embed_command.c: `clip embed`: the numbers that the encoders make of pictures and texts. */
#include "embed_time.h"
#include "program.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Item {
    const char *argument;
    bool picture;
} Item;

enum { AT_ONCE = 64 }; /* pictures in memory */

typedef struct EmbedOptions {
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
    Side s = {.name = calloc((size_t)o->n + 1, sizeof *s.name)};
    for (int i = 0; s.name && i < o->n; i++) {
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

static void *numbers_for(const Side *s, int embed)
{
    return calloc((size_t)s->n * (size_t)embed + 1, sizeof(real));
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

/* Pictures first .. first + n - 1. In this chapter's own models a normalised row is more than its features: it knows the mirror image. */
static bool embed_some(const ClipModel *m, Side *s, int first, int n, Error *err)
{
    const Clip *clip = &m->clip;
    size_t embed = (size_t)clip->config.embed, at = (size_t)first * embed;
    Picture p[AT_ONCE] = {{0}};
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        ok = mm_picture_load(s->name[first + i], &p[i], err);
    }
    if (ok) {
        real *raw = clip_picture_features(clip, p, n);
        real *unit = clip->config.input.order == CLIP_ON_WHITE ? clip_embed_pictures(clip, p, n) : NULL;
        memcpy(s->raw + at, raw, (size_t)n * embed * sizeof *raw);
        if (unit) {
            memcpy(s->unit + at, unit, (size_t)n * embed * sizeof *unit);
        } else {
            normalise(raw, n, (int)embed, s->unit + at);
        }
        free(raw);
        free(unit);
    }
    for (int i = 0; i < n; i++) {
        mm_picture_free(&p[i]);
    }
    return ok;
}

static bool embed_pictures(const ClipModel *m, Side *s, Error *err)
{
    s->raw = numbers_for(s, m->clip.config.embed);
    s->unit = numbers_for(s, m->clip.config.embed);
    bool ok = (s->raw && s->unit) || mm_error(err, "out of memory for the features of %d pictures", s->n);
    for (int first = 0; first < s->n && ok; first += AT_ONCE) {
        ok = embed_some(m, s, first, s->n - first < AT_ONCE ? s->n - first : AT_ONCE, err);
    }
    return ok;
}

static bool embed_texts(const ClipModel *m, Side *s, Error *err)
{
    for (int i = 0; i < s->n; i++) {
        char name[32];
        snprintf(name, sizeof name, "text %d", i + 1);
        if (!mm_utf8_check(s->name[i], strlen(s->name[i]), name, 0, err)) {
            return false;
        }
    }
    s->raw = clip_text_features(&m->clip, m->tokenizer, s->name, s->n, err);
    s->unit = numbers_for(s, m->clip.config.embed);
    if (!s->raw || !s->unit) {
        return !s->raw ? false : mm_error(err, "out of memory for the features of %d texts", s->n);
    }
    normalise(s->raw, s->n, m->clip.config.embed, s->unit);
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

static void print_json(const ClipModel *m, const Side *pictures, const Side *texts)
{
    int embed = m->clip.config.embed;
    json_t *j = json_pack("{s:s, s:i, s:i, s:f, s:o, s:o}", "encoder", clip_encoder_name(m->clip.config.image), "size",
                          m->clip.config.size, "embed", embed, "logit_scale", (double)m->clip.logit_scale->data[0], "images",
                          side_json("image", pictures, embed), "texts", side_json("text", texts, embed));
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
    char(*key)[32] = calloc((size_t)total + 1, sizeof *key);
    const char **metadata = calloc(2 * (size_t)total + 1, sizeof *metadata);
    SafeArray a[4];
    char name[4][24];
    bool ok = (key && metadata) || mm_error(err, "out of memory for %d names", total);
    for (int s = 0; s < 2 && ok; s++) {
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
    ok = ok && mm_safe_write(path, a, n, metadata, err);
    free(key);
    free(metadata);
    return ok;
}

/* ---- the command ---- */

static bool run(const EmbedOptions *o, Error *err)
{
    ClipModel m = {0};
    Side pictures = side_of(o, true), texts = side_of(o, false);
    bool ok = (pictures.name && texts.name) || mm_error(err, "out of memory for %d names", o->n);
    double started = mm_seconds();
    ok = ok && program_load_model(&o->common, &m, err);
    double loaded = mm_seconds() - started;
    if (ok && o->time) {
        ok = embed_time(&m, pictures.name, pictures.n, texts.name, texts.n, loaded, err);
    } else if (ok) {
        int embed = m.clip.config.embed;
        ok = embed_pictures(&m, &pictures, err) && embed_texts(&m, &texts, err) &&
             (!o->file || write_file(o->file, &pictures, &texts, embed, err));
        if (ok && o->common.json) {
            print_json(&m, &pictures, &texts);
        } else if (ok && !o->file) {
            print_side("picture", &pictures, embed);
            print_side("text", &texts, embed);
        }
    }
    free(pictures.raw);
    free(pictures.unit);
    free(texts.raw);
    free(texts.unit);
    free(pictures.name);
    free(texts.name);
    clip_model_free(&m);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    EmbedOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'i': o->item[o->n++] = (Item){arg, true}; break;
    case 'x': o->item[o->n++] = (Item){arg, false}; break;
    case 'T': o->time = true; break;
    case ARGP_KEY_ARG: o->item[o->n++] = (Item){arg, is_picture(arg)}; break;
    case 'z': o->common.size = (int)mm_option_number(state, "--size", arg, 1, 4096); break;
    case ARGP_KEY_END:
        if (mm_ends_in(o->common.out, ".safetensors")) {
            o->file = o->common.out;
            o->common.out = program_defaults().out;
        }
        if (o->n == 0) {
            argp_error(state, "name a picture or a text");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_embed(int argc, char **argv)
{
    EmbedOptions o = {.common = program_defaults(), .item = calloc((size_t)argc, sizeof *o.item)};
    const struct argp_option options[] = {{"image", 'i', "FILE", 0, "a picture, whatever its name", 0},
                                          {"text", 'x', "TEXT", 0, "a text, also if it is the name of a file", 0},
                                          {"size", 'z', "N", 0, "pictures of N pixels instead of the model's own size", 0},
                                          {"time", 'T', NULL, 0, "how long each stage takes, from the file to the features", 0},
                                          {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .args_doc = "FILE-or-TEXT...",
        .doc =
            "Prints what the encoders make of pictures and texts: features, and the same with length 1, as they are compared.\v"
            "An argument is a picture if it ends in .png, .jpg, .jpeg, .gif or .bmp, or is the name of a file; otherwise a text. "
            "With "
            "--out FILE.safetensors the numbers are written there: image_features, image_embeds (length 1), text_features, "
            "text_embeds."};
    Error err;
    if (!o.item) {
        return mm_program_error((mm_error(&err, "out of memory for %d arguments", argc), &err));
    }
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = run(&o, &err);
    free(o.item);
    return ok ? 0 : mm_program_error(&err);
}
