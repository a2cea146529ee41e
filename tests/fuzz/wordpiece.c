/* wordpiece.c: BERT's tokeniser. The first byte chooses: 0 a vocab.txt, 1 a tokenizer_config.json of a folder, 2 a text for a good
 * vocabulary, cased and uncased, 3 a text to learn from. */
#include "fuzz.h"
#include "mm/data.h"

static char folder[] = "/tmp/mm-fuzz-XXXXXX";
static Wordpiece *good[2];
static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##a\nlow\n##er\n红\n,\ne\n##e\n"; /* as in make_seeds.py */

static void remove_folder(void)
{
    static const char *const files[] = {"vocab.txt", "tokenizer_config.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = mm_join_path(folder, files[i]);
        unlink(path);
        free(path);
    }
    rmdir(folder);
    mm_wordpiece_free(good[0]);
    mm_wordpiece_free(good[1]);
}

static void start(void)
{
    Error err;
    MUST(mkdtemp(folder));
    atexit(remove_folder);
    for (int lower = 0; lower < 2; lower++) {
        good[lower] = mm_wordpiece_load_vocab(fuzz_file((const uint8_t *)vocab, strlen(vocab)), lower, &err);
        MUST(good[lower]);
    }
    MUST(mm_wordpiece_save(good[1], folder, &err));
}

/* Every text that is UTF-8 can be encoded. A character gives one token, but a Korean syllable comes apart into three. */
static void encode(const Wordpiece *w, const char *text)
{
    Error err = {""};
    int n, ids[16], length;
    int *all = mm_wordpiece_encode(w, text, &n, &err);
    MUST(all || err.text[0]);
    if (!all) {
        return;
    }
    MUST(n >= 0 && (size_t)n <= 4 * strlen(text));
    for (int i = 0; i < n; i++) {
        MUST(all[i] >= 0 && all[i] < mm_wordpiece_size(w));
    }
    MUST(mm_wordpiece_tokenize(w, text, 16, ids, &length, &err) && length >= 2 && length <= 16);
    MUST(ids[length - 1] == mm_wordpiece_find(w, "[SEP]") && ids[0] == mm_wordpiece_find(w, "[CLS]"));
    free(all);
}

static Wordpiece *load_with_config(const uint8_t *data, size_t n, Error *err)
{
    char *path = mm_join_path(folder, "tokenizer_config.json");
    FILE *f = fopen(path, "wb");
    MUST(f && fwrite(data, 1, n, f) == n && fclose(f) == 0);
    free(path);
    return mm_wordpiece_load(folder, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!good[0]) {
        start();
    }
    if (n < 1 || data[0] > 3) {
        return -1;
    }
    int choice = *data++;
    n--;
    char *text = strndup((const char *)data, n);
    Error err = {""};
    Wordpiece *w = NULL;
    if (choice == 2) {
        encode(good[0], text);
        encode(good[1], text);
    } else {
        const char *const texts[] = {text};
        w = choice == 0   ? mm_wordpiece_load_vocab(fuzz_file(data, n), true, &err)
            : choice == 1 ? load_with_config(data, n, &err)
                          : mm_wordpiece_learn(texts, 1, 64, true, &err);
        MUST(w || err.text[0]);
    }
    if (w) {
        encode(w, "lower 红苹果 aaaaaaaaaaa abc é");
        encode(w, text);
        mm_wordpiece_free(w);
    }
    free(text);
    return 0;
}
