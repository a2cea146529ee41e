#!/usr/bin/env python3
"""Writes operations.json, optimizers.json and clip.json: what PyTorch computes in double, for the tests of this folder to compare with.

Debian's python3-torch is enough (made with 1.13):  python3 tests/golden/make_goldens.py
No test runs it. Weights, inputs and upstream gradients are draws of Lcg, which fill.c has too, so the files hold results only:
    operations.json  name: {"y": […], "d0": [gradient of input 0], …, and what else the operation changes}
    optimizers.json  name: {"w": […], "b": […]}, a matrix and a bias after each of five steps, one after the other
    clip.json        "step": {parameter: sum of its gradient times draws, …}, "run": {"losses": […], …}
Arrays are flat and row-major; numbers have 14 digits."""
import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent


class Lcg:
    def __init__(self, seed):
        self.x = seed

    def draw(self):
        self.x = (1664525 * self.x + 1013904223) % 2**32
        return self.x / 2**32 - 0.5

    def fill(self, *shape, scale):
        return torch.tensor([self.draw() for _ in range(math.prod(shape))]).mul(scale).reshape(shape)

    def integer(self, least, count):
        return least + int((self.draw() + 0.5) * count)


def flat(t):
    return [float(f"{x:.14g}") for x in t.detach().reshape(-1).tolist()]


def write(name, content):
    """One line an array, so that a difference between two versions can be read."""
    text = json.dumps(content, indent=1)
    lines = []
    for line in text.split("\n"):
        if lines and (line.strip().lstrip("-")[:1].isdigit() or line.strip() in ("]", "],")):
            lines[-1] += line.strip()
        else:
            lines.append(line)
    (HERE / name).write_text("\n".join(lines) + "\n")


# ---- single operations ----

OPERATIONS = {}


def operation(name, function, *shapes, scale=2):
    """Inputs, then the upstream gradient, are drawn from Lcg(1) in this order; scale may be a list, one for each input."""
    lcg = Lcg(1)
    scales = scale if isinstance(scale, list) else [scale] * len(shapes)
    inputs = [lcg.fill(*shape, scale=s).requires_grad_() for shape, s in zip(shapes, scales)]
    y = function(*inputs)
    y.backward(lcg.fill(*y.shape, scale=2))
    OPERATIONS[name] = {"y": flat(y)} | {f"d{i}": flat(x.grad) for i, x in enumerate(inputs)}


def batchnorm(name, training, activation=lambda x: x, keras=False):
    mean, var = torch.tensor([0.1, -0.2, 0.3]), torch.tensor([0.5, 1.5, 2.5])

    def run(x, weight, bias):
        if keras:  # moving = momentum moving + (1 - momentum) batch, with the biased variance: BatchNormalization, not fused
            with torch.no_grad():
                mean.mul_(0.99).add_(0.01 * x.mean((0, 2, 3)))
                var.mul_(0.99).add_(0.01 * x.var((0, 2, 3), unbiased=False))
            return activation(F.batch_norm(x, None, None, weight, bias, True, 0, 1e-3))
        return activation(F.batch_norm(x, mean, var, weight, bias, training, 0.1, 1e-5))

    operation(name, run, (3, 3, 2, 5), (3,), (3,))
    OPERATIONS[name] |= {"running_mean": flat(mean), "running_var": flat(var)}


