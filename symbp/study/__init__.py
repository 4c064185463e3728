"""What one should know of an activation before one trains with it.

Input: a formula in one real letter.  Output: Study.  Derivatives are SymPy's; limits, zeros and
bounds rest on interval arithmetic at points, so every digit and sign that is shown is certain, and
what is only seen on samples is said to be.  Imports rules and the modules of this package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import mpmath
import sympy as sp

from symbp.algebra import tidy
from symbp.differentiate import derivative
from symbp.errors import SpecError
from symbp.index import rewrite, tensor
from symbp.rules import in_forward_values
from symbp.study.domain import Span, spans
from symbp.study.enclosure import Curve, point
from symbp.study.extremes import Bound, Turns, end_limit, extent, turns
from symbp.study.gains import Moments, moments
from symbp.study.kinks import Kink, kinks
from symbp.study.limits import Limit
from symbp.study.pieces import Piece, pieces
from symbp.study.values import Value, of_exact, value_at

__all__ = ["Asymptote", "End", "Forward", "Span", "Study", "study"]
MOST_OPERATIONS, PARITY_POINTS, PARITY_BITS, WORKING_BITS = (
    250,
    (0.137, 0.61, 1.37, 2.9, 7.7, 23.1),
    100,
    400,
)
Trend = Literal[
    "constant", "increasing", "decreasing", "non-decreasing", "non-increasing", "neither"
]


@dataclass(frozen=True, slots=True)
class Asymptote:
    """slope*z + offset, which the function approaches."""

    slope: Value
    offset: Value


@dataclass(frozen=True, slots=True)
class End:
    """What f and f' do at one end of the real line."""

    value: Limit
    slope: Limit
    asymptote: Asymptote | None


@dataclass(frozen=True, slots=True)
class Forward:
    """The derivative in forward values: what it needs, and its form in a = f(z) and z."""

    needs: Literal["nothing", "a", "a and z", "z"]
    form: sp.Expr


@dataclass(frozen=True, slots=True)
class Study:
    """A report on a function of one real letter.

    Args:
        formula: What was asked about.
        letter: Its letter.
        first: The derivative.
        second: The second derivative.
        forward: The derivative in forward values.
        domain: Where f is defined.
        left: Limits at -inf.
        right: Limits at +inf.
        kinks: Where f or f' is not continuous.
        turns: Zeros of f' and extrema of f.
        slope_turns: Extrema of f'.
        low: Infimum of f.
        high: Supremum of f.
        lipschitz: Supremum of |f'|.
        trend: How f runs over its whole domain.
        invertible: Whether f takes no value twice; None where that is not determined.
        parity: "odd", "even" or "".
        at_zero: f(0), None where it is not defined.
        slope_at_zero: f'(0), None where it is not defined.
        moments: Means under N(0, 1) and the gains that follow.
        more_breaks: Where there are breaks that are not listed.
    """

    formula: sp.Expr
    letter: sp.Symbol
    first: sp.Expr
    second: sp.Expr
    forward: Forward
    domain: tuple[Span, ...]
    left: End
    right: End
    kinks: tuple[Kink, ...]
    turns: Turns
    slope_turns: Turns
    low: Bound
    high: Bound
    lipschitz: Bound
    trend: Trend
    invertible: bool | None
    parity: Literal["odd", "even", ""]
    at_zero: Value | None
    slope_at_zero: Value | None
    moments: Moments
    more_breaks: tuple[str, ...]

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from symbp.notebook import study_html

        return study_html(self)


def study(expr: sp.Expr, letter: sp.Symbol) -> Study:
    """Study an activation.

    Args:
        expr: A real formula in `letter` alone.
        letter: A real symbol.

    Raises:
        SpecError: the formula has other letters, a function without a value here, or no value
            anywhere on the real line.

    >>> z = sp.Symbol("z", real=True)
    >>> found = study(1 / (1 + sp.exp(-z)), z)
    >>> str(found.lipschitz.value), found.lipschitz.where, found.forward.form
    ('0.25', 'at z = 0', a*(1 - a))
    """
    others = sorted(s.name for s in expr.free_symbols - {letter})
    if others:
        found = f"holds {', '.join(others)} besides {letter}"
        raise SpecError(f"{expr}", found, "Give each of them a number.")
    with mpmath.workprec(WORKING_BITS):  # mpmath rounds even a sign to the precision of the moment
        return _studied(_real(expr), letter)


