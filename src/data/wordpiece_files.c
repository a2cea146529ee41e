/* wordpiece_files.c: vocab.txt, a token a line, whose number is the line's (from 0), and tokenizer_config.json, as Hugging Face has them. */
#include "data/wordpiece.h"
#include "io/memory.h"

enum { FILE_LIMIT = 1 << 26 };

/* A line of vocab.txt, cut where it ends. */
static bool add_line(Wordpiece *w, const char *path, const char *line, Error *err)
{
    if (*line == 0) {
        return mm_error(err, "%s:%d: an empty line; every line is a token, and its number the token's", path, w->n + 1);
    }
    if (w->n == MM_WORDPIECES_LIMIT) {
        return mm_error(err, "%s: more than %d tokens", path, MM_WORDPIECES_LIMIT);
    }
    return mm_wordpiece_add(w, line) >= 0 ||
           mm_error(err, "%s:%d: \"%s\" a second time, after line %d", path, w->n + 1, line, mm_wordpiece_find(w, line) + 1);
}

static bool add_lines(Wordpiece *w, const char *path, char *text, size_t n, Error *err)
{
    if (!mm_utf8_check(text, n, path, 1, err)) {
        return false;
    }
    if (strlen(text) < n) {
        return mm_error(err, "%s: byte %zu is 0, so this is not text", path, strlen(text) + 1);
    }
    static const char mark[] = "\xef\xbb\xbf"; /* of byte order, which some editors write */
    char *line = strncmp(text, mark, 3) == 0 ? text + 3 : text;
    bool ok = true;
    while (ok && *line) {
        size_t size = strcspn(line, "\n");
        bool last = line[size] == 0;
        line[size] = 0;
        if (size > 0 && line[size - 1] == '\r') {
            line[size - 1] = 0;
        }
        ok = add_line(w, path, line, err);
        line += size + !last;
    }
    return ok && mm_wordpiece_bind(w, path, err);
}

Wordpiece *mm_wordpiece_load_vocab(const char *path, bool lower, Error *err)
{
    size_t n;
    char *text = mm_read_file(path, FILE_LIMIT, &n, err);
    if (!text) {
        return NULL;
    }
    Wordpiece *w = mm_wordpiece_new(lower);
    bool ok = add_lines(w, path, text, n, err);
    free(text);
    if (!ok) {
        mm_wordpiece_free(w);
        return NULL;
    }
    return w;
}

/* A switch of tokenizer_config.json; null and absent are both `absent`. */
static bool read_switch(const json_t *j, const char *key, bool absent, bool *to, const char *path, Error *err)
{
    const json_t *v = json_object_get(j, key);
    *to = v && !json_is_null(v) ? json_is_true(v) : absent;
    return !v || json_is_null(v) || json_is_boolean(v) || mm_error(err, "%s: \"%s\" must be true or false", path, key);
}

/* tokenizer_config.json may be missing: then it is as in bert-base-uncased. */
static bool read_lower(const char *path, bool *lower, Error *err)
{
    bool unaccent, han;
    *lower = true;
    if (!mm_file_exists(path)) {
        return true;
    }
    json_t *j = mm_json_read(path, FILE_LIMIT, err);
    bool ok = j && read_switch(j, "do_lower_case", true, lower, path, err) &&
              read_switch(j, "strip_accents", *lower, &unaccent, path, err) &&
              read_switch(j, "tokenize_chinese_chars", true, &han, path, err);
    json_decref(j);
    if (ok && unaccent != *lower) {
        ok = mm_error(err, "%s: \"strip_accents\" is not as \"do_lower_case\": BERT does both or neither", path);
    }
    return ok && (han || mm_error(err, "%s: \"tokenize_chinese_chars\" is false; BERT always does", path));
}

Wordpiece *mm_wordpiece_load(const char *folder, Error *err)
{
    char *vocab = mm_join_path(folder, "vocab.txt"), *config = mm_join_path(folder, "tokenizer_config.json");
    bool lower;
    Wordpiece *w = read_lower(config, &lower, err) ? mm_wordpiece_load_vocab(vocab, lower, err) : NULL;
    free(vocab);
    free(config);
    return w;
}

static bool save_vocab(const Wordpiece *w, const char *path, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    for (int i = 0; i < w->n; i++) {
        fprintf(a.file, "%s\n", w->token[i]);
    }
    return mm_atomic_commit(&a, err);
}

static bool save_config(const Wordpiece *w, const char *path, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    fprintf(a.file, "{\"tokenizer_class\": \"BertTokenizer\", \"do_lower_case\": %s, \"tokenize_chinese_chars\": true}\n",
            w->lower ? "true" : "false");
    return mm_atomic_commit(&a, err);
}

bool mm_wordpiece_save(const Wordpiece *w, const char *folder, Error *err)
{
    char *vocab = mm_join_path(folder, "vocab.txt"), *config = mm_join_path(folder, "tokenizer_config.json");
    bool ok = mm_make_folders(folder, err) && save_vocab(w, vocab, err) && save_config(w, config, err);
    free(vocab);
    free(config);
    return ok;
}
