/* sound.c: sounds from files and to files. */
#include "audio/sound_files.h"
#include "io/memory.h"
#include "mm/io.h"

#include <math.h>

bool mm_sound_fits(const char *path, int64_t frames, int64_t channels, int64_t rate, Error *err)
{
    if (channels < 1 || channels > MM_SOUND_CHANNELS) {
        return mm_error(err, "%s: %lld channels; a sound has 1 .. %d", path, (long long)channels, MM_SOUND_CHANNELS);
    }
    if (rate < MM_SOUND_RATE_LOW || rate > MM_SOUND_RATE_HIGH) {
        return mm_error(err, "%s: %lld samples a second; %d .. %d can be read", path, (long long)rate, MM_SOUND_RATE_LOW,
                        MM_SOUND_RATE_HIGH);
    }
    if (frames < 1) {
        return mm_error(err, "%s: a sound without samples", path);
    }
    return frames <= MM_SOUND_SAMPLES / channels ||
           mm_error(err, "%s: %lld samples of %lld channels; a sound has at most %d in all", path, (long long)frames,
                    (long long)channels, MM_SOUND_SAMPLES);
}

bool mm_sound_load(const char *path, Sound *s, Error *err)
{
    *s = (Sound){0};
    size_t n;
    char *bytes = mm_read_file(path, MM_SOUND_BYTES, &n, err);
    if (!bytes) {
        return false;
    }
    SoundDecoder *decode = n >= 4 && memcmp(bytes, "RIFF", 4) == 0   ? mm_wav_decode
                           : n >= 4 && memcmp(bytes, "OggS", 4) == 0 ? mm_vorbis_decode
                                                                     : NULL;
    bool ok = decode ? decode(path, (unsigned char *)bytes, n, s, err) : mm_error(err, "%s: neither WAV nor Ogg Vorbis", path);
    for (int i = 0; i < s->n && ok; i++) {
        if (!isfinite(s->sample[i])) {
            ok = mm_error(err, "%s: sample %d is %f, which is no number", path, i + 1, (double)s->sample[i]);
        }
    }
    if (!ok) {
        mm_sound_free(s);
    }
    free(bytes);
    return ok;
}

void mm_sound_free(Sound *s)
{
    free(s->sample);
    *s = (Sound){0};
}

/* n bytes of a whole number, the smallest first */
static void put_number(FILE *f, uint32_t x, int n)
{
    for (int i = 0; i < n; i++) {
        fputc((int)(x >> (8 * i) & 255), f);
    }
}

bool mm_sound_save(const char *path, const Sound *s, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    uint32_t bytes = 2 * (uint32_t)s->n, rate = (uint32_t)s->rate;
    const struct {
        uint32_t x;
        int n;
    } header[] = {{36 + bytes, 4}, {0, 0}, {16, 4}, {1, 2}, {1, 2},    {rate, 4},
                  {2 * rate, 4},   {2, 2}, {16, 2}, {0, 0}, {bytes, 4}};
    static const char *const text[] = {"WAVEfmt ", "data"};
    fputs("RIFF", a.file);
    for (size_t i = 0, words = 0; i < sizeof header / sizeof *header; i++) {
        if (header[i].n == 0) {
            fputs(text[words++], a.file);
        }
        put_number(a.file, header[i].x, header[i].n);
    }
    for (int i = 0; i < s->n; i++) {
        put_number(a.file, (uint32_t)lrintf(fminf(fmaxf(s->sample[i] * 32768, -32768), 32767)), 2);
    }
    return mm_atomic_commit(&a, err);
}
