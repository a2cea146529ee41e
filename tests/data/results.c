/* results.c: names of files, the contact sheet and the page of a search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mm/search.h"

static void becomes(char *got, const char *wanted)
{
    assert_string_equal(got, wanted);
    free(got);
}

static void slugs(void **state)
{
    (void)state;
    becomes(mm_results_slug("A red fruit"), "a-red-fruit");
    becomes(mm_results_slug("猫"), "猫");
    becomes(mm_results_slug("一只 可爱的猫！"), "一只-可爱的猫");
    becomes(mm_results_slug("../../etc/passwd"), "etc-passwd");
    becomes(mm_results_slug("  a\tb\n\x01 c%20?#.html "), "a-b-c-20-html");
    becomes(mm_results_slug("Über \xf0\x9f\x8d\x8e"), "Über-\xf0\x9f\x8d\x8e");
    becomes(mm_results_slug("..."), "query");
    becomes(mm_results_slug(""), "query");
    becomes(mm_results_slug("\xe2\x80\xae txt\xe2\x80\xa8"), "txt"); /* characters that turn or break a line */
}

static void slugs_are_cut_between_characters(void **state)
{
    (void)state;
    char text[400], *slug;
    memset(text, 0, sizeof text);
    for (int i = 0; i < 100; i++) {
        strcat(text, "猫");
    }
    slug = mm_results_slug(text);
    assert_int_equal(strlen(slug), MM_RESULTS_SLUG / 3 * 3);
    assert_int_equal(mm_utf8_invalid(slug, strlen(slug)), strlen(slug));
    free(slug);
    memset(text, 0, sizeof text);
    memset(text, 'x', MM_RESULTS_SLUG);
    becomes(mm_results_slug(text), text);
    text[MM_RESULTS_SLUG - 1] = ' '; /* no hyphen at the end */
    text[MM_RESULTS_SLUG] = 'y';
    slug = mm_results_slug(text);
    assert_int_equal(strlen(slug), MM_RESULTS_SLUG - 1);
    free(slug);
}

static void escapes(void **state)
{
    (void)state;
    becomes(mm_results_escape("<b a=\"1\" c='2'>&amp;"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
    becomes(mm_results_escape("a\nb\x1b[31m猫"), "a b\xef\xbf\xbd[31m猫");
}

static void base64(void **state) /* RFC 4648, section 10 */
{
    (void)state;
    static const char *const wanted[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t n = 0; n <= 6; n++) {
        becomes(mm_results_base64((const unsigned char *)"foobar", n), wanted[n]);
    }
    becomes(mm_results_base64((const unsigned char *)"\xff\xfe\xfd\xfb", 4), "//79+w==");
}

static Picture plain(int width, int height, unsigned char value)
{
    Picture p = mm_picture_new(width, height, 4);
    memset(p.pixels, value, (size_t)(width * height * 4));
    for (int i = 0; i < width * height; i++) {
        p.pixels[4 * i + 3] = 255;
    }
    return p;
}

static const unsigned char *pixel(const Picture *p, int x, int y)
{
    return p->pixels + (y * p->width + x) * p->channels;
}

/* Fitted in whole, in the middle, with nothing around it; also where one side all but vanishes. */
static void thumbnails(void **state)
{
    (void)state;
    Picture wide = plain(200, 100, 9), thin = plain(1, 5000, 9), t = mm_results_thumbnail(&wide);
    assert_true(t.width == MM_RESULTS_SIDE && t.height == MM_RESULTS_SIDE && t.channels == 4);
    assert_int_equal(pixel(&t, 0, 23)[3], 0);
    assert_int_equal(pixel(&t, 0, 24)[3], 255);
    assert_int_equal(pixel(&t, 95, 71)[0], 9);
    assert_int_equal(pixel(&t, 95, 72)[3], 0);
    mm_picture_free(&t);
    t = mm_results_thumbnail(&thin);
    assert_int_equal(pixel(&t, 47, 50)[3], 255);
    assert_int_equal(pixel(&t, 48, 50)[3], 0);
    mm_picture_free(&t);
    mm_picture_free(&wide);
    mm_picture_free(&thin);
}

static void sheet_in_order(void **state)
{
    (void)state;
    Hit hit[8] = {0};
    for (int i = 0; i < 8; i++) {
        hit[i].thumbnail = plain(MM_RESULTS_SIDE, MM_RESULTS_SIDE, (unsigned char)(10 * i));
    }
    Picture s = mm_results_sheet(hit, 8), one = mm_results_sheet(hit, 1);
    assert_true(s.width == 6 * 108 + 12 && s.height == 2 * 108 + 12 && s.channels == 3);
    assert_true(one.width == 120 && one.height == 120);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pixel(&s, 60 + i % 6 * 108, 60 + i / 6 * 108)[1], 10 * i);
    }
    assert_int_equal(pixel(&s, 5, 5)[0], 255);
    assert_int_equal(pixel(&s, 60 + 2 * 108, 60 + 108)[0], 255); /* the places that are left */
    mm_picture_free(&s);
    mm_picture_free(&one);
    for (int i = 0; i < 8; i++) {
        mm_picture_free(&hit[i].thumbnail);
    }
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text++) {
        n++;
    }
    return n;
}

