"""Interleaved rounds: every contender is timed in every round, so that noise meets all of them.

Input: a case and names of contenders.  Output: a `Row` each, with its times or why it has none.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import UNCHECKED
from benchmarks.networks import Arrays, Case
from benchmarks.processes import Worker
from benchmarks.reference import STEPS, TOLERANCES, distance, reference

MISTAKES = ("wrong", "failed")


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender did in one case.

    Args:
        case: Name of the case.
        threads: Threads and cores.
        contender: Its name.
        status: "ok", "too slow" (one time is given), "not available", "not installed", or the
            mistakes "wrong" (it fails the check) and "failed" (it raises).
        reason: Why it is not ok, or a remark.
        error: Relative error of the check; None where nothing is checked.
        steps: Steps of a block.
        seconds: Of one step of one run, one number a round.
    """

    case: str
    threads: int
    contender: str
    status: str = "ok"
    reason: str = ""
    error: float | None = None
    steps: int = 0
    seconds: tuple[float, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data, with the statistics."""
        spread = asdict(Spread.of(self.seconds)) if self.seconds else None
        error = None if self.error is None or not np.isfinite(self.error) else self.error
        return {**asdict(self), "error": error, "spread": spread}


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest, quartiles and median of some times.

    >>> Spread.of((3.0, 1.0, 2.0))
    Spread(minimum=1.0, lower=1.5, median=2.0, upper=2.5)
    """

    minimum: float
    lower: float
    median: float
    upper: float

    @staticmethod
    def of(seconds: Sequence[float]) -> Spread:
        """Of at least one time."""
        if len(seconds) == 1:
            return Spread(*[seconds[0]] * 4)
        lower, median, upper = statistics.quantiles(seconds, n=4, method="inclusive")
        return Spread(min(seconds), lower, median, upper)


@dataclass
class Entrant:
    """A worker on its way through checks and rounds."""

    worker: Worker
    row: Row
    runs: int = 1


def measure(
    kind: str,
    case: Case,
    contenders: Sequence[str],
    threads: int,
    rounds: int,
    block: float,
    most: int | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Build, check and time contenders of one case.

    Args:
        kind: "step" or "sweep".
        case: The case.
        contenders: Names, in the order of the rows.
        threads: Of every worker, and cores.
        rounds: Blocks of every contender.
        block: Seconds of a block, about.
        most: Steps that a block has at most.
        report: Is told what is done now.
    """
    rows: dict[str, Row] = {}
    with ExitStack() as stack:
        entrants = []
        wanted = reference(case)
        for name in contenders:
            report(f"{case.name}: {name}")
            worker = stack.enter_context(Worker(kind, name, case.name, threads))
            entrant = _admitted(worker, case, threads, wanted, block, most)
            if entrant.row.status != "ok":
                rows[name] = entrant.row
                worker.close()
            else:
                entrants.append(entrant)
        for k in range(rounds):
            report(f"{case.name}: round {k + 1} of {rounds}")
            for i in range(len(entrants)):
                _timed(entrants[(i + k) % len(entrants)])
        rows |= {e.row.contender: e.row for e in entrants}
    return [rows[name] for name in contenders]


def _admitted(
    worker: Worker, case: Case, threads: int, wanted: Arrays, block: float, most: int | None
) -> Entrant:
    """Build and check; the row says why if it may not take part."""
    row = Row(case.name, threads, worker.contender)
    entrant = Entrant(worker, row)
    answer = worker.ask("build")
    if _refused(entrant, answer):
        return entrant
    entrant.runs = answer["runs"]
    _put(entrant, reason=answer["note"])
    if worker.contender not in UNCHECKED and not _checked(entrant, case, wanted):
        return entrant
    answer = worker.ask("calibrate", seconds=block, most=most)
    if _refused(entrant, answer):
        return entrant
    if answer["slow"]:
        each = answer["seconds"] / entrant.runs
        _put(entrant, status="too slow", steps=1, seconds=(each,),
             reason=f"a step takes {answer['seconds']:.1f} s; timed once")  # fmt: skip
        return entrant
    _put(entrant, steps=answer["steps"])
    return entrant


def _checked(entrant: Entrant, case: Case, wanted: Arrays) -> bool:
    """Compare a few steps with torch."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.npz"
        answer = entrant.worker.ask("check", steps=STEPS, file=str(file))
        if _refused(entrant, answer):
            return False
        with np.load(file) as arrays:
            error = distance(case, dict(arrays), wanted)
    _put(entrant, error=error)
    if error > TOLERANCES[case.dtype]:
        found = f"differs from torch by {error:.1e}, allowed are {TOLERANCES[case.dtype]:.0e}"
        _put(entrant, status="wrong", reason=found)
        return False
    return True


def _timed(entrant: Entrant) -> None:
    """One block, if nothing went wrong before."""
    row = entrant.row
    if row.status != "ok":
        return
    answer = entrant.worker.ask("time", steps=row.steps)
    if not _refused(entrant, answer):
        each = answer["seconds"] / row.steps / entrant.runs
        _put(entrant, seconds=(*row.seconds, each))


def _refused(entrant: Entrant, answer: Any) -> bool:
    """Note why an answer is none."""
    if "failed" in answer:
        _put(entrant, status="failed", reason=answer["failed"])
    elif "refused" in answer:
        _put(entrant, status=answer["refused"], reason=answer["reason"])
    return entrant.row.status != "ok"


def _put(entrant: Entrant, **changed: Any) -> None:
    entrant.row = replace(entrant.row, **changed)
