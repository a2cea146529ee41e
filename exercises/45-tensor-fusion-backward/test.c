/* Tensor fusion, backward. */
#include "45.h"
#include "check.h"

#include "mm/nn.h"

enum { M = 3, N = 4, Z = (1 + M) * (1 + N) };

/* One number each; dz has four: alone (1), b alone, a alone, together. */
static void by_hand(const real *dz, real start, real da_wanted, real db_wanted)
{
    real a = 2, b = 5, da = start, db = start;
    YOURS(tensor_fusion_backward)(&a, &b, dz, 1, 1, &da, &db);
    expect_number("da", (double)da, (double)da_wanted, 1e-12);
    expect_number("db", (double)db, (double)db_wanted, 1e-12);
}

static void as_library(void)
{
    real a[M], b[N], dz[Z], da[M] = {0}, db[N] = {0};
    draw(a, M, -1, 1, "a");
    draw(b, N, -1, 1, "b");
    draw(dz, Z, -1, 1, "dz");
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "a", MM_SHAPE(1, M), (Init){MM_ZERO, 0}), *y = mm_param(ps, "b", MM_SHAPE(1, N), (Init){MM_ZERO, 0});
    memcpy(x->data, a, sizeof a);
    memcpy(y->data, b, sizeof b);
    mm_backward_from(g, mm_tensor_fusion(g, 2, (Tensor *[]){x, y}), dz);
    YOURS(tensor_fusion_backward)(a, b, dz, M, N, da, db);
    expect_tensor("da", MM_SHAPE(M), da, x->grad, 1e-12);
    expect_tensor("db", MM_SHAPE(N), db, y->grad, 1e-12);
    mm_graph_free(g);
    mm_params_free(ps);
}

void exercise_45(void)
{
    check("alone", "a = 2, b = 5, and dz asks for a alone and for b alone",
          "Beside the products, z holds a itself, in column 0, and b itself, in row 0.");
    by_hand((const real[]){0, 30, 100, 0}, 0, 100, 30);
    check("together", "dz asks for the product alone", "The gradient of a product is the other factor: da gets b, db gets a.");
    by_hand((const real[]){0, 0, 0, 1}, 0, 5, 2);
    check("constant", "dz asks for the 1", "Nothing can move the 1.");
    by_hand((const real[]){7, 0, 0, 0}, 0, 0, 0);
    check("adds", "the gradients were 10 before", "Both are used elsewhere too: add to what is there.");
    by_hand((const real[]){7, 30, 100, 1}, 10, 115, 42);
    check("library", "3 numbers and 4, against concat and mul", "Row i + 1 of z is a[i]'s, and a row has 1 + N numbers.");
    as_library();
}
