/* shards.c: `align shards`: pairs written as shards, from which `align stream` and training read. */
#include "io/memory.h"
#include "mm/train.h"
#include "pairs.h"
#include "program.h"

#include <math.h>
#include <stdio.h>

typedef struct ShardOptions {
    Common common;
    CaptionFile captions;
    bool filtered;
    int per_shard, synthetic;
} ShardOptions;

enum { CAPTIONS = 500, PICTURES, FILTERED, PER_SHARD, SYNTHETIC };

static const struct argp_option options[] = {
    {"captions", CAPTIONS, "FILE", 0, "write these pictures with captions (the clip art that ships)", 1},
    {"pictures", PICTURES, "DIR", 0, "where their pictures are (the folder of the captions)", 1},
    {"filtered", FILTERED, NULL, 0, "only what `align funnel` leaves with its own limits", 1},
    {"per-shard", PER_SHARD, "N", 0, "pairs in a shard (1000)", 1},
    {"synthetic", SYNTHETIC, "N", 0, "write N made pairs instead, tiny pictures and texts, to try how large a set may be", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ShardOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case CAPTIONS: o->captions.path = arg; break;
    case PICTURES: o->captions.pictures = arg; break;
    case FILTERED: o->filtered = true; break;
    case PER_SHARD: o->per_shard = (int)mm_option_number(state, "--per-shard", arg, 1, 10000000); break;
    case SYNTHETIC: o->synthetic = (int)mm_option_number(state, "--synthetic", arg, 1, 1000000000); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Pair i of any number: 4 x 4 pixels drawn for it, and a text that names it. */
static bool add_synthetic(ShardWriter *w, const ShardOptions *o, int i, Error *err)
{
    static const char *const things[] = {"square", "checker", "speckle", "tile"};
    Picture p = mm_picture_new(4, 4, 3);
    Rng rng = mm_rng(o->common.seed + (uint64_t)i, "synthetic pairs");
    for (int k = 0; k < 48; k++) {
        p.pixels[k] = (unsigned char)mm_below(&rng, 256);
    }
    char text[64];
    size_t n;
    snprintf(text, sizeof text, "synthetic %s number %d", things[mm_below(&rng, 4)], i);
    unsigned char *png = mm_picture_png(&p, &n);
    bool ok = mm_shards_add(w, png, n, ".png", text, err);
    free(png);
    mm_picture_free(&p);
    return ok;
}

static bool add_found(ShardWriter *w, const FoundPairs *pairs, int i, Error *err)
{
    const char *path = pairs_path(pairs, i), *text = pairs->noise.at[i].text;
    size_t n;
    unsigned char *bytes;
    if (pairs->picture) {
        bytes = (unsigned char *)mm_read_file(path, MM_PICTURE_BYTES, &n, err);
    } else {
        Picture cell = mm_sheet_picture(&pairs->art.sheet, i), flat = mm_picture_flatten(&cell, mm_white);
        bytes = mm_picture_png(&flat, &n);
        mm_picture_free(&flat);
    }
    const char *end = pairs->picture ? strrchr(path, '.') : ".png";
    bool ok = bytes && mm_shards_add(w, bytes, n, end ? end : ".png", text, err);
    free(bytes);
    return ok;
}

static bool write_shards(const ShardOptions *o, const FoundPairs *pairs, const Funnel *f, int *written, Error *err)
{
    ShardWriter *w = mm_shards_create(o->common.out, o->per_shard, err);
    if (!w) {
        return false;
    }
    int n = o->synthetic ? o->synthetic : pairs->noise.n;
    bool ok = true;
    Progress progress = mm_progress(n, 0);
    for (int i = 0; i < n && ok && !mm_interrupted(); i++) {
        bool wanted = o->synthetic || f->by[i] < 0;
        ok = !wanted || (o->synthetic ? add_synthetic(w, o, i, err) : add_found(w, pairs, i, err));
        *written += wanted && ok;
        mm_progress_show(&progress, i + 1, "pairs written");
    }
    mm_progress_end(&progress);
    Error late;
    bool finished = mm_shards_finish(w, &late);
    return ok && (finished || mm_error(err, "%s", late.text));
}

/* What is left out: what cannot be read, and with --filtered what the funnel removes. */
static Funnel choose(const ShardOptions *o, const NoiseSet *s)
{
    Funnel f = mm_funnel(MM_LIMITS_HERE);
    for (int r = 0; r < MM_NOISE_RULES && !o->filtered; r++) {
        f.limit[r] = r == mm_noise_rule("unreadable") || r == mm_noise_rule("no-words") ? 0 : NAN;
    }
    mm_funnel_run(&f, s);
    return f;
}

int command_shards(int argc, char **argv)
{
    ShardOptions o = {.common = mm_common_defaults("out/align/shards"), .captions.noisy = true, .per_shard = 1000};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = mm_common_options,
                              .doc = "Writes pairs as shards, OUT/000000.tar and so on, in WebDataset's form."};
    FoundPairs pairs = {0};
    Funnel f = {0};
    Error err;
    int written = 0;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    mm_catch_interrupt();
    bool ok = o.synthetic || pairs_load(o.common.data, &o.captions, &pairs, &err);
    if (ok && !o.synthetic) {
        f = choose(&o, &pairs.noise);
    }
    ok = ok && write_shards(&o, &pairs, &f, &written, &err);
    if (ok) {
        printf(o.common.json ? "{\"pairs\": %d, \"folder\": \"%s\"}\n" : "%d pairs written to %s\n", written, o.common.out);
    }
    mm_funnel_free(&f);
    pairs_free(&pairs);
    return ok ? 0 : mm_program_error(&err);
}
