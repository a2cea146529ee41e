/* search_command.c: `search`: the pictures whose embeddings lie closest to that of a text, of a picture, or of a sum of both. */
#include "io/memory.h"
#include "mm/search.h"

#include <math.h>

enum { KEY_PLUS = 1000, KEY_MINUS };

typedef struct SearchOptions {
    const EncodersProgram *program;
    Common common;
    const char **word; /* of the query */
    int words, top;
    const char *image; /* NULL: the query is a text */
    const char **term; /* texts that are added, and texts that are taken away, */
    bool *minus;       /* which these are */
    int terms;
    const char *style, *folder, *index;
    bool all_styles;
} SearchOptions;

/* The words with a space between them, or the name of the picture; and what is added and taken away: "cat.png + dog - cat". NULL: it is
 * not UTF-8, or nothing but white space. The caller frees. */
static char *name_query(const SearchOptions *o, Error *err)
{
    char *first = o->image ? mm_index_readable(o->image) : NULL;
    size_t room = first ? strlen(first) + 1 : 1;
    for (int i = 0; i < o->words; i++) {
        room += strlen(o->word[i]) + 1;
    }
    for (int i = 0; i < o->terms; i++) {
        room += strlen(o->term[i]) + 3;
    }
    char *text = mm_take(room, 1);
    strcat(text, first ? first : "");
    for (int i = 0; i < o->words; i++) {
        strcat(strcat(text, i ? " " : ""), o->word[i]);
    }
    bool ok = text[strspn(text, " \t\r\n")] || mm_error(err, "the query is empty");
    for (int i = 0; i < o->terms; i++) {
        strcat(strcat(text, o->minus[i] ? " - " : " + "), o->term[i]);
    }
    ok = ok && mm_utf8_check(text, strlen(text), "the query", 0, err);
    free(first);
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}

/* Of the text, or of the picture, with length 1; NULL: an error. The caller frees. */
static real *embed_first(const SearchOptions *o, const Encoders *e, const char *text, Error *err)
{
    Picture p;
    if (!o->image) {
        return mm_text_embeddings(e, &text, 1, err);
    }
    if (!mm_picture_load(o->image, &p, err)) {
        return NULL;
    }
    real *embedding = mm_picture_embeddings(e, &p, 1);
    mm_picture_free(&p);
    return embedding;
}

/* Adds the embeddings of the terms, each of length 1, with their signs. The length of the sum does not matter for what is closest, but
 * does for what is printed: cosines. */
static bool add_terms(const SearchOptions *o, const Encoders *e, real *sum, Error *err)
{
    real *term = o->terms ? mm_text_embeddings(e, o->term, o->terms, err) : NULL;
    double squares = 0;
    for (int i = 0; i < e->embed && term; i++) {
        for (int t = 0; t < o->terms; t++) {
            real part = term[(size_t)t * (size_t)e->embed + (size_t)i];
            sum[i] += o->minus[t] ? -part : part;
        }
        squares += (double)sum[i] * (double)sum[i];
    }
    for (int i = 0; i < e->embed && squares > 0; i++) {
        sum[i] = (real)((double)sum[i] / sqrt(squares));
    }
    free(term);
    return o->terms == 0 || term;
}

static bool open_gallery(const SearchOptions *o, const Encoders *e, Gallery *y, Error *err)
{
    const char *style = o->all_styles ? NULL : o->style ? o->style : mm_test_style;
    return o->index    ? mm_gallery_index(e, o->index, y, err)
           : o->folder ? mm_gallery_folder(e, o->folder, y, err)
                       : mm_gallery_emoji(e, o->common.data, style, y, err);
}

static bool run(const SearchOptions *o, Error *err)
{
    Encoders e = {0};
    Gallery y = {0};
    SearchOptions alone = *o;
    alone.terms = 0;
    real *embedding = NULL;
    char *query = name_query(o, err), *first = query ? name_query(&alone, err) : NULL;
    bool ok = query && o->program->load(&o->common, o->program->input, &e, err) && (embedding = embed_first(o, &e, first, err)) &&
              add_terms(o, &e, embedding, err) && open_gallery(o, &e, &y, err) &&
              mm_gallery_search(&y, &(Wanted){embedding, query, o->common.out, o->top, o->common.json}, err);
    free(embedding);
    mm_gallery_free(&y);
    o->program->free(&e);
    free(query);
    free(first);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    SearchOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        state->child_inputs[1] = o->program->input;
        break;
    case 'n': o->top = (int)mm_option_number(state, "--top", arg, 1, 10000); break;
    case 'S': o->style = arg; break;
    case 'a': o->all_styles = true; break;
    case 'f': o->folder = arg; break;
    case 'x': o->index = arg; break;
    case 'i': o->image = arg; break;
    case KEY_PLUS:
    case KEY_MINUS:
        o->minus[o->terms] = key == KEY_MINUS;
        o->term[o->terms++] = arg;
        break;
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

int mm_search_command(const EncodersProgram *program, int argc, char **argv)
{
    size_t most = (size_t)argc;
    SearchOptions o = {.program = program, .common = program->defaults(), .top = 24, .word = mm_take(most, sizeof *o.word)};
    o.term = mm_take(most, sizeof *o.term);
    o.minus = mm_take(most, sizeof *o.minus);
    static const struct argp_option options[] = {
        {"top", 'n', "N", 0, "show the N closest pictures (24)", 0},
        {"image", 'i', "FILE", 0, "search by this picture, not by a text", 0},
        {"plus", KEY_PLUS, "TEXT", 0, "add this to the query: a picture that is more like it", 0},
        {"minus", KEY_MINUS, "TEXT", 0, "take this away from the query: a picture that is less like it", 0},
        {"index", 'x', "FILE", 0, "search the pictures of this index, see `index`", 0},
        {"folder", 'f', "DIR", 0, "search the pictures (.png, .jpg, .jpeg, .gif, .bmp) in DIR and below", 0},
        {"style", 'S', "NAME", 0, "search the emoji of this style (noto, which training never saw)", 0},
        {"all-styles", 'a', NULL, 0, "search the emoji of all styles", 0},
        {0}};
    const struct argp_child children[] = {mm_common_options[0], {program->options, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = children,
        .args_doc = "TEXT...\n--image FILE",
        .doc = "Finds the pictures closest to a text or to a picture, and to what --plus and --minus make of it. Prints them and "
               "writes OUT/search/TEXT.png, a contact sheet, and OUT/search/TEXT.html, a page."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = run(&o, &err);
    free(o.word);
    free(o.term);
    free(o.minus);
    return ok ? 0 : mm_program_error(&err);
}
