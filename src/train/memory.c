/* memory.c: what the memory of a run is used for. */
#include "mm/train.h"

#include <sys/resource.h>

size_t mm_peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

static size_t optimizer_bytes(const Params *ps, const Optimizer *opt)
{
    const OptimizerKind *kind = mm_optimizer_kind(opt);
    size_t arrays = 0;
    while (arrays < MM_MAX_STATES && kind->state[arrays]) {
        arrays++;
    }
    return arrays * mm_params_numel(ps) * sizeof(real);
}

MemoryUse mm_memory_use(const Params *ps, const Optimizer *opt, const Graph *g)
{
    MemoryUse m = {.gradients = opt ? mm_params_numel(ps) * sizeof(real) : 0, .process = mm_peak_memory()};
    for (int i = 0; i < mm_params_count(ps); i++) {
        m.parameters += mm_params_at(ps, i)->n * sizeof(real);
    }
    m.optimizer = opt ? optimizer_bytes(ps, opt) : 0;
    size_t used = 0;
    for (int k = 0; k < MM_MEMORY_KINDS; k++) {
        used += m.graph[k] = mm_graph_memory(g)->peak[k];
    }
    m.spare = mm_graph_bytes(g) - used;
    return m;
}

static void line(FILE *out, const char *what, size_t bytes, const char *why)
{
    fprintf(out, "  %-26s %9.2f MiB   %s\n", what, (double)bytes / (1 << 20), why);
}

void mm_memory_print(const MemoryUse *m, FILE *out)
{
    static const struct {
        const char *what, *why;
    } kinds[MM_MEMORY_KINDS] = {
        [MM_INPUTS] = {"inputs", "pictures of the batch, constants"},
        [MM_VALUES] = {"activations", "the result of every op"},
        [MM_SAVED] = {"saved for backward", "what forward keeps beside its result: probabilities, means"},
        [MM_GRADIENTS] = {"gradients of activations", ""},
        [MM_SCRATCH] = {"scratch", "of the op that ran at this moment"},
        [MM_REST] = {"the record", "names, options, token ids, targets"},
    };
    static const MemoryKind order[] = {MM_INPUTS, MM_VALUES, MM_SAVED, MM_GRADIENTS, MM_SCRATCH, MM_REST};
    size_t counted = m->parameters + m->gradients + m->optimizer + m->spare;
    fprintf(out, "memory at the peak\n");
    line(out, "parameters", m->parameters, "with running statistics");
    line(out, "gradients of parameters", m->gradients, "");
    line(out, "optimiser", m->optimizer, "its moments");
    for (int i = 0; i < MM_MEMORY_KINDS; i++) {
        line(out, kinds[order[i]].what, m->graph[order[i]], kinds[order[i]].why);
        counted += m->graph[order[i]];
    }
    line(out, "spare", m->spare, "held by the graph: ends of chunks, and what another step needed");
    line(out, "everything else", m->process > counted ? m->process - counted : 0, "data sets, program, libraries, stacks");
    line(out, "the whole process", m->process, "");
}
