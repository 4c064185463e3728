"""What the sharpness of a training means, in sentences: the edge of stability.

Input: a `Sharpness`.  Output: findings, each with the numbers it rests on.  Imports sharpness and
the type of findings.

Source:
    Cohen, Kaur, Li, Kolter & Talwalkar, Gradient Descent on Neural Networks Typically Occurs at
    the Edge of Stability (2021); Damian, Nichani & Lee, Self-Stabilization (2023).
"""

from __future__ import annotations

import numpy as np

from symbp.experiments.explain.finding import Finding
from symbp.experiments.sharpness import ERROR, NUDGE, Sharpness

CLOSE = 0.02  # growth a step that agrees to this is that of the Hessian looked at
PRINTED = 1e-6  # a relative difference that is seen in the digits that losses are printed with


def explain(found: Sharpness) -> tuple[Finding, ...]:
    """Say where lr*lambda_max passes 2, by how much errors grow there, and what that does.

    >>> from symbp.experiments.sharpness import sharpness
    >>> from symbp.spec_file import worked_example
    >>> print(explain(sharpness(worked_example(), steps=20, every=10))[0].sentence())
    lr*lambda_max, with lambda_max the largest eigenvalue of the Hessian, is 0.04462 at iteration \
0 and 0.04068 at iteration 20.
    """
    first, last = found.ratios[0], found.ratios[-1]
    said = [
        Finding(
            "finding.sharpness.ends",
            {"first": _short(first), "last": _short(last), "at": int(found.steps[-1])},
            evidence={"first": float(first), "last": float(last)},
        )
    ]
    crossing = found.crossing
    if crossing is None:
        peak = {"peak": _short(found.peak[1]), "at": found.peak[0]}
        shrinks = bool((found.growth < 1).all())
        key = "finding.sharpness.below" if shrinks else "finding.sharpness.below, concave"
        said.append(Finding(key, peak))
    else:
        said += _above(found, crossing)
    seen = np.isfinite(found.measured)
    if seen.any():
        apart = np.abs(found.measured - found.growth) / np.maximum(found.growth, 1)
        off = float(apart[seen].max())
        values = {"error": f"{ERROR:.0e}", "off": f"{off:.1e}"}
        key = "finding.sharpness.measured" if off <= CLOSE else "finding.sharpness.measured, far"
        large = (Finding("finding.sharpness.relative"),) if (found.growth > 1).any() else ()
        said.append(Finding(key, values, evidence={"off": off}, details=large))
    if not seen.all():
        said.append(Finding("finding.sharpness.not measured", {"error": f"{ERROR:.0e}"}))
    if found.diverged is not None:
        said.append(Finding("finding.sharpness.diverged", {"at": found.diverged}))
    return tuple(said)


def _above(found: Sharpness, crossing: tuple[int, int]) -> list[Finding]:
    """What follows from passing 2."""
    before, after = crossing
    ended = found.diverged is not None
    values = {"before": before, "after": after, "peak": _short(found.peak[1]), "at": found.peak[0]}
    key = "finding.sharpness.crossing" if after else "finding.sharpness.from the start"
    stretch = Finding("finding.sharpness.stretch", {"power": f"{found.amplified:.1f}"})
    evidence = {"amplified": found.amplified}
    # Between looks at a run that diverges, lambda_max is not on a line: no product is told.
    details = () if ended else (stretch,)
    said = [Finding(key, values, evidence={} if ended else evidence, details=details)]
    passed = np.where(np.isfinite(found.difference), found.difference, -1.0)
    late = before + int(passed[before:].argmax())
    differences = {
        "nudge": f"{NUDGE:.0e}", "before": before, "early": f"{passed[before]:.2g}",
        "late": f"{passed[late]:.2g}", "at": late,
    }  # fmt: skip
    evidence = {"early": float(passed[before]), "late": float(passed[late])}
    seen = passed[late] > PRINTED
    key = "finding.sharpness.machines, diverges" if ended else "finding.sharpness.machines, not yet"
    key = "finding.sharpness.machines" if seen else key
    said.append(Finding(key, differences, evidence=evidence))
    if found.ratios[-1] <= 2:
        said.append(Finding("finding.sharpness.settles", {"last": _short(found.ratios[-1])}))
    return said


def _short(number: float) -> str:
    return f"{number:.4g}"
