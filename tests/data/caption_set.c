/* caption_set.c: captions as other people write them: each format, what is skipped, what is refused. */
#include "../io/scratch.h"
#include "mm/data.h"

static void picture(const char *name)
{
    Error err;
    Picture p = mm_picture_new(2, 2, 3);
    assert_true(mm_picture_save(scratch(name), &p, &err));
    mm_picture_free(&p);
}

static CaptionSet load(const char *name)
{
    Error err;
    CaptionSet set;
    if (!mm_captions_load(&(CaptionFile){.path = scratch(name)}, &set, &err)) {
        fail_msg("%s", err.text);
    }
    return set;
}

/* The error names the file and says this. */
static void refused(const char *name, const char *text, const char *what)
{
    Error err;
    CaptionSet set;
    put_text(scratch(name), text);
    assert_false(mm_captions_load(&(CaptionFile){.path = scratch(name)}, &set, &err));
    says(&err, scratch(name), what);
}

static void is(const CaptionSet *set, int i, const char *file, const char *split, int n, const char *const *caption)
{
    assert_string_equal(set->at[i].path, scratch(file));
    assert_string_equal(set->at[i].split, split);
    assert_int_equal(set->at[i].captions, n);
    for (int k = 0; k < n; k++) {
        assert_string_equal(set->caption[set->at[i].first + k], caption[k]);
    }
}

static void skips(const CaptionSet *set, const char *text)
{
    char said[MM_SKIPS_TEXT];
    assert_string_equal(mm_captions_skipped(set, said), text);
}

static void coco(void **state)
{
    (void)state;
    picture("a.png");
    picture("b.png");
    mkdir(scratch("c.png"), 0777);
    put_text(
        scratch("captions_val2014.json"),
        "{\"info\": {}, \"images\": [{\"id\": 9, \"file_name\": \"b.png\", \"height\": 2}, {\"id\": 5, \"file_name\": \"a.png\"},"
        "{\"id\": 6, \"file_name\": \"c.png\"}, {\"id\": 7, \"file_name\": \"none.png\"}], \"annotations\": ["
        "{\"id\": 1, \"image_id\": 5, \"caption\": \"A cat.\\n\"}, {\"id\": 2, \"image_id\": 9, \"caption\": \"a dog\"},"
        "{\"id\": 3, \"image_id\": 5, \"caption\": \"\\u732b\"}, {\"id\": 4, \"image_id\": 77, \"caption\": \"whose?\"},"
        "{\"id\": 5, \"image_id\": 5, \"caption\": \" \"}, {\"id\": 6, \"image_id\": 7, \"caption\": \"gone\"}]}");
    CaptionSet set = load("captions_val2014.json");
    assert_int_equal(set.n, 2);
    assert_int_equal(set.captions, 3);
    is(&set, 0, "b.png", "", 1, (const char *[]){"a dog"});
    is(&set, 1, "a.png", "", 2, (const char *[]){"A cat.", "猫"});
    char want[MM_SKIPS_TEXT];
    snprintf(want, sizeof want,
             "2 pictures are missing (the first: %s), 1 caption is empty, 1 caption is of a picture that is not listed",
             scratch("c.png"));
    skips(&set, want);
    mm_captions_free(&set);
}

static void coco_refused(void **state)
{
    (void)state;
    refused("x.json", "[1", "x.json:1: a JSON object must begin here");
    refused("x.json", "{}", ":1: a name in quotes must follow");
    refused("x.json", "{\"annotations\": []}", "\"images\" is missing");
    refused("x.json", "{\"images\": {}}", "\"images\" must be an array");
    refused("x.json", "{\"images\": [], \"annotations\": 3}", "\"annotations\" must be an array");
    refused("x.json", "{\"images\": [7], \"annotations\": []}", "images[0] is a number; it must be an object");
    refused("x.json", "{\"images\": [{\"id\": 1}], \"annotations\": []}", "images[0].file_name is missing");
    refused("x.json", "{\"images\": [{\"id\": true, \"file_name\": \"a\"}], \"annotations\": []}",
            "images[0].id is true or false");
    refused("x.json", "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}, {\"id\": 1, \"file_name\": \"b\"}], \"annotations\": []}",
            "images[1].id is 1, as that of another");
    refused("x.json", "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}], \"annotations\": [{\"image_id\": 1, \"caption\": 3}]}",
            "annotations[0].caption is a number; it must be a text");
    refused("x.json",
            "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\"}], \"annotations\": [{\"image_id\": 1, \"caption\": \"x\"}]}",
            "no picture with a caption: 1 picture is missing");
    refused("x.json", "{\"images\": [{\"filename\": \"a\", \"sentences\": \"a cat\"}]}", "images[0].sentences is a text");
    refused("x.json", "{\"images\": [{\"filename\": \"a\", \"sentences\": [{\"raw\": null}]}]}",
            "images[0].sentences[0].raw is null");
}

