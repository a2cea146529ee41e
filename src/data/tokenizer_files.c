/* tokenizer_files.c: vocab.json (token -> id) and merges.txt (a header line with "#version", then one pair a line, the most
 * frequent first), the form of Hugging Face and of OpenAI's bpe_simple_vocab_16e6.txt.gz. */
#include "data/tokenizer.h"
#include "io/memory.h"

enum { FILE_LIMIT = 1 << 26 };

/* ---- merges ---- */

/* A merges file while it is read line by line. */
typedef struct MergesFile {
    const char *path;
    char *next; /* the next line; NULL: there is none */
    int line;
} MergesFile;

static char *next_line(MergesFile *f)
{
    char *line = f->next;
    if (!line || *line == 0) {
        return NULL;
    }
    size_t n = strcspn(line, "\n");
    f->next = line[n] ? line + n + 1 : NULL;
    line[n] = 0;
    if (n > 0 && line[n - 1] == '\r') {
        line[n - 1] = 0;
    }
    f->line++;
    return line;
}

static bool check_head(MergesFile *f, const char *text, size_t n, Error *err)
{
    if (!mm_utf8_check(text, n, f->path, 1, err)) {
        return false;
    }
    if (strlen(text) < n) {
        return mm_error(err, "%s: byte %zu is 0, so this is not text", f->path, strlen(text) + 1);
    }
    const char *line = next_line(f);
    return (line && strstr(line, "#version")) ||
           mm_error(err, "%s:1: no \"#version\" in the first line, so this is not a file of merges", f->path);
}

/* "ca t</w>"; with `grow` the result becomes a token, without it must be one. */
static bool add_line(Tokenizer *tok, const MergesFile *f, char *line, bool grow, Error *err)
{
    char *space = strchr(line, ' ');
    if (!space || space == line || space[1] == 0 || strchr(space + 1, ' ')) {
        return mm_error(err, "%s:%d: not two tokens with one space between them", f->path, f->line);
    }
    *space = 0;
    Merge m = {mm_token_find(tok, line), mm_token_find(tok, space + 1), -1};
    if (m.left < 0 || m.right < 0) {
        return mm_error(err, "%s:%d: \"%s\" is not a token at this point", f->path, f->line, m.left < 0 ? line : space + 1);
    }
    char *text = mm_merge_text(tok, m.left, m.right);
    m.result = grow ? mm_token_add(tok, text) : mm_token_find(tok, text);
    bool ok = m.result >= 0 ||
              mm_error(err, "%s:%d: \"%s\" is %s", f->path, f->line, text, grow ? "made a second time" : "not in the vocabulary");
    free(text);
    return ok && (mm_merge_add(tok, m) || mm_error(err, "%s:%d: the same merge a second time", f->path, f->line));
}

/* text holds the file. At most `most` merges are read. */
static bool read_merges(Tokenizer *tok, const char *path, char *text, size_t n, int most, bool grow, Error *err)
{
    MergesFile f = {.path = path, .next = text};
    bool ok = check_head(&f, text, n, err);
    for (char *line; ok && tok->n_merges < most && (line = next_line(&f));) {
        ok = add_line(tok, &f, line, grow, err);
    }
    return ok;
}

Tokenizer *mm_tokenizer_load_merges(const char *path, int vocab_size, Error *err)
{
    if (vocab_size != 0 && (vocab_size < MM_FIXED_TOKENS || vocab_size > MM_VOCAB_LIMIT)) {
        mm_error(err, "%s: a vocabulary of %d tokens; it must be %d to %d", path, vocab_size, MM_FIXED_TOKENS, MM_VOCAB_LIMIT);
        return NULL;
    }
    size_t n;
    char *text = mm_read_gzip(path, FILE_LIMIT, &n, err);
    if (!text) {
        return NULL;
    }
    Tokenizer *tok = mm_tokenizer_of_bytes();
    int most = (vocab_size ? vocab_size : MM_VOCAB_LIMIT) - MM_FIXED_TOKENS;
    bool ok = read_merges(tok, path, text, n, most, true, err);
    if (ok && vocab_size && tok->n_merges < most) {
        ok = mm_error(err, "%s: %d merges, but a vocabulary of %d tokens needs %d", path, tok->n_merges, vocab_size, most);
    }
    mm_token_add_specials(tok);
    free(text);
    if (!ok) {
        mm_tokenizer_free(tok);
        return NULL;
    }
    return tok;
}

/* ---- the vocabulary ---- */

