/* compare.c: are two outputs the same, but for the last digits of their numbers? */
#include "weave.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool starts_number(const char *s, const char *line)
{
    bool in_word = s > line && (isalnum((unsigned char)s[-1]) || s[-1] == '_');
    const char *digits = s + (*s == '-' || *s == '+');
    digits += *digits == '.';
    return !in_word && isdigit((unsigned char)*digits);
}

static bool same_line(const char *a, const char *b, double tol)
{
    const char *line_a = a, *line_b = b;
    while (*a && *b) {
        if (starts_number(a, line_a) && starts_number(b, line_b)) {
            char *end_a, *end_b;
            double x = strtod(a, &end_a), y = strtod(b, &end_b);
            if (!(fabs(x - y) <= tol * (0.1 + fabs(x)))) {
                return false;
            }
            a = end_a;
            b = end_b;
        } else if (*a == ' ' && *b == ' ') { /* columns may be wider by a sign or a digit */
            a += strspn(a, " ");
            b += strspn(b, " ");
        } else if (*a++ != *b++) {
            return false;
        }
    }
    a += strspn(a, " ");
    b += strspn(b, " ");
    return !*a && !*b;
}

/* The next line of *rest that counts, as a string of its own; NULL at the end. */
static char *next_line(const char **rest, const regex_t *drop)
{
    while (**rest) {
        size_t n = strcspn(*rest, "\n");
        char *line = strndup(*rest, n);
        *rest += n + ((*rest)[n] == '\n');
        if (!drop || regexec(drop, line, 0, NULL, 0) != 0) {
            return line;
        }
        free(line);
    }
    return NULL;
}

bool same_output(const char *page, const char *now, double tol, const char *drop, char **difference)
{
    regex_t pattern;
    if (drop && regcomp(&pattern, drop, REG_EXTENDED | REG_NOSUB) != 0) {
        *difference = strdup("    drop= is no regular expression\n");
        return false;
    }
    bool same = true, more = true;
    *difference = NULL;
    while (same && more) {
        char *a = next_line(&page, drop ? &pattern : NULL), *b = next_line(&now, drop ? &pattern : NULL);
        more = a || b;
        same = !more || (a && b && same_line(a, b, tol));
        if (!same &&
            asprintf(difference, "    in the page: %s\n    now:         %s\n", a ? a : "(no line)", b ? b : "(no line)") < 0) {
            *difference = NULL;
        }
        free(a);
        free(b);
    }
    if (drop) {
        regfree(&pattern);
    }
    return same;
}
