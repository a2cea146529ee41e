/* clip: CLIP from first principles. Trains it, measures it, searches with it, and takes one step of it apart. */
#include "fashion.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct Command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *does;
} Command;

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
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void usage(FILE *to)
{
    fprintf(to, "Usage: clip COMMAND [OPTION...]\n\n");
    for (int i = 0; i < N_COMMANDS; i++) {
        fprintf(to, "  clip %-12s %s\n", commands[i].name, commands[i].does);
    }
    fprintf(to, "\nclip COMMAND --help lists the options of a command.\n");
}

/* What was printed may still have nowhere to go: a full disk, a closed pipe. */
static int finish(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "clip: standard output: %s\n", strerror(errno));
        return 1;
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 1 : 0;
    }
    for (int i = 0; i < N_COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return finish(commands[i].run(argc - 1, argv + 1));
        }
    }
    fprintf(stderr, "clip: there is no command \"%s\"\n\n", argv[1]);
    usage(stderr);
    return 1;
}
