/* uniter: one Transformer for words and the regions of pictures, and many tasks. */
#include "program.h"

static const Command commands[] = {
    {"pretrain", command_pretrain, "learn from scenes of which all is known, one task a step"},
    {"eval", command_eval, "what a pretrained model knows: matching, masked words, alignment"},
    {"tune", command_tune, "learn to answer, caption, rank, point and judge from what is pretrained"},
    {"test", command_test, "how good a fine-tuned model is at what it has learned"},
    {"video", command_video, "learn to say what happens in clips, and test it: in order, shuffled, from one frame"},
    {"compare", command_compare, "one table: pretrained or not, tasks together or alone, several seeds"},
    {"caption", command_caption, "say what is on pictures of your own, or happens in GIFs"},
    {"vqa", command_vqa, "answer questions about a picture of your own"},
    {"match", command_match, "does a text belong to a picture of your own?"},
    {"see", command_see, "draw which words and regions have to do with each other inside a model"},
    {"probe", command_probe, "what can be read off a region's vector, before and behind the layers"},
    {"conflict", command_conflict, "which part of the gradient words and regions get; do tasks pull the same way?"},
    {"regions", command_regions, "regions that a detector has written to a file, and which texts belong to them"},
    {"example", command_example, "a cat, a dog and what is said of them: every number from the words to the losses"},
    {"graph", command_graph, "draw one training step of each task with its gradients"},
    {"export", command_export, "write scenes and clips as files: captions and boxes as COCO's, questions as VQA v2's"},
    {0},
};

int main(int argc, char **argv)
{
    return mm_program_main(argc, argv, commands);
}
