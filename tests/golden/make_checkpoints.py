#!/usr/bin/env python3
"""Writes checkpoints/ and checkpoints.json: small CLIPs with random weights, stored as Hugging Face, openai/CLIP and open_clip store
theirs, and what PyTorch computes with them, from the same pictures and texts to features and logits.

/usr/bin/python3 tests/golden/make_checkpoints.py (Debian: python3-torch, python3-pil, python3-regex; made with PyTorch 1.13).
    checkpoints/hf        Hugging Face's names, F32, position_ids; heads that only config.json tells
    checkpoints/openai    OpenAI's names, F16, sizes as tensors; no config.json; merges as bpe_simple_vocab_16e6.txt
    checkpoints/resnet    the same with a ModifiedResNet, BF16
    checkpoints.json      name: {"image_features", "text_features", "logits_per_image"} of PICTURES and TEXTS, and "resized": the
                          features of the pictures at another size
The modules are written after openai/CLIP model.py and transformers modeling_clip.py, and compute in double."""
import json
import math
import pathlib

import regex
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from make_goldens import flat, write
from make_pictures import rgb_first, rgb_last
from safetensors_file import save_safetensors

torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).parent
PICTURES = ["rgb.png", "tall.png", "rgba.png", "palette.png"]
TEXTS = ["a cat", "the dog, that isn't a cat", "", "THE  CAT&amp;DOG 123"]
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
MERGES = ["a t</w>", "c at</w>", "d o", "do g</w>", "t h", "th e</w>"]
CONTEXT, EMBED = 10, 8


# ---- texts: openai/CLIP simple_tokenizer.py ----

def bytes_to_unicode():
    bs = [*range(33, 127), *range(161, 173), *range(174, 256)]
    cs, n = bs[:], 0
    for b in range(256):
        if b not in bs:
            bs.append(b)
            cs.append(256 + n)
            n += 1
    return dict(zip(bs, map(chr, cs)))


BYTES = bytes_to_unicode()
VOCAB = [*BYTES.values(), *(c + "</w>" for c in BYTES.values()), *("".join(m.split()) for m in MERGES), "<|startoftext|>",
         "<|endoftext|>"]
PATTERN = regex.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
                        regex.IGNORECASE)


def bpe(word):
    word = [*word[:-1], word[-1] + "</w>"]
    while True:
        ranked = [MERGES.index(p) for p in map(" ".join, zip(word, word[1:])) if p in MERGES]
        if not ranked:
            return word
        left, right = MERGES[min(ranked)].split()
        out, i = [], 0
        while i < len(word):
            pair = word[i:i + 2] == [left, right]
            out.append(left + right if pair else word[i])
            i += 2 if pair else 1
        word = out


def tokenize(text):
    import html
    text = html.unescape(html.unescape(text)).strip()
    text = regex.sub(r"\s+", " ", text).strip().lower()
    ids = [VOCAB.index(t) for piece in regex.findall(PATTERN, text)
           for t in bpe("".join(BYTES[b] for b in piece.encode()))][:CONTEXT - 2]
    ids = [len(VOCAB) - 2, *ids, len(VOCAB) - 1]
    return ids + [0] * (CONTEXT - len(ids))


def pixels(size, order):
    def one(name):
        im = order(Image.open(HERE / "pictures" / name), size)
        x = torch.tensor(list(im.getdata())).reshape(size, size, 3) / 255
        return ((x - torch.tensor(MEAN)) / torch.tensor(STD)).permute(2, 0, 1)
    return torch.stack([one(name) for name in PICTURES])


# ---- openai/CLIP model.py ----

class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class ResidualAttentionBlock(nn.Module):
    def __init__(self, width, heads, mask):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1, self.ln_2, self.mask = nn.LayerNorm(width), nn.LayerNorm(width), mask
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(width, 4 * width))
        self.mlp.add_module("gelu", QuickGELU())
        self.mlp.add_module("c_proj", nn.Linear(4 * width, width))

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=self.mask)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads, mask=None):
        super().__init__()
        self.resblocks = nn.Sequential(*[ResidualAttentionBlock(width, heads, mask) for _ in range(layers)])

    def forward(self, x):
        return self.resblocks(x)


class VisionTransformer(nn.Module):
    def __init__(self, size, patch, width, layers, heads):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width))
        self.positional_embedding = nn.Parameter(torch.randn((size // patch) ** 2 + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, heads)
        self.proj = nn.Parameter(torch.randn(width, EMBED))

    def forward(self, x, positions=None):
        x = self.conv1(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_embedding.expand(x.shape[0], 1, -1), x], 1)
        x = self.ln_pre(x + (self.positional_embedding if positions is None else positions))
        return self.ln_post(self.transformer(x)[:, 0]) @ self.proj


class Bottleneck(nn.Module):
    def __init__(self, inplanes, planes, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inplanes, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes)
        self.avgpool, self.downsample = nn.AvgPool2d(stride), None
        if stride > 1 or inplanes != 4 * planes:
            self.downsample = nn.Sequential()
            self.downsample.add_module("-1", nn.AvgPool2d(stride))
            self.downsample.add_module("0", nn.Conv2d(inplanes, 4 * planes, 1, bias=False))
            self.downsample.add_module("1", nn.BatchNorm2d(4 * planes))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.avgpool(F.relu(self.bn2(self.conv2(y))))))
        return F.relu(y + (self.downsample(x) if self.downsample else x))


