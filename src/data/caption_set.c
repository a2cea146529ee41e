/* caption_set.c: pictures with captions, whatever file they come from. */
#include "data/caption_set.h"
#include "io/hash.h"
#include "io/memory.h"
#include "io/texts.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

static const char *keep_text(CaptionSet *set, const char *text, size_t n)
{
    return mm_texts_keep(&set->texts, text, n);
}

/* ---- building ---- */

typedef struct Mention {
    int picture;
    const char *text;
} Mention;

static int *slot(const CaptionBuilder *b, const char *key)
{
    uint64_t h = mm_fnv(MM_FNV_START, key, strlen(key));
    size_t i = (size_t)(h ^ h >> 32) & (b->size - 1);
    while (b->index[i] && strcmp(b->key[b->index[i] - 1], key) != 0) {
        i = (i + 1) & (b->size - 1);
    }
    return b->index + i;
}

static void grow(CaptionBuilder *b)
{
    b->room_pictures = b->room_pictures ? 2 * b->room_pictures : 1024;
    b->size = 2 * (size_t)b->room_pictures;
    b->set->at = mm_take_again(b->set->at, (size_t)b->room_pictures * sizeof *b->set->at);
    b->key = mm_take_again(b->key, (size_t)b->room_pictures * sizeof *b->key);
    b->url = mm_take_again(b->url, (size_t)b->room_pictures * sizeof *b->url);
    free(b->index);
    b->index = mm_take(b->size, sizeof *b->index);
    for (int i = 0; i < b->set->n; i++) {
        *slot(b, b->key[i]) = 1 + i;
    }
}

int mm_caption_find(const CaptionBuilder *b, const char *key)
{
    return b->size ? *slot(b, key) - 1 : -1;
}

int mm_caption_picture(CaptionBuilder *b, const char *key, bool *is_new)
{
    int found = mm_caption_find(b, key);
    *is_new = found < 0;
    if (found >= 0) {
        return found;
    }
    if (b->set->n == b->room_pictures) {
        if (b->room_pictures > INT_MAX / 4) {
            mm_fail((FailHandler){0}, "%s: more than %d pictures", b->file->path, b->room_pictures);
        }
        grow(b);
    }
    int i = b->set->n;
    b->key[i] = keep_text(b->set, key, strlen(key));
    b->url[i] = NULL;
    *slot(b, key) = 1 + i;
    b->set->at[b->set->n++] = (Captioned){.split = ""};
    return i;
}

static bool is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

int mm_caption_path(CaptionBuilder *b, int picture, int n, const char *const *name)
{
    char *path = NULL;
    int found = -1;
    for (int i = 0; i < n && found < 0; i++) {
        free(path);
        path = name[i][0] == '/' ? mm_copy_text(name[i], strlen(name[i])) : mm_join_path(b->folder, name[i]);
        found = is_file(path) ? i : -1;
    }
    if (found >= 0) {
        b->set->at[picture].path = keep_text(b->set, path, strlen(path));
    } else if (!b->set->skipped.a_missing && path) {
        b->set->skipped.a_missing = keep_text(b->set, path, strlen(path));
    }
    free(path);
    return found;
}

/* ---- urls ---- */

bool mm_caption_is_url(const char *s)
{
    return strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0;
}

/* %20 and the like made bytes; not %00, which would end the text. */
static char *decoded(const char *s)
{
    char *text = mm_copy_text(s, strlen(s)), *to = text;
    for (; *s; s++) {
        unsigned byte;
        bool escape = s[0] == '%' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2]) &&
                      sscanf(s + 1, "%2x", &byte) == 1;
        *to++ = (char)(escape && byte != 0 ? byte : (unsigned char)*s);
        s += escape && byte != 0 ? 2 : 0;
    }
    *to = 0;
    return text;
}

/* Whether a path may lead out of the folder of the pictures: it begins with /, or a part of it is .. */
static bool leads_out(const char *path)
{
    if (*path == '/') {
        return true;
    }
    for (const char *up = path; (up = strstr(up, "..")); up += 2) {
        if ((up == path || up[-1] == '/') && (up[2] == '/' || up[2] == 0)) {
            return true;
        }
    }
    return false;
}

