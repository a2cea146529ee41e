/* caption_set.c: pictures with captions, whatever file they come from. */
#include "data/caption_set.h"
#include "io/hash.h"
#include "io/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- strings that live as long as the set: packed, since there can be millions ---- */

enum { BLOCK = 1 << 16 };

typedef struct CaptionTexts {
    struct CaptionTexts *next;
    size_t used, room;
    char bytes[];
} CaptionTexts;

static const char *keep_text(CaptionSet *set, const char *text, size_t n)
{
    if (!set->texts || set->texts->room - set->texts->used < n + 1) {
        size_t room = n + 1 > BLOCK ? n + 1 : BLOCK;
        CaptionTexts *block = mm_take(1, sizeof *block + room);
        *block = (CaptionTexts){.next = set->texts, .room = room};
        set->texts = block;
    }
    char *copy = set->texts->bytes + set->texts->used;
    memcpy(copy, text, n);
    copy[n] = 0;
    set->texts->used += n + 1;
    return copy;
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
    *slot(b, key) = 1 + i;
    b->set->at[b->set->n++] = (Captioned){.split = ""};
    return i;
}

static bool is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

void mm_caption_path(CaptionBuilder *b, int picture, int n, const char *const *name)
{
    for (int i = 0; i < n && !b->set->at[picture].path; i++) {
        char *path = name[i][0] == '/' ? mm_copy_text(name[i], strlen(name[i])) : mm_join_path(b->folder, name[i]);
        if (is_file(path)) {
            b->set->at[picture].path = keep_text(b->set, path, strlen(path));
        } else if (!b->set->skipped.a_missing) {
            b->set->skipped.a_missing = keep_text(b->set, path, strlen(path));
        }
        free(path);
    }
}

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
    if (set->skipped.missing == 0) {
        set->skipped.a_missing = NULL; /* the second of two places had it */
    }
    free(used);
    free(to);
}

/* ---- a set ---- */

static bool has_ending(const char *name, const char *ending)
{
    size_t n = strlen(name), k = strlen(ending);
    return n > k && strcasecmp(name + n - k, ending) == 0;
}

bool mm_is_picture_name(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".bmp", ".gif"};
    bool found = false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        found = found || has_ending(name, endings[i]);
    }
    return found;
}

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
              : has_ending(file->path, ".json") ? mm_caption_read_json(&b, err)
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
    free(b.folder);
    if (!ok) {
        mm_captions_free(set);
    }
    return ok;
}

void mm_captions_free(CaptionSet *set)
{
    while (set->texts) {
        CaptionTexts *next = set->texts->next;
        free(set->texts);
        set->texts = next;
    }
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
    say(text, s->without_caption, "picture has no caption", "pictures have no caption");
    say(text, s->empty, "caption is empty", "captions are empty");
    say(text, s->unknown, "caption is of a picture that is not listed", "captions are of pictures that are not listed");
    return text;
}
