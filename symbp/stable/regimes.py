"""Which form is used where: the fewest regimes whose errors are small.

Input: forms with their errors at sorted points, and places where they may change.  Output: a form
for each interval.  Dynamic programming over blocks, as Herbie does over branches: Panchekha et al.,
Automatically improving accuracy for floating point expressions (PLDI 2015), section 4.8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
CHANGE = 2.0  # bits a further regime must gain
ENOUGH = 0.7  # of the goal: below it, errors count the same, and the rest is for fresh points
MISSED = 30.0  # per bit above the goal
SPURIOUS = 1e6


@dataclass(frozen=True, slots=True)
class Cut:
    """A place where the form may change.

    Args:
        at: The number.
        left: Whether it belongs to the interval left of it.
    """

    at: float
    left: bool = False


def blocks(points: Array, cuts: list[Cut]) -> Array:
    """The number of the block, between cuts, in which each point lies.

    >>> blocks(np.array([-1.0, 0.0, 1.0]), [Cut(0.0), Cut(1.0, left=True)]).tolist()
    [0, 1, 1]
    """
    strict = [math.nextafter(c.at, math.inf) if c.left else c.at for c in cuts]
    found: Array = np.searchsorted(np.array(strict), points, side="right")
    return found


def choose(errors: Array, block: Array, count: int, goal: float, costs: Array) -> list[int]:
    """The form to use in each block.

    Args:
        errors: (forms, points) in ULP; inf where a form is spurious, NaN where it may not be used.
        block: Number of the block of each point.
        count: Number of blocks.
        goal: ULP that are good enough.
        costs: Work of each form; decides between equals.

    >>> two = np.array([[0.5, 9.0], [0.5, 0.5]])
    >>> choose(two, np.array([0, 1]), 2, 4.0, np.zeros(2))
    [1, 1]
    """
    forms = len(errors)
    price = np.zeros((count, forms))
    for k in range(count):
        here = errors[:, block == k]
        if not here.shape[1]:
            continue
        worst = here.max(axis=1)  # NaN stays NaN
        bits = np.log2(1 + np.maximum(np.where(np.isfinite(worst), worst, 0), ENOUGH * goal))
        bits -= np.log2(1 + ENOUGH * goal)
        missed = np.maximum(bits - np.log2((1 + goal) / (1 + ENOUGH * goal)), 0) * MISSED
        price[k] = bits + missed
        price[k, np.isinf(worst)] = SPURIOUS
        price[k, np.isnan(worst)] = np.inf
    price += 0.002 * costs
    best, came = price[0].copy(), np.zeros((count, forms), dtype=int)
    for k in range(1, count):
        cheapest = int(np.argmin(best))
        changed = best[cheapest] + CHANGE
        stay = best <= changed
        came[k] = np.where(stay, np.arange(forms), cheapest)
        best = np.where(stay, best, changed) + price[k]
    path = [int(np.argmin(best))]
    for k in range(count - 1, 0, -1):
        path.append(int(came[k, path[-1]]))
    return path[::-1]
