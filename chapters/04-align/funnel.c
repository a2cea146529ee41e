/* funnel.c: `align funnel`: what each noise filter removes, alone and after the others, with examples, and what is left. */
#include "io/memory.h"
#include "pairs.h"
#include "program.h"

#include <jansson.h>
#include <math.h>

typedef struct FunnelOptions {
    Common common;
    CaptionFile captions;
    const char *test; /* a sheet of test pictures; "none" */
    int examples;
    bool list;
    NoiseSource source;
    double limit[MM_NOISE_RULES]; /* NAN: the source's own */
    bool without[MM_NOISE_RULES];
} FunnelOptions;

/* ---- options ---- */

enum { CAPTIONS = 500, PICTURES, RULES, LIMIT, WITHOUT, TEST, EXAMPLES, LIST };

static const struct argp_option options[] = {
    {"captions", CAPTIONS, "FILE", 0, "filter these pictures with captions, in any form that `clip train --captions` reads", 1},
    {"pictures", PICTURES, "DIR", 0, "where their pictures are (the folder of the captions)", 1},
    {"rules", RULES, "WHOSE", 0, "limits of align, of coyo, or those for the clip art that ships: here (here)", 1},
    {"limit", LIMIT, "RULE=X", 0, "another limit for a rule, which then runs; may be repeated", 1},
    {"without", WITHOUT, "RULE", 0, "leave a rule out; may be repeated", 1},
    {"test", TEST, "PNG", 0, "a sheet of test pictures, which must not be trained on; none (DATA/emoji/noto_48.png)", 1},
    {"list", LIST, NULL, 0, "list the rules with everybody's limits and end", 1},
    {"examples", EXAMPLES, "N", 0, "print N removed texts of each rule (3)", 1},
    {0},
};

static int rule_of(struct argp_state *state, const char *option, const char *name)
{
    int r = mm_noise_rule(name);
    if (r < 0 || !mm_noise_rules[r].test) {
        argp_error(state, "%s: there is no rule \"%s\" to run", option, name);
    }
    return r;
}

static void read_limit(struct argp_state *state, const char *arg, FunnelOptions *o)
{
    const char *equals = strchr(arg, '=');
    if (!equals) {
        argp_error(state, "--limit takes RULE=X, not \"%s\"", arg);
        return;
    }
    char *name = mm_copy_text(arg, (size_t)(equals - arg));
    int r = rule_of(state, "--limit", name);
    bool bits = mm_noise_rules[r].against != MM_ALONE;
    o->limit[r] = bits ? (double)mm_option_number(state, "--limit", equals + 1, 0, MM_HASH_DISTANCE)
                       : mm_option_real(state, "--limit", equals + 1, 0, 1e12);
    free(name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    static const char *const sources[] = {"align", "coyo", "here", NULL};
    FunnelOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case CAPTIONS: o->captions.path = arg; break;
    case PICTURES: o->captions.pictures = arg; break;
    case RULES: o->source = (NoiseSource)mm_option_choice(state, "--rules", arg, sources); break;
    case LIMIT: read_limit(state, arg, o); break;
    case WITHOUT: o->without[rule_of(state, "--without", arg)] = true; break;
    case TEST: o->test = arg; break;
    case LIST: o->list = true; break;
    case EXAMPLES: o->examples = (int)mm_option_number(state, "--examples", arg, 0, 1000); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static Funnel funnel_of(const FunnelOptions *o)
{
    Funnel f = mm_funnel(o->source);
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        f.limit[r] = o->without[r] ? NAN : isnan(o->limit[r]) ? f.limit[r] : o->limit[r];
    }
    return f;
}

/* ---- test pictures ---- */

static bool load_tests(const FunnelOptions *o, double distance, NoiseSet *s, Error *err)
{
    Sheet sheet;
    if (isnan(distance) || (o->test && strcmp(o->test, "none") == 0)) {
        return true;
    }
    char *path = o->test ? mm_copy_text(o->test, strlen(o->test)) : mm_join_path(o->common.data, "emoji/noto_48.png");
    bool ok = mm_sheet_load(path, &sheet, err);
    free(path);
    if (!ok) {
        return false;
    }
    s->tests = mm_hash_index_new((int)distance);
    for (int i = 0; i < sheet.n; i++) {
        Picture p = mm_sheet_picture(&sheet, i);
        mm_hash_index_add(s->tests, mm_picture_hash(&p));
    }
    mm_sheet_free(&sheet);
    return true;
}

/* ---- printing ---- */

static void describe(const Funnel *f, int r, char *text, size_t size)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, size, mm_noise_rules[r].removes, f->limit[r]);
#pragma GCC diagnostic pop
}

