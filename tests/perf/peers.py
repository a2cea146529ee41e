"""The models of models.c in PyTorch, timed as bench times them. Weights come from a file of `bench MODEL --save`, inputs are the
same numbers, so the first loss must be the same.

    peers.py MODEL WEIGHTS [--batch N] [--steps N] [--threads N] [--onnx FILE]

prints median ms, peak MiB and the first loss (the sum of the outputs in inference), separated by tabs.
"""
import argparse
import json
import resource
import statistics
import struct
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

D = nn.ModuleDict


def reals(*shape):
    i = torch.arange(int(numpy.prod(shape)))
    return ((i * 7919 % 2001).float() / 1000 - 1).reshape(shape)


def ids(below, *shape):
    return (torch.arange(int(numpy.prod(shape))) * 7919 % below).reshape(shape)


def tensor(*shape):
    return nn.Parameter(torch.empty(shape))


def load(model, path):
    raw = open(path, "rb").read()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    state = model.state_dict()
    ours = {k for k in state if not k.endswith("num_batches_tracked")}
    assert ours == set(header), sorted(ours ^ set(header))[:10]
    for name, entry in header.items():
        a, b = entry["data_offsets"]
        value = numpy.frombuffer(raw[8 + size + a : 8 + size + b], dtype="<f4").reshape(entry["shape"])
        state[name].copy_(torch.from_numpy(value.copy()))


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    """openai/CLIP model.py, ResidualAttentionBlock"""

    def __init__(self, width, heads, mask):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = D({"c_fc": nn.Linear(width, 4 * width), "gelu": QuickGELU(), "c_proj": nn.Linear(4 * width, width)})
        self.mask = mask

    def forward(self, x):
        h = self.ln_1(x)
        x = x + self.attn(h, h, h, need_weights=False, attn_mask=self.mask)[0]
        for layer in [self.ln_2, *self.mlp.values()]:
            h = layer(x if layer is self.ln_2 else h)
        return x + h


def transformer(width, layers, heads, mask=None):
    return D({"resblocks": nn.Sequential(*[Block(width, heads, mask) for _ in range(layers)])})


class Vit(nn.Module):
    def __init__(self, size, patch, width, layers, heads, embed):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = tensor(width)
        self.positional_embedding = tensor((size // patch) ** 2 + 1, width)
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = transformer(width, layers, heads)
        self.proj = tensor(width, embed)

    def forward(self, pixels):
        x = self.conv1(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_embedding.expand(x.shape[0], 1, -1), x], 1) + self.positional_embedding
        x = self.transformer["resblocks"](self.ln_pre(x))
        return self.ln_post(x[:, 0]) @ self.proj


class Stage(nn.Module):
    """src/nn/resnet.c: halve, then one residual block"""

    def __init__(self, i, o, shortcut):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(i, o, 3, 2, 1, bias=False), nn.BatchNorm2d(o)
        if shortcut:
            self.downsample = nn.Sequential(nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o))
        self.add_module("0", D({"conv1": nn.Conv2d(o, o, 3, 1, 1, bias=False), "bn1": nn.BatchNorm2d(o),
                                "conv2": nn.Conv2d(o, o, 3, 1, 1, bias=False), "bn2": nn.BatchNorm2d(o)}))
        self.shortcut = shortcut

    def forward(self, x):
        y = self.bn(self.conv(x))
        x = F.relu(y + self.downsample(F.avg_pool2d(x, 2)) if self.shortcut else y)
        b = getattr(self, "0")
        y = b["bn2"](b["conv2"](F.relu(b["bn1"](b["conv1"](x)))))
        return F.relu(y + x)


class Resnet(nn.Module):
    def __init__(self, size, widths, embed):
        super().__init__()
        channels = [3, *widths]
        for s in range(len(widths)):
            self.add_module(f"layer{s + 1}", Stage(channels[s], channels[s + 1], s > 0))
        self.stages = len(widths)
        self.proj = nn.Linear(widths[-1] * (size >> self.stages) ** 2, embed, bias=False)

    def forward(self, x):
        for s in range(self.stages):
            x = getattr(self, f"layer{s + 1}")(x)
        return self.proj(x.flatten(1))


