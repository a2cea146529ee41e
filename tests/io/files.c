/* files.c: files appear whole or not at all, whatever the disk does, and every error says which file and why. */
#include "scratch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>

static void written_and_read(void **state)
{
    (void)state;
    Error err;
    const char *path = scratch("a");
    size_t n;
    assert_true(mm_write_file(path, "one\0two", 7, &err));
    char *text = mm_read_file(path, 100, &n, &err);
    assert_int_equal(n, 7);
    assert_memory_equal(text, "one\0two", 8); /* with the 0 behind it */
    free(text);
    assert_true(mm_write_file(path, "", 0, &err)); /* replaces it */
    text = mm_read_file(path, 0, &n, &err);
    assert_int_equal(n, 0);
    assert_int_equal(text[0], 0);
    free(text);
    assert_int_equal(files_in_scratch(), 1);
}

static void large_file(void **state)
{
    (void)state;
    Error err;
    size_t n = 3000000, got;
    char *bytes = malloc(n);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (char)(i * 7 + i / 1000);
    }
    assert_true(mm_write_file(scratch("large"), bytes, n, &err));
    char *back = mm_read_file(scratch("large"), n, &got, &err);
    assert_int_equal(got, n);
    assert_memory_equal(back, bytes, n);
    assert_null(mm_read_file(scratch("large"), n - 1, &got, &err));
    says(&err, scratch("large"), "more than 2999999 bytes");
    free(bytes);
    free(back);
}

static void not_there_until_committed(void **state)
{
    (void)state;
    Error err;
    AtomicFile a;
    const char *path = scratch("a");
    put_text(path, "old");
    assert_true(mm_atomic_open(&a, path, &err));
    fputs("new", a.file);
    fflush(a.file);
    char *text = mm_read_file(path, 9, NULL, &err);
    assert_string_equal(text, "old");
    free(text);
    mm_atomic_abort(&a);
    mm_atomic_abort(&a); /* harmless */
    text = mm_read_file(path, 9, NULL, &err);
    assert_string_equal(text, "old");
    free(text);
    assert_int_equal(files_in_scratch(), 1);
}

static void rights_and_links_stay(void **state)
{
    (void)state;
    Error err;
    mode_t mask = umask(022);
    put_text(scratch("target"), "old");
    assert_int_equal(symlink("target", scratch("link")), 0);
    assert_true(mm_write_file(scratch("link"), "new", 3, &err));
    struct stat s;
    assert_int_equal(lstat(scratch("link"), &s), 0);
    assert_true(S_ISLNK(s.st_mode));
    assert_int_equal(stat(scratch("target"), &s), 0);
    assert_int_equal(s.st_mode & 0777, 0644);
    assert_int_equal(s.st_size, 3);
    umask(mask);
}

static void no_such_place(void **state)
{
    (void)state;
    Error err;
    assert_false(mm_write_file(scratch("none/a"), "x", 1, &err));
    says(&err, scratch("none/a"), "No such file or directory");
    assert_false(mm_write_file(scratch_folder, "x", 1, &err));
    says(&err, scratch_folder, "Is a directory");
    assert_int_equal(mkfifo(scratch("fifo"), 0600), 0); /* or a device, which a rename would replace by a file */
    assert_false(mm_write_file(scratch("fifo"), "x", 1, &err));
    says(&err, scratch("fifo"), "not a regular file");
    assert_null(mm_read_file(scratch("none"), 1, NULL, &err));
    says(&err, scratch("none"), "No such file or directory");
    assert_null(mm_read_file(scratch_folder, 1, NULL, &err));
    says(&err, scratch_folder, "Is a directory");
}

