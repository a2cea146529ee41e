/* wav.c: WAV: chunks of a name, a length and content; of them "fmt " says what the bytes of "data" mean. */
#include "audio/sound_files.h"
#include "io/memory.h"

enum { PCM = 1, IEEE_FLOAT = 3, EXTENSIBLE = 0xfffe };

typedef struct Wav {
    int kind, channels, rate, bits; /* kind 0: no "fmt " yet */
    const unsigned char *data;      /* NULL: not yet */
    size_t bytes;
} Wav;

static uint32_t number(const unsigned char *p, int n)
{
    uint32_t x = 0;
    for (int i = 0; i < n; i++) {
        x |= (uint32_t)p[i] << (8 * i);
    }
    return x;
}

static bool read_format(const char *path, const unsigned char *p, size_t n, Wav *w, Error *err)
{
    if (n < 16) {
        return mm_error(err, "%s: a \"fmt \" of %zu bytes; 16 are needed", path, n);
    }
    w->kind = (int)number(p, 2);
    w->channels = (int)number(p + 2, 2);
    w->rate = (int)(number(p + 4, 4) & INT32_MAX);
    w->bits = (int)number(p + 14, 2);
    if (w->kind == EXTENSIBLE && n >= 26) {
        w->kind = (int)number(p + 24, 2); /* the kind as the first two bytes of a GUID */
    }
    bool whole = w->kind == PCM && (w->bits == 8 || w->bits == 16 || w->bits == 24 || w->bits == 32);
    if (!whole && !(w->kind == IEEE_FLOAT && (w->bits == 32 || w->bits == 64))) {
        return mm_error(err,
                        "%s: WAV of kind %d with %d bits; read are 1 (whole numbers of 8, 16, 24, 32) and 3 (floats of 32, 64)",
                        path, w->kind, w->bits);
    }
    int block = (int)number(p + 12, 2);
    return block == w->channels * w->bits / 8 ||
           mm_error(err, "%s: %d bytes for a sample of %d channels of %d bits", path, block, w->channels, w->bits);
}

static bool read_chunks(const char *path, const unsigned char *bytes, size_t n, Wav *w, Error *err)
{
    size_t at = 12;
    while (!w->data && n - at >= 8) {
        const unsigned char *p = bytes + at;
        size_t size = number(p + 4, 4), left = n - at - 8;
        bool data = memcmp(p, "data", 4) == 0;
        if (data && size == UINT32_MAX) { /* written to a pipe, where the length was not known */
            size = left;
        }
        if (size > left) {
            return mm_error(err, "%s: breaks off: %zu of %zu bytes of the chunk at byte %zu", path, left, size, at);
        }
        if (memcmp(p, "fmt ", 4) == 0 && !read_format(path, p + 8, size, w, err)) {
            return false;
        }
        if (data) {
            w->data = p + 8;
            w->bytes = size;
        }
        at += 8 + size + (size % 2 == 1 && left > size); /* chunks begin at even places */
    }
    return (w->data && w->kind) || mm_error(err, "%s: WAV without \"%s\"", path, w->kind ? "data" : "fmt ");
}

/* One number of a channel, full scale -1 .. 1. 8 bits are unsigned, all others have a sign. */
static double sample(const Wav *w, const unsigned char *p)
{
    if (w->kind == IEEE_FLOAT && w->bits == 32) {
        uint32_t bits = number(p, 4);
        float x;
        memcpy(&x, &bits, sizeof x);
        return (double)x;
    }
    if (w->kind == IEEE_FLOAT) {
        uint64_t bits = number(p, 4) | (uint64_t)number(p + 4, 4) << 32;
        double x;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    if (w->bits == 8) {
        return (p[0] - 128) / 128.0;
    }
    int unused = 32 - w->bits; /* moved to the top, so that the sign is the sign */
    return (int32_t)(number(p, w->bits / 8) << unused) / 2147483648.0;
}

bool mm_wav_decode(const char *path, const unsigned char *bytes, size_t n, Sound *s, Error *err)
{
    if (n < 12 || memcmp(bytes + 8, "WAVE", 4) != 0) {
        return mm_error(err, "%s: RIFF, but not WAV", path);
    }
    Wav w = {0};
    if (!read_chunks(path, bytes, n, &w, err)) {
        return false;
    }
    size_t width = (size_t)w.bits / 8, block = width * (size_t)w.channels, frames = block ? w.bytes / block : 0;
    if (!mm_sound_fits(path, (int64_t)frames, w.channels, w.rate, err)) {
        return false;
    }
    if (w.bytes % block != 0) {
        return mm_error(err, "%s: breaks off in the middle of sample %zu", path, frames + 1);
    }
    *s = (Sound){.n = (int)frames, .rate = w.rate, .sample = mm_take(frames, sizeof *s->sample)};
    for (size_t i = 0; i < frames; i++) {
        double sum = 0;
        for (int c = 0; c < w.channels; c++) {
            sum += sample(&w, w.data + i * block + (size_t)c * width);
        }
        s->sample[i] = (float)(sum / w.channels);
    }
    return true;
}
