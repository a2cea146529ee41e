/* recipe_options.c: the options that change a recipe. */
#include "recipe_options.h"
#include "program.h"

enum {
    KEY_SMOOTHING = 2000,
    KEY_TEMPERATURE,
    KEY_FIXED,
    KEY_OPTIMIZER,
    KEY_DECAY,
    KEY_WARMUP,
    KEY_BASE,
    KEY_SIZE,
    KEY_DROP,
    KEY_BATCHNORM,
    KEY_VOCAB
};

static const struct argp_option options[] = {
    {"batch", 'b', "N", 0, "pairs in a step (64)", 1},
    {"lr", 'l', "X", 0, "highest learning rate", 1},
    {"optimizer", KEY_OPTIMIZER, "KIND", 0, "lamb (default), adamw or muon", 1},
    {"weight-decay", KEY_DECAY, "X", 0, "as a part of the learning rate", 1},
    {"warmup", KEY_WARMUP, "X", 0, "part of the steps in which the learning rate rises", 1},
    {"smoothing", KEY_SMOOTHING, "X", 0, "label smoothing (0.1)", 1},
    {"temperature", KEY_TEMPERATURE, "X", 0, "what cosines are divided by, at the start", 1},
    {"fixed-temperature", KEY_FIXED, NULL, 0, "it stays there", 1},
    {"efficientnet", KEY_BASE, "N", 0, "EfficientNet-BN as published, 0 to 7, instead of a small one", 2},
    {"size", KEY_SIZE, "N", 0, "pixels of a side (32)", 2},
    {"drop-connect", KEY_DROP, "X", 0, "how often a picture skips the last block", 2},
    {"batchnorm", KEY_BATCHNORM, "KIND", 0,
     "of torch (default) or tf (ALIGN's, for runs of some hundred steps and more): how running statistics move, and eps", 2},
    {"vocab", KEY_VOCAB, "N", 0, "most tokens of the vocabulary that is learned", 2},
    {0},
};

static const char *const batchnorms[] = {"tf", "torch", NULL};

/* The stages of the published one; 7 of them need more pixels than 48. */
static void set_base(AlignConfig *c, int b)
{
    EfficientnetConfig base = mm_efficientnet_config(b);
    base.size = c->image.size;
    base.batchnorm = c->image.batchnorm;
    c->image = base;
}

static void finish(RecipeOptions *o)
{
    if (o->optimizer) {
        recipe_use(&o->recipe, o->optimizer);
    }
    o->recipe.lr = o->lr < 0 ? o->recipe.lr : o->lr;
    o->recipe.weight_decay = o->weight_decay < 0 ? o->recipe.weight_decay : o->weight_decay;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    RecipeOptions *o = state->input;
    Recipe *r = &o->recipe;
    switch (key) {
    case ARGP_KEY_INIT: *o = (RecipeOptions){.recipe = recipe_default(), .lr = -1, .weight_decay = -1}; break;
    case 'b': r->batch = (int)mm_option_number(state, "--batch", arg, 2, 65536); break;
    case 'l': o->lr = mm_option_real(state, "--lr", arg, 1e-9, 10); break;
    case KEY_OPTIMIZER: o->optimizer = program_optimizer(state, arg); break;
    case KEY_DECAY: o->weight_decay = mm_option_real(state, "--weight-decay", arg, 0, 10); break;
    case KEY_WARMUP: r->warmup = mm_option_real(state, "--warmup", arg, 0, 1); break;
    case KEY_SMOOTHING: r->smoothing = mm_option_real(state, "--smoothing", arg, 0, 0.99); break;
    case KEY_TEMPERATURE: r->model.temperature = (real)mm_option_real(state, "--temperature", arg, 0.01, 100); break;
    case KEY_FIXED: r->fixed_temperature = true; break;
    case KEY_BASE: set_base(&r->model, (int)mm_option_number(state, "--efficientnet", arg, 0, 7)); break;
    case KEY_SIZE: align_resize(&r->model, (int)mm_option_number(state, "--size", arg, 8, 1024)); break;
    case KEY_DROP: r->model.image.drop_connect = (real)mm_option_real(state, "--drop-connect", arg, 0, 0.9); break;
    case KEY_BATCHNORM:
        r->model.image.batchnorm = mm_option_choice(state, "--batchnorm", arg, batchnorms) ? MM_TORCH_BATCHNORM
                                                                                           : MM_KERAS_BATCHNORM;
        break;
    case KEY_VOCAB: r->model.text.vocab = (int)mm_option_number(state, "--vocab", arg, 16, 1000000); break;
    case ARGP_KEY_END: finish(o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

const struct argp recipe_argp = {.options = options, .parser = parse};
