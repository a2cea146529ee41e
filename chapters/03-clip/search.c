/* search.c: `clip search`: the pictures whose embeddings lie closest to that of a text or of a picture. */
#include "gallery.h"
#include "io/memory.h"

typedef struct SearchOptions {
    Common common;
    const char **word; /* of the query */
    int words, top;
    const char *image; /* NULL: the query is a text */
    const char *style, *folder, *index;
    bool all_styles;
} SearchOptions;

/* The words with a space between them; NULL: not UTF-8, or nothing but white space. The caller frees. */
static char *join_words(const char **word, int n, Error *err)
{
    size_t room = 1;
    for (int i = 0; i < n; i++) {
        room += strlen(word[i]) + 1;
    }
    char *text = mm_take(room, 1);
    for (int i = 0; i < n; i++) {
        strcat(strcat(text, i ? " " : ""), word[i]);
    }
    bool ok = mm_utf8_check(text, strlen(text), "the query", 0, err) &&
              (text[strspn(text, " \t\r\n")] || mm_error(err, "the query is empty"));
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}

/* The embedding of what is looked for; NULL: an error. The caller frees. */
static real *embed_query(const SearchOptions *o, const ClipModel *m, const char *query, Error *err)
{
    Picture p;
    if (!o->image) {
        return clip_embed_texts(&m->clip, m->tokenizer, &query, 1, err);
    }
    if (!mm_picture_load(o->image, &p, err)) {
        return NULL;
    }
    real *e = clip_embed_pictures(&m->clip, &p, 1);
    mm_picture_free(&p);
    return e;
}

static bool open_gallery(const SearchOptions *o, const ClipModel *m, Gallery *y, Error *err)
{
    return o->index    ? gallery_index(m, o->index, y, err)
           : o->folder ? gallery_folder(m, o->folder, y, err)
                       : gallery_emoji(m, o->common.data,
                                       o->all_styles ? NULL
                                       : o->style    ? o->style
                                                     : mm_test_style,
                                       y, err);
}

static bool run(const SearchOptions *o, Error *err)
{
    ClipModel m = {0};
    Gallery y = {0};
    real *embedding = NULL;
    char *query = o->image ? index_readable(o->image) : join_words(o->word, o->words, err);
    bool ok = query && program_load_model(&o->common, &m, err) && (embedding = embed_query(o, &m, query, err)) &&
              open_gallery(o, &m, &y, err) &&
              gallery_search(&y, &(Wanted){embedding, query, o->common.out, o->top, o->common.json}, err);
    free(embedding);
    gallery_free(&y);
    clip_model_free(&m);
    free(query);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    SearchOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'n': o->top = (int)mm_option_number(state, "--top", arg, 1, 10000); break;
    case 'S': o->style = arg; break;
    case 'a': o->all_styles = true; break;
    case 'f': o->folder = arg; break;
    case 'x': o->index = arg; break;
    case 'i': o->image = arg; break;
    case ARGP_KEY_ARG: o->word[o->words++] = arg; break;
    case ARGP_KEY_END:
        if ((o->words > 0) == (o->image != NULL)) {
            argp_error(state, o->image ? "a text or a picture, not both" : "what should be searched for?");
        }
        if ((o->style != NULL) + o->all_styles + (o->folder != NULL) + (o->index != NULL) > 1) {
            argp_error(state, "--style, --all-styles, --folder and --index exclude each other");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_search(int argc, char **argv)
{
    SearchOptions o = {.common = program_defaults(), .word = mm_take((size_t)argc, sizeof *o.word), .top = 24};
    static const struct argp_option options[] = {
        {"top", 'n', "N", 0, "show the N closest pictures (24)", 0},
        {"image", 'i', "FILE", 0, "search by this picture, not by a text", 0},
        {"index", 'x', "FILE", 0, "search the pictures of this index, see `clip index`", 0},
        {"folder", 'f', "DIR", 0, "search the pictures (.png, .jpg, .jpeg, .gif, .bmp) in DIR and below", 0},
        {"style", 'S', "NAME", 0, "search the emoji of this style (noto, which training never saw)", 0},
        {"all-styles", 'a', NULL, 0, "search the emoji of all styles", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .args_doc = "TEXT...\n--image FILE",
        .doc = "Finds the pictures closest to a text, in English or Chinese, or to a picture. Prints them and "
               "writes OUT/search/TEXT.png, a contact sheet, and OUT/search/TEXT.html, a page."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = run(&o, &err);
    free(o.word);
    return ok ? 0 : mm_program_error(&err);
}