static void page_is_escaped(void **state)
{
    (void)state;
    char folder[] = "/tmp/mm-results-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = mm_join_path(folder, "page.html");
    Error err;
    Hit hit[2] = {{0.5, plain(96, 96, 1), "salt & <pepper>", "盐 & 胡椒", "1F9C2", "noto", "food-drink"},
                  {0.25, plain(96, 96, 2), "\"quoted\".png", NULL, NULL, NULL, NULL}};
    assert_true(mm_results_page(path, "<script>猫</script>", "2 pictures in a & b", hit, 2, &err));
    char *page = mm_read_file(path, 1 << 24, NULL, &err);
    assert_non_null(page);
    assert_int_equal(count(page, "<script"), 0);
    assert_int_equal(count(page, "&lt;script&gt;猫&lt;/script&gt;"), 2); /* title and heading */
    assert_int_equal(count(page, "<h1 lang=\"zh-Hans\">"), 1);
    assert_int_equal(count(page, "a &amp; b"), 1);
    assert_int_equal(count(page, "lang=\"en\">salt &amp; &lt;pepper&gt;<"), 1);
    assert_int_equal(count(page, "lang=\"zh-Hans\">盐 &amp; 胡椒<"), 1);
    assert_int_equal(count(page, "&quot;quoted&quot;.png"), 1);
    assert_int_equal(count(page, "src=\"data:image/png;base64,iVBORw0KGgo"), 2);
    assert_int_equal(count(page, "<li>"), count(page, "</li>"));
    assert_int_equal(count(page, "http"), 0); /* nothing is fetched */
    free(page);
    mm_picture_free(&hit[0].thumbnail);
    mm_picture_free(&hit[1].thumbnail);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left */
    free(path);
}

static void page_that_cannot_be_written(void **state)
{
    (void)state;
    Error err;
    Hit hit = {0.5, plain(96, 96, 1), "salt", "盐", "1F9C2", "noto", "food-drink"};
    assert_false(mm_results_page("/proc/nowhere/page.html", "salt", "1 picture", &hit, 1, &err));
    assert_non_null(strstr(err.text, "/proc/nowhere/page.html"));
    mm_picture_free(&hit.thumbnail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slugs),           cmocka_unit_test(slugs_are_cut_between_characters),
        cmocka_unit_test(escapes),         cmocka_unit_test(base64),
        cmocka_unit_test(thumbnails),      cmocka_unit_test(sheet_in_order),
        cmocka_unit_test(page_is_escaped), cmocka_unit_test(page_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
