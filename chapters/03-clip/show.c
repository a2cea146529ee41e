/* show.c: the worked example as text and as JSON. */
#include "show.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { MOST_ROWS = 4, MOST_COLUMNS = 4 }; /* what is shown of a larger matrix */

/* ---- text ---- */

static void print_number(double x, double largest)
{
    printf(largest > 0 && largest < 1e-3 ? " %9.2e" : " %9.6f", x);
}

static void print_row(Matrix m, int row)
{
    double largest = matrix_largest(m);
    for (int c = 0; c < m.columns && c < MOST_COLUMNS; c++) {
        print_number(m.at[row * m.columns + c], largest);
    }
    if (m.columns > MOST_COLUMNS) {
        printf(" …");
    }
}

static void print_rows(const Report *r, const Quantity *q, bool beside)
{
    Matrix a = q->hand, b = q->tape;
    for (int i = 0; i < a.rows && i < MOST_ROWS; i++) {
        const char *name = a.rows == SHOW_PAIRS ? r->pair[i].name : "";
        printf("      %-4s", name);
        print_row(beside || !b.at ? a : b, i);
        if (beside) {
            printf("  | ");
            print_row(b, i);
        }
        printf("\n");
    }
    if (a.rows > MOST_ROWS) {
        printf("      … %d more rows\n", a.rows - MOST_ROWS);
    }
}

static void print_forward(const Report *r)
{
    for (const Quantity *q = r->quantity; q < r->quantity + r->forward; q++) {
        if (q->title) {
            printf("\n%s\n", q->title);
        }
        if (q->hand.rows * q->hand.columns == 1) {
            printf("   %s = %.6f   %s;  eˢ = %.6f\n", q->letter, q->tape.at[0], q->equation, exp(q->tape.at[0]));
        } else {
            printf("   %s (%d, %d) = %s\n", q->letter, q->hand.rows, q->hand.columns, q->equation);
            print_rows(r, q, false);
        }
    }
}

static void print_direction(const Report *r, char letter, Matrix p, double mean)
{
    for (int i = 0; i < p.rows; i++) {
        double x = p.at[i * p.columns + i];
        printf("   ");
        printf(letter == 'P' ? "the picture of the %s finds its text:  " : "the text of the %s finds its picture:  ",
               r->pair[i].name);
        printf("-ln %c[%d][%d] = -ln %.6f = %9.6f\n", letter, i, i, x, -log(x));
    }
    printf("   %-46s mean of the two = %9.6f\n", "", mean);
}

static void print_loss(const Report *r)
{
    const ByHand *h = &r->hand;
    printf("\n6. Loss: how surprising the right answers are\n");
    print_direction(r, 'P', h->P, h->image_to_text);
    print_direction(r, 'Q', h->Q, h->text_to_image);
    printf("   L = (%.6f + %.6f) / 2 = %.6f   (the tape: %.6f; guessing: ln %d = %.6f)\n", h->image_to_text, h->text_to_image,
           h->loss, r->loss, h->n, log(h->n));
}

static void print_backward(const Report *r)
{
    for (const Quantity *q = r->quantity + r->forward; q < r->quantity + r->n; q++) {
        if (q->title) {
            printf("\n%s: by hand | from the tape\n", q->title);
        }
        printf("   %s (%d, %d) = %s;  largest difference %.0e\n", q->letter, q->hand.rows, q->hand.columns, q->equation,
               matrix_difference(q->hand, q->tape));
        print_rows(r, q, true);
    }
}

static double gradient_square(const Report *r)
{
    double square = 0;
    for (int k = 0; k < SHOW_GROUPS; k++) {
        square += r->group[k].square;
    }
    return square;
}

static void print_step(const Report *r)
{
    double square = gradient_square(r), expected = -r->lr * square;
    printf("\n8. From the features on into the encoders: the length of the gradient of all parameters\n");
    for (int k = 0; k < SHOW_GROUPS; k++) {
        const Group *g = &r->group[k];
        printf("   %-36s %9zu numbers   |dL/dθ| = %.6f\n", g->name, g->numbers, sqrt(g->square));
    }
    printf("   %-36s %9s           |dL/dθ| = %.6f\n", "together", "", sqrt(square));
    printf("\n9. One step downhill: every parameter θ becomes θ - %g dL/dθ\n", r->lr);
    printf("   L before %.6f, after %.6f: %+.6f; a straight line would give -%g |dL/dθ|² = %+.6f\n", r->loss, r->loss_after,
           r->loss_after - r->loss, r->lr, expected);
    if (r->loss_after > r->loss) {
        printf("   It rose: the loss is too curved here for a step of this length; try a smaller --lr.\n");
    }
}