/* Pictures with five to seven captions, as COCO has them, and annotations before images: all captions are kept, in the order of the file. */
static void many_captions(void **state)
{
    (void)state;
    char text[4096] = "{\"annotations\": [", one[128];
    for (int i = 0; i < 5 + 7; i++) {
        snprintf(one, sizeof one, "%s{\"id\": %d, \"image_id\": %d, \"caption\": \"caption %d\"}", i ? "," : "", i,
                 i < 10 ? 1 + i % 2 : 2, i);
        strcat(text, one);
    }
    strcat(text, "], \"images\": [{\"id\": 1, \"file_name\": \"a.png\"}, {\"id\": 2, \"file_name\": \"b.png\"}]}");
    picture("a.png");
    picture("b.png");
    put_text(scratch("captions.json"), text);
    CaptionSet set = load("captions.json");
    assert_true(set.at[0].captions == 5 && set.at[1].captions == 7);
    assert_string_equal(set.caption[set.at[1].first + 6], "caption 11");
    mm_captions_free(&set);
}

static void karpathy(void **state)
{
    (void)state;
    mkdir(scratch("val2014"), 0777);
    picture("val2014/a.png");
    picture("b.png");
    put_text(scratch("dataset_coco.json"),
             "{\"images\": [{\"filepath\": \"val2014\", \"filename\": \"a.png\", \"split\": \"restval\", \"sentences\": "
             "[{\"tokens\": [\"one\"], \"raw\": \"One.\"}, {\"raw\": \"two\"}]}, {\"filepath\": \"val2014\", \"filename\": "
             "\"b.png\", \"split\": \"test\", \"sentences\": [{\"raw\": \"flat\"}]}], \"dataset\": \"coco\"}");
    CaptionSet set = load("dataset_coco.json");
    assert_int_equal(set.n, 2);
    is(&set, 0, "val2014/a.png", "restval", 2, (const char *[]){"One.", "two"});
    is(&set, 1, "b.png", "test", 1, (const char *[]){"flat"}); /* all in one folder is fine too */
    skips(&set, "");
    mm_captions_free(&set);
}

static void conceptual_captions(void **state)
{
    (void)state;
    picture("a.png");
    picture("b c.png");
    picture("d%41.png");
    put_text(scratch("train.tsv"),
             "\xef\xbb\xbf\"a cat\", he said\thttp://x.org/y/a.png?w=640&h=2#top\r\n\"unbalanced\thttps://x.org/b%20c.png\r\n"
             "\r\nliteral\thttp://x.org/d%41.png\r\nno name\thttp://x.org/\r\ngone\thttp://x.org/..%2f..%2fa.png\r\n again "
             "\thttp://x.org/y/a.png?w=640&h=2#top");
    CaptionSet set = load("train.tsv");
    assert_int_equal(set.n, 3);
    is(&set, 0, "a.png", "", 2, (const char *[]){"\"a cat\", he said", "again"});
    is(&set, 1, "b c.png", "", 1, (const char *[]){"\"unbalanced"});
    is(&set, 2, "d%41.png", "", 1, (const char *[]){"literal"});
    assert_int_equal(set.skipped.missing, 2);
    mm_captions_free(&set);

    put_text(scratch("cc12m.tsv"), "http://x.org/a.png\tthe other order\nb c.png\tlocal");
    set = load("cc12m.tsv");
    assert_int_equal(set.n, 2);
    is(&set, 0, "a.png", "", 1, (const char *[]){"the other order"});
    is(&set, 1, "b c.png", "", 1, (const char *[]){"local"});
    mm_captions_free(&set);
    refused("x.tsv", "a cat\ta.png\na dog\n", "x.tsv:2: 1 cell, but the first line has 2");
    refused("x.tsv", "a cat\ta.png\na\ttabbed dog\tb.png\n", "x.tsv:2: 3 cells");
    refused("x.tsv", "a cat\ta.png\n\n\xff dog\tb.png\n", "x.tsv:3: byte 0xff is not UTF-8");
    refused("x.tsv", "a cat\ta.png\na dog\t\n", "x.tsv:2: no picture is named");
    refused("x.tsv", "a cat\nb\n", "x.tsv:1: neither a header");
    refused("x.tsv", "", "no row to read");
}

