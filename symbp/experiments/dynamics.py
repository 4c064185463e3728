"""What a map does in the long run: it settles, repeats itself, is chaotic, or runs away.

Input: a map that is iterated for many runs at once.  Output: what was recorded, and a verdict on
each run.  Imports numpy only: gradient descent is one such map, the logistic map another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, Any]

KINDS = ("converged", "periodic", "chaotic", "slow", "undecided", "diverged")
CONVERGED, PERIODIC, CHAOTIC, SLOW, UNDECIDED, DIVERGED = range(6)
EVERY = 8  # steps between two renormalisations of the tangent vector


class System(Protocol):
    """R runs of one map.

    Its numbers are `state`, (P, R).  `evaluate` works out the next step from there; after it, and
    before `advance` takes that step, `losses` and `push` may be called.
    """

    state: Array
    differentiable: bool  # whether it has `push`

    def evaluate(self) -> None:
        """Work out the next step."""

    def losses(self) -> Array:
        """The loss of every run at the state, (R,)."""
        ...

    def push(self, v: Array) -> None:
        """Multiply v, (P, R), by the derivative of the map, in place."""

    def advance(self) -> None:
        """Take the step that was worked out."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a map is iterated.

    Args:
        steps: In all.
        burn_in: So many before anything is measured.
        record: So many are recorded, the last ones.
    """

    steps: int = 2000
    burn_in: int = 1000
    record: int = 128

    @property
    def measured(self) -> int:
        """Steps that Lyapunov exponents are measured over."""
        return self.steps - self.burn_in


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of R runs.

    Args:
        states: Before each of the recorded steps, (record, P, R).
        losses: Before each of the recorded steps, (record, R).
        exponents: Lyapunov exponents, a step, (R,); NaN where they were not measured.
        late: The same over the last quarter of the time, (R,).
        measured: Steps that the exponents were measured over.
    """

    states: Array
    losses: Array
    exponents: Array
    late: Array
    measured: int


def observe(
    system: System, timing: Timing, heard: Callable[[int], None] = lambda step: None
) -> Observed:
    """Iterate a map, and measure how fast two runs next to each other part.

    The largest Lyapunov exponent is the mean growth of the logarithm of a tangent vector's length,
    a step, from the end of the burn-in on.  Its length is set back to 1 every few steps.

    Args:
        system: At its start; it is left at its end.
        timing: How long.
        heard: Called with the number of each step.

    Source:
        Benettin, Galgani, Giorgilli & Strelcyn, Meccanica 15 (1980), 9-30.

    >>> class Halving:
    ...     state, differentiable = np.ones((1, 1)), True
    ...     def evaluate(self): pass
    ...     def losses(self): return self.state[0] ** 2
    ...     def push(self, v): v *= 0.5
    ...     def advance(self): self.state *= 0.5
    >>> seen = observe(Halving(), Timing(steps=100, burn_in=20, record=3))
    >>> bool(abs(seen.exponents[0] - np.log(0.5)) < 1e-12)
    True
    """
    shape = system.state.shape
    states = np.empty((timing.record, *shape), system.state.dtype)
    losses = np.empty((timing.record, shape[1]), system.state.dtype)
    parts = np.zeros((2, shape[1]))
    measured = timing.measured
    quarter = timing.steps - measured // 4  # where the last one begins
    v = np.empty(shape, system.state.dtype)
    v[:] = direction(shape[0])[:, None]
    with np.errstate(all="ignore"):
        for step in range(timing.steps):
            system.evaluate()
            if system.differentiable and step >= timing.burn_in:
                system.push(v)
                if step % EVERY == 0 or step in (quarter - 1, timing.steps - 1):
                    parts[int(step >= quarter)] += rescaled(v)
            place = step - (timing.steps - timing.record)
            if place >= 0:
                states[place] = system.state
                losses[place] = system.losses()
            system.advance()
            heard(step)
        if not system.differentiable:
            parts[:] = np.nan
        exponents = (parts[0] + parts[1]) / measured
        late = parts[1] / max(1, timing.steps - quarter)
    return Observed(states, losses, exponents, late, measured)


def direction(count: int) -> Array:
    """A direction of length 1 to start from, the same for every run; no axis is missed."""
    drawn = np.random.RandomState(0).randint(1, 1001, count) / 1000
    unit: Array = drawn / np.sqrt(np.sum(drawn * drawn))
    return unit