class Clip(nn.Module):
    def __init__(self, batch, visual):
        super().__init__()
        self.visual = visual
        self.token_embedding = nn.Embedding(4096, 128)
        self.positional_embedding = tensor(32, 128)
        mask = torch.full((32, 32), -torch.inf).triu(1)
        self.transformer = transformer(128, 4, 4, mask)
        self.ln_final = nn.LayerNorm(128)
        self.text_projection, self.logit_scale = tensor(128, 128), tensor()
        self.pixels, self.ids = reals(batch, 3, 64, 64), ids(4096, batch, 32)

    def forward(self):
        image = F.normalize(self.visual(self.pixels), dim=-1)
        x = self.transformer["resblocks"](self.token_embedding(self.ids) + self.positional_embedding)
        text = F.normalize(self.ln_final(x[:, -1]) @ self.text_projection, dim=-1)
        logits, labels = self.logit_scale.exp() * image @ text.T, torch.arange(len(image))
        return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


class BertLayer(nn.Module):
    def __init__(self, w):
        super().__init__()
        dense = lambda i, o: nn.Linear(i, o)
        self.attention = D({"self": D({"query": dense(w, w), "key": dense(w, w), "value": dense(w, w)}),
                            "output": D({"dense": dense(w, w), "LayerNorm": nn.LayerNorm(w, 1e-12)})})
        self.intermediate = D({"dense": dense(w, 4 * w)})
        self.output = D({"dense": dense(4 * w, w), "LayerNorm": nn.LayerNorm(w, 1e-12)})

    def forward(self, x):
        heads = lambda t: t.unflatten(-1, (4, -1)).transpose(1, 2)
        q, k, v = (heads(self.attention["self"][n](x)) for n in ("query", "key", "value"))
        p = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
        y = (p @ v).transpose(1, 2).flatten(2)
        out = self.attention["output"]
        x = out["LayerNorm"](x + out["dense"](y))
        y = self.output["dense"](F.gelu(self.intermediate["dense"](x)))
        return self.output["LayerNorm"](x + y)


class Classifier(nn.Module):
    """What bert and lstm have in common: a head of 64 classes and labels 0, 1, 2, …"""

    def classify(self, x):
        x = x.reshape(-1, x.shape[-1])
        return F.cross_entropy(self.head(x), torch.arange(len(x)) % 64)


def bert_embeddings(vocab, positions, w):
    return D({"word_embeddings": nn.Embedding(vocab, w), "position_embeddings": nn.Embedding(positions, w),
              "token_type_embeddings": nn.Embedding(2, w), "LayerNorm": nn.LayerNorm(w, 1e-12)})


class Bert(Classifier):
    def __init__(self, batch):
        super().__init__()
        self.bert = D({"embeddings": bert_embeddings(4096, 64, 256), "encoder": D({"layer": nn.Sequential(*[BertLayer(256) for _ in range(4)])}),
                       "pooler": D({"dense": nn.Linear(256, 256)})})
        self.head = nn.Linear(256, 64)
        self.ids = ids(4096, batch, 64)

    def forward(self):
        e = self.bert["embeddings"]
        x = e["word_embeddings"](self.ids) + e["position_embeddings"].weight + e["token_type_embeddings"].weight[0]
        return self.classify(self.bert["encoder"]["layer"](e["LayerNorm"](x)))


