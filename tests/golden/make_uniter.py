#!/usr/bin/python3
"""Writes uniter/ and uniter.json: a small BERT as old and as new files of Hugging Face store it, a small UNITER as its official checkpoint
is once converted to safetensors, and what PyTorch computes with them.

/usr/bin/python3 tests/golden/make_uniter.py (Debian: python3-torch; made with PyTorch 1.13).
    uniter/bert      BertForPreTraining: `bert.`, gamma and beta, position_ids, the tied decoder, the head for sentences
    uniter/plain     BertModel of the same numbers: no prefix, weight and bias, no heads
    uniter/uniter    UNITER, F16, with copies of both tied tensors
    uniter/heads     heads for that UNITER: vqa_output, rank_output
    uniter.json      "bert": hidden states and word logits of a text; "uniter": those of text and regions, with each head;
                     "heads": answers and ranks of the same, their losses and the gradients of these at the scores
UNITER's own part is written after the official model/model.py and model/pretrain.py. All computes in double."""
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

from make_align import TextModel
from make_goldens import flat, write
from safetensors_file import save_safetensors

torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).parent / "uniter"
VOCAB = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "dog", "Cat", "left", "of", "##s", "the"]
CONFIG = {"attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": 16, "initializer_range": 0.02,
          "intermediate_size": 24, "max_position_embeddings": 10, "num_attention_heads": 4, "num_hidden_layers": 2, "type_vocab_size": 2,
          "vocab_size": len(VOCAB)}
IMG_DIM, LABEL_DIM = 6, 5
IDS = torch.tensor([[3, 6, 9, 10, 11, 4], [3, 8, 12, 4, 0, 0]])  # [CLS] a Cat left of [SEP]; [CLS] dog ##s [SEP]
LENGTH, REGIONS = [6, 4], [1, 3]


def norm(n):
    return nn.LayerNorm(n, eps=1e-12)


class Transform(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.dense, self.LayerNorm = nn.Linear(w, w), norm(w)

    def forward(self, x):
        return self.LayerNorm(F.gelu(self.dense(x)))


class Words(nn.Module):
    """cls.predictions"""
    def __init__(self, w, vocab):
        super().__init__()
        self.transform, self.bias = Transform(w), nn.Parameter(torch.zeros(vocab))

    def forward(self, x, words):
        return self.transform(x) @ words.T + self.bias


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        w = CONFIG["hidden_size"]
        self.bert, self.cls = TextModel(CONFIG), nn.Module()
        self.cls.predictions, self.cls.seq_relationship = Words(w, len(VOCAB)), nn.Linear(w, 2)


class Uniter(nn.Module):
    def __init__(self):
        super().__init__()
        w, e = CONFIG["hidden_size"], nn.Module()
        self.uniter, self.cls = TextModel(CONFIG), nn.Module()
        e.img_linear, e.img_layer_norm, e.pos_linear, e.pos_layer_norm = nn.Linear(IMG_DIM, w), norm(w), nn.Linear(7, w), norm(w)
        e.mask_embedding, e.LayerNorm = nn.Embedding(2, IMG_DIM), norm(w)
        self.uniter.img_embeddings = e
        self.cls.predictions = Words(w, len(VOCAB))
        self.feat_regress = nn.Module()
        self.feat_regress.net, self.feat_regress.bias = nn.Sequential(nn.Linear(w, w), nn.GELU(), norm(w)), nn.Parameter(torch.zeros(IMG_DIM))
        self.region_classifier = nn.Module()
        self.region_classifier.net = nn.Sequential(nn.Linear(w, w), nn.GELU(), norm(w), nn.Linear(w, LABEL_DIM))
        self.itm_output = nn.Linear(w, 2)

    def forward(self, ids, length, feat, box, regions):
        e, i = self.uniter.embeddings, self.uniter.img_embeddings
        text = e.LayerNorm(e.word_embeddings(ids) + e.token_type_embeddings.weight[0] + e.position_embeddings.weight[:ids.shape[1]])
        image = i.LayerNorm(i.img_layer_norm(i.img_linear(feat)) + i.pos_layer_norm(i.pos_linear(box)) + e.token_type_embeddings.weight[1])
        states = []
        for b in range(len(ids)):  # one by one: no padding
            x = torch.cat([text[b, :length[b]], image[b, :regions[b]]])[None]
            for layer in self.uniter.encoder.layer:
                x = layer(x, torch.zeros(1, 1, 1, x.shape[1]))
            states.append(x[0])
        return states


def round_weights(model, half):
    with torch.no_grad():
        for name, p in model.named_parameters():
            gain = p.ndim == 1 and name.endswith("weight")
            p.copy_(1 + 0.3 * torch.randn(p.shape).clamp(-2, 2) if gain else 0.5 * torch.randn(p.shape))
            p.copy_((p.half() if half else p.float()).double())


def save(name, tensors, config):
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    save_safetensors(folder / "model.safetensors", tensors)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "vocab.txt").write_text("".join(t + "\n" for t in VOCAB))
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False}) + "\n")


