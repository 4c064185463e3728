"""How much each activation shrinks the deltas at the start: slow learning by saturation.

Input: a `Start`.  Output: a `Finding` for each layer whose slopes are bounded below 1, or are small
against what the activation can have.  Imports slopes, start, floor and study.
"""

from __future__ import annotations

from typing import Any

import mpmath

from symbp.differentiate import derivative
from symbp.experiments.explain.finding import Finding
from symbp.experiments.explain.floor import bounds
from symbp.experiments.explain.slopes import LETTER, LayerSlopes, layer_slopes
from symbp.experiments.explain.start import Start

SATURATED, DIGITS = 0.1, 6


def saturation(begun: Start, slopes: tuple[LayerSlopes, ...] | None = None) -> tuple[Finding, ...]:
    """Compare f'(net) at the start with the largest slope that the activation has.

    A layer whose slopes are on average below a tenth of the largest is called saturated.  Of
    activations whose largest slope is below 1 it is said how much they make the deltas smaller.

    >>> from symbp.experiments.explain.start import start
    >>> from symbp.spec_file import worked_example
    >>> print(saturation(start(worked_example()))[0].text())
    The slope of sigmoid (layer 1, 2) is never above 0.25, here from 0.246134 to 0.249975: on the \
way back to the inputs the deltas are made at least 16 times smaller by it.
    """
    import numpy as np

    found: list[Finding] = []
    bounded: dict[tuple[str, float], list[LayerSlopes]] = {}
    for layer in layer_slopes(begun) if slopes is None else slopes:
        sizes = [abs(b.value.number) for b in bounds(derivative(layer.formula, LETTER)) if b.value]
        here = np.abs(layer.slopes)
        alive = here[here > 0]  # what is flat is the matter of dead.py
        if len(sizes) < 2 or not len(alive) or mpmath.isinf(max(sizes)) or not max(sizes):
            continue
        largest = float(max(sizes))
        if largest < 1:
            bounded.setdefault((layer.activation, largest), []).append(layer)
        if float(np.mean(alive)) < SATURATED * largest:
            values = {"layer": layer.layer, "activation": layer.activation,
                      "largest": _round(largest), **_extent(here),
                      "mean": _round(float(np.mean(here)))}  # fmt: skip
            found.append(Finding("finding.slope.saturated", values, evidence=values))
    for (activation, largest), layers in bounded.items():
        here = np.concatenate([np.abs(layer.slopes).ravel() for layer in layers])
        values = {
            "layers": [layer.layer for layer in layers], "activation": activation,
            "largest": _round(largest), **_extent(here),
            "times": _round(largest ** -len(layers)),
        }  # fmt: skip
        found.append(Finding("finding.slope.bounded", values, evidence=values))
    return tuple(found)


def _extent(values: Any) -> dict[str, float]:
    return {"least": _round(float(values.min())), "most": _round(float(values.max()))}


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