/* http://host/x/a%20b.jpg?w=640#top: host/x/a%20b.jpg or host/x/a b.jpg; else a%20b.jpg or a b.jpg. */
void mm_caption_url(CaptionBuilder *b, int picture, const char *url)
{
    const char *place = strstr(url, "://") + 3;
    char *whole = mm_copy_text(place, strcspn(place, "?#")), *plain = decoded(whole);
    char *slash = strrchr(whole, '/'), *name = slash ? slash + 1 : "", *plain_name = decoded(name);
    bool inside = !leads_out(plain);
    const char *last = strchr(plain_name, '/') ? name : plain_name, *const tries[] = {whole, plain, name, last};
    if (*name) {
        int found = mm_caption_path(b, picture, inside ? 4 : 2, inside ? tries : tries + 2);
        b->url[picture] = found >= (inside ? 2 : 0) ? keep_text(b->set, whole, strlen(whole)) : NULL;
    }
    free(whole);
    free(plain);
    free(plain_name);
}

typedef struct Guess {
    const char *path, *url;
    int picture;
} Guess;

static int by_path(const void *a, const void *b)
{
    return strcmp(((const Guess *)a)->path, ((const Guess *)b)->path);
}

/* Different urls of which the last parts name one file: it can be of one of them, and nothing says of which. All lose it. */
static void drop_ambiguous(CaptionBuilder *b)
{
    CaptionSet *set = b->set;
    Guess *guess = mm_take((size_t)set->n, sizeof *guess);
    int n = 0;
    for (int i = 0; i < set->n; i++) {
        if (b->url[i]) {
            guess[n++] = (Guess){set->at[i].path, b->url[i], i};
        }
    }
    qsort(guess, (size_t)n, sizeof *guess, by_path);
    for (int first = 0, end; first < n; first = end) {
        bool differ = false;
        for (end = first; end < n && strcmp(guess[end].path, guess[first].path) == 0; end++) {
            differ = differ || strcmp(guess[end].url, guess[first].url) != 0;
        }
        for (int i = first; i < end && differ; i++) {
            set->at[guess[i].picture].path = NULL;
            set->skipped.ambiguous++;
        }
    }
    set->skipped.missing -= set->skipped.ambiguous; /* those without a path are counted as missing below */
    free(guess);
}

void mm_caption_fault(CaptionBuilder *b, CaptionFault fault, int line)
{
    CaptionSkips *s = &b->set->skipped;
    s->faulty[fault]++;
    s->faulty_line = s->faulty_line ? s->faulty_line : line;
}

/* ---- captions ---- */

