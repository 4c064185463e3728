"""`python -m benchmarks tiles`: passes over a batch in tiles, and over whole arrays.

One step of gradient descent with the same products and the same numbers, bit for bit; only the
element-wise passes differ.
"""

from __future__ import annotations

import argparse

from benchmarks.contenders import CONTENDERS
from benchmarks.networks import CASES
from benchmarks.report import ratios, write_json
from benchmarks.rounds import Row
from benchmarks.step import described, exit_code, options, timed

OTHERS = ("workspace, whole",)


def main(arguments: list[str]) -> int:
    """Measure, print, write; the exit code."""
    command = argparse.ArgumentParser(prog="python -m benchmarks tiles", description=__doc__)
    options(command, "tiles")
    given = command.parse_args(arguments)
    names = given.contender or list(CONTENDERS["tiles"])
    cases = list(CASES["tiles"].values())
    rows: list[Row] = []
    for threads in given.threads:
        for case in cases:
            rows += timed("tiles", case, names, threads, given, others=OTHERS)
    if given.json:
        write_json(given.json, {
            "kind": "tiles", "cases": [described(case) for case in cases],
            "rows": [row.as_json() for row in rows], "ratios": list(ratios(rows, OTHERS)),
        })  # fmt: skip
    return exit_code(rows)
