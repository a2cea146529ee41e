/* fusion: several modalities, one decision. Trains every way to fuse them, compares them, and shows what each is for. */
#include "program.h"

static const Command commands[] = {
    {"train", command_train, "train one way to fuse text, voice and face"},
    {"eval", command_eval, "measure a trained model, also with a modality missing or noisy"},
    {"compare", command_compare, "every way to fuse, on sentiment, with intervals"},
    {"conflict", command_conflict, "the same on irony, where words and voice contradict each other"},
    {"missing", command_missing, "what is left when a modality is missing"},
    {"noise", command_noise, "what is left when a modality is noisy"},
    {"share", command_share, "each modality's share of the gradient during training"},
    {"xor", command_xor, "a planted task that no modality knows by itself"},
    {"example", command_example, "four customers, two of them ironic: every number by hand"},
    {"graph", command_graph, "draw one training step of each kind with its gradients"},
    {0},
};

int main(int argc, char **argv)
{
    return mm_program_main(argc, argv, commands);
}
