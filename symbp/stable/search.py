"""Find a stable form of a formula: generate candidates, measure them, choose regimes, confirm.

Input: a SymPy expression in X.  Output: a `Stable`: regimes, each with a form, and the measured
error.  Chosen on one sample of points and confirmed on fresh ones.  Imports the other modules of
this package.
"""

from __future__ import annotations

import math
import sys

import numpy as np
import sympy as sp

from symbp.progress import report
from symbp.stable.error import Truth
from symbp.stable.forms import forms, limit_form
from symbp.stable.interpret import run
from symbp.stable.letters import Interval
from symbp.stable.measure import Measure
from symbp.stable.pieces import Piece
from symbp.stable.regimes import Cut, blocks, choose
from symbp.stable.result import Measured, Regime, Stable
from symbp.stable.series import series
from symbp.stable.truth import Number
from symbp.stable.writer import Form

Array = np.ndarray
TASK = "searching regimes"
GOAL, GOAL_ERF = 4.0, 8.0  # the kernel of erf alone takes up to 6
TRAINING, FRESH, ROUNDS = 1500, 3000, 4
GRID = (
    *(2.0**k for k in (-1022, -540, -500, -100, -60, -30, -20, -14, -10, -8, -6, -4, -3, -2, -1)),
    *(1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 38.0, 64.0, 128.0, 256.0, 512.0),
    *(2.0**k for k in (10, 11, 16, 20, 40, 100, 500, 511)),
)
RADII = (0.25, 0.5, 1.0)


def search(expr: sp.Expr, goal: float = 0.0) -> Stable:
    """Find the regimes of a formula.

    Args:
        expr: In X, real.
        goal: ULP that are good enough; 0 takes 4, and 8 for erf.

    >>> from symbp.stable.writer import X
    >>> found = search(1 / (1 + sp.exp(-X)))
    >>> len(found.regimes) <= 2 and found.double.ulp < 4
    True
    """
    return _Search(expr, goal or (GOAL_ERF if expr.has(sp.erf, sp.erfc) else GOAL)).run()


