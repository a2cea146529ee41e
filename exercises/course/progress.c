/* progress.c: the record of what was passed, and the verdict that changes it. */
#include "io/memory.h"
#include "learn.h"
#include "mm/io.h"

#include <ctype.h>

static char *record_path(const Learn *l)
{
    char *folder = mm_join_path(l->all.root, "exercises"), *path = mm_join_path(folder, "progress.tsv");
    free(folder);
    return path;
}

/* A line for an exercise that no longer exists is forgotten. */
void progress_read(Learn *l)
{
    l->record = mm_take((size_t)l->all.n, sizeof *l->record);
    char *path = record_path(l), *text = mm_read_file(path, 1 << 20, NULL, NULL);
    char *rest = text;
    for (char *line; text && (line = strtok_r(rest, "\n", &rest));) {
        char name[EXERCISE_NAME], state[16];
        int hints;
        for (int i = 0; sscanf(line, "%95s %15s %d", name, state, &hints) == 3 && i < l->all.n; i++) {
            if (strcmp(l->all.at[i].name, name) == 0) {
                l->record[i] = (Record){strcmp(state, "passed") == 0, hints};
            }
        }
    }
    free(text);
    free(path);
}

void progress_write(const Learn *l)
{
    char *path = record_path(l), *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    for (int i = 0; f && i < l->all.n; i++) {
        const Record *r = l->record + i;
        if (r->passed || r->hints) {
            fprintf(f, "%s\t%s\t%d\n", l->all.at[i].name, r->passed ? "passed" : "open", r->hints);
        }
    }
    Error err;
    if (!f || fclose(f) != 0 || !mm_write_file(path, text, size, &err)) {
        fprintf(stderr, "course: progress is not kept: %s\n", err.text);
    }
    free(text);
    free(path);
}

Record *record_of(Learn *l, const Exercise *e)
{
    return l->record + (e - l->all.at);
}

const Exercise *next_exercise(const Learn *l)
{
    for (int i = 0; i < l->all.n; i++) {
        if (!l->record[i].passed) {
            return l->all.at + i;
        }
    }
    return NULL;
}

void print_progress_bar(const Learn *l)
{
    int done = 0;
    for (int i = 0; i < l->all.n; i++) {
        done += l->record[i].passed;
    }
    printf("Exercises: [");
    for (int i = 0; i < l->all.n; i++) {
        putchar(i < done ? '#' : '.');
    }
    printf("] %d of %d\n", done, l->all.n);
}

bool start_exercise(const Learn *l, const Exercise *e, bool *made, Error *err)
{
    *made = !mm_file_exists(e->mine);
    if (!*made) {
        return true;
    }
    char *text = exercise_make(l->all.root, e, STARTER, err);
    bool ok = text && mm_write_file(e->mine, text, strlen(text), err);
    free(text);
    return ok;
}

/* The answers to other exercises that were passed, as NN-name=FILE.so, for the judge of a milestone. */
static char **passed_answers(const Learn *l, const Exercise *e)
{
    char **list = mm_take((size_t)l->all.n + 1, sizeof *list);
    int n = 0;
    for (int i = 0; i < l->all.n; i++) {
        const Exercise *other = l->all.at + i;
        if (other == e || !l->record[i].passed) {
            continue;
        }
        char *so = compiled_path(other, "mine", ".so");
        if (!mm_file_exists(so) || asprintf(list + n, "%s=%s", other->name, so) < 0) {
            list[n] = NULL;
        }
        n += list[n] != NULL;
        free(so);
    }
    return list;
}

static void print_verdict(const Learn *l, const Exercise *e, const Judged *j)
{
    static const char *const word[] = {"PASS", "FAIL", "NOT STARTED", "DOES NOT COMPILE", "CRASH", "TIME OUT", "BROKEN TEST"};
    const char *on = l->colour ? (j->verdict == RIGHT ? "\033[1;32m" : "\033[1;31m") : "", *off = l->colour ? "\033[0m" : "";
    printf("%s%s%s  %s", on, word[j->verdict], off, e->name);
    if (j->checks > 0) {
        printf("  %d of %d checks are right", j->checks - j->wrong, j->checks);
    }
    if (j->verdict == CRASH || j->verdict == TIME_OUT) {
        printf("  in check %s", *j->first ? j->first : "(none yet)");
    }
    printf("  %.2f s\n", j->seconds);
}

/* A check failed: draws the step in which it did, and names the page, if the exercise has a graph. */
static void draw_failure(const Learn *l, const Exercise *e)
{
    Error err;
    Judged j;
    if (draw_graph(l, e, &j, &err)) {
        char *name = strstr(j.said, "mine.html");
        if (name) {
            printf("The gradients of your step beside the reference's: out/exercises/%s/mine.html\n", e->name);
        }
        judged_free(&j);
    }
}

Verdict show_verdict(Learn *l, const Exercise *e)
{
    char *text = mm_read_file(e->mine, 1 << 20, NULL, NULL), shown[EXERCISE_NAME + 32];
    if (!text) {
        printf("NOT STARTED  %s\n", e->name);
        return UNTOUCHED;
    }
    snprintf(shown, sizeof shown, "exercises/%s/mine.c", e->name);
    char **more = passed_answers(l, e);
    Judged j = judge_answer(&(Job){
        .root = l->all.root, .exercise = e, .text = text, .shown = shown, .variant = "mine", .more = more, .colour = l->colour});
    printf("%s%s", j.compiler, j.said);
    print_verdict(l, e, &j);
    if (j.verdict == UNTOUCHED) {
        printf("Your code comes in place of NOT_STARTED in %s; `./course hint %.2s` helps\n", shown, e->name);
    }
    if (record_of(l, e)->passed != (j.verdict == RIGHT)) {
        record_of(l, e)->passed = j.verdict == RIGHT;
        progress_write(l);
    }
    Verdict v = j.verdict;
    if (v == WRONG) {
        fflush(stdout); /* the drawing need not be waited for */
        draw_failure(l, e);
    }
    judged_free(&j);
    for (char **m = more; *m; m++) {
        free(*m);
    }
    free(more);
    free(text);
    return v;
}
