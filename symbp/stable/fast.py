"""One line of code for all regimes: as fast as the plain formula, never spurious.

Input: a SymPy expression in X.  Output: a `Stable` with a single regime, whose branches share their
exponentials: q = exp(-|x|) serves both signs, and np.where chooses.  None where no such form is
good enough.  Imports the other modules of this package.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import sympy as sp

from symbp.program import put
from symbp.progress import report
from symbp.stable.error import Truth
from symbp.stable.forms import forms, plain_form
from symbp.stable.interpret import run
from symbp.stable.letters import Interval
from symbp.stable.measure import Measure
from symbp.stable.pieces import Piece
from symbp.stable.result import Measured, Regime, Stable
from symbp.stable.writer import Form
from symbp.tree import Call, Compare, Name, Node, Number, Where

Array = np.ndarray
TASK = "searching one line"
GOAL, COMMON = 10.0, 30.0
DTYPES = (np.float64, np.float32)
LEAST = 2.0**-53  # results below it are lost in any sum with their neighbours
TRAINING, FRESH, MOST = 1200, 3000, 3000


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the real line with the candidates for it.

    Args:
        piece: The formula there.
        low: Left end.
        high: Right end.
        forms: Good ones, cheapest first.
    """

    piece: Piece
    low: float
    high: float
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """Numbers of one dtype with the truth, and where an error counts.

    Args:
        x: The numbers.
        truth: Of the formula there.
        counts: Whether an error in ULP counts.
        widened: Whether float32 is computed in float64.
    """

    x: Array
    truth: Truth
    counts: Array
    widened: bool = False


def search_fast(expr: sp.Expr) -> Stable | None:
    """The cheapest form of a formula without regimes of its own.

    It is finite wherever the formula is, has the limits at infinity, warns nowhere, and is right to
    10 ULP where |x| <= 30 and the result is above 2**-53; None if there is no such form.

    >>> from symbp.stable.writer import X
    >>> found = search_fast(1 / (1 + sp.exp(-X)))
    >>> found is not None and len(found.regimes)
    1
    """
    report(TASK, 0.0)
    measure = Measure(expr)
    report(TASK, 0.2)
    training = [_points(measure, TRAINING, 20, dtype) for dtype in DTYPES]
    report(TASK, 0.4)
    fresh = [_points(measure, FRESH, 21, dtype) for dtype in DTYPES]
    for widened in (False, True):
        report(TASK, 0.85 if widened else 0.7)
        tried = [replace(p, widened=widened) for p in training]
        regions = list(_regions(measure.pieces, tried))
        if not all(region.forms for region in regions):
            continue
        measured = [replace(p, widened=widened) for p in fresh]
        for form in itertools.islice(_combined(expr, regions), MOST):
            if all(_good(form, p) for p in (*tried, *measured)):
                double, single = (_measured(form, p) for p in measured)
                regime = Regime(math.inf, True, form)
                return Stable(expr, (regime,), double, single, GOAL, widened, COMMON)
    return None


def _points(measure: Measure, count: int, seed: int, dtype: type[np.floating]) -> Points:
    x, truth = measure.points(count, seed, dtype)
    counts = (np.abs(x) <= COMMON) & (np.abs(truth.high) >= LEAST) | ~np.isfinite(x)
    return Points(x, truth, counts)


def _errors(form: Form, points: Points) -> Array:
    dtype = points.x.dtype.type
    wide = points.x.astype(np.float64) if points.widened else points.x
    with np.errstate(over="ignore"):  # rounding to float32
        computed = run(form, wide).astype(dtype)
    return points.truth.errors(computed, dtype)


def _good(form: Form, points: Points) -> bool:
    errors = _errors(form, points)
    return bool(
        np.isfinite(errors).all()
        and errors[points.counts].max(initial=0.0) <= GOAL
        and _silent(form, points)
    )


def _silent(form: Form, points: Points) -> bool:
    """Whether NumPy warns nowhere; where the truth is infinite it may."""
    with np.errstate(over="ignore"):
        finite = points.x[np.isfinite(points.truth.high.astype(points.x.dtype))]
    if points.widened:
        finite = finite.astype(np.float64)
    try:
        run(form, finite, warn="raise")
    except FloatingPointError:
        return False
    return True


