/* scale.c: `clip scale`: how long a step takes on many ranks, worked out from the time of one and from what networks promise. */
#include "curves.h"
#include "program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_RANKS = 1024, BACKWARD_PARTS = 3 /* of a step, two are backward */ };

typedef struct ScaleOptions {
    Common common;
    bool measure;
    double pair_ms, cell_ns, cell_bytes; /* of one pair, forward and back; of one number of the logits, likewise */
    double parameters, speedup;
    int embed, pairs, bucket_mib;
} ScaleOptions;

typedef struct Network {
    const char *name;
    double bytes, latency; /* a second, each way; seconds from one rank to the next */
} Network;

static const Network networks[] = {{"Ethernet, 25 Gbit/s, 20 us", 25e9 / 8, 20e-6},
                                   {"InfiniBand, 200 Gbit/s, 2 us", 200e9 / 8, 2e-6}};
enum { NETWORKS = sizeof networks / sizeof *networks };

/* Seconds, and bytes. */
typedef struct Cost {
    double compute, reduce, exposed, gather, loss, step, logits;
} Cost;

/* [ring] In a ring of W, each rank passes W - 1 pieces of 1/W on, and once more where a sum must go round: gathering sends (W-1)/W of
 * the result through each link, summing twice that, and each of the W - 1 rounds costs a latency. */
static double ring(const Network *n, int ranks, double bytes, int rounds)
{
    /* region ring */
    return rounds * (ranks - 1) * (bytes / ranks / n->bytes + n->latency);
    /* end ring */
}

static Cost cost(const ScaleOptions *o, const Network *n, int ranks, bool local)
{
    /* region scale_cost */
    double N = (double)o->pairs * ranks, rows = local ? o->pairs : N, bytes = o->parameters * sizeof(float);
    double buckets = ceil(bytes / ((double)o->bucket_mib * (1 << 20))), features = N * o->embed * sizeof(float);
    Cost c = {.compute = o->pairs * o->pair_ms / 1000 / o->speedup};
    c.loss = 2 * rows * N * o->cell_ns / 1e9 / o->speedup; /* both directions */
    c.logits = 2 * rows * N * o->cell_bytes;
    c.gather = 2 * (ring(n, ranks, features, 1) + ring(n, ranks, features, 1)); /* two towers, there and back */
    c.reduce = buckets * ring(n, ranks, bytes / buckets, 2);
    double backward = c.compute * (BACKWARD_PARTS - 1) / BACKWARD_PARTS,
           last = c.reduce / buckets; /* the last bucket has nothing to hide behind */
    c.exposed = fmax(last, c.reduce - backward);
    c.step = c.compute + c.loss + c.gather + c.exposed;
    return c;
    /* end scale_cost */
}

/* ---- the time of one rank ---- */

static double seconds_of(Graph *g, Tensor *loss, double began)
{
    mm_backward(g, loss);
    double took = mm_seconds() - began;
    mm_graph_reset(g);
    return took;
}

/* One pair of ViT-B/32, in a batch of eight. */
static double measure_pair(const ScaleOptions *o)
{
    enum { BATCH = 8, TRIES = 3, CONTEXT = 77 };
    ClipConfig c = {.image = CLIP_VIT, .size = 224, .embed = 512, .context = CONTEXT, .vocab = 49408};
    c.text_width = 512;
    c.text_layers = 12;
    c.text_heads = 8;
    c.vit = (VitConfig){.size = 224, .patch = 32, .width = 768, .layers = 12, .heads = 12, .embed = 512};
    Params *ps = mm_params_new(o->common.seed);
    Clip clip = clip_init(ps, c);
    Graph *g = mm_graph_new(1);
    int ids[BATCH * CONTEXT] = {0}, length[BATCH];
    double best = INFINITY;
    for (int i = 0; i < BATCH; i++) {
        length[i] = CONTEXT;
    }
    for (int try = 0; try < TRIES; try++) {
        double began = mm_seconds();
        Tensor *pixels = mm_input(g, MM_SHAPE(BATCH, 3, 224, 224), NULL);
        Tensor *text = clip_encode_text(g, &clip, ids, length, BATCH, CONTEXT);
        Tensor *loss = clip_loss(g, clip_logits(g, &clip, clip_encode_image(g, &clip, pixels), text), 0);
        best = fmin(best, seconds_of(g, loss, began));
    }
    printf("ViT-B/32 with its text tower: %.1f million parameters, %d tokens; batch %d, %d threads\n",
           (double)mm_params_numel(ps) / 1e6, CONTEXT, BATCH, mm_threads());
    mm_graph_free(g);
    mm_params_free(ps);
    return 1000 * best / BATCH;
}

