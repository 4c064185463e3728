"""A sweep: a run for every start and rate, in chunks that know nothing of each other.

Input: `Code`, starts, rates and options.  Output: a `Swept`, the same bit for bit whatever the
chunks and whoever computes them.  Imports engine, dynamics and numpy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbp.errors import SpecError
from symbp.experiments.dynamics import Timing, Tolerances, classify, observe
from symbp.experiments.engine import Arrays, Code, at_once, descent

Array = np.ndarray[Any, Any]
RECORDS = 2**26  # bytes that the recorded weights of a chunk may take
LOSS = "loss"
TIMING, TOLERANCES = Timing(), Tolerances()
MOST_STEPS = 10_000_000
MOST_RECORDED = 300_000_000  # numbers, 2.4 GB


@dataclass(frozen=True, slots=True)
class Options:
    """What is done with every run.

    Args:
        timing: Steps, burn-in and record.
        tolerances: What counts as equal.
        quantity: What is kept of the record: "loss", or the name of a weight.
    """

    timing: Timing = TIMING
    tolerances: Tolerances = TOLERANCES
    quantity: str = LOSS


@dataclass(frozen=True, slots=True)
class Sweep:
    """Every start with every rate; run number start * len(rates) + rate.

    Args:
        code: Of `engine.code_of`.
        starts: Parameters by name, each with a row for each of S starts.
        rates: (L,).
        options: What is done with every run.
        chunk: Runs that are trained together; it changes no bit.

    Raises:
        SpecError: steps, burn-in, record, tolerance or quantity are out of range.
    """

    code: Code
    starts: Arrays
    rates: Array
    options: Options
    chunk: int

    def __post_init__(self) -> None:
        timing, tolerances = self.options.timing, self.options.tolerances
        checks = (
            ("--steps", timing.steps, 1, MOST_STEPS),
            ("--burn-in", timing.burn_in, 0, timing.steps - 1),
            ("--last", timing.record, 1, timing.steps - timing.burn_in),
            ("--chunk", self.chunk, 1, 10**9),
        )
        for flag, value, least, most in checks:
            if not least <= value <= most:
                remedy = "Steps are burned in first, and recorded at the end."
                raise SpecError(flag, f"found {value}, expected {least} to {most}", remedy)
        if self.runs * timing.record > MOST_RECORDED:
            found = f"{self.runs} runs with {timing.record} recorded steps each"
            remedy = f"Record fewer: runs times steps may be {MOST_RECORDED}."
            raise SpecError("--last", found, remedy)
        if not 0 < tolerances.state < 1:
            found = f"found {tolerances.state:g}, expected a number between 0 and 1"
            raise SpecError("--tolerance", found, "Write 1e-4, say.")

    @property
    def count(self) -> int:
        """How many starts there are."""
        return len(next(iter(self.starts.values())))

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.rates) * self.count

    @property
    def chunks(self) -> int:
        """How many there are, the last one perhaps smaller."""
        return (self.runs + self.chunk - 1) // self.chunk

    def job(self, number: int) -> Job:
        """What a chunk needs, and nothing else."""
        first, end = number * self.chunk, min((number + 1) * self.chunk, self.runs)
        start, rate = np.divmod(np.arange(first, end), len(self.rates))
        used = {name: rows[start[0] : start[-1] + 1] for name, rows in self.starts.items()}
        return Job(self.code, used, start - start[0], self.rates[rate], self.options)


@dataclass(frozen=True, slots=True)
class Job:
    """A chunk of runs as text and arrays, which any process can compute.

    Args:
        code: The generated module.
        starts: Those that occur; parameters by name, each with a row a start.
        start: Which of them each run takes, (R,).
        rates: (R,).
        options: What is done with every run.
    """

    code: Code
    starts: Arrays
    start: Array
    rates: Array
    options: Options


@dataclass(frozen=True, slots=True)
class Swept:
    """What came out, of R runs.

    Args:
        recorded: The quantity before each of the last steps, (record, R).
        kinds: Places in dynamics.KINDS, (R,).
        periods: (R,).
        drifts: (R,).
        exponents: Lyapunov exponents, (R,); NaN where there is no derivative.
        losses: The mean over the last steps, (R,).
        seconds: Of computing on a core, all chunks together; no part of the result.
    """

    recorded: Array
    kinds: Array
    periods: Array
    drifts: Array
    exponents: Array
    losses: Array
    seconds: float = field(default=0.0, compare=False)

    def arrays(self) -> Mapping[str, Array]:
        """By name, all but the seconds."""
        return {name: getattr(self, name) for name in ARRAYS}


ARRAYS = ("recorded", "kinds", "periods", "drifts", "exponents", "losses")


def chunk_size(code: Code, timing: Timing) -> int:
    """Runs that are trained together: as many as fit the cache, and whose records fit memory."""
    recorded = max(1, len(code.trained) * timing.record * 8)
    return max(1, min(at_once(code), RECORDS // recorded))


def run_chunk(job: Job, heard: Callable[[int], None] = lambda step: None) -> Swept:
    """Train a chunk of runs, and decide what became of each."""
    before = time.thread_time()
    timing = job.options.timing
    starts = {name: rows[job.start] for name, rows in job.starts.items()}
    seen = observe(descent(job.code, starts, job.rates), timing, heard)
    found = classify(seen, job.rates, job.options.tolerances)
    quantity = job.options.quantity
    recorded = seen.losses if quantity == LOSS else seen.states[:, job.code.trained.index(quantity)]
    with np.errstate(all="ignore"):
        losses = seen.losses[0] / timing.record
        for row in seen.losses[1:]:  # in this order for any number of runs
            losses += row / timing.record
    return Swept(
        np.ascontiguousarray(recorded), found.kinds, found.periods, found.drifts, seen.exponents,
        losses, time.thread_time() - before,
    )  # fmt: skip


def together(parts: list[Swept]) -> Swept:
    """The chunks in order as one."""
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in ARRAYS
    }
    return Swept(**joined, seconds=sum(part.seconds for part in parts))
