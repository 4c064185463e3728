"""`python -m benchmarks step`: one step of gradient descent, beside frameworks and by hand.

Each contender runs in a process of its own on the same cores, is compared with torch before it is
timed, and is timed in interleaved rounds.  The exit code is 1 if one fails the comparison.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.contenders import CONTENDERS
from benchmarks.networks import CASES, Case, chosen
from benchmarks.processes import Worker
from benchmarks.report import console, number, ratios, table, write_json
from benchmarks.rounds import MISTAKES, Row, measure

OTHERS = ("torch", "jax.jit", "limit")
BLOCK = 0.2  # seconds
MEMORY_CASE = "784-512-256-10:512"
MEMORY_OF = ("torch", "numpy by hand", "plain", "workspace", "workspace, scipy")
MEMORY_STEPS = 20


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    found = argparse.ArgumentParser(prog="python -m benchmarks step", description=__doc__)
    options(found, "step")
    known = ", ".join(CASES["step"])
    add = found.add_argument
    add("--network", action="append", default=[], metavar="SIZES[:BATCH]",
        help=f"repeatable; all by default: {known}")  # fmt: skip
    add("--memory", action="store_true", help=f"peak memory of training {MEMORY_CASE} instead")
    add("--plot", type=Path, metavar="FILE", help="draw time / torch's time; .png or .svg")
    return found


def options(found: argparse.ArgumentParser, kind: str) -> None:
    """What `step` and `sweep` share."""
    known = ", ".join(CONTENDERS[kind])
    add = found.add_argument
    add("--contender", action="append", metavar="NAME", choices=CONTENDERS[kind],
        help=f"repeatable; all by default: {known}")  # fmt: skip
    add("--threads", type=int, nargs="+", default=[1, 2], metavar="N",
        help="numbers of threads, each measured on its own (default 1 2)")  # fmt: skip
    add("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    add("--quick", action="store_true", help="two rounds of short blocks")
    add("--json", type=Path, metavar="FILE", help="write all that was measured")


def main(arguments: list[str]) -> int:
    """Measure, print, write; the exit code."""
    command = parser()
    given = command.parse_args(arguments)
    names = given.contender or list(CONTENDERS["step"])
    if given.memory:
        return memory(given.contender or MEMORY_OF, given.threads[0], given.json)
    try:
        cases = chosen(CASES["step"], given.network)
    except ValueError as error:
        command.error(str(error))
    rows: list[Row] = []
    for threads in given.threads:
        for case in cases:
            rows += timed("step", case, names, threads, given)
    if len(cases) * len(given.threads) > 1:
        console().print(summary(rows))
    if given.json:
        write_json(given.json, {
            "kind": "step", "cases": [described(case) for case in cases],
            "rows": [row.as_json() for row in rows], "ratios": list(ratios(rows, OTHERS)),
        })  # fmt: skip
    if given.plot:
        from benchmarks.plot import plot

        plot(given.plot, cases, rows)
    return exit_code(rows)


def timed(
    kind: str,
    case: Case,
    names: Sequence[str],
    threads: int,
    given: argparse.Namespace,
    block: float = BLOCK,
    most: int | None = None,
    others: Sequence[str] = OTHERS,
    unit: str = "us",
) -> list[Row]:
    """The rows of one case, printed."""
    out = console()
    with out.status(case.name) as status:
        rows = measure(
            kind,
            case,
            names,
            threads,
            rounds=2 if given.quick else given.rounds,
            block=block / 10 if given.quick else block,
            most=most,
            report=status.update,
        )
    what = "a run and step" if case.rates else "a step"
    cores = "1 thread" if threads == 1 else f"{threads} threads"
    out.print(table(f"{case.name} {case.dtype}, {cores}: {unit} {what}", rows, others, unit))
    return rows


def described(case: Case) -> dict[str, Any]:
    """A case as plain data."""
    return {
        "name": case.name,
        "dtype": case.dtype,
        "activation": case.activation,
        "loss": case.loss,
        "weights": case.weight_count,
        "multiplications": case.multiplications,
    }


def summary(rows: Sequence[Row]) -> Table:
    """Smallest microseconds of every contender in every case, a number of threads after another."""
    cases = list(dict.fromkeys(row.case for row in rows))
    threads = list(dict.fromkeys(row.threads for row in rows))
    found = Table(title=f"smallest microseconds a step, threads {' | '.join(map(str, threads))}")
    found.add_column("contender")
    for name in cases:
        found.add_column(name, justify="right")
    least = {(r.contender, r.case, r.threads): min(r.seconds) * 1e6 for r in rows if r.seconds}
    for contender in dict.fromkeys(row.contender for row in rows):
        keys = [[(contender, case, t) for t in threads] for case in cases]
        cells = [" | ".join(number(least[k]) if k in least else "-" for k in ks) for ks in keys]
        found.add_row(contender, *cells)
    return found


def memory(names: Sequence[str], threads: int, json_file: Path | None) -> int:
    """How much the resident set of a fresh process grows at most while it trains."""
    rows: list[dict[str, Any]] = []
    for name in names:
        with Worker("step", name, MEMORY_CASE, threads) as worker:
            rows.append({"contender": name, **worker.ask("memory", steps=MEMORY_STEPS)})
    found = Table(title=f"{MEMORY_CASE}: growth of the resident set in {MEMORY_STEPS} steps, MB")
    found.add_column("contender")
    found.add_column("peak", justify="right")
    for row in rows:
        reason = row.get("failed") or f"{row.get('refused')}: {row.get('reason')}"
        peak = f"{row['bytes'] / 1e6:.1f}" if "bytes" in row else reason
        found.add_row(row["contender"], peak)
    console().print(found)
    if json_file:
        write_json(json_file, {"kind": "memory", "case": MEMORY_CASE, "rows": rows})
    return int(any("failed" in row for row in rows))


def exit_code(rows: Sequence[Row]) -> int:
    """1 if a contender made a mistake, and say which."""
    wrong = [row for row in rows if row.status in MISTAKES]
    for row in wrong:
        print(f"{row.case}, {row.contender}: {row.status}, {row.reason}", file=sys.stderr)
    return int(bool(wrong))