class _Search:
    """One search; used once."""

    def __init__(self, expr: sp.Expr, goal: float) -> None:
        self.goal = goal
        self.measure = Measure(expr)
        self.pieces = self.measure.pieces
        self.roots = [float(r) for r in self.measure.roots]

    def run(self) -> Stable:
        measure = self.measure
        report(TASK, 0.1)
        points, truth = measure.points(TRAINING, 0)
        candidates = self._candidates(measure.roots)
        cuts = self._cuts()
        for round_ in range(1, ROUNDS + 1):
            report(TASK, 0.3 + 0.15 * round_)
            regimes = self._choose(candidates, cuts, points, truth)
            fresh, fresh_truth = measure.points(FRESH, round_)
            errors = fresh_truth.errors(evaluate(regimes, fresh))
            trained = truth.errors(evaluate(regimes, points)).max()
            if errors.max() <= max(self.goal, trained) or round_ == ROUNDS:
                break
            bad = fresh[errors > max(self.goal, min(trained, errors.max() / 2))]
            points, truth = measure.at(np.union1d(points, bad))
        report(TASK, 0.95)
        single, single_truth = measure.points(FRESH, ROUNDS + 1, np.float32)
        with np.errstate(over="ignore"):  # rounding to float32
            rounded = evaluate(regimes, single.astype(np.float64)).astype(np.float32)
        return Stable(
            measure.expr,
            regimes,
            double=_worst(fresh, errors),
            single=_worst(single, single_truth.errors(rounded, np.float32)),
            goal=self.goal,
            widened=True,
        )

    def _candidates(self, roots: list[Number]) -> list[tuple[Form, Piece]]:
        found: list[tuple[Form, Piece]] = []
        for piece in self.pieces:
            if piece.low == piece.high:
                found += [(f, piece) for f in forms(piece.expr, Interval(piece.low, piece.high))]
                continue
            for low, high in ((piece.low, min(piece.high, 0.0)), (max(piece.low, 0.0), piece.high)):
                if low < high:
                    side = Interval(low, high)
                    found += [(form, piece) for form in forms(piece.expr, side)]
            centers = ([0] if piece.low < 0 < piece.high else []) + [
                r for r in roots if piece.low < r < piece.high
            ]
            for center in centers:
                for radius in RADII:
                    inside = piece.low <= center - radius and center + radius <= piece.high
                    if inside and (not center or radius < abs(center)):
                        form = series(piece.expr, center, radius)
                        if form is not None:
                            found.append((form, piece))
        for limit, sign in zip(self.measure.limits, (-1, 1), strict=True):
            if limit is not None:
                piece = self.pieces[0 if sign < 0 else -1]
                found.append((limit_form(float(limit), sign), piece))
        return found

    def _cuts(self) -> list[Cut]:
        grid = {0.0, *GRID, *(-v for v in GRID)}
        for root in self.roots:
            grid |= {root + s * r for r in RADII for s in (1, -1)}
        largest = sys.float_info.max
        ends: set[tuple[float, bool]] = {(-largest, False), (largest, True)}
        for piece in self.pieces:
            if math.isfinite(piece.high):
                ends.add((piece.high, piece.closed[1]))
            if math.isfinite(piece.low):
                ends.add((piece.low, not piece.closed[0]))
        kinks = {at for at, _ in ends}
        return [Cut(*end) for end in sorted(ends | {(at, False) for at in grid - kinks})]

    def _choose(
        self, candidates: list[tuple[Form, Piece]], cuts: list[Cut], points: Array, truth: Truth
    ) -> tuple[Regime, ...]:
        errors = np.full((len(candidates), len(points)), np.nan)
        for k, (form, piece) in enumerate(candidates):
            usable = (points >= max(form.interval.low, piece.low)) & (
                points <= min(form.interval.high, piece.high)
            )
            for end, closed in zip((piece.low, piece.high), piece.closed, strict=True):
                if math.isfinite(end) and not closed:
                    usable &= points != end
            errors[k, usable] = truth.errors(run(form, points))[usable]
        number = blocks(points, cuts)
        costs = np.array([form.work for form, _ in candidates])
        path = choose(errors, number, len(cuts) + 1, self.goal, costs)
        while self._silence(path, candidates, errors, number, points, truth):
            path = choose(errors, number, len(cuts) + 1, self.goal, costs)
        regimes: list[Regime] = []
        for k, chosen in enumerate(path):
            upto = cuts[k].at if k < len(cuts) else math.inf
            closed = cuts[k].left if k < len(cuts) else True
            form = candidates[chosen][0]
            if regimes and regimes[-1].form.same(form):
                regimes.pop()
            regimes.append(Regime(upto, closed, form))
        return tuple(regimes)

    def _silence(
        self,
        path: list[int],
        candidates: list[tuple[Form, Piece]],
        errors: Array,
        number: Array,
        points: Array,
        truth: Truth,
    ) -> bool:
        """Forbid a form in a block where it overflows on the way; True if one was forbidden."""
        found = False
        for block, chosen in enumerate(path):
            here = (number == block) & np.isfinite(truth.high)
            if here.any() and np.isfinite(errors[chosen, here]).all():
                try:
                    run(candidates[chosen][0], points[here], warn="raise")
                except FloatingPointError:
                    errors[chosen, number == block] = np.inf
                    found = True
        return found


def _worst(points: Array, errors: Array) -> Measured:
    worst = int(np.argmax(errors))
    return Measured(float(errors[worst]), float(points[worst]), len(points))


def evaluate(regimes: tuple[Regime, ...], x: Array) -> Array:
    """The value of a formula through its regimes, in the dtype of x."""
    result = np.full_like(x, np.nan)
    left = np.full(x.shape, True)
    for regime in regimes:
        here = left & ((x <= regime.upto) if regime.closed else (x < regime.upto))
        result[here] = run(regime.form, x[here])
        left &= ~here
    return result