static void tables(void **state)
{
    (void)state;
    Error err;
    CaptionSet set;
    picture("a.png");
    picture("b.png");
    put_text(scratch("open_clip.csv"),
             "filepath\ttitle\nb.png\t\"tab\there, \"\"quotes\"\",\r\nand a line\"\na.png\ta \"quote\" inside\n");
    set = load("open_clip.csv");
    is(&set, 0, "b.png", "", 1, (const char *[]){"tab\there, \"quotes\",\r\nand a line"});
    is(&set, 1, "a.png", "", 1, (const char *[]){"a \"quote\" inside"});
    mm_captions_free(&set);
    put_text(scratch("captions.txt"), "\xef\xbb\xbfimage,caption\r\na.png,one\r\na.png,\"two, three\"\r\n");
    set = load("captions.txt");
    is(&set, 0, "a.png", "", 2, (const char *[]){"one", "two, three"});
    mm_captions_free(&set);
    put_text(scratch("own.tsv"), "text\tn\tfile\nred\t1\ta.png\n");
    CaptionFile own = {.path = scratch("own.tsv"), .picture_key = "file", .caption_key = "text"};
    assert_true(mm_captions_load(&own, &set, &err));
    is(&set, 0, "a.png", "", 1, (const char *[]){"red"});
    mm_captions_free(&set);
    own.caption_key = "words";
    assert_false(mm_captions_load(&own, &set, &err));
    says(&err, scratch("own.tsv"), "no columns named \"file\" and \"words\"");
    refused("x.csv", "filepath\ttitle\nb.png\tone\na.png\t\"two\nthree\n", "x.csv:3: a quote that begins here does not end");
}

static void flickr(void **state)
{
    (void)state;
    picture("1.jpg.png");
    picture("2.png");
    put_text(scratch("results.token"), "1.jpg.png#0\tone\n1.jpg.png#1\ttwo .\n2.png#0\tthree\nnone.jpg.1#0\tlost\n");
    CaptionSet set = load("results.token");
    assert_int_equal(set.n, 2);
    is(&set, 0, "1.jpg.png", "", 2, (const char *[]){"one", "two ."});
    assert_int_equal(set.skipped.missing, 1);
    mm_captions_free(&set);
    refused("x.token", "1.jpg.png#0\tone\n2.png\tthree\n", "x.token:2: \"2.png\" is not a picture's name, # and a number");
}

static void folder(void **state)
{
    (void)state;
    mkdir(scratch("set"), 0777);
    mkdir(scratch("set/more"), 0777);
    mkdir(scratch("set/x.png"), 0777);
    picture("set/b.png");
    picture("set/more/a.PNG");
    picture("set/silent.png");
    put_text(scratch("set/b.txt"), "\xef\xbb\xbf"
                                   "one\r\n\r\ntwo");
    put_text(scratch("set/more/a.txt"), "three\n");
    assert_int_equal(symlink("..", scratch("set/more/up")), 0); /* a loop */
    assert_int_equal(symlink("dangling", scratch("set/gone.png")), 0);
    CaptionSet set = load("set");
    assert_int_equal(set.n, 2);
    is(&set, 0, "set/b.png", "", 2, (const char *[]){"one", "two"});
    is(&set, 1, "set/more/a.PNG", "", 1, (const char *[]){"three"});
    assert_int_equal(set.skipped.missing, 2);
    assert_int_equal(set.skipped.without_caption, 1);
    mm_captions_free(&set);
    Error err;
    put_text(scratch("set/b.txt"), "one\ntwo \xfe");
    assert_false(mm_captions_load(&(CaptionFile){.path = scratch("set")}, &set, &err));
    says(&err, scratch("set/b.txt"), ":2:5: byte 0xfe is not UTF-8");
    assert_false(mm_captions_load(&(CaptionFile){.path = scratch("none")}, &set, &err));
    says(&err, scratch("none"), "No such file");
}

