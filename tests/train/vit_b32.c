/* vit_b32.c: what it takes to embed eight pictures with ViT-B/32, the image encoder of OpenAI's first CLIP, of random weights:
 * parameters, and a small multiple of the largest tensor. */
#include "mm/nn.h"
#include "mm/train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { BATCH = 8, TOKENS = 50, WIDTH = 768 };

static void inference(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Vit v = mm_vit_init(ps, "visual",
                        (VitConfig){.size = 224, .patch = 32, .width = WIDTH, .layers = 12, .heads = 12, .embed = 512});
    size_t parameters = mm_params_numel(ps) * sizeof(real), largest = BATCH * TOKENS * 4 * WIDTH * sizeof(real);
    Graph *g = mm_graph_inference(1);
    size_t before = mm_peak_memory();
    Tensor *y = mm_vit_forward(g, &v, mm_input(g, MM_SHAPE(BATCH, 3, 224, 224), NULL));
    assert_int_equal(y->shape.d[1], 512);
    MemoryUse m = mm_memory_use(ps, NULL, g);
    size_t more = mm_peak_memory() - before, held = mm_graph_bytes(g);
    print_message("parameters %zu MiB; largest tensor of a layer %.1f MiB; the graph used %.1f and held %.1f of them; the "
                  "process grew by %.1f\n",
                  parameters >> 20, (double)largest / (1 << 20), (double)(held - m.spare) / (double)largest,
                  (double)held / (double)largest, (double)more / (double)largest);
    mm_memory_print(&m, stdout);
    assert_true(held - m.spare < 8 * largest);
    assert_true(more < 16 * largest);
    assert_true(before < parameters + parameters / 4); /* gradients, never written to, are not there */
    mm_graph_free(g);
    mm_params_free(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(inference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
