/* gradcheck.c: `test_gradcheck OP…`: each op named has a backward, an equation and a check table, and its gradients are right. */
#include <stdlib.h>
#include <string.h>

#include "mm/inspect.h"
#include "mm/ops.h"

static const Op *const all_ops[] = {
#define MM_OP(name) &mm_op_##name,
#include "../../src/ops/ops.def"
#undef MM_OP
};

static bool check(const Op *op)
{
    if (!op->backward || !op->check || !op->check->name || !op->equation || !*op->equation) {
        printf("%s: the op lacks its %s\n", op->name,
               !op->backward                    ? "backward"
               : !op->check || !op->check->name ? "check table"
                                                : "equation id");
        return false;
    }
    Gradcheck worst;
    bool ok = mm_gradcheck(op, NULL, &worst);
    printf("%s  %zu gradients compared, worst: %s\n", ok ? "ok   " : "WRONG", worst.compared, worst.text);
    return ok;
}

int main(int argc, char **argv)
{
    bool ok = argc > 1;
    mm_set_threads(1); /* the inputs are small: threads would only wait for each other */
    for (int a = 1; a < argc; a++) {
        const Op *op = NULL;
        for (size_t i = 0; i < sizeof all_ops / sizeof *all_ops; i++) {
            op = strcmp(all_ops[i]->name, argv[a]) == 0 ? all_ops[i] : op;
        }
        if (!op) {
            printf("%s: no op of this name is in ops.def\n", argv[a]);
        }
        ok = op && check(op) && ok;
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
