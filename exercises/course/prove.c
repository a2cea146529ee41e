/* prove.c: the proof of an exercise. Its mutants are the reference with one piece of text replaced, as mutants.tsv lists them:
 * name, check, old text, new text. The old text must occur once. */
#include "prove.h"
#include "io/memory.h"
#include "mm/io.h"
#include "run.h"

bool prove_starter(const char *root, const Exercise *e, bool write, Error *err)
{
    char *want = exercise_make(root, e, STARTER, err), *path = mm_join_path(e->folder, "starter.c");
    char *have = mm_read_file(path, 1 << 20, NULL, NULL);
    bool ok = want != NULL, same = ok && have && strcmp(want, have) == 0;
    if (ok && !same) {
        ok = write ? mm_write_file(path, want, strlen(want), err)
                   : mm_error(err, "%s/starter.c is not what template.c.in and the source give now; `./course starters --write`",
                              e->name);
    }
    free(want);
    free(have);
    free(path);
    return ok;
}

static const char *in_words(Verdict v)
{
    static const char *const words[] = {"passes",  "fails",          "says \"not started\"", "does not compile",
                                        "crashes", "takes too long", "breaks the judge"};
    return words[v];
}

static bool prove_one(const char *root, const Exercise *e, const char *variant, const char *text, Verdict want, Error *err)
{
    char shown[EXERCISE_NAME + 64];
    snprintf(shown, sizeof shown, "%s.c of %s", variant, e->name);
    Judged j = judge_answer(
        &(Job){.root = root, .exercise = e, .text = text, .shown = shown, .variant = variant, .strict = true});
    bool ok = j.verdict == want ||
              mm_error(err, "%s: the %s %s\n%.400s%.400s", e->name, variant, in_words(j.verdict), j.compiler, j.said);
    judged_free(&j);
    return ok;
}

/* text with its one occurrence of old replaced; NULL: there is none, or more than one. */
static char *replace_once(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    char *result;
    if (!*old || !at || strstr(at + 1, old) || asprintf(&result, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old)) < 0) {
        return NULL;
    }
    return result;
}

/* In the table \n is a line end. */
static char *unescape(const char *cell)
{
    char *text = mm_copy_text(cell, strlen(cell)), *to = text;
    for (const char *c = cell; *c; c++) {
        bool line_end = c[0] == '\\' && c[1] == 'n';
        *to++ = line_end ? '\n' : *c;
        c += line_end;
    }
    *to = 0;
    return text;
}

/* The cells of a row go to name, check, old and new. */
static bool prove_mutant(const char *root, const Exercise *e, const char *solution, char *const cell[4], FILE *table, Error *err)
{
    char *old = unescape(cell[2]), *new = unescape(cell[3]), *text = replace_once(solution, old, new);
    bool ok = text ||
              mm_error(err, "%s, mutant %s: the old text does not occur exactly once in the answer: %s", e->name, cell[0], old);
    free(old);
    free(new);
    if (!ok) {
        return false;
    }
    Judged j = judge_answer(&(Job){.root = root, .exercise = e, .text = text, .shown = "mutant.c", .variant = "mutant"});
    if (j.verdict != WRONG) {
        ok = mm_error(err, "%s: mutant %s %s%s%s\n%.400s", e->name, cell[0], in_words(j.verdict), *j.first ? " in check " : "",
                      j.first, j.verdict == NO_COMPILE ? j.compiler : j.said);
    } else if (strcmp(j.first, cell[1]) != 0) {
        ok = mm_error(err, "%s: mutant %s should fail in check %s first, but fails in %s", e->name, cell[0], cell[1], j.first);
    } else if (table) {
        fprintf(table, "| %s | %s | `%s` |\n", e->name, cell[0], j.first);
    }
    judged_free(&j);
    free(text);
    return ok;
}

static bool prove_mutants(const char *root, const Exercise *e, const char *solution, FILE *table, Error *err)
{
    char *path = mm_join_path(e->folder, "mutants.tsv");
    Text t = {0};
    bool ok = text_read(path, &t, err);
    int n = 0;
    for (int i = 1; ok && i < t.n; i++) { /* line 0: the names of the columns */
        char *cell[4], *rest = t.line[i];
        for (int c = 0; c < 4; c++) {
            cell[c] = strsep(&rest, "\t");
        }
        ok = cell[3] ? prove_mutant(root, e, solution, cell, table, err)
                     : mm_error(err, "%s/mutants.tsv:%d: needs four columns", e->name, i + 1);
        n++;
    }
    if (ok && n < LEAST_MUTANTS) {
        ok = mm_error(err, "%s: %d wrong answers, at least %d are asked for", e->name, n, LEAST_MUTANTS);
    }
    if (t.bytes) {
        text_free(&t);
    }
    free(path);
    return ok;
}

bool prove_exercise(const char *root, const Exercise *e, bool mutants, FILE *table, Error *err)
{
    char *solution = exercise_make(root, e, SOLUTION, err), *starter = solution ? exercise_make(root, e, STARTER, err) : NULL;
    bool ok = starter && prove_one(root, e, "reference", solution, RIGHT, err) &&
              prove_one(root, e, "starter", starter, UNTOUCHED, err) &&
              (!mutants || prove_mutants(root, e, solution, table, err));
    free(solution);
    free(starter);
    return ok;
}
