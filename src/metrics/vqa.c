/* vqa.c: how right an answer is when people do not agree (GT-Vision-Lab/VQA vqaEval.py). */
#include "io/memory.h"
#include "mm/metrics.h"

/* \n and \t are spaces, and there are none at the ends. */
static char *clean(const char *answer)
{
    while (*answer == ' ' || (*answer >= '\t' && *answer <= '\r')) {
        answer++;
    }
    char *copy = mm_copy_text(answer, strlen(answer));
    size_t n = strlen(copy);
    while (n > 0 && (copy[n - 1] == ' ' || (copy[n - 1] >= '\t' && copy[n - 1] <= '\r'))) {
        copy[--n] = 0;
    }
    for (char *c = copy; *c; c++) {
        *c = *c == '\n' || *c == '\t' ? ' ' : *c;
    }
    return copy;
}

static char *spelt(const char *answer, bool normalise)
{
    char *bare = clean(answer);
    if (!normalise) {
        return bare;
    }
    char *same = mm_vqa_answer(bare);
    free(bare);
    return same;
}

static bool agree(const char *const *answer, int n)
{
    for (int i = 1; i < n; i++) {
        char *a = clean(answer[0]), *b = clean(answer[i]);
        bool same = strcmp(a, b) == 0;
        free(a);
        free(b);
        if (!same) {
            return false;
        }
    }
    return true;
}

double mm_vqa_accuracy(const char *guess, const char *const *answer, int n)
{
    bool normalise = !agree(answer, n);
    char *wanted = spelt(guess, normalise);
    int matches = 0;
    for (int i = 0; i < n; i++) {
        char *given = spelt(answer[i], normalise);
        matches += strcmp(given, wanted) == 0;
        free(given);
    }
    free(wanted);
    return mm_vqa_score(matches, n);
}

/* [vqa_accuracy] Each of the n people is left out once, and three of the others who agree are enough: of a guess that has `matches`, that
 * many times one of the matching is left out, and otherwise one of the rest. */
double mm_vqa_score(int matches, int n)
{
    /* region vqa_score */
    double without_match = matches > 1 ? (matches - 1) / 3.0 : 0, without_other = matches / 3.0;
    without_match = without_match < 1 ? without_match : 1;
    without_other = without_other < 1 ? without_other : 1;
    return n > 0 ? (matches * without_match + (n - matches) * without_other) / n : 0;
    /* end vqa_score */
}
