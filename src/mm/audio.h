/* mm/audio.h: sound, and the numbers a model reads of it. */
#ifndef MM_AUDIO_H
#define MM_AUDIO_H

#include "mm/core.h"

/* ---- sound ---- */

/* One channel. Full scale is -1 .. 1; a file of floats may go beyond, which is kept. */
typedef struct Sound {
    int n, rate; /* samples; samples a second */
    float *sample;
} Sound;

enum {
    MM_SOUND_BYTES = 1 << 28,   /* limits of what is loaded: the file … */
    MM_SOUND_SAMPLES = 1 << 26, /* … samples, of all channels: 35 minutes of 32 kHz … */
    MM_SOUND_CHANNELS = 32,
    MM_SOUND_RATE_LOW = 1000, /* … and samples a second */
    MM_SOUND_RATE_HIGH = 384000
};

/* Reads WAV (8, 16, 24 or 32 bits, or floats of 32 or 64) and Ogg Vorbis, whatever the file's name is; the mean of its channels. The
 * caller frees. Errors name the file: other formats, no samples, a file that breaks off, a float that is no number, the limits. */
bool mm_sound_load(const char *path, Sound *s, Error *err);
bool mm_sound_save(const char *path, const Sound *s,
                   Error *err); /* WAV of 16 bits, atomically; beyond full scale it is cut off */
void mm_sound_free(Sound *s);

/* A copy at another rate: what lies above half the lower of the two rates is filtered out. The caller frees. */
Sound mm_sound_resample(const Sound *s, int rate);

/* ---- frames: a short stretch of sound every few milliseconds ----
 * Every function here reads a sound of any rate, and resamples a copy of it if need be. Frame t is samples t hop .. t hop + window - 1;
 * a sound shorter than a window is continued with zeros, so there is always a frame. Results are the caller's to free. */

typedef struct FrontEnd {
    int rate, window, hop; /* samples a second; samples of a frame; from one frame to the next */
    int fft;               /* points of the transform: even, at least window */
    int mels;              /* bands … */
    double low, high;      /* … between these frequencies, in hertz */
} FrontEnd;

/* 25 ms every 10 ms at 16 kHz, 40 bands: common in speech recognition. */
#define MM_FRONT_END ((FrontEnd){.rate = 16000, .window = 400, .hop = 160, .fft = 512, .mels = 40, .low = 20, .high = 8000})

int mm_frames(const FrontEnd *f, const Sound *s); /* T: how many there are */

/* [mel_filter] weights (mels, fft / 2 + 1): triangles of height 1 whose corners are equally far apart in mel = 2595 log10(1 + hz / 700). */
void mm_mel_filters(const FrontEnd *f, real *weight);
/* [log_mel] (T, mels): ln max(1e-10, mel filters x |FFT(Hann x frame)|^2). Silence has ln 1e-10 everywhere. */
real *mm_log_mel(const FrontEnd *f, const Sound *s);
/* [mfcc] log_mel (T, mels) -> (T, coefficients): the first coefficients of the orthonormal DCT-II of each frame. */
void mm_mfcc(const real *log_mel, int T, int mels, int coefficients, real *mfcc);
/* [pitch] hertz (T): the fundamental, between 60 and 500 Hz; voicing (T): how periodic the frame is, 0 .. 1, the height of the peak of its
 * autocorrelation. Silence has 0 and 0; where voicing is small, hertz means little. Frames of the pitch are at least 50 ms long, around the middle
 * of f's frames. */
void mm_pitch(const FrontEnd *f, const Sound *s, real *hertz, real *voicing);

/* ---- what a voice says beside its words ---- */

enum {
    MM_VOICE_RATE = 16000,
    MM_VOICE_MFCC = 13,
    MM_VOICE_FRAME = MM_VOICE_MFCC + 3, /* MFCC 0 .. 12, log2(hertz / 200) or 0 where voicing < .45, voicing, log energy */
    MM_VOICE_PARTS = 4,                 /* quarters */
    MM_VOICE_SUMMARY = 3 * MM_VOICE_MFCC + 13 + MM_VOICE_PARTS * MM_VOICE_FRAME
};

/* (T, MM_VOICE_FRAME): a sequence for an LSTM or a Transformer. */
real *mm_voice_frames(const FrontEnd *f, const Sound *s, int *T);
/* Of frames (T, MM_VOICE_FRAME) x (MM_VOICE_SUMMARY): how long, how high, how loud, how fast these change: means, deviations and slopes
 * over all frames, and the mean of each column over each quarter of them, the course of the utterance. */
void mm_voice_summary(const FrontEnd *f, const real *frames, int T, real *x);

/* Each column of x (rows, D) gets mean 0 and deviation 1 among the rows of one speaker, 0 .. rows - 1: a listener hears how somebody speaks
 * now beside how he always does. It takes no label, so that it may be done with a test's voices too. */
void mm_voice_standardise(real *x, int rows, int D, const int *speaker);

/* ---- synthetic voices (synthesis.c) ---- */

typedef struct SyntheticSpeaker {
    const char *name;
    double hertz, vibrato; /* mean pitch; how far it trembles, as a part of it */
    double breath;         /* noise beside the larynx */
    double rate;           /* syllables a second */
    double formant;        /* length of the throat, a tenor's being 1 */
} SyntheticSpeaker;

extern const SyntheticSpeaker mm_speakers[];
extern const int mm_speaker_count;

/* An utterance of three to six nonsense syllables at MM_VOICE_RATE, with the feeling in its melody alone. As is known of voices (Juslin and Laukka 2003), joy is
 * higher, of wider melody, louder, faster, and rises; sadness and boredom are lower, flat, soft, slow, and fall; anger is left out. All of it is drawn
 * around these with so much chance that a classifier is often wrong. The caller frees. */
Sound mm_synthetic_voice(const SyntheticSpeaker *who, double valence, Rng rng);

#endif
