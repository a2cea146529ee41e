/* mix.c: `clip mix`: a model between two. Fine-tuning gains on the new pictures and loses elsewhere; on the straight line between the
 * weights before and after, there often are models that have most of both (WiSE-FT, Wortsman et al. 2022). */
#include "program.h"

#include <stdio.h>
#include <string.h>

typedef struct MixOptions {
    Common common;
    double alpha;
    const char *folder[3]; /* before, after, the mixture */
    int folders;
} MixOptions;

static bool same_tokens(const Tokenizer *a, const Tokenizer *b)
{
    bool same = mm_vocab_size(a) == mm_vocab_size(b);
    for (int i = 0; same && i < mm_vocab_size(a); i++) {
        same = strcmp(mm_token_text(a, i), mm_token_text(b, i)) == 0;
    }
    return same;
}

static bool same_architecture(const MixOptions *o, const ClipModel *a, const ClipModel *b, Error *err)
{
    int n = mm_params_count(a->params);
    for (int i = 0; i < n; i++) {
        const Tensor *p = mm_params_at(a->params, i), *q = mm_params_find(b->params, p->name);
        char have[MM_SHAPE_TEXT], other[MM_SHAPE_TEXT];
        if (!q) {
            return mm_error(err, "%s and %s are different architectures: only the first has %s", o->folder[0], o->folder[1],
                            p->name);
        }
        if (!mm_shape_equal(p->shape, q->shape)) {
            return mm_error(err, "%s and %s are different architectures: %s is %s and %s", o->folder[0], o->folder[1], p->name,
                            mm_shape_text(p->shape, have), mm_shape_text(q->shape, other));
        }
    }
    if (mm_params_count(b->params) != n) {
        return mm_error(err, "%s and %s are different architectures: the second has %d tensors more", o->folder[0], o->folder[1],
                        mm_params_count(b->params) - n);
    }
    return same_tokens(a->tokenizer, b->tokenizer) ||
           mm_error(err, "%s and %s have different tokens: what one calls a word is another to the other", o->folder[0],
                    o->folder[1]);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    MixOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'a': o->alpha = mm_option_real(state, "--alpha", arg, -10, 10); break;
    case ARGP_KEY_ARG:
        if (o->folders == 3) {
            argp_error(state, "three folders are taken, not also \"%s\"", arg);
        }
        o->folder[o->folders++] = arg;
        break;
    case ARGP_KEY_END:
        if (o->folders < 3) {
            argp_error(state, "three folders are needed: the model before, the model after, and where to write");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_mix(int argc, char **argv)
{
    MixOptions o = {.common = program_defaults(), .alpha = 0.5};
    const struct argp_option options[] = {{"alpha", 'a', "A", 0, "how far to go from BEFORE (0) to AFTER (1); (0.5)", 0}, {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = "BEFORE AFTER OUT",
                              .children = mm_common_options,
                              .doc = "Mixes the weights of two models of one architecture: (1 - A) BEFORE + A AFTER."};
    Error err;
    ClipModel a = {0}, b = {0};
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = clip_folder_load(o.folder[0], &a, &err) && clip_folder_load(o.folder[1], &b, &err) &&
              same_architecture(&o, &a, &b, &err);
    if (ok) {
        mm_params_mix(a.params, b.params, o.alpha);
        ok = clip_folder_save(&a.clip, a.params, a.tokenizer, o.folder[2], &err);
    }
    if (ok && !o.common.json) {
        printf("%s: %g x %s + %g x %s\n", o.folder[2], 1 - o.alpha, o.folder[0], o.alpha, o.folder[1]);
    }
    clip_model_free(&a);
    clip_model_free(&b);
    return ok ? 0 : mm_program_error(&err);
}
