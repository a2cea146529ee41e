/* see_command.c: `uniter see`: what words and regions have to do with each other inside a model: how much attention each pays to which, and
 * what optimal transport makes of them. */
#include "exam.h"
#include "io/memory.h"
#include "losses.h"
#include "own.h"
#include "program.h"
#include "see.h"

#include <stdio.h>

typedef struct SeeOptions {
    Common common;
    const char *file, *text;
    int scene, layer; /* from 1; 0: the last */
    Language language;
} SeeOptions;

enum { TO_REGIONS, TO_WORDS, PLAN, DRAWINGS };
static const char *const drawing[DRAWINGS] = {"text-to-region", "region-to-text", "transport"};
static const char *const title[DRAWINGS] = {"how much each word looks at each region", "how much each region looks at each word",
                                            "how much of each word goes to which region"};

/* The words and regions of one example; weight (T, R) of each drawing. */
typedef struct Seen {
    int T, R;
    char **word;
    real *weight[DRAWINGS];
    double share[2]; /* of the attention of words, that on regions; of regions, that on words */
} Seen;

/* The layer's attention, mean of its heads, of an example without padding: words first. */
static void read_attention(const Tensor *y, Seen *s)
{
    int heads, L = s->T + s->R;
    const real *p = mm_sdpa_probabilities(y, &heads);
    for (int i = 0; i < heads * L * L; i++) {
        int from = i / L % L, to = i % L;
        real part = p[i] / (real)heads;
        if (from < s->T && to >= s->T) {
            s->weight[TO_REGIONS][from * s->R + to - s->T] += part;
            s->share[0] += (double)part / s->T;
        } else if (from >= s->T && to < s->T) {
            s->weight[TO_WORDS][to * s->R + from - s->T] += part;
            s->share[1] += (double)part / s->R;
        }
    }
}

static const Tensor *attention_of(const Graph *g, int layer)
{
    for (int i = 0, n = 0; i < mm_graph_size(g); i++) {
        const Tensor *y = mm_graph_node(g, i);
        if (y->op == &mm_op_sdpa && ++n == layer) {
            return y;
        }
    }
    return NULL;
}

static void look(const UniterModel *m, const OwnPicture *p, const UniterBatch *b, Graph *g, int layer, Seen *s)
{
    *s = (Seen){.T = b->words[0], .R = p->proposed.n};
    s->word = mm_take((size_t)s->T, sizeof *s->word);
    for (int t = 0; t < s->T; t++) {
        const char *token = mm_wordpiece_text(m->tokenizer, b->ids[t]);
        s->word[t] = mm_copy_text(token, strlen(token));
    }
    for (int d = 0; d < DRAWINGS; d++) {
        s->weight[d] = mm_take((size_t)(s->T * s->R), sizeof **s->weight);
    }
    const UniterStates states = uniter_states(g, &m->uniter, b);
    read_attention(attention_of(g, layer ? layer : m->uniter.config.bert.layers), s);
    memcpy(s->weight[PLAN], uniter_plan(g, b, states.aligned)->data, (size_t)(s->T * s->R) * sizeof **s->weight);
}

static void forget(Seen *s)
{
    for (int t = 0; t < s->T; t++) {
        free(s->word[t]);
    }
    free(s->word);
    for (int d = 0; d < DRAWINGS; d++) {
        free(s->weight[d]);
    }
}

static bool draw(const SeeOptions *o, const OwnPicture *p, const Seen *s, Error *err)
{
    char *folder = mm_join_path(o->common.out, "see");
    bool ok = mm_make_folders(folder, err);
    for (int d = 0; d < DRAWINGS && ok; d++) {
        const Links l = {title[d], &p->rgb, s->T, s->R, s->word, p->region, s->weight[d]};
        char *path = mm_path(folder, "%s.svg", drawing[d]);
        ok = links_draw(&l, path, err);
        if (ok) {
            printf("%s   %s\n", path, title[d]);
        }
        free(path);
    }
    free(folder);
    return ok;
}

