/* judge.c: runs the checks of one exercise on an answer, a shared object, and says what came out.
 *
 *     judge [--colour] [--report FILE] [--graph FOLDER] EXERCISE ANSWER.so [EXERCISE=ANSWER.so …]
 *
 * The further answers are for milestones. Exit 0: right, 1: wrong, 77: not started, 2: the judge was called wrongly. FILE gets
 * a line as each check begins and one as it ends, so that whoever called knows where a crash happened. */
#include "judge.h"
#include "check.h"
#include "exercise.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_CHECKS = 32, MAX_PASSED = 64, EXIT_NOT_STARTED = 77 };

typedef struct Checked {
    const char *id, *what, *hint;
    char *wrong; /* NULL: nothing */
} Checked;

/* What sanitizers look up by these names. A mistake that they find is a crash, not a failed check. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "exitcode=99:detect_leaks=0";
}

const char *__ubsan_default_options(void)
{
    return "exitcode=99:print_stacktrace=0";
}

/* One process judges one answer, so what it knows is kept here. */
static struct {
    void *answer;
    const char *passed[MAX_PASSED]; /* "08-softmax-backward=file.so" */
    int n_passed;
    Checked check[MAX_CHECKS];
    int n;
    FILE *report;
    const char *graph;
    bool colour;
} judge;

static void note(const char *word, const char *id)
{
    if (judge.report) {
        fprintf(judge.report, "%s %s\n", word, id);
        fflush(judge.report);
    }
}

const char *judge_graph(void)
{
    return judge.graph;
}

const char *judge_mark(bool wrong)
{
    return !judge.colour ? "" : wrong ? "\033[31m" : "\033[0m";
}

void broken_test(const char *what)
{
    fprintf(stderr, "the test itself is wrong: %s\n", what);
    exit(2);
}

static void *open_answer(const char *path)
{
    void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!so) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    return so;
}

void *yours(const char *function)
{
    void *f = dlsym(judge.answer, function);
    if (!f) {
        printf("There is no function %s in the file. Its first line must stay as it was, and not begin with `static`.\n",
               function);
        note("fail", "function");
        exit(1);
    }
    return f;
}

void *passed(const char *exercise, const char *function)
{
    size_t n = strlen(exercise);
    for (int i = 0; i < judge.n_passed; i++) {
        if (strncmp(judge.passed[i], exercise, n) == 0 && judge.passed[i][n] == '=') {
            return dlsym(open_answer(judge.passed[i] + n + 1), function);
        }
    }
    return NULL;
}

void exercise_not_started(void)
{
    note("todo", "");
    fflush(stdout);
    _exit(EXIT_NOT_STARTED);
}

static void close_check(void)
{
    if (judge.n > 0) {
        const Checked *c = judge.check + judge.n - 1;
        note(c->wrong ? "fail" : "pass", c->id);
    }
}

void check(const char *id, const char *what, const char *hint)
{
    close_check();
    if (judge.n == MAX_CHECKS) {
        broken_test("too many checks");
    }
    judge.check[judge.n++] = (Checked){id, what, hint, NULL};
    note("begin", id);
}

FILE *judge_wrong(char **text)
{
    static size_t size;
    if (judge.n == 0) {
        broken_test("an expectation before the first check");
    }
    Checked *c = judge.check + judge.n - 1;
    if (c->wrong) {
        return NULL; /* the first one counts */
    }
    FILE *f = open_memstream(text, &size);
    if (!f) {
        broken_test("no memory");
    }
    return f;
}

bool right_so_far(void)
{
    for (int i = 0; i < judge.n; i++) {
        if (judge.check[i].wrong) {
            return false;
        }
    }
    return true;
}

void judge_keep(FILE *f, char *const *text)
{
    fclose(f);
    judge.check[judge.n - 1].wrong = *text;
}

void report(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    fflush(stdout);
}

void draw(real *x, size_t n, double low, double high, const char *name)
{
    Rng r = mm_rng(1, name);
    for (size_t i = 0; i < n; i++) {
        x[i] = (real)(low + (high - low) * mm_uniform(&r));
    }
}

/* The first that is wrong in full, then a line for each. Returns how many are wrong. */
static int show(void)
{
    int wrong = 0;
    const Checked *end = judge.check + judge.n;
    for (const Checked *c = judge.check; c < end; c++) {
        if (c->wrong && wrong++ == 0) {
            printf("%sFAILS%s  %s: %s\n\n%s\nHint: %s\n\n", judge_mark(true), judge_mark(false), c->id, c->what, c->wrong,
                   c->hint);
        }
    }
    for (const Checked *c = judge.check; c < end; c++) {
        printf("  %s%s%s  %-14s %s\n", judge_mark(c->wrong != NULL), c->wrong ? "wrong" : "right", judge_mark(false), c->id,
               c->what);
    }
    return wrong;
}

static void (*find_exercise(const char *name))(void)
{
    for (const JudgedExercise *e = judged_exercises; e->name; e++) {
        if (strcmp(e->name, name) == 0) {
            return e->run;
        }
    }
    fprintf(stderr, "judge: no exercise %s\n", name);
    exit(2);
}

static int usage(void)
{
    fputs("judge [--colour] [--report FILE] [--graph FOLDER] EXERCISE ANSWER.so [EXERCISE=ANSWER.so ...]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--colour") == 0) {
            judge.colour = true;
        } else if (strcmp(argv[i], "--report") == 0 && i + 1 < argc) {
            judge.report = fopen(argv[++i], "w");
        } else if (strcmp(argv[i], "--graph") == 0 && i + 1 < argc) {
            judge.graph = argv[++i];
        } else {
            return usage();
        }
    }
    if (argc - i < 2) {
        return usage();
    }
    void (*run)(void) = find_exercise(argv[i]);
    judge.answer = open_answer(argv[i + 1]);
    for (i += 2; i < argc && judge.n_passed < MAX_PASSED; i++) {
        judge.passed[judge.n_passed++] = argv[i];
    }
    run();
    close_check();
    if (judge.graph) {
        printf("This exercise has no graph to draw.\n");
        return 0;
    }
    int wrong = show();
    note("done", "");
    return wrong > 0;
}
