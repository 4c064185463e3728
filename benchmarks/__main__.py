"""`python -m benchmarks step|sweep|dynamics|tiles|derive|accuracy|documents`: measurements."""

from __future__ import annotations

import sys
from importlib import import_module

KINDS = ("step", "sweep", "dynamics", "tiles", "derive", "accuracy", "documents")

if __name__ == "__main__":
    name, *rest = sys.argv[1:] or ["--help"]
    if name not in KINDS:
        print(f"usage: python -m benchmarks {'|'.join(KINDS)} [--help]", file=sys.stderr)
        sys.exit(2)
    sys.exit(import_module(f"benchmarks.{name}").main(rest))
