/* emoji.c: the shipped emoji as programs see them, and sheets that do not fit their tables. */
#include "../io/scratch.h"
#include "mm/data.h"

static const char *const styles[] = {"noto", "twemoji", "fluent", "fluent-flat", "noto-v1", "fxemoji", "emojione2"};
enum { N_STYLES = sizeof styles / sizeof *styles };

static void shipped_set(void **state)
{
    (void)state;
    Error err;
    EmojiSet set;
    if (!mm_emoji_load("datasets/emoji", styles, N_STYLES, &set, &err)) {
        fail_msg("%s", err.text);
    }
    int core = 0, held_out = 0, apple = mm_concepts_find(&set.concepts, "1F34E");
    for (int i = 0; i < set.concepts.n; i++) {
        if (mm_concept_is_core(set.concepts.at + i)) {
            core++;
            held_out += mm_concept_is_held_out(set.concepts.at[i].code);
        }
    }
    assert_int_equal(core, 1032);
    assert_in_range(held_out, 83, 123); /* a tenth, give or take two standard deviations */
    assert_string_equal(set.concepts.at[apple].en, "red apple");
    assert_string_equal(set.concepts.at[apple].zh, "红苹果");
    assert_string_equal(set.concepts.at[apple].group, "food-drink");
    assert_int_equal(mm_concepts_find(&set.concepts, "none"), -1);
    assert_int_equal(mm_emoji_style(&set, "fluent-flat"), 3);
    assert_int_equal(mm_emoji_style(&set, "openmoji"), -1);

    bool *seen = calloc((size_t)set.concepts.n * N_STYLES, sizeof *seen);
    for (int i = 0; i < set.n; i++) {
        const Emoji *e = set.at + i;
        assert_true(mm_concept_is_core(set.concepts.at + e->concept));
        assert_true(e->picture.width == 48 && e->picture.height == 48 && e->picture.channels == 4);
        assert_false(seen[e->style * set.concepts.n + e->concept]); /* once in a style */
        seen[e->style * set.concepts.n + e->concept] = true;
        int drawn = 0;
        for (int k = 0; k < 48 * 48; k++) {
            drawn += e->picture.pixels[4 * k + 3] > 128;
        }
        assert_in_range(drawn, 1, 48 * 48); /* no cell is empty; FxEmoji's fog nearly is */
        if (e->concept == apple) {          /* and it is the right thing: an apple is red in every style */
            Picture flat = mm_picture_flatten(&e->picture, mm_white), tiny = mm_picture_resize(&flat, 1, 1, MM_BILINEAR);
            assert_true(tiny.pixels[0] > tiny.pixels[1] + 40 && tiny.pixels[0] > tiny.pixels[2] + 40);
            mm_picture_free(&flat);
            mm_picture_free(&tiny);
        }
    }
    for (int s = 0; s < N_STYLES; s++) {
        assert_true(seen[s * set.concepts.n + apple]);
    }
    free(seen);
    mm_emoji_free(&set);
}

/* FNV-1a, 64 bit: the constants of the definition; the split must never move. */
static void split_stays(void **state)
{
    (void)state;
    static const char *const out[] = {"1F923", "1F602", "1F60D", "1F61A"};
    static const char *const in[] = {"1F600", "1F34E", "2615"};
    for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
        assert_true(mm_concept_is_held_out(out[i]));
    }
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        assert_false(mm_concept_is_held_out(in[i]));
    }
}

static const char head[] = "code\ten\ttags_en\tzh\ttags_zh\tgroup\tsubgroup\n";

static void write_concepts(const char *lines)
{
    char text[1000];
    snprintf(text, sizeof text, "%s%s", head, lines);
    put_text(scratch("concepts.tsv"), text);
}

static void write_sheet(int width, int height)
{
    Error err;
    Picture p = mm_picture_new(width, height, 4);
    for (int i = 0; i < width * height; i++) {
        p.pixels[4 * i] = (unsigned char)(i % width / 48);
        p.pixels[4 * i + 1] = (unsigned char)(i / width / 48);
        p.pixels[4 * i + 3] = 255;
    }
    assert_true(mm_picture_save(scratch("s_48.png"), &p, &err));
    mm_picture_free(&p);
}

static void fails(const char *file, const char *what)
{
    Error err;
    EmojiSet set;
    assert_false(mm_emoji_load(scratch_folder, (const char *const[]){"s"}, 1, &set, &err));
    says(&err, scratch(file), what);
}

