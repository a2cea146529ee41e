/* bench MODEL: times a training step or an inference of one fixed model. compare.sh sets it against PyTorch and ONNX Runtime. */
#include "mm/inspect.h"
#include "mm/train.h"
#include "models.h"
#include "products.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_STEPS = 1000, WARM = 2 };

typedef struct Options {
    const BenchModel *model;
    int batch, steps, threads;
    bool profile, products, memory, line, cpu;
    const char *save;
} Options;

typedef struct Run {
    Bench bench;
    Graph *graph;
    Optimizer *opt;
    Profile *profile; /* NULL: none */
    double first;     /* loss, or sum of the outputs, before any step */
    bool cpu;
} Run;

static double now(const Run *r)
{
    return r->cpu ? (double)clock() / CLOCKS_PER_SEC : mm_seconds();
}

static double step(Run *r, const BenchModel *m)
{
    Graph *g = r->graph;
    double start = now(r), result = 0;
    Tensor *y = m->forward(g, &r->bench);
    for (size_t i = 0; i < y->n; i++) {
        result += (double)y->data[i];
    }
    r->first = isnan(r->first) ? result : r->first;
    if (!m->inference) {
        mm_backward(g, y);
        double before = mm_seconds();
        mm_clip_grad_norm(r->bench.params, 1);
        mm_optimizer_step(r->opt, (real)1e-4);
        if (r->profile) {
            mm_profile_optimiser(r->profile, mm_seconds() - before);
        }
    }
    mm_graph_reset(g);
    return now(r) - start;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void time_steps(Run *r, const Options *o)
{
    double seconds[MOST_STEPS], all = 0;
    for (int i = 0; i < WARM; i++) {
        step(r, o->model);
    }
    r->profile = o->profile ? mm_profile_new(r->graph) : NULL;
    if (o->products) {
        products_watch();
    }
    for (int i = 0; i < o->steps; i++) {
        all += seconds[i] = step(r, o->model);
    }
    if (r->profile) {
        mm_profile_print(r->profile, o->steps, stdout);
        printf("\n");
    }
    mm_profile_free(r->profile);
    if (o->products) {
        products_print(o->steps, all, stdout);
    }
    qsort(seconds, (size_t)o->steps, sizeof *seconds, ascending);
    double median = 1e3 * seconds[o->steps / 2];
    if (o->line) {
        printf("%.3f\t%zu\t%.6f\n", median, mm_peak_memory() >> 20, r->first);
        return;
    }
    printf("%s, batch %d, %d threads: median %.1f ms, fastest %.1f, slowest %.1f (%d steps), peak memory %zu MiB, %s %.6f\n",
           o->model->name, r->bench.batch, mm_threads(), median, 1e3 * seconds[0], 1e3 * seconds[o->steps - 1], o->steps,
           mm_peak_memory() >> 20, o->model->inference ? "sum of outputs" : "first loss", r->first);
}

static bool run(const Options *o, Error *err)
{
    Run r = {.bench = {.params = mm_params_new(1), .batch = o->batch ? o->batch : o->model->batch}, .first = NAN, .cpu = o->cpu};
    o->model->init(&r.bench);
    r.graph = mm_graph_new(1);
    mm_graph_record(r.graph, !o->model->inference);
    mm_graph_train(r.graph, !o->model->inference);
    mm_graph_keep_gradients(r.graph, false); /* as PyTorch */
    if (!o->model->inference) {
        OptimizerConfig adamw = {
            .kind = &mm_adamw, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6, .weight_decay = (real)0.2};
        r.opt = mm_optimizer_new(r.bench.params, adamw);
    }
    bool ok = !o->save || mm_params_save(r.bench.params, o->save, NULL, err);
    if (ok && o->steps > 0) {
        time_steps(&r, o);
    }
    if (ok && o->memory) {
        MemoryUse use = mm_memory_use(r.bench.params, r.opt, r.graph);
        mm_memory_print(&use, stdout);
    }
    free(r.bench.x);
    free(r.bench.ids);
    mm_graph_free(r.graph);
    mm_params_free(r.bench.params);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    Options *o = state->input;
    switch (key) {
    case 'b': o->batch = atoi(arg); break;
    case 'n': o->steps = atoi(arg); break;
    case 't': o->threads = atoi(arg); break;
    case 'p': o->profile = true; break;
    case 'g': o->products = true; break;
    case 'm': o->memory = true; break;
    case 'l': o->line = true; break;
    case 'c': o->cpu = true; break;
    case 's': o->save = arg; break;
    case ARGP_KEY_ARG:
        for (const BenchModel *m = bench_models; m->name; m++) {
            o->model = strcmp(m->name, arg) == 0 ? m : o->model;
        }
        if (!o->model) {
            argp_error(state, "there is no model \"%s\"", arg);
        }
        break;
    case ARGP_KEY_END:
        if (!o->model || o->batch < 0 || o->steps < 0 || o->steps > MOST_STEPS || o->threads < 0) {
            argp_error(state, "one MODEL; numbers are whole, --steps at most %d", MOST_STEPS);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static char *list_models(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC) {
        return (char *)text;
    }
    char *list = NULL;
    size_t size;
    FILE *out = open_memstream(&list, &size);
    fprintf(out, "MODEL is one of");
    for (const BenchModel *m = bench_models; m->name; m++) {
        fprintf(out, "\n  %-12s %s (batch %d)", m->name, m->about, m->batch);
    }
    fclose(out);
    return list;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"batch", 'b', "N", 0, "examples in a step (each model has its own default)", 0},
        {"steps", 'n', "N", 0, "steps to time, after two that are not (10)", 0},
        {"threads", 't', "N", 0, "threads (one per processor)", 0},
        {"profile", 'p', NULL, 0, "the time of every op", 0},
        {"products", 'g', NULL, 0, "the matrix products, and what BLIS (libblis4-openmp) takes for them alone", 0},
        {"memory", 'm', NULL, 0, "what the memory was used for at the peak", 0},
        {"line", 'l', NULL, 0, "print median ms, peak MiB and first loss only", 0},
        {"cpu", 'c', NULL, 0, "processor time in place of time: of one thread, on a machine that has other work", 0},
        {"save", 's', "FILE", 0, "write the initial weights (safetensors)", 0},
        {0},
    };
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = "MODEL",
                              .doc = "Times a training step, or an inference, of a fixed model.\v",
                              .help_filter = list_models};
    Options o = {.steps = 10};
    Error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    mm_set_threads(o.cpu ? 1 : o.threads);
    if (!run(&o, &err)) {
        fprintf(stderr, "bench: %s\n", err.text);
        return 1;
    }
    return 0;
}
