/* eval.c: `clip eval`: Recall@K both ways, in both languages, beside chance and the nearest neighbour in pixels. */
#include "evaluate.h"
#include "io/memory.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

const char **test_names(const EmojiTest *t, int language)
{
    return language == EN ? t->en : t->zh;
}

/* A class that is called by the concept's name and by each of its tags. */
static void add_concept(Classes *c, const Concept *concept, int language)
{
    const char *list = language == EN ? concept->tags_en : concept->tags_zh, *tag;
    char *copy = mm_copy_text(list, strlen(list)), *rest = copy;
    mm_classes_add(c, concept->code, language == EN ? concept->en : concept->zh);
    while ((tag = mm_next_tag(&rest))) {
        mm_classes_add_name(c, tag);
    }
    free(copy);
}

/* A row a concept: the direction in which its name and its tags point on average. */
static real *embed_tagged(const Clip *clip, const Tokenizer *tok, const EmojiTest *test, const Concepts *tagged, int language,
                          Error *err)
{
    Classes c = {0};
    for (int i = 0; i < test->n; i++) {
        add_concept(&c, &tagged->at[test->concept[i]], language);
    }
    real *said = clip_embed_texts(clip, tok, (const char **)c.name, c.names, err), *row = NULL;
    if (said) {
        row = mm_take((size_t)c.n * (size_t)clip->config.embed, sizeof *row);
        mm_prompt_ensemble(said, c.of, c.names, c.n, clip->config.embed, row);
    }
    free(said);
    mm_classes_free(&c);
    return row;
}

bool evaluate(const Clip *clip, const Tokenizer *tok, const EmojiTest *test, const Concepts *tagged, Retrieval *r, Error *err)
{
    real *image = clip_embed_pictures(clip, test->picture, test->n);
    bool ok = true;
    for (int l = 0; l < LANGUAGES && ok; l++) {
        real *text = tagged ? embed_tagged(clip, tok, test, tagged, l, err)
                            : clip_embed_texts(clip, tok, test_names(test, l), test->n, err);
        ok = text != NULL;
        if (ok) {
            real *cosine = mm_cosines(image, test->n, text, test->n, clip->config.embed);
            r->to_text[l] = mm_recall(cosine, test->n, test->n, test->concept, test->concept);
            r->to_image[l] = mm_recall_columns(cosine, test->n, test->n, test->concept, test->concept);
            free(cosine);
        }
        free(text);
    }
    free(image);
    return ok;
}

