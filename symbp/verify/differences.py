"""Numerical checks of generated gradients: central differences of the module's own loss.

Input: a loss as a function of the parameters, and the gradients.  Output: rows for a Report.
Imports numpy only: a check that shared code with the derivation could share its bugs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from symbp.verify.report import Comparison

STEPS = (1e-4, 1e-5, 1e-6)
EVERY_ENTRY_UP_TO = 200
DIRECTIONS = 20
# The rounding error of a difference is about |E| * 1e-16 / step, so no better than 1e-10 |E|.
FLOOR = 1e-4

Loss = Callable[[Mapping[str, np.ndarray]], float]


def central_differences(
    loss: Loss,
    parameters: Mapping[str, np.ndarray],
    gradients: Mapping[str, np.ndarray],
    tolerance: float,
    seed: int = 0,
) -> tuple[Comparison, ...]:
    """Compare each gradient with central differences.

    Every entry of a parameter is moved where it has at most 200, else 20 random directions.  Each
    is taken with three step widths and the best counts: a right gradient next to a kink of ReLU
    may fail at the width that steps over the kink, a wrong one fails at all three.

    Args:
        loss: Maps parameters by name to the loss.
        parameters: Float64 arrays by name.
        gradients: d loss / d parameter, by name, those to check.
        tolerance: Largest error that passes, relative to the largest entry of the gradient or
            1e-4 max(1, |loss|) where that is larger, as differences cannot see less.
        seed: Of the random directions.

    Source:
        Nocedal & Wright, Numerical Optimization (2006), section 8.1.

    >>> rows = central_differences(lambda p: float(p["w"] @ p["w"]), {"w": np.array([3.0, -1.0])},
    ...                            {"w": np.array([6.0, -2.0])}, 1e-6)
    >>> rows[0].passed
    True
    """
    stream = np.random.default_rng(seed)
    floor = FLOOR * max(1.0, abs(loss(parameters)))
    rows = []
    for name, gradient in gradients.items():
        errors = [
            _error(loss, parameters, name, direction, _slope(gradient, direction))
            for direction in _directions(np.shape(gradient), stream)
        ]
        largest = float(np.max(np.abs(gradient))) if np.size(gradient) else 0.0
        absolute = float(np.max(errors)) if errors else 0.0
        relative = absolute / max(largest, floor)
        rows.append(Comparison("differences", name, len(errors), absolute, relative, tolerance))
    return tuple(rows)


def _directions(shape: tuple[int, ...], stream: np.random.Generator) -> list[np.ndarray]:
    """Unit vectors: one an entry, or random ones for a large parameter."""
    size = int(np.prod(shape))
    if size <= EVERY_ENTRY_UP_TO:
        return [np.eye(1, size, k).reshape(shape) for k in range(size)]
    drawn = (stream.normal(size=shape) for _ in range(DIRECTIONS))
    return [direction / np.linalg.norm(direction) for direction in drawn]


def _slope(gradient: np.ndarray, direction: np.ndarray) -> float:
    """The derivative along a direction; NaN where an entry is no number."""
    with np.errstate(invalid="ignore"):
        return float(np.sum(gradient * direction))


def _error(
    loss: Loss, parameters: Mapping[str, np.ndarray], name: str, direction: np.ndarray, slope: float
) -> float:
    """|difference - slope| at the step width where it is smallest; NaN if the slope is."""
    found = []
    for step in STEPS:
        ends = [
            loss({**parameters, name: parameters[name] + sign * step * direction})
            for sign in (1, -1)
        ]
        found.append(abs((ends[0] - ends[1]) / (2 * step) - slope))
    return float(np.min(found))
