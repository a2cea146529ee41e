/* train_report.c: what `clip train` prints. */
#include "train.h"

#include <jansson.h>
#include <stdio.h>

void train_describe(const Run *run)
{
    const Recipe *r = &run->recipe;
    printf("CLIP: %s + Transformer, %zu parameters, %d tokens in the vocabulary\n", clip_encoder_name(r->model.image),
           mm_params_numel(run->params), r->model.vocab);
    printf("%d pictures of six styles, each with an English and a Chinese caption; \"%s\" is held out for the test\n",
           run->plan.items, test_style);
    printf("%lld steps of %d pairs (%.3g epochs), seed %llu, %d threads\n", (long long)run->steps, r->batch, r->epochs,
           (unsigned long long)run->plan.seed, mm_threads());
    fflush(stdout);
}

void train_print_spent(const Run *run, int64_t steps)
{
    printf("%lld steps in %.0f s, peak memory %zu MiB\n", (long long)steps, run->seconds, mm_peak_memory() >> 20);
    if (run->options->memory) {
        MemoryUse use = mm_memory_use(run->params, run->state.opt, run->graph);
        mm_memory_print(&use, stdout);
    }
}

void train_print_result(const Run *run, const Retrieval *r)
{
    const char *out = run->options->common.out;
    if (run->options->unseen) {
        printf("of the %d concepts never trained on:\n", run->source.test.n);
    }
    for (int l = 0; l < LANGUAGES; l++) {
        printf("held-out style, %-8s image to text R@1 %.3f R@10 %.3f   text to image R@1 %.3f R@10 %.3f\n", language_name[l],
               r->to_text[l].at1, r->to_text[l].at10, r->to_image[l].at1, r->to_image[l].at10);
    }
    printf("model: %s   curves: %s/loss.svg, %s/recall.svg   numbers: %s/log.tsv\n", run->model_path, out, out, out);
}

void train_print_json(const Run *run, const Retrieval *r)
{
    json_t *j = json_pack("{s:s, s:I, s:f, s:I, s:i}", "model", run->model_path, "steps", (json_int_t)run->steps, "seconds",
                          run->seconds, "peak bytes", (json_int_t)mm_peak_memory(), "threads", mm_threads());
    for (int l = 0; l < LANGUAGES; l++) {
        json_object_set_new(j, language_name[l], retrieval_json(r, l));
    }
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}
