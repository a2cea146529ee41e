/* gradcheck.c: `test_gradcheck OP…`: the gradients of each op named are right. */
#include <stdlib.h>

#include "mm/inspect.h"
#include "mutants.h"

static bool check(const char *name)
{
    const Op *op = find_op(name);
    if (!op) {
        printf("%s: no op of this name is in ops.def\n", name);
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
        ok = check(argv[a]) && ok;
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
