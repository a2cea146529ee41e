/* help.c: hints, the solution, and the way back to the start. */
#include "io/memory.h"
#include "learn.h"
#include "mm/io.h"

#include <unistd.h>

static bool said(int n, char **args, const char *option)
{
    return n > 0 && strcmp(args[0], option) == 0;
}

/* The next hint, or the one that was asked for by its number. */
int command_hint(Learn *l, const Exercise *e, int n, char **args)
{
    Record *r = record_of(l, e);
    int which = n > 0 ? atoi(args[0]) : r->hints < HINTS ? r->hints + 1 : HINTS;
    if (which < 1 || which > HINTS) {
        fprintf(stderr, "course: there are hints 1 to %d\n", HINTS);
        return 2;
    }
    printf("%.2s %s, hint %d of %d\n%s", e->name, e->title, which, HINTS, e->hint[which - 1]);
    if (which > r->hints) {
        r->hints = which;
        progress_write(l);
    }
    return 0;
}

/* mine.c.bak, or if that is taken mine.c.bak.1 and so on: nothing of a learner's is ever overwritten. */
static char *free_name(const Exercise *e)
{
    char *path;
    for (int i = 0;; i++) {
        char ending[16] = "";
        if (i > 0) {
            snprintf(ending, sizeof ending, ".%d", i);
        }
        if (asprintf(&path, "%s.bak%s", e->mine, ending) < 0) {
            mm_fail((FailHandler){0}, "out of memory for a path");
        }
        if (!mm_file_exists(path)) {
            return path;
        }
        free(path);
    }
}

int command_reset(Learn *l, const Exercise *e, int n, char **args)
{
    if (!mm_file_exists(e->mine)) {
        printf("exercises/%s/mine.c does not exist: nothing to reset\n", e->name);
        return 0;
    }
    char answer = 'n', *backup = free_name(e);
    const char *backup_name = backup + strlen(e->folder) + 1;
    if (!said(n, args, "--yes")) {
        printf("Begin %s anew? Your file will be kept as %s. [y/N] ", e->name, backup_name);
        fflush(stdout);
        if (scanf(" %c", &answer) != 1 || (answer != 'y' && answer != 'Y')) {
            printf("nothing was changed\n");
            free(backup);
            return 1;
        }
    }
    Error err;
    bool made, ok = rename(e->mine, backup) == 0 || mm_error(&err, "%s: cannot be renamed", e->mine);
    ok = ok && start_exercise(l, e, &made, &err);
    if (ok) {
        record_of(l, e)->passed = false;
        progress_write(l);
        printf("exercises/%s/mine.c is the starter again; yours is %s\n", e->name, backup_name);
    } else {
        fprintf(stderr, "course: %s\n", err.text);
    }
    free(backup);
    return ok ? 0 : 2;
}

int command_solution(Learn *l, const Exercise *e, int n, char **args)
{
    if (!record_of(l, e)->passed && !said(n, args, "--anyway")) {
        printf("%s is not passed yet. `./course hint %.2s` helps; `./course solution %.2s --anyway` shows it all the same.\n",
               e->name, e->name, e->name);
        return 1;
    }
    Error err;
    Answer a;
    char *text = exercise_answer(e, &a, &err) ? exercise_make(l->all.root, e, SOLUTION, &err) : NULL;
    if (!text) {
        fprintf(stderr, "course: %s\n", err.text);
        return 2;
    }
    printf("/* from %s, region %s */\n%s", a.file, a.region, text);
    free(text);
    return 0;
}

/* What the reference would change in mine.c. */
int command_diff(Learn *l, const Exercise *e, int n, char **args)
{
    if (!mm_file_exists(e->mine)) {
        printf("exercises/%s/mine.c does not exist\n", e->name);
        return 1;
    }
    if (!record_of(l, e)->passed && !said(n, args, "--anyway")) {
        printf("%s is not passed yet; `./course diff %.2s --anyway` shows the difference from the reference all the same.\n",
               e->name, e->name);
        return 1;
    }
    Error err;
    char *text = exercise_make(l->all.root, e, SOLUTION, &err), *path = compiled_path(e, "solution", ".c");
    if (!text || !mm_write_file(path, text, strlen(text), &err)) {
        fprintf(stderr, "course: %s\n", err.text);
        return 2;
    }
    free(text);
    fflush(NULL);
    execlp("diff", "diff", "-u", "--strip-trailing-cr", "--label", "mine.c", "--label", "the reference", e->mine, path,
           (char *)NULL);
    fprintf(stderr, "course: no program `diff`\n");
    return 2;
}

bool draw_graph(const Learn *l, const Exercise *e, Judged *j, Error *err)
{
    char *text = mm_read_file(e->mine, 1 << 20, NULL, err), *out = mm_join_path(l->all.root, "out/exercises");
    char *folder = mm_join_path(out, e->name);
    bool ok = text && mm_make_folders(folder, err);
    if (ok) {
        *j = judge_answer(&(Job){.root = l->all.root,
                                 .exercise = e,
                                 .text = text,
                                 .shown = "mine.c",
                                 .variant = "graph",
                                 .graph = folder,
                                 .colour = l->colour});
    }
    free(text);
    free(out);
    free(folder);
    return ok;
}

int command_graph(Learn *l, const Exercise *e, int n, char **args)
{
    (void)n, (void)args;
    Error err;
    Judged j;
    if (!draw_graph(l, e, &j, &err)) {
        fprintf(stderr, "course: %s\n", err.text);
        return 1;
    }
    bool ok = j.verdict == RIGHT;
    printf("%s%s", j.compiler, j.verdict == UNTOUCHED ? "There is nothing of yours to draw yet.\n" : j.said);
    judged_free(&j);
    return ok ? 0 : 1;
}
