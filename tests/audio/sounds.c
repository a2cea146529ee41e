/* sounds.c: WAV in all its forms, and files that are wrong. Of Ogg Vorbis, the clip with which fuzzing starts. */
#include "../io/scratch.h"
#include "mm/audio.h"

#include <math.h>

/* A WAV file as others write them. */
typedef struct Maker {
    unsigned char bytes[4096];
    size_t n;
} Maker;

static void add(Maker *m, const void *bytes, size_t n)
{
    memcpy(m->bytes + m->n, bytes, n);
    m->n += n;
}

static void add_number(Maker *m, uint64_t x, int n)
{
    for (int i = 0; i < n; i++) {
        m->bytes[m->n++] = (unsigned char)(x >> (8 * i));
    }
}

/* With a chunk of odd length before the data, as some programs write. claimed: the bytes of data that the header promises. */
static Maker wav(int kind, int channels, int rate, int bits, const void *data, size_t n, size_t claimed)
{
    Maker m = {.n = 0};
    add(&m, "RIFF\0\0\0\0WAVEfmt ", 16);
    add_number(&m, 16, 4);
    add_number(&m, (uint64_t)kind, 2);
    add_number(&m, (uint64_t)channels, 2);
    add_number(&m, (uint64_t)rate, 4);
    add_number(&m, (uint64_t)(rate * channels * bits / 8), 4);
    add_number(&m, (uint64_t)(channels * bits / 8), 2);
    add_number(&m, (uint64_t)bits, 2);
    add(&m, "LIST\3\0\0\0abc\0data", 16);
    add_number(&m, claimed, 4);
    add(&m, data, n);
    return m;
}

static Sound load(const Maker *m)
{
    Error err;
    Sound s;
    put(scratch("a.wav"), m->bytes, m->n);
    if (!mm_sound_load(scratch("a.wav"), &s, &err)) {
        fail_msg("%s", err.text);
    }
    return s;
}

static void loads(const Maker *m, int rate, const float *wanted, int n)
{
    Sound s = load(m);
    assert_int_equal(s.rate, rate);
    assert_int_equal(s.n, n);
    for (int i = 0; i < n; i++) {
        assert_true(s.sample[i] == wanted[i]);
    }
    mm_sound_free(&s);
}

/* 0, half, minus full scale, and the largest number of each width. */
static void widths(void **state)
{
    (void)state;
    const unsigned char b8[] = {128, 192, 0, 255}, b16[] = {0, 0, 0, 0x40, 0, 0x80, 0xff, 0x7f};
    const unsigned char b24[] = {0, 0, 0, 0, 0, 0x40, 0, 0, 0x80, 0xff, 0xff, 0x7f};
    const unsigned char b32[] = {0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f};
    const float floats[] = {0, 0.5f, -1, 1.5f}; /* beyond full scale, which stays */
    const double doubles[] = {0, 0.5, -1, 1.5};
    Maker m = wav(1, 1, 8000, 8, b8, 4, 4);
    loads(&m, 8000, (float[]){0, 0.5f, -1, 127.0f / 128}, 4);
    m = wav(1, 1, 96000, 16, b16, 8, 8);
    loads(&m, 96000, (float[]){0, 0.5f, -1, 32767.0f / 32768}, 4);
    m = wav(1, 1, 44100, 24, b24, 12, 12);
    loads(&m, 44100, (float[]){0, 0.5f, -1, 8388607.0f / 8388608}, 4);
    m = wav(1, 1, 16000, 32, b32, 16, 16);
    loads(&m, 16000, (float[]){0, 0.5f, -1, 1}, 4);
    m = wav(3, 1, 16000, 32, floats, 16, 16);
    loads(&m, 16000, floats, 4);
    m = wav(3, 1, 16000, 64, doubles, 32, 32);
    loads(&m, 16000, floats, 4);
}