class Uniter(nn.Module):
    """chapters/05-uniter/model.c, at masked words"""

    def __init__(self, batch):
        super().__init__()
        w, norm = 64, lambda: nn.LayerNorm(64, 1e-12)
        image = {"img_linear": nn.Linear(64, w), "img_layer_norm": norm(), "pos_linear": nn.Linear(7, w), "pos_layer_norm": norm(),
                 "mask_embedding": nn.Embedding(2, 64), "LayerNorm": norm()}
        self.uniter = D({"embeddings": bert_embeddings(320, 20, w), "img_embeddings": D(image),
                         "encoder": D({"layer": nn.Sequential(*[BertLayer(w) for _ in range(2)])}), "pooler": D({"dense": nn.Linear(w, w)})})
        predictions = nn.Module()
        predictions.transform, predictions.bias = D({"dense": nn.Linear(w, w), "LayerNorm": norm()}), tensor(320)
        self.cls = D({"predictions": predictions})
        self.feat_regress, self.region_classifier = nn.Module(), nn.Module()
        self.feat_regress.net, self.feat_regress.bias = nn.Sequential(nn.Linear(w, w), nn.GELU(), norm()), tensor(64)
        self.region_classifier.net = nn.Sequential(nn.Linear(w, w), nn.GELU(), norm(), nn.Linear(w, 41))
        self.itm_output = nn.Linear(w, 2)
        self.ids, self.feat, self.box = ids(320, batch, 20), reals(batch, 4, 64), reals(batch, 4, 7)
        self.words = torch.arange(3 * batch) % 320

    def forward(self):
        e, v, p = self.uniter["embeddings"], self.uniter["img_embeddings"], self.cls["predictions"]
        types = e["token_type_embeddings"].weight
        text = e["LayerNorm"](e["word_embeddings"](self.ids) + e["position_embeddings"].weight + types[0])
        image = v["img_layer_norm"](v["img_linear"](self.feat)) + v["pos_layer_norm"](v["pos_linear"](self.box)) + types[1]
        x = self.uniter["encoder"]["layer"](torch.cat([text, v["LayerNorm"](image)], 1))
        h = p.transform["LayerNorm"](F.gelu(p.transform["dense"](x[:, 2:13:5].flatten(0, 1))))
        return F.cross_entropy(h @ e["word_embeddings"].weight.T + p.bias, self.words)


class Lstm(Classifier):
    def __init__(self, batch):
        super().__init__()
        self.lstm, self.head = nn.LSTM(256, 256, batch_first=True), nn.Linear(256, 64)
        self.x = reals(batch, 32, 256)

    def forward(self):
        return self.classify(self.lstm(self.x)[0])


