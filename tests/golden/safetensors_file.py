"""Writes a safetensors file, without its own package."""
import json
import struct

import torch

DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def save_safetensors(path, tensors):
    """As the official writer lays a file out: the widest dtype first, then by name."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, t in sorted(tensors.items(), key=lambda nt: (-nt[1].element_size(), nt[0])):
        raw = bytes(t.contiguous().reshape(-1).view(torch.uint8).tolist()) if t.ndim else struct.pack(
            {"F32": "<f", "I64": "<q"}[DTYPES[t.dtype]], t.item())
        header[name] = {"dtype": DTYPES[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
