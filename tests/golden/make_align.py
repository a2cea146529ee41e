#!/usr/bin/python3
"""Writes align/ and align.json: small ALIGNs with random weights, stored as Hugging Face stores kakaobrain/align-base, and what PyTorch
computes with them, from pictures and texts to features, logits and the loss.

/usr/bin/python3 tests/golden/make_align.py (Debian: python3-torch, python3-pil; made with PyTorch 1.13).
    align/even    B0's seven stages, narrow; pictures of 32 pixels, all sizes on the way even
    align/odd     three stages of its own; sizes 35, 17, 9, 4; one stage padded as Keras pads odd sizes (depthwise_padding), one not
    align.json    name: {"image_features", "text_features", "logits_per_image", "loss"} of the pictures and texts; "squash": what the two
                  ways to resize make of pictures
The modules are written after transformers modeling_align.py and compute in double."""
import json
import math
import pathlib

import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from make_goldens import flat, write
from make_wordpiece import basic, pieces
from safetensors_file import save_safetensors

torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).parent
PICTURES = ["rgb.png", "tall.png", "rgba.png", "palette.png"]
TEXTS = ["A cat", "the dog, that isn't a CAT!", "", "Café 猫 zzz"]
VOCAB = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "the", "dog", ",", "'", "!", "that", "isn", "t", "ca", "##fe", "猫", "##t"]


# ---- pictures ----

def squash_pillow(im, squashed, size):
    im, margin = im.convert("RGB").resize((squashed, squashed), Image.BILINEAR), (squashed - size) // 2
    im = im.crop((margin, margin, margin + size, margin + size))
    return (torch.tensor(list(im.getdata())).reshape(size, size, 3) / 127.5 - 1).permute(2, 0, 1)


def squash_tensorflow(im, squashed, size):
    im, margin = im.convert("RGB"), (squashed - size) // 2
    x = torch.tensor(list(im.getdata())).reshape(im.size[1], im.size[0], 3).permute(2, 0, 1)[None].double()
    x = F.interpolate(x, (squashed, squashed), mode="bilinear", align_corners=False)
    return x[0, :, margin:margin + size, margin:margin + size] / 127.5 - 1


# ---- modeling_align.py: pictures ----

