"""`python -m benchmarks step|sweep|tiles|derive|accuracy|documents`: how fast, how right."""

from __future__ import annotations

import sys
from importlib import import_module

KINDS = ("step", "sweep", "tiles", "derive", "accuracy", "documents")

if __name__ == "__main__":
    name, *rest = sys.argv[1:] or ["--help"]
    if name not in KINDS:
        print(f"usage: python -m benchmarks {'|'.join(KINDS)} [--help]", file=sys.stderr)
        sys.exit(2)
    sys.exit(import_module(f"benchmarks.{name}").main(rest))