/* The ids must be 0 .. n-1, each once. */
static bool number_tokens(Tokenizer *tok, const char *path, Error *err)
{
    if (!json_is_object(tok->vocab) || json_object_size(tok->vocab) > MM_VOCAB_LIMIT) {
        return mm_error(err, "%s: not an object of at most %d tokens", path, MM_VOCAB_LIMIT);
    }
    tok->n = (int)json_object_size(tok->vocab);
    tok->token = mm_take((size_t)tok->n, sizeof *tok->token);
    const char *text;
    json_t *id;
    json_object_foreach(tok->vocab, text, id)
    {
        json_int_t i = json_integer_value(id);
        if (!json_is_integer(id) || i < 0 || i >= tok->n) {
            return mm_error(err, "%s: the id of \"%s\" is not one of 0 to %d", path, text, tok->n - 1);
        }
        if (tok->token[i]) {
            return mm_error(err, "%s: \"%s\" and \"%s\" have the same id", path, tok->token[i], text);
        }
        tok->token[i] = text;
    }
    return true;
}

static bool read_vocab(Tokenizer *tok, const char *path, Error *err)
{
    char missing[MM_BYTE_TEXT];
    tok->vocab = mm_json_read(path, FILE_LIMIT, err);
    if (!tok->vocab || !number_tokens(tok, path, err)) {
        return false;
    }
    if (!mm_bind_bytes(tok, missing)) {
        return mm_error(err, "%s: the token \"%s\" is missing, which stands for a byte", path, missing);
    }
    tok->start = mm_token_find(tok, MM_START_TEXT);
    tok->end = mm_token_find(tok, MM_END_TEXT);
    return (tok->start >= 0 && tok->end >= 0) || mm_error(err, "%s: %s or %s is missing", path, MM_START_TEXT, MM_END_TEXT);
}

/* tokenizer_config.json may be missing: then it is CLIP's way. */
static bool read_config(Tokenizer *tok, const char *path, Error *err)
{
    if (!mm_file_exists(path)) {
        return true;
    }
    json_t *j = mm_json_read(path, FILE_LIMIT, err), *split = json_object_get(j, "tokenize_chinese_chars");
    bool ok = j &&
              (!split || json_is_boolean(split) || mm_error(err, "%s: \"tokenize_chinese_chars\" must be true or false", path));
    tok->split_han = ok && json_is_true(split);
    json_decref(j);
    return ok;
}

Tokenizer *mm_tokenizer_load(const char *folder, Error *err)
{
    char *vocab_path = mm_join_path(folder, "vocab.json"), *merges_path = mm_join_path(folder, "merges.txt");
    Tokenizer *tok = mm_take(1, sizeof *tok);
    size_t n;
    char *merges = NULL;
    char *config_path = mm_join_path(folder, "tokenizer_config.json");
    bool ok = read_config(tok, config_path, err) && read_vocab(tok, vocab_path, err) &&
              (merges = mm_read_file(merges_path, FILE_LIMIT, &n, err)) != NULL &&
              read_merges(tok, merges_path, merges, n, MM_VOCAB_LIMIT, false, err);
    free(merges);
    free(vocab_path);
    free(merges_path);
    free(config_path);
    if (!ok) {
        mm_tokenizer_free(tok);
        return NULL;
    }
    return tok;
}

/* ---- saving ---- */

static bool save_vocab(const Tokenizer *tok, const char *path, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    json_dumpf(tok->vocab, a.file, JSON_COMPACT);
    return mm_atomic_commit(&a, err);
}

static bool save_merges(const Tokenizer *tok, const char *path, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    fprintf(a.file, "#version: 0.2\n");
    for (int i = 0; i < tok->n_merges; i++) {
        fprintf(a.file, "%s %s\n", tok->token[tok->merge[i].left], tok->token[tok->merge[i].right]);
    }
    return mm_atomic_commit(&a, err);
}

static bool save_config(const Tokenizer *tok, const char *path, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    fprintf(a.file, "{\"tokenizer_class\": \"CLIPTokenizer\", \"tokenize_chinese_chars\": %s}\n",
            tok->split_han ? "true" : "false");
    return mm_atomic_commit(&a, err);
}

bool mm_tokenizer_save(const Tokenizer *tok, const char *folder, Error *err)
{
    char *vocab_path = mm_join_path(folder, "vocab.json"), *merges_path = mm_join_path(folder, "merges.txt");
    char *config_path = mm_join_path(folder, "tokenizer_config.json");
    bool ok = mm_make_folders(folder, err) && save_vocab(tok, vocab_path, err) && save_merges(tok, merges_path, err) &&
              save_config(tok, config_path, err);
    free(config_path);
    free(vocab_path);
    free(merges_path);
    return ok;
}
