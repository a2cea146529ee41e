/* measure.c: Recall@K. */
#include "measure.h"

#include <jansson.h>
#include <stdlib.h>

static Retrieval both_ways(const real *similarity, const Test *t)
{
    return (Retrieval){mm_recall(similarity, t->pictures, t->texts, t->picture_label, t->text_label),
                       mm_recall_columns(similarity, t->pictures, t->texts, t->picture_label, t->text_label)};
}

real *measure_cosines(const Align *align, const Wordpiece *tok, const Test *t, Error *err)
{
    const Encoders e = align_encoders(align, tok);
    real *text = mm_text_embeddings(&e, t->text, t->texts, err);
    if (!text) {
        return NULL;
    }
    real *image = mm_picture_embeddings(&e, t->picture, t->pictures),
         *cosine = mm_cosines(image, t->pictures, text, t->texts, e.embed);
    free(image);
    free(text);
    return cosine;
}

bool measure(const Align *align, const Wordpiece *tok, const Test *t, Retrieval *r, Error *err)
{
    real *cosine = measure_cosines(align, tok, t, err);
    if (!cosine) {
        return false;
    }
    *r = both_ways(cosine, t);
    free(cosine);
    return true;
}

Retrieval measure_chance(const Test *t)
{
    return (Retrieval){mm_recall_chance(t->pictures, t->texts, t->picture_label, t->text_label),
                       mm_recall_chance(t->texts, t->pictures, t->text_label, t->picture_label)};
}

Retrieval measure_pixels(const Test *t)
{
    return both_ways(t->pixels, t);
}

static void print_row(const char *name, const char *way, Recall r)
{
    printf("  %-26s %-14s  %.3f  %.3f  %.3f  %8.1f\n", name, way, r.at1, r.at5, r.at10, r.median_rank);
}

void measure_print(const Test *t, const Retrieval *model)
{
    Retrieval rows[] = {measure_chance(t), *model, *model};
    if (t->pixels) {
        rows[1] = measure_pixels(t);
    }
    static const char *const names[] = {"chance", "pixel nearest neighbour", "model"};
    printf("%s: %d pictures, %d texts\n\n", t->name, t->pictures, t->texts);
    printf("  %-26s %-14s  %-6s %-6s %-6s %s\n", "", "", "R@1", "R@5", "R@10", "median rank");
    for (int i = 0; i < 3; i += i == 0 && !t->pixels ? 2 : 1) {
        print_row(names[i], "image to text", rows[i].to_text);
        print_row("", "text to image", rows[i].to_image);
    }
    printf("\n");
}

static json_t *retrieval_json(Retrieval r)
{
    return json_pack("{s:o, s:o}", "image to text", mm_recall_json(r.to_text), "text to image", mm_recall_json(r.to_image));
}

json_t *measure_json(const Test *t, const Retrieval *model)
{
    return json_pack("{s:s, s:i, s:i, s:o, s:o, s:o}", "test", t->name, "pictures", t->pictures, "texts", t->texts, "chance",
                     retrieval_json(measure_chance(t)), "pixel nearest neighbour",
                     t->pixels ? retrieval_json(measure_pixels(t)) : json_null(), "model", retrieval_json(*model));
}
