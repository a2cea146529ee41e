/* clip: CLIP from first principles. Trains it, measures it, searches with it, and takes one step of it apart. */
#include "fashion.h"

static const Command commands[] = {
    {"train", command_train, "train a model on the emoji pictures and their names"},
    {"eval", command_eval, "Recall@K of a trained model, in English and in Chinese"},
    {"zeroshot", command_zeroshot, "classify pictures by the names of classes"},
    {"embed", command_embed, "what the encoders make of pictures and texts"},
    {"convert", command_convert, "write a model with Hugging Face's or OpenAI's names"},
    {"probe", command_probe, "linear probe and few-shot classifiers on a model's features"},
    {"look", command_look, "which parts of a picture speak for a text"},
    {"gap", command_gap, "how far apart pictures and texts lie in the space that they share"},
    {"similarity", command_similarity, "compare a picture with sentences"},
    {"index", command_index, "embed the pictures in folders once, for searching"},
    {"search", command_search, "find pictures by a text or by a picture"},
    {"fashion", command_fashion, "clothes in colours: find a red dress without having seen one"},
    {"example", command_example, "two pairs, a cat and a dog: every number of the loss and its gradient"},
    {"mix", command_mix, "a model between two: one before and one after fine-tuning"},
    {"export", command_export, "write the emoji as a data set in COCO's form"},
    {"scale", command_scale, "work out how training scales to many ranks"},
    {"graph", command_graph, "draw one training step with its gradients"},
    {0},
};

int main(int argc, char **argv)
{
    return mm_program_main(argc, argv, commands);
}
