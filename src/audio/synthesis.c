/* synthesis.c: voices made of nothing: pulses of a larynx, noise of a breath, resonances of a throat. What a feeling does to a voice is put in on purpose,
 * so this can show that a program learns it, and never how people sound. */
#include "io/memory.h"
#include "mm/audio.h"

#include <tgmath.h>

enum { RATE = MM_VOICE_RATE, FORMANTS = 3, MOST_SYLLABLES = 6, VOWELS = 5 };

const SyntheticSpeaker mm_speakers[] = {
    /* name, hertz, vibrato, breath, rate, formant */
    {"bass", 92, 0.01, 0.05, 3.8, 1.12},   {"baritone", 112, 0.02, 0.10, 4.4, 1.06}, {"tenor", 142, 0.02, 0.05, 5.0, 1.00},
    {"elder", 126, 0.06, 0.25, 3.4, 1.04}, {"breathy", 165, 0.02, 0.60, 4.0, 0.96},  {"alto", 182, 0.02, 0.08, 4.8, 0.92},
    {"mezzo", 205, 0.03, 0.12, 4.2, 0.90}, {"soprano", 232, 0.05, 0.06, 4.6, 0.88},  {"quick", 176, 0.01, 0.15, 5.8, 0.94},
    {"child", 295, 0.03, 0.15, 4.9, 0.78},
};
const int mm_speaker_count = sizeof mm_speakers / sizeof *mm_speakers;

/* Formants of a e i o u, in hertz, of a throat of length 1. */
static const double vowel[VOWELS][FORMANTS] = {
    {730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}};
static const double bandwidth[FORMANTS] = {80, 100, 140};

/* How an utterance is spoken. */
typedef struct Manner {
    double height, width, tilt; /* in semitones: above the speaker's mean; of the accents; from the first sound to the last */
    double loudness, pace;      /* in decibels; how many times the speaker's rate */
} Manner;

/* Each figure is moved by the feeling a = valence / 3 and, more, by chance. */
static Manner draw_manner(double valence, Rng *rng)
{
    double a = valence / 3;
    return (Manner){
        .height = 1.5 * a + 2.5 * mm_normal(rng),
        .width = 2.5 * exp(0.3 * a + 0.4 * mm_normal(rng)),
        .tilt = 2.0 * a + 3.0 * mm_normal(rng),
        .loudness = 2.5 * a + 3.5 * mm_normal(rng),
        .pace = exp(0.12 * a + 0.15 * mm_normal(rng)),
    };
}

typedef struct Syllable {
    int samples, hiss; /* hiss: of these, how many at the start are a consonant */
    double accent;     /* in semitones */
    int vowel;
} Syllable;

/* A resonance: y = A x + B y_1 + C y_2 (Klatt 1980). */
typedef struct Resonator {
    double A, B, C, y1, y2;
} Resonator;

static void tune(Resonator *r, double hertz, double width)
{
    r->C = -exp(-2 * M_PI * width / RATE);
    r->B = 2 * exp(-M_PI * width / RATE) * cos(2 * M_PI * hertz / RATE);
    r->A = 1 - r->B - r->C;
}

static double resonate(Resonator *r, double x)
{
    double y = r->A * x + r->B * r->y1 + r->C * r->y2;
    r->y2 = r->y1;
    r->y1 = y;
    return y;
}

/* The slope of the air's flow through the larynx: it opens slowly, closes at once, and stays closed (Klatt and Klatt 1990). */
static double pulse(double phase)
{
    const double open = 0.6;
    double x = phase / open;
    return x < 1 ? 2 * x - 3 * x * x : 0;
}

typedef struct Voice {
    const SyntheticSpeaker *who;
    Manner manner;
    Resonator resonator[FORMANTS];
    double phase;
    Rng rng;
} Voice;

/* The next sample: part 0 .. 1 of the syllable, `whole` 0 .. 1 of the utterance. */
static double speak(Voice *v, const Syllable *s, double part, double whole, double seconds, bool hiss)
{
    double tremble = v->who->vibrato * sin(2 * M_PI * 5.5 * seconds);
    double semitones = v->manner.height + v->manner.tilt * (whole - 0.5) + s->accent * sin(M_PI * part);
    v->phase += v->who->hertz * exp2(semitones / 12) * (1 + tremble) / RATE;
    v->phase -= floor(v->phase);
    double noise = 2 * mm_uniform(&v->rng) - 1, x = hiss ? 0.5 * noise : pulse(v->phase) + v->who->breath * noise;
    for (int k = 0; k < FORMANTS; k++) {
        x = resonate(&v->resonator[k], x);
    }
    return x * sqrt(sin(M_PI * part));
}

static int draw_syllables(const SyntheticSpeaker *who, const Manner *m, Rng *rng, Syllable *s, int *samples)
{
    int n = 3 + mm_below(rng, MOST_SYLLABLES - 2);
    *samples = 0;
    for (int k = 0; k < n; k++) {
        double seconds = (0.75 + 0.5 * mm_uniform(rng)) / (who->rate * m->pace);
        s[k] = (Syllable){.samples = (int)(seconds * RATE), .accent = m->width * mm_normal(rng), .vowel = mm_below(rng, VOWELS)};
        s[k].hiss = (int)(s[k].samples * 0.3 * mm_uniform(rng));
        *samples += s[k].samples;
    }
    return n;
}

Sound mm_synthetic_voice(const SyntheticSpeaker *who, double valence, Rng rng)
{
    Syllable syllable[MOST_SYLLABLES];
    Voice v = {.who = who, .manner = draw_manner(valence, &rng)};
    Sound sound = {.rate = RATE};
    int n = draw_syllables(who, &v.manner, &rng, syllable, &sound.n), at = 0;
    sound.sample = mm_take((size_t)sound.n, sizeof *sound.sample);
    v.rng = rng;
    for (int k = 0; k < n; k++) {
        for (int f = 0; f < FORMANTS; f++) {
            tune(&v.resonator[f], vowel[syllable[k].vowel][f] / who->formant, bandwidth[f]);
        }
        for (int i = 0; i < syllable[k].samples; i++, at++) {
            double part = (i + 0.5) / syllable[k].samples;
            sound.sample[at] = (float)speak(&v, &syllable[k], part, (double)at / sound.n, (double)at / RATE,
                                            i < syllable[k].hiss);
        }
    }
    double power = 0, room = pow(10, -(25 + 20 * mm_uniform(&v.rng)) / 20); /* noise of the room, 25 to 45 dB below the voice */
    for (int i = 0; i < sound.n; i++) {
        power += (double)sound.sample[i] * (double)sound.sample[i] / sound.n;
    }
    double gain = 0.05 * pow(10, v.manner.loudness / 20);
    for (int i = 0; i < sound.n; i++) {
        double x = (double)sound.sample[i] / sqrt(power) + room * mm_normal(&v.rng);
        sound.sample[i] = (float)fmin(fmax(gain * x, -1), 1);
    }
    return sound;
}
