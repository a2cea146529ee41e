/* run.c: runs what a page shows the output of. */
#include "weave.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the key of a slow run: FNV-1a over the program, its arguments and the data ---- */

static uint64_t hash_bytes(uint64_t hash, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ (unsigned char)s[i]) * 0x100000001b3u;
    }
    return hash;
}

static uint64_t hash_file(uint64_t hash, const char *path)
{
    Text t = {0};
    if (text_read(path, &t)) {
        hash = hash_bytes(hash, t.at, t.n);
    }
    text_free(&t);
    return hash;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static uint64_t key_of(const char *program, const char *command)
{
    uint64_t hash = hash_bytes(hash_file(0xcbf29ce484222325u, program), command, strlen(command));
    FTS *tree = fts_open((char *[]){"datasets", "tests/golden", NULL}, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    for (FTSENT *f; tree && (f = fts_read(tree));) {
        hash = f->fts_info == FTS_F ? hash_file(hash, f->fts_path) : hash;
    }
    if (tree) {
        fts_close(tree);
    }
    return hash;
}

/* ---- running ---- */

static bool make_folder(Runner *r, const Place *at)
{
    static const char *const seen[] = {"datasets", "tests"}; /* of the tree, by the programs of a page */
    char here[4096], from[4200], to[128];
    if (*r->folder) {
        return true;
    }
    strcpy(r->folder, "/tmp/weave-XXXXXX");
    bool ok = mkdtemp(r->folder) && getcwd(here, sizeof here);
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        snprintf(from, sizeof from, "%s/%s", here, seen[i]);
        snprintf(to, sizeof to, "%s/%s", r->folder, seen[i]);
        ok = ok && symlink(from, to) == 0;
    }
    if (!ok) {
        complain(at, "no folder to run programs in: %s", strerror(errno));
    }
    return ok;
}

static Ran run(Runner *r, const Place *at, const char *program, const char *arguments, Text *out)
{
    Text line = {0};
    char part[4096];
    if (!make_folder(r, at)) {
        return FAILED;
    }
    text_print(&line, "cd '%s' && '%s'%s 2>stderr", r->folder, program, arguments);
    FILE *pipe = popen(line.at, "r");
    for (size_t n; pipe && (n = fread(part, 1, sizeof part, pipe)) > 0;) {
        text_add(out, part, n);
    }
    int status = pipe ? pclose(pipe) : -1;
    text_free(&line);
    if (status != 0) {
        Text said = {0};
        snprintf(part, sizeof part, "%s/stderr", r->folder);
        text_read(part, &said);
        complain(at, "%s%s: exit status %d; it said:\n%s", program, arguments, status >= 256 ? status >> 8 : status,
                 said.at ? said.at : "");
        text_free(&said);
    }
    return status == 0 ? RAN : FAILED;
}

Ran run_program(Runner *r, const Place *at, const char *command, bool slow, Text *out)
{
    size_t n = strcspn(command, " ");
    char *asked = NULL, *cached = NULL, *program = NULL;
    if (asprintf(&asked, "%s/%.*s", r->programs, (int)n, command) < 0 || !(program = realpath(asked, NULL))) {
        complain(at, "%s: %s", asked, strerror(errno));
        free(asked);
        return FAILED;
    }
    Ran ran = RAN;
    text_add(out, "", 0);
    if (slow && r->cache && asprintf(&cached, "%s/%016llx", r->cache, (unsigned long long)key_of(program, command)) > 0 &&
        text_read(cached, out)) {
        ran = RAN;
    } else if (slow && !r->run_slow) {
        ran = SKIPPED;
    } else {
        ran = run(r, at, program, command + n, out);
        if (ran == RAN && cached && ((mkdir(r->cache, 0777) != 0 && errno != EEXIST) || !text_write(cached, out))) {
            complain(at, "%s: %s", cached, strerror(errno));
        }
    }
    free(asked);
    free(program);
    free(cached);
    return ran;
}

void runner_end(Runner *r)
{
    FTS *tree = *r->folder ? fts_open((char *[]){r->folder, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    for (FTSENT *f; tree && (f = fts_read(tree));) {
        if (f->fts_info != FTS_D) {
            remove(f->fts_path);
        }
    }
    if (tree) {
        fts_close(tree);
    }
    *r->folder = 0;
}
