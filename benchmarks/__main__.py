"""`python -m benchmarks [speed|accuracy|documents]`: how long things take, how right code is."""

from __future__ import annotations

import sys

from benchmarks import accuracy, documents, speed

KINDS = {"speed": speed.main, "accuracy": accuracy.main, "documents": documents.main}

if __name__ == "__main__":
    name, *rest = sys.argv[1:] or ["speed"]
    if name not in KINDS:
        name, rest = "speed", sys.argv[1:]
    KINDS[name](rest)
