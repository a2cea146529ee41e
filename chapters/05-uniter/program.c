/* program.c: what several commands share. */
#include "program.h"
#include "mm/io.h"

#include <stdlib.h>
#include <string.h>

const char *const language_name[] = {"en", "zh", NULL};
const char *const split_words[MM_SCENE_SPLITS] = {"seen", "pairs of things never seen together", "the same in a style never seen",
                                                  "the same in photographs"};

char *find_model(const Common *common, const char *name, const char *maker, Error *err)
{
    char *folder = common->model ? strdup(common->model) : mm_join_path(common->out, name);
    if (!mm_file_exists(folder)) {
        mm_error(err, "%s: there is no model here; `uniter %s` makes one, --model DIR names another", folder, maker);
        free(folder);
        return NULL;
    }
    return folder;
}
