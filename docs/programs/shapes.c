/* shapes.c: what the engine says of two matrices that do not fit. It stops here. */
#include "mm/mm.h"

#include <stdlib.h>

static void say(void *context, const char *message)
{
    (void)context;
    printf("%s\n", message);
    exit(0);
}

int main(void)
{
    Graph *g = mm_graph_new(1);
    mm_graph_on_fail(g, (FailHandler){say, NULL}); /* without this: printed to stderr, then abort() */
    Tensor *images = mm_named(mm_input(g, MM_SHAPE(4, 128), NULL), "images");
    Tensor *texts = mm_named(mm_input(g, MM_SHAPE(4, 128), NULL), "texts");
    mm_push(g, "loss");
    mm_matmul(g, images, texts, MM_NN);
}
