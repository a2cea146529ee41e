/* sources.c: the pictures that sets are made of. */
#include "io/memory.h"
#include "set.h"

static bool load_stamps(const char *data, Sources *s, Error *err)
{
    char *sheet = mm_path(data, "fetched/tuxpaint/stamps_96.png");
    bool ok = mm_file_exists(sheet) ||
              mm_error(err, "%s: Tux Paint's stamps are not here; `datasets/fetch tuxpaint` gets them", sheet);
    ok = ok && mm_sheet_load(sheet, &s->stamps, err);
    free(sheet);
    return ok;
}

bool sources_load(const char *data, bool clipart, bool stamps, Sources *s, Error *err)
{
    *s = (Sources){0};
    bool ok = (!clipart || mm_clipart_load(data, &s->art, err)) && mm_emoji_load_all(data, &s->emoji, err) &&
              (!stamps || load_stamps(data, s, err));
    if (!ok) {
        sources_free(s);
    } else if (clipart) {
        mm_clipart_noise(&s->art, &s->noise);
    }
    return ok;
}

void sources_free(Sources *s)
{
    mm_noise_free(&s->noise);
    mm_clipart_free(&s->art);
    mm_emoji_free(&s->emoji);
    mm_sheet_free(&s->stamps);
    *s = (Sources){0};
}
