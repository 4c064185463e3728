"""`python -m benchmarks derive`: how long deriving gradients and writing code takes, beside others.

Every measurement is a fresh process, repeated in interleaved rounds; the table shows the smallest
and the median wall time of each, and whether the smallest is within its goal.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import track
from rich.table import Table

from benchmarks.derivations import WHO, WIDE
from benchmarks.report import console, write_json

WHOLE = "symbp derive, whole process"
REPEATED_UP_TO = 10.0  # seconds; what takes longer is measured once


@dataclass
class Measurement:
    """One thing to time.

    Args:
        network: Its name in derivations.py.
        who: Who derives.
        goal: In seconds; None where there is none.
        seconds: One a round.
        refused: Why there is none.
    """

    network: str
    who: str
    goal: float | None = None
    seconds: list[float] = field(default_factory=list)
    refused: str = ""

    def take(self, limit: float) -> None:
        """Time it once more, unless it was refused or took long."""
        if self.refused or (self.seconds and self.seconds[-1] > REPEATED_UP_TO):
            return
        try:
            self.seconds.append(whole(limit) if self.who == WHOLE else self._fresh(limit))
        except subprocess.TimeoutExpired:
            self.refused = f"stopped after {limit:g} s"
        except Refused as reason:
            self.refused = str(reason)

    def _fresh(self, limit: float) -> float:
        done = _python("-m", "benchmarks.derivations", self.who, self.network, limit=limit)
        found = json.loads(done)
        if "refused" in found:
            raise Refused(found["refused"])
        return float(found["seconds"])

    @property
    def verdict(self) -> str:
        """Whether the goal is met."""
        if self.goal is None:
            return ""
        return "met" if self.seconds and min(self.seconds) <= self.goal else "missed"

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**self.__dict__, "verdict": self.verdict}


class Refused(Exception):
    """A measurement cannot be taken; the text says why."""


def measurements() -> list[Measurement]:
    """Everything that is measured, in the order of the table."""
    own, closed, proved = "symbp", "symbp, closed forms", "symbp, all forms proved"
    others = [who for who in WHO if not who.startswith("symbp")]
    return [
        Measurement("2-2-2", WHOLE, 1.5),
        Measurement("2-2-2", own),
        Measurement("2-2-2", closed),
        *(Measurement("2-2-2", who) for who in others),
        Measurement("3-4-4-2", own),
        Measurement("3-4-4-2", closed, 2.0),
        Measurement("3-4-4-2", proved),
        *(Measurement("3-4-4-2", who) for who in others),
        Measurement("784-512-256-10", own, 1.0),
        Measurement("784-512-256-10", "casadi, with C code"),
        Measurement("8-8-8-8", own),
        Measurement("25x64", own),
        Measurement("50x64", own, 3.0),
        Measurement("50x64", "casadi, with C code"),
        Measurement(f"50x{WIDE}", own, 3.0),
        Measurement("100x64", own),
        Measurement("200x64", own, 10.0),
        Measurement("200x64", "casadi, with C code"),
    ]


def _python(*arguments: str, limit: float) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=limit
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise Refused(f"failed: {last[:200]}")
    return done.stdout


def whole(limit: float) -> float:
    """Wall time of `symbp derive` on the worked example, start and imports included."""
    start = time.perf_counter()
    _python("-m", "symbp", "derive", limit=limit)
    return time.perf_counter() - start


def without_torch() -> bool:
    """Whether `derive` of the worked example leaves torch, numpy and matplotlib unloaded."""
    code = (
        "import sys, symbp.cli\n"
        "sys.argv = ['symbp', 'derive']\n"
        "try: symbp.cli.main()\nexcept SystemExit: pass\n"
        "sys.exit(bool({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def main(arguments: list[str]) -> int:
    """Measure, print, write; 1 if a measurement failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks derive", description=__doc__)
    add = parser.add_argument
    add("--network", action="append", help="such as 3-4-4-2 or 50x64 (layers x width); repeatable")
    add("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    add("--limit", type=float, default=60, help="seconds after which one is stopped (default 60)")
    add("--json", type=Path, metavar="FILE", help="write all that was measured")
    given = parser.parse_args(arguments)
    every = measurements()
    known = list(dict.fromkeys(m.network for m in every))
    if unknown := set(given.network or ()) - set(known):
        parser.error(f"no network is called {', '.join(unknown)}; known are {', '.join(known)}")
    wanted = [m for m in every if not given.network or m.network in given.network]
    for _ in track(range(given.rounds), description="rounds", transient=True):
        for measurement in wanted:
            measurement.take(given.limit)
    out = console()
    out.print(table(wanted))
    least = {m.network: min(m.seconds) for m in wanted if m.who == "symbp" and m.seconds}
    for larger, smaller, linear in (
        ("100x64", "50x64", "2 is linear in depth"), ("200x64", "100x64", "2 is linear in depth"),
        (f"50x{WIDE}", "50x64", "1 is independent of width"),
    ):  # fmt: skip
        if larger in least and smaller in least:
            out.print(f"{larger} / {smaller}: {least[larger] / least[smaller]:.2f} ({linear})")
    loads_none = without_torch()
    out.print(f"derive imports no torch, numpy or matplotlib: {loads_none}")
    if given.json:
        rows = [m.as_json() for m in wanted]
        write_json(given.json, {"kind": "derive", "rows": rows, "derive_is_light": loads_none})
    return int(any(m.refused.startswith("failed") for m in wanted))


def table(rows: Sequence[Measurement]) -> Table:
    """Smallest and median seconds, and goals."""
    found = Table(title="seconds, each in a fresh process, after its imports")
    for column in ("network", "who", "smallest", "median", "goal", ""):
        found.add_column(column, justify="left" if column in ("network", "who", "") else "right")
    for m in rows:
        times = ("", "")
        if m.seconds:
            times = (f"{min(m.seconds):.4g}", f"{statistics.median(m.seconds):.4g}")
        goal = "" if m.goal is None else f"{m.goal:g}"
        found.add_row(m.network, m.who, *times, goal, m.refused or m.verdict)
    return found
