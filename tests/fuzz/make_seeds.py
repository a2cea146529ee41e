#!/usr/bin/python3
"""Writes the small valid files from which fuzzing starts: corpus/READER/*. Needs python3-pil and vorbis-tools; the tests do not run this.
What lies beside them under other names was found by fuzzing and stays as a regression input."""
import base64
import gzip
import io
import json
import math
import os
import random
import struct
import subprocess
import tarfile

import numpy
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))


def seed(reader, name, content):
    folder = os.path.join(here, "corpus", reader)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())


def safetensors(header, data):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def picture(reader, name, image, **options):
    content = io.BytesIO()
    image.save(content, os.path.splitext(name)[1][1:].replace("jpg", "jpeg"), **options)
    seed(reader, name, content.getvalue())


seed("safetensors", "empty", safetensors({}, b""))
seed("safetensors", "two", safetensors({"__metadata__": {"format": "pt"}, "w": entry("F32", [2, 2], 0, 16),
                                        "b": entry("F16", [2], 16, 20)}, bytes(20)))
seed("safetensors", "dtypes", safetensors({"i": entry("I64", [1], 0, 8), "d": entry("F64", [], 8, 16),
                                           "h": entry("BF16", [3, 0], 16, 16), "u": entry("U8", [3], 16, 19),
                                           "s": entry("F4", [2], 19, 20)}, bytes(range(20))))

seed("tsv", "table", "code\ten\tzh\n1F34E\tred apple\t红苹果\n2615\tcoffee\t\n")
seed("tsv", "bom_crlf", b"\xef\xbb\xbfa\tb\r\nx\ty\r\n")

seed("csv", "table", 'image,caption\n"a,b.jpg","a ""red""\napple"\nc.jpg,猫\n')
seed("csv", "bom_crlf", b'\xef\xbb\xbfa,b\r\n"x\r\ny",\r\n,"z"\r\n')

seed("json_each", "lists", '{"info": {"x": [1, {}]}, "a": [{"id": 1, "s": "]}\\""}, [2, 3.5], "t", null], "b": []}\n')
seed("json_each", "bom", b'\xef\xbb\xbf{"a": []}')



def npz(name, save, **arrays):
    content = io.BytesIO()
    save(content, **arrays)
    seed("npz", name, content.getvalue())


# Two regions as UNITER's features are stored, with four numbers for 2,048 and three classes for 1,601.
feature = numpy.array([[1, -2, 0.5, 0.099975586], [65504, 6e-8, 0, 3]], numpy.float16)
box = numpy.array([[0, 0, 0.5, 0.25, 0.5, 0.25], [0.25, 0.5, 1.5, 1, 1.25, 0.5]], numpy.float16)
npz("deflated", numpy.savez_compressed, features=feature, norm_bb=box, conf=numpy.array([0.75, 0.5], numpy.float16),
    soft_labels=numpy.array([[0.5, 0.25, 0.25], [1, 0, 0]], numpy.float16))
npz("stored", numpy.savez, features=feature.astype(numpy.float32), norm_bb=box.astype(numpy.float64))
npz("none", numpy.savez_compressed, features=feature[:0], norm_bb=box[:0])
npz("by_column", numpy.savez, features=numpy.asfortranarray(feature), norm_bb=box)
npz("integers", numpy.savez, features=feature.astype(numpy.int16), norm_bb=box)
npz("no_boxes", numpy.savez, features=feature)
npz("three_boxes", numpy.savez, features=feature, norm_bb=numpy.zeros((3, 6)))
npz("five_numbers", numpy.savez, features=feature, norm_bb=box[:, :5].copy())
npz("outside", numpy.savez, features=feature, norm_bb=box + 2)
npz("not_a_number", numpy.savez, features=feature * numpy.float16("nan"), norm_bb=box)


def base64_of(*numbers):
    return base64.b64encode(numpy.array(numbers, "<f4").tobytes()).decode()


boxes, features = base64_of(0, 0, 320, 120, 160, 240, 700, 480), base64_of(1, -2, 0.5, 4, 5, 6)
seed("regions_table", "butd", f"9\t640\t480\t2\t{boxes}\t{features}\r\n10\t640\t480\t0\t\t\n")
seed("regions_table", "lxmert", f"COCO_9\t480\t640\tAA==\tAA==\tAA==\tAA==\t2\t{boxes}\t{features}\n")

random.seed(1)
rgba = Image.new("RGBA", (5, 4))
rgba.putdata([tuple(random.randrange(256) for _ in range(4)) for _ in range(20)])
rgb = rgba.convert("RGB")
palette = rgb.quantize(4)
picture("picture", "rgba.png", rgba)
picture("picture", "grey16.png", Image.new("I;16", (3, 3), 70))
picture("picture", "palette.png", palette, transparency=1)
picture("picture", "one_bit.png", Image.new("1", (9, 2), 1))
picture("picture", "baseline.jpg", rgb, quality=30)
picture("picture", "progressive.jpg", rgb, quality=30, progressive=True)
picture("picture", "grey.jpg", rgb.convert("L"))
picture("picture", "cmyk.jpg", rgb.convert("CMYK"))
picture("picture", "rgb.bmp", rgb)
picture("picture", "palette.bmp", palette)

frames = [Image.new("P", (6, 5), i) for i in range(3)]
for i, frame in enumerate(frames):
    frame.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 9, 9])
    frame.putpixel((i, i), 3)
picture("gif", "still.gif", frames[0])
picture("gif", "moving.gif", frames[0], save_all=True, append_images=frames[1:], duration=[50, 100, 0], disposal=2, transparency=0)
picture("gif", "interlaced.gif", frames[1], interlace=1)