def _studied(expr: sp.Expr, letter: sp.Symbol) -> Study:
    first = derivative(expr, letter)
    cut = pieces(expr, letter)
    alive = [p for p in cut.pieces if p.defined]
    if not alive:
        raise SpecError(f"{expr}", "has no value anywhere on the real line", "Check the formula.")
    run = turns(cut, letter, expr, [(p.expr, p.first, p.second) for p in cut.pieces])
    slopes = [(p.first, p.second, sp.S.Zero) for p in cut.pieces]
    slope_run = turns(cut, letter, first, slopes)
    low, high = extent(cut, letter, expr, [(p, p.expr) for p in alive], run.critical)
    slopes_extent = extent(cut, letter, first, [(p, p.first) for p in alive], slope_run.critical)
    kinked = kinks(cut, letter, expr, first)
    steepest = _lipschitz(slopes_extent, kinked, letter)
    trend = _trend(run, kinked)
    zero = of_exact(sp.S.Zero)
    around = [b.surfaces for b in cut.breaks if b.at.number == 0]
    known = around[0] if around else frozenset()
    return Study(
        formula=expr, letter=letter,
        first=short(first), second=short(derivative(first, letter)),
        forward=forward_form(expr, first, letter),
        domain=spans(cut, letter, expr),
        left=_end(cut.pieces[0], -1, letter), right=_end(cut.pieces[-1], 1, letter),
        kinks=kinked, turns=run, slope_turns=slope_run,
        low=low, high=high, lipschitz=steepest,
        trend=trend, invertible=_invertible(trend, run, kinked),
        parity=_parity(expr, letter),
        at_zero=value_at(Curve(expr, letter, known), zero),
        slope_at_zero=value_at(Curve(first, letter, known), zero),
        moments=moments(cut, letter), more_breaks=cut.more,
    )  # fmt: skip


def _real(expr: sp.Expr) -> sp.Expr:
    """abs as two branches where SymPy cannot tell that what is in it is real."""

    def rule(node: sp.Expr) -> sp.Expr | None:
        if isinstance(node, sp.Abs) and not node.args[0].is_extended_real:
            inner = node.args[0]
            return sp.Piecewise((inner, inner > 0), (-inner, inner < 0), (0, True))
        return None

    return rewrite(expr, rule)


def short(expr: sp.Expr) -> sp.Expr:
    """The tidy form of a derivative; as it is where that would take long."""
    if expr.count_ops() > MOST_OPERATIONS:
        return expr
    return tidy(rewrite(expr, _absolute))


def _absolute(node: sp.Expr) -> sp.Expr | None:
    """u*sign(u) as abs(u)."""
    if isinstance(node, sp.Mul):
        for factor in node.args:
            if isinstance(factor, sp.sign) and factor.args[0] in node.args:
                rest = [a for a in node.args if a not in (factor, factor.args[0])]
                return sp.Mul(sp.Abs(factor.args[0]), *rest)
    return None


def forward_form(expr: sp.Expr, first: sp.Expr, letter: sp.Symbol) -> Forward:
    """Write f' in a = f(z), as the backward pass of a network does.

    >>> z = sp.Symbol("z", real=True)
    >>> forward_form(sp.tanh(z), 1 - sp.tanh(z) ** 2, z)
    Forward(needs='a', form=1 - a**2)
    """
    if expr.count_ops() > MOST_OPERATIONS:
        return Forward("z", first)
    a, z = tensor("a"), tensor("z")
    slope, value = short(first).xreplace({letter: z}), expr.xreplace({letter: z})
    form = in_forward_values(slope, a, value)
    if not form.has(a) and isinstance(value, sp.Piecewise) and isinstance(slope, sp.Piecewise):
        form = _by_branch(slope, a, value)
    used = form.free_symbols & {a, z}
    words = {frozenset(): "nothing", frozenset({a}): "a", frozenset({z}): "z"}
    return Forward(words.get(frozenset(used), "a and z"), form)  # type: ignore[arg-type]