def rescaled(v: Array) -> Array:
    """Set the length of each column to 1; the logarithm of what it was.

    Columns are summed by halves, which takes the same way for every number of columns: a sum over
    an axis does not, and the bits of a run would depend on which others are at its side.
    """
    squares = v * v
    rows = len(squares)
    while rows > 1:
        half = rows // 2
        squares[:half] += squares[rows - half : rows]
        rows -= half
    length = np.sqrt(squares[0])
    v /= np.where(length > 0, length, 1)
    logarithm: Array = np.log(length)
    return logarithm


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What counts as equal.

    Args:
        state: Two numbers are equal if they differ by this much times 1 + the largest of the run.
        pull: A run has settled if its mean step, divided by the rate, is at most this: of gradient
            descent that is the mean gradient along the orbit.
        bound: A run beyond this has diverged.
        periods: The longest period that is looked for.
    """

    state: float = 1e-4
    pull: float = 1e-4
    bound: float = 1e8
    periods: int = 64


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of each of R runs.

    Args:
        kinds: Places in KINDS, (R,).
        periods: 1 where a run converged, its period where it is periodic, else 0, (R,).
        drifts: The largest mean step of a number that has settled, a step, (R,): above 0 where the
            loss has no minimum and weights run to infinity while nothing else changes; else 0.
    """

    kinds: Array
    periods: Array
    drifts: Array


def classify(seen: Observed, rates: Array, tolerances: Tolerances = Tolerances()) -> Verdicts:
    """Decide on every run, on all of its numbers.

    In this order: diverged, if a number is not finite or beyond the bound; of period p, the
    smallest for which x[t+p] - x[t] is the same over the whole record, and converged if p = 1,
    or slow if the mean step is too large for that; chaotic, if a tangent vector grew by more than
    n**2/eps over the n steps that it was measured, and by more than m**2 over the last m = n/4 of
    them; else undecided: quasi-periodic, of a longer period, or not decided yet.

    Next to an orbit that is regular a tangent vector grows in proportion to n at most, next to one
    that leaves an unstable orbit exponentially.  But so does the distance from that orbit, which is
    not below eps, the rounding of 1: before it has grown by 1/eps it is as large as the numbers
    themselves, and the run has left.  Chaos alone goes on beyond that, up to the end.

    Args:
        seen: What was recorded; periods up to half of its length are looked for.
        rates: What a step is divided by, (R,): learning rates, ones for other maps.
        tolerances: What counts as equal.
    """
    states = seen.states
    record, _, R = states.shape
    kinds = np.full(R, UNDECIDED, np.int8)
    periods = np.zeros(R, np.int16)
    drifts = np.zeros(R)
    with np.errstate(all="ignore"):
        largest = np.max(np.abs(states), axis=(0, 1))
        fine = (largest <= tolerances.bound) & np.isfinite(seen.losses).all(axis=0)
        kinds[~fine] = DIVERGED
        left = np.flatnonzero(fine)
        part = states[:, :, left]
        for p in range(1, min(tolerances.periods, record // 2) + 1):
            ends, mean = repeating(part, p)
            same = ends <= tolerances.state * (1 + largest[left])
            if same.any():
                drift = np.max(np.abs(mean[:, same]), axis=0) / p
                found = left[same]
                settled = drift <= tolerances.pull * rates[found]
                kinds[found] = np.where(settled, CONVERGED if p == 1 else PERIODIC, SLOW)
                periods[found] = np.where(settled, p, 0)
                drifts[found] = drift
                left = left[~same]
                part = states[:, :, left]
        chaotic = seen.exponents > threshold(seen.measured, float(np.finfo(states.dtype).eps))
        chaotic &= seen.late > threshold(seen.measured // 4)
        kinds[left[chaotic[left]]] = CHAOTIC
    return Verdicts(kinds, periods, drifts)


def repeating(states: Array, p: int) -> tuple[Array, Array]:
    """How far x[t+p] - x[t] is from its mean over the record, at most, (R,); that mean, (P, R).

    >>> x = np.array([0.0, 1, 0.5, 1.5, 1, 2])[:, None, None]  # period 2, and a drift
    >>> [repeating(x, p)[0].item() for p in (1, 2)]
    [0.9, 0.0]
    """
    moved = states[p:] - states[:-p]
    mean = moved[0].copy()
    for row in moved[1:]:  # in this order for any number of runs
        mean += row
    mean /= len(moved)
    moved -= mean
    return np.max(np.abs(moved, out=moved), axis=(0, 1), initial=0), mean


def threshold(measured: int, nearest: float = 1) -> float:
    """The exponent over so many steps above which motion is not regular, a step.

    Args:
        measured: n steps.
        nearest: How close to an unstable orbit a run may have been at first: a tangent vector
            grows by 1/nearest until it has left, and by n**2 for all else.

    >>> round(threshold(1000), 4), round(threshold(1000, 2**-52), 4)
    (0.0138, 0.0499)
    """
    return (2 * math.log(measured) - math.log(nearest)) / measured if measured > 1 else math.inf