/* Runs f in a process of its own, so that limits and rights do not outlive it; f returns 0 if all is well, 77 for skipped. */
static int in_child(int (*f)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        _exit(f());
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* 0: the write failed with this reason, what was there before is still there, and there is nothing else. */
static int write_fails(size_t n, const char *reason)
{
    Error err = {""};
    char *bytes = calloc(n, 1);
    bool written = mm_write_file(scratch("a"), bytes, n, &err);
    free(bytes);
    if (written || !strstr(err.text, scratch("a")) || !strstr(err.text, reason)) {
        fprintf(stderr, "written: %d, \"%s\"\n", written, err.text);
        return 1;
    }
    char *text = mm_read_file(scratch("a"), 9, NULL, &err);
    bool intact = text && strcmp(text, "old") == 0;
    free(text);
    return intact && files_in_scratch() == 1 ? 0 : 2;
}

static int write_over_limit(void)
{
    struct rlimit limit = {100000, 100000};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    int failed = write_fails(100001, "File too large");
    return failed ? failed : write_fails(3000000, "File too large");
}

static void file_too_large(void **state)
{
    (void)state;
    put_text(scratch("a"), "old");
    assert_int_equal(in_child(write_over_limit), 0);
}

static int write_to_full_disk(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", "", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", scratch_folder, "tmpfs", 0, "size=64k") != 0) {
        return 77;
    }
    put_text(scratch("a"), "old");
    int sizes[] = {61500, 70000, 500000}; /* too large by little (the last buffer fails), and by much */
    for (int i = 0; i < 3; i++) {
        int failed = write_fails((size_t)sizes[i], "No space left on device");
        if (failed) {
            return failed;
        }
    }
    if (mount(NULL, scratch_folder, "", MS_REMOUNT | MS_RDONLY, NULL) != 0) {
        return 3;
    }
    return write_fails(1, "Read-only file system");
}

static void full_disk(void **state)
{
    (void)state;
    int result = in_child(write_to_full_disk);
    if (result == 77) {
        print_message("no right to mount a small disk\n");
        skip();
    }
    assert_int_equal(result, 0);
}

static int write_without_right(void)
{
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) { /* root may write anywhere */
        return 77;
    }
    return write_fails(1, "Permission denied");
}

static void folder_read_only(void **state)
{
    (void)state;
    put_text(scratch("a"), "old");
    chmod(scratch_folder, 0555);
    int result = in_child(write_without_right);
    chmod(scratch_folder, 0755);
    if (result == 77) {
        print_message("root cannot become another user here\n");
        skip();
    }
    assert_int_equal(result, 0);
}

static void gzip(void **state)
{
    (void)state;
    Error err;
    size_t n;
    gzFile f = gzopen(scratch("a.gz"), "wb");
    for (int i = 0; i < 50000; i++) {
        gzprintf(f, "%ld,", (long)i * i);
    }
    gzclose(f);
    char *text = mm_read_gzip(scratch("a.gz"), 1 << 20, &n, &err);
    assert_non_null(text);
    assert_int_equal(memcmp(text, "0,1,4,9,", 8), 0);
    assert_int_equal(n, strlen(text));
    assert_null(mm_read_gzip(scratch("a.gz"), n - 1, NULL, &err)); /* small on the disk, large in memory */
    says(&err, scratch("a.gz"), "more than");
    free(text);

    char *zipped = mm_read_file(scratch("a.gz"), 1 << 20, &n, &err);
    put(scratch("cut.gz"), zipped, n / 2);
    assert_null(mm_read_gzip(scratch("cut.gz"), 1 << 20, NULL, &err));
    says(&err, scratch("cut.gz"), "unexpected end of file");
    zipped[n / 2] ^= 0x55;
    put(scratch("bad.gz"), zipped, n);
    assert_null(mm_read_gzip(scratch("bad.gz"), 1 << 20, NULL, &err));
    says(&err, scratch("bad.gz"), "");
    free(zipped);
    assert_null(mm_read_gzip(scratch("none.gz"), 1, NULL, &err));
    says(&err, scratch("none.gz"), "No such file");
    assert_null(mm_read_gzip(scratch_folder, 1, NULL, &err));
    says(&err, scratch_folder, "Is a directory");
}

static void folders(void **state)
{
    (void)state;
    Error err;
    assert_true(mm_make_folders(scratch("x/y//z/"), &err));
    assert_true(mm_make_folders(scratch("x/y/z"), &err)); /* again */
    assert_true(mm_file_exists(scratch("x/y/z")));
    put_text(scratch("file"), "");
    assert_false(mm_make_folders(scratch("file/y"), &err));
    says(&err, scratch("file"), "File exists");
    assert_false(mm_file_exists(scratch("file/y")));
    char *path = mm_join_path("a/b", "c");
    assert_string_equal(path, "a/b/c");
    free(path);
    path = mm_join_path("a/b/", "c");
    assert_string_equal(path, "a/b/c");
    free(path);
    path = mm_join_path("", "c");
    assert_string_equal(path, "c");
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(written_and_read), IN_SCRATCH(large_file),       IN_SCRATCH(not_there_until_committed),
        IN_SCRATCH(no_such_place),    IN_SCRATCH(file_too_large),   IN_SCRATCH(rights_and_links_stay),
        IN_SCRATCH(full_disk),        IN_SCRATCH(folder_read_only), IN_SCRATCH(gzip),
        IN_SCRATCH(folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
