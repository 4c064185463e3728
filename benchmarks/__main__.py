"""`python -m benchmarks [speed|accuracy]`: how long the main job takes, how right its code is."""

from __future__ import annotations

import sys

from benchmarks import accuracy, speed

KINDS = {"speed": speed.main, "accuracy": accuracy.main}

if __name__ == "__main__":
    name, *rest = sys.argv[1:] or ["speed"]
    if name not in KINDS:
        name, rest = "speed", sys.argv[1:]
    KINDS[name](rest)
