/* prompts.c: files of classes and templates, good ones and bad ones; the shipped ones; and tasks made of a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tasks.h"

static char path[] = "/tmp/mm-prompts-XXXXXX";

static const char *file(const char *text, size_t n)
{
    Error err;
    assert_true(mm_write_file(path, text, n, &err));
    return path;
}

static void names(void **state)
{
    (void)state;
    Classes c;
    Templates t;
    Error err;
    const char classes[] = "\xef\xbb\xbf"
                           "cat\r\n\r\ndog\ta dog\tpuppy\n\nzh\t一只猫",
               templates[] = "{}\n\na {}, {}!\r\nplain {";
    assert_true(mm_classes_read(file(classes, sizeof classes - 1), &c, &err));
    assert_int_equal(c.n, 3);
    assert_int_equal(c.names, 4);
    assert_string_equal(c.label[0], "cat");
    assert_string_equal(c.name[0], "cat");
    assert_string_equal(c.name[2], "puppy");
    assert_int_equal(c.of[2], 1);
    assert_int_equal(mm_classes_find(&c, "zh"), 2);
    assert_int_equal(mm_classes_find(&c, "puppy"), -1);
    assert_false(mm_templates_read(file(templates, sizeof templates - 1), &t, &err)); /* the last has no hole */
    assert_non_null(strstr(err.text, ":4: a template has a {}"));
    assert_true(mm_templates_read(file(templates, sizeof templates - 8), &t, &err));
    assert_int_equal(t.n, 2);
    char **text = prompts_fill(&c, &t);
    assert_string_equal(text[3], "一只猫");
    assert_string_equal(text[4], "a cat, cat!");
    assert_string_equal(text[6], "a puppy, puppy!");
    for (int i = 0; i < 8; i++) {
        free(text[i]);
    }
    free(text);
    mm_classes_free(&c);
    mm_templates_free(&t);
}

static void refused(const char *text, size_t n, const char *reason)
{
    Classes c;
    Error err;
    assert_false(mm_classes_read(file(text, n), &c, &err));
    if (!strstr(err.text, reason) || !strstr(err.text, path)) {
        fail_msg("\"%s\" does not say: %s", err.text, reason);
    }
}

static void bad_files(void **state)
{
    (void)state;
    refused("", 0, "no class");
    refused("\n\n", 2, "no class");
    refused("a\tb\n\tc\n", 7, ":2: a label or a name is empty");
    refused("a\t\n", 3, ":1: a label or a name is empty");
    refused("a\tb\t\tc\n", 7, ":1: a name is empty");
    refused("a\nb\na\tc\n", 8, ":3: the class \"a\" stands there twice");
    refused("a\xff\n", 3, "1:2: byte 0xff is not UTF-8");
    refused("a\0b\n", 4, "a NUL");
    Classes c;
    Error err;
    assert_false(mm_classes_read("/nowhere/classes.txt", &c, &err));
    assert_non_null(strstr(err.text, "/nowhere/classes.txt"));
}

/* Every task of the shipped data has names in both languages, in one order, and pictures of every class that is asked for. */
static void shipped(void **state)
{
    (void)state;
    const int pictures[SHIPPED_TASKS] = {1032, 1032, 1032, 500}, classes[SHIPPED_TASKS] = {6, 65, 1032, 10};
    TaskData d = {.data = "datasets"};
    Error err;
    for (int i = 0; i < SHIPPED_TASKS; i++) {
        Task t;
        if (!task_load(&d, task_name[i], &t, &err)) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(t.n, pictures[i]);
        assert_int_equal(t.n_classes, classes[i]);
        assert_int_equal(t.classes[ZH].n, classes[i]);
        for (int c = 0; c < t.n_classes; c++) {
            assert_string_equal(t.classes[EN].label[c], t.classes[ZH].label[c]);
        }
        for (int k = 0; k < t.n; k++) {
            assert_in_range(t.truth[k], 0, t.n_classes - 1);
        }
        assert_true(t.known > t.n);
        task_free(&t);
    }
    task_data_free(&d);
}

/* The fetched stamps, where they are: the counts of pictures and names. */
static void stamps(void **state)
{
    (void)state;
    TaskData d = {.data = "datasets"};
    if (!task_present(&d, "photographs")) {
        skip();
    }
    Task photographs, drawings;
    Error err;
    assert_true(task_load(&d, "photographs", &photographs, &err));
    assert_true(task_load(&d, "drawings", &drawings, &err));
    assert_int_equal(photographs.n, 74);
    assert_int_equal(drawings.n, 37);
    assert_int_equal(photographs.n_classes, 98);
    assert_int_equal(drawings.n_classes, 98);
    task_free(&photographs);
    task_free(&drawings);
    task_data_free(&d);
}

static int make(void **state)
{
    (void)state;
    int f = mkstemp(path);
    return f < 0 || close(f) != 0;
}

static int drop(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(shipped),
        cmocka_unit_test(stamps),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
