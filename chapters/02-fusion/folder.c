/* folder.c: what it takes to make the same net again, and its parameters. */
#include "folder.h"
#include "io/memory.h"

#include <jansson.h>
#include <string.h>

char *folder_name(const Common *c)
{
    return c->model ? mm_copy_text(c->model, strlen(c->model)) : mm_join_path(c->out, "model");
}

bool folder_save(const Net *net, const StudyOptions *o, int fold, const char *folder, Error *err)
{
    const Recipe *r = &net->recipe;
    char *config = mm_join_path(folder, "config.json"), *model = mm_join_path(folder, "model.safetensors");
    json_t *j = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:f, s:s, s:s*, s:i}", "fusion", fusion_name[r->fusion],
                          "read text", reader_name[r->text], "read voice", reader_name[r->voice], "width", r->width, "hidden",
                          r->hidden, "products", r->products, "rank", r->rank, "dropout", r->dropout, "data set",
                          data_set_name[o->set], "triples", o->table, "fold", fold);
    char *text = json_dumps(j, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    bool ok = mm_make_folders(folder, err) && mm_write_file(config, text, strlen(text), err) &&
              mm_params_save(net->params, model, NULL, err);
    free(text);
    json_decref(j);
    free(config);
    free(model);
    return ok;
}

/* Which of the words j has under key. */
static bool choice(const json_t *j, const char *path, const char *key, const char *const *word, int *which, Error *err)
{
    const char *text = json_string_value(json_object_get(j, key));
    for (int i = 0; text && word[i]; i++) {
        if (strcmp(word[i], text) == 0) {
            *which = i;
            return true;
        }
    }
    return mm_error(err, "%s: \"%s\" is %s%s%s", path, key, text ? "\"" : "", text ? text : "not a text",
                    text ? "\", which is none that there is" : "");
}

static bool number(const json_t *j, const char *path, const char *key, int low, int high, int *n, Error *err)
{
    const json_t *x = json_object_get(j, key);
    json_int_t value = json_integer_value(x);
    *n = (int)value;
    return (json_is_integer(x) && value >= low && value <= high) ||
           mm_error(err, "%s: \"%s\" is no whole number from %d to %d", path, key, low, high);
}

static bool read_config(const json_t *j, const char *path, StudyOptions *o, int *fold, Error *err)
{
    Recipe *r = &o->recipe;
    int fusion = 0, text = 0, voice = 0, set = 0;
    if (!choice(j, path, "fusion", fusion_name, &fusion, err) || !choice(j, path, "read text", reader_name, &text, err) ||
        !choice(j, path, "read voice", reader_name, &voice, err) || !choice(j, path, "data set", data_set_name, &set, err) ||
        !number(j, path, "width", 4, 512, &r->width, err) || !number(j, path, "hidden", 1, 4096, &r->hidden, err) ||
        !number(j, path, "products", 1, 32, &r->products, err) || !number(j, path, "rank", 1, 256, &r->rank, err) ||
        !number(j, path, "fold", 0, MM_FOLDS - 1, fold, err)) {
        return false;
    }
    const char *table = json_string_value(json_object_get(j, "triples"));
    r->fusion = (FusionKind)fusion;
    r->text = (Reader)text;
    r->voice = (Reader)voice;
    o->set = (DataSet)set;
    o->table = table ? mm_copy_text(table, strlen(table)) : NULL;
    return r->width % 4 == 0 || mm_error(err, "%s: \"width\" is no multiple of 4", path);
}

bool folder_config(const char *folder, StudyOptions *o, int *fold, Error *err)
{
    char *path = mm_join_path(folder, "config.json");
    if (!mm_file_exists(path)) {
        free(path);
        return mm_error(err, "%s: there is no model here; `fusion train` makes one, --model DIR names another", folder);
    }
    json_t *j = mm_json_read(path, 1 << 20, err);
    bool ok = j && read_config(j, path, o, fold, err);
    json_decref(j);
    free(path);
    return ok;
}

bool folder_load(Net *net, const char *folder, Error *err)
{
    char *path = mm_join_path(folder, "model.safetensors");
    bool ok = mm_params_load(net->params, path, err);
    free(path);
    return ok;
}