/* One number of the logits of one direction, from features to gradients of features. */
static void measure_cell(ScaleOptions *o)
{
    enum { ROWS = 256, COLUMNS = 4096, TRIES = 3 };
    Params *ps = mm_params_new(o->common.seed);
    Tensor *own = mm_param(ps, "own", MM_SHAPE(ROWS, o->embed), (Init){MM_NORMAL, 1});
    Tensor *all = mm_param(ps, "all", MM_SHAPE(COLUMNS, o->embed), (Init){MM_NORMAL, 1});
    Graph *g = mm_graph_new(1);
    int labels[ROWS];
    double best = INFINITY;
    for (int i = 0; i < ROWS; i++) {
        labels[i] = i;
    }
    for (int try = 0; try < TRIES; try++) {
        double began = mm_seconds();
        Tensor *logits = mm_affine(g, mm_matmul(g, own, all, MM_NT), (real)0.01, 0);
        best = fmin(best, seconds_of(g, mm_cross_entropy(g, logits, labels, NULL, 0), began));
    }
    double bytes = 0;
    for (int k = 0; k < MM_MEMORY_KINDS; k++) {
        bytes += (double)mm_graph_memory(g)->peak[k];
    }
    o->cell_ns = 1e9 * best / ROWS / COLUMNS;
    o->cell_bytes = bytes / ROWS / COLUMNS;
    mm_graph_free(g);
    mm_params_free(ps);
}

/* ---- printing ---- */

static void print_network(const ScaleOptions *o, const Network *n)
{
    Cost one = cost(o, n, 1, true);
    printf("\n%s\n\n", n->name);
    printf("                     sum of gradients             local rows                      global rows\n");
    printf(
        " ranks   batch    whole  not hidden   gather   loss    step  efficiency  logits   loss    step  efficiency  logits\n");
    for (int ranks = 1; ranks <= MOST_RANKS; ranks *= ranks < 4 ? 2 : 4) {
        Cost l = cost(o, n, ranks, true), g = cost(o, n, ranks, false);
        printf("%6d %7d %7.3f s %7.3f s %7.3f s %7.3f %7.3f s %6.0f %% %7.2f %9.3f %7.3f s %6.0f %% %8.1f GiB\n", ranks,
               o->pairs * ranks, ranks > 1 ? l.reduce : 0, ranks > 1 ? l.exposed : 0, l.gather, l.loss, l.step,
               100 * one.step / l.step, l.logits / (1 << 30), g.loss, g.step, 100 * one.step / g.step, g.logits / (1 << 30));
    }
}

