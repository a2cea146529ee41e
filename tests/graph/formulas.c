/* formulas.c: every operation has its formula, forward and backward, in docs/equations.tsv, and that file was set for the page. */
#include "drawn.h"
#include "mm/ops.h"

static const Op *const ops[] = {
#define MM_OP(name) &mm_op_##name,
#include "ops/ops.def"
#undef MM_OP
};

static int row_of(const Tsv *t, const char *id)
{
    for (int row = 0; row < mm_tsv_rows(t); row++) {
        if (strcmp(mm_tsv_cell(t, row, 0), id) == 0) {
            return row;
        }
    }
    return -1;
}

static void every_op_has_one(void **state)
{
    (void)state;
    Error err;
    Tsv *t = mm_tsv_read("docs/equations.tsv", &err);
    char *set = mm_read_file("src/inspect/page/formulas.html", 1 << 24, NULL, &err);
    assert_true(t && set);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        char entry[96];
        int row = row_of(t, ops[i]->equation);
        if (row < 0 || !*mm_tsv_cell(t, row, 1) || !*mm_tsv_cell(t, row, 2)) {
            fail_msg("docs/equations.tsv has no formula for the op %s: a line with \"%s\", a tab, the forward in TeX, a tab, the "
                     "backward in TeX; then `npm ci && npm run build` in src/inspect/page",
                     ops[i]->name, ops[i]->equation);
        }
        snprintf(entry, sizeof entry, "<div data-id=\"%s\">", ops[i]->equation);
        if (count(set, entry) != 1) {
            fail_msg("src/inspect/page/formulas.html is older than docs/equations.tsv (%s): `npm ci && npm run build` in "
                     "src/inspect/page",
                     ops[i]->equation);
        }
    }
    mm_tsv_free(t);
    free(set);
}

static void no_id_twice(void **state)
{
    (void)state;
    Error err;
    Tsv *t = mm_tsv_read("docs/equations.tsv", &err);
    assert_non_null(t);
    for (int row = 0; row < mm_tsv_rows(t); row++) {
        if (row_of(t, mm_tsv_cell(t, row, 0)) != row) {
            fail_msg("docs/equations.tsv has \"%s\" twice", mm_tsv_cell(t, row, 0));
        }
    }
    mm_tsv_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_has_one),
        cmocka_unit_test(no_id_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