def round_filters(c, n):
    n *= c["width_coefficient"]
    new = max(c["depth_divisor"], int(n + c["depth_divisor"] / 2) // c["depth_divisor"] * c["depth_divisor"])
    return new + c["depth_divisor"] if new < 0.9 * n else new


def correct_pad(k, adjust):
    return (k // 2 - 1, k // 2, k // 2 - 1, k // 2) if adjust else (k // 2,) * 4


def batch_norm(n, c):
    return nn.BatchNorm2d(n, eps=c["batch_norm_eps"], momentum=0.99)


class Embeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        n = round_filters(c, 32)
        self.convolution, self.batchnorm = nn.Conv2d(3, n, 3, stride=2, bias=False), batch_norm(n, c)

    def forward(self, x):
        return F.silu(self.batchnorm(self.convolution(F.pad(x, (0, 1, 0, 1)))))


class Block(nn.Module):
    def __init__(self, c, inp, out, stride, expand, kernel, id_skip, adjust):
        super().__init__()
        inner, self.stride, self.residual = inp * expand, stride, stride == 1 and not id_skip
        if expand != 1:
            self.expansion = nn.Module()
            self.expansion.expand_conv, self.expansion.expand_bn = nn.Conv2d(inp, inner, 1, bias=False), batch_norm(inner, c)
        self.pad = correct_pad(kernel, adjust)
        self.depthwise_conv = nn.Module()
        self.depthwise_conv.depthwise_conv = nn.Conv2d(inner, inner, kernel, stride, 0 if stride == 2 else kernel // 2, groups=inner, bias=False)
        self.depthwise_conv.depthwise_norm = batch_norm(inner, c)
        squeezed = max(1, int(inp * c["squeeze_expansion_ratio"]))
        self.squeeze_excite = nn.Module()
        self.squeeze_excite.reduce, self.squeeze_excite.expand = nn.Conv2d(inner, squeezed, 1), nn.Conv2d(squeezed, inner, 1)
        self.projection = nn.Module()
        self.projection.project_conv, self.projection.project_bn = nn.Conv2d(inner, out, 1, bias=False), batch_norm(out, c)

    def forward(self, x):
        y = x
        if hasattr(self, "expansion"):
            y = F.silu(self.expansion.expand_bn(self.expansion.expand_conv(y)))
        y = F.pad(y, self.pad) if self.stride == 2 else y
        y = F.silu(self.depthwise_conv.depthwise_norm(self.depthwise_conv.depthwise_conv(y)))
        s = self.squeeze_excite.expand(F.silu(self.squeeze_excite.reduce(y.mean((2, 3), keepdim=True))))
        y = self.projection.project_bn(self.projection.project_conv(y * torch.sigmoid(s)))
        return y + x if self.residual else y


class VisionModel(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embeddings, self.encoder = Embeddings(c), nn.Module()
        blocks = []
        for i, repeats in enumerate(c["num_block_repeats"]):
            inp, out = round_filters(c, c["in_channels"][i]), round_filters(c, c["out_channels"][i])
            for j in range(math.ceil(c["depth_coefficient"] * repeats)):
                blocks.append(Block(c, inp if j == 0 else out, out, c["strides"][i] if j == 0 else 1, c["expand_ratios"][i],
                                    c["kernel_sizes"][i], j == 0, len(blocks) not in c["depthwise_padding"]))
        self.encoder.blocks = nn.ModuleList(blocks)

    def forward(self, x):
        x = self.embeddings(x)
        self.sizes = [x.shape[-1]]
        for b in self.encoder.blocks:
            x = b(x)
            self.sizes.append(x.shape[-1])
        return x.mean((2, 3))


# ---- modeling_align.py: texts ----

class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        w, self.heads = c["hidden_size"], c["num_attention_heads"]
        self.self, self.output = nn.Module(), nn.Module()
        self.self.query, self.self.key, self.self.value, self.output.dense = (nn.Linear(w, w) for _ in range(4))
        self.output.LayerNorm = nn.LayerNorm(w, eps=1e-12)

    def forward(self, x, mask):
        split = lambda y: y.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = (split(m(x)) for m in (self.self.query, self.self.key, self.self.value))
        p = torch.softmax(q @ k.transpose(2, 3) / q.shape[-1] ** 0.5 + mask, -1)
        return self.output.LayerNorm(x + self.output.dense((p @ v).transpose(1, 2).flatten(2)))


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attention, self.intermediate, self.output = Attention(c), nn.Module(), nn.Module()
        self.intermediate.dense = nn.Linear(c["hidden_size"], c["intermediate_size"])
        self.output.dense = nn.Linear(c["intermediate_size"], c["hidden_size"])
        self.output.LayerNorm = nn.LayerNorm(c["hidden_size"], eps=1e-12)

    def forward(self, x, mask):
        x = self.attention(x, mask)
        return self.output.LayerNorm(x + self.output.dense(F.gelu(self.intermediate.dense(x))))


class TextModel(nn.Module):
    def __init__(self, c):
        super().__init__()
        w, e = c["hidden_size"], nn.Module()
        e.word_embeddings, e.position_embeddings = nn.Embedding(c["vocab_size"], w), nn.Embedding(c["max_position_embeddings"], w)
        e.token_type_embeddings, e.LayerNorm = nn.Embedding(c["type_vocab_size"], w), nn.LayerNorm(w, eps=1e-12)
        self.embeddings, self.encoder, self.pooler = e, nn.Module(), nn.Module()
        self.encoder.layer = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.pooler.dense = nn.Linear(w, w)

    def forward(self, ids, mask):
        e, mask = self.embeddings, (1 - mask.double())[:, None, None] * torch.finfo(torch.float32).min
        x = e.LayerNorm(e.word_embeddings(ids) + e.token_type_embeddings.weight[0] + e.position_embeddings.weight[:ids.shape[1]])
        for layer in self.encoder.layer:
            x = layer(x, mask)
        return x


class Align(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.text_model, self.vision_model = TextModel(config["text_config"]), VisionModel(config["vision_config"])
        self.text_projection = nn.Linear(config["text_config"]["hidden_size"], config["projection_dim"])
        self.temperature = nn.Parameter(torch.tensor(float(config["temperature_init_value"])))

    def forward(self, pixels, ids, mask):
        image, text = self.vision_model(pixels), self.text_projection(self.text_model(ids, mask)[:, 0])
        return image, text, F.normalize(image, dim=1) @ F.normalize(text, dim=1).T / self.temperature


def round_weights(model):
    """Random weights of a size that lets every one of them matter, and of numbers that F32 has."""
    with torch.no_grad():
        for name, p in [*model.named_parameters(), *model.named_buffers()]:
            if p.dtype == torch.int64 or name == "temperature":
                continue
            norm = "LayerNorm" in name or "bn" in name or "norm" in name
            if name.endswith("running_var") or (norm and name.endswith("weight")):
                p.copy_(1 + 0.3 * torch.randn(p.shape).clamp(-2, 2))
            elif p.ndim >= 2 and "embedding" not in name:
                p.copy_(torch.randn(p.shape) * (2 / p[0].numel()) ** 0.5)
            else:
                p.copy_(0.5 * torch.randn(p.shape))
            p.copy_(p.float().double())
        model.temperature.copy_(model.temperature.float().double())


def tokenize(text, context):
    ids = [VOCAB.index(p) for w in basic(text, True) for p in pieces(w, set(VOCAB))][:context - 2]
    ids = [VOCAB.index("[CLS]"), *ids, VOCAB.index("[SEP]")]
    return ids + [0] * (context - len(ids)), [1] * len(ids) + [0] * (context - len(ids))


def save(name, model, config, squashed, size):
    folder = HERE / "align" / name
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {n: t if t.dtype == torch.int64 else t.float() for n, t in model.state_dict().items()}
    tensors["text_model.embeddings.position_ids"] = torch.arange(config["text_config"]["max_position_embeddings"])[None]
    save_safetensors(folder / "model.safetensors", tensors)
    processor = {"crop_size": {"height": size, "width": size}, "do_center_crop": True, "do_normalize": False, "do_rescale": True, "do_resize": True,
                 "image_mean": [0.485, 0.456, 0.406], "image_processor_type": "EfficientNetImageProcessor", "image_std": [0.229, 0.224, 0.225],
                 "include_top": False, "processor_class": "AlignProcessor", "resample": 2, "rescale_factor": 0.00784313725490196,
                 "rescale_offset": True, "size": {"height": squashed, "width": squashed}}
    for file, content in ("config.json", config), ("preprocessor_config.json", processor), (
            "tokenizer_config.json", {"do_lower_case": True, "strip_accents": None, "tokenize_chinese_chars": True, "tokenizer_class": "BertTokenizer"}):
        (folder / file).write_text(json.dumps(content, indent=2) + "\n")
    (folder / "vocab.txt").write_text("".join(t + "\n" for t in VOCAB))


def golden(model, squashed, size, context):
    model.eval()
    pixels = torch.stack([squash_pillow(Image.open(HERE / "pictures" / n), squashed, size) for n in PICTURES])
    ids, mask = map(torch.tensor, zip(*(tokenize(t, context) for t in TEXTS)))
    with torch.no_grad():
        image, text, logits = model(pixels, ids, mask)
        own = torch.arange(len(TEXTS))
        loss = sum(F.cross_entropy(z, own, label_smoothing=0.1) for z in (logits, logits.T)) / 2
    return {"ids": ids.tolist(), "sizes": model.vision_model.sizes, "image_features": flat(image), "text_features": flat(text),
            "logits_per_image": flat(logits), "loss": loss.item()}


def make():
    torch.manual_seed(21)
    vision = {"num_channels": 3, "width_coefficient": 0.1, "depth_coefficient": 0.4, "depth_divisor": 8, "kernel_sizes": [3, 3, 5, 3, 5, 5, 3],
              "in_channels": [32, 16, 24, 40, 80, 112, 192], "out_channels": [16, 24, 40, 80, 112, 192, 320], "depthwise_padding": [],
              "strides": [1, 2, 2, 2, 1, 2, 1], "num_block_repeats": [1, 2, 2, 3, 3, 4, 1], "expand_ratios": [1, 6, 6, 6, 6, 6, 6],
              "squeeze_expansion_ratio": 0.25, "hidden_act": "swish", "pooling_type": "mean", "batch_norm_eps": 0.001,
              "batch_norm_momentum": 0.99, "drop_connect_rate": 0.2, "image_size": 32, "hidden_dim": 32}
    text = {"vocab_size": len(VOCAB), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 32,
            "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 12,
            "type_vocab_size": 2, "layer_norm_eps": 1e-12, "position_embedding_type": "absolute"}
    even = {"architectures": ["AlignModel"], "model_type": "align", "projection_dim": 32, "temperature_init_value": 0.5,
            "text_config": text, "vision_config": vision}
    odd = {**even, "projection_dim": 24, "temperature_init_value": 0.07,
           "vision_config": {**vision, "width_coefficient": 1, "depth_coefficient": 1.5, "kernel_sizes": [3, 5, 3], "in_channels": [32, 8, 16],
                             "out_channels": [8, 16, 24], "strides": [1, 2, 2], "num_block_repeats": [1, 1, 1], "expand_ratios": [1, 4, 6],
                             "depthwise_padding": [2], "image_size": 35, "hidden_dim": 24}}
    goldens = {"pictures": PICTURES, "texts": TEXTS}
    for name, config, squashed, size in ("even", even, 40, 32), ("odd", odd, 41, 35):
        model = Align(config)
        round_weights(model)
        save(name, model, config, squashed, size)
        goldens[name] = golden(model, squashed, size, 12)
    goldens["squash"] = {n: {f"{a} {b}": {"pillow": flat(squash_pillow(im, a, b)), "tensorflow": flat(squash_tensorflow(im, a, b))}
                             for a, b in ((9, 6), (12, 9), (50, 4))}
                         for n in PICTURES[:2] for im in [Image.open(HERE / "pictures" / n)]}
    write("align.json", goldens)


if __name__ == "__main__":
    make()
