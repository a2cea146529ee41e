/* complete.c: every op of ops.def has all that belongs to an op: a backward, a check table, an equation id of its own that stands
 * above the mathematics in a comment of src/ops, and a planted mistake of its own. And: an op that lacks one of these is found. */
#include "mutants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

enum { MOST_TEXT = 1 << 20 };

/* Appends what stands in the comments of a file. */
static void add_comments(const char *path, char *text)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = strlen(text);
    bool inside = false;
    for (int c = fgetc(f), next; c != EOF; c = next) {
        next = fgetc(f);
        inside = inside ? !(c == '*' && next == '/') : c == '/' && next == '*';
        if (inside && n < MOST_TEXT - 1) {
            text[n++] = (char)c;
        }
    }
    text[n] = 0;
    assert_true(n < MOST_TEXT - 1);
    fclose(f);
}

static int read_comments(void **state)
{
    glob_t files;
    char *text = calloc(MOST_TEXT, 1);
    if (!text || glob("src/ops/*.c", 0, NULL, &files) != 0) {
        return -1;
    }
    for (size_t i = 0; i < files.gl_pathc; i++) {
        add_comments(files.gl_pathv[i], text);
    }
    globfree(&files);
    *state = text;
    return 0;
}

static int forget_comments(void **state)
{
    free(*state);
    return 0;
}

/* What the op lacks, or NULL. */
static const char *lack(const Op *op, const char *comments)
{
    if (!op->shape || !op->forward || !op->backward) {
        return "function";
    }
    if (!op->check || !op->check->name) {
        return "check table";
    }
    if (!op->symbol || !op->equation || !*op->equation) {
        return "equation id or symbol";
    }
    for (int i = 0; all_ops[i]; i++) {
        if (strcmp(all_ops[i]->name, op->name) != 0 && strcmp(all_ops[i]->equation, op->equation) == 0) {
            return "equation id of its own";
        }
    }
    char id[80];
    snprintf(id, sizeof id, "[%s]", op->equation);
    if (!strstr(comments, id)) {
        return "equation in a comment of src/ops";
    }
    return mistakes_of(op) ? NULL : "planted mistake";
}

static void nothing_is_lacking(void **state)
{
    for (int i = 0; all_ops[i]; i++) {
        const char *what = lack(all_ops[i], *state);
        if (what) {
            fail_msg("%s lacks its %s", all_ops[i]->name, what);
        }
    }
}

static void expect_lack(const char *what, Op op, const char *comments)
{
    const char *found = lack(&op, comments);
    if (!found || strcmp(found, what) != 0) {
        fail_msg("an op without its %s passes for one that lacks %s", what, found ? found : "nothing");
    }
}

static void what_is_lacking_is_found(void **state)
{
    Op op = mm_op_relu;
    op.backward = NULL;
    expect_lack("function", op, *state);
    op = mm_op_relu;
    op.check = NULL;
    expect_lack("check table", op, *state);
    op.check = (Check[]){{0}};
    expect_lack("check table", op, *state);
    op = mm_op_relu;
    op.equation = "";
    expect_lack("equation id or symbol", op, *state);
    op.equation = "gelu";
    expect_lack("equation id of its own", op, *state);
    op.equation = "never written";
    expect_lack("equation in a comment of src/ops", op, *state);
    op.equation = "0"; /* stands in the code, as in s.d[0], not in a comment */
    expect_lack("equation in a comment of src/ops", op, *state);
}

static void an_op_without_mistakes_is_found(void **state)
{
    Op op = mm_op_relu;
    op.name = "new";
    op.equation = "a new op";
    expect_lack("planted mistake", op, "[a new op] y = x");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lacking), cmocka_unit_test(what_is_lacking_is_found),
                                       cmocka_unit_test(an_op_without_mistakes_is_found)};
    return cmocka_run_group_tests(tests, read_comments, forget_comments);
}
