/* align: ALIGN, or what noise costs and scale buys: pictures with the texts that the web has for them. */
#include "program.h"

static const Command commands[] = {
    {"train", command_train, "train a model on clip art with its found texts, and on emoji"},
    {"eval", command_eval, "Recall@K of a trained model on pairs it has not seen"},
    {"compare", command_compare, "what noise costs and size buys: models that differ in one thing, each trained several times"},
    {"embed", command_embed, "what the encoders make of pictures and texts"},
    {"similarity", command_similarity, "compare a picture with sentences"},
    {"index", command_index, "embed the pictures in folders once, for searching"},
    {"search", command_search, "find pictures by a text, by a picture, or by a picture and what it should be more or less like"},
    {"example", command_example, "two pairs, a cat and a dog: every number of the loss and its gradient"},
    {"graph", command_graph, "draw one training step with its gradients"},
    {"funnel", command_funnel, "what each noise filter removes from found texts, and what is left"},
    {"shards", command_shards, "write pairs as shards, for sets larger than memory"},
    {"stream", command_stream, "draw pairs from shards, and say how fast and in how much memory"},
    {0},
};

int main(int argc, char **argv)
{
    return mm_program_main(argc, argv, commands);
}
