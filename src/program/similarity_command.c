/* similarity_command.c: `similarity`: how well each of some sentences fits a picture. */
#include "io/memory.h"
#include "mm/encoders.h"

#include <jansson.h>
#include <math.h>

enum { BAR = 20 };

typedef struct SimilarityOptions {
    const EncodersProgram *program;
    Common common;
    const char *image;
    const char **text;
    int n;
} SimilarityOptions;

typedef struct Fit {
    double cosine, logit, probability;
} Fit;

/* Probabilities are those that training works with: the softmax of the scaled cosines of the sentences given. */
static void fill_probabilities(Fit *fit, int n, double scale)
{
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < n; i++) {
        fit[i].logit = scale * fit[i].cosine;
        most = fmax(most, fit[i].logit);
    }
    for (int i = 0; i < n; i++) {
        sum += fit[i].probability = exp(fit[i].logit - most);
    }
    for (int i = 0; i < n; i++) {
        fit[i].probability /= sum;
    }
}

static bool measure(const SimilarityOptions *o, const Encoders *e, Fit *fit, Error *err)
{
    Picture picture;
    if (!mm_picture_load(o->image, &picture, err)) {
        return false;
    }
    real *text = mm_text_embeddings(e, o->text, o->n, err);
    if (text) {
        real *image = mm_picture_embeddings(e, &picture, 1), *cosine = mm_cosines(image, 1, text, o->n, e->embed);
        for (int i = 0; i < o->n; i++) {
            fit[i].cosine = (double)cosine[i];
        }
        fill_probabilities(fit, o->n, e->factor);
        free(cosine);
        free(image);
    }
    mm_picture_free(&picture);
    free(text);
    return text != NULL;
}

static int best_of(const Fit *fit, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++) {
        best = fit[i].cosine > fit[best].cosine ? i : best;
    }
    return best;
}

static void print_table(const SimilarityOptions *o, const Fit *fit, double scale)
{
    int best = best_of(fit, o->n);
    printf("%s; probability: softmax of %.2f cosine over the texts\n\n", o->image, scale);
    printf("   cosine  probability\n");
    for (int i = 0; i < o->n; i++) {
        printf("%s %7.4f      %7.4f  ", i == best ? " *" : "  ", fit[i].cosine, fit[i].probability);
        for (int k = 0; k < BAR; k++) {
            fputs(k < (int)(fit[i].probability * BAR + 0.5) ? "█" : "·", stdout);
        }
        printf("  %s\n", o->text[i]);
    }
}

static void print_json(const SimilarityOptions *o, const Fit *fit, double scale)
{
    json_t *all = json_array();
    for (int i = 0; i < o->n; i++) {
        json_array_append_new(all, json_pack("{s:s, s:f, s:f, s:f}", "text", o->text[i], "cosine", fit[i].cosine, "logit",
                                             fit[i].logit, "probability", fit[i].probability));
    }
    json_t *j = json_pack("{s:f, s:i, s:o}", "scale", scale, "best", best_of(fit, o->n), "texts", all);
    json_object_set_new(j, "image", json_string(o->image)); /* left out when the name is not UTF-8 */
    json_dumpf(j, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(j);
}

static bool run(const SimilarityOptions *o, Error *err)
{
    Encoders e = {0};
    Fit *fit = mm_take((size_t)o->n, sizeof *fit);
    bool ok = mm_check_texts(o->text, o->n, err) && o->program->load(&o->common, o->program->input, &e, err) &&
              measure(o, &e, fit, err);
    if (ok) {
        (o->common.json ? print_json : print_table)(o, fit, e.factor);
    }
    o->program->free(&e);
    free(fit);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    SimilarityOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        state->child_inputs[1] = o->program->input;
        break;
    case 'z': o->common.size = (int)mm_option_number(state, "--size", arg, 1, 4096); break;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0) {
            o->image = arg;
        } else {
            o->text[o->n++] = arg;
        }
        break;
    case ARGP_KEY_END:
        if (o->n == 0) {
            argp_error(state, "name a picture and at least one text");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int mm_similarity_command(const EncodersProgram *program, int argc, char **argv)
{
    SimilarityOptions o = {.program = program, .common = program->defaults(), .text = mm_take((size_t)argc, sizeof *o.text)};
    const struct argp_child children[] = {mm_common_options[0], {program->options, 0, NULL, 0}, {0}};
    const struct argp_option options[] = {{"size", 'z', "N", 0, "pictures of N pixels instead of the model's own size", 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = children,
        .args_doc = "IMAGE TEXT...",
        .doc = "Compares a picture (PNG, JPEG, GIF, BMP) with texts, each an argument of its own: the cosine of each, and the "
               "probability that the model gives it among them. * marks the best."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = run(&o, &err);
    free(o.text);
    return ok ? 0 : mm_program_error(&err);
}
