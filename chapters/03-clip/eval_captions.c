/* eval_captions.c: `clip eval --captions`: Recall@K as the literature has it for Flickr30k and COCO (Karpathy and Fei-Fei 2015):
 *
 *     image to text    a picture has found its text if any of its captions is among the first K of all captions
 *     text to image    every caption is a query of its own, with one right picture
 *
 * with ties as everywhere in this project (mm/metrics.h). A picture has five captions; some of COCO's have more, and then official
 * evaluations take the first five. */
#include "evaluate.h"
#include "io/memory.h"

#include <jansson.h>
#include <stdio.h>

/* What is compared: captions stand by picture, those of picture i at first[i] .. first[i + 1] - 1. */
typedef struct Gallery {
    int n, texts;
    real *image, *text; /* (n, embed), (texts, embed) */
    int *first;         /* (n + 1) */
    int left_out;
} Gallery;

typedef struct Both {
    Recall to_text, to_image;
} Both;

static void gallery_free(Gallery *y)
{
    free(y->image);
    free(y->text);
    free(y->first);
}

/* The pictures that are wanted and can be read, and their captions. */
static bool gallery_load(const ClipModel *m, const CaptionSet *set, const CaptionsEval *what, Gallery *y, Error *err)
{
    const char **path = mm_take((size_t)set->n, sizeof *path), **text = mm_take((size_t)set->captions, sizeof *text);
    int *at = mm_take((size_t)set->n, sizeof *at), *kept, wanted = 0;
    for (int i = 0; i < set->n; i++) {
        if (!what->split || strcmp(set->at[i].split, what->split) == 0) {
            at[wanted] = i;
            path[wanted++] = set->at[i].path;
        }
    }
    y->image = clip_embed_files(&m->clip, path, wanted, &kept, &y->n);
    y->left_out = wanted - y->n;
    y->first = mm_take((size_t)y->n + 1, sizeof *y->first);
    for (int i = 0; i < y->n; i++) {
        const Captioned *c = &set->at[at[kept[i]]];
        for (int k = 0; k < c->captions && k < what->most; k++) {
            text[y->texts++] = set->caption[c->first + k];
        }
        y->first[i + 1] = y->texts;
    }
    bool ok = wanted > 0 || mm_error(err, "%s: no picture of the split \"%s\"", what->file.path, what->split);
    ok = ok &&
         (y->n >= what->folds || mm_error(err, "%s: %d pictures are too few for %d folds", what->file.path, y->n, what->folds));
    y->text = ok ? clip_embed_texts(&m->clip, m->tokenizer, text, y->texts, err) : NULL;
    free(path);
    free(text);
    free(at);
    free(kept);
    return y->text != NULL;
}

/* Pictures from .. to - 1 among themselves. embed 0: what guessing gets. */
static Both measure(const Gallery *y, int from, int to, int embed)
{
    int n = to - from, head = y->first[from], texts = y->first[to] - head;
    int *picture = mm_take((size_t)n, sizeof *picture), *of = mm_take((size_t)texts, sizeof *of);
    for (int i = 0; i < n; i++) {
        picture[i] = i;
        for (int k = y->first[from + i]; k < y->first[from + i + 1]; k++) {
            of[k - head] = i;
        }
    }
    Both b;
    if (embed) {
        real *cosine = mm_cosines(y->image + (size_t)from * (size_t)embed, n, y->text + (size_t)head * (size_t)embed, texts,
                                  embed);
        b = (Both){mm_recall(cosine, n, texts, picture, of), mm_recall_columns(cosine, n, texts, picture, of)};
        free(cosine);
    } else {
        b = (Both){mm_recall_chance(n, texts, picture, of), mm_recall_chance(texts, n, of, picture)};
    }
    free(picture);
    free(of);
    return b;
}

static void add(Recall *sum, Recall r, int folds)
{
    sum->at1 += r.at1 / folds;
    sum->at5 += r.at5 / folds;
    sum->at10 += r.at10 / folds;
    sum->median_rank += r.median_rank / folds;
    sum->mean_rank += r.mean_rank / folds;
}

/* The mean over folds: pictures f n / folds .. (f + 1) n / folds - 1. */
static Both measure_folds(const Gallery *y, int folds, int embed)
{
    Both mean = {0};
    for (int f = 0; f < folds; f++) {
        Both b = measure(y, (int)((int64_t)f * y->n / folds), (int)((int64_t)(f + 1) * y->n / folds), embed);
        add(&mean.to_text, b.to_text, folds);
        add(&mean.to_image, b.to_image, folds);
    }
    return mean;
}

/* The sum of the six recalls in per cent, by which VSE++ picks a model. */
static double rsum(Both b)
{
    return 100 * (b.to_text.at1 + b.to_text.at5 + b.to_text.at10 + b.to_image.at1 + b.to_image.at5 + b.to_image.at10);
}

static void print_row(const char *name, Recall r, Recall chance)
{
    printf("  %-15s %.3f  %.3f  %.3f  %11.1f  %9.1f     %.3f  %.3f  %.3f\n", name, r.at1, r.at5, r.at10, r.median_rank,
           r.mean_rank, chance.at1, chance.at5, chance.at10);
}

static void print_table(const Gallery *y, int folds, Both b, Both chance, const char *skipped)
{
    printf("%d pictures, %d captions; means over %d part%s\n", y->n, y->texts, folds, folds > 1 ? "s" : ": all");
    if (*skipped) {
        printf("%s\n", skipped);
    }
    printf("\n%18sR@1    R@5    R@10   median rank  mean rank     chance\n", "");
    print_row("image to text", b.to_text, chance.to_text);
    print_row("text to image", b.to_image, chance.to_image);
    printf("  rsum %.1f, of chance %.1f\n", rsum(b), rsum(chance));
}

static json_t *both_json(Both b)
{
    return json_pack("{s:o, s:o, s:f}", "image to text", mm_recall_json(b.to_text), "text to image", mm_recall_json(b.to_image),
                     "rsum", rsum(b));
}

static void print_json(const Gallery *y, int folds, Both b, Both chance, const char *skipped)
{
    json_t *j = json_pack("{s:i, s:i, s:i, s:i, s:o, s:o}", "pictures", y->n, "captions", y->texts, "folds", folds, "unreadable",
                          y->left_out, "model", both_json(b), "chance", both_json(chance));
    json_object_set_new(j, "skipped", json_string(skipped));
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

bool eval_captions(const Common *common, const CaptionsEval *what, Error *err)
{
    ClipModel m = {0};
    CaptionSet set = {0};
    Gallery y = {0};
    bool ok = program_load_model(common, &m, err) && mm_captions_load(&what->file, &set, err) &&
              gallery_load(&m, &set, what, &y, err);
    if (ok) {
        char skipped[MM_SKIPS_TEXT];
        (common->json ? print_json : print_table)(&y, what->folds, measure_folds(&y, what->folds, m.clip.config.embed),
                                                  measure_folds(&y, what->folds, 0), mm_captions_skipped(&set, skipped));
    }
    gallery_free(&y);
    mm_captions_free(&set);
    clip_model_free(&m);
    return ok;
}