typedef struct EvalOptions {
    Common common;
    bool unseen, all_groups, tags;
    CaptionsEval captions; /* file.path NULL: the emoji */
} EvalOptions;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    EvalOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'u': o->unseen = true; break;
    case 'g': o->all_groups = true; break;
    case 't': o->tags = true; break;
    case 'c': o->captions.file.path = arg; break;
    case 'p': o->captions.file.pictures = arg; break;
    case 'S': o->captions.split = arg; break;
    case 'n': o->captions.most = (int)mm_option_number(state, "--captions-each", arg, 1, 1000); break;
    case 'F': o->captions.folds = (int)mm_option_number(state, "--folds", arg, 1, 1000); break;
    case ARGP_KEY_END:
        if ((o->unseen || o->all_groups || o->tags) && o->captions.file.path) {
            argp_error(state, "--unseen-concepts, --all-groups and --tags are about the emoji, --captions about other pictures");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void print_row(const char *name, Recall r)
{
    printf("  %-34s %.3f  %.3f  %.3f  %8.1f\n", name, r.at1, r.at5, r.at10, r.median_rank);
}

json_t *retrieval_json(const Retrieval *r, int language)
{
    return json_pack("{s:o, s:o}", "image to text", mm_recall_json(r->to_text[language]), "text to image",
                     mm_recall_json(r->to_image[language]));
}

static void print_json(const EmojiTest *test, const Retrieval *r, Recall chance, Recall pixels)
{
    json_t *j = json_pack("{s:s, s:i, s:o, s:o}", "style", mm_test_style, "candidates", test->n, "chance", mm_recall_json(chance),
                          "pixel nearest neighbour", mm_recall_json(pixels));
    for (int l = 0; l < LANGUAGES; l++) {
        json_object_set_new(j, language_name[l], retrieval_json(r, l));
    }
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

static void print_table(const EmojiTest *test, bool tags, const Retrieval *r, Recall chance, Recall pixels)
{
    printf("Pictures of the style \"%s\", never trained on, against the names%s of their %d concepts\n\n", mm_test_style,
           tags ? " and tags" : "", test->n);
    printf("  %-34s %-6s %-6s %-6s %s\n", "", "R@1", "R@5", "R@10", "median rank");
    print_row("chance", chance);
    print_row("pixel nearest neighbour", pixels);
    for (int l = 0; l < LANGUAGES; l++) {
        char name[64];
        snprintf(name, sizeof name, "image to text, %s", language_name[l]);
        print_row(name, r->to_text[l]);
        snprintf(name, sizeof name, "text to image, %s", language_name[l]);
        print_row(name, r->to_image[l]);
    }
    printf("\nThe pixel nearest neighbour finds a concept through the stored pictures of the other six styles; the model has "
           "only %s.\n",
           tags ? "texts" : "names");
}

static bool run(const EvalOptions *o, Error *err)
{
    EmojiSet emoji = {0};
    ClipModel model = {0};
    Retrieval r;
    bool ok = program_load_model(&o->common, &model, err) &&
              mm_emoji_load_more(o->common.data, (EmojiMore){.groups = o->all_groups}, &emoji, err);
    if (ok) {
        int style = mm_emoji_style(&emoji, mm_test_style);
        EmojiTest test = mm_emoji_test(&emoji, style, o->unseen);
        ok = evaluate(&model.clip, model.tokenizer, &test, o->tags ? &emoji.concepts : NULL, &r, err);
        if (ok) {
            Recall chance = mm_recall_chance(test.n, test.n, test.concept, test.concept),
                   pixels = mm_emoji_pixel_recall(&emoji, style, &test);
            if (o->common.json) {
                print_json(&test, &r, chance, pixels);
            } else {
                print_table(&test, o->tags, &r, chance, pixels);
            }
        }
        mm_emoji_test_free(&test);
    }
    mm_emoji_free(&emoji);
    clip_model_free(&model);
    return ok;
}

int command_eval(int argc, char **argv)
{
    EvalOptions o = {.common = program_defaults(), .captions = {.most = 5, .folds = 1}};
    const struct argp_option options[] = {
        {"unseen-concepts", 'u', NULL, 0, "only the concepts that `clip train --unseen-concepts` never sees", 0},
        {"all-groups", 'g', NULL, 0, "people's bodies and symbols too, for a model of `clip train --all-groups`", 0},
        {"tags", 't', NULL, 0, "concepts are called by their tags too, not by their names alone", 0},
        {"captions", 'c', "FILE", 0, "own pictures: COCO or Karpathy JSON, Flickr30k tokens, CSV or TSV, or a folder", 1},
        {"pictures", 'p', "DIR", 0, "the folder of these pictures (that of FILE)", 1},
        {"split", 'S', "NAME", 0, "only those of this split, such as test (all)", 1},
        {"captions-each", 'n', "N", 0, "the first N captions of a picture count (5)", 1},
        {"folds", 'F', "N", 0, "cut the pictures into N parts and print means: 5 for the figure \"COCO 1K\" of 5,000 (1)", 1},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Recall@1, 5 and 10 of a trained model on the pictures of the style that training never saw, or on own pictures."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return (o.captions.file.path ? eval_captions(&o.common, &o.captions, &err) : run(&o, &err)) ? 0 : mm_program_error(&err);
}
