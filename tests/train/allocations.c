/* allocations.c: from the third step on, training asks the system for no memory. The linker sends every call of these functions
 * that the program and the library make through here (--wrap). */
#include "small_clip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

static int calls;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
int __real_posix_memalign(void **p, size_t align, size_t n);
void *__real_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
int __wrap_posix_memalign(void **p, size_t align, size_t n);
void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);

void *__wrap_malloc(size_t n)
{
    calls++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    calls++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    calls++;
    return __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
    calls++;
    return __real_aligned_alloc(align, n);
}

int __wrap_posix_memalign(void **p, size_t align, size_t n)
{
    calls++;
    return __real_posix_memalign(p, align, n);
}

void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    calls++;
    return __real_mmap(at, n, protection, flags, fd, offset);
}

/* Calls in each of ten steps; the first must have some, or nothing is being counted. */
static void train(ImageEncoder image, const OptimizerKind *kind, bool checkpointing, bool keep, int threads)
{
    mm_set_threads(threads);
    SmallClip s = small_clip_new(image, kind, 10);
    mm_graph_checkpoint(s.graph, checkpointing);
    mm_graph_keep_gradients(s.graph, keep);
    for (int step = 1; step <= 10; step++) {
        int before = calls;
        small_clip_step(&s);
        if (step == 1) {
            assert_true(calls > before);
        } else if (step >= 3 && calls != before) {
            fail_msg("step %d: memory was asked for %d times", step, calls - before);
        }
    }
    small_clip_free(&s);
    mm_set_threads(0);
}

static void steps_ask_for_no_memory(void **state)
{
    (void)state;
    static const OptimizerKind *const kinds[] = {&mm_sgd, &mm_sgd_momentum, &mm_adamw, &mm_adamw_hf, &mm_lamb};
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < 8; k++) {
            train(k & 1 ? CLIP_VIT : CLIP_RESNET, kinds[i], k & 2, k & 4, 1 + i % 2);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_ask_for_no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
