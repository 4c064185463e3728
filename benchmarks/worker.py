"""The process of one contender: it does what the parent asks, one line of JSON an answer.

`python -m benchmarks.worker KIND CONTENDER CASE`, with threads and cores set by the parent before.
Each line of standard input is {"do": what, ..}, each answer an object; {"refused": .., "reason":
..} where a contender cannot take part, {"failed": reason} where it raises.  What libraries print
goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TextIO

import numpy as np

from benchmarks.contenders import NotAvailable, Start, Train, prepare
from benchmarks.networks import CASES, Case

Answer = dict[str, Any]
SLOWEST = 2.0  # seconds: a step (in a sweep, of all runs) that takes longer is not repeated


@dataclass
class Session:
    """A contender and its case, and what was made of them so far."""

    kind: str
    contender: str
    case: Case
    start: Start | None = None
    train: Train | None = None

    def build(self) -> Answer:
        """Import, compile, and take the numbers."""
        self.start = prepare(self.kind, self.contender, self.case)
        self.train = self.start(self.case.data())
        return {
            "runs": getattr(self.start, "runs", self.case.runs),
            "note": getattr(self.start, "note", ""),
        }

    def check(self, steps: int, file: str) -> Answer:
        """Train a few steps and write what came out."""
        found = self._train(steps)
        np.savez(file, **{name: np.asarray(value) for name, value in found.items()})
        return {"written": sorted(found)}

    def calibrate(self, seconds: float, most: int | None = None) -> Answer:
        """How many steps take about so long; a block never has more than `most`."""
        return calibrated(self.time, seconds, most)

    def time(self, steps: int) -> Answer:
        """Seconds that so many steps take; a tenth as many come before, to warm the caches."""
        if steps > 1:
            self._train(max(1, steps // 10))
        start = time.perf_counter()
        self._train(steps)
        return {"seconds": time.perf_counter() - start}

    def memory(self, steps: int) -> Answer:
        """Bytes by which the resident set grows at most, numbers and all, while it trains.

        What is loaded and compiled on first use is not counted: a small network comes before.
        """
        small = replace(self.case, sizes=tuple(min(8, n) for n in self.case.sizes), batch=2)
        prepare(self.kind, self.contender, small)(small.data())(2)
        ready = prepare(self.kind, self.contender, self.case)
        reset_peak()
        before = resident("VmRSS")
        ready(self.case.data())(steps)
        return {"bytes": resident("VmHWM") - before}

    def _train(self, steps: int) -> Any:
        if self.train is None:
            raise RuntimeError("asked to train before it was built")
        return self.train(steps)


def calibrated(clock: Callable[[int], Answer], seconds: float, most: int | None) -> Answer:
    """Lengthen a block until it takes a quarter of `seconds`, then scale.

    >>> calibrated(lambda steps: {"seconds": 0.001 * steps}, 0.1, None)["steps"]
    100
    """
    clock(1)  # the first step of all may compile
    steps = 1
    while True:
        taken = clock(steps)["seconds"]
        if steps == 1 and taken > SLOWEST:
            return {"steps": 1, "slow": True, "seconds": taken}
        if taken >= seconds / 4 or (most is not None and steps >= most):
            break
        steps = min(steps * 4, most or steps * 4)
    wanted = max(1, round(seconds / taken * steps))
    return {"steps": min(wanted, most or wanted), "slow": False}


def resident(entry: str) -> int:
    """VmRSS or VmHWM of this process in bytes."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith(entry + ":"))
    return int(line.split()[1]) * 1024


def reset_peak() -> None:
    """Let VmHWM begin at what is resident now."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
        peak.write("5")


def answer(session: Session, request: dict[str, Any]) -> Answer:
    """Do what is asked; whatever a contender raises is a finding about it."""
    what = request.pop("do")
    try:
        return getattr(session, what)(**request)
    except NotAvailable as error:
        return {"refused": "not available", "reason": str(error)}
    except ImportError as error:
        return {"refused": "not installed", "reason": str(error)}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"}


def serve(session: Session, requests: TextIO, answers: TextIO) -> None:
    """Answer until the parent closes its end."""
    for line in requests:
        print(json.dumps(answer(session, json.loads(line))), file=answers, flush=True)


def main(arguments: list[str]) -> None:
    """Keep standard output for answers: what libraries print there goes to standard error."""
    kind, contender, case = arguments
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(Session(kind, contender, CASES[kind][case]), sys.stdin, answers)


if __name__ == "__main__":
    main(sys.argv[1:])
