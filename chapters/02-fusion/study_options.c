/* study_options.c: the options that the commands of the sentiment data share. */
#include "study.h"

enum { KEY_TRIPLES = 2000, KEY_READER_TEXT, KEY_READER_VOICE, KEY_WIDTH, KEY_DROP, KEY_LR, KEY_VALIDATE };

static const struct argp_option options[] = {
    {"data-set", 'D', "SET", 0,
     "shipped (default): what comes with the source, its voices synthesised; or real: what `datasets/fetch amazon "
     "hedgewars valence` brings",
     40},
    {"triples", KEY_TRIPLES, "FILE", 0,
     "own triples: a table (tabs) with a column valence, -3 to 3, and any of text, voice (a file), face (a file); rows that "
     "have the same in a column group are never split between training and test",
     40},
    {"runs", 'r', "N", 0,
     "train each this often, each time with another seed and another fifth of the data as the test (5; missing and noise 3; "
     "train, share and graph take 1 whatever is given)",
     40},
    {"validate", KEY_VALIDATE, NULL, 0,
     "to choose settings by: leave fold 0 out of everything, and test on the four others in turn", 40},
    {"epochs", 'e', "N", 0, "times 1024 triples to train on (8)", 40},
    {"lr", KEY_LR, "X", 0, "highest learning rate (0.005)", 40},
    {"width", KEY_WIDTH, "N", 0, "numbers of a state, a multiple of 4 (48)", 40},
    {"read-text", KEY_READER_TEXT, "HOW", 0, "what reads the words: lstm, transformer or mean (mean, which reads each by itself)",
     40},
    {"read-voice", KEY_READER_VOICE, "HOW", 0, "what reads the frames of the voice: likewise (mean)", 40},
    {"drop-modality", KEY_DROP, "P", 0, "modality dropout: leave each out of a training example this often (0; missing 0.3)", 40},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    StudyOptions *o = state->input;
    Recipe *r = &o->recipe;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'D': o->set = (DataSet)mm_option_choice(state, "--data-set", arg, data_set_name); break;
    case KEY_TRIPLES: o->table = arg; break;
    case 'r': o->runs = (int)mm_option_number(state, "--runs", arg, 1, MOST_RUNS); break;
    case KEY_VALIDATE: o->validate = true; break;
    case 'e': r->epochs = (int)mm_option_number(state, "--epochs", arg, 1, 1000); break;
    case KEY_LR: r->lr = mm_option_real(state, "--lr", arg, 0, 1); break;
    case KEY_WIDTH:
        r->width = (int)mm_option_number(state, "--width", arg, 4, 512);
        if (r->width % 4) {
            argp_error(state, "--width takes a multiple of 4, since attention has 4 heads, not \"%s\"", arg);
        }
        break;
    case KEY_READER_TEXT: r->text = (Reader)mm_option_choice(state, "--read-text", arg, reader_name); break;
    case KEY_READER_VOICE: r->voice = (Reader)mm_option_choice(state, "--read-voice", arg, reader_name); break;
    case KEY_DROP: r->drop_modality = mm_option_real(state, "--drop-modality", arg, 0, 0.9); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp study_argp = {.options = options, .parser = parse, .children = mm_common_options};
const struct argp_child study_children[] = {{&study_argp, 0, NULL, 0}, {0}};

error_t study_parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = state->input;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

StudyOptions study_defaults(int runs)
{
    return (StudyOptions){.common = mm_common_defaults("out/fusion"), .runs = runs, .recipe = recipe_default};
}
