/* train_report.c: what `clip train` prints. */
#include "train.h"

#include <jansson.h>
#include <stdio.h>

static void describe_own(const Run *run)
{
    const Source *s = &run->source;
    const CaptionSet *sets[] = {&s->set[EN], &s->set[ZH], &s->own_test};
    const char *const path[] = {run->options->own.captions.path, run->options->own.chinese.path, run->options->own.test.path};
    char skipped[MM_SKIPS_TEXT];
    printf("%d pictures of %s%s; %d more are kept for the test\n", s->items, path[0],
           s->languages > 1 ? ", each with English and Chinese captions" : "", s->tests);
    for (int i = 0; i < 3; i++) {
        if (*mm_captions_skipped(sets[i], skipped)) {
            printf("skipped in %s: %s\n", path[i], skipped);
        }
    }
}

void train_describe(const Run *run)
{
    const Recipe *r = &run->recipe;
    printf("CLIP: %s + Transformer, %zu parameters, %d tokens in the vocabulary\n", clip_encoder_name(r->model.image),
           run->numbers, r->model.vocab);
    if (run->options->from) {
        printf("begins as %s; %zu parameters are learned\n", run->options->from, mm_params_numel(run->params));
    }
    if (run->options->own.captions.path) {
        describe_own(run);
    } else {
        printf("%d pictures of %s styles, each with an English and a Chinese caption; \"%s\" is held out for the test\n",
               run->source.items, run->options->more.styles ? "eight" : "six", mm_test_style);
    }
    printf("%lld steps of %d pairs (%.3g epochs), seed %llu, %d threads\n", (long long)run->steps, r->batch, r->epochs,
           (unsigned long long)run->plan.seed, mm_threads());
    if (run->ranks) {
        printf("%d ranks, each with %d of the pairs; the loss of %s rows%s\n", run->ranks->n,
               mm_ranks_part(run->ranks, r->batch).n, run->options->local_rows ? "local" : "global",
               r->model.image == CLIP_VIT ? "" : "; BatchNorm sees only the rows of its rank");
    }
    fflush(stdout);
}

void train_print_spent(const Run *run, int64_t steps)
{
    printf("%lld steps in %.0f s, peak memory %zu MiB\n", (long long)steps, run->trainer.seconds, mm_peak_memory() >> 20);
    if (run->ranks) {
        const GradientMeanSpent *s = mm_gradient_mean_spent(run->step.mean);
        printf(
            "gradients: %d buckets, %.2f MiB a step; %.0f %% sent while backward ran, %.0f %% also there before it ended; waited "
            "%.2f ms a step\n",
            s->buckets, s->bytes / s->steps / (1 << 20), 100 * s->early / s->bytes, 100 * s->hidden / s->bytes,
            1000 * s->waited / s->steps);
    }
    if (run->options->memory) {
        MemoryUse use = mm_memory_use(run->params, run->state.opt, run->graph);
        mm_memory_print(&use, stdout);
    }
    if (run->profile && steps > 0) {
        mm_profile_print(run->profile, steps, stdout);
    }
}

static void print_recall(const char *what, const Recall *to_text, const Recall *to_image)
{
    printf("%-24s image to text R@1 %.3f R@10 %.3f   text to image R@1 %.3f R@10 %.3f\n", what, to_text->at1, to_text->at10,
           to_image->at1, to_image->at10);
}

static void print_own_result(const Run *run, const Retrieval *r)
{
    const Measure *m = &run->measure;
    int unreadable = source_unreadable(&run->source);
    if (unreadable + m->unreadable > 0) {
        printf("could not be read and was skipped: %d picture%s of the training, %d of the test%s%.300s\n", unreadable,
               unreadable == 1 ? "" : "s", m->unreadable, unreadable ? "; one of them: " : "",
               run->source.first_unreadable->text);
    }
    if (m->n == 0) {
        printf("no picture was kept for a test (--captions-test FILE names some)\n");
    }
    for (int l = 0; l < m->languages && m->n > 0; l++) {
        Recall to_text = mm_recall_chance(m->n, m->texts[l], m->label, m->text_label[l]);
        Recall to_image = mm_recall_chance(m->texts[l], m->n, m->text_label[l], m->label);
        printf("%d pictures kept for the test, %d captions%s%s:\n", m->n, m->texts[l], m->languages > 1 ? " in " : "",
               m->languages > 1 ? language_name[l] : "");
        print_recall("  model", &r->to_text[l], &r->to_image[l]);
        print_recall("  chance", &to_text, &to_image);
    }
}

void train_print_result(const Run *run, const Retrieval *r)
{
    const char *out = run->options->common.out;
    if (run->options->own.captions.path) {
        print_own_result(run, r);
    } else {
        if (run->options->unseen) {
            printf("of the %d concepts never trained on:\n", run->measure.n);
        }
        for (int l = 0; l < LANGUAGES; l++) {
            char what[64];
            snprintf(what, sizeof what, "held-out style, %s", language_name[l]);
            print_recall(what, &r->to_text[l], &r->to_image[l]);
        }
    }
    printf("model: %s   curves: %s/loss.svg", run->model_path, out);
    if (run->options->evaluations) {
        printf(", %s/recall.svg", out);
    }
    printf("   numbers: %s/log.tsv\n", out);
}

void train_print_json(const Run *run, const Retrieval *r)
{
    json_t *j = json_pack("{s:s, s:I, s:f, s:I, s:i}", "model", run->model_path, "steps", (json_int_t)run->steps, "seconds",
                          run->trainer.seconds, "peak bytes", (json_int_t)mm_peak_memory(), "threads", mm_threads());
    for (int l = 0; l < run->measure.languages; l++) {
        json_object_set_new(j, language_name[l], retrieval_json(r, l));
    }
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}