def make_bert():
    model = Bert()
    round_weights(model, False)
    state = {n: t.float() for n, t in model.state_dict().items()}
    save("plain", {n[5:]: t for n, t in state.items() if n.startswith("bert.")}, CONFIG)
    old = {n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): t for n, t in state.items()}
    old["bert.embeddings.position_ids"] = torch.arange(CONFIG["max_position_embeddings"])[None]
    old["cls.predictions.decoder.weight"] = old["bert.embeddings.word_embeddings.weight"]
    save("bert", old, CONFIG)
    hidden = model.bert(IDS[:1], torch.ones(1, IDS.shape[1]))
    return {"hidden": flat(hidden), "words": flat(model.cls.predictions(hidden, model.bert.embeddings.word_embeddings.weight))}


def make_uniter():
    model = Uniter()
    round_weights(model, True)
    state = {n: t.half() for n, t in model.state_dict().items()}
    state["cls.predictions.decoder.weight"] = state["uniter.embeddings.word_embeddings.weight"]
    state["feat_regress.weight"] = state["uniter.img_embeddings.img_linear.weight"]
    save("uniter", state, {**CONFIG, "img_dim": IMG_DIM, "label_dim": LABEL_DIM})
    feat, box = torch.randn(2, 3, IMG_DIM).float().double(), torch.rand(2, 3, 7).float().double()
    states = model(IDS, LENGTH, feat, box, REGIONS)
    first, words = states[0], model.uniter.embeddings.word_embeddings.weight
    guess = model.feat_regress.net(first) @ model.uniter.img_embeddings.img_linear.weight + model.feat_regress.bias
    match = torch.stack([model.itm_output(torch.tanh(model.uniter.pooler.dense(s[0]))) for s in states])
    return {"ids": IDS.flatten().tolist(), "feat": flat(feat), "box": flat(box), "hidden 0": flat(first), "hidden 1": flat(states[1]),
            "words": flat(model.cls.predictions(first, words)), "features": flat(guess), "classes": flat(model.region_classifier.net(first)),
            "match": flat(match)}, [torch.tanh(model.uniter.pooler.dense(s[0])) for s in states]


def make_heads(pooled):
    """After model/vqa.py and model/itm.py."""
    w, answers = CONFIG["hidden_size"], 7
    model = nn.Module()
    model.vqa_output, model.rank_output = nn.Sequential(nn.Linear(w, 2 * w), nn.GELU(), norm(2 * w), nn.Linear(2 * w, answers)), nn.Linear(w, 1)
    round_weights(model, False)
    (HERE / "heads").mkdir(exist_ok=True)
    save_safetensors(HERE / "heads" / "model.safetensors", {n: t.float() for n, t in model.state_dict().items()})
    logits = model.vqa_output(torch.stack(pooled))
    logits.retain_grad()
    targets = torch.rand(2, answers).float().double() * (torch.rand(2, answers) > 0.5)
    vqa = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean() * answers
    vqa.backward()
    ranks = torch.randn(6).float().double().requires_grad_()  # two groups of a pair and two others
    s = torch.sigmoid(ranks).view(2, 3)
    rank = torch.clamp(0.2 + s[:, 1:] - s[:, :1], 0).mean()
    rank.backward()
    return {"logits": flat(logits), "targets": flat(targets), "vqa": [vqa.item()], "d logits": flat(logits.grad),
            "scores": flat(model.rank_output(torch.stack(pooled))), "ranks": flat(ranks), "rank": [rank.item()], "d ranks": flat(ranks.grad)}


if __name__ == "__main__":
    torch.manual_seed(5)
    bert, (uniter, pooled) = make_bert(), make_uniter()
    write("uniter.json", {"bert": bert, "uniter": uniter, "heads": make_heads([p.detach() for p in pooled])})