class Mbconv(nn.Module):
    """src/nn/efficientnet.c"""

    def __init__(self, i, o, kernel, stride, expand=6):
        super().__init__()
        w = expand * i
        norm = lambda c: nn.BatchNorm2d(c, 1e-3, 0.01)
        if expand > 1:
            self.expansion = D({"expand_conv": nn.Conv2d(i, w, 1, bias=False), "expand_bn": norm(w)})
        self.depthwise_conv = D({"depthwise_conv": nn.Conv2d(w, w, kernel, stride, 0 if stride == 2 else kernel // 2, groups=w, bias=False),
                                 "depthwise_norm": norm(w)})
        self.squeeze_excite = D({"reduce": nn.Conv2d(w, i // 4, 1), "expand": nn.Conv2d(i // 4, w, 1)})
        self.projection = D({"project_conv": nn.Conv2d(w, o, 1, bias=False), "project_bn": norm(o)})
        self.wider, self.residual, self.pad = expand > 1, i == o and stride == 1, (kernel // 2 - 1, kernel // 2) * 2 if stride == 2 else None

    def forward(self, x):
        y = F.silu(self.expansion["expand_bn"](self.expansion["expand_conv"](x))) if self.wider else x
        y = y if self.pad is None else F.pad(y, self.pad)
        y = F.silu(self.depthwise_conv["depthwise_norm"](self.depthwise_conv["depthwise_conv"](y)))
        s = F.silu(self.squeeze_excite["reduce"](y.mean((2, 3), keepdim=True)))
        y = y * torch.sigmoid(self.squeeze_excite["expand"](s))
        y = self.projection["project_bn"](self.projection["project_conv"](y))
        return x + y if self.residual else y


class Mbconvs(Classifier):
    def __init__(self, batch):
        super().__init__()
        shapes = [(24, 24, 3, 1), (24, 24, 3, 1), (24, 40, 5, 2), (40, 40, 5, 1), (40, 80, 3, 2), (80, 80, 3, 1)]
        self.blocks, self.head = nn.Sequential(*[Mbconv(*s) for s in shapes]), nn.Linear(80, 64)
        self.x = reals(batch, 24, 32, 32)

    def forward(self):
        return self.classify(self.blocks(self.x).mean((2, 3)))


class EfficientnetB0(Classifier):
    def __init__(self, batch):
        super().__init__()
        stages = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
        blocks, i = [], 32
        for repeats, kernel, stride, expand, o in stages:
            for k in range(repeats):
                blocks.append(Mbconv(i, o, kernel, 1 if k else stride, expand))
                i = o
        stem = D({"convolution": nn.Conv2d(3, 32, 3, 2, bias=False), "batchnorm": nn.BatchNorm2d(32, 1e-3, 0.01)})
        self.vision_model = D({"embeddings": stem, "encoder": D({"blocks": nn.Sequential(*blocks)})})
        self.head = nn.Linear(320, 64)
        self.x = reals(batch, 3, 224, 224)

    def forward(self):
        stem = self.vision_model["embeddings"]
        x = F.silu(stem["batchnorm"](stem["convolution"](F.pad(self.x, (0, 1, 0, 1)))))
        return self.classify(self.vision_model["encoder"]["blocks"](x).mean((2, 3)))


class VitB32(nn.Module):
    def __init__(self, batch):
        super().__init__()
        self.visual = Vit(224, 32, 768, 12, 12, 512)
        self.pixels = reals(batch, 3, 224, 224)

    def forward(self, pixels=None):
        return self.visual(self.pixels if pixels is None else pixels)


MODELS = {
    "clip-vit": (128, lambda b: Clip(b, Vit(64, 8, 128, 4, 4, 128))),
    "clip-resnet": (128, lambda b: Clip(b, Resnet(64, [32, 64, 128], 128))),
    "bert": (32, Bert),
    "uniter": (32, Uniter),
    "lstm": (64, Lstm),
    "mbconv": (32, Mbconvs),
    "efficientnet-b0": (8, EfficientnetB0),
    "vit-b32": (8, VitB32),
}


clock = time.perf_counter


def step(model, opt):
    start = clock()
    if opt is None:
        with torch.no_grad():
            result = model().double().sum().item()
    else:
        loss = model()
        result = loss.item()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        opt.zero_grad(set_to_none=True)
    return 1e3 * (clock() - start), result


def main():
    p = argparse.ArgumentParser()
    p.add_argument("model", choices=MODELS)
    p.add_argument("weights")
    p.add_argument("--batch", type=int)
    p.add_argument("--steps", type=int, default=10)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--cpu", action="store_true", help="processor time in place of time: of one thread, on a machine that has other work")
    p.add_argument("--onnx", help="only write the model in this form")
    o = p.parse_args()
    if o.cpu:
        global clock
        clock, o.threads = time.process_time, 1
    torch.set_num_threads(o.threads)
    batch, make = MODELS[o.model]
    model = make(o.batch or batch)
    load(model, o.weights)
    inference = o.model == "vit-b32"
    model.train(not inference)
    if o.onnx:
        torch.onnx.export(model.visual, model.pixels, o.onnx, input_names=["pixels"], output_names=["embedding"], opset_version=14)
        return
    # The fastest of PyTorch 1.13's two forms. Decay as in bench: matrices, tables and kernels.
    groups = [{"params": [q for q in model.parameters() if q.ndim >= 2], "weight_decay": 0.2},
              {"params": [q for q in model.parameters() if q.ndim < 2], "weight_decay": 0.0}]
    opt = None if inference else torch.optim.AdamW(groups, 1e-4, (0.9, 0.98), 1e-6, foreach=True)
    _, first = step(model, opt)
    step(model, opt)
    ms = statistics.median(step(model, opt)[0] for _ in range(o.steps))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    if o.model in ("clip-resnet", "mbconv", "efficientnet-b0"):  # convolutions may be faster with the channels last
        model.to(memory_format=torch.channels_last)
        step(model, opt)
        ms = min(ms, statistics.median(step(model, opt)[0] for _ in range(o.steps)))
    print(f"{ms:.3f}\t{peak}\t{first:.6f}")


main()
