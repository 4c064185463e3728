"""Measure a formula: its truth at points, where it crosses zero, its limits.

Input: a SymPy expression in X.  Output: points with a `Truth` whose unit has a floor near roots.
Imports pieces, points, truth and error.
"""

from __future__ import annotations

import math

import mpmath
import numpy as np
import sympy as sp

from symbp.stable.error import Truth
from symbp.stable.pieces import pieces
from symbp.stable.points import sample
from symbp.stable.truth import Evaluator, Number, compiled, true_values
from symbp.stable.writer import X

Array = np.ndarray
SCOUTS, MOST_ROOTS, FURTHEST_ROOT = 1500, 8, 1e4


class Measure:
    """A formula ready to be measured.

    Args:
        expr: In X.
    """

    def __init__(self, expr: sp.Expr) -> None:
        self.expr = expr
        self.pieces = pieces(expr)
        self.evaluate = compiled(expr, (X,))
        ends = (e for p in self.pieces for e in (p.low, p.high))
        self.kinks = tuple(sorted({e for e in ends if math.isfinite(e)}))
        self.limits = [limit(self.evaluate, sign) for sign in (-1, 1)]
        scouts = sample(SCOUTS, 0, self.kinks)
        self.roots = self._roots(scouts, true_values(expr, {X: scouts}))

    def points(
        self, count: int, seed: int, dtype: type[np.floating] = np.float64
    ) -> tuple[Array, Truth]:
        """A sample over the whole range, dense at roots, with both infinities."""
        near = _around([float(r) for r in self.roots], seed).astype(dtype)
        return self.at(np.union1d(sample(count, seed, self.kinks, dtype), near))

    def at(self, points: Array) -> tuple[Array, Truth]:
        """Numbers and both infinities with the truth there."""
        finite = points[np.isfinite(points)]
        values = true_values(self.expr, {X: finite.astype(np.float64)})
        floors = np.zeros(len(finite) + 2)
        # Near a root the unit is at least what half a rounding of the input changes.
        for root in self.roots:
            here = np.flatnonzero(np.abs(finite - float(root)) <= abs(float(root)) / 4)
            moved = np.nextafter(finite[here], finite.dtype.type(np.inf)).astype(np.float64)
            for k, after in zip(here, true_values(self.expr, {X: moved}), strict=True):
                before = values[k]
                if after is not None and before is not None:
                    floors[k] = max(floors[k], float(abs(after - before)) / 2)
        ends = np.array([-np.inf, np.inf], dtype=finite.dtype)
        return np.concatenate([finite, ends]), Truth([*values, *self.limits], floors)

    def _roots(self, points: Array, values: list[Number | None]) -> list[Number]:
        """Where the formula crosses zero; zero itself and kinks are no such places."""
        found: list[Number] = []
        for k in range(len(points) - 1):
            before, after = values[k], values[k + 1]
            low, high = float(points[k]), float(points[k + 1])
            if before is None or after is None or not before * after < 0:
                continue
            inside = any(p.low < low and high < p.high for p in self.pieces)
            if inside and not low <= 0 <= high and abs(low) < FURTHEST_ROOT:
                with mpmath.workprec(400):
                    found.append(
                        mpmath.findroot(
                            lambda v: self.evaluate([v])[0],
                            (low, high),
                            solver="anderson",
                            tol=1e-100,
                            verify=False,
                        )
                    )
        return sorted(found, key=abs)[:MOST_ROOTS]


def limit(evaluate: Evaluator, sign: int) -> Number | None:
    """The limit at plus or minus infinity; None where there is none to be seen."""
    with mpmath.workprec(4000):
        try:
            near, far = (evaluate([sign * mpmath.mpf(2) ** k])[0] for k in (1100, 1300))
        except (ValueError, ZeroDivisionError):
            return None
        if abs(far) > mpmath.mpf(2) ** 1040:
            return mpmath.inf * mpmath.sign(far)
        if abs(far) < mpmath.mpf(2) ** -1085:
            return mpmath.mpf(0)
        return far if abs(near - far) <= abs(far) * mpmath.mpf(2) ** -200 else None


def _around(roots: list[float], seed: int) -> Array:
    """Numbers close to roots."""
    stream = np.random.default_rng(seed + 100)
    near = [r * (1 + s * np.exp2(stream.uniform(-50, -2, 60))) for r in roots for s in (1, -1)]
    return np.concatenate([np.array(roots), *near]) if roots else np.array([])
