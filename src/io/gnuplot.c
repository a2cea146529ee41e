/* gnuplot.c: figures, drawn by gnuplot. */
#include "mm/io.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool mm_gnuplot(const char *script)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp("gnuplot", "gnuplot", "-", (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    bool ok = child > 0 && write(ends[1], script, strlen(script)) == (ssize_t)strlen(script);
    close(ends[1]);
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void mm_gnuplot_quote(char *to, size_t size, const char *path)
{
    size_t n = 0;
    for (; *path && n + 3 < size; path++) {
        to[n++] = *path;
        if (*path == '\'') {
            to[n++] = '\'';
        }
    }
    to[n] = 0;
}
