/* calls.h: a graph and parameters whose complaints come back as text. In the expected messages HERE stands for the file and line of
 * the call. */
#ifndef MM_TEST_CALLS_H
#define MM_TEST_CALLS_H

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mm/nn.h"

typedef struct Bench {
    Graph *g;
    Params *ps;
    jmp_buf back;
    char message[2048];
} Bench;

static inline void caught(void *context, const char *message)
{
    Bench *b = context;
    snprintf(b->message, sizeof b->message, "%s", message);
    longjmp(b->back, 1);
}

static inline Graph *new_graph(Bench *b)
{
    Graph *g = mm_graph_new(1);
    mm_graph_on_fail(g, (FailHandler){caught, b});
    return g;
}

static inline int set_up(void **state)
{
    Bench *b = calloc(1, sizeof *b);
    if (!b) {
        return -1;
    }
    b->g = new_graph(b);
    b->ps = mm_params_new(1);
    mm_params_on_fail(b->ps, (FailHandler){caught, b});
    mm_push(b->g, "text.block.0");
    *state = b;
    return 0;
}

static inline int tear_down(void **state)
{
    Bench *b = *state;
    mm_graph_free(b->g);
    mm_params_free(b->ps);
    free(b);
    return 0;
}

/* Puts HERE for "tests/errors/calls.c:12" in the message; file ends with the colon. */
static inline void hide_line(char *message, const char *file)
{
    char *at = strstr(message, file);
    if (at) {
        char *end = at + strlen(file);
        while (isdigit((unsigned char)*end)) {
            end++;
        }
        memmove(at + 4, end, strlen(end) + 1);
        memcpy(at, "HERE", 4);
    }
}

/* The call must fail with this message. */
#define REJECTED(b, expected, call)                                                                                              \
    do {                                                                                                                         \
        if (setjmp((b)->back) == 0) {                                                                                            \
            (void)(call);                                                                                                        \
            fail_msg("accepted: " #call);                                                                                        \
        }                                                                                                                        \
        hide_line((b)->message, __FILE__ ":");                                                                                   \
        assert_string_equal((b)->message, expected);                                                                             \
    } while (0)

static inline Tensor *param(Bench *b, const char *name, int rows, int columns)
{
    return mm_param(b->ps, name, MM_SHAPE(rows, columns), (Init){MM_ZERO, 0});
}

#define AT "  [text.block.0, HERE]"
#define IN(...) mm_input(b->g, MM_SHAPE(__VA_ARGS__), NULL)
#define SCALAR mm_input(b->g, MM_SCALAR, NULL)
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
