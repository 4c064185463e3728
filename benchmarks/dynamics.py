"""`python -m benchmarks dynamics`: `symbp sweep` of the worked example, 2,000 rates, 2,000 steps.

Seconds of one core, the best of a few, with and without Lyapunov exponents; the periods of all runs
are found in both.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.report import write_json
from symbp.experiments.grid import Rates
from symbp.experiments.sweep_run import Plan, run
from symbp.spec_file import worked_example

RATES = Rates(0.1, 500, 2000)
KINDS = {"periods": False, "periods and exponents": True}


def main(arguments: list[str]) -> int:
    """Measure, print, write; the exit code."""
    command = argparse.ArgumentParser(prog="python -m benchmarks dynamics", description=__doc__)
    command.add_argument("--repeat", type=int, default=5, help="take the best of so many")
    command.add_argument("--json", type=Path, help="write the numbers to this file, too")
    given = command.parse_args(arguments)
    found = {}
    for name, exponents in KINDS.items():
        plan = Plan(RATES, exponents=exponents)
        done = [run(worked_example(), plan) for _ in range(given.repeat)]
        found[name] = min(d.found.seconds for d in done)
        steps = done[0].sweep.runs * plan.timing.steps
        print(f"{name:<24}{found[name]:6.2f} s{found[name] / steps * 1e9:7.0f} ns a run and step")
    if given.json:
        write_json(given.json, {"kind": "dynamics", "rates": RATES.count, "seconds": found})
    return 0