/* Channels are averaged; a length that is not known, as of what is written to a pipe, is that of the file; WAVE_FORMAT_EXTENSIBLE. */
static void forms(void **state)
{
    (void)state;
    const int16_t stereo[] = {16384, 0, -16384, -16384};
    Maker m = wav(1, 2, 16000, 16, stereo, 8, 8);
    loads(&m, 16000, (float[]){0.25f, -0.5f}, 2);
    m = wav(1, 2, 16000, 16, stereo, 8, UINT32_MAX);
    loads(&m, 16000, (float[]){0.25f, -0.5f}, 2);
    Maker e = {.n = 0};
    add(&e, m.bytes, 16);
    add_number(&e, 40, 4);
    add(&e, "\xfe\xff", 2);
    add(&e, m.bytes + 22, 14);
    add(&e, "\x16\0\x10\0\3\0\0\0\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 24);
    add(&e, m.bytes + 36, m.n - 36);
    loads(&e, 16000, (float[]){0.25f, -0.5f}, 2);
}

static void saved(void **state)
{
    (void)state;
    Error err;
    float sample[] = {0, 0.25f, -1, 3, -3};
    Sound s = {.n = 5, .rate = 22050, .sample = sample}, back;
    assert_true(mm_sound_save(scratch("a.wav"), &s, &err) && mm_sound_load(scratch("a.wav"), &back, &err));
    assert_true(back.n == 5 && back.rate == 22050 && back.sample[1] == 0.25f && back.sample[2] == -1);
    assert_true(back.sample[3] == 32767.0f / 32768 && back.sample[4] == -1); /* cut off */
    mm_sound_free(&back);
    assert_false(mm_sound_save(scratch("none/a.wav"), &s, &err));
    says(&err, scratch("none/a.wav"), "No such file");
}

static void refuses(const void *bytes, size_t n, const char *what)
{
    Error err;
    Sound s;
    put(scratch("a.wav"), bytes, n);
    assert_false(mm_sound_load(scratch("a.wav"), &s, &err));
    says(&err, scratch("a.wav"), what);
    assert_null(s.sample);
}

static void bad_wav(void **state)
{
    (void)state;
    Error err;
    Sound s;
    assert_false(mm_sound_load(scratch("none.wav"), &s, &err));
    says(&err, scratch("none.wav"), "No such file");
    const int16_t x[] = {1, 2, 3, 4};
    const float nan[] = {0, NAN}, infinite[] = {INFINITY, 0};
    Maker good = wav(1, 1, 16000, 16, x, 8, 8), m = good;
    refuses("", 0, "neither WAV nor Ogg Vorbis");
    refuses("ID3 an MP3", 10, "neither WAV nor Ogg Vorbis");
    refuses("RIFF\0\0\0\0AVI ", 12, "not WAV");
    refuses(good.bytes, 12, "WAV without \"fmt \"");
    refuses(good.bytes, 46, "breaks off"); /* in the chunk before the data */
    refuses(good.bytes, good.n - 2, "breaks off: 6 of 8 bytes");
    refuses(good.bytes, 48, "WAV without \"data\"");
    m = wav(1, 1, 16000, 16, x, 0, 0);
    refuses(m.bytes, m.n, "without samples");
    m = wav(1, 2, 16000, 16, x, 6, 6);
    refuses(m.bytes, m.n, "in the middle of sample 2");
    m = wav(1, 1, 16000, 12, x, 8, 8);
    refuses(m.bytes, m.n, "kind 1 with 12 bits");
    m = wav(2, 1, 16000, 4, x, 8, 8);
    refuses(m.bytes, m.n, "kind 2 with 4 bits");
    m = wav(1, 0, 16000, 16, x, 8, 8);
    refuses(m.bytes, m.n, "0 channels");
    m = wav(1, 33, 16000, 8, x, 8, 8);
    refuses(m.bytes, m.n, "33 channels");
    m = wav(1, 1, 0, 16, x, 8, 8);
    refuses(m.bytes, m.n, "0 samples a second");
    m = wav(3, 1, 16000, 32, nan, 8, 8);
    refuses(m.bytes, m.n, "sample 2 is nan");
    m = wav(3, 1, 16000, 32, infinite, 8, 8);
    refuses(m.bytes, m.n, "sample 1 is inf");
    good.bytes[32] = 3; /* bytes of a sample */
    refuses(good.bytes, good.n, "3 bytes for a sample of 1 channels of 16 bits");
}

/* A tone of 440 Hz and 0.1 seconds at 22050 Hz, coded with oggenc -q 0. */
static void vorbis(void **state)
{
    (void)state;
    static const char path[] = "tests/fuzz/corpus/sound/tone.ogg";
    Error err;
    Sound s;
    size_t n;
    if (!mm_sound_load(path, &s, &err)) {
        fail_msg("%s", err.text);
    }
    assert_true(s.n == 2205 && s.rate == 22050);
    double off = 0, power = 0;
    for (int i = 0; i < s.n; i++) {
        double wanted = 0.5 * sin(2 * M_PI * 440 * i / 22050);
        off += ((double)s.sample[i] - wanted) * ((double)s.sample[i] - wanted);
        power += wanted * wanted;
    }
    assert_true(off < 0.02 * power); /* Vorbis is lossy */
    mm_sound_free(&s);
    char *bytes = mm_read_file(path, 1 << 20, &n, &err);
    assert_non_null(bytes);
    refuses(bytes, n - 1, "breaks off");
    refuses(bytes, n / 2, "breaks off");
    refuses(bytes, 30, "breaks off");
    bytes[n - 40]++; /* in the last page, whose sum then is not right */
    refuses(bytes, n, "");
    memset(bytes + 28, 'x', 7); /* no header */
    refuses(bytes, n, "not Vorbis");
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(widths), IN_SCRATCH(forms), IN_SCRATCH(saved), IN_SCRATCH(bad_wav), IN_SCRATCH(vorbis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