config = {"model_type": "clip", "projection_dim": 2,
          "vision_config": {"model_type": "clip_vision_model", "image_size": 4, "patch_size": 2, "hidden_size": 4,
                            "num_hidden_layers": 1, "num_attention_heads": 2},
          "text_config": {"vocab_size": 514, "max_position_embeddings": 4, "hidden_size": 4, "num_hidden_layers": 1,
                          "num_attention_heads": 2}}
seed("config", "vit.json", json.dumps(config))
seed("config", "resnet.json", json.dumps({**config, "vision_config": {"model_type": "resnet", "image_size": 4,
                                                                      "hidden_sizes": [4], "depths": [1]}}))

vision = {"width_coefficient": 0.25, "depth_coefficient": 1, "kernel_sizes": [3], "in_channels": [32], "out_channels": [16], "strides": [2],
          "num_block_repeats": [1], "expand_ratios": [1], "depthwise_padding": [0], "image_size": 4, "hidden_dim": 8}
text = {"vocab_size": 20, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8,
        "max_position_embeddings": 4}
processor = {"size": {"height": 6, "width": 6}, "crop_size": 4, "resample": 2, "rescale_factor": 1 / 127.5, "do_normalize": False}
seed("align_config", "config.json", json.dumps({"model_type": "align", "projection_dim": 8, "text_config": text, "vision_config": vision}))
seed("align_config", "processor.json", "\1" + json.dumps(processor))

# As GPT-2 writes bytes: its own character where Latin-1 has one, then those from U+0100 on. The merges are those of tokenizer.c.
shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
characters = [chr(c) for c in shown] + [chr(256 + i) for i in range(256 - len(shown))]
pairs = [("l", "o"), ("lo", "w</w>"), ("a", "a"), ("aa", "aa"), ("aa", "a</w>")]
merges = "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in pairs)
tokens = characters + [c + "</w>" for c in characters] + [a + b for a, b in pairs]
tokens += ["<|startoftext|>", "<|endoftext|>"]
vocab = json.dumps({token: i for i, token in enumerate(tokens)}, ensure_ascii=False, separators=(",", ":"))
seed("tokenizer", "vocab", b"\0" + vocab.encode())
seed("tokenizer", "merges", b"\1" + merges.encode())
seed("tokenizer", "merges_alone", b"\2" + merges.encode())
seed("tokenizer", "merges_gzip", b"\2" + gzip.compress(merges.encode(), mtime=0))
seed("tokenizer", "text", "\3Lower, WIDEST 红苹果 e\u0301 don't 2026 <|endoftext|> aaaaa\n🍎")

pieces = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##a\nlow\n##er\n红\n,\ne\n##e\n"  # as in wordpiece.c
seed("wordpiece", "vocab", b"\0" + pieces.encode())
seed("wordpiece", "vocab_crlf", b"\0\xef\xbb\xbf" + pieces.replace("\n", "\r\n").encode())
seed("wordpiece", "config", b"\1" + json.dumps({"do_lower_case": False, "strip_accents": None, "tokenize_chinese_chars": True}).encode())
seed("wordpiece", "text", "\2Lower, WIDEST 红苹果 e\u0301 É 한국어 İ ΑΣ a\u200bb\ufffd\x01 \u3000 “x” $5 aaaaa🍎")
seed("wordpiece", "long", "\2" + "a" * 101 + " " + "é" * 100)
seed("wordpiece", "learn", "\3low low lower lowest, 红 红 é é")
seed("wordpiece", "learn_single_letters", "\3 w")  # no pairs at all


def shard(form, long_name):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=form) as tar:
        def add(name, data, kind=tarfile.REGTYPE):
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(data), kind
            tar.addfile(entry, io.BytesIO(data))

        add("set", b"", tarfile.DIRTYPE)
        add("readme", b"not a pair")
        for i, (key, text) in enumerate([("set/0", "a red apple\n"), ("set/红", "红苹果"), (long_name, "a long name")]):
            png = io.BytesIO()
            Image.new("RGB", (2 + i, 2), (255, 0, 0)).save(png, "png")
            add(key + ".png", png.getvalue())
            add(key + ".json", b"{}")
            add(key + ".txt", text.encode())
            link = tarfile.TarInfo("set/link")
            link.type, link.linkname = tarfile.SYMTYPE, "0.png"
            tar.addfile(link)
    return content.getvalue()


seed("shard", "gnu.tar", shard(tarfile.GNU_FORMAT, "set/" + "long" * 40))
seed("shard", "pax.tar", shard(tarfile.PAX_FORMAT, "set/" + "long" * 80))
seed("shard", "ustar.tar", shard(tarfile.USTAR_FORMAT, "set/" + "long" * 20 + "/" + "name" * 18))
seed("shard", "half.tar", shard(tarfile.GNU_FORMAT, "x")[:5000])


def wav(kind, channels, rate, bits, data):
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits)
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


tone = struct.pack("<2205h", *(round(16384 * math.sin(2 * math.pi * 440 * i / 22050)) for i in range(2205)))
seed("sound", "pcm16.wav", wav(1, 2, 16000, 16, bytes(range(32))))
seed("sound", "pcm8.wav", wav(1, 1, 8000, 8, bytes(range(9))))
seed("sound", "pcm24.wav", wav(1, 1, 44100, 24, bytes(range(12))))
seed("sound", "float.wav", wav(3, 1, 96000, 32, struct.pack("<3f", 0, 0.5, -1)))
oggenc = subprocess.run(["oggenc", "--quiet", "--quality", "0", "--serial", "1", "-"], input=wav(1, 1, 22050, 16, tone), stdout=subprocess.PIPE, check=True)
seed("sound", "tone.ogg", oggenc.stdout)