static void bad_sets(void **state)
{
    (void)state;
    fails("concepts.tsv", "No such file");
    put_text(scratch("concepts.tsv"), "code\ten\n");
    fails("concepts.tsv", "no column named \"tags_en\"");
    write_concepts("A\ta\t\t\t\tobjects\tx\nB\tb\t\t\t\tflags\tx\nC\tc\t\t\t\tobjects\tx\n");
    fails("s_48.png", "No such file");
    write_sheet(1920, 96);
    fails("s_48.tsv", "No such file");
    put_text(scratch("s_48.tsv"), "code\nA\nB\nC\n");
    fails("s_48.png", "1920 x 96 pixels do not suit the 3 rows");
    put_text(scratch("s_48.tsv"), "code\n");
    fails("s_48.png", "do not suit the 0 rows");
    put_text(scratch("s_48.tsv"), "code\nA\nB\nC\n");
    write_sheet(1921, 48);
    fails("s_48.png", "1921 pixels wide");
    write_sheet(960, 24);
    fails("s_48.png", "960 pixels wide");
    write_sheet(1920, 48);
    put_text(scratch("s_48.tsv"), "code\nA\nX\nC\n");
    fails("s_48.tsv", ":3: \"X\" is not a code of");
    put_text(scratch("s_48.tsv"), "name\nA\nB\nC\n");
    fails("s_48.tsv", "no column named \"code\"");
    put_text(scratch("s_48.png"), "no picture");
    fails("s_48.png", "not a picture");
}

static void cells(void **state)
{
    (void)state;
    Error err;
    char codes[1000] = "code\n";
    write_concepts("A\ta\t\t\t\tobjects\tx\nB\tb\t\t\t\tflags\tx\nC\tc\t\t\t\tobjects\tx\n");
    for (int i = 0; i < 42; i++) { /* two rows of the sheet: cell 41 is the second of the second */
        strcat(codes, i < 40 ? "B\n" : i == 40 ? "A\n" : "C\n");
    }
    put_text(scratch("s_48.tsv"), codes);
    write_sheet(1920, 96);
    EmojiSet set;
    assert_true(mm_emoji_load(scratch_folder, (const char *const[]){"s"}, 1, &set, &err));
    assert_int_equal(set.n, 2); /* flags are not in the core set */
    for (int i = 0; i < 2; i++) {
        assert_string_equal(set.concepts.at[set.at[i].concept].code, i ? "C" : "A");
        for (int k = 0; k < 48 * 48; k++) {
            assert_memory_equal(set.at[i].picture.pixels + 4 * k, ((unsigned char[]){(unsigned char)i, 1, 0, 255}), 4);
        }
    }
    mm_emoji_free(&set);
    Sheet sheet;
    assert_false(mm_sheet_load(scratch("s_48.jpg"), &sheet, &err));
    says(&err, scratch("s_48.jpg"), "a .png file");
}

/* All groups: the core set and 612 concepts more, of which a tenth is held out as well. */
static void more_of_them(void **state)
{
    (void)state;
    Error err;
    EmojiSet core, all;
    assert_true(mm_emoji_load_all("datasets", &core, &err));
    assert_true(mm_emoji_load_more("datasets", (EmojiMore){.groups = true}, &all, &err));
    EmojiTest few = mm_emoji_test(&core, mm_emoji_style(&core, mm_test_style), true),
              many = mm_emoji_test(&all, mm_emoji_style(&all, mm_test_style), true);
    int others = 0;
    for (int i = 0; i < all.n; i++) {
        others += !mm_concept_is_core(all.concepts.at + all.at[i].concept);
    }
    assert_int_equal(all.concepts.n, 1644);
    assert_int_equal(all.n - others, core.n);
    assert_int_equal(few.n, 112);
    assert_in_range(many.n, 140, 190);
    mm_emoji_test_free(&few);
    mm_emoji_test_free(&many);
    mm_emoji_free(&core);
    mm_emoji_free(&all);
    assert_false(mm_emoji_load_more("tests", (EmojiMore){0}, &all, &err));
    says(&err, "tests/emoji/concepts.tsv", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_set),
        cmocka_unit_test(split_stays),
        cmocka_unit_test(more_of_them),
        IN_SCRATCH(bad_sets),
        IN_SCRATCH(cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
