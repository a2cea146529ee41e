/* draw.c: the picture of a graph as a file; SVG, PDF and PNG are made by Graphviz. */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mm/io.h"
#include "trace.h"

extern char **environ;

/* Runs `dot -Tformat` from one open file to another; no shell is in between. */
static bool run_dot(char *format, int from, int to, const char *path, Error *err)
{
    char option[16];
    snprintf(option, sizeof option, "-T%s", format);
    char *const arguments[] = {(char[]){"dot"}, option, NULL};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, from, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, to, STDOUT_FILENO);
    pid_t child;
    int failure = posix_spawnp(&child, "dot", &files, NULL, arguments, environ), status = 0;
    posix_spawn_file_actions_destroy(&files);
    while (!failure && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    /* POSIX lets posix_spawnp find out too late, and then the child ends with 127. */
    if (failure == ENOENT || (!failure && WIFEXITED(status) && WEXITSTATUS(status) == 127)) {
        return mm_error(
            err,
            "%s: a picture needs the program dot, of the Debian package graphviz, and it is not installed; a path that "
            "ends in .dot or .txt does without",
            path);
    }
    if (failure) {
        return mm_error(err, "%s: cannot run dot: %s", path, strerror(failure));
    }
    if (WIFSIGNALED(status)) {
        return mm_error(err, "%s: dot was stopped by signal %d", path, WTERMSIG(status));
    }
    return WEXITSTATUS(status) == 0 || mm_error(err, "%s: dot failed, exit %d", path, WEXITSTATUS(status));
}

static bool draw_with_graphviz(Trace *t, const DrawOptions *options, char *format, AtomicFile *file, Error *err)
{
    FILE *dot = tmpfile();
    if (!dot) {
        return mm_error(err, "%s: no temporary file: %s", file->path, strerror(errno));
    }
    t->links = mm_source_links(t, file->path);
    mm_print_dot(t, options, dot);
    free(t->links);
    t->links = NULL;
    bool ok = fflush(dot) == 0 && lseek(fileno(dot), 0, SEEK_SET) == 0;
    if (!ok) {
        mm_error(err, "%s: temporary file: %s", file->path, strerror(errno));
    }
    ok = ok && run_dot(format, fileno(dot), fileno(file->file), file->path, err);
    fclose(dot);
    return ok;
}

bool mm_trace_save(Trace *t, const DrawOptions *options, const char *path, Error *err)
{
    static const char *const formats[] = {"json", "html", "txt", "dot", "svg", "pdf", "png"};
    enum { JSON, HTML, TXT, DOT, FORMATS = 7 };
    const char *end = strrchr(path, '.');
    size_t f = 0;
    while (f < FORMATS && !(end && strcmp(end + 1, formats[f]) == 0)) {
        f++;
    }
    if (f == FORMATS) {
        return mm_error(
            err, "%s: a graph is drawn as .html, .svg, .pdf, .png, .dot, .txt or .json; the name must end in one of these", path);
    }
    if (options && options->module && mm_find_module(t, options->module) < 0) {
        return mm_error(err, "%s: the graph has no module \"%s\"; a .txt file lists the modules", path, options->module);
    }
    AtomicFile file;
    if (!mm_atomic_open(&file, path, err)) {
        return false;
    }
    bool ok = true;
    switch (f) {
    case JSON: mm_print_json(t, file.file); break;
    case HTML: mm_print_page(t, options ? options->other : NULL, path, file.file); break;
    case TXT: mm_trace_print(t, file.file); break;
    case DOT: mm_print_dot(t, options, file.file); break;
    default: ok = draw_with_graphviz(t, options, (char *)formats[f], &file, err);
    }
    if (!ok) {
        mm_atomic_abort(&file);
        return false;
    }
    return mm_atomic_commit(&file, err);
}

bool mm_graph_draw(const Graph *g, const Tensor *loss, const DrawOptions *options, const char *path, Error *err)
{
    Trace *t = mm_trace_new(g, loss, options);
    bool ok = mm_trace_save(t, options, path, err);
    mm_trace_free(t);
    return ok;
}