/* Many pictures and a caption of 10,000 words: the table of names grows, the text comes back whole. */
static void many(void **state)
{
    (void)state;
    enum { PICTURES = 3000, WORDS = 10000 };
    picture("a.png");
    char *words = malloc(WORDS * 5 + 1), name[32];
    FILE *f = fopen(scratch("many.tsv"), "wb");
    for (int i = 0; i < WORDS; i++) {
        memcpy(words + 5 * i, "word ", 6);
    }
    for (int i = 0; i < PICTURES; i++) {
        snprintf(name, sizeof name, "%d.png", i);
        if (i % 1000 == 7) {
            picture(name);
        }
        fprintf(f, "caption %d\t%s\n", i, name);
    }
    fprintf(f, "%s\ta.png\nonce more\t7.png\n", words);
    fclose(f);
    CaptionSet set = load("many.tsv");
    assert_int_equal(set.n, 4);
    assert_int_equal(set.skipped.missing, PICTURES - 3);
    is(&set, 0, "7.png", "", 2, (const char *[]){"caption 7", "once more"});
    is(&set, 2, "2007.png", "", 1, (const char *[]){"caption 2007"});
    words[WORDS * 5 - 1] = 0;
    is(&set, 3, "a.png", "", 1, (const char *[]){words});
    mm_captions_free(&set);
    free(words);
}

static CaptionSet load_noisy(const char *name)
{
    Error err;
    CaptionSet set;
    if (!mm_captions_load(&(CaptionFile){.path = scratch(name), .noisy = true}, &set, &err)) {
        fail_msg("%s", err.text);
    }
    return set;
}

/* As Conceptual Captions might come off the web. What is wrong in a row is counted and costs that row alone. */
static void noisy(void **state)
{
    (void)state;
    picture("a.png");
    picture("b.png");
    FILE *f = fopen(scratch("noisy.tsv"), "wb");
    fprintf(f, "caf\xe9\thttp://x.org/a.png\n"); /* Latin-1, and the first row */
    fprintf(f, "a caf\xc3\xa9\thttp://x.org/a.png\nthree\tcells\thttp://x.org/b.png\none cell\n");
    fprintf(f, "a nul ");
    fputc(0, f);
    fprintf(f, " in it\thttp://x.org/b.png\nno name\t\nover");
    for (int i = 0; i < MM_TEXT_LIMIT; i++) {
        fputc('.', f);
    }
    fprintf(f, "\thttp://x.org/b.png\n");
    for (int i = 0; i < 3 * MM_TSV_COLUMNS; i++) {
        fprintf(f, "%d\t", i);
    }
    fprintf(f, "\na bell \x07\thttp://x.org/b.png\nhalf a \xe7\x8c\thttp://x.org/b.png\n");
    for (int i = 0; i < MM_TEXT_LIMIT - 1; i++) {
        fputc('x', f);
    }
    fprintf(f, "\thttp://x.org/b.png\n\thttp://x.org/b.png\n");
    fclose(f);
    CaptionSet set = load_noisy("noisy.tsv");
    assert_int_equal(set.n, 2);
    is(&set, 0, "a.png", "", 1, (const char *[]){"a caf\xc3\xa9"});
    assert_int_equal(set.at[1].captions, 2);
    assert_string_equal(set.caption[set.at[1].first], "a bell \x07"); /* it is text; a filter may mind */
    assert_int_equal(strlen(set.caption[set.at[1].first + 1]), MM_TEXT_LIMIT - 1);
    skips(&set,
          "1 caption is empty, 1 row is not text, 1 row has more than a megabyte, 2 rows are not UTF-8, 3 rows have too many "
          "or too few cells, 1 row names no picture (the first: line 1)");
    mm_captions_free(&set);
    Error err;
    assert_false(mm_captions_load(&(CaptionFile){.path = scratch("noisy.tsv")}, &set, &err));
    says(&err, scratch("noisy.tsv"), ":1: byte 0xe9 is not UTF-8");
    put_text(scratch("bad.tsv"), "caf\xe9\ta.png\n");
    assert_false(mm_captions_load(&(CaptionFile){.path = scratch("bad.tsv"), .noisy = true}, &set, &err));
    says(&err, scratch("bad.tsv"), "no row to read");

    mkdir(scratch("mixed"), 0777);
    picture("mixed/a.png");
    picture("mixed/b.png");
    put_text(scratch("mixed/a.txt"), "caf\xe9\n");
    put_text(scratch("mixed/b.txt"), "tea\n");
    set = load_noisy("mixed");
    assert_int_equal(set.n, 1);
    is(&set, 0, "mixed/b.png", "", 1, (const char *[]){"tea"});
    skips(&set, "1 picture has no caption, 1 row is not UTF-8");
    mm_captions_free(&set);
}

