/* memory.c: the report accounts for every byte that the graph took, and what inference needs is small. */
#include "small_clip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t of_graph(const MemoryUse *m)
{
    size_t all = 0;
    for (int k = 0; k < MM_MEMORY_KINDS; k++) {
        all += m->graph[k];
    }
    return all;
}

static MemoryUse use_of(ImageEncoder image, bool checkpointing, bool keep)
{
    SmallClip s = small_clip_new(image, &mm_adamw, 2);
    mm_graph_checkpoint(s.graph, checkpointing);
    mm_graph_keep_gradients(s.graph, keep);
    small_clip_step(&s);
    small_clip_step(&s);
    MemoryUse m = mm_memory_use(s.state.params, s.state.opt, s.graph);
    size_t numbers = mm_params_numel(s.state.params) * sizeof(real);
    assert_int_equal(m.gradients, numbers);
    assert_int_equal(m.optimizer, 2 * numbers);
    assert_true(m.parameters >= numbers && m.parameters < numbers + numbers / 10 + 4096);
    assert_int_equal(of_graph(&m) + m.spare, mm_graph_bytes(s.graph));
    assert_int_equal(m.graph[MM_INPUTS] / sizeof(real) / (16 * 3 * 32 * 32), 1);
    small_clip_free(&s);
    return m;
}

static void a_step(void **state)
{
    (void)state;
    for (ImageEncoder image = CLIP_RESNET; image <= CLIP_VIT; image++) {
        MemoryUse whole = use_of(image, false, true), less = use_of(image, true, true), lean = use_of(image, false, false);
        assert_true(whole.graph[MM_VALUES] > 0 && whole.graph[MM_GRADIENTS] > whole.graph[MM_VALUES] / 2);
        size_t a = whole.graph[MM_VALUES] + whole.graph[MM_SAVED] + whole.graph[MM_GRADIENTS];
        size_t b = less.graph[MM_VALUES] + less.graph[MM_SAVED] + less.graph[MM_GRADIENTS];
        print_message("%s: activations, saved and their gradients %zu KiB, with checkpointing %zu KiB\n",
                      image == CLIP_VIT ? "ViT" : "ResNet", a >> 10, b >> 10);
        assert_true(b < a / 10 * 7);
        assert_int_equal(lean.graph[MM_VALUES], whole.graph[MM_VALUES]);
        assert_true(lean.graph[MM_GRADIENTS] < whole.graph[MM_GRADIENTS] / 4);
    }
}

/* The table shows every kind, and its numbers are those of the struct. */
static void the_table(void **state)
{
    (void)state;
    MemoryUse m = {.parameters = 1 << 20, .gradients = 2 << 20, .optimizer = 3 << 20, .spare = 10 << 20, .process = 100 << 20};
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    for (int k = 0; k < MM_MEMORY_KINDS; k++) {
        m.graph[k] = (size_t)(4 + k) << 20;
    }
    mm_memory_print(&m, out);
    fclose(out);
    static const char *const lines[] = {
        "  parameters                      1.00 MiB", "  gradients of parameters         2.00 MiB",
        "  optimiser                       3.00 MiB", "  inputs                          5.00 MiB",
        "  activations                     6.00 MiB", "  saved for backward              7.00 MiB",
        "  gradients of activations        8.00 MiB", "  scratch                         9.00 MiB",
        "  the record                      4.00 MiB", "  spare                          10.00 MiB",
        "  everything else                45.00 MiB", "  the whole process             100.00 MiB"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!strstr(text, lines[i])) {
            fail_msg("no line \"%s\" in\n%s", lines[i], text);
        }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_step), cmocka_unit_test(the_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
