/* run.c: compiles an answer and runs the judge on it, each as a process of its own: whatever an answer does, this program lives. */
#include "run.h"
#include "io/memory.h"
#include "mm/io.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 128, COMPILE_SECONDS = 60, JUDGE_SECONDS = 150, LONGEST_OUTPUT = 1 << 24 };

/* Runs argv in the folder root with both streams going to a file. Returns what waitpid says. A child that outlives its time
 * is ended by SIGALRM. */
static int run_command(const char *root, char *const *argv, const char *output, unsigned seconds)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(output, O_CREAT | O_WRONLY | O_TRUNC, 0644), nothing = open("/dev/null", O_RDONLY);
        if (fd < 0 || nothing < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || dup2(nothing, 0) < 0 || chdir(root) != 0) {
            _exit(127);
        }
        setenv("OMP_WAIT_POLICY", "passive", 0); /* threads that spin while they wait would slow the editor down */
        signal(SIGALRM, SIG_DFL);
        alarm(seconds);
        execvp(argv[0], argv);
        dprintf(2, "%s cannot be run\n", argv[0]);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        mm_fail((FailHandler){0}, "cannot start %s", argv[0]);
    }
    return status;
}

char *compiled_path(const Exercise *e, const char *variant, const char *ending)
{
    const char *elsewhere = getenv("LEARN_BUILD"); /* for tests, which must not touch what a learner has there */
    char *folder = mm_join_path(elsewhere ? elsewhere : LEARN_BUILD, e->name), name[128];
    Error err;
    if (!mm_make_folders(folder, &err)) {
        mm_fail((FailHandler){0}, "%s", err.text);
    }
    snprintf(name, sizeof name, "%s%s", variant, ending);
    char *path = mm_join_path(folder, name);
    free(folder);
    return path;
}

static char *read_output(const char *path)
{
    char *text = mm_read_file(path, LONGEST_OUTPUT, NULL, NULL);
    return text ? text : mm_copy_text("", 0);
}

/* The answer, and after it the declaration that the test relies on: another signature is an error of the compiler. */
static void write_source(const Job *job, const char *path)
{
    Error err;
    char *signature = exercise_make(job->root, job->exercise, SIGNATURE, &err), *all;
    if (!signature || asprintf(&all, "#line 1 \"%s\"\n%s\n#line 1 \"the function that the test calls\"\n%s", job->shown,
                               job->text, signature) < 0) {
        mm_fail((FailHandler){0}, "%s", err.text);
    }
    if (!mm_write_file(path, all, strlen(all), &err)) {
        mm_fail((FailHandler){0}, "%s", err.text);
    }
    free(all);
    free(signature);
}

static bool compile(const Job *job, const char *so, Judged *j)
{
    static char flags[] = LEARN_CFLAGS; /* words with one space between them */
    char *source = compiled_path(job->exercise, job->variant, ".c"), *log = compiled_path(job->exercise, job->variant, ".log");
    char *argv[MOST_ARGUMENTS] = {LEARN_CC, "-shared", "-fPIC", "-Wl,-Bsymbolic"}, words[sizeof flags];
    int n = 4;
    strcpy(words, flags);
    for (char *word = strtok(words, " "); word && n < MOST_ARGUMENTS - 6; word = strtok(NULL, " ")) {
        argv[n++] = word;
    }
    if (job->strict) {
        argv[n++] = "-Werror";
    }
    argv[n++] = job->colour ? "-fdiagnostics-color=always" : "-fdiagnostics-color=never";
    argv[n++] = "-o";
    argv[n++] = (char *)so;
    argv[n++] = source;
    write_source(job, source);
    int status = run_command(job->root, argv, log, COMPILE_SECONDS);
    j->compiler = read_output(log);
    free(source);
    free(log);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The report has a line as each check begins and one as it ends. */
static void read_report(const char *path, Judged *j)
{
    char *text = read_output(path), begun[64] = "";
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char id[64] = "";
        if (sscanf(line, "begin %63s", id) == 1) {
            strcpy(begun, id);
        } else if (sscanf(line, "fail %63s", id) == 1) {
            strcpy(*j->first ? id : j->first, id);
            j->wrong++;
            j->checks++;
            *begun = 0;
        } else if (sscanf(line, "pass %63s", id) == 1) {
            j->checks++;
            *begun = 0;
        }
    }
    if (j->verdict == CRASH || j->verdict == TIME_OUT) {
        strcpy(j->first, begun);
    }
    free(text);
}

static Verdict verdict_of(int status)
{
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGALRM ? TIME_OUT : CRASH;
    }
    switch (WEXITSTATUS(status)) {
    case PASSED: return RIGHT;
    case FAILED: return WRONG;
    case NOT_STARTED: return UNTOUCHED;
    case LEARN_SANITIZER_EXIT: return CRASH;
    default: return BROKEN;
    }
}

static void run_judge(const Job *job, char *so, Judged *j)
{
    char *report = compiled_path(job->exercise, job->variant, ".report"),
         *out = compiled_path(job->exercise, job->variant, ".out");
    char *argv[MOST_ARGUMENTS] = {LEARN_JUDGE, "--report", report};
    int n = 3;
    if (job->colour) {
        argv[n++] = "--colour";
    }
    if (job->graph) {
        argv[n++] = "--graph";
        argv[n++] = (char *)job->graph;
    }
    argv[n++] = (char *)job->exercise->name;
    argv[n++] = so;
    for (char *const *more = job->more; more && *more && n < MOST_ARGUMENTS - 1; more++) {
        argv[n++] = *more;
    }
    unlink(report);
    j->verdict = verdict_of(run_command(job->root, argv, out, JUDGE_SECONDS));
    j->said = read_output(out);
    read_report(report, j);
    free(report);
    free(out);
}

Judged judge_answer(const Job *job)
{
    Judged j = {.verdict = NO_COMPILE};
    double start = mm_seconds();
    char *so = compiled_path(job->exercise, job->variant, ".so");
    if (compile(job, so, &j)) {
        run_judge(job, so, &j);
    } else {
        j.said = mm_copy_text("", 0);
    }
    free(so);
    j.seconds = mm_seconds() - start;
    return j;
}

void judged_free(Judged *j)
{
    free(j->compiler);
    free(j->said);
}
