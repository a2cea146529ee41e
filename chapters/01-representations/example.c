/* example.c: `representations example`: three pictures, three names, two dimensions; every loss by hand and by the tape. */
#include "byhand.h"
#include "commands.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const name[PAIRS] = {"cat", "dog", "apple"};
static Points image = {{0.9, 0.3}, {0.7, 0.6}, {0.2, 0.9}}, text = {{0.8, 0.5}, {0.5, 0.7}, {0.3, 0.5}};
static const double scale = 1 / 0.07, margin = 0.2, devise_margin = 0.1, ridge = 0.001, radius = 0.1;

/* A loss, computed twice. */
typedef struct Line {
    const char *method, *formula;
    double hand, tape;
} Line;

enum { LINES = 6 };

typedef struct Example {
    Table s, energy, distance, ds_sum, ds_max, tape_sum, tape_max;
    Points image_lifted, text_lifted;
    double aperture[PAIRS], angle[PAIRS];
    Line line[LINES];
    double worst; /* difference of hand and tape */
} Example;

/* ---- by the tape ---- */

static Tensor *points(Graph *g, Points x)
{
    Tensor *t = mm_input(g, MM_SHAPE(PAIRS, DIMS), NULL);
    for (int i = 0; i < PAIRS * DIMS; i++) {
        t->data[i] = (real)x[i / DIMS][i % DIMS];
    }
    return t;
}

/* The loss of a table of cosines, a parameter, so that its gradient is kept. */
static double tape_ranking(Table s, bool hardest, Table ds)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *scores = mm_param(ps, "S", MM_SHAPE(PAIRS, PAIRS), (Init){MM_ZERO, 0});
    for (int i = 0; i < PAIRS * PAIRS; i++) {
        scores->data[i] = (real)s[i / PAIRS][i % PAIRS];
    }
    Tensor *loss = mm_ranking_loss(g, scores, (real)margin, hardest);
    mm_backward(g, loss);
    for (int i = 0; i < PAIRS * PAIRS; i++) {
        ds[i / PAIRS][i % PAIRS] = (double)scores->grad[i];
    }
    double value = (double)loss->data[0];
    mm_graph_free(g);
    mm_params_free(ps);
    return value;
}

static void fill_tape(Example *e)
{
    const int own[PAIRS] = {0, 1, 2};
    Graph *g = mm_graph_new(1);
    Tensor *i = points(g, image), *t = points(g, text), *s = cosines(g, i, t), *one = mm_input(g, MM_SCALAR, (real[]){1});
    Tensor *x = mm_lorentz_exp0(g, i, one), *y = mm_lorentz_exp0(g, t, one);
    e->line[0].tape = tape_ranking(e->s, false, e->tape_sum);
    e->line[1].tape = tape_ranking(e->s, true, e->tape_max);
    e->line[2].tape = (double)*mm_devise_loss(g, s, own, (real)devise_margin)->data;
    e->line[3].tape = (double)*contrast(g, mm_affine(g, s, (real)scale, 0))->data;
    e->line[4].tape = (double)*mm_dcca(g, i, t, (real)ridge)->data;
    e->line[5].tape = (double)*mm_entailment_loss(g, y, x, one, (real)radius)->data;
    mm_graph_free(g);
}

/* ---- by hand ---- */

static Example compute(void)
{
    Example e = {.line = {{"VSE, sum", "sum of all violations"},
                          {"VSE++, max", "the worst violation of each row and column"},
                          {"DeViSE", "violations of the rows, margin 0.1, mean"},
                          {"contrastive", "-ln softmax of S / 0.07, both ways, mean"},
                          {"DCCA", "minus the sum of the correlations"},
                          {"MERU, entailment", "max(0, angle - aperture), mean"}}};
    hand_cosines(image, text, e.s);
    e.line[0].hand = hand_ranking(e.s, margin, 0, e.ds_sum);
    e.line[1].hand = hand_ranking(e.s, margin, 1, e.ds_max);
    e.line[2].hand = hand_devise(e.s, devise_margin);
    e.line[3].hand = hand_contrastive(e.s, scale);
    e.line[4].hand = hand_dcca(image, text, ridge);
    hand_order(image, text, e.energy);
    hand_lift(image, e.image_lifted);
    hand_lift(text, e.text_lifted);
    hand_distance(e.image_lifted, e.text_lifted, e.distance);
    for (int i = 0; i < PAIRS; i++) {
        e.aperture[i] = hand_half_aperture(e.text_lifted[i], radius);
        e.angle[i] = hand_exterior_angle(e.text_lifted[i], e.image_lifted[i]);
        e.line[5].hand += fmax(0, e.angle[i] - e.aperture[i]) / PAIRS;
    }
    fill_tape(&e);
    for (int k = 0; k < LINES; k++) {
        e.worst = fmax(e.worst, fabs(e.line[k].hand - e.line[k].tape));
    }
    for (int k = 0; k < PAIRS * PAIRS; k++) {
        e.worst = fmax(e.worst, fabs(e.ds_sum[k / PAIRS][k % PAIRS] - e.tape_sum[k / PAIRS][k % PAIRS]));
        e.worst = fmax(e.worst, fabs(e.ds_max[k / PAIRS][k % PAIRS] - e.tape_max[k / PAIRS][k % PAIRS]));
    }
    return e;
}