static bool draw(const ScaleOptions *o, Error *err)
{
    char *table = mm_path(o->common.out, "scale.tsv"), *figure = mm_path(o->common.out, "scale.svg"), *script = NULL;
    AtomicFile f;
    bool ok = mm_make_folders(o->common.out, err) && mm_atomic_open(&f, table, err);
    if (ok) {
        for (int ranks = 1; ranks <= MOST_RANKS; ranks *= 2) {
            fprintf(f.file, "%d", ranks);
            for (int i = 0; i < 2 * NETWORKS; i++) {
                const Network *n = &networks[i / 2];
                fprintf(f.file, "\t%.6g", 100 * cost(o, n, 1, true).step / cost(o, n, ranks, i % 2 == 0).step);
            }
            fputc('\n', f.file);
        }
        ok = mm_atomic_commit(&f, err);
    }
    if (ok && asprintf(&script,
                       "set terminal svg size 720,400 font 'DejaVu Sans,12' background 'white'\nset datafile separator '\\t'\n"
                       "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror\nset logscale x 2\nset xlabel 'ranks'\nset "
                       "ylabel 'efficiency, %%'\nset yrange [0:105]\nset xrange [1:1024]\n"
                       "set key outside below\nset output '%s'\nplot "
                       "'%s' using 1:2 with linespoints pt 7 ps .5 lc rgb '#1f77b4' title '25 Gbit/s, local rows', "
                       "'' using 1:3 with linespoints dt 2 pt 6 ps .5 lc rgb '#1f77b4' title '25 Gbit/s, global rows', "
                       "'' using 1:4 with linespoints pt 7 ps .5 lc rgb '#d62728' title '200 Gbit/s, local rows', "
                       "'' using 1:5 with linespoints dt 2 pt 6 ps .5 lc rgb '#d62728' title '200 Gbit/s, global rows'\n",
                       figure, table) > 0) {
        printf("\n%s\n%s\n", table, mm_gnuplot(script) ? figure : "(no figure: gnuplot did not run)");
    }
    free(script);
    free(table);
    free(figure);
    return ok;
}

static const struct argp_option options[] = {
    {"measure", 'm', NULL, 0, "measure on this machine what the next three say, and print it", 1},
    {"pair-ms", 'p', "X", 0, "milliseconds of a pair, forward and backward", 1},
    {"cell-ns", 'c', "X", 0, "nanoseconds of a number of the logits, forward and backward", 1},
    {"cell-bytes", 'y', "X", 0, "its memory", 1},
    {"parameters", 'P', "X", 0, "of the model, in millions (151.3: ViT-B/32)", 1},
    {"embed", 'e', "N", 0, "numbers of a feature (512)", 1},
    {"pairs", 'b', "N", 0, "pairs of a rank (32)", 1},
    {"bucket", 'B', "N", 0, "MiB of gradients that are sent at once (25)", 1},
    {"speedup", 's', "X", 0, "a rank that is so many times faster than this machine (1)", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ScaleOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'm': o->measure = true; break;
    case 'p': o->pair_ms = mm_option_real(state, "--pair-ms", arg, 1e-9, 1e9); break;
    case 'c': o->cell_ns = mm_option_real(state, "--cell-ns", arg, 1e-9, 1e9); break;
    case 'y': o->cell_bytes = mm_option_real(state, "--cell-bytes", arg, 1, 1e6); break;
    case 'P': o->parameters = 1e6 * mm_option_real(state, "--parameters", arg, 1e-3, 1e7); break;
    case 'e': o->embed = (int)mm_option_number(state, "--embed", arg, 1, 65536); break;
    case 'b': o->pairs = (int)mm_option_number(state, "--pairs", arg, 1, 65536); break;
    case 'B': o->bucket_mib = (int)mm_option_number(state, "--bucket", arg, 1, 65536); break;
    case 's': o->speedup = mm_option_real(state, "--speedup", arg, 1e-3, 1e9); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_scale(int argc, char **argv)
{
    /* Measured with --measure on two cores of the machine that docs/performance.md names. */
    ScaleOptions o = {
        .common = program_defaults(), .pair_ms = 169, .cell_ns = 19.1, .cell_bytes = 20, .parameters = 151.3e6, .speedup = 1};
    o.embed = 512;
    o.pairs = 32;
    o.bucket_mib = 25;
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Works out how long a step of CLIP takes on 1 to 1024 ranks, each with its own part of the batch, and where it "
               "stops being worth while."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    if (o.measure) {
        o.pair_ms = measure_pair(&o);
        measure_cell(&o);
        printf("--pair-ms %.0f --cell-ns %.2f --cell-bytes %.0f\n", o.pair_ms, o.cell_ns, o.cell_bytes);
    }
    printf("%.1f million parameters; %d pairs a rank, which computes %.3f s a step; gradients in buckets of %d MiB\n",
           o.parameters / 1e6, o.pairs, o.pairs * o.pair_ms / 1000 / o.speedup, o.bucket_mib);
    for (int i = 0; i < NETWORKS; i++) {
        print_network(&o, &networks[i]);
    }
    return draw(&o, &err) ? 0 : mm_program_error(&err);
}