def _measured(form: Form, points: Points) -> Measured:
    errors = np.where(points.counts, _errors(form, points), 0.0)
    worst = int(np.argmax(errors))
    return Measured(float(errors[worst]), float(points.x[worst]), int(points.counts.sum()))


def _regions(found: tuple[Piece, ...], training: list[Points]) -> Iterator[Region]:
    for piece in found:
        sides = [(piece.low, min(piece.high, 0.0)), (max(piece.low, 0.0), piece.high)]
        if piece.low == piece.high:
            sides = [(piece.low, piece.high)]
        for low, high in sides:
            if low < high or piece.low == piece.high:
                usable = sorted(_usable(piece, low, high, training), key=lambda f: f.work)
                yield Region(piece, low, high, tuple(usable[:12]))


def _usable(piece: Piece, low: float, high: float, training: list[Points]) -> Iterator[Form]:
    """The forms that are good on their own side and silent everywhere."""
    interval = Interval(low, high)
    candidates = [
        form for exact in (False, True) for form in forms(piece.expr, interval, exact, folded=True)
    ]
    for form in candidates:
        free = form if form.clip is None else _held(form, -math.inf, math.inf)
        for tried in (free, _held(form, low, high)):
            if all(_good_on(tried, piece, low, high, points) for points in training):
                yield tried
                break


def _held(form: Form, low: float, high: float) -> Form:
    """The form with x held to its side, so that the other side cannot overflow.

    Letters are made of |x| and stay as they are, so that both sides share them.
    """
    if form.clip is not None:
        low, high = max(low, form.clip[0]), min(high, form.clip[1])
    x: Node = Name("x")
    if math.isfinite(low) and math.isfinite(high):
        x = Call("clip", (x, Number(Fraction(low)), Number(Fraction(high))))
    elif math.isfinite(low):
        x = Call("maximum", (x, Number(Fraction(low))))
    elif math.isfinite(high):
        x = Call("minimum", (x, Number(Fraction(high))))
    name = "left" if high <= 0 else "right" if low >= 0 else "near"
    result = put(form.result, Name("x"), Name(name))
    return replace(form, lets=((name, x), *form.lets), result=result, clip=None)


def _good_on(form: Form, piece: Piece, low: float, high: float, points: Points) -> bool:
    here = (points.x >= low) & (points.x <= high)
    if math.isfinite(piece.low) and not piece.closed[0]:
        here &= points.x != piece.low
    if math.isfinite(piece.high) and not piece.closed[1]:
        here &= points.x != piece.high
    errors = _errors(form, points)[here]
    common = points.counts[here]
    return bool(
        np.isfinite(errors).all()
        and errors[common].max(initial=0.0) <= GOAL
        and _silent(form, points)
    )


def _combined(expr: sp.Expr, regions: list[Region]) -> Iterator[Form]:
    """One form for the whole line, cheapest first: as written, else one choice for each region."""
    whole: list[Form] = []
    if len({region.piece.expr for region in regions}) == 1 and not expr.has(sp.erf, sp.erfc):
        whole.append(plain_form(expr, Interval(-math.inf, math.inf)))
    choices = itertools.islice(itertools.product(*(region.forms for region in regions)), MOST)
    whole += [_joined(expr, regions, choice) for choice in choices]
    yield from sorted(whole, key=lambda form: form.work)


def _joined(expr: sp.Expr, regions: list[Region], choice: tuple[Form, ...]) -> Form:
    """Nested np.where over the regions from left to right; equal letters are shared."""
    lets: dict[str, Node] = {}
    results: list[Node] = []
    for form in choice:
        renamed: dict[str, str] = {}
        for name, node in form.lets:
            for old, new in renamed.items():
                node = put(node, Name(old), Name(new))
            free = name
            while lets.get(free, node) != node:
                free += "_"
            lets[free] = node
            if free != name:
                renamed[name] = free
        result = form.result
        for old, new in renamed.items():
            result = put(result, Name(old), Name(new))
        results.append(result)
    node = results[-1]
    for region, result in zip(regions[-2::-1], results[-2::-1], strict=True):
        if result != node:
            closed = region.high == region.piece.high and region.piece.closed[1]
            bound = Number(Fraction(region.high))
            node = Where(Compare("<=" if closed else "<", Name("x"), bound), result, node)
    interval = Interval(-math.inf, math.inf)
    return Form("exponential branch", interval, tuple(lets.items()), node, expr)
