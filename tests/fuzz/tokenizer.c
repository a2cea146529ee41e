/* tokenizer.c: the tokeniser's files, and texts. The first byte chooses: 0 a vocab.json and 1 a merges.txt of a folder, 2 a merges
 * file alone, gzipped or not, 3 a text for a good tokeniser. */
#include "fuzz.h"
#include "mm/data.h"

static char folder[] = "/tmp/mm-fuzz-XXXXXX";
static Tokenizer *good;

static char *in_folder(const char *name)
{
    return mm_join_path(folder, name);
}

static void remove_folder(void)
{
    static const char *const files[] = {"vocab.json", "merges.txt", "tokenizer_config.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = in_folder(files[i]);
        unlink(path);
        free(path);
    }
    rmdir(folder);
    mm_tokenizer_free(good);
}

static void start(void)
{
    static const char merges[] = "#version: 0.2\nl o\nlo w</w>\na a\naa aa\naa a</w>\n"; /* as in make_seeds.py */
    Error err;
    MUST(mkdtemp(folder));
    atexit(remove_folder);
    good = mm_tokenizer_load_merges(fuzz_file((const uint8_t *)merges, strlen(merges)), 0, &err);
    MUST(good && mm_tokenizer_save(good, folder, &err));
}

/* Every text that is UTF-8 can be encoded, and no more tokens come out than twice its bytes (a letter may grow in lower case). */
static void encode(const Tokenizer *tok, const char *text, size_t n)
{
    Error err = {""};
    int tokens, ids[16], length;
    int *all = mm_encode(tok, text, &tokens, &err);
    MUST(all || err.text[0]);
    if (!all) {
        return;
    }
    MUST(tokens >= 0 && (size_t)tokens <= 2 * n);
    for (int i = 0; i < tokens; i++) {
        MUST(all[i] >= 0 && all[i] < mm_vocab_size(tok));
    }
    char *back = mm_decode(tok, all, tokens);
    MUST(mm_utf8_invalid(back, strlen(back)) == strlen(back));
    MUST(mm_tokenize(tok, text, 16, ids, &length, &err) && length <= 16 && ids[length - 1] == mm_token_end(tok));
    free(back);
    free(all);
}

/* With this file in place of the right one. */
static Tokenizer *load_with(const char *name, const uint8_t *data, size_t n, Error *err)
{
    char *path = in_folder(name);
    size_t right_n;
    char *right = mm_read_file(path, 1 << 20, &right_n, err);
    FILE *f = fopen(path, "wb");
    MUST(right && f && fwrite(data, 1, n, f) == n && fclose(f) == 0);
    Tokenizer *tok = mm_tokenizer_load(folder, err);
    f = fopen(path, "wb");
    MUST(f && fwrite(right, 1, right_n, f) == right_n && fclose(f) == 0);
    free(right);
    free(path);
    return tok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!good) {
        start();
    }
    if (n < 1 || data[0] > 3) {
        return -1;
    }
    int choice = *data++;
    n--;
    if (choice == 3) {
        char *text = strndup((const char *)data, n);
        encode(good, text, n);
        free(text);
        return 0;
    }
    Error err = {""};
    Tokenizer *tok = choice == 2 ? mm_tokenizer_load_merges(fuzz_file(data, n), 0, &err)
                                 : load_with(choice == 0 ? "vocab.json" : "merges.txt", data, n, &err);
    MUST(tok || err.text[0]);
    if (tok) {
        encode(tok, "lower 红苹果 aaaaaaaaaaa abc", 40);
        mm_tokenizer_free(tok);
    }
    return 0;
}
