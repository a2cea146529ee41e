/* search: times mm_nearest among random vectors of length 1, for one query and for batches of them, beside how fast this machine
 * reads memory. search.sh sets it against NumPy. */
#include "mm/io.h"
#include "mm/metrics.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { K = 10, MOST_QUERIES = 256, ROUNDS = 5 };

typedef struct Options {
    int n, width, threads;
    const char *save;
} Options;

static void *take(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p) {
        mm_fail((FailHandler){0}, "out of memory: %zu bytes", bytes);
    }
    return p;
}

/* Rows of length 1 in random directions: near enough to uniform from sums of four even numbers each. */
static real *random_units(const char *stream, int n, int width)
{
    real *x = take((size_t)n * (size_t)width * sizeof *x);
    Rng rng = mm_rng(1, stream);
#pragma omp parallel for
    for (int r = 0; r < n; r++) {
        real *row = x + (size_t)r * (size_t)width, square = 0;
        for (int i = 0; i < width; i++) {
            uint64_t bits = mm_rng_at(rng, (uint64_t)r * (uint64_t)width + (uint64_t)i);
            row[i] = (real)((int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff) + (int)(bits >> 32 & 0xffff) + (int)(bits >> 48) -
                            2 * 0xffff);
            square += row[i] * row[i];
        }
        for (int i = 0; i < width; i++) {
            row[i] /= (real)sqrt((double)square);
        }
    }
    return x;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The time to add up all numbers, which is the time to read them: the median of ROUNDS. */
static double read_seconds(const real *x, size_t n, double *sum)
{
    double seconds[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double start = mm_seconds(), all = 0;
#pragma omp parallel for reduction(+ : all)
        for (size_t block = 0; block < n; block += 4096) {
            size_t end = block + 4096 < n ? block + 4096 : n;
            real part = 0;
#pragma omp simd reduction(+ : part)
            for (size_t j = block; j < end; j++) {
                part += x[j];
            }
            all += (double)part;
        }
        seconds[i] = mm_seconds() - start;
        *sum = all;
    }
    qsort(seconds, ROUNDS, sizeof *seconds, ascending);
    return seconds[ROUNDS / 2];
}

static double search_seconds(const real *query, int queries, const real *stored, const Options *o, Neighbour *found)
{
    double seconds[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double start = mm_seconds();
        mm_nearest(query, queries, stored, o->n, o->width, K, found);
        seconds[i] = mm_seconds() - start;
    }
    qsort(seconds, ROUNDS, sizeof *seconds, ascending);
    return seconds[ROUNDS / 2];
}

static bool save(const Options *o, const real *stored, const real *query, const Neighbour *found, Error *err)
{
    int64_t *at = take(MOST_QUERIES * K * sizeof *at);
    for (int i = 0; i < MOST_QUERIES * K; i++) {
        at[i] = found[i].at;
    }
    char *path = mm_join_path(o->save, "search.safetensors");
    SafeArray arrays[] = {{"stored", MM_F32, MM_SHAPE(o->n, o->width), stored},
                          {"query", MM_F32, MM_SHAPE(MOST_QUERIES, o->width), query},
                          {"found", MM_I64, MM_SHAPE(MOST_QUERIES, K), at}};
    bool ok = mm_make_folders(o->save, err) && mm_safe_write(path, arrays, 3, NULL, err);
    free(path);
    free(at);
    return ok;
}

static bool run(const Options *o, Error *err)
{
    static const int batches[] = {1, 8, 64, MOST_QUERIES};
    real *stored = random_units("stored", o->n, o->width), *query = random_units("query", MOST_QUERIES, o->width);
    Neighbour *found = take(MOST_QUERIES * K * sizeof *found);
    double bytes = (double)o->n * o->width * sizeof(real), flops = 2.0 * o->n * o->width, sum;
    double reading = read_seconds(stored, (size_t)o->n * (size_t)o->width, &sum);
    printf("%d vectors of %d floats, %.2f GB, %d threads; sum %.3g\n", o->n, o->width, bytes / 1e9, mm_threads(), sum);
    printf("reading them: %.1f ms, %.1f GB/s\n\n  queries  ms a query  GB/s read  Gflop/s\n", 1e3 * reading,
           bytes / reading / 1e9);
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
        double seconds = search_seconds(query, batches[b], stored, o, found);
        printf("  %7d  %10.2f  %9.1f  %7.0f\n", batches[b], 1e3 * seconds / batches[b], bytes / seconds / 1e9,
               batches[b] * flops / seconds / 1e9);
    }
    bool ok = !o->save || save(o, stored, query, found, err);
    free(found);
    free(query);
    free(stored);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    Options *o = state->input;
    switch (key) {
    case 'n': o->n = atoi(arg); break;
    case 'w': o->width = atoi(arg); break;
    case 't': o->threads = atoi(arg); break;
    case 's': o->save = arg; break;
    case ARGP_KEY_END:
        if (o->n < K || o->width < 1 || o->threads < 0) {
            argp_error(state, "at least %d vectors of at least one number", K);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {{"vectors", 'n', "N", 0, "how many are searched (1000000)", 0},
                                                 {"width", 'w', "N", 0, "numbers of each (512)", 0},
                                                 {"threads", 't', "N", 0, "one per processor", 0},
                                                 {"save", 's', "DIR", 0, "leave vectors, queries and what was found in DIR", 0},
                                                 {0}};
    const struct argp argp = {.options = options, .parser = parse, .doc = "Times exact search among random vectors of length 1."};
    Options o = {.n = 1000000, .width = 512};
    Error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    mm_set_threads(o.threads);
    if (!run(&o, &err)) {
        fprintf(stderr, "search: %s\n", err.text);
        return 1;
    }
    return 0;
}
