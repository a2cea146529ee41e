/* sources.c: from "chapters/03-clip/model.c:81" to that line of C, where the program still lies in the tree that it was built in. */
#include "trace.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "mm/io.h"

enum { AROUND = 2, SOURCE_LIMIT = 1 << 22 }; /* lines shown above and below */

/* The path and the line of a site; false if it is none. */
static bool split_site(const char *site, char *path, size_t size, int *line)
{
    const char *colon = strrchr(site, ':');
    if (!colon || *site == '/' || strstr(site, "..") || (size_t)(colon - site) >= size) {
        return false;
    }
    memcpy(path, site, (size_t)(colon - site));
    path[colon - site] = 0;
    *line = atoi(colon + 1);
    return *line > 0;
}

static bool is_root(const Trace *t, const char *folder)
{
    char path[PATH_MAX];
    int line;
    for (int i = 0; i < t->n; i++) {
        if (split_site(t->node[i].site, path, sizeof path, &line)) {
            char *file = mm_join_path(folder, path);
            bool found = mm_file_exists(file);
            free(file);
            if (found) {
                return true;
            }
        }
    }
    return false;
}

/* The folder around the program in which the files of the trace are; NULL: none. */
static char *source_root(const Trace *t)
{
    char *folder = realpath("/proc/self/exe", NULL), *slash;
    while (folder && (slash = strrchr(folder, '/')) && slash != folder) {
        *slash = 0;
        if (is_root(t, folder)) {
            return folder;
        }
    }
    free(folder);
    return NULL;
}

/* How a file at `path` names the root: "../../", or, from outside of it, as an address. */
static char *way_to(const char *root, const char *path)
{
    char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL, *way = NULL;
    if (slash) {
        slash[slash == copy] = 0;
    }
    char *folder = copy ? realpath(slash ? copy : ".", NULL) : NULL;
    size_t length = strlen(root);
    if (folder && strncmp(folder, root, length) == 0 && (!folder[length] || folder[length] == '/')) {
        int depth = 0;
        for (const char *c = folder + length; *c; c++) {
            depth += *c == '/';
        }
        way = calloc((size_t)depth * 3 + 1, 1);
        for (int i = 0; way && i < depth; i++) {
            memcpy(way + (size_t)i * 3, "../", 3);
        }
    } else if (asprintf(&way, "file://%s/", root) < 0) {
        way = NULL;
    }
    free(folder);
    free(copy);
    return way;
}

char *mm_source_links(const Trace *t, const char *path)
{
    char *root = source_root(t), *way = root ? way_to(root, path) : NULL;
    free(root);
    return way;
}

/* {"first": 79, "text": [lines 79 to 83]}; NULL: there is no such line. */
static json_t *excerpt(const char *file, int line)
{
    Error err;
    char *text = mm_read_file(file, SOURCE_LIMIT, NULL, &err), *at = text;
    json_t *lines = json_array();
    int first = line > AROUND ? line - AROUND : 1;
    for (int number = 1; at && *at && number <= line + AROUND; number++) {
        size_t length = strcspn(at, "\n");
        if (number >= first) {
            json_array_append_new(lines, json_stringn(at, length));
        }
        at += length + (at[length] == '\n');
    }
    free(text);
    return json_pack("{s:i, s:o}", "first", first, "text", lines);
}

struct json_t *mm_sources_json(const Trace *t, const char *path)
{
    char *root = source_root(t), *way = root ? way_to(root, path) : NULL, name[PATH_MAX];
    json_t *lines = json_object();
    int line;
    for (int i = 0; i < t->n && way; i++) {
        const char *site = t->node[i].site;
        if (split_site(site, name, sizeof name, &line) && !json_object_get(lines, site)) {
            char *file = mm_join_path(root, name);
            json_object_set_new(lines, site, excerpt(file, line));
            free(file);
        }
    }
    json_t *j = way ? json_pack("{s:s, s:O}", "root", way, "lines", lines) : NULL;
    json_decref(lines);
    free(way);
    free(root);
    return j;
}
