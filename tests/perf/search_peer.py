"""Exact search in NumPy among the vectors of `search_bench --save FOLDER`: a product by the BLAS, then argpartition.

    search_peer.py FOLDER

prints the time of a query alone and in batches, and checks that it finds the same.
"""
import json
import statistics
import struct
import sys
import time

import numpy

K, ROWS = 10, 65536


def read(path):
    raw = numpy.memmap(path, mode="r")
    (size,) = struct.unpack("<Q", raw[:8].tobytes())
    header = json.loads(raw[8 : 8 + size].tobytes())
    header.pop("__metadata__", None)
    for name, entry in header.items():
        a, b = entry["data_offsets"]
        dtype = {"F32": "<f4", "I64": "<i8"}[entry["dtype"]]
        yield name, numpy.array(raw[8 + size + a : 8 + size + b]).view(dtype).reshape(entry["shape"])


def search(stored, query):
    """The K nearest of each query, in no order. In parts, as 256 queries times a million scores would not fit everywhere."""
    score, at = [], []
    for first in range(0, len(stored), ROWS if len(query) > 1 else len(stored)):
        part = stored[first : first + ROWS] if len(query) > 1 else stored
        scores = query @ part.T if len(query) > 1 else (part @ query[0])[None]
        best = numpy.argpartition(-scores, K - 1, axis=1)[:, :K] if len(part) > K else numpy.arange(len(part))[None].repeat(len(query), 0)
        score.append(numpy.take_along_axis(scores, best, 1))
        at.append(best + first)
    score, at = numpy.concatenate(score, 1), numpy.concatenate(at, 1)
    best = numpy.argsort(-score, axis=1, kind="stable")[:, :K]
    return numpy.take_along_axis(at, best, 1)


arrays = dict(read(sys.argv[1] + "/search.safetensors"))
stored, query, found = arrays["stored"], arrays["query"], arrays["found"]
print("  queries  ms a query  (NumPy", numpy.__version__ + ")")
for n in 1, 8, 64, 256:
    seconds = []
    for _ in range(max(1, 5 - n // 16)):
        start = time.monotonic()
        ours = search(stored, query[:n])
        seconds.append(time.monotonic() - start)
    print(f"  {n:7}  {1e3 * statistics.median(seconds) / n:10.2f}")
same = sum(set(a) == set(b) for a, b in zip(ours, found))
print(f"{same} of {len(found)} queries: the same {K} vectors")
sys.exit(same < len(found))
