#!/usr/bin/python3
"""Writes wordpiece.json: what BERT's tokeniser makes of texts, by its rules (google-research/bert tokenization.py, with Hugging Face's
limit of 100 characters a word), written here from the rules alone. The tests themselves need no Python.

    wordpiece.json  {"vocab": [token, …], "rows": [[text, uncased words, cased words, uncased tokens, cased tokens], …]}"""
import json
import pathlib
import random
import unicodedata

HAN = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF),
       (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]


def is_control(c):
    return c not in "\t\n\r" and unicodedata.category(c) in ("Cc", "Cf")


def is_punctuation(c):
    ascii_ones = 33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126
    return ascii_ones or unicodedata.category(c).startswith("P")


def basic(text, uncased):
    text = "".join(" " if c in " \t\n\r" or unicodedata.category(c) == "Zs" else c for c in text
                   if c not in "\0\ufffd" and not is_control(c))
    text = "".join(f" {c} " if any(a <= ord(c) <= b for a, b in HAN) else c for c in text)
    words = []
    for word in text.split():
        if uncased:
            word = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn")
        words += "".join(f" {c} " if is_punctuation(c) else c for c in word).split()
    return words


def pieces(word, vocab):
    if len(word) > 100:
        return ["[UNK]"]
    out, at = [], 0
    while at < len(word):
        for end in range(len(word), at, -1):
            piece = ("##" if at else "") + word[at:end]
            if piece in vocab:
                out.append(piece)
                at = end
                break
        else:
            return ["[UNK]"]
    return out


TEXTS = [
    "", " ", "\t\r\n", "a", "A", "unaffable", "UNaffable", "unwanted running", "the quick Brown fox", "run runs running runner",
    # accents: composed, apart, several on one letter, none left
    "Héllo", "He\u0301llo", "naïve café", "CAFÉ", "ü", "U\u0308", "Ệ", "e\u0323\u0302", "\u0301", "a \u0301 b", "Å", "Ångström", "ñandú", "žluťoučký",
    # letters with a case of their own
    "İstanbul", "ISTANBUL ı", "ẞ ß straße", "ΑΣ", "ΣΑΣ.", "ΑΣ'Α", "ΟΔΥΣΣΕΥΣ", "ǅ", "ﬁ ﬂ", "Ⅷ", "Ａｂｃ", "K Å",
    # Chinese, Japanese, Korean
    "红苹果", "a红b", "黑猫cat", "猫 猫", "㐀𠀀豈", "日本語のテスト", "カタカナ", "한국어", "각", "〇",
    # punctuation
    "hello, world!", "it's the dogs' toys, isn't it?", "T-shirt (red)", "$5.99 <b>x</b> a+b=c ^ ` | ~", "...", "a_b-c/d\\e", "a".join(map(chr, range(33, 127))), "“quoted” ‘so’", "¿Qué?", "。，、",
    "«a»", "a—b–c", "#1 @home 100%", "§ ° © € ¢", "·", "„", "[CLS] [SEP] [MASK]", "[UNK]", "\u037e", "\u1fef", "‿", "·a·",
    # white space and controls
    "a\u00a0b", "a\u3000b", "a\u2003b\u1680c", "a\u2028b\u2029c", "a\u0085b", "a\x0bb\x0cc", "a\u200bb", "a\u200db", "\ufeffa", "soft\u00adhyphen", "a\x01b\x7fc", "a\ufffdb",
    "\u202eab\u202c", "a\tb\nc\rd", "tab\t\tend ", "\x1f",
    # long words
    "a" * 99, "a" * 100, "a" * 101, "un" * 50, "un" * 51, "é" * 100, "e\u0301" * 60, "猫" * 120, "!" * 150, "a" * 100 + "-" + "a" * 101,
    # no token for it
    "zzz", "unzz", "runzrun", "😀", "a😀", "❤️", "👩\u200d🚀", "ख", "हिन्दी", "ไทย", "عَرَبِي", "שָׁלוֹם", "𝐛𝐨𝐥𝐝", "½ ² ٣", "H₂O", "\ue000", "\u0378"]
LETTERS = "abcdefghilmnoprstuwxyABCHKTU0123459!,.'-$<>()[]/\\+=^`|~_@#%“”‘’¿?。，、«»—–·„;‿的红苹果黑猫日本語ののテストαςσοδυειßʼıfiüéǆñkжсшåÅ각한각국어 豈㐀𠀀"
PIECES = ["un", "##aff", "##able", "##a", "aff", "run", "##ning", "##n", "##ner", "##s", "the", "qu", "##ick", "brown", "Brown", "fox", "hello", "Hello", "##llo",
          "world", "cafe", "café", "naive", "naïve", "stan", "##stan", "##bul", "cat", "##cat", "wanted", "want", "##wanted", "##un", "uns", "##ss", "##ed", "##t", "str",
          "##aße", "strasse", "ang", "##str", "##om", "it", "dog", "##g", "isn", "toys", "shirt", "red", "MASK", "mask", "cls", "CLS", "SEP", "sep", "UNK", "soft",
          "##hyphen", "##αςα", "##σα", "ας", "ασ", "αςs", "##ο", "οδ", "##υσσευς", "ΑΣ", "##猫"]
EXTRA = ["a", "b", " ", "  ", "É", "e\u0301", "un", "RUN", "ning", "Σ", "σ", "'", "-", "猫", "한", "\u00a0", "\u200b", "\x02", "!", "hello", "Brown", "ü", "😀", "İ",
         "α", "$", "\t"]

if __name__ == "__main__":
    random.seed(11)
    vocab = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES]
    vocab += [c for c in LETTERS if c.strip()] + ["##" + c for c in "abcdefgilmnorstuéàΣσαςüñ"]
    vocab = list(dict.fromkeys(vocab))
    texts = TEXTS + ["".join(random.choice(EXTRA) for _ in range(random.randint(2, 10))) for _ in range(200)]
    rows = []
    for t in texts:
        words = [basic(t, uncased) for uncased in (True, False)]
        rows.append([t, *words, *([p for w in ws for p in pieces(w, set(vocab))] for ws in words)])
    text = json.dumps(vocab, ensure_ascii=False), ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows)
    (pathlib.Path(__file__).parent / "wordpiece.json").write_text('{"vocab": %s,\n"rows": [\n%s\n]}\n' % text)