def attention(qkv, heads, causal):
    B, T, D = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
    q, k, v = (z.reshape(B, T, heads, D // heads).transpose(1, 2) for z in qkv.split(D, dim=2))
    scores = q @ k.transpose(2, 3) / math.sqrt(D // heads)
    if causal:
        scores = scores + torch.full((T, T), -math.inf).triu(1)
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(B, T, D)


def sdpa(q, k, v, heads, mask=None):
    def split(z):
        return z.reshape(*z.shape[:2], heads, -1).transpose(1, 2)

    scores = split(q) @ split(k).transpose(2, 3) / math.sqrt(q.shape[2] // heads)
    return ((scores if mask is None else scores + mask).softmax(-1) @ split(v)).transpose(1, 2).flatten(2)


def recurrent(function, states, hidden):
    def run(x, *weights):
        zero = torch.zeros(1, x.shape[0], hidden)
        start = (zero,) * states if states > 1 else zero
        return function(x, start, weights, True, 1, 0.0, False, False, True)[0]

    return run


def ranking(scores, margin, hardest):
    """vsepp's ContrastiveLoss."""
    own = scores.diagonal()
    eye = torch.eye(len(scores), dtype=torch.bool)
    of_images = (margin + scores - own[:, None]).clamp(min=0).masked_fill(eye, 0)
    of_texts = (margin + scores - own[None]).clamp(min=0).masked_fill(eye, 0)
    if hardest:
        return of_images.max(1).values.sum() + of_texts.max(0).values.sum()
    return of_images.sum() + of_texts.sum()


def devise(scores, labels, margin):
    violations = (margin + scores - scores.gather(1, labels[:, None])).clamp(min=0)
    return (violations.sum() - margin * len(scores)) / len(scores)  # the right class is its own violation of margin


def scan_t2i(images, texts, words, softmax_scale, lse_scale):
    columns = []
    for text, n in zip(texts, words):
        attention = F.leaky_relu(torch.einsum("nrd,wd->nrw", images, text[:n]), 0.1)
        attention = attention / (attention.norm(dim=2, keepdim=True) + 1e-8)
        found = torch.einsum("nrw,nrd->nwd", (attention * softmax_scale).softmax(1), images)
        relevance = F.cosine_similarity(text[:n].expand_as(found), found, dim=2)
        columns.append((relevance * lse_scale).logsumexp(1) / lse_scale)
    return torch.stack(columns, 1)


def lorentz_time(x, c):
    return (1 / c + x.square().sum(-1)).sqrt()


def lorentz_exp0(v, c):
    length = c.sqrt() * v.norm(dim=-1, keepdim=True)
    return length.sinh() * v / length


def lorentz_distance(x, y, c):
    inner = x @ y.T - torch.outer(lorentz_time(x, c), lorentz_time(y, c))
    return (-c * inner).acosh() / c.sqrt()


def lorentz_half_aperture(x, c):
    return (0.2 / (x.norm(dim=-1) * c.sqrt() + 1e-8)).clamp(-1 + 1e-8, 1 - 1e-8).asin()


def lorentz_exterior_angle(x, y, c):
    u = c * ((x * y).sum(-1) - lorentz_time(x, c) * lorentz_time(y, c))
    cosine = (lorentz_time(y, c) + u * lorentz_time(x, c)) / (x.norm(dim=-1) * (u.square() - 1).sqrt() + 1e-8)
    return cosine.clamp(-1 + 1e-8, 1 - 1e-8).acos()


def entailment(x, y, c):
    return (lorentz_exterior_angle(x, y, c) - lorentz_half_aperture(x, c)).clamp(min=0).mean()


def make_losses():
    targets = torch.tensor([[0.1, 0.4, 0, 0.3, 1], [0, 0, 1, 0, 0], [0.5, 0.25, 0, 0.25, 0]])
    q = torch.tensor([[0.1, 0.4, 0, 0.3, 0.2], [0, 0, 1, 0, 0], [0.5, 0.25, 0, 0.25, 0]])
    labels, signs = torch.tensor([4, 0, 2]), 2 * torch.eye(5) - 1
    operation("bce_with_logits", lambda x: F.binary_cross_entropy_with_logits(x, targets), (3, 5), scale=8)
    operation("kl_divergence", lambda x: F.kl_div(x.log_softmax(-1), q, reduction="none").sum(1), (3, 5), scale=8)
    z = torch.tensor([[1, -1, 1, -1, -1], [1, 1, -1, -1, -1], [-1, -1, -1, 1, -1]])
    operation("siglip_pairs", lambda x: -F.logsigmoid(z * x).sum() / 3, (3, 5), scale=8)
    operation("siglip", lambda x: -F.logsigmoid(signs * x).sum() / 5, (5, 5), scale=8)
    operation("devise", lambda s: devise(s, labels, 0.1), (3, 5))
    operation("ranking_sum", lambda s: ranking(s, 0.2, False), (5, 5))
    operation("ranking_max", lambda s: ranking(s, 0.2, True), (5, 5))
    operation("cosine", lambda a, b: F.cosine_similarity(a, b), (3, 5), (3, 5))
    operation("order", lambda i, t: -(t[None] - i[:, None]).clamp(min=0).norm(dim=2), (3, 4), (5, 4))
    operation("order_squared", lambda i, t: -(t[None] - i[:, None]).clamp(min=0).square().sum(2), (3, 4), (5, 4))
    operation("scan", lambda i, t: scan_t2i(i, t, (5, 3), 9, 6), (2, 3, 4), (2, 5, 4))
    operation("lorentz_exp0", lambda v, c: lorentz_exp0(v, c + 1.5), (3, 4), (), scale=[4, 1])
    operation("lorentz_distance", lambda x, y, c: lorentz_distance(x, y, c + 1.5), (3, 4), (5, 4), (), scale=[4, 4, 1])
    operation("lorentz_half_aperture", lambda x, c: lorentz_half_aperture(x, c + 1.5), (3, 4), (), scale=[4, 1])
    operation("lorentz_exterior_angle", lambda x, y, c: lorentz_exterior_angle(x, y, c + 1.5), (3, 4), (3, 4), (),
              scale=[4, 4, 1])
    operation("entailment", lambda x, y, c: entailment(x, y, c + 1.5), (3, 4), (3, 4), (), scale=[4, 4, 1])


def make_operations():
    operation("add", lambda a, b: a + b, (3, 1, 4), (5, 1))
    operation("sub", lambda a, b: a - b, (5, 1), (3, 1, 4))
    operation("mul", lambda a, b: a * b, (3, 5, 4), (5, 1))
    operation("div", lambda a, b: a / b, (3, 5), (5,), scale=2)
    operation("affine", lambda x: -1.5 * x + 0.25, (3, 5))
    operation("exp", torch.exp, (3, 5))
    operation("log_exp", lambda x: torch.log(x.exp()), (3, 5))
    operation("relu", torch.relu, (3, 5))
    operation("gelu", F.gelu, (5, 7), scale=8)
    operation("quick_gelu", lambda x: x * torch.sigmoid(1.702 * x), (5, 7), scale=8)
    operation("sigmoid", torch.sigmoid, (5, 7), scale=8)
    operation("tanh", torch.tanh, (5, 7), scale=8)
    operation("silu", F.silu, (5, 7), scale=8)
    operation("softplus", F.softplus, (5, 7), scale=8)
    operation("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), (5, 7), scale=8)
    operation("leaky_relu", lambda x: F.leaky_relu(x, 0.1), (3, 5))
    operation("abs", torch.abs, (3, 5))
    operation("sqrt", lambda x: (x + 1.5).sqrt(), (3, 5))
    operation("sinh", torch.sinh, (3, 5), scale=4)
    operation("acosh", lambda x: (x + 2.1).acosh(), (3, 5))
    operation("asin", torch.asin, (3, 5), scale=1.9)
    operation("acos", torch.acos, (3, 5), scale=1.9)
    operation("clamp", lambda x: x.clamp(-0.6, 0.3), (5, 7))
    operation("sum", lambda x: x.sum(1), (3, 5, 7))
    operation("mean", lambda x: x.mean(0), (3, 5, 7))
    operation("max", lambda x: x.max(1).values, (3, 5, 7))
    operation("logsumexp", lambda x: x.logsumexp(1), (3, 5, 7), scale=8)
    operation("norm", lambda x: torch.linalg.norm(x, dim=-1), (3, 5, 7))
    operation("matmul_nn", torch.matmul, (2, 3, 5), (5, 7))
    operation("matmul_nt", lambda a, b: a @ b.transpose(1, 2), (2, 3, 5), (2, 7, 5))
    operation("matmul_tn", lambda a, b: a.transpose(1, 2) @ b, (2, 5, 3), (2, 5, 7))
    operation("linear", F.linear, (2, 3, 5), (7, 5), (7,))
    operation("softmax", lambda x: x.softmax(-1), (3, 5), scale=8)
    mask = torch.full((5, 5), -math.inf).triu(1)
    operation("softmax_mask", lambda x: (x + mask).softmax(-1), (3, 5, 5), scale=8)
    operation("log_softmax", lambda x: x.log_softmax(-1), (3, 5), scale=8)
    operation("attention", lambda qkv: attention(qkv, 3, False), (2, 3, 27), scale=4)
    operation("attention_causal", lambda qkv: attention(qkv, 2, True), (2, 5, 18), scale=4)
    operation("sdpa", lambda q, k, v: sdpa(q, k, v, 2), (2, 3, 4), (2, 5, 4), (2, 5, 6), scale=4)
    causal = torch.full((3, 3), -math.inf).triu(1)
    operation("sdpa_causal", lambda q, k, v: sdpa(q, k, v, 2, causal), (2, 3, 4), (2, 3, 4), (2, 3, 4), scale=4)
    padding = torch.tensor([[0, 0, 0, 0, 0], [0, 0, -math.inf, -math.inf, -math.inf]]).reshape(2, 1, 1, 5)
    operation("sdpa_padding", lambda q, k, v: sdpa(q, k, v, 3, padding), (2, 3, 6), (2, 5, 6), (2, 5, 3), scale=4)
    operation("lstm", recurrent(torch._VF.lstm, 2, 2), (3, 4, 5), (8, 5), (8, 2), (8,), (8,))
    operation("gru", recurrent(torch._VF.gru, 1, 2), (3, 4, 5), (6, 5), (6, 2), (6,), (6,))
    operation("layernorm", lambda x, w, b: F.layer_norm(x, (7,), w, b, 1e-5), (3, 5, 7), (7,), (7,))
    operation("l2norm", lambda x: x / (x.square().sum(-1, keepdim=True) + 1e-3).sqrt(), (3, 5))
    batchnorm("batchnorm_training", True)
    batchnorm("batchnorm_training_relu", True, F.relu)
    batchnorm("batchnorm_evaluation", False)
    batchnorm("batchnorm_keras", True, keras=True)
    batchnorm("batchnorm_keras_silu", True, F.silu, keras=True)
    operation("conv2d", lambda x, w, b: F.conv2d(x, w, b, stride=2, padding=1), (2, 3, 5, 7), (4, 3, 3, 3), (4,))
    operation("conv2d_same", lambda x, w: F.conv2d(x, w, padding=2), (2, 1, 5, 4), (3, 1, 5, 5))
    operation("conv2d_patches", lambda x, w: F.conv2d(x, w, stride=2), (2, 3, 4, 6), (5, 3, 2, 2))
    operation("conv2d_1x1", lambda x, w, b: F.conv2d(x, w, b), (2, 3, 3, 5), (4, 3, 1, 1), (4,))
    operation("conv2d_1x1_wide", lambda x, w, b: F.conv2d(x, w, b), (3, 3, 12, 11), (4, 3, 1, 1), (4,))
    operation("conv2d_1x1_pixel", lambda x, w, b: F.conv2d(x, w, b), (5, 3, 1, 1), (4, 3, 1, 1), (4,))
    operation("conv2d_grouped", lambda x, w, b: F.conv2d(x, w, b, 2, 1, groups=3), (2, 6, 5, 7), (9, 2, 3, 3), (9,))
    operation("conv2d_end", lambda x, w: F.conv2d(F.pad(x, (1, 2, 1, 2)), w, None, 2), (2, 3, 6, 8), (4, 3, 5, 5))
    operation("conv2d_depthwise", lambda x, w, b: F.conv2d(x, w, b, 1, 2, groups=3), (2, 3, 4, 7), (3, 1, 5, 5), (3,))
    operation("conv2d_depthwise_end", lambda x, w: F.conv2d(F.pad(x, (0, 1, 0, 1)), w, None, 2, groups=4), (3, 4, 6, 10),
              (4, 1, 3, 3))
    operation("conv2d_depthwise_far", lambda x, w: F.conv2d(x, w, None, 3, 1, groups=2), (2, 2, 7, 8), (2, 1, 2, 4))
    operation("avgpool2d", lambda x: F.avg_pool2d(x, 3), (2, 3, 6, 9))
    operation("avgpool2d_all", lambda x: x.mean((2, 3), keepdim=True), (2, 3, 5, 4))
    operation("avgpool2d_ceil", lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True), (2, 3, 8, 7))
    operation("avgpool2d_ceil_border", lambda x: F.avg_pool2d(x, 2, 2, 1, ceil_mode=True), (2, 3, 5, 7))
    operation("maxpool2d", lambda x: F.max_pool2d(x, 3, 2, 1), (2, 3, 7, 6))
    operation("maxpool2d_ceil", lambda x: F.max_pool2d(x, 2, ceil_mode=True), (2, 3, 7, 6))
    ids = torch.tensor([[6, 0, 3, 3, 0], [1, 3, 5, 3, 2], [0, 6, 6, 1, 3]])
    operation("embedding", lambda table: F.embedding(ids, table), (8, 5))
    operation("gather_rows", lambda x: x[torch.arange(3), torch.tensor([4, 0, 2])], (3, 5, 7))
    operation("permute", lambda x: x.permute(2, 0, 3, 1), (2, 3, 5, 4))
    operation("concat", lambda a, b: torch.cat([a, b, a], 1), (3, 2, 5), (3, 4, 5))
    operation("slice", lambda x: x[:, 2:5], (3, 7, 5))
    labels = torch.tensor([4, 0, 2])
    soft = torch.tensor([[0.1, 0.4, 0, 0.3, 0.2], [0, 0, 1, 0, 0], [0.5, 0.25, 0, 0.25, 0]])
    operation("cross_entropy", lambda z: F.cross_entropy(z, labels), (3, 5), scale=8)
    operation("cross_entropy_smoothed", lambda z: F.cross_entropy(z, labels, label_smoothing=0.1), (3, 5), scale=8)
    operation("cross_entropy_soft", lambda z: F.cross_entropy(z, soft), (3, 5), scale=8)
    operation("cross_entropy_soft_smoothed", lambda z: F.cross_entropy(z, soft, label_smoothing=0.3), (3, 5), scale=8)
    make_losses()
    write("operations.json", OPERATIONS)


# ---- optimisers ----

RATES = [0.1, 0.2, 0.05, 0.1, 0.02]


def optimizer(make, rows=3):
    """Five steps of a matrix of 12 numbers and a bias of 4, which are draws, as are the gradients; each step has another rate."""
    lcg = Lcg(2)
    w, b = (lcg.fill(*shape, scale=4).requires_grad_() for shape in [(rows, 12 // rows), (4,)])
    method = make(w, b)
    after = {"w": [], "b": []}
    for rate in RATES:
        w.grad, b.grad = lcg.fill(*w.shape, scale=2), lcg.fill(4, scale=2)
        for group in method.param_groups:
            group["lr"] = rate
        method.step()
        after["w"] += flat(w)
        after["b"] += flat(b)
    return after


class Written(torch.optim.Optimizer):
    """What PyTorch does not have, as the official code of the models has it."""

    def __init__(self, params, rule, **options):
        super().__init__(params, {"lr": 1, "exempt": False, **options})
        self.rule = rule

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                s = self.state[p]
                s["t"] = s.get("t", 0) + 1
                (b1, b2), g = group["betas"], p.grad
                s["m"] = b1 * s.get("m", torch.zeros_like(p)) + (1 - b1) * g
                s["v"] = b2 * s.get("v", torch.zeros_like(p)) + (1 - b2) * g * g
                self.rule(p, s["m"], s["v"], 1 - b1 ** s["t"], 1 - b2 ** s["t"], 0 if group["exempt"] else group["weight_decay"], group)


def adamw_uniter(p, m, v, of_m, of_v, decay, group):
    """UNITER, optim/adamw.py: p.data.addcdiv_(-step_size, exp_avg, denom), then p.data.add_(-lr * weight_decay, p.data)"""
    p -= group["lr"] * math.sqrt(of_v) / of_m * m / (v.sqrt() + group["eps"])
    p -= group["lr"] * decay * p


def lamb_tfa(p, m, v, of_m, of_v, decay, group):
    """tensorflow_addons, optimizers/lamb.py; what is excluded from decay is excluded from layer adaptation too"""
    r = m / of_m / ((v / of_v).sqrt() + group["eps"]) + decay * p
    ratio = 1 if group["exempt"] or p.norm() == 0 or r.norm() == 0 else p.norm() / r.norm()
    p -= group["lr"] * ratio * r


class Muon(torch.optim.Optimizer):
    """Jordan's muon.py, in double, with the length of a step of Liu et al. 2025; matrices only."""

    def __init__(self, params, **options):
        super().__init__(params, {"lr": 1, **options})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                m.lerp_(p.grad, 1 - group["momentum"])
                x = p.grad.lerp(m, group["momentum"])
                x = x.T if x.shape[0] > x.shape[1] else x
                x = x / (x.norm() + 1e-7)
                for _ in range(5):
                    a = x @ x.T
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
                x = x.T if p.shape[0] > p.shape[1] else x
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(x, alpha=-group["lr"] * group["rms"] * max(p.shape) ** 0.5)


class Both:
    """Two optimisers as one."""

    def __init__(self, *parts):
        self.parts = parts
        self.param_groups = [group for part in parts for group in part.param_groups]

    def step(self):
        for part in self.parts:
            part.step()


def make_optimizers():
    sgd, adamw = torch.optim.SGD, torch.optim.AdamW
    momentum = {"lr": 1, "momentum": 0.9, "weight_decay": 0.1}
    adam = {"lr": 1, "betas": (0.9, 0.98), "eps": 1e-2, "weight_decay": 0.1}  # a large eps: where it stands is seen
    lamb = {**adam, "betas": (0.9, 0.999)}

    def muon(w, b):
        return Both(Muon([w], momentum=0.9, rms=0.2, weight_decay=0.1), adamw([b], **adam))

    write("optimizers.json", {
        "sgd": optimizer(lambda w, b: sgd([w, b], lr=1, weight_decay=0.1)),
        "momentum": optimizer(lambda w, b: sgd([w, b], **momentum)),
        "nesterov": optimizer(lambda w, b: sgd([w, b], **momentum, nesterov=True)),
        "adamw": optimizer(lambda w, b: adamw([w, b], **adam)),
        "adamw_exempt": optimizer(lambda w, b: adamw([{"params": [w]}, {"params": [b], "weight_decay": 0}], **adam)),
        "adamw_hf": optimizer(lambda w, b: Written([w, b], adamw_uniter, **adam)),
        "muon": optimizer(muon),
        "muon_tall": optimizer(muon, rows=6),
        "lamb": optimizer(lambda w, b: Written([w, b], lamb_tfa, **lamb)),
        "lamb_exempt": optimizer(lambda w, b: Written([{"params": [w]}, {"params": [b], "exempt": True}], lamb_tfa, **lamb)),
    })


# ---- a tiny CLIP, with the parameter names of OpenAI's ----

class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    def __init__(self, width, heads, causal):
        super().__init__()
        self.causal = causal
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(width, 4 * width))
        self.mlp.add_module("gelu", QuickGELU())
        self.mlp.add_module("c_proj", nn.Linear(4 * width, width))

    def forward(self, x):
        T = x.shape[1]
        mask = torch.full((T, T), -math.inf).triu(1) if self.causal else None
        n = self.ln_1(x)
        x = x + self.attn(n, n, n, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads, causal):
        super().__init__()
        self.resblocks = nn.Sequential(*[Block(width, heads, causal) for _ in range(layers)])

    def forward(self, x):
        return self.resblocks(x)


def empty(*shape):
    return nn.Parameter(torch.empty(shape))


class Vit(nn.Module):
    def __init__(self, size, patch, width, layers, heads, embed):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding, self.proj = empty(width), empty(width, embed)
        self.positional_embedding = empty((size // patch) ** 2 + 1, width)
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, heads, False)

    def forward(self, pixels):
        x = self.conv1(pixels).flatten(2).transpose(1, 2)
        cls = self.class_embedding.expand(len(x), 1, -1)
        x = self.transformer(self.ln_pre(torch.cat([cls, x], 1) + self.positional_embedding))
        return self.ln_post(x[:, 0]) @ self.proj


class Clip(nn.Module):
    def __init__(self, embed=8, size=8, patch=4, width=64, layers=2, context=6, vocab=32):
        super().__init__()
        self.visual = Vit(size, patch, width, layers, 1, embed)
        self.token_embedding = nn.Embedding(vocab, width)
        self.positional_embedding, self.text_projection = empty(context, width), empty(width, embed)
        self.transformer = Transformer(width, layers, 1, True)
        self.ln_final = nn.LayerNorm(width)
        self.logit_scale = empty()

    def forward(self, pixels, ids):
        x = self.transformer(self.token_embedding(ids) + self.positional_embedding)
        text = self.ln_final(x[torch.arange(len(ids)), ids.argmax(1)]) @ self.text_projection
        image, text = F.normalize(self.visual(pixels), dim=1, eps=0), F.normalize(text, dim=1, eps=0)
        logits = self.logit_scale.exp() * image @ text.T
        pairs = torch.arange(len(ids))
        return (F.cross_entropy(logits, pairs) + F.cross_entropy(logits.T, pairs)) / 2


def filled_clip(lcg):
    model = Clip()
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            if name == "logit_scale":
                p.fill_(math.log(1 / 0.07))
            else:
                gain = p.ndim == 1 and name.endswith(".weight")
                p.copy_(lcg.fill(*p.shape, scale=0.6) + gain)
    return model


def make_step():
    """The step of clip_step.c. The loss printed by OpenAI's model.py is 2.0979469169861513."""
    lcg = Lcg(12345)
    model = filled_clip(lcg)
    loss = model(lcg.fill(2, 3, 8, 8, scale=4), torch.tensor([[30, 3, 7, 31, 0, 0], [30, 9, 31, 0, 0, 0]]))
    loss.backward()
    norm = math.sqrt(sum(p.grad.square().sum() for p in model.parameters()))
    print(f"step: loss {loss.item():.16g}, dL/dlogit_scale {model.logit_scale.grad.item():.16g}, gradient norm {norm:.16g}")
    lcg = Lcg(54321)
    return {n: (p.grad * lcg.fill(*p.shape, scale=2)).sum().item() for n, p in sorted(model.named_parameters())}


STEPS, WARMUP, BATCH, RATE, MOST = 10, 3, 4, 5e-3, 8.0


def random_text(lcg):
    words = lcg.integer(1, 4)
    ids = [30] + [lcg.integer(1, 29) for _ in range(words)] + [31]
    return ids + [0] * (6 - len(ids))


def make_run():
    """Ten steps of training: AdamW with decay groups, clipping, warm-up and cosine, the clamp of logit_scale. It begins
    above the clamp, at ln 120, and with gradients of which some are longer than MOST and some shorter: both have work."""
    lcg = Lcg(12345)
    model = filled_clip(lcg)
    with torch.no_grad():
        model.logit_scale.fill_(math.log(120))
    groups = [{"params": [p for p in model.parameters() if p.ndim >= 2], "weight_decay": 0.2},
              {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6)
    losses, norms, scales = [], [], []
    for step in range(STEPS):
        pixels = lcg.fill(BATCH, 3, 8, 8, scale=4)
        loss = model(pixels, torch.tensor([random_text(lcg) for _ in range(BATCH)]))
        adamw.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), MOST).item())
        along = (step - WARMUP) / (STEPS - WARMUP)
        for group in adamw.param_groups:
            group["lr"] = RATE * ((step + 1) / WARMUP if step < WARMUP else 0.5 * (1 + math.cos(math.pi * along)))
        adamw.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))
        losses.append(loss.item())
        scales.append(model.logit_scale.item())
    assert min(norms) < MOST < max(norms) and max(scales) == math.log(100) > min(scales)
    return {"losses": losses, "norms": norms, "scales": scales}


if __name__ == "__main__":
    make_operations()
    make_optimizers()
    write("clip.json", {"step": make_step(), "run": make_run()})