static void print_table(const OwnPicture *p, const Seen *s)
{
    printf("of the attention of words %.2f is on regions, of that of regions %.2f on words; transport, in hundredths:\n%-14s",
           s->share[0], s->share[1], "");
    for (int r = 0; r < s->R; r++) {
        double likely;
        int thing = own_picture_thing(p, r, &likely);
        printf(" %12s", thing < 0 ? "ground" : mm_things[thing].en);
    }
    for (int t = 0; t < s->T; t++) {
        printf("\n%-14s", s->word[t]);
        for (int r = 0; r < s->R; r++) {
            printf(" %12.1f", 100 * (double)s->weight[PLAN][t * s->R + r]);
        }
    }
    printf("\n");
}

/* The picture and the text that are asked for: a file's, or those of a scene that is not learned from. */
static bool find_picture(const SeeOptions *o, const Detector *d, OwnPicture *p, char text[MM_SCENE_TEXT], Error *err)
{
    Cutouts c;
    if (o->file) {
        snprintf(text, MM_SCENE_TEXT, "%s", o->text);
        return own_picture_load(o->file, d, p, err);
    }
    if (!mm_cutouts_load(o->common.data, &c, err)) {
        return false;
    }
    Scene scene = mm_scene_new(&c, MM_SCENE_HELD_OUT, mm_scene_rng(o->common.seed, MM_SCENE_HELD_OUT, o->scene - 1));
    snprintf(text, MM_SCENE_TEXT, "%s", mm_scene_caption(&scene.facts, o->language, 0).text);
    bool ok = own_picture_new(&scene.picture, "the scene", d, p, err);
    mm_scene_free(&scene);
    mm_cutouts_free(&c);
    return ok;
}

static bool see(const SeeOptions *o, const UniterModel *m, const Detector *d, Error *err)
{
    OwnPicture p;
    UniterBatch b;
    char text[MM_SCENE_TEXT];
    if (!find_picture(o, d, &p, text, err)) {
        return false;
    }
    Graph *g = mm_graph_new(0); /* recorded, so that the attention of each layer can be found */
    mm_graph_train(g, false);
    bool ok = own_picture_ask(g, &p, m->tokenizer, text, &b, NULL, err);
    if (ok) {
        Seen s;
        look(m, &p, &b, g, o->layer, &s);
        printf("\"%s\", %d regions; attention of layer %d of %d, mean of its heads\n", text, s.R,
               o->layer ? o->layer : m->uniter.config.bert.layers, m->uniter.config.bert.layers);
        print_table(&p, &s);
        ok = draw(o, &p, &s, err);
        forget(&s);
    }
    mm_graph_free(g);
    own_picture_free(&p);
    return ok;
}

static bool run(const SeeOptions *o, Error *err)
{
    char *folder = find_model(&o->common, "model", "pretrain", err);
    UniterModel m = {.params = NULL};
    Detector d = {.params = NULL};
    bool ok = folder && uniter_folder_load(folder, &m, err) && detector_load(&d, folder, err);
    if (ok && o->layer > m.uniter.config.bert.layers) {
        ok = mm_error(err, "%s: there is no layer %d, there are %d", folder, o->layer, m.uniter.config.bert.layers);
    }
    ok = ok && see(o, &m, &d, err);
    detector_free(&d);
    uniter_model_free(&m);
    free(folder);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    SeeOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'S': o->scene = (int)mm_option_number(state, "--scene", arg, 1, 1000000); break;
    case 'L': o->layer = (int)mm_option_number(state, "--layer", arg, 1, 1000); break;
    case 'g': o->language = (Language)mm_option_choice(state, "--language", arg, language_name); break;
    case ARGP_KEY_ARG:
        if (o->text) {
            argp_error(state, "one picture and one text can be seen, not \"%s\" too", arg);
        }
        *(o->file ? &o->text : &o->file) = arg;
        break;
    case ARGP_KEY_END:
        if (o->file && !o->text) {
            argp_error(state, "%s: the text is missing", o->file);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_see(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"scene", 'S', "N", 0, "scene N of those that are not learned from, with its caption (1)", 0},
        {"layer", 'L', "N", 0, "attention of layer N (the last)", 0},
        {"language", 'g', "LANG", 0, "the scene's caption in en (default) or zh", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "[FILE TEXT]",
        .children = mm_common_options,
        .doc = "Draws to OUT/see how much attention the words of a text and the regions of a picture pay to each "
               "other, and which words optimal transport moves onto which regions."};
    SeeOptions o = {.common = mm_common_defaults("out/uniter"), .scene = 1};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
