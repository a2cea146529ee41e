#!/usr/bin/env python3
"""Writes pictures/ and pictures.json: what Pillow makes of pictures of every kind in CLIP's two orders of preprocessing.

python3 tests/golden/make_pictures.py (Debian: python3-pil; made with Pillow 9.4).
    pictures.json  name: {"last": {side: [sum, weighted sum]}, "first": …}  of the bytes of RGB that the model reads
"last" is clip.py of openai/CLIP with torchvision's Resize and CenterCrop; "first" is CLIPImageProcessor of Hugging Face."""
import json
import math
import os

from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "pictures")
SIDES = (8, 19, 24, 40)


def resized(im, n):
    short, long = sorted(im.size)
    if short == n:
        return im
    return im.resize((n, int(n * long / short)) if im.size[0] <= im.size[1] else (int(n * long / short), n), Image.BICUBIC)


def rgb_last(im, n):
    im = resized(im, n)
    left, top = int(round((im.size[0] - n) / 2.0)), int(round((im.size[1] - n) / 2.0))
    return im.crop((left, top, left + n, top + n)).convert("RGB")


def rgb_first(im, n):
    im = resized(im.convert("RGB"), n)
    left, top = (im.size[0] - n) // 2, (im.size[1] - n) // 2
    return im.crop((left, top, left + n, top + n))


def sums(im):
    b = im.tobytes()
    return [sum(b), sum(i % 251 * v for i, v in enumerate(b))]


def wave(x, y, k):
    v = 127.5 + 100 * math.sin(x / (3 + k) + y / 7) + (27 if (x * 7 + y * (3 + k)) % 13 > 5 else 0)
    return int(min(max(v, 0), 255))


def picture(mode, w, h, pixel):
    im = Image.new(mode, (w, h))
    im.putdata([pixel(x, y) for y in range(h) for x in range(w)])
    return im


def make():
    os.makedirs(FOLDER, exist_ok=True)
    colour = lambda x, y: (wave(x, y, 0), wave(x, y, 1), wave(x, y, 2))
    rgb, tall = picture("RGB", 37, 23, colour), picture("RGB", 19, 46, colour)
    alpha = picture("L", 37, 23, lambda x, y: 0 if wave(x, y, 4) > 170 else wave(x, y, 5))
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    grey = rgb.convert("L")
    la = grey.copy()
    la.putalpha(alpha)
    palette = rgb.quantize(16)
    deep = picture("I", 37, 23, lambda x, y: 2 * wave(x, y, 1))
    save = lambda im, name, **k: im.save(os.path.join(FOLDER, name), **k)
    save(rgb, "rgb.png")
    save(tall, "tall.png")
    save(rgba, "rgba.png")
    save(grey, "grey.png")
    save(la, "grey_alpha.png")
    save(palette, "palette.png")
    save(palette, "palette_clear.png", transparency=bytes([0, 128] + [255] * 14))
    save(rgb, "rgb_clear.png", transparency=rgb.getpixel((5, 5)))
    save(grey, "grey_clear.png", transparency=grey.getpixel((5, 5)))
    save(grey.convert("1"), "black_and_white.png")
    save(deep, "grey16.png")
    save(rgb, "rgb.jpg", quality=90)
    save(tall, "tall.jpg", quality=75, subsampling=2)
    save(grey, "grey.jpg")
    save(rgb, "rgb.bmp")
    save(palette, "palette.gif")


if __name__ == "__main__":
    make()
    golden = {}
    for name in sorted(os.listdir(FOLDER)):
        im = Image.open(os.path.join(FOLDER, name))
        golden[name] = {"last": {n: sums(rgb_last(im, n)) for n in SIDES}, "first": {n: sums(rgb_first(im, n)) for n in SIDES}}
        print(name, im.mode, im.size)
    with open(os.path.join(HERE, "pictures.json"), "w") as f:
        f.write("{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items()) + "\n}\n")
