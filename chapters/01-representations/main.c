/* representations: how a picture and a text can be represented together: in one code, in spaces that are tied together, in a tree. */
#include "commands.h"

static const Command commands[] = {
    {"train", command_train, "train the encoders with the loss of one method"},
    {"eval", command_eval, "all figures of one method"},
    {"compare", command_compare, "all methods on one protocol"},
    {"classify", command_classify, "what a joint code knows of a picture, of a text, of both"},
    {"reconstruct", command_reconstruct, "pictures from texts and texts from pictures, by a joint code"},
    {"map", command_map, "pictures and names on a plane, and the gap between them"},
    {"traverse", command_traverse, "from a picture up to what it is"},
    {"regions", command_regions, "where the words of a caption look in a composed scene"},
    {"example", command_example, "three pairs, every loss, every number"},
    {"graph", command_graph, "draw one training step with its gradients"},
    {0},
};

int main(int argc, char **argv)
{
    return mm_program_main(argc, argv, commands);
}
