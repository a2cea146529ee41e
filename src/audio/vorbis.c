/* vorbis.c: Ogg Vorbis, by the reference decoder, libvorbisfile. stb_vorbis, which would be smaller, can be made to write behind its arrays
 * (CVE-2023-45675 to 45682). A file that breaks off is refused: half a sound is none. */
#include "audio/sound_files.h"
#include "io/memory.h"

#define OV_EXCLUDE_STATIC_CALLBACKS
#include <vorbis/vorbisfile.h>

typedef struct Memory {
    const unsigned char *bytes;
    size_t n, at;
} Memory;

static size_t read_memory(void *to, size_t size, size_t count, void *context)
{
    Memory *m = context;
    size_t left = (m->n - m->at) / size, n = count < left ? count : left;
    memcpy(to, m->bytes + m->at, n * size);
    m->at += n * size;
    return n;
}

static int seek_memory(void *context, ogg_int64_t offset, int from)
{
    Memory *m = context;
    int64_t at = offset + (from == SEEK_SET ? 0 : (int64_t)(from == SEEK_CUR ? m->at : m->n));
    if (at < 0 || at > (int64_t)m->n) {
        return -1;
    }
    m->at = (size_t)at;
    return 0;
}

static long tell_memory(void *context)
{
    return (long)((Memory *)context)->at;
}

/* A page: "OggS", version, flags, 20 bytes more, a number of lengths, the lengths, content. The last is flagged 4. */
static bool is_complete(const unsigned char *bytes, size_t n)
{
    enum { HEADER = 27, LAST = 4 };
    for (size_t at = n >= HEADER ? n - HEADER + 1 : 0; at-- > 0;) {
        if (memcmp(bytes + at, "OggS", 4) == 0) {
            size_t lengths = bytes[at + 26], end = at + HEADER + lengths;
            for (size_t i = 0; i < lengths && at + HEADER + i < n; i++) {
                end += bytes[at + HEADER + i];
            }
            return end <= n && bytes[at + 5] & LAST;
        }
    }
    return false;
}

/* Links: files that were joined to one. */
static bool check_links(const char *path, OggVorbis_File *file, Error *err)
{
    const vorbis_info *first = ov_info(file, 0);
    for (long i = 1; i < ov_streams(file); i++) {
        const vorbis_info *link = ov_info(file, (int)i);
        if (link->rate != first->rate || link->channels != first->channels) {
            return mm_error(err, "%s: part %ld has another rate or number of channels than the first", path, i + 1);
        }
    }
    return mm_sound_fits(path, ov_pcm_total(file, -1), first->channels, first->rate, err);
}

static bool read_samples(const char *path, OggVorbis_File *file, int channels, Sound *s, Error *err)
{
    int64_t all = ov_pcm_total(file, -1);
    s->sample = mm_take((size_t)all, sizeof *s->sample);
    for (;;) {
        float **channel;
        long n = ov_read_float(file, &channel, 4096, NULL);
        if (n == 0) {
            return s->n == all || mm_error(err, "%s: breaks off at sample %d of %lld", path, s->n, (long long)all);
        }
        if (n < 0 || n > all - s->n) {
            return mm_error(err, "%s: damaged behind sample %d", path, s->n);
        }
        for (long i = 0; i < n; i++) {
            double sum = 0;
            for (int c = 0; c < channels; c++) {
                sum += (double)channel[c][i];
            }
            s->sample[s->n++] = (float)(sum / channels);
        }
    }
}

bool mm_vorbis_decode(const char *path, const unsigned char *bytes, size_t n, Sound *s, Error *err)
{
    if (!is_complete(bytes, n)) {
        return mm_error(err, "%s: breaks off: its last page is not there", path);
    }
    OggVorbis_File file;
    Memory memory = {bytes, n, 0};
    if (ov_open_callbacks(&memory, &file, NULL, 0, (ov_callbacks){read_memory, seek_memory, NULL, tell_memory}) != 0) {
        return mm_error(err, "%s: Ogg, but not Vorbis, or damaged", path);
    }
    bool ok = check_links(path, &file, err);
    if (ok) {
        const vorbis_info *info = ov_info(&file, 0);
        s->rate = (int)info->rate;
        ok = read_samples(path, &file, info->channels, s, err);
    }
    ov_clear(&file);
    return ok;
}
