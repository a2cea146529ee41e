/* stream.c: `align stream`: draws pairs from shards as training does, and says how fast, and in how much memory. */
#include "io/memory.h"
#include "mm/train.h"
#include "mm/web.h"
#include "program.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

typedef struct StreamOptions {
    Common common;
    const char *shards;
    long long pairs, from;
    int buffer, print;
} StreamOptions;

enum { SHARDS = 500, PAIRS, FROM, BUFFER, PRINT };

static const struct argp_option options[] = {
    {"shards", SHARDS, "DIR", 0, "the folder of the shards (OUT/shards)", 1},
    {"pairs", PAIRS, "N", 0, "draw N pairs, in as many rounds as that takes (one round)", 1},
    {"from", FROM, "N", 0, "go on after N pairs, as a run does that was stopped there (0)", 1},
    {"buffer", BUFFER, "N", 0, "pairs among which the next is drawn (1000)", 1},
    {"print", PRINT, "N", 0, "print the texts of the first N (0)", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    StreamOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case SHARDS: o->shards = arg; break;
    case PAIRS: o->pairs = mm_option_number(state, "--pairs", arg, 1, 1000000000000); break;
    case FROM: o->from = mm_option_number(state, "--from", arg, 0, 1000000000000); break;
    case BUFFER: o->buffer = (int)mm_option_number(state, "--buffer", arg, 1, 10000000); break;
    case PRINT: o->print = (int)mm_option_number(state, "--print", arg, 0, 1000000000); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* ---- drawing ---- */

enum { MARKS = 10 };

typedef struct Drawn {
    int64_t pairs, unreadable; /* drawn and decoded; drawn and not to be decoded */
    int64_t bytes;             /* of their picture files */
    int rounds, shards, marks;
    size_t memory[MARKS]; /* in use at each tenth of the way */
    double seconds;
    StreamSkips skips;
} Drawn;

/* What this process holds now, in bytes; 0: the system does not say. */
static size_t memory_now(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%*d %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(f);
    }
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void take(const StreamOptions *o, const StreamedPair *pair, Drawn *d)
{
    Picture p;
    Error why;
    char name[512];
    snprintf(name, sizeof name, "%.400s: byte %lld", pair->shard, (long long)pair->at);
    if (mm_picture_decode(name, pair->image, pair->bytes, &p, &why)) {
        if (d->pairs < o->print) {
            printf("%s\n", pair->text);
        }
        d->pairs++;
        d->bytes += (int64_t)pair->bytes;
        mm_picture_free(&p);
    } else if (d->unreadable++ == 0) {
        fprintf(stderr, "skipped: %s\n", why.text);
    }
}

static bool draw_all(const StreamOptions *o, PairStream *s, Drawn *d, Error *err)
{
    int64_t end = o->from + o->pairs;
    StreamedPair pair;
    Progress progress = mm_progress(o->pairs, 0);
    double began = mm_seconds();
    while (!mm_interrupted() && (o->pairs == 0 || mm_stream_position(s) < end)) {
        if (!mm_stream_next(s, &pair, err)) {
            return false;
        }
        if (o->pairs == 0 && mm_stream_round(s) > 0) {
            break; /* the first pair of the next round */
        }
        if (pair.text) {
            take(o, &pair, d);
        }
        d->rounds = mm_stream_round(s) + 1;
        int64_t done = mm_stream_position(s) - o->from;
        while (o->pairs > 0 && d->marks < MARKS && done * MARKS >= o->pairs * (d->marks + 1)) {
            d->memory[d->marks++] = memory_now();
        }
        if (o->pairs > 0) {
            mm_progress_show(&progress, done, "%.0f MiB", (double)mm_peak_memory() / (1 << 20));
        }
    }
    mm_progress_end(&progress);
    d->seconds = mm_seconds() - began;
    d->shards = mm_stream_shards(s);
    d->skips = *mm_stream_skips(s);
    return true;
}

/* ---- printing ---- */

static void print_table(const StreamOptions *o, const Drawn *d)
{
    const StreamSkips *k = &d->skips;
    printf("%s: %lld pairs drawn from %d shards in %d round%s, %.1f MiB of pictures, %.0f pairs/s\n", o->shards,
           (long long)d->pairs, d->shards, d->rounds, d->rounds == 1 ? "" : "s", (double)d->bytes / (1 << 20),
           (double)d->pairs / d->seconds);
    printf("left out: %d damaged shards from the damage on, %d incomplete pairs, %d too large, %d texts, %lld pictures\n",
           k->damaged, k->incomplete, k->too_large, k->text, (long long)d->unreadable);
    if (k->first.text[0]) {
        printf("the first: %s\n", k->first.text);
    }
    if (d->marks > 0) {
        printf("memory at each tenth of the way, MiB:");
        for (int i = 0; i < d->marks; i++) {
            printf(" %.1f", (double)d->memory[i] / (1 << 20));
        }
        printf("\n");
    }
    printf("peak memory: %.1f MiB\n", (double)mm_peak_memory() / (1 << 20));
}

static void print_json(const Drawn *d)
{
    const StreamSkips *k = &d->skips;
    json_t *marks = json_array();
    for (int i = 0; i < d->marks; i++) {
        json_array_append_new(marks, json_integer((json_int_t)d->memory[i]));
    }
    json_t *j = json_pack("{s:I, s:I, s:i, s:i, s:i, s:i, s:i, s:i, s:f, s:I, s:o}", "pairs", (json_int_t)d->pairs, "unreadable",
                          (json_int_t)d->unreadable, "shards", d->shards, "rounds", d->rounds, "damaged", k->damaged,
                          "incomplete", k->incomplete, "too_large", k->too_large, "texts", k->text, "pairs_per_second",
                          (double)d->pairs / d->seconds, "peak_memory", (json_int_t)mm_peak_memory(), "memory", marks);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(j);
}

int command_stream(int argc, char **argv)
{
    StreamOptions o = {.common = mm_common_defaults("out/align"), .buffer = 1000};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Draws pairs from shards in the order in which training does, decodes their pictures, and says how "
               "fast that is and in how much memory."};
    Error err;
    Drawn d = {0};
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    mm_catch_interrupt();
    char *folder = o.shards ? mm_copy_text(o.shards, strlen(o.shards)) : mm_join_path(o.common.out, "shards");
    o.shards = folder;
    PairStream *s = mm_stream_open(&(StreamPlan){folder, o.common.seed, o.buffer}, o.from, &err);
    bool ok = s && draw_all(&o, s, &d, &err);
    if (ok && o.common.json) {
        print_json(&d);
    } else if (ok) {
        print_table(&o, &d);
    }
    mm_stream_close(s);
    free(folder);
    return ok ? 0 : mm_program_error(&err);
}
