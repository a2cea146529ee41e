/* learn.c: `./course` for exercises. Which commands there are is said by usage().
 *
 *     learn ROOT [COMMAND [EXERCISE] [ARGUMENT…]] */
#include "learn.h"
#include "io/memory.h"
#include "mm/io.h"
#include "prove.h"

#include <unistd.h>

static int fail(const Error *err)
{
    fprintf(stderr, "course: %s\n", err->text);
    return 2;
}

static int command_next(Learn *l)
{
    const Exercise *e = next_exercise(l);
    print_progress_bar(l);
    if (!e) {
        printf("All exercises are done.\n");
        return 0;
    }
    bool begun = mm_file_exists(e->mine);
    printf("\nNext: %.2s %s (about %s minutes)\n\n", e->name, e->title, e->minutes);
    printf("  exercises/%s/README.md   says what is wanted\n", e->name);
    printf("  exercises/%s/mine.c      %s\n", e->name, begun ? "is yours" : "will be yours: `./course watch` makes it");
    printf("  ./course watch           judges it each time you save\n  ./course hint            when you are stuck\n\n");
    return 0;
}

static const char *state_of(Learn *l, const Exercise *e)
{
    return record_of(l, e)->passed ? "passed" : mm_file_exists(e->mine) ? "started" : "";
}

static int command_list(Learn *l)
{
    for (int i = 0; i < l->all.n; i++) {
        const Exercise *e = l->all.at + i;
        printf("%.2s  %-8s %-7s %3s min  %s\n", e->name, state_of(l, e), e->chapter, e->minutes, e->title);
    }
    print_progress_bar(l);
    return 0;
}

/* Judges all that were started. */
static int command_status(Learn *l)
{
    int count[BROKEN + 1] = {0};
    for (int i = 0; i < l->all.n; i++) {
        const Exercise *e = l->all.at + i;
        if (mm_file_exists(e->mine)) {
            count[show_verdict(l, e)]++;
            printf("\n");
        }
    }
    int started = 0;
    for (int v = 0; v <= BROKEN; v++) {
        started += count[v];
    }
    print_progress_bar(l);
    printf("%d right, %d not yet, %d not started\n", count[RIGHT], started - count[RIGHT] - count[UNTOUCHED],
           l->all.n - started + count[UNTOUCHED]);
    return 0;
}

static int command_start(Learn *l, const Exercise *e)
{
    Error err;
    bool made;
    if (!start_exercise(l, e, &made, &err)) {
        return fail(&err);
    }
    printf("%s exercises/%s/mine.c; README.md beside it says what is wanted, `./course test %.2s` judges it\n",
           made ? "made" : "there is", e->name, e->name);
    return 0;
}

/* Exit status as CTest wants it. */
static int command_test(Learn *l, const Exercise *e)
{
    if (!mm_file_exists(e->mine)) {
        printf("NOT STARTED  %s: `./course watch %.2s` makes exercises/%s/mine.c\n", e->name, e->name, e->name);
        return NOT_STARTED;
    }
    Verdict v = show_verdict(l, e);
    return v == RIGHT ? PASSED : v == UNTOUCHED ? NOT_STARTED : FAILED;
}

/* Of one exercise, or of all. */
static int command_starters(Learn *l, bool write)
{
    Error err;
    for (int i = 0; i < l->all.n; i++) {
        if (!prove_starter(l->all.root, l->all.at + i, write, &err)) {
            return fail(&err);
        }
    }
    printf("%d starters are what the source gives\n", l->all.n);
    return 0;
}

/* What the test includes; for the build. */
static int command_prototype(const Learn *l, const Exercise *e)
{
    Error err;
    char *text = exercise_make(l->all.root, e, PROTOTYPE, &err);
    if (!text) {
        return fail(&err);
    }
    fputs(text, stdout);
    free(text);
    return 0;
}

static int command_prove(Learn *l, const Exercise *e, bool mutants)
{
    Error err;
    char *rows = NULL;
    size_t size;
    FILE *table = open_memstream(&rows, &size);
    bool ok = (table || mm_error(&err, "out of memory")) && prove_exercise(l->all.root, e, mutants, table, &err);
    if (table) {
        fclose(table);
    }
    printf("%s", rows ? rows : "");
    ok = ok && (!mutants || kills_agree(l->all.root, e, rows, &err));
    free(rows);
    return ok ? 0 : fail(&err);
}

static int command_kills(Learn *l)
{
    Error err;
    return kills_write(&l->all, &err) ? 0 : fail(&err);
}

static const struct {
    const char *name;
    int (*run)(Learn *l, const Exercise *e, int n, char **args);
} further[] = {{"hint", command_hint},
               {"reset", command_reset},
               {"solution", command_solution},
               {"diff", command_diff},
               {"graph", command_graph}};

static bool given(int n, char **args, const char *option)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(args[i], option) == 0) {
            return true;
        }
    }
    return false;
}

static int run_on_exercise(Learn *l, const char *command, const Exercise *e, int n, char **args)
{
    for (size_t i = 0; i < sizeof further / sizeof *further; i++) {
        if (strcmp(command, further[i].name) == 0) {
            return further[i].run(l, e, n, args);
        }
    }
    if (strcmp(command, "start") == 0) {
        return command_start(l, e);
    }
    if (strcmp(command, "test") == 0) {
        return command_test(l, e);
    }
    if (strcmp(command, "watch") == 0) {
        return watch(l, e, given(n, args, "--once"), given(n, args, "--poll"));
    }
    if (strcmp(command, "prototype") == 0) {
        return command_prototype(l, e);
    }
    if (strcmp(command, "prove") == 0) {
        return command_prove(l, e, !given(n, args, "--reference-only"));
    }
    fprintf(stderr, "course: no such command: %s\n", command);
    return 2;
}

static int run_command_line(Learn *l, int n, char **args)
{
    const char *command = n > 0 ? args[0] : "next";
    if (strcmp(command, "next") == 0) {
        return command_next(l);
    }
    if (strcmp(command, "list") == 0) {
        return command_list(l);
    }
    if (strcmp(command, "status") == 0) {
        return command_status(l);
    }
    if (strcmp(command, "kills") == 0) {
        return command_kills(l);
    }
    if (strcmp(command, "starters") == 0) {
        return command_starters(l, given(n, args, "--write"));
    }
    Error err;
    bool named = n > 1 && args[1][0] != '-';
    const Exercise *e = named ? exercises_find(&l->all, args[1], &err) : next_exercise(l);
    if (named && !e) {
        return fail(&err);
    }
    if (!e) {
        printf("All exercises are done; name one.\n");
        return 0;
    }
    return run_on_exercise(l, command, e, n - 1 - named, args + 1 + named);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "learn ROOT [COMMAND [EXERCISE] [ARGUMENT...]]\n");
        return 2;
    }
    Learn l = {.terminal = isatty(STDOUT_FILENO)};
    const char *no_colour = getenv("NO_COLOR");
    l.colour = l.terminal && !(no_colour && *no_colour);
    Error err;
    int status;
    if (exercises_read(argv[1], &l.all, &err)) {
        progress_read(&l);
        status = run_command_line(&l, argc - 2, argv + 2);
    } else {
        status = fail(&err);
    }
    exercises_free(&l.all);
    free(l.record);
    return status;
}
