"""How much each activation shrinks the deltas at the start: slow learning by saturation.

Input: a `Start`.  Output: a `Finding` for each layer whose slopes are bounded below 1, or are small
against what the activation can have.  Imports slopes, start, floor and study.
"""

from __future__ import annotations

from fractions import Fraction

import mpmath

from symbp.differentiate import derivative
from symbp.experiments.explain.finding import Finding
from symbp.experiments.explain.floor import bounds
from symbp.experiments.explain.slopes import LETTER, LayerSlopes, layer_slopes
from symbp.experiments.explain.start import Start

SATURATED, DIGITS = 0.1, 6


def saturation(begun: Start, slopes: tuple[LayerSlopes, ...] | None = None) -> tuple[Finding, ...]:
    """Compare f'(net) at the start with the largest slope that the activation has.

    A layer whose slopes are on average below a tenth of the largest is called saturated; of the
    rest those are named whose largest slope is below 1, as each makes the deltas smaller.

    >>> from symbp.experiments.explain.start import start
    >>> from symbp.spec_file import worked_example
    >>> print(saturation(start(worked_example()))[0].text())
    Layer 1: the slope of sigmoid is never above 0.25, here from 0.246134 to 0.249975, so going \
back through it makes each delta at least 4 times smaller.
    """
    import numpy as np

    found = []
    for layer in layer_slopes(begun) if slopes is None else slopes:
        low, high = bounds(derivative(layer.formula, LETTER))
        ends = [b.value for b in (low, high)]
        sizes = [abs(v.number) for v in ends if v is not None]
        here = np.abs(layer.slopes)
        alive = here[here > 0]  # what is flat is the matter of dead.py
        if len(sizes) < 2 or not len(alive) or mpmath.isinf(max(sizes)) or not max(sizes):
            continue
        largest = float(max(sizes))
        share = float(np.mean(alive)) / largest
        values = {
            "layer": layer.layer, "activation": layer.activation,
            "largest": _round(largest), "least": _round(float(here.min())),
            "most": _round(float(here.max())),
        }  # fmt: skip
        evidence = {"layer": layer.layer, "largest": largest, "mean": float(np.mean(here))}
        if share < SATURATED:
            more = {"mean": _round(float(np.mean(here)))}
            found.append(Finding("finding.slope.saturated", values | more, evidence=evidence))
        elif largest < 1:
            more = {"times": _round(1 / largest)}
            found.append(Finding("finding.slope.bounded", values | more, evidence=evidence))
    return tuple(found)


def _round(value: float) -> Fraction | float:
    return float(f"{value:.{DIGITS}g}")
