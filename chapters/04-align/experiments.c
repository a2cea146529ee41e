/* experiments.c: what can be compared. Variants differ from the reference in one thing, and each sees as many pairs. */
#include "compare.h"

#include <stdio.h>
#include <string.h>

static Variant *add(Variant *v, int *n, const Variant *base, const char *name)
{
    Variant *x = &v[(*n)++];
    *x = *base;
    snprintf(x->name, sizeof x->name, "%s", name);
    return x;
}

/* The same rules that make the text of so many fewer pairs better may have thrown away what could be learned from; so there is one that
 * has as few, but any. */
static int filters(const Variant *base, const Sources *sources, Variant *v)
{
    int n = 0, kept[MM_NOISE_SOURCES];
    Variant art = *base;
    art.set.pictures = CLIPART;
    art.set.filter = -1;
    add(v, &n, &art, "as found");
    for (int source = 0; source < MM_NOISE_SOURCES; source++) {
        Funnel f = mm_funnel((NoiseSource)source);
        mm_funnel_run(&f, &sources->noise);
        kept[source] = f.kept;
        mm_funnel_free(&f);
        Variant *x = add(v, &n, &art, "");
        x->set.filter = source;
        snprintf(x->name, sizeof x->name, "rules: %s", mm_noise_source[source]);
    }
    add(v, &n, &v[n - 1], "here, and of 3 words")->set.words = 3;
    add(v, &n, &art, "any, as few as rules: here")->set.part = kept[MM_LIMITS_HERE] / (double)sources->noise.n;
    return n;
}

static int noise(const Variant *base, const Sources *sources, Variant *v)
{
    int n = 0;
    (void)sources;
    for (int part = 0; part <= 60; part += 30) {
        Variant *x = add(v, &n, base, "");
        x->set.shuffled = part / 100.0;
        snprintf(x->name, sizeof x->name, "%d %% wrong", part);
    }
    return n;
}

static int scale(const Variant *base, const Sources *sources, Variant *v)
{
    int n = 0;
    Variant art = *base;
    art.set.pictures = CLIPART;
    add(v, &n, &art, "1/4 of the clip art")->set.part = 0.25;
    add(v, &n, &art, "1/2 of the clip art")->set.part = 0.5;
    add(v, &n, &art, "all clip art");
    add(v, &n, &art, "and emoji")->set.pictures = BOTH;
    add(v, &n, &v[n - 1], "and people, symbols")->set.more.groups = true;
    if (sources->emoji.n_styles > MM_STYLES) {
        add(v, &n, &v[n - 1], "and two more styles")->set.more.styles = true;
    }
    if (sources->icons.n > 0) {
        add(v, &n, &v[n - 1], "and icons")->set.pictures = ALL;
    }
    return n;
}

/* More is said of a picture than its name: whoever put it up for others to find added keywords. */
static int texts(const Variant *base, const Sources *sources, Variant *v)
{
    static const char *const names[] = {
        [NAMES] = "names", [KEYWORDS] = "keywords", [NAMES_AND_KEYWORDS] = "both, a pair of each"};
    int n = 0;
    (void)sources;
    for (int kind = NAMES; kind <= NAMES_AND_KEYWORDS; kind++) {
        Variant *x = add(v, &n, base, names[kind]);
        x->set.pictures = BOTH;
        x->set.texts = (Texts)kind;
    }
    return n;
}

/* Who puts a picture up may write "red apple" or "A red apple.": the articles and full stops of the one form are noise to a model that knows
 * only the other. */
static int sentences(const Variant *base, const Sources *sources, Variant *v)
{
    int n = 0;
    (void)sources;
    for (int half = 0; half <= 2; half++) {
        static const char *const names[] = {"red apple", "half: a red apple.", "a red apple."};
        Variant *x = add(v, &n, base, names[half]);
        x->set.pictures = BOTH;
        x->recipe.sentences = half / 2.0;
    }
    return n;
}

static int temperatures(const Variant *base, const Sources *sources, Variant *v)
{
    static const double start[] = {0.1, 1};
    int n = 0;
    (void)sources;
    for (int i = 0; i < 4; i++) {
        Variant *x = add(v, &n, base, "");
        x->recipe.fixed_temperature = i >= 2;
        x->recipe.model.temperature = (real)start[i % 2];
        snprintf(x->name, sizeof x->name, "%s %g", i < 2 ? "learned from" : "fixed at", start[i % 2]);
    }
    return n;
}

static int batches(const Variant *base, const Sources *sources, Variant *v)
{
    int n = 0;
    (void)sources;
    for (int size = 32; size <= 128; size *= 2) {
        Variant *x = add(v, &n, base, "");
        x->recipe.batch = size;
        snprintf(x->name, sizeof x->name, "%d pairs", size);
    }
    return n;
}

/* Where a third of the texts is wrong, certainty is wrong as well. */
static int smoothings(const Variant *base, const Sources *sources, Variant *v)
{
    static const double smoothing[] = {0, 0.1, 0.3};
    int n = 0;
    (void)sources;
    for (int i = 0; i < 3; i++) {
        Variant *x = add(v, &n, base, "");
        x->recipe.smoothing = smoothing[i];
        x->set.shuffled = 0.3;
        snprintf(x->name, sizeof x->name, "%g, 30 %% wrong", smoothing[i]);
    }
    return n;
}

static int losses(const Variant *base, const Sources *sources, Variant *v)
{
    int n = 0;
    (void)sources;
    add(v, &n, base, "ALIGN");
    add(v, &n, base, "ALIGN, no smoothing")->recipe.smoothing = 0;
    Variant *x = add(v, &n, base, "CLIP");
    x->recipe.smoothing = 0;
    x->recipe.clip_loss = true;
    return n;
}

static int optimizers(const Variant *base, const Sources *sources, Variant *v)
{
    int n = 0;
    (void)sources;
    for (int i = 1; i <= 2; i++) {
        Variant *x = add(v, &n, base, "");
        recipe_use(&x->recipe, &mm_lamb);
        x->recipe.lr *= i;
        snprintf(x->name, sizeof x->name, "LAMB, lr %g", x->recipe.lr);
    }
    recipe_use(&add(v, &n, base, "AdamW, lr 0.004")->recipe, &mm_adamw);
    recipe_use(&add(v, &n, base, "Muon, lr 0.002")->recipe, &mm_muon);
    return n;
}

const Experiment experiments[] = {
    {"filter", "does it help to leave out the noise?", filters, 0, false},
    {"noise", "what do wrong texts cost?", noise, 0, true},
    {"scale", "what do more pairs buy?", scale, 2, true, .fetched = true},
    {"texts", "names, or keywords?", texts, 0, false},
    {"sentences", "names, or captions?", sentences, 0, false},
    {"temperature", "must the temperature be learned?", temperatures, 0, false},
    {"batch", "do more pairs in a batch help?", batches, 2, true},
    {"smoothing", "does label smoothing help against wrong texts?", smoothings, 1, true},
    {"loss", "ALIGN's loss or CLIP's?", losses, 0, false},
    {"optimizer", "LAMB, AdamW or Muon?", optimizers, 0, false},
    {0},
};

const Experiment *experiment_named(const char *name)
{
    for (const Experiment *e = experiments; e->name; e++) {
        if (strcmp(e->name, name) == 0) {
            return e;
        }
    }
    return NULL;
}
