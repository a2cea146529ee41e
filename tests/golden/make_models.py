#!/usr/bin/env python3
"""Writes models.json: what recurrent networks, BERT, a Transformer decoder and optimal transport come to in PyTorch, in double.

python3 tests/golden/make_models.py, as make_goldens.py, whose draws it uses: Lcg(7) gives the parameters in the order of their
names, then inputs, then the upstream gradient; Lcg(54321) the factors of the gradients of parameters.
    models.json  name: {"y": [the result], "d0": [gradient of input 0], …}, "name gradients": {parameter: sum of its gradient times draws}"""
import torch
from torch import nn
from torch.nn import functional as F

from make_goldens import Lcg, flat, write

MODELS = {}


def model_golden(name, model, run, *shapes):
    lcg = Lcg(7)
    with torch.no_grad():
        for n, p in sorted(model.named_parameters()):
            p.copy_(lcg.fill(*p.shape, scale=0.6) + (p.ndim == 1 and n.endswith(".weight")))
    inputs = [lcg.fill(*shape, scale=2).requires_grad_() for shape in shapes]
    y = run(*inputs)
    y.backward(lcg.fill(*y.shape, scale=2))
    MODELS[name] = {"y": flat(y)} | {f"d{i}": flat(x.grad) for i, x in enumerate(inputs)}
    lcg = Lcg(54321)
    MODELS[name + " gradients"] = {n: (p.grad * lcg.fill(*p.shape, scale=2)).sum().item()
                                   for n, p in sorted(model.named_parameters())}


def make_recurrent():
    lengths = torch.tensor([5, 2, 4])
    for name, cls in ("lstm", nn.LSTM), ("gru", nn.GRU):
        net = cls(3, 4, num_layers=2, batch_first=True)

        def run(x):
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            states = nn.utils.rnn.pad_packed_sequence(net(packed)[0], batch_first=True, total_length=5)[0]
            last = states[torch.arange(3), lengths - 1]
            return torch.cat([states.flatten(), last.flatten()])

        model_golden(name + "_layers", nn.ModuleDict({"rnn": net}), run, (3, 5, 3))


class BertLayer(nn.Module):
    """Post-LN, as BertLayer of Hugging Face, whose names these are."""

    def __init__(self, width, heads, intermediate):
        super().__init__()
        self.heads = heads
        own = nn.ModuleDict({n: nn.Linear(width, width) for n in ("query", "key", "value")})
        out = nn.ModuleDict({"dense": nn.Linear(width, width), "LayerNorm": nn.LayerNorm(width, eps=1e-12)})
        self.attention = nn.ModuleDict({"self": own, "output": out})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, intermediate)})
        self.output = nn.ModuleDict({"dense": nn.Linear(intermediate, width), "LayerNorm": nn.LayerNorm(width, eps=1e-12)})

    def forward(self, x, mask):
        own, out = self.attention["self"], self.attention["output"]
        B, T, D = x.shape
        q, k, v = (own[n](x).reshape(B, T, self.heads, -1).transpose(1, 2) for n in ("query", "key", "value"))
        scores = q @ k.transpose(2, 3) / (D // self.heads) ** 0.5 + mask
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(B, T, D)
        x = out["LayerNorm"](x + out["dense"](y))
        return self.output["LayerNorm"](x + self.output["dense"](F.gelu(self.intermediate["dense"](x))))


class Bert(nn.Module):
    def __init__(self, vocab, width, layers, heads, intermediate, positions, types):
        super().__init__()
        self.embeddings = nn.ModuleDict({"word_embeddings": nn.Embedding(vocab, width),
                                         "position_embeddings": nn.Embedding(positions, width),
                                         "token_type_embeddings": nn.Embedding(types, width),
                                         "LayerNorm": nn.LayerNorm(width, eps=1e-12)})
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList([BertLayer(width, heads, intermediate) for _ in range(layers)])})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(width, width)})

    def forward(self, ids, types, mask):
        e = self.embeddings
        x = e["word_embeddings"](ids) + e["position_embeddings"](torch.arange(ids.shape[1])) + e["token_type_embeddings"](types)
        x = e["LayerNorm"](x)
        for layer in self.encoder["layer"]:
            x = layer(x, mask)
        return x, self.pooler["dense"](x[:, 0]).tanh()


def make_bert():
    ids = torch.tensor([[1, 5, 9, 2], [1, 7, 2, 0]])
    types = torch.tensor([[0, 0, 1, 1], [0, 1, 1, 0]])
    mask = torch.tensor([[0, 0, 0, 0], [0, 0, 0, -10000.0]]).reshape(2, 1, 1, 4)
    model = Bert(vocab=11, width=6, layers=2, heads=2, intermediate=10, positions=5, types=2)
    model_golden("bert", nn.ModuleDict({"bert": model}), lambda: torch.cat([z.flatten() for z in model(ids, types, mask)]))


def make_decoder():
    layer = nn.TransformerDecoderLayer(6, 2, 10, dropout=0, activation="gelu", batch_first=True, norm_first=True)
    decoder = nn.TransformerDecoder(layer, 2, norm=nn.LayerNorm(6))
    causal = torch.full((4, 4), -torch.inf).triu(1)
    padding = torch.tensor([[False, False, False], [False, True, True]])
    model_golden("decoder", nn.ModuleDict({"decoder": decoder}),
                 lambda x, memory: decoder(x, memory, tgt_mask=causal, memory_key_padding_mask=padding), (2, 4, 6), (2, 3, 6))


def transport(x, y, m, n, iterations, beta=0.5):
    """One example without padding, as sums that are not matrix products. m and n: how many rows of x and y count."""
    cost = 1 - F.normalize(x[:m], dim=1) @ F.normalize(y[:n], dim=1).T
    kernel, plan = (-cost / beta).exp(), torch.ones(m, n)
    rows = torch.full((m, 1), 1 / m)
    for _ in range(iterations):
        plan = plan * kernel
        columns = 1 / (n * (plan * rows).sum(0, keepdim=True))
        rows = 1 / (m * (plan * columns).sum(1, keepdim=True))
        plan = rows * plan * columns
    return (cost * plan).sum().item()


def make_transport():
    """The inputs of the golden of UNITER's model/ot.py, which computes in float."""
    b, i, d = torch.arange(2.0).reshape(2, 1, 1), torch.arange(4.0).reshape(1, 4, 1), torch.arange(5.0)
    x, y = (1 + 3 * i + 7 * d + b).sin(), (2 + 5 * i[:, :3] + 3 * d - b).cos()
    MODELS["ipot"] = {str(k): [transport(x[0], y[0], 4, 3, k), transport(x[1], y[1], 3, 2, k)] for k in (1, 10, 50, 200)}


if __name__ == "__main__":
    make_recurrent()
    make_bert()
    make_decoder()
    make_transport()
    write("models.json", MODELS)
