#!/usr/bin/env python3
"""Writes texts.json: how openai/CLIP's simple_tokenizer.py cleans texts and cuts them into words, without ftfy, of which NFC alone is done.

/usr/bin/python3 tests/golden/make_texts.py (Debian: python3-regex).
    texts.json  a list of [text, cleaned, [words]]"""
import html
import json
import pathlib
import random
import unicodedata

from make_checkpoints import PATTERN, regex

PIECES = ["a", "Cat", "DOG", "'s", "'S", "'ſ", "'re", "'VE", "'m", "'ll", "'LL", "'d", "'t", "don't", "'", "''", "’", "“", "1", "42", "½", "²", "Ⅷ",
          "١٢", "é", "e\u0301", "É", "İ", "I", "ı", "ſ", "ẞ", "ß", "Σ", "ΟΔΟΣ", "Σ.", "ΑΣ'Α", "σ", "ς", "ﬁ", "Ａ", "日本", "語", "猫", "ㅎ", "한", "ग",
          "ि", "😀", "❤️", "👩\u200d🚀", "\u200b", "\ufeff", "_", "-", "--", "...", "!?", "#1", "(x)", "Ǆ", "ǅ", "Ⓐ", "ª", "K", "Å",
          "<|startoftext|>", "<|endoftext|>", "<|ENDOFTEXT|>", "<|end|>", "</w>", "&amp;", "&amp;amp;", "&amp;lt;", "&lt;b&gt;", "&eacute;", "&eacute",
          "&notit;", "&#233;", "&#xE9", "&#x80;", "&#0;", "&#1;", "&#xD800;", "&#x110000;", "&#99999999999999999999;", "&bogus;", "&;", "&#;", "&#x;", "&",
          "&nGt;", "&CounterClockwiseContourIntegral;", "&AMP", "&ampamp;lt", "&quot", "&#38;#38;", "&#10;", "&nbsp;", "&ThickSpace;", "&#xfdd0;", "&#x1F600;"]
SPACES = [" ", "  ", "\t", "\n", "\u00a0", "\u3000", "\u2028", "\x85", "\u1680", "\u2003"]


def clean(text):
    text = unicodedata.normalize("NFC", html.unescape(html.unescape(text))).strip()
    return regex.sub(r"\s+", " ", text).strip().lower()


if __name__ == "__main__":
    random.seed(7)
    texts = ["", " \t\n", *PIECES]
    for _ in range(300):
        texts.append("".join(random.choice(SPACES if random.random() < 0.3 else PIECES) for _ in range(random.randint(2, 9))))
    rows = [[t, clean(t), regex.findall(PATTERN, clean(t))] for t in texts]
    text = "[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows) + "\n]\n"
    (pathlib.Path(__file__).parent / "texts.json").write_text(text)