def _by_branch(slope: sp.Piecewise, a: sp.Symbol, value: sp.Piecewise) -> sp.Expr:
    """Each branch in the value of that branch, where both change at the same places."""
    if [c for _, c in slope.args] != [c for _, c in value.args]:
        return slope
    pairs = zip(slope.args, value.args, strict=True)
    return sp.Piecewise(*((in_forward_values(s, a, v), c) for (s, c), (v, _) in pairs))


def _end(piece: Piece, side: int, letter: sp.Symbol) -> End:
    if not piece.defined:
        return End(Limit("undefined"), Limit("undefined"), None)
    value = end_limit(Curve(piece.expr, letter), piece, side)
    slope = end_limit(Curve(piece.first, letter), piece, side)
    line = None
    if value.kind == "infinite" and slope.kind == "finite" and slope.value and slope.value.number:
        steep = slope.value.exact
        if steep is not None:
            rest = end_limit(Curve(piece.expr - steep * letter, letter), piece, side)
            if rest.kind == "finite" and rest.value is not None:
                line = Asymptote(slope.value, rest.value)
    return End(value, slope, line)


def _lipschitz(bounds: tuple[Bound, Bound], kinked: tuple[Kink, ...], letter: sp.Symbol) -> Bound:
    """The larger of the two bounds of f', in size."""
    low, high = bounds
    for kink in kinked:
        if kink.kind == "jump":
            return Bound(Value(mpmath.inf, 0), f"a jump at {letter} = {kink.at}", False)
    sizes = [(mpmath.inf if b.value is None else abs(b.value.number), b) for b in bounds]
    endless = [b for b in bounds if b.value is not None and b.value.infinite]
    steeper = endless[0] if endless else max(sizes, key=lambda pair: pair[0])[1]
    value = steeper.value
    if value is None:
        return steeper
    if value.number < 0:
        exact = -value.exact if value.exact is not None else None
        value = Value(-value.number, value.digits, exact, value.how)
    return Bound(value, steeper.where, steeper.reached, low.sampled or high.sampled)


def _trend(run: Turns, kinked: tuple[Kink, ...]) -> Trend:
    signs = set(run.signs)
    for kink in kinked:
        if kink.kind in ("jump", "pole", "gap") and kink.left.value and kink.right.value:
            between = kink.right.value.number - kink.left.value.number
            if abs(between) > 1e-20:
                signs.add(1 if between > 0 else -1)
    if signs == {1}:
        return "non-decreasing" if run.flat else "increasing"
    if signs == {-1}:
        return "non-increasing" if run.flat else "decreasing"
    return "neither" if signs else "constant"


def _invertible(trend: Trend, run: Turns, kinked: tuple[Kink, ...]) -> bool | None:
    if trend in ("increasing", "decreasing"):
        return True
    turning = any(c.kind != "inflection" for c in run.critical)
    return False if run.flat or turning or not kinked else None


def _parity(expr: sp.Expr, letter: sp.Symbol) -> Literal["odd", "even", ""]:
    """By values at pairs of points, to 100 bits each."""
    curve = Curve(expr, letter)
    kinds: set[int] = set()
    for x in PARITY_POINTS:
        right, left = (curve.number(point(s * x), PARITY_BITS) for s in (1, -1))
        if right is None or left is None or mpmath.isnan(right) or mpmath.isnan(left):
            return ""
        if right == left == 0:
            continue
        with mpmath.workprec(PARITY_BITS + 20):
            margin = abs(right) * mpmath.mpf(2) ** (6 - PARITY_BITS)
            kinds.add(next((s for s in (1, -1) if abs(right - s * left) <= margin), 0))
    return {frozenset({1}): "even", frozenset({-1}): "odd"}.get(frozenset(kinds), "")  # type: ignore[return-value]
