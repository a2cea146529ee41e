/* report.c: see report.h. */
#include "report.h"
#include "program.h"

#include <jansson.h>
#include <stdio.h>

static const struct {
    const char *key, *what, *baseline;
} question[] = {{"itm", "text and picture match", "always the same answer"},
                {"foil-thing", "  if not: another thing", "always the same answer"},
                {"foil-count", "  if not: another number", "always the same answer"},
                {"foil-side", "  if not: the other side", "always the same answer"},
                {"mlm", "masked word that names a thing", "without the picture"},
                {"where", "masked word that says where", "without the picture"},
                {"alignment", "word aligned with its thing", "the largest region"}};
enum { QUESTIONS = sizeof question / sizeof *question };

static void print_text(const char *split, int n, const Accuracy *a)
{
    printf("\n%d scenes, %s\n  %-32s %6s %7s %7s %9s\n", n, split, "", "asked", "model", "chance", "baseline");
    for (int q = 0; q < QUESTIONS; q++) {
        printf("  %-32s %6d %7.3f %7.3f %9.3f  %s\n", question[q].what, a[q].asked, a[q].model, a[q].chance, a[q].baseline,
               question[q].baseline);
    }
}

static json_t *accuracy_json(const Accuracy *a)
{
    return json_pack("{s:i, s:f, s:f, s:f}", "asked", a->asked, "model", a->model, "chance", a->chance, "baseline", a->baseline);
}

bool report(const UniterModel *m, const Detector *d, const Cutouts *c, Language language, int n, const Common *common, Error *err)
{
    Tokens tokens;
    json_t *all = json_object();
    bool ok = tokens_find(m->tokenizer, &tokens, err);
    for (int s = MM_SCENE_HELD_OUT; s < MM_SCENE_SPLITS && ok; s++) {
        Scenes scenes;
        if (s == MM_SCENE_PHOTOGRAPHS && !c->photographs) {
            continue;
        }
        ok = scenes_make(c, d, (SceneSplit)s, common->seed, n, language, m->tokenizer, &scenes, err);
        if (ok) {
            const Measures got = measure(&m->uniter, &scenes.set, &tokens, common->seed);
            const Accuracy a[QUESTIONS] = {got.itm, got.foil[0], got.foil[1], got.foil[2], got.mlm, got.where, got.alignment};
            json_t *split = json_object();
            for (int q = 0; q < QUESTIONS; q++) {
                json_object_set_new(split, question[q].key, accuracy_json(&a[q]));
            }
            json_object_set_new(all, mm_scene_split_name[s], split);
            if (!common->json) {
                print_text(split_words[s], n, a);
            }
            scenes_free(&scenes);
        }
    }
    if (ok && common->json) {
        json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(all);
    return ok;
}
