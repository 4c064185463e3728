"""Sharpness along a training: lambda_max of the Hessian, and what it does to errors.

Input: a network, and how long to train it.  Output: a `Sharpness`.  Everything is run by the
generated module.  Imports numpy, curvature, objective, progress and errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from symbp.checks import whole_number
from symbp.errors import SpecError
from symbp.experiments.curvature import NotFiniteError, top
from symbp.experiments.objective import Objective, objective
from symbp.form import Form
from symbp.progress import report
from symbp.spec import Network

MOST_STEPS = 1_000_000
# An error as small as this is moved by the derivative alone, and is still far above rounding.
# It is watched for so many steps, fewer where it shrinks to a part, or grows to a multiple.
ERROR, WATCHED, SMALLEST, LARGEST = 1e-10, 10, 0.05, 100.0
SEEN = 1e-3  # rounding errors of the weights may be this part of the error
# What a machine may differ by in the last digits of the start.
NUDGE = 1e-15


@dataclass(frozen=True, slots=True)
class Sharpness:
    """lambda_max every so many steps of gradient descent.

    Args:
        rate: The learning rate.
        steps: Iterations looked at, rising from 0, shape (K,).
        tops: lambda_max there, (K,).
        measured: By how much an error along the top eigenvector really grows a step, (K,); NaN
            where a run overflows meanwhile, or the weights are too large to see the error.
        losses: The loss before each iteration, and at the end, (T + 1,).
        nudged: The same of a second run: its first weight starts `NUDGE` away.
        diverged: The first iteration whose loss or Hessian is not finite; None: all are.
    """

    rate: float
    steps: np.ndarray
    tops: np.ndarray
    measured: np.ndarray
    losses: np.ndarray
    nudged: np.ndarray
    diverged: int | None

    @property
    def ratios(self) -> np.ndarray:
        """lr*lambda_max, (K,); above 2, gradient descent cannot stay."""
        return np.asarray(self.rate * self.tops)

    @property
    def critical(self) -> np.ndarray:
        """2/lambda_max, (K,); inf where nothing curves upwards."""
        return np.array([2 / t if t > 0 else math.inf for t in self.tops])

    @property
    def growth(self) -> np.ndarray:
        """|1 - lr*lambda_max|, (K,): an error along the top eigenvector, step by step."""
        return np.asarray(np.abs(1 - self.ratios))

    @property
    def crossing(self) -> tuple[int, int] | None:
        """Two neighbours among the steps, between which lr*lambda_max first passes 2."""
        above = np.flatnonzero(self.ratios > 2)
        if len(above) == 0:
            return None
        return int(self.steps[max(above[0] - 1, 0)]), int(self.steps[above[0]])

    @property
    def peak(self) -> tuple[int, float]:
        """Step and value of the largest lr*lambda_max."""
        at = int(self.ratios.argmax())
        return int(self.steps[at]), float(self.ratios[at])

    @property
    def amplified(self) -> float:
        """The largest power of ten by which an error grows on the way, by the growth a step.

        log10 of the product of |1 - lr*lambda_max|, lambda_max taken linear between the steps
        looked at, over the stretch above 2 where that is largest; 0 if there is none.
        """
        every = np.arange(self.steps[-1] + 1)
        ratios = np.interp(every, self.steps, self.ratios)
        logs = np.where(ratios > 2, np.log10(np.maximum(np.abs(1 - ratios), 1)), -math.inf)
        best = total = 0.0
        for value in logs[:-1]:
            total = max(total + float(value), 0.0)
            best = max(best, total)
        return best

    @property
    def difference(self) -> np.ndarray:
        """|nudged - losses| / losses, (T + 1,): what NUDGE has become."""
        with np.errstate(all="ignore"):
            return np.asarray(np.abs(self.nudged - self.losses) / np.abs(self.losses))


def sharpness(
    network: Network,
    steps: int = 1000,
    every: int | None = None,
    rate: float | None = None,
    found: Objective | None = None,
) -> Sharpness:
    """Train a network by gradient descent on its example, and take lambda_max on the way.

    Args:
        network: Its example gives start, samples and learning rate.
        steps: Of training, 1 to a million.
        every: How far the steps looked at are apart, at most `steps`; the last step is looked at,
            too.  None: a tenth of all.
        rate: Another learning rate; None: the example's.
        found: The objective of that network, if it is there already.

    Raises:
        SpecError: a number is out of range, or the loss is not finite at the start.
        DependencyError: a large network, and no SciPy.

    >>> found = sharpness(Network(sizes=[2, 2, 2]), steps=20, every=10)
    >>> found.steps.tolist(), bool((abs(found.measured - found.growth) < 1e-3).all())
    ([0, 10, 20], True)
    """
    whole_number(steps, "--steps", 1, MOST_STEPS)
    every = max(1, steps // 10) if every is None else every
    whole_number(every, "--every", 1, steps)
    found = found or objective(network, Form(second_order=True))
    rate = found.rate if rate is None else rate
    theta, vector = found.start, None
    if not math.isfinite(found.loss(theta)):
        text = f"the loss of the start is {found.loss(theta)}"
        raise SpecError("example", text, "Give smaller weights or inputs.")
    at, diverged = 0, None
    rows: list[tuple[int, float, float]] = []
    losses: list[np.ndarray] = []
    while True:
        try:
            value, vector = top(found, theta, vector)
        except NotFiniteError:
            if not rows:
                raise
            diverged = at
            break
        rows.append((at, value, measured_growth(found, theta, vector, rate, abs(1 - rate * value))))
        report("training", at / steps)
        if at == steps:
            break
        count = min(every, steps - at)
        theta, passed = found.descend(theta, rate, count)
        passed = np.append(passed, found.loss(theta))
        bad = np.flatnonzero(~np.isfinite(passed))
        if len(bad) or not np.isfinite(theta).all():
            diverged = at + (int(bad[0]) if len(bad) else count)
            losses.append(passed[: diverged - at])
            break
        losses.append(passed[:-1])
        at += count
    if diverged in (None, at):
        losses.append(np.array([found.loss(theta)]))
    curve = np.concatenate(losses)
    moved = found.start.copy()
    moved[0] += NUDGE
    end, others = found.descend(moved, rate, len(curve) - 1)
    nudged = np.append(others, found.loss(end))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Sharpness(rate, columns[0], columns[1], columns[2], curve, nudged, diverged)


def measured_growth(
    found: Objective, theta: np.ndarray, vector: np.ndarray, rate: float, expected: float
) -> float:
    """By how much an error along a direction grows a step, from two runs of the module.

    The second run starts `ERROR` away along the direction.  Growth is the geometric mean over up
    to ten steps, fewer where the error would shrink into rounding or leave the tangent.

    Args:
        found: The objective.
        theta: Where both runs are, (P,).
        vector: Of length 1, (P,).
        rate: The learning rate.
        expected: Growth a step that is expected; it decides over the number of steps only.

    Returns:
        The growth; NaN where a run overflows, or rounding errors hide what is between the two.
    """
    steps = WATCHED
    if expected != 1:
        limit = math.log(SMALLEST if expected < 1 else LARGEST)
        steps = max(1, min(WATCHED, math.floor(limit / math.log(max(expected, 1e-300)))))
    one, _ = found.descend(theta, rate, steps)
    other, _ = found.descend(theta + ERROR * vector, rate, steps)
    rounding = np.finfo(float).eps * max(np.abs(theta).max(), 1)
    if not (np.isfinite(one).all() and np.isfinite(other).all()) or rounding > SEEN * ERROR:
        return math.nan
    return float((abs((other - one) @ vector) / ERROR) ** (1 / steps))
