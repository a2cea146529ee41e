/* error.c: the two kinds of mistake. mm_fail is for the programmer's, mm_error for the world's. */
#include "mm/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void mm_fail(FailHandler handler, const char *format, ...)
{
    char message[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (handler.call) {
        handler.call(handler.context, message);
    }
    fflush(stdout);
    fprintf(stderr, "error: %s\n", message);
    abort();
}

bool mm_error(Error *err, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return false;
}