class AttentionPool2d(nn.Module):
    def __init__(self, side, width, heads):
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.randn(side * side + 1, width) / width**0.5)
        self.k_proj, self.q_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))
        self.c_proj, self.heads = nn.Linear(width, EMBED), heads

    def forward(self, x, positions=None):
        x = x.flatten(2).permute(2, 0, 1)
        x = torch.cat([x.mean(0, keepdim=True), x]) + (self.positional_embedding if positions is None else positions)[:, None]
        bias = torch.cat([self.q_proj.bias, self.k_proj.bias, self.v_proj.bias])
        return F.multi_head_attention_forward(
            x[:1], x, x, x.shape[-1], self.heads, None, bias, None, None, False, 0, self.c_proj.weight, self.c_proj.bias,
            training=False, need_weights=False, use_separate_proj_weight=True, q_proj_weight=self.q_proj.weight,
            k_proj_weight=self.k_proj.weight, v_proj_weight=self.v_proj.weight)[0][0]


class ModifiedResNet(nn.Module):
    def __init__(self, layers, heads, size, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width // 2, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width // 2)
        self.conv2, self.bn2 = nn.Conv2d(width // 2, width // 2, 3, padding=1, bias=False), nn.BatchNorm2d(width // 2)
        self.conv3, self.bn3 = nn.Conv2d(width // 2, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        inplanes = width
        for s in range(4):
            blocks = []
            for i in range(layers[s]):
                blocks.append(Bottleneck(inplanes, width << s, 2 if s > 0 and i == 0 else 1))
                inplanes = 4 * (width << s)
            setattr(self, f"layer{s + 1}", nn.Sequential(*blocks))
        self.attnpool = AttentionPool2d(size // 32, inplanes, heads)

    def forward(self, x, positions=None):
        for conv, bn in (self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3):
            x = F.relu(bn(conv(x)))
        x = F.avg_pool2d(x, 2)
        for s in range(4):
            x = getattr(self, f"layer{s + 1}")(x)
        return self.attnpool(x, positions)


class CLIP(nn.Module):
    def __init__(self, visual, width, layers, heads):
        super().__init__()
        self.visual = visual
        self.transformer = Transformer(width, layers, heads, torch.full((CONTEXT, CONTEXT), -torch.inf).triu(1))
        self.token_embedding, self.ln_final = nn.Embedding(len(VOCAB), width), nn.LayerNorm(width)
        self.positional_embedding = nn.Parameter(torch.randn(CONTEXT, width))
        self.text_projection = nn.Parameter(torch.randn(width, EMBED))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def encode_text(self, ids):
        x = self.ln_final(self.transformer(self.token_embedding(ids) + self.positional_embedding))
        return x[torch.arange(len(ids)), ids.argmax(-1)] @ self.text_projection


# ---- storage ----

def round_weights(model, dtype):
    """Random weights of a size that lets every one of them matter, and of numbers that dtype has."""
    with torch.no_grad():
        for name, p in [*model.named_parameters(), *model.named_buffers()]:
            if p.dtype == torch.int64 or name == "logit_scale":
                continue
            norm = p.ndim == 1 and ("ln_" in name or "bn" in name or "downsample" in name)
            if name.endswith("running_var") or (norm and name.endswith("weight")):
                p.copy_(1 + 0.3 * torch.randn(p.shape).clamp(-2, 2))
            elif p.ndim >= 2 and "embedding" not in name:
                p.copy_(torch.randn(p.shape) * (2 / p[0].numel()) ** 0.5)
            else:
                p.copy_(0.5 * torch.randn(p.shape))
            p.copy_(p.to(dtype).to(p.dtype))
        model.logit_scale.copy_(model.logit_scale.float().double())


def openai_tensors(model, dtype):
    sizes = {"input_resolution": 32, "context_length": CONTEXT, "vocab_size": len(VOCAB)}
    own = {n: t if t.dtype == torch.int64 else t.to(torch.float32 if t.ndim == 0 else dtype) for n, t in model.state_dict().items()}
    return own | {n: torch.tensor(v) for n, v in sizes.items()}


def hf_tensors(model):
    out = {"logit_scale": model.logit_scale, "text_projection.weight": model.text_projection.T,
           "visual_projection.weight": model.visual.proj.T}
    text, vision = "text_model.", "vision_model."
    out[text + "embeddings.token_embedding.weight"] = model.token_embedding.weight
    out[text + "embeddings.position_embedding.weight"] = model.positional_embedding
    out[vision + "embeddings.class_embedding"] = model.visual.class_embedding
    out[vision + "embeddings.patch_embedding.weight"] = model.visual.conv1.weight
    out[vision + "embeddings.position_embedding.weight"] = model.visual.positional_embedding
    norms = {text + "final_layer_norm": model.ln_final, vision + "pre_layrnorm": model.visual.ln_pre,
             vision + "post_layernorm": model.visual.ln_post}
    for tower, transformer in (text, model.transformer), (vision, model.visual.transformer):
        for i, b in enumerate(transformer.resblocks):
            layer = f"{tower}encoder.layers.{i}."
            for kind in "weight", "bias":
                for third, rows in zip("qkv", getattr(b.attn, "in_proj_" + kind).chunk(3)):
                    out[f"{layer}self_attn.{third}_proj.{kind}"] = rows
            norms |= {layer + "layer_norm1": b.ln_1, layer + "layer_norm2": b.ln_2, layer + "mlp.fc1": b.mlp.c_fc,
                      layer + "mlp.fc2": b.mlp.c_proj, layer + "self_attn.out_proj": b.attn.out_proj}
    for name, module in norms.items():
        out |= {f"{name}.{n}": p for n, p in module.named_parameters()}
    out = {n: t.detach().float() for n, t in out.items()}
    out[text + "embeddings.position_ids"] = torch.arange(CONTEXT)[None]
    out[vision + "embeddings.position_ids"] = torch.arange(model.visual.positional_embedding.shape[0])[None]
    return out


def resized_positions(p, side):
    old = round((len(p) - 1) ** 0.5)
    grid = p[1:].reshape(1, old, old, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=(side, side), mode="bicubic", antialias=True, align_corners=False)
    return torch.cat([p[:1], grid.permute(0, 2, 3, 1).reshape(side * side, -1)])


def golden(model, size, order, other, cell, positions):
    model.eval()
    with torch.no_grad():
        image = model.visual(pixels(size, order))
        text = model.encode_text(torch.tensor([tokenize(t) for t in TEXTS]))
        logits = model.logit_scale.exp() * F.normalize(image, dim=1) @ F.normalize(text, dim=1).T
        resized = model.visual(pixels(other, order), resized_positions(positions, other // cell))
    return {"image_features": flat(image), "text_features": flat(text), "logits_per_image": flat(logits), "resized": flat(resized)}


def save_merges(folder, first):
    (folder).write_text(first + "\n" + "".join(m + "\n" for m in MERGES))


def make():
    torch.manual_seed(20)
    goldens = {"pictures": PICTURES, "texts": TEXTS, "ids": [tokenize(t) for t in TEXTS]}
    root = HERE / "checkpoints"
    for name in "hf", "openai", "resnet":
        (root / name).mkdir(parents=True, exist_ok=True)

    hf = CLIP(VisionTransformer(32, 8, 24, 2, 3), 16, 2, 4)
    round_weights(hf, torch.float32)
    save_safetensors(root / "hf" / "model.safetensors", hf_tensors(hf))
    config = {"architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": EMBED, "logit_scale_init_value": 2.6592,
              "text_config": {"vocab_size": len(VOCAB), "hidden_size": 16, "intermediate_size": 64, "num_hidden_layers": 2,
                              "num_attention_heads": 4, "max_position_embeddings": CONTEXT, "hidden_act": "quick_gelu"},
              "vision_config": {"hidden_size": 24, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 3,
                                "image_size": 32, "patch_size": 8, "layer_norm_eps": 1e-05}}
    (root / "hf" / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    processor = {"crop_size": 32, "do_center_crop": True, "do_normalize": True, "do_resize": True,
                 "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": MEAN, "image_std": STD, "resample": 3, "size": 32}
    (root / "hf" / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")
    (root / "hf" / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(VOCAB)}, separators=(",", ":")))
    save_merges(root / "hf" / "merges.txt", "#version: 0.2")
    goldens["hf"] = golden(hf, 32, rgb_first, 48, 8, hf.visual.positional_embedding)

    openai = CLIP(VisionTransformer(32, 16, 64, 1, 1), 64, 1, 1)
    round_weights(openai, torch.float16)
    save_safetensors(root / "openai" / "open_clip_model.safetensors", openai_tensors(openai, torch.float16))
    save_merges(root / "openai" / "bpe_simple_vocab_16e6.txt", '"bpe_simple_vocab_16e6.txt#version: 0.2')
    goldens["openai"] = golden(openai, 32, rgb_last, 48, 16, openai.visual.positional_embedding)

    resnet = CLIP(ModifiedResNet((2, 1, 1, 1), 2, 64, 4), 64, 1, 1)
    round_weights(resnet, torch.bfloat16)
    save_safetensors(root / "resnet" / "model.safetensors", openai_tensors(resnet, torch.bfloat16))
    save_merges(root / "resnet" / "bpe_simple_vocab_16e6.txt", '"bpe_simple_vocab_16e6.txt#version: 0.2')
    goldens["resnet"] = golden(resnet, 64, rgb_last, 96, 32, resnet.visual.attnpool.positional_embedding)
    write("checkpoints.json", goldens)


if __name__ == "__main__":
    make()