/* The first `most` characters, so that a line of a terminal holds them. */
static void print_short(const char *text, int most)
{
    const char *end = text;
    for (int n = 0; *end && (n < most || ((unsigned char)*end & 0xc0) == 0x80); end++) {
        n += ((unsigned char)end[1] & 0xc0) != 0x80;
    }
    for (const char *c = text; c < end; c++) {
        putchar((unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
    }
    printf("%s", *end ? " …" : "");
}

static void print_examples(const Funnel *f, const FoundPairs *pairs, int r, int most)
{
    const NoiseSet *s = &pairs->noise;
    int printed = 0;
    const char *last = "";
    for (int i = 0; i < s->n && printed < most; i++) {
        bool again = strcmp(last, s->at[i].text) == 0; /* a shared text is shared by neighbours */
        if (f->by[i] == r && !again) {
            printf("%s    ", printed++ == 0 ? mm_noise_rules[r].name : "");
            printf("%*s\"", printed == 1 ? 16 - (int)strlen(mm_noise_rules[r].name) : 16, "");
            print_short(last = s->at[i].text, 70);
            printf("\"  %s\n", pairs_path(pairs, i));
        }
    }
}

static void print_table(const Funnel *f, const FoundPairs *pairs, const FunnelOptions *o)
{
    int left = pairs->noise.n;
    printf("%s: %d pairs, limits: %s\n\n%-16s  %7s  %7s  %7s   %s\n%-16s  %7s  %7s  %7d\n", pairs->name, left,
           mm_noise_source[o->source], "rule", "alone", "removes", "leaves", "what goes", "", "", "", left);
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        char what[128];
        if (!isnan(f->limit[r])) {
            describe(f, r, what, sizeof what);
            printf("%-16s  %7d  %7d  %7d   %s\n", mm_noise_rules[r].name, f->alone[r], f->removed[r], left -= f->removed[r],
                   what);
        } else if (!mm_noise_rules[r].test) {
            printf("%-16s  %7s  %7s  %7s   %s: %s\n", mm_noise_rules[r].name, "-", "-", "-", mm_noise_rules[r].removes,
                   mm_noise_rules[r].why);
        }
    }
    printf("\nalone: of all pairs; removes: of what the rules above leave. %d of %d pairs are left, %.1f %%\n", f->kept,
           pairs->noise.n, 100.0 * f->kept / pairs->noise.n);
    if (o->examples > 0) {
        printf("\nremoved, for example:\n");
    }
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        print_examples(f, pairs, r, o->examples);
    }
}

static void print_rules(void)
{
    printf("%-16s  %6s  %6s  %6s   removes %%g, because\n", "rule", mm_noise_source[0], mm_noise_source[1], mm_noise_source[2]);
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        const NoiseRule *rule = &mm_noise_rules[r];
        printf("%-16s", rule->name);
        for (int s = 0; s < MM_NOISE_SOURCES; s++) {
            char limit[32];
            snprintf(limit, sizeof limit, isnan(rule->limit[s]) ? "-" : "%g", rule->limit[s]);
            printf("  %6s", limit);
        }
        printf("   %s: %s\n", rule->removes, rule->why);
    }
}

static json_t *examples_json(const Funnel *f, const FoundPairs *pairs, int r, int most)
{
    json_t *list = json_array();
    for (int i = 0; i < pairs->noise.n && (int)json_array_size(list) < most; i++) {
        if (f->by[i] == r) {
            json_array_append_new(list,
                                  json_pack("{s:s, s:s}", "text", pairs->noise.at[i].text, "picture", pairs_path(pairs, i)));
        }
    }
    return list;
}

static void print_json(const Funnel *f, const FoundPairs *pairs, const FunnelOptions *o)
{
    json_t *rules = json_array();
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        if (!isnan(f->limit[r])) {
            json_array_append_new(rules, json_pack("{s:s, s:f, s:i, s:i, s:o}", "rule", mm_noise_rules[r].name, "limit",
                                                   f->limit[r], "alone", f->alone[r], "removed", f->removed[r], "examples",
                                                   examples_json(f, pairs, r, o->examples)));
        }
    }
    json_t *all = json_pack("{s:s, s:i, s:i, s:s, s:i, s:o}", "source", pairs->name, "pairs", pairs->noise.n, "kept", f->kept,
                            "limits", mm_noise_source[o->source], "ngrams", pairs->noise.ngrams, "rules", rules);
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    putchar('\n');
    json_decref(all);
}

/* ---- files ---- */

