/* progress.c: what a person sees of a long run, and how they stop it. */
#include "mm/train.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 24 };

Progress mm_progress(int64_t total, int64_t first)
{
    fflush(stdout); /* what was printed before a bar stands before it in a pipe, too */
    return (Progress){
        .total = total, .first = first, .shown_at = first, .started = mm_seconds(), .terminal = isatty(STDERR_FILENO)};
}

static void draw_bar(char *bar, double part)
{
    int full = (int)(part * BAR);
    for (int i = 0; i < BAR; i++) {
        bar[i] = i < full ? '=' : i == full ? '>' : ' ';
    }
    bar[BAR] = 0;
}

void mm_progress_show(Progress *p, int64_t done, const char *format, ...)
{
    double now = mm_seconds();
    bool last = done == p->total, twentieth = done * 20 / p->total > p->shown_at * 20 / p->total;
    p->done = done;
    if (!last && (p->terminal ? now - p->shown < 0.2 : !twentieth)) {
        return;
    }
    p->shown = now;
    p->shown_at = done;
    double seconds = now - p->started, rate = seconds > 0 ? (double)(done - p->first) / seconds : 0;
    int left = rate > 0 ? (int)((double)(p->total - done) / rate + 0.5) : 0;
    char bar[BAR + 1], text[256];
    draw_bar(bar, (double)done / (double)p->total);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "%s[%s] %lld/%lld  %s  %.1f steps/s  %d:%02d left%s", p->terminal ? "\r" : "", bar, (long long)done,
            (long long)p->total, text, rate, left / 60, left % 60, p->terminal ? "\033[K" : "\n");
    fflush(stderr);
}

void mm_progress_end(Progress *p)
{
    if (p->terminal && p->shown > 0) {
        fputc('\n', stderr);
    }
}

/* The one thing that outside of memory decides: a signal has nowhere else to leave its mark. */
static volatile sig_atomic_t interrupted;

static void mark(int signal_number)
{
    if (interrupted) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
    interrupted = 1;
}

void mm_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = mark};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool mm_interrupted(void)
{
    return interrupted != 0;
}
