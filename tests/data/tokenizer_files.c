/* tokenizer_files.c: vocab.json and merges.txt: there and back, and when they are not what they should be. */
#include "../io/scratch.h"
#include "data/tokenizer.h"

static Tokenizer *learn(int vocab_size)
{
    static const char *const texts[] = {"newest newest widest widest lower lower low low 猫 猫"};
    Error err;
    Tokenizer *tok = mm_tokenizer_learn(texts, 1, vocab_size, false, &err);
    assert_non_null(tok);
    return tok;
}

static void saved_and_loaded(void **state)
{
    (void)state;
    Error err;
    Tokenizer *tok = learn(1000);
    assert_true(mm_tokenizer_save(tok, scratch("a/tok"), &err));
    Tokenizer *back = mm_tokenizer_load(scratch("a/tok"), &err),
              *merges = mm_tokenizer_load_merges(scratch("a/tok/merges.txt"), 0, &err);
    assert_non_null(back);
    assert_non_null(merges); /* the merges alone tell all ids */
    const Tokenizer *both[] = {back, merges};
    for (int k = 0; k < 2; k++) {
        assert_int_equal(both[k]->n, tok->n);
        for (int i = 0; i < tok->n; i++) {
            assert_string_equal(both[k]->token[i], tok->token[i]);
        }
        assert_int_equal(both[k]->n_merges, tok->n_merges);
        assert_memory_equal(both[k]->merge, tok->merge, (size_t)tok->n_merges * sizeof *tok->merge);
        assert_memory_equal(both[k]->byte_end, tok->byte_end, sizeof tok->byte_end);
        assert_int_equal(both[k]->start, tok->start);
        assert_int_equal(both[k]->end, tok->end);
    }
    char *text = mm_read_file(scratch("a/tok/merges.txt"), 10000, NULL, &err);
    assert_int_equal(strncmp(text, "#version: 0.2\ne s\nes t</w>\n", 27), 0);
    free(text);
    text = mm_read_file(scratch("a/tok/vocab.json"), 100000, NULL, &err);
    assert_int_equal(strncmp(text, "{\"!\":0,\"\\\"\":1,\"#\":2,", 20), 0);
    free(text);
    assert_true(mm_tokenizer_save(back, scratch("b"), &err)); /* again: the same bytes */
    static const char *const names[] = {"vocab.json", "merges.txt"};
    for (int k = 0; k < 2; k++) {
        char a[32], b[32];
        snprintf(a, sizeof a, "a/tok/%s", names[k]);
        snprintf(b, sizeof b, "b/%s", names[k]);
        char *one = mm_read_file(scratch(a), 100000, NULL, &err), *two = mm_read_file(scratch(b), 100000, NULL, &err);
        assert_string_equal(one, two);
        free(one);
        free(two);
    }
    mm_tokenizer_free(tok);
    mm_tokenizer_free(back);
    mm_tokenizer_free(merges);
}

/* Writes the files of a sound tokeniser, then the given text over one of them. */
static void load_fails(const char *file, const char *text, const char *what)
{
    Error err;
    Tokenizer *tok = learn(520);
    char name[32];
    assert_true(mm_tokenizer_save(tok, scratch("t"), &err));
    mm_tokenizer_free(tok);
    snprintf(name, sizeof name, "t/%s", file);
    if (text) {
        put_text(scratch(name), text);
    } else {
        unlink(scratch(name));
    }
    assert_null(mm_tokenizer_load(scratch("t"), &err));
    says(&err, scratch(name), what);
}

static void bad_files(void **state)
{
    (void)state;
    Error err;
    load_fails("merges.txt", NULL, "No such file");
    load_fails("merges.txt", "", ":1: no \"#version\"");
    load_fails("merges.txt", "e s\n", ":1: no \"#version\"");
    load_fails("merges.txt", "#version: 0.2\nes\n", ":2: not two tokens");
    load_fails("merges.txt", "#version: 0.2\r\ne s\r\ne s t\r\n", ":3: not two tokens");
    load_fails("merges.txt", "#version: 0.2\n\n", ":2: not two tokens");
    load_fails("merges.txt", "#version: 0.2\ne s \n", ":2: not two tokens");
    load_fails("merges.txt", "#version: 0.2\ne zz\n", ":2: \"zz\" is not a token");
    load_fails("merges.txt", "#version: 0.2\ne q\n", ":2: \"eq\" is not in the vocabulary");
    load_fails("merges.txt", "#version: 0.2\ne s\ne s\n", ":3: the same merge a second time");
    load_fails("merges.txt", "#version: 0.2\ne \xff\n", ":2:3: byte 0xff is not UTF-8");
    load_fails("vocab.json", NULL, "No such file");
    load_fails("vocab.json", "{\"!\":0", ":1:");
    load_fails("vocab.json", "[]", "not an object");
    load_fails("vocab.json", "{\"a\":0,\"b\":0}", "have the same id");
    load_fails("vocab.json", "{\"a\":0,\"b\":2}", "the id of \"b\" is not one of 0 to 1");
    load_fails("vocab.json", "{\"a\":0,\"b\":\"1\"}", "the id of \"b\"");
    load_fails("vocab.json", "{\"a\":0}", "which stands for a byte");

    put_text(scratch("m"), "#version: 0.2\ne s\n");
    assert_null(mm_tokenizer_load_merges(scratch("m"), 600, &err));
    says(&err, scratch("m"), "1 merges, but a vocabulary of 600 tokens needs 86");
    put_text(scratch("m"), "#version: 0.2\ne s\nes t\n");
    Tokenizer *tok = mm_tokenizer_load_merges(scratch("m"), 515, &err); /* the rest is not read */
    assert_int_equal(tok->n_merges, 1);
    mm_tokenizer_free(tok);
    put_text(scratch("m"), "#version: 0.2\na b\nb c\nab c\na bc\n");
    assert_null(mm_tokenizer_load_merges(scratch("m"), 0, &err));
    says(&err, scratch("m"), ":5: \"abc\" is made a second time");
    put_text(scratch("m"), "#version: 0.2\nab c\na b\n");
    assert_null(mm_tokenizer_load_merges(scratch("m"), 0, &err));
    says(&err, scratch("m"), ":2: \"ab\" is not a token at this point");
    assert_null(mm_tokenizer_load_merges(scratch("m"), 100, &err));
    says(&err, scratch("m"), "must be 514");

    const char *texts[] = {"fine", "not\xfe"};
    assert_null(mm_tokenizer_learn(texts, 2, 600, false, &err));
    says(&err, "text 2 of 2", "byte 4");
    assert_null(mm_tokenizer_learn(texts, 1, 513, false, &err));
    says(&err, "513", "514");
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(saved_and_loaded), IN_SCRATCH(bad_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
