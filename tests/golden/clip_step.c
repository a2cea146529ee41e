/* clip_step.c: a whole step of a tiny CLIP, forward and backward, against the numbers that OpenAI's own model.py gives. */
#include "../../chapters/03-clip/model.h"
#include "case.h"
#include "mm/train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tiny_clip.h"

/* [clip_logits] [clip_loss] [clip_logit_scale] Printed in double by openai/CLIP, its weights filled as in fill.h from 12345. Embeddings and logits to 10 decimals. */
static const double image_embedding[] = {-1.7306303340, -1.5906539486, -1.9431765960, 0.1343607252,  1.3820914074,  1.2133894127,
                                         -1.1195224907, 0.2662453943,  -0.9330938914, -0.0072305554, -1.6598622835, 0.9259707225,
                                         2.2794944794,  0.0377523144,  -0.0966834346, 1.2825512705};
static const double text_embedding[] = {-0.0979006087, 0.5485863790,  0.3689342147,  -0.3244772367, 1.1904949695,  -1.0845175801,
                                        -0.8613396292, 0.4160008600,  0.5325393913,  1.3310256118,  -1.4284975224, -1.2905527298,
                                        2.3220007836,  -1.4177830229, -1.5179908304, 0.6843662259};
static const double image_logits[] = {-0.1120750702, 2.8036695647, 5.1888982030, 7.3698141945};
static const double loss_of_step = 2.0979469169861513, dlogit_scale = 1.943074448689244, grad_norm = 65.03669625830787;

typedef struct Step {
    Params *ps;
    Graph *g;
    Clip clip;
    Tensor *image, *text, *logits, *loss;
} Step;

static Step run_step(void)
{
    static const int ids[2][6] = {{30, 3, 7, 31, 0, 0}, {30, 9, 31, 0, 0, 0}}, length[2] = {4, 3};
    Step s = {.ps = mm_params_new(1), .g = mm_graph_new(1)};
    Lcg lcg = {12345};
    s.clip = clip_init(s.ps, tiny_clip);
    lcg_fill_params(&lcg, s.ps, 0.6);
    Tensor *pixels = mm_input(s.g, MM_SHAPE(2, 3, 8, 8), NULL);
    lcg_fill(&lcg, pixels->data, pixels->n, 4);
    s.image = clip_encode_image(s.g, &s.clip, pixels);
    s.text = clip_encode_text(s.g, &s.clip, *ids, length, 2, 6);
    s.logits = clip_logits(s.g, &s.clip, s.image, s.text);
    s.loss = clip_loss(s.g, s.logits, 0);
    mm_backward(s.g, s.loss);
    return s;
}

static void end_step(Step *s)
{
    mm_graph_free(s->g);
    mm_params_free(s->ps);
}

static void as_openai(void **state)
{
    (void)state;
    Step s = run_step();
    golden_decimals("CLIP encode_image", s.image->data, image_embedding, 16, 10);
    golden_decimals("CLIP encode_text", s.text->data, text_embedding, 16, 10);
    golden_decimals("CLIP logits_per_image", s.logits->data, image_logits, 4, 10);
    golden_number("CLIP loss", (double)*s.loss->data, loss_of_step, 1e-12);
    golden_number("CLIP dL/dlogit_scale", (double)*s.clip.logit_scale->grad, dlogit_scale, 1e-12);
    golden_number("CLIP norm of all gradients", (double)mm_clip_grad_norm(s.ps, 0), grad_norm, 1e-12);
    end_step(&s);
}

static void every_gradient(void **state)
{
    (void)state;
    Step s = run_step();
    Golden golden = golden_open("clip.json", "step");
    compare_gradients(golden, s.ps);
    golden_close(golden);
    end_step(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_openai), cmocka_unit_test(every_gradient)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