/* A list of urls, and pictures where wget -x stores them, or all in one folder. */
static void urls(void **state)
{
    (void)state;
    mkdir(scratch("x.org"), 0777);
    mkdir(scratch("x.org/one"), 0777);
    mkdir(scratch("x.org/two"), 0777);
    picture("x.org/one/image.png");
    picture("x.org/two/image.png");
    picture("image.png");
    picture("a b.png");
    picture("logo.png");
    put_text(scratch("urls.tsv"), "one\thttp://x.org/one/image.png\n"
                                  "two\thttps://x.org/two/image.png?size=2\n"
                                  "three\thttp://y.org/image.png\n"    /* the last part, of this url alone */
                                  "four\thttp://y.org/a%20b.png?w=1\n" /* twice the same place, */
                                  "five\thttp://y.org/a%20b.png?w=2\n" /* so both may have it */
                                  "six\thttp://y.org/1/logo.png\n"     /* different places: */
                                  "seven\thttp://z.org/2/logo.png\n"   /* neither */
                                  "eight\thttp://x.org/../image.png\n" /* not beside the folder */
                                  "nine\thttp://x.org/%2e%2e/logo.png\n");
    CaptionSet set = load("urls.tsv");
    static const char *const wanted[][2] = {
        {"x.org/one/image.png", "one"}, {"x.org/two/image.png", "two"}, {"a b.png", "four"}, {"a b.png", "five"}};
    assert_int_equal(set.n, 4);
    for (int i = 0; i < set.n; i++) {
        is(&set, i, wanted[i][0], "", 1, &wanted[i][1]);
    }
    skips(&set, "5 urls end as others do, so whose pictures these are cannot be told");
    mm_captions_free(&set);
    char out[512];
    mkdir(scratch("away"), 0777);
    picture("away/only.png");
    snprintf(out, sizeof out, "one\thttp://%s\ntwo\thttp://%%2f%s\nthree\tlogo.png\n", scratch("away/only.png"),
             scratch("away/only.png") + 1);
    put_text(scratch("out.tsv"), out);
    set = load("out.tsv");
    assert_int_equal(set.n, 1);
    assert_int_equal(set.skipped.missing, 2);
    mm_captions_free(&set);
    put_text(scratch("bare.tsv"), "one\thttp://x.org\ntwo\thttp://\nthree\thttps://x.org/\nfour\tlogo.png\n");
    set = load("bare.tsv");
    assert_int_equal(set.n, 1);
    assert_int_equal(set.skipped.missing, 3);
    mm_captions_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(coco),
        IN_SCRATCH(coco_refused),
        IN_SCRATCH(many_captions),
        IN_SCRATCH(karpathy),
        IN_SCRATCH(conceptual_captions),
        IN_SCRATCH(tables),
        IN_SCRATCH(flickr),
        IN_SCRATCH(folder),
        IN_SCRATCH(many),
        IN_SCRATCH(noisy),
        IN_SCRATCH(urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
