/* watch.c: judges an exercise each time its file is saved.
 *
 * The folder is watched, not the file: many editors save by writing another file and giving it the old one's name, so that a
 * watch of the file would follow the one that was put away. */
#include "io/memory.h"
#include "learn.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { QUIET_MS = 50, POLL_MS = 100, BUFFER = 4096 };

typedef struct Watch {
    Learn *l;
    const Exercise *e;
    int fd; /* of inotify; -1: the file's time is looked at */
    struct timespec time;
    bool keys;
} Watch;

static struct termios usual_terminal;

static void restore_terminal(void)
{
    tcsetattr(STDIN_FILENO, TCSANOW, &usual_terminal);
}

/* Single keys arrive at once, without the Enter key. */
static bool read_keys(void)
{
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &usual_terminal) != 0) {
        return false;
    }
    struct termios raw = usual_terminal;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    atexit(restore_terminal);
    return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static bool file_changed(Watch *w)
{
    struct stat s;
    if (stat(w->e->mine, &s) != 0) {
        return false;
    }
    bool changed = s.st_mtim.tv_sec != w->time.tv_sec || s.st_mtim.tv_nsec != w->time.tv_nsec;
    w->time = s.st_mtim;
    return changed;
}

/* Whether one of the waiting events is about mine.c. */
static bool drain(int fd)
{
    char buffer[BUFFER] __attribute__((aligned(8)));
    ssize_t n = read(fd, buffer, sizeof buffer);
    bool about_mine = false;
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *event = (const void *)(buffer + at);
        about_mine = about_mine || (event->len && strcmp(event->name, "mine.c") == 0) || event->mask & IN_Q_OVERFLOW;
        at += (ssize_t)(sizeof *event + event->len);
    }
    return about_mine;
}

/* Waits for a key or a save. Returns the key, 's' for a save, 0 at the end of input. Saves that follow each other within QUIET_MS
 * are one: editors often write twice. */
static int wait_for_event(Watch *w)
{
    struct pollfd p[2] = {{.fd = w->keys ? STDIN_FILENO : -1, .events = POLLIN}, {.fd = w->fd, .events = POLLIN}};
    for (;;) {
        int n = poll(p, 2, w->fd < 0 ? POLL_MS : -1);
        if (n < 0) {
            return 0;
        }
        char key;
        if (p[0].revents) {
            return read(STDIN_FILENO, &key, 1) == 1 ? key : 0;
        }
        if (w->fd < 0 && file_changed(w)) {
            return 's';
        }
        if (p[1].revents && drain(w->fd)) {
            while (poll(p + 1, 1, QUIET_MS) > 0) {
                drain(w->fd);
            }
            return 's';
        }
    }
}

static void print_keys(const Watch *w)
{
    printf("\n%s  waiting for exercises/%s/mine.c to be saved%s\n", w->e->name, w->e->name,
           w->keys ? "   r: again, h: hint, n: next, l: list, q: quit" : "");
    fflush(stdout);
}

static bool look_at(Watch *w, const Exercise *e)
{
    Error err;
    bool made;
    w->e = e;
    if (!start_exercise(w->l, e, &made, &err)) {
        fprintf(stderr, "course: %s\n", err.text);
        return false;
    }
    printf("\n%.2s %s (about %s minutes): exercises/%s/README.md says what is wanted.\n", e->name, e->title, e->minutes, e->name);
    if (made) {
        printf("Edit exercises/%s/mine.c, which was made just now.\n", e->name);
    }
    if (w->fd >= 0 && inotify_add_watch(w->fd, e->folder, IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
        close(w->fd);
        w->fd = -1;
    }
    file_changed(w);
    return true;
}

static bool judge_and_go_on(Watch *w, bool go_on)
{
    Verdict v = show_verdict(w->l, w->e);
    const Exercise *next = next_exercise(w->l);
    if (v == RIGHT && go_on) {
        print_progress_bar(w->l);
        if (!next) {
            printf("All exercises are done.\n");
            return false;
        }
        return look_at(w, next);
    }
    return true;
}

/* false: no more. */
static bool obey(Watch *w, int key)
{
    Learn *l = w->l;
    switch (key) {
    case 's':
    case 'r': printf("\n"); return judge_and_go_on(w, true);
    case 'h': command_hint(l, w->e, 0, NULL); return true;
    case 'n': return look_at(w, w->e + 1 < l->all.at + l->all.n ? w->e + 1 : l->all.at);
    case 'l':
        for (int i = 0; i < l->all.n; i++) {
            printf("%s %s\n", l->record[i].passed ? "passed" : "      ", l->all.at[i].name);
        }
        return true;
    case 'q':
    case 0: return false;
    default: return true;
    }
}

int watch(Learn *l, const Exercise *e, bool once, bool poll)
{
    Watch w = {.l = l, .fd = poll ? -1 : inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    bool going = look_at(&w, e) && (once || judge_and_go_on(&w, false));
    w.keys = !once && read_keys();
    while (going) {
        print_keys(&w);
        int key = wait_for_event(&w);
        if (once && key == 's') {
            Verdict v = show_verdict(l, w.e);
            return v == RIGHT ? PASSED : v == UNTOUCHED ? NOT_STARTED : FAILED;
        }
        going = obey(&w, key);
    }
    if (w.fd >= 0) {
        close(w.fd);
    }
    return 0;
}
