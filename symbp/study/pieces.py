"""Where a formula changes its form or ends, and the smooth formula in between.

Input: a formula in one real letter.  Output: Pieces: the breaks in order and, between two of them,
an expression without conditions.  A break is a zero of what stands in a condition, in abs or max,
under a root, in a logarithm or in a denominator.  Imports index and the modules below it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import mpmath
import sympy as sp

from symbp.differentiate import derivative
from symbp.index import rewrite
from symbp.study.enclosure import Curve, Point, point
from symbp.study.intervals import NOWHERE, POLES, Number, narrow
from symbp.study.limits import Approach, to_infinity, towards
from symbp.study.values import Value, of_exact, point_of
from symbp.study.zeros import zeros

MOST_SURFACES, MOST_BREAKS, MOST_DEGREE, MOST_OPERATIONS = 24, 24, 8, 600
SAME = mpmath.mpf(10) ** -25
STEPS = (sp.Piecewise, sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.DiracDelta)
ENDS = {sp.asin: (1, -1), sp.acos: (1, -1), sp.atanh: (1, -1), sp.acosh: (1,)}


@dataclass(frozen=True, slots=True)
class Break:
    """A point at which the formula changes.

    Args:
        at: Where.
        surfaces: The parts of the formula that are exactly 0 there.
    """

    at: Value
    surfaces: frozenset[sp.Expr]

    @property
    def place(self) -> Point:
        """The point at any precision."""
        return point_of(self.at)


@dataclass(frozen=True, slots=True)
class Piece:
    """The formula between two breaks; None is an end of the real line.

    Args:
        low, high: The breaks on both sides.
        expr: The formula there, without conditions.
        first, second: Its derivatives.
        defined: Whether it has a value there.
    """

    low: Break | None
    high: Break | None
    expr: sp.Expr
    first: sp.Expr
    second: sp.Expr
    defined: bool

    @property
    def bounds(self) -> tuple[Number | None, Number | None]:
        """Both ends as numbers."""
        return (self.low and self.low.at.number), (self.high and self.high.at.number)

    def approach(self, side: int) -> Approach:
        """The way to the left (-1) or right (+1) end, from inside."""
        end = self.low if side < 0 else self.high
        return to_infinity(side) if end is None else towards(end.place, -side)


@dataclass(frozen=True, slots=True)
class Pieces:
    """All breaks and pieces in order; `more` says where there are breaks that are not listed."""

    breaks: tuple[Break, ...]
    pieces: tuple[Piece, ...]
    more: tuple[str, ...]


def pieces(expr: sp.Expr, letter: sp.Symbol) -> Pieces:
    """Cut the real line where the formula changes.

    >>> z = sp.Symbol("z", real=True)
    >>> [p.expr for p in pieces(sp.Piecewise((z, z > 0), (0, True)), z).pieces]
    [0, z]
    """
    breaks, more = _breaks(expr, letter)
    ends: list[Break | None] = [None, *breaks, None]
    found = []
    for low, high in itertools.pairwise(ends):
        sample = _inside(low, high)
        smooth = expr if more and (low is None or high is None) else _resolved(expr, letter, sample)
        defined = Curve(smooth, letter).enclose(point(sample)(100), 100) is not None
        first = derivative(smooth, letter)
        found.append(Piece(low, high, smooth, first, derivative(first, letter), defined))
    return _merged(expr, letter, found, more)


def _merged(expr: sp.Expr, letter: sp.Symbol, found: list[Piece], more: tuple[str, ...]) -> Pieces:
    """Without the breaks at which nothing changes."""
    kept = [found[0]]
    for piece in found[1:]:
        last = kept[-1]
        middle = last.high
        assert middle is not None
        same = last.defined == piece.defined and (last.expr == piece.expr or not last.defined)
        if same and _harmless(expr, letter, middle, last):
            kept[-1] = Piece(last.low, piece.high, last.expr, last.first, last.second, last.defined)
        else:
            kept.append(piece)
    return Pieces(tuple(p.high for p in kept if p.high is not None), tuple(kept), more)


def _harmless(expr: sp.Expr, letter: sp.Symbol, middle: Break, piece: Piece) -> bool:
    """Whether the formula goes on at a break as if nothing were there."""
    pairs = []
    for whole, part in ((expr, piece.expr), (derivative(expr, letter), piece.first)):
        for formula in (whole, part):
            found = Curve(formula, letter, middle.surfaces).enclose(middle.place(200), 200)
            pairs.append(None if found is None else narrow(found, 60))
    if not piece.defined:
        return pairs[0] is None
    numbers = [number for number in pairs if number is not None]
    if len(numbers) < len(pairs):
        return False
    value, smooth, slope, smooth_slope = numbers
    return bool(abs(value - smooth) <= SAME and abs(slope - smooth_slope) <= SAME)


def _inside(low: Break | None, high: Break | None) -> Number:
    """A number between two breaks that is nothing special."""
    with mpmath.workprec(300):
        if low is None and high is None:
            return mpmath.mpf("0.4142")
        if low is None or high is None:
            end, side = (low, 1) if low is not None else (high, -1)
            assert end is not None
            return end.at.number + side * mpmath.mpf("0.7321")
        return low.at.number + (high.at.number - low.at.number) * mpmath.mpf("0.4142")


def _resolved(expr: sp.Expr, letter: sp.Symbol, sample: Number) -> sp.Expr:
    """The formula without conditions, as it is around a sample."""
    at = point(sample)

    def rule(node: sp.Expr) -> sp.Expr | None:
        if not isinstance(node, STEPS):
            return None
        if isinstance(node, sp.Piecewise):
            for value, condition in node.args:
                holds = Curve(condition, letter).enclose(at(200), 200)
                if holds is True or holds is NOWHERE:
                    return value if holds is True else sp.nan
            return sp.nan
        if isinstance(node, sp.Max | sp.Min):
            wanted = 1 if isinstance(node, sp.Max) else -1
            best = node.args[0]
            for other in node.args[1:]:
                if Curve(other - best, letter).sign(at) == wanted:
                    best = other
            return best
        sign = Curve(node.args[0], letter).sign(at) or 0
        if isinstance(node, sp.Abs):
            return sign * node.args[0]
        if isinstance(node, sp.sign):
            return sp.Integer(sign)
        return sp.Integer(1 if sign > 0 and isinstance(node, sp.Heaviside) else 0)

    while expr.has(*STEPS):  # a branch may hold further conditions
        before, expr = expr, rewrite(expr, rule)
        if before == expr:
            break
    return expr


def _breaks(expr: sp.Expr, letter: sp.Symbol) -> tuple[tuple[Break, ...], tuple[str, ...]]:
    found: list[Break] = []
    more: set[str] = set()
    surfaces = sorted(set(_surfaces(expr, letter)), key=sp.default_sort_key)
    for numerator, surface in surfaces[:MOST_SURFACES]:
        roots, rest = _roots(numerator, letter)
        more |= set(rest)
        for root in roots:
            _put(found, root, frozenset({numerator, surface}))
    if len(found) > MOST_BREAKS:
        found = sorted(found, key=lambda b: abs(b.at.number))[:MOST_BREAKS]
        more.add("between")
    return tuple(sorted(found, key=lambda b: b.at.number)), tuple(sorted(more))


def _put(found: list[Break], root: Value, surfaces: frozenset[sp.Expr]) -> None:
    for position, known in enumerate(found):
        if abs(known.at.number - root.number) <= SAME * (1 + abs(root.number)):
            at = root if root.exact is not None and known.at.exact is None else known.at
            found[position] = Break(at, known.surfaces | surfaces)
            return
    found.append(Break(root, surfaces))


def _surfaces(expr: sp.Expr, letter: sp.Symbol) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """Parts of the formula at whose zeros it may change or end, each after its numerator."""
    for node in sp.preorder_traversal(expr):
        found: tuple[sp.Expr, ...] = ()
        if isinstance(node, sp.core.relational.Relational):
            found = (node.lhs - node.rhs,)
        elif isinstance(node, sp.Max | sp.Min):
            arguments = node.args
            found = tuple(a - b for k, a in enumerate(arguments) for b in arguments[:k])
        elif isinstance(node, (sp.Abs, sp.sign, sp.Heaviside, sp.DiracDelta, sp.log)):
            found = (node.args[0],)
        elif isinstance(node, sp.Pow) and not (node.exp.is_Integer and node.exp.is_positive):
            found = (node.base,)
        elif node.func in POLES:
            found = (POLES[node.func](node.args[0]),)
        elif node.func in ENDS:
            found = tuple(node.args[0] - end for end in ENDS[node.func])
        for surface in found:
            if surface.has(letter) and not surface.is_nonzero:
                top = sp.fraction(surface)[0]
                yield (top if top.has(letter) else surface), surface


def _roots(surface: sp.Expr, letter: sp.Symbol) -> tuple[tuple[Value, ...], tuple[str, ...]]:
    """The zeros of a part of the formula: by algebra if it is a polynomial, else on the grid."""
    if surface.is_polynomial(letter) and surface.count_ops() < MOST_OPERATIONS:
        polynomial = sp.Poly(surface, letter)
        if polynomial.domain in (sp.ZZ, sp.QQ) and 0 < polynomial.degree() <= MOST_DEGREE:
            roots = sorted(set(sp.real_roots(polynomial)))
            return tuple(of_exact(root) for root in roots if not root.has(sp.CRootOf)) + tuple(
                v for root in roots if root.has(sp.CRootOf) for v in _numeric_root(root)
            ), ()
    curve = Curve(surface, letter)
    found = zeros(curve)
    touching = (
        zeros(Curve(derivative(surface, letter), letter)) if not surface.has(*STEPS) else found
    )
    more = tuple(v for v in touching.at if curve.sign(point_of(v)) in (0, None))
    return (*found.at, *more), found.more


def _numeric_root(root: sp.Expr) -> Iterator[Value]:
    with mpmath.workdps(45):
        yield Value(mpmath.mpf(sp.N(root, 45)), 40)
