#!/usr/bin/env python3
"""Writes audio.json: mel filters, log-mel frames and MFCC, computed with NumPy in double by formula, for audio.c to compare with.

python3 tests/golden/make_audio.py, as make_goldens.py, whose draws it uses. The definitions:
    mel        2595 log10(1 + hz / 700), HTK's; triangles of height 1 with straight edges in hertz, not normalised by their width
    frames     not centred: frame t begins at sample t hop; periodic Hann window; zeros behind the window up to the transform's length
    log-mel    natural logarithm of max(1e-10, filters @ |FFT|^2)
    MFCC       DCT-II, orthonormal, as scipy.fft.dct(x, type=2, norm="ortho")
torchaudio's MelSpectrogram(center=False, mel_scale="htk", norm=None) is the same up to its placing of the window in a longer transform,
which moves the phase alone."""
import numpy as np

from make_goldens import Lcg, write


def sound(rate, samples, seed):
    """Two tones and noise, as floats hold them."""
    lcg, t = Lcg(seed), np.arange(samples) / rate
    noise = np.array([lcg.draw() for _ in range(samples)])
    wave = 0.3 * np.sin(2 * np.pi * 220 * t) + 0.1 * np.sin(2 * np.pi * 1500 * t + 1) + 0.05 * noise
    return wave.astype(np.float32).astype(np.float64)


def filters(rate, fft, mels, low, high):
    corners = 700 * (10 ** (np.linspace(2595 * np.log10(1 + low / 700), 2595 * np.log10(1 + high / 700), mels + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(fft, 1 / rate)
    return np.stack([np.interp(hertz, corners[m : m + 3], [0, 1, 0], left=0, right=0) for m in range(mels)])


def log_mel(x, rate, window, hop, fft, mels, low, high):
    x = np.pad(x, (0, max(0, window - len(x))))
    frames = np.lib.stride_tricks.sliding_window_view(x, window)[::hop]
    hann = np.hanning(window + 1)[:-1]
    power = np.abs(np.fft.rfft(frames * hann, fft)) ** 2
    return np.log(np.maximum(power @ filters(rate, fft, mels, low, high).T, 1e-10))


def mfcc(x, coefficients):
    n = x.shape[1]
    j, m = np.arange(n)[:, None], np.arange(n)[None, :]
    dct = np.cos(np.pi * j * (m + 0.5) / n) * np.sqrt(2 / n)
    dct[0] /= np.sqrt(2)
    assert np.allclose(dct @ dct.T, np.eye(n))
    return x @ dct[:coefficients].T


FRONT_ENDS = {
    "speech": (sound(16000, 1600, 41), dict(rate=16000, window=400, hop=160, fft=512, mels=40, low=20, high=8000)),
    "telephone": (sound(8000, 1000, 42), dict(rate=8000, window=200, hop=100, fft=256, mels=12, low=100, high=3400)),
    "short": (sound(8000, 120, 43), dict(rate=8000, window=200, hop=100, fft=200, mels=12, low=100, high=3400)),
}
golden = {}
for name, (x, front_end) in FRONT_ENDS.items():
    features = log_mel(x, **front_end)
    shape = {k: front_end[k] for k in ("rate", "fft", "mels", "low", "high")}
    golden[name] = {
        "filters": [float(f"{v:.14g}") for v in filters(**shape).ravel()] if name != "speech" else [],
        "log_mel": [float(f"{v:.14g}") for v in features.ravel()],
        "mfcc": [float(f"{v:.14g}") for v in mfcc(features, min(13, front_end["mels"])).ravel()],
    }
write("audio.json", golden)
