"""`python -m benchmarks speed`: how long the main job takes, against its goals.

Every measurement is repeated in interleaved rounds; the table shows the smallest and the median
wall time of each, and whether the smallest is within its goal.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table

FRESH = """
import time, symbp, symbp.backends.numpy_module, symbp.backends.templates
symbp.backends.templates.environment("numpy")
start = time.perf_counter()
{body}
print(time.perf_counter() - start)
"""
GENERATE = "symbp.generate(symbp.Network({network}))"
MNIST = (
    "sizes={sizes}, activation=['relu', 'relu', 'identity'], bias='per-unit',"
    "loss='cross_entropy', targets='classes'"
)
DEEP = "sizes=[{width}] * {count}, activation='tanh', bias='per-unit'"


@dataclass(frozen=True)
class Case:
    """One measurement: its name, how to take it (seconds), and its goal in seconds."""

    name: str
    measure: Callable[[], float]
    goal: float | None = None


def process(*arguments: str) -> float:
    """Wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


def fresh(body: str) -> float:
    """Time of a statement in a fresh process, after import: nothing is cached."""
    code = FRESH.format(body=body)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def generated(network: str) -> Callable[[], float]:
    """Derive and generate a network in a fresh process."""
    return lambda: fresh(GENERATE.format(network=network))


CASES = (
    Case(
        "worked example: `symbp derive`, whole process",
        lambda: process("-m", "symbp", "derive"),
        1.5,
    ),
    Case("worked example: derive + generate", generated("sizes=[2, 2, 2]")),
    Case(
        "784-512-256-10: derive + generate", generated(MNIST.format(sizes=[784, 512, 256, 10])), 1.0
    ),
    Case("the same at 8-8-8-8", generated(MNIST.format(sizes=[8, 8, 8, 8]))),
    Case("25 layers: derive + generate", generated(DEEP.format(width=64, count=26))),
    Case("50 layers: derive + generate", generated(DEEP.format(width=64, count=51)), 3.0),
    Case("50 layers, width 4096", generated(DEEP.format(width=4096, count=51)), 3.0),
    Case("100 layers: derive + generate", generated(DEEP.format(width=64, count=101))),
)


def without_torch() -> bool:
    """Whether `derive` of the worked example leaves torch, numpy and matplotlib unloaded."""
    code = (
        "import sys, symbp.cli\n"
        "sys.argv = ['symbp', 'derive']\n"
        "try: symbp.cli.main()\nexcept SystemExit: pass\n"
        "sys.exit(bool({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    rounds = parser.parse_args(arguments).rounds
    times: dict[str, list[float]] = {case.name: [] for case in CASES}
    for _ in track(range(rounds), description="rounds", transient=True):
        for case in CASES:
            times[case.name].append(case.measure())
    table = Table(title=f"wall time in seconds, {rounds} interleaved rounds")
    for column in ("what", "smallest", "median", "goal", ""):
        table.add_column(column, justify="left" if column == "what" else "right")
    for case in CASES:
        least = min(times[case.name])
        goal = "" if case.goal is None else f"{case.goal:g}"
        verdict = "" if case.goal is None else "met" if least <= case.goal else "missed"
        table.add_row(
            case.name, f"{least:.3f}", f"{statistics.median(times[case.name]):.3f}", goal, verdict
        )
    console = Console(width=None if sys.stdout.isatty() else 100)
    console.print(table)
    deep, deeper = (min(times[f"{n} layers: derive + generate"]) for n in (50, 100))
    console.print(f"100 layers / 50 layers: {deeper / deep:.2f} (2 is linear in depth)")
    wide = min(times["50 layers, width 4096"])
    console.print(f"width 4096 / width 64: {wide / deep:.2f} (1 is independent of width)")
    console.print(f"derive imports no torch, numpy or matplotlib: {without_torch()}")
