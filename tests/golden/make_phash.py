#!/usr/bin/env python3
"""Writes phash.json: the perceptual hash of every picture in pictures/, by Pillow and NumPy as ImageHash's phash makes it, resized with
Pillow's bicubic, and coefficients rounded to whole numbers.

/usr/bin/python3 tests/golden/make_phash.py (Debian: python3-pil, python3-numpy; made with Pillow 9.4)."""
import json
import os

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))


def on_white(im):
    rgba = np.asarray(im.convert("RGBA")).astype(int)
    alpha = rgba[..., 3:]
    return Image.fromarray(((alpha * rgba[..., :3] + (255 - alpha) * 255 + 127) // 255).astype(np.uint8))


def phash(im):
    grey = np.asarray(on_white(im).convert("L").resize((32, 32), Image.BICUBIC)).astype(float)
    wave = np.cos(np.pi * np.outer(np.arange(8), 2 * np.arange(32) + 1) / 64)
    low = np.rint(wave @ grey @ wave.T)
    bits = (low > np.median(low)).flatten()
    return "%016x" % sum(1 << (63 - i) for i in range(64) if bits[i])


folder = os.path.join(HERE, "pictures")
hashes = {}
for name in sorted(os.listdir(folder)):
    im = Image.open(os.path.join(folder, name))
    if not im.mode.startswith("I"):  # Pillow's own way from 16 bits to 8 is another matter
        hashes[name] = phash(im)
with open(os.path.join(HERE, "phash.json"), "w") as f:
    json.dump(hashes, f, indent=1)
    f.write("\n")