void mm_caption_split(CaptionBuilder *b, int picture, const char *split)
{
    b->set->at[picture].split = keep_text(b->set, split, strlen(split));
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void mm_caption_add(CaptionBuilder *b, int picture, const char *text, size_t n)
{
    while (n > 0 && is_space(text[n - 1])) {
        n--;
    }
    while (n > 0 && is_space(*text)) {
        text++;
        n--;
    }
    if (n == 0) {
        b->set->skipped.empty++;
        return;
    }
    if (b->n == b->room_mentions) {
        b->room_mentions = b->room_mentions ? 2 * b->room_mentions : 1024;
        b->mention = mm_take_again(b->mention, (size_t)b->room_mentions * sizeof *b->mention);
    }
    b->mention[b->n++] = (Mention){picture, keep_text(b->set, text, n)};
    b->set->at[picture].captions++;
}

/* From the order of the file to picture after picture, without those that have no file or no caption. */
static void collect(CaptionBuilder *b)
{
    CaptionSet *set = b->set;
    int *to = mm_take((size_t)set->n, sizeof *to); /* a picture's new number; -1: left out */
    int n = 0;
    drop_ambiguous(b);
    for (int i = 0; i < set->n; i++) {
        Captioned c = set->at[i];
        set->skipped.missing += !c.path;
        set->skipped.without_caption += c.path && c.captions == 0;
        to[i] = c.path && c.captions > 0 ? n : -1;
        if (to[i] >= 0) {
            c.first = set->captions;
            set->captions += c.captions;
            set->at[n++] = c;
        }
    }
    set->n = n;
    set->caption = mm_take((size_t)set->captions, sizeof *set->caption);
    int *used = mm_take((size_t)n, sizeof *used);
    for (int i = 0; i < b->n; i++) {
        int picture = to[b->mention[i].picture];
        if (picture >= 0) {
            set->caption[set->at[picture].first + used[picture]++] = b->mention[i].text;
        }
    }
    free(used);
    free(to);
}

/* ---- a set ---- */

static char *own_folder(const CaptionFile *file, bool is_folder)
{
    const char *slash = strrchr(file->path, '/');
    return file->pictures ? mm_copy_text(file->pictures, strlen(file->pictures))
           : is_folder    ? mm_copy_text(file->path, strlen(file->path))
           : slash        ? mm_copy_text(file->path, (size_t)(slash - file->path) + 1)
                          : mm_copy_text("", 0);
}

bool mm_captions_load(const CaptionFile *file, CaptionSet *set, Error *err)
{
    *set = (CaptionSet){0};
    struct stat s;
    if (stat(file->path, &s) != 0) {
        return mm_error(err, "%s: %s", file->path, strerror(errno));
    }
    bool folder = S_ISDIR(s.st_mode);
    CaptionBuilder b = {.file = file, .folder = own_folder(file, folder), .set = set};
    bool ok = folder                            ? mm_caption_read_folder(&b, err)
              : mm_ends_in(file->path, ".json") ? mm_caption_read_json(&b, err)
                                                : mm_caption_read_table(&b, err);
    if (ok) {
        collect(&b);
        char text[MM_SKIPS_TEXT];
        ok = set->n > 0 ||
             mm_error(err, "%s: no picture with a caption%s%s; the folder of the pictures is taken to be %s", file->path,
                      set->skipped.missing ? ": " : "", mm_captions_skipped(set, text), *b.folder ? b.folder : ".");
    }
    free(b.mention);
    free(b.index);
    free(b.key);
    free(b.url);
    free(b.folder);
    if (!ok) {
        mm_captions_free(set);
    }
    return ok;
}

void mm_captions_free(CaptionSet *set)
{
    mm_texts_free(&set->texts);
    free(set->at);
    free(set->caption);
    *set = (CaptionSet){0};
}

static void say(char *text, int count, const char *one, const char *many)
{
    size_t used = strlen(text);
    if (count > 0) {
        snprintf(text + used, MM_SKIPS_TEXT - used, "%s%d %s", used ? ", " : "", count, count == 1 ? one : many);
    }
}

const char *mm_captions_skipped(const CaptionSet *set, char *text)
{
    const CaptionSkips *s = &set->skipped;
    *text = 0;
    say(text, s->missing, "picture is missing", "pictures are missing");
    if (s->a_missing) {
        size_t used = strlen(text);
        snprintf(text + used, MM_SKIPS_TEXT - used, " (the first: %.400s)", s->a_missing);
    }
    say(text, s->ambiguous, "url ends as another does, so whose picture it is cannot be told",
        "urls end as others do, so whose pictures these are cannot be told");
    say(text, s->without_caption, "picture has no caption", "pictures have no caption");
    say(text, s->empty, "caption is empty", "captions are empty");
    say(text, s->unknown, "caption is of a picture that is not listed", "captions are of pictures that are not listed");
    say(text, s->faulty[MM_NOT_TEXT], "row is not text", "rows are not text");
    say(text, s->faulty[MM_TOO_LONG], "row has more than a megabyte", "rows have more than a megabyte");
    say(text, s->faulty[MM_NOT_UTF8], "row is not UTF-8", "rows are not UTF-8");
    say(text, s->faulty[MM_CELLS], "row has too many or too few cells", "rows have too many or too few cells");
    say(text, s->faulty[MM_NO_NAME], "row names no picture", "rows name no picture");
    if (s->faulty_line) {
        size_t used = strlen(text);
        snprintf(text + used, MM_SKIPS_TEXT - used, " (the first: line %d)", s->faulty_line);
    }
    return text;
}
