/* layers.c: wrong calls of layers, encoders and losses are reported in the words that are pinned here. */
#include "calls.h"

static void views(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    REJECTED(b, "dcca((3,2), (4,2)): the views must be (N, D1) and (N, D2), of the same N examples, at least 2" AT,
             mm_dcca(g, IN(3, 2), IN(4, 2), 1));
    REJECTED(b, "dcca((3,2), (3,2)): ridge = 0 must be positive, or a covariance may have no inverse" AT,
             mm_dcca(g, IN(3, 2), IN(3, 2), 0));
    REJECTED(b, "mm_transport_plan: example 0 is to have 3 x 4 costs, there are 2 x 4",
             mm_transport_plan(g, IN(1, 2, 4), (const int[]){3}, (const int[]){4}, 1, 1));
    REJECTED(b, "mm_transport_plan: the cost must be (B, M, N), it has 2 dimensions",
             mm_transport_plan(g, IN(2, 4), NULL, NULL, 1, 1));
}

static void encoders(void **state)
{
    Bench *b = *state;
    BertConfig tiny = {.vocab = 9, .width = 6, .layers = 1, .heads = 4, .intermediate = 4, .positions = 3, .types = 1};
    REJECTED(b, "bert: width 6 is not a multiple of 4 heads", (mm_bert_init(b->ps, "bert", tiny), 0));
    tiny.heads = 2;
    Bert bert = mm_bert_init(b->ps, "bert", tiny);
    REJECTED(b, "bert: 4 tokens, but there are embeddings for 3 positions",
             mm_bert_embed(b->g, &bert, (const int[]){1, 2, 3, 4}, NULL, 1, 4));
    REJECTED(b, "attn: width 6 is not a multiple of 4 heads", (mm_multihead_init(b->ps, "attn", 6, 4), 0));
    REJECTED(b, "fusion: 5 modalities; there can be 1 .. 4", (mm_low_rank_init(b->ps, "fusion", 5, NULL, 2, 3), 0));
}

static void losses(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    REJECTED(b,
             "mm_siglip_loss: the scores of N images and their N texts must be (N, N), with the pairs on the diagonal; these are "
             "(3,5)",
             mm_siglip_loss(g, IN(3, 5), NULL));
    REJECTED(
        b,
        "mm_ranking_loss: the scores of N images and their N texts must be (N, N), with the pairs on the diagonal; these are "
        "(4)",
        mm_ranking_loss(g, IN(4), (real)0.2, true));
    REJECTED(b, "mm_devise_loss: labels[1] = 5 is no column of the scores (2,5), which must be (N, M)",
             mm_devise_loss(g, IN(2, 5), (const int[]){4, 5}, (real)0.1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(views), TEST(encoders), TEST(losses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
