"""Find a stable form of a formula: generate candidates, measure them, choose regimes, confirm.

Input: a SymPy expression in X.  Output: a `Stable`: regimes, each with a form, and the measured
error.  Chosen on one sample of points and confirmed on fresh ones.  Imports the other modules of
this package.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import mpmath
import numpy as np
import sympy as sp

from symbp.stable.error import Truth
from symbp.stable.forms import forms
from symbp.stable.interpret import run
from symbp.stable.letters import Interval
from symbp.stable.pieces import Piece, pieces
from symbp.stable.points import sample
from symbp.stable.regimes import Cut, blocks, choose
from symbp.stable.series import series
from symbp.stable.truth import Number, compiled, true_values
from symbp.stable.writer import Form, X

Array = np.ndarray
GOAL = 4.0
TRAINING, FRESH, ROUNDS, MOST_ROOTS = 1500, 3000, 4, 8
GRID = (
    *(2.0**k for k in (-1022, -540, -500, -100, -60, -30, -20, -14, -10, -8, -6, -4, -3, -2, -1)),
    *(1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 38.0, 64.0, 128.0, 256.0, 512.0),
    *(2.0**k for k in (10, 11, 16, 20, 40, 100, 500, 511)),
)
RADII = (0.25, 0.5, 1.0)
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Regime:
    """A form and where it is used.

    Args:
        upto: Right end; inf for the last regime.
        closed: Whether the right end belongs to it.
        form: What is computed.
    """

    upto: float
    closed: bool
    form: Form


@dataclass(frozen=True, slots=True)
class Measured:
    """The largest error found.

    Args:
        ulp: In units in the last place; inf where a result is spurious.
        at: The number where it was found.
        points: On how many numbers.
    """

    ulp: float
    at: float
    points: int


@dataclass(frozen=True, slots=True)
class Stable:
    """A formula with its regimes from left to right, and its measured error in float64."""

    expr: sp.Expr
    regimes: tuple[Regime, ...]
    measured: Measured
    candidates: int


def search(expr: sp.Expr, goal: float = GOAL, exact: bool = True) -> Stable:
    """Find the regimes of a formula.

    Args:
        expr: In X, real.
        goal: ULP that are good enough.
        exact: Use compensated arguments.

    >>> found = search(1 / (1 + sp.exp(-X)))
    >>> len(found.regimes) <= 2 and found.measured.ulp < 4
    True
    """
    return _Search(expr, goal, exact).run()


class _Search:
    """One search; used once."""

    def __init__(self, expr: sp.Expr, goal: float, exact: bool) -> None:
        self.expr, self.goal, self.exact = expr, goal, exact
        self.pieces = pieces(expr)
        self.evaluate = compiled(expr, (X,))

    def run(self) -> Stable:
        kinks = tuple(e for p in self.pieces for e in (p.low, p.high) if math.isfinite(e))
        points = sample(TRAINING, 0, kinks)
        truth = self._truth(points)
        roots = self._roots(points, truth)
        self.roots = [float(r) for r in roots]
        points = np.union1d(points, _around(self.roots))
        points, truth = self._with_truth(points)
        candidates = self._candidates(roots)
        cuts = self._cuts()
        for round_ in range(ROUNDS):
            regimes = self._choose(candidates, cuts, points, truth)
            fresh = np.union1d(sample(FRESH, round_ + 1, kinks), _around(self.roots, round_ + 1))
            fresh, fresh_truth = self._with_truth(fresh)
            errors = fresh_truth.errors(evaluate(regimes, fresh))
            trained = truth.errors(evaluate(regimes, points)).max()
            if errors.max() <= max(self.goal, trained) or round_ == ROUNDS - 1:
                break
            bad = fresh[errors > max(self.goal, min(trained, errors.max() / 2))]
            points, truth = self._with_truth(np.union1d(points, bad))
        worst = int(np.argmax(errors))
        measured = Measured(float(errors[worst]), float(fresh[worst]), len(fresh))
        return Stable(self.expr, regimes, measured, len(candidates))

    def _with_truth(self, points: Array) -> tuple[Array, Truth]:
        """Points without those where the formula is undefined, limits at infinity added."""
        ends = np.array([-np.inf, np.inf])
        points = points[np.isfinite(points)]
        return np.concatenate([points, ends]), self._truth(points, ends)

    def _truth(self, points: Array, ends: Array | None = None) -> Truth:
        values = true_values(self.expr, {X: points})
        floors = np.zeros(len(points))
        for root in getattr(self, "roots", ()):
            near = np.abs(points - root) <= abs(root) / 4
            moved = true_values(self.expr, {X: np.nextafter(points[near], np.inf)})
            for k, after in zip(np.flatnonzero(near), moved, strict=True):
                if after is not None and values[k] is not None:
                    floors[k] = max(floors[k], float(abs(after - values[k])) / 2)
        if ends is not None:
            values = [*values, *(self._limit(e) for e in ends.tolist())]
            floors = np.concatenate([floors, np.zeros(len(ends))])
        return Truth(values, floors)

    def _limit(self, end: float) -> Number | None:
        """The limit at infinity; None where there is none to be seen."""
        sign = 1 if end > 0 else -1
        with mpmath.workprec(4000):
            try:
                near, far = (self.evaluate([sign * mpmath.mpf(2) ** k])[0] for k in (1100, 1300))
            except (ValueError, ZeroDivisionError):
                return None
            if abs(far) > mpmath.mpf(2) ** 1040:
                return mpmath.inf * mpmath.sign(far)
            if abs(far) < mpmath.mpf(2) ** -1085:
                return mpmath.mpf(0)
            return far if abs(near - far) <= abs(far) * mpmath.mpf(2) ** -200 else None

    def _roots(self, points: Array, truth: Truth) -> list[Number]:
        """Where the formula crosses zero, zero and kinks left out."""
        signs = np.sign(truth.high)
        found: list[Number] = []
        for k in np.flatnonzero((signs[:-1] * signs[1:] < 0) & truth.defined[:-1]):
            low, high = float(points[k]), float(points[k + 1])
            inside = any(p.low < low and high < p.high for p in self.pieces)
            if not inside or low <= 0 <= high or abs(low) > 1e4:
                continue
            with mpmath.workprec(400):
                root = mpmath.findroot(
                    lambda v: self.evaluate([v])[0],
                    (low, high),
                    solver="anderson",
                    tol=1e-100,
                    verify=False,
                )
            found.append(root)
        return sorted(found, key=abs)[:MOST_ROOTS]

    def _candidates(self, roots: list[Number]) -> list[tuple[Form, Piece]]:
        found: list[tuple[Form, Piece]] = []
        for piece in self.pieces:
            if piece.low == piece.high:
                found += [(f, piece) for f in forms(piece.expr, Interval(piece.low, piece.high))]
                continue
            for low, high in ((piece.low, min(piece.high, 0.0)), (max(piece.low, 0.0), piece.high)):
                if low < high:
                    side = Interval(low, high)
                    found += [(form, piece) for form in forms(piece.expr, side, self.exact)]
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
        return found

    def _cuts(self) -> list[Cut]:
        grid = {0.0, *GRID, *(-v for v in GRID)}
        for root in self.roots:
            grid |= {root + s * r for r in RADII for s in (1, -1)}
        ends: set[tuple[float, bool]] = set()
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


def _around(roots: list[float], seed: int = 0) -> Array:
    """Points close to roots."""
    stream = np.random.default_rng(seed + 100)
    near = [r * (1 + s * np.exp2(stream.uniform(-50, -2, 60))) for r in roots for s in (1, -1)]
    return np.concatenate([np.array(roots), *near]) if roots else np.array([])


def evaluate(regimes: tuple[Regime, ...], x: Array) -> Array:
    """The value of a formula through its regimes, in the dtype of x."""
    result = np.full_like(x, np.nan)
    left = np.full(x.shape, True)
    for regime in regimes:
        here = left & ((x <= regime.upto) if regime.closed else (x < regime.upto))
        result[here] = run(regime.form, x[here])
        left &= ~here
    return result
