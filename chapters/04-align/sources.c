/* sources.c: the pictures that sets are made of. */
#include "io/memory.h"
#include "set.h"

static const char icons_file[] = "fetched/iconpark/iconpark_48.png", stamps_file[] = "fetched/tuxpaint/stamps_96.png";

static bool is_there(const char *data, const char *file)
{
    char *path = mm_path(data, "%s", file);
    bool there = mm_file_exists(path);
    free(path);
    return there;
}

static bool load_fetched(const char *data, const char *file, const char *what, Sheet *sheet, Error *err)
{
    char *path = mm_path(data, "%s", file);
    bool ok = (is_there(data, file) || mm_error(err, "%s: %s gets them", path, what)) && mm_sheet_load(path, sheet, err);
    free(path);
    return ok;
}

bool sources_have_icons(const char *data)
{
    return is_there(data, icons_file);
}

bool sources_load(const char *data, Wanted wanted, Sources *s, Error *err)
{
    static const char no_icons[] = "IconPark's icons are not here; `datasets/fetch iconpark`";
    static const char no_stamps[] = "Tux Paint's stamps are not here; `datasets/fetch tuxpaint`";
    *s = (Sources){0};
    bool ok = (!wanted.clipart || mm_clipart_load(data, &s->art, err)) &&
              mm_emoji_load_more(data, (EmojiMore){.styles = wanted.styles, .groups = true}, &s->emoji, err) &&
              (!wanted.icons || load_fetched(data, icons_file, no_icons, &s->icons, err)) &&
              (!wanted.stamps || load_fetched(data, stamps_file, no_stamps, &s->stamps, err));
    if (!ok) {
        sources_free(s);
    } else if (wanted.clipart) {
        mm_clipart_noise(&s->art, &s->noise);
    }
    return ok;
}

void sources_free(Sources *s)
{
    mm_noise_free(&s->noise);
    mm_clipart_free(&s->art);
    mm_emoji_free(&s->emoji);
    mm_sheet_free(&s->icons);
    mm_sheet_free(&s->stamps);
    *s = (Sources){0};
}
