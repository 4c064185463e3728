"""`python -m benchmarks sweep`: the worked example at 2,000 learning rates, 1,000 steps each.

Nanoseconds a run and step.  Who needs more than about a second takes fewer steps, and the torch
loop four of the runs; both are scaled.  Losses are compared with torch before anything is timed.
"""

from __future__ import annotations

import argparse

from benchmarks.contenders import CONTENDERS
from benchmarks.networks import SWEEP
from benchmarks.report import ratios, write_json
from benchmarks.rounds import Row
from benchmarks.step import described, exit_code, options, timed

OTHERS = ("torch", "torch.vmap", "jax.vmap")
STEPS = 1000
BLOCK = 1.0  # seconds


def main(arguments: list[str]) -> int:
    """Measure, print, write; the exit code."""
    command = argparse.ArgumentParser(prog="python -m benchmarks sweep", description=__doc__)
    options(command, "sweep")
    given = command.parse_args(arguments)
    names = given.contender or list(CONTENDERS["sweep"])
    rows: list[Row] = []
    for threads in given.threads:
        rows += timed("sweep", SWEEP, names, threads, given, BLOCK, STEPS, OTHERS, "ns")
    if given.json:
        write_json(given.json, {
            "kind": "sweep", "runs": SWEEP.runs, "steps": STEPS, "cases": [described(SWEEP)],
            "rows": [row.as_json() for row in rows], "ratios": list(ratios(rows, OTHERS)),
        })  # fmt: skip
    return exit_code(rows)