static bool write_removed(const Funnel *f, const FoundPairs *pairs, const char *path, Error *err)
{
    AtomicFile file;
    if (!mm_atomic_open(&file, path, err)) {
        return false;
    }
    fprintf(file.file, "rule\tpicture\ttext\n");
    for (int i = 0; i < pairs->noise.n; i++) {
        if (f->by[i] >= 0) {
            fprintf(file.file, "%s\t%s\t", mm_noise_rules[f->by[i]].name, pairs_path(pairs, i));
            for (const char *c = pairs->noise.at[i].text; *c; c++) {
                fputc((unsigned char)*c < ' ' ? ' ' : *c, file.file);
            }
            fputc('\n', file.file);
        }
    }
    return mm_atomic_commit(&file, err);
}

static bool write_figures(const Funnel *f, int n, const char *path, Error *err)
{
    AtomicFile file;
    if (!mm_atomic_open(&file, path, err)) {
        return false;
    }
    fprintf(file.file, "rule\talone\tremoved\tleft\nall pairs\tNaN\t0\t%d\n", n);
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        if (!isnan(f->limit[r])) {
            n -= f->removed[r];
            fprintf(file.file, "%s\t%d\t%d\t%d\n", mm_noise_rules[r].name, f->alone[r], f->removed[r], n);
        }
    }
    return mm_atomic_commit(&file, err);
}

/* A bar a rule, from the top: what is left, what this rule took, and a tick where it would have cut alone. */
static void draw(const char *out)
{
    char folder[2048], script[6000];
    mm_gnuplot_quote(folder, sizeof folder, out);
    snprintf(script, sizeof script,
             "set terminal svg size 860,520 font 'DejaVu Sans,12' background 'white'\nset output '%s/funnel.svg'\n"
             "set datafile separator '\\t'\nset border 1\nset tics nomirror\nset grid x lc rgb '#dddddd'\nset yrange [] "
             "reverse\nset xrange [0:] noextend\n"
             "set ytics scale 0\nset xlabel 'pairs'\nset key below\nd = '%s/funnel.tsv'\nset style fill solid noborder\n"
             "plot d using 4:0:(0):4:($0-.38):($0+.38):ytic(1) with boxxyerror lc rgb '#3f7fbf' title 'left', "
             "d using 4:0:4:($4+$3):($0-.38):($0+.38) with boxxyerror lc rgb '#e07b39' title 'removed by the rule', "
             "d using 2:0 with points pt 9 ps .9 lc rgb '#444444' title 'would be removed by the rule alone'\n",
             folder, folder);
    if (!mm_gnuplot(script)) {
        fprintf(stderr,
                "no figure drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s/funnel.tsv\n",
                out);
    }
}

static bool write_all(const Funnel *f, const FoundPairs *pairs, const FunnelOptions *o, Error *err)
{
    const char *out = o->common.out;
    char *kept = mm_join_path(out, "kept.tsv"), *removed = mm_join_path(out, "removed.tsv"),
         *numbers = mm_join_path(out, "funnel.tsv");
    bool ok = mm_make_folders(out, err) && pairs_write_kept(pairs, f->by, kept, err) && write_removed(f, pairs, removed, err) &&
              write_figures(f, pairs->noise.n, numbers, err);
    if (ok) {
        draw(out);
    }
    if (ok && !o->common.json) {
        printf("\nwritten: %s, removed.tsv, funnel.tsv, funnel.svg\n", kept);
    }
    free(kept);
    free(removed);
    free(numbers);
    return ok;
}

int command_funnel(int argc, char **argv)
{
    FunnelOptions o = {
        .captions.noisy = true, .common = mm_common_defaults("out/align"), .examples = 3, .source = MM_LIMITS_HERE};
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        o.limit[r] = NAN;
    }
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Filters pairs of picture and text by the rules of ALIGN and COYO, and says what each removes: a "
               "table, OUT/kept.tsv, OUT/removed.tsv and OUT/funnel.svg."};
    FoundPairs pairs;
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    if (o.list) {
        print_rules();
        return 0;
    }
    Funnel f = funnel_of(&o);
    bool ok = pairs_load(o.common.data, &o.captions, &pairs, &err) &&
              load_tests(&o, f.limit[mm_noise_rule("like-test")], &pairs.noise, &err);
    if (ok) {
        mm_funnel_run(&f, &pairs.noise);
        (o.common.json ? print_json : print_table)(&f, &pairs, &o);
        ok = write_all(&f, &pairs, &o, &err);
    }
    mm_funnel_free(&f);
    pairs_free(&pairs);
    return ok ? 0 : mm_program_error(&err);
}
