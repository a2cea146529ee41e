/* planted.c: the gradient check accepts the right backward of a product and rejects a wrong one. In double. */
#include "mm/mm.h"

/* `=` where `+=` belongs; right as long as every number is used once. */
static void overwrites(Tensor *y)
{
    for (int i = 0; i < 2; i++) {
        const Tensor *x = y->in[i], *other = y->in[1 - i];
        real *dx = mm_grad(y->in[i]);
        for (size_t k = 0; k < y->n && dx; k++) { /* NULL: this input needs no gradient */
            dx[k % x->n] = y->grad[k] * other->data[k % other->n];
        }
    }
}

int main(void)
{
    Gradcheck right, wrong;
    bool accepted = mm_gradcheck(&mm_op_mul, NULL, &right), rejected = !mm_gradcheck(&mm_op_mul, overwrites, &wrong);
    printf("the library's: %s, %zu gradients compared\n", accepted ? "accepted" : "rejected", right.compared);
    printf("with = for +=: %s, %s\n", rejected ? "rejected" : "accepted", wrong.text);
}
