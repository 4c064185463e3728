"""Pictures of the generated code beside torch: a training of both, and errors of a function.

Input: a matplotlib figure and numbers.  Output: none, the figure is drawn on.  Imports plotting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symbp.plotting import COLOURS, GREY, LARGEST, STYLES

SIZE = (6.8, 4.8)
LEAST = 1e-3  # ULP; what is closer to the truth is drawn here


def trainings(
    figure: Any,
    steps: Sequence[int],
    losses: Mapping[str, Sequence[float]],
    apart: Sequence[float],
    title: str,
) -> None:
    """The loss of each code against the step, and how far their weights are apart.

    Args:
        figure: Empty.
        steps: Where they were looked at.
        losses: Of each code there, the first steps of a run that ended early.
        apart: The largest difference of a weight, where both were looked at.
        title: Of the picture.
    """
    loss, gap = figure.subplots(2, 1, sharex=True, height_ratios=(1.3, 1))
    for k, (who, values) in enumerate(losses.items()):
        style = {"color": COLOURS[k], "linestyle": STYLES[k], "linewidth": 2.2 - k, "label": who}
        loss.plot(steps[: len(values)], _drawable(values), **style)
    if all(value > 0 for values in losses.values() for value in values):
        loss.set_yscale("log")
    loss.set_ylabel("loss")
    loss.set_title(title, parse_math=False, fontsize=10)
    loss.legend(fontsize=8, frameon=False)
    shown = _drawable([np.nan if x == 0 else x for x in apart])
    gap.plot(steps[: len(shown)], shown, "o-", color=COLOURS[2], markersize=3, linewidth=1)
    if np.isfinite(shown).any():
        gap.set_yscale("log")
    gap.set_ylabel("largest difference\nof a weight")
    gap.set_xlabel("step")
    gap.set_xscale("symlog", linthresh=1)
    gap.set_xlim(0, steps[-1] * 1.1)
    for axes in (loss, gap):
        axes.grid(alpha=0.3)


def _drawable(values: Sequence[float]) -> np.ndarray:
    """Values, NaN in the place of those that are too large for an axis."""
    numbers = np.array(values)
    return np.where(np.abs(numbers) < LARGEST, numbers, np.nan)


def errors(
    figure: Any,
    points: np.ndarray,
    truth: np.ndarray,
    found: Mapping[str, np.ndarray],
    name: str,
) -> None:
    """A function, and the error of each code that computes it.

    Args:
        figure: Empty.
        points: Rising and finite.
        truth: The function there; NaN where it has no value.
        found: Errors of each code there, in ULP; inf where a value is spurious.
        name: Of the function.
    """
    value, error = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.6))
    value.plot(points, truth, color=COLOURS[7], linewidth=1.4)
    value.set_ylabel(f"{name}(z)", parse_math=False)
    value.set_title(f"{name}, and the error of its code in float64", parse_math=False, fontsize=10)
    for k, (who, ulp) in enumerate(found.items()):
        known = np.isfinite(ulp)
        style = {"color": COLOURS[k], "markersize": 4.5 - 2.7 * k, "label": who}
        error.plot(points[known], np.maximum(ulp[known], LEAST), "o", markeredgewidth=0, **style)
    error.axhline(1, color=GREY, linestyle="--", linewidth=1)
    error.set_yscale("log")
    error.set_ylabel("error in ULP")
    error.set_xlabel("z")
    error.set_xscale("asinh", linear_width=0.7)  # smooth at 0, unlike "symlog"
    error.legend(fontsize=8, frameon=False)
    for axes in (value, error):
        axes.grid(alpha=0.3)
