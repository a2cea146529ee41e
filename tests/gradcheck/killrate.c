/* killrate.c: the test of the gradient check. Plants mistakes in the backward of every op; each must be rejected, and each op's
 * right backward accepted. */
#include "mutants.h"

#include <stdlib.h>

#include "mm/inspect.h"

/* No mistake: the detour by a copy must be accepted, or the mutants made with it would be rejected for its sake. */
static void detour(Tensor *y)
{
    give(y, right(y));
}

static bool accepts(const Op *op, void (*backward)(Tensor *y))
{
    Gradcheck worst;
    bool ok = mm_gradcheck(op, backward, &worst);
    if (!ok) {
        printf("REJECTED THOUGH RIGHT  %s\n", worst.text);
    }
    return ok;
}

typedef struct Tally {
    int killed, planted;
} Tally;

static void plant(const Op *op, const Mutant *m, Tally *tally)
{
    Gradcheck worst;
    bool survives = mm_gradcheck(op, m->backward, &worst);
    printf("%-18s %-58s %8.1e%s\n", op->name, m->mistake, worst.error, survives ? "  SURVIVES" : "");
    tally->killed += !survives;
    tally->planted++;
}

/* Tries a table's own mistakes; false: a right backward was rejected, or the table names an op that there is not. */
static bool try_table(const Mutant *table, Tally *tally)
{
    bool ok = true;
    for (const Mutant *m = table; m->op; m++) {
        const Op *op = find_op(m->op);
        if (!op) {
            printf("%s: no op of this name is in ops.def\n", m->op);
            ok = false;
        } else if (m->mistake) {
            plant(op, m, tally);
        } else {
            ok = accepts(op, m->backward) && ok;
        }
    }
    return ok;
}

int main(void)
{
    Tally own = {0}, any = {0};
    bool ok = true;
    mm_set_threads(1); /* the inputs are small: threads would only wait for each other */
    printf("%-18s %-58s %s\n", "op", "mistake", "largest error");
    for (int t = 0; mutant_tables[t]; t++) {
        ok = try_table(mutant_tables[t], &own) && ok;
    }
    for (int i = 0; all_ops[i]; i++) {
        ok = accepts(all_ops[i], NULL) && accepts(all_ops[i], detour) && ok;
        for (const Mutant *m = mutants_any; m->backward; m++) {
            plant(all_ops[i], m, &any);
        }
    }
    int planted = own.planted + any.planted, killed = own.killed + any.killed;
    printf("rejected %d of %d mistakes of one op alone and %d of %d that any op can have; tolerance %g\n", own.killed,
           own.planted, any.killed, any.planted, MM_GRADCHECK_TOLERANCE);
    printf("kill rate %.4g %% of %d\n", 100.0 * killed / planted, planted);
    return ok && killed == planted ? EXIT_SUCCESS : EXIT_FAILURE;
}