static void print_head(const Report *r)
{
    const ClipConfig *c = &r->config;
    printf("Two pairs. The loss is small when each picture is closer to its own text than to the other's,\n"
           "and each text closer to its own picture.\n\n");
    for (int i = 0; i < SHOW_PAIRS; i++) {
        printf("   %s   %s  \"%s\"   ids", r->pair[i].name, r->pair[i].caption, r->pair[i].gloss);
        for (int t = 0; t < r->length[i]; t++) {
            printf(" %d", r->ids[i * r->context + t]);
        }
        printf("\n");
    }
    printf("\nThe model: a %s for pictures of %d x %d, a Transformer of width %d for texts, %d numbers an embedding;\n",
           clip_encoder_name(c->image), c->size, c->size, c->text_width, c->embed);
    if (r->fresh) {
        printf("not trained: drawn from seed %llu.\n", r->seed);
    } else {
        printf("trained.\n");
    }
    printf("\nLetters, and in parentheses those of figure 3 of the CLIP paper\n"
           "   F_i (I_f), F_t (T_f)   features of the pictures, of the texts: a row for each\n"
           "   W_i, W_t               weights of the two projections\n"
           "   E_i, E_t               embeddings in the space that both share\n"
           "   I (I_e), T (T_e)       the same, each row of length 1\n"
           "   S, s (t), Z (logits)   cosines; logit_scale; cosines times eˢ\n"
           "   P, Q                   softmax of the rows and of the columns of Z\n");
}

void show_report(const Report *r)
{
    print_head(r);
    print_forward(r);
    print_loss(r);
    print_backward(r);
    print_step(r);
    printf("\nBy hand (double precision) and by the tape (single): %s.\n", r->agrees ? "the same to rounding" : "DIFFERENT");
}

/* ---- JSON ---- */

static json_t *matrix_json(Matrix m)
{
    json_t *rows = json_array();
    for (int i = 0; i < m.rows; i++) {
        json_t *row = json_array();
        for (int c = 0; c < m.columns; c++) {
            json_array_append_new(row, json_real(m.at[i * m.columns + c]));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *pairs_json(const Report *r)
{
    json_t *all = json_array();
    for (int i = 0; i < SHOW_PAIRS; i++) {
        const Pair *p = &r->pair[i];
        json_t *ids = json_array();
        for (int t = 0; t < r->length[i]; t++) {
            json_array_append_new(ids, json_integer(r->ids[i * r->context + t]));
        }
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:o}", "code", p->code, "picture", p->name, "caption",
                                             p->caption, "gloss", p->gloss, "ids", ids));
    }
    return all;
}

void show_json(const Report *r)
{
    json_t *letters = json_object(), *norms = json_object();
    for (const Quantity *q = r->quantity; q < r->quantity + r->n; q++) {
        json_t *j = json_pack("{s:s, s:o}", "equation", q->equation, "by hand", matrix_json(q->hand));
        if (q->tape.at) {
            json_object_set_new(j, "tape", matrix_json(q->tape));
        }
        json_object_set_new(letters, q->letter, j);
    }
    for (int k = 0; k < SHOW_GROUPS; k++) {
        json_object_set_new(norms, r->group[k].name, json_real(sqrt(r->group[k].square)));
    }
    json_t *j = json_pack("{s:o, s:o, s:{s:f, s:f, s:f, s:f}, s:o, s:{s:f, s:f}, s:b}", "pairs", pairs_json(r), "letters",
                          letters, "loss", "image to text", r->hand.image_to_text, "text to image", r->hand.text_to_image,
                          "by hand", r->hand.loss, "tape", r->loss, "gradient norms", norms, "step", "lr", r->lr, "loss",
                          r->loss_after, "agrees", r->agrees);
    json_dumpf(j, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(j);
}
