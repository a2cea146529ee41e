/* train_options.c: the options of `clip train`. */
#include "train.h"

#include <stdio.h>
#include <string.h>

enum {
    KEY_EPOCHS = 'e',
    KEY_BATCH = 'b',
    KEY_LR = 'l',
    KEY_RESUME = 'r',
    KEY_QUICK = 'q',
    KEY_IMAGE = 'i',
    KEY_UNSEEN = 'u',
    KEY_SAVE = 1000,
    KEY_EVALS,
    KEY_STOP,
    KEY_GRAPH,
    KEY_CHECKPOINTING,
    KEY_MEMORY,
    KEY_PROFILE,
    KEY_MICRO,
    KEY_ROWS,
    KEY_PREFETCH,
    KEY_CAPTIONS,
    KEY_CAPTIONS_ZH,
    KEY_TEST,
    KEY_PICTURES,
    KEY_PICTURE_KEY,
    KEY_CAPTION_KEY,
    KEY_OPTIMIZER,
    KEY_FROM,
    KEY_FREEZE,
    KEY_LOSS,
    KEY_CONFIG,
    KEY_STYLES,
    KEY_GROUPS
};

static const struct argp_option options[] = {
    {"captions", KEY_CAPTIONS, "FILE", 0,
     "train on own pictures: COCO's or Karpathy's JSON, a table with filepath and title, Conceptual Captions' or Flickr30k's "
     "lines, "
     "or a folder with NAME.txt beside NAME.jpg",
     0},
    {"captions-zh", KEY_CAPTIONS_ZH, "FILE", 0, "the Chinese captions of the same pictures", 0},
    {"captions-test", KEY_TEST, "FILE", 0, "measure on these (the split test or val, or else a tenth of the pictures)", 0},
    {"pictures", KEY_PICTURES, "DIR", 0, "where the pictures are (the folder of the captions)", 0},
    {"picture-key", KEY_PICTURE_KEY, "NAME", 0, "the column of a table that names the picture (filepath, image)", 0},
    {"caption-key", KEY_CAPTION_KEY, "NAME", 0, "the column of a table that holds the caption (title, caption)", 0},
    {"optimizer", KEY_OPTIMIZER, "KIND", 0, "muon (default) or adamw (default with --captions and --from)", 1},
    {"from", KEY_FROM, "DIR", 0, "fine-tune the model of this folder", 1},
    {"config", KEY_CONFIG, "FILE", 0, "a model of the shape that this config.json describes, instead of --image", 1},
    {"freeze", KEY_FREEZE, "PARTS", 0,
     "what is not learned: image, text (a whole tower), image-body, text-body (all but its projection); several with commas", 1},
    {"loss", KEY_LOSS, "KIND", 0, "softmax (CLIP's, default) or siglip", 1},
    {"image", KEY_IMAGE, "KIND", 0, "image encoder: resnet (default), vit or modified-resnet", 1},
    {"epochs", KEY_EPOCHS, "X", 0, "passes over the training pictures", 1},
    {"batch", KEY_BATCH, "N", 0, "pairs in a step", 1},
    {"lr", KEY_LR, "X", 0, "highest learning rate", 1},
    {"quick", KEY_QUICK, NULL, 0, "a first look: a few epochs, about ten seconds", 1},
    {"more-styles", KEY_STYLES, NULL, 0, "emoji of two more styles: `datasets/fetch openmoji emojione1`", 1},
    {"all-groups", KEY_GROUPS, NULL, 0, "people's bodies and symbols too: all 1,644 concepts", 1},
    {"unseen-concepts", KEY_UNSEEN, NULL, 0, "keep a tenth of the concepts out of training, and measure on these alone", 1},
    {"resume", KEY_RESUME, NULL, 0, "go on with the run in OUT/train.safetensors", 1},
    {"save-every", KEY_SAVE, "N", 0, "steps between checkpoints (200)", 1},
    {"evaluations", KEY_EVALS, "N", 0, "points of the recall curve (5)", 1},
    {"checkpointing", KEY_CHECKPOINTING, NULL, 0, "compute activations twice instead of keeping them: less memory, more time", 1},
    {"micro-batch", KEY_MICRO, "N", 0,
     "only N rows of the batch in memory at once, computed twice, with the same result (GradCache); not with BatchNorm", 1},
    {"loss-rows", KEY_ROWS, "KIND", 0, "with mpirun: each rank computes the loss of its own rows, local (default), or global", 1},
    {"memory", KEY_MEMORY, NULL, 0, "print what the memory was used for", 1},
    {"profile", KEY_PROFILE, NULL, 0, "print where the time went, op by op", 1},
    {"prefetch", KEY_PREFETCH, "yes|no", 0, "fill a batch while the step before it computes (yes with --captions, no without)",
     1},
    {"stop-after", KEY_STOP, "N", 0, "save and stop after N steps", 1},
    {"graph", KEY_GRAPH, "FILE[:STEP]", 0, "write this step (1) with all its gradients to FILE: .html, .json, .svg, ...", 1},
    {0},
};

static const char *const losses[] = {[LOSS_SOFTMAX] = "softmax", [LOSS_SIGLIP] = "siglip", NULL};
static const char *const yes_no[] = {[PREFETCH_YES] = "yes", [PREFETCH_NO] = "no", NULL};
static const char *const optimizers[] = {"muon", "adamw", NULL};
static const char *const loss_rows[] = {"global", "local", NULL};
static const char *const encoders[] = {
    [CLIP_RESNET] = "resnet", [CLIP_VIT] = "vit", [CLIP_MODIFIED_RESNET] = "modified-resnet", NULL};

