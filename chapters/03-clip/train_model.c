/* train_model.c: the model that `clip train` begins with, where it is not the recipe's. */
#include "folder.h"
#include "train.h"

#include <unistd.h>

/* Parameters, gradients and two moments must find room, before pages of zeros are filled. */
static bool fits_memory(const ClipConfig *c, const char *path, Error *err)
{
    double needed = clip_numbers(c) * 4 * sizeof(real), held = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    return needed <= held ||
           mm_error(err, "%s: such a model takes %.0f GiB with its gradients and moments; this machine has %.1f", path,
                    needed / (1 << 30), held / (1 << 30));
}

static bool read_config(Recipe *r, const char *path, Error *err)
{
    bool described;
    ClipConfig c = {0};
    if (!clip_config_read(path, &c, &described, err)) {
        return false;
    }
    r->model = c;
    return described ? fits_memory(&c, path, err)
                     : mm_error(err, "%s: describes no CLIP: there is no \"text_config\" and no \"vision_config\"", path);
}

/* The model that is fine-tuned, if there is one, decides on its own shape. */
bool train_load_model(Run *run, Error *err)
{
    const TrainOptions *o = run->options;
    ClipModel m;
    if (!o->from) {
        bool ok = !o->config || read_config(&run->recipe, o->config, err);
        run->recipe.model.bias = o->loss == LOSS_SIGLIP;
        return ok;
    }
    if (!clip_folder_load(o->from, &m, err)) {
        return false;
    }
    if (o->loss == LOSS_SIGLIP && !m.clip.logit_bias) {
        clip_add_bias(&m.clip);
    }
    run->params = m.params;
    run->clip = m.clip;
    run->tokenizer = m.tokenizer;
    run->recipe.model = m.clip.config;
    return true;
}