/* ---- what is printed ---- */

static void print_table(const char *title, Table t, const char *format)
{
    printf("%s\n", title);
    for (int i = 0; i < PAIRS; i++) {
        printf("   %-6s", name[i]);
        for (int j = 0; j < PAIRS; j++) {
            printf(format, t[i][j]);
        }
        printf("\n");
    }
}

static void print_text(Example *e)
{
    printf("Three pictures and their names in two dimensions\n");
    for (int i = 0; i < PAIRS; i++) {
        printf("   %-6s picture (%.1f, %.1f)   name (%.1f, %.1f)\n", name[i], image[i][0], image[i][1], text[i][0], text[i][1]);
    }
    print_table("\n1. S = cosines: rows are pictures, columns names", e->s, " %8.4f");
    print_table("\n2. VSE: dL/dS of the sum: how many violations a cosine is part of, the right ones with a minus", e->ds_sum,
                " %4.0f");
    print_table("   VSE++: of the worst alone", e->ds_max, " %4.0f");
    print_table("\n3. Order embeddings: |max(0, name - picture)|², 0 where the name lies above the picture", e->energy, " %8.4f");
    print_table("\n4. Hyperbolic distances of pictures and names, curvature -1", e->distance, " %8.4f");
    printf(
        "\n5. MERU: does the cone of the name hold its picture? Half its opening, and the angle at which the picture is seen\n");
    for (int i = 0; i < PAIRS; i++) {
        printf("   %-6s opening %.4f   angle %.4f   %s\n", name[i], e->aperture[i], e->angle[i],
               e->angle[i] <= e->aperture[i] ? "inside" : "outside");
    }
    printf("\n6. The losses%43s by hand     tape\n", "");
    for (int k = 0; k < LINES; k++) {
        printf("   %-18s %-43s %8.5f %8.5f\n", e->line[k].method, e->line[k].formula, e->line[k].hand, e->line[k].tape);
    }
    printf("\nBy hand (double precision) and by the tape (single), gradients included: %s.\n",
           e->worst < 1e-4 ? "the same to rounding" : "DIFFERENT");
}

static json_t *table_json(Table t)
{
    json_t *rows = json_array();
    for (int i = 0; i < PAIRS; i++) {
        json_array_append_new(rows, json_pack("[f, f, f]", t[i][0], t[i][1], t[i][2]));
    }
    return rows;
}

static void print_json(Example *e)
{
    json_t *losses = json_object();
    for (int k = 0; k < LINES; k++) {
        json_object_set_new(losses, e->line[k].method,
                            json_pack("{s:f, s:f}", "by hand", e->line[k].hand, "tape", e->line[k].tape));
    }
    json_t *j = json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "cosines", table_json(e->s), "dL/dS sum", table_json(e->ds_sum),
                          "dL/dS max", table_json(e->ds_max), "hyperbolic distances", table_json(e->distance), "losses", losses,
                          "agrees", e->worst < 1e-4);
    json_dumpf(j, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(j);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

int command_example(int argc, char **argv)
{
    const struct argp argp = {
        .parser = parse,
        .children = mm_common_options,
        .doc = "Three pairs in two dimensions: every loss of the chapter, by the formulas and by the tape."};
    Common c = common_defaults();
    mm_program_parse(&argp, argc, argv, &c, &c);
    Example e = compute();
    (c.json ? print_json : print_text)(&e);
    return e.worst < 1e-4 ? 0 : 1;
}