/* "image,text-body" */
static void parse_freeze(struct argp_state *state, const char *list, TrainOptions *o)
{
    static const char *const parts[] = {"image", "text", "image-body", "text-body", NULL};
    while (*list) {
        char part[32];
        size_t n = strcspn(list, ",");
        snprintf(part, sizeof part, "%.*s", (int)n, list);
        int k = mm_option_choice(state, "--freeze", part, parts);
        *(k % 2 == 0 ? &o->freeze_image : &o->freeze_text) = k < 2 ? FREEZE_TOWER : FREEZE_BODY;
        list += n + (list[n] != 0);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    TrainOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case KEY_IMAGE: o->image = (ImageEncoder)mm_option_choice(state, "--image", arg, encoders); break;
    case KEY_EPOCHS: o->epochs = mm_option_real(state, "--epochs", arg, 0.01, 100000); break;
    case KEY_BATCH: o->batch = (int)mm_option_number(state, "--batch", arg, 2, 65536); break;
    case KEY_LR: o->lr = mm_option_real(state, "--lr", arg, 1e-9, 10); break;
    case KEY_QUICK: o->quick = true; break;
    case KEY_STYLES: o->more.styles = true; break;
    case KEY_GROUPS: o->more.groups = true; break;
    case KEY_UNSEEN: o->unseen = true; break;
    case KEY_RESUME: o->resume = true; break;
    case KEY_SAVE: o->save_every = (int)mm_option_number(state, "--save-every", arg, 1, 1000000000); break;
    case KEY_EVALS: o->evaluations = (int)mm_option_number(state, "--evaluations", arg, 0, 1000000); break;
    case KEY_CHECKPOINTING: o->checkpointing = true; break;
    case KEY_MEMORY: o->memory = true; break;
    case KEY_PROFILE: o->profile = true; break;
    case KEY_MICRO: o->micro_batch = (int)mm_option_number(state, "--micro-batch", arg, 1, 65536); break;
    case KEY_ROWS: o->local_rows = mm_option_choice(state, "--loss-rows", arg, loss_rows) == 1; break;
    case KEY_PREFETCH: o->prefetch = mm_option_choice(state, "--prefetch", arg, yes_no); break;
    case KEY_CAPTIONS: o->own.captions.path = arg; break;
    case KEY_CAPTIONS_ZH: o->own.chinese.path = arg; break;
    case KEY_TEST: o->own.test.path = arg; break;
    case KEY_PICTURES: o->own.captions.pictures = o->own.chinese.pictures = o->own.test.pictures = arg; break;
    case KEY_PICTURE_KEY: o->own.captions.picture_key = o->own.chinese.picture_key = o->own.test.picture_key = arg; break;
    case KEY_CAPTION_KEY: o->own.captions.caption_key = o->own.chinese.caption_key = o->own.test.caption_key = arg; break;
    case KEY_OPTIMIZER: o->optimizer = mm_option_choice(state, "--optimizer", arg, optimizers) ? &mm_adamw : &mm_muon; break;
    case KEY_FROM: o->from = arg; break;
    case KEY_CONFIG: o->config = arg; break;
    case KEY_FREEZE: parse_freeze(state, arg, o); break;
    case KEY_LOSS: o->loss = (LossKind)mm_option_choice(state, "--loss", arg, losses); break;
    case KEY_STOP: o->stop_after = mm_option_number(state, "--stop-after", arg, 1, 1000000000); break;
    case KEY_GRAPH: mm_option_graph(state, arg, &o->graph); break;
    case ARGP_KEY_END:
        if ((o->more.styles || o->more.groups || o->unseen) && o->own.captions.path) {
            argp_error(state,
                       "--more-styles, --all-groups and --unseen-concepts are about the emoji, --captions about other pictures");
        }
        if (o->from && o->config) {
            argp_error(state, "--from has a model already, --config describes another");
        }
        if (o->micro_batch && o->image != CLIP_VIT && !o->from && !o->config) {
            argp_error(state,
                       "--micro-batch needs --image vit: BatchNorm, which the others have, makes rows depend on each other");
        }
        if (o->micro_batch && o->graph.path[0]) {
            argp_error(state, "--micro-batch leaves no graph of a whole step for --graph");
        }
        if (o->profile && *o->graph.path) {
            argp_error(state, "--profile would measure the writing of --graph; give one of them");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

TrainOptions train_options(int argc, char **argv)
{
    TrainOptions o = {
        .common = program_defaults(), .prefetch = PREFETCH_AUTO, .save_every = 200, .evaluations = 5, .local_rows = true};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Trains CLIP on the emoji pictures of six styles and their English and Chinese names, or on own pictures with "
               "captions.\v"
               "Ctrl-C saves the state; --resume with the same options then goes on, to the same bits as a run "
               "that was never stopped."};
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return o;
}

Recipe train_recipe(const TrainOptions *o)
{
    Recipe r = recipe_default(o->image);
    if (o->own.captions.path || o->from) { /* Muon was tried on the emoji alone */
        r.optimizer = &mm_adamw;
        r.batch = 128;
        r.epochs = 75;
    }
    if (o->own.captions.path) {
        r.model.context = 32; /* sentences, not names */
    }
    if (o->from) {
        r.lr /= 10; /* near to where it is, and Muon steps no further than AdamW */
        r.rms = 0.2;
        r.epochs = 10;
    }
    if (o->quick) {
        recipe_quick(&r);
    }
    r.optimizer = o->optimizer ? o->optimizer : r.optimizer;
    r.epochs = o->epochs > 0 ? o->epochs : r.epochs;
    r.batch = o->batch > 0 ? o->batch : r.batch;
    r.lr = o->lr > 0 ? o->lr : r.lr;
    return r;
}
