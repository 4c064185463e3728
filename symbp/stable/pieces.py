"""The smooth pieces of a formula: where its conditions change, and what it is between.

Input: a SymPy expression in X with Piecewise, abs and sign.  Output: its pieces from left to right.
Imports truth and forms.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import sympy as sp

from symbp.errors import GraphError
from symbp.stable.letters import Interval, _sign
from symbp.stable.writer import X

INFINITY = math.inf


@dataclass(frozen=True, slots=True)
class Piece:
    """A formula without conditions, and where it holds.

    Args:
        low: Left end.
        high: Right end; equal to low for a single point.
        expr: Smooth between them.
        closed: Whether low and high belong to it.
    """

    low: float
    high: float
    expr: sp.Expr
    closed: tuple[bool, bool]


def pieces(expr: sp.Expr) -> tuple[Piece, ...]:
    """Cut a formula where one of its conditions changes.

    Raises:
        GraphError: a condition is no comparison of polynomials in the letter.

    >>> [(p.low, p.high, p.expr) for p in pieces(sp.Piecewise((X, X > 0), (0, True)))]
    [(-inf, 0.0, 0), (0.0, inf, x)]
    """
    cuts = sorted(_boundaries(expr))
    found: list[Piece] = []
    ends = [-sp.oo, *cuts, sp.oo]
    for low, high in itertools.pairwise(ends):
        between = _resolved(expr, _middle(low, high))
        found.append(Piece(float(low), float(high), between, (False, False)))
    return _closed(expr, cuts, found)


def _middle(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    if low == -sp.oo:
        return sp.S.Zero if high == sp.oo else high - 1
    return low + 1 if high == sp.oo else (low + high) / 2


def _closed(expr: sp.Expr, cuts: list[sp.Expr], found: list[Piece]) -> tuple[Piece, ...]:
    """Give each cut to the neighbour whose formula holds there, else to a piece of its own."""
    result = list(found)
    extra: list[tuple[int, Piece]] = []
    for k, cut in enumerate(cuts):
        here = _resolved(expr, cut)
        left, right = result[k], result[k + 1]
        value = here.subs(X, cut)
        if value == left.expr.subs(X, cut):
            result[k] = Piece(left.low, left.high, left.expr, (left.closed[0], True))
        elif value == right.expr.subs(X, cut):
            result[k + 1] = Piece(right.low, right.high, right.expr, (True, right.closed[1]))
        else:
            extra.append((k + 1, Piece(float(cut), float(cut), value, (True, True))))
    for position, piece in reversed(extra):
        result.insert(position, piece)
    merged: list[Piece] = []
    for piece in result:
        if merged and merged[-1].expr == piece.expr and piece.low < piece.high:
            last = merged.pop()
            closed = (last.closed[0], piece.closed[1])
            piece = Piece(last.low, piece.high, piece.expr, closed)
        merged.append(piece)
    return tuple(merged)


def _boundaries(expr: sp.Expr) -> set[sp.Expr]:
    """Where the two sides of a condition, or the inside of abs and sign, are equal."""
    differences = [node.args[0] for node in expr.atoms(sp.Abs, sp.sign)]
    for piecewise in expr.atoms(sp.Piecewise):
        for _, condition in piecewise.args:
            for relation in condition.atoms(sp.core.relational.Relational):
                differences.append(relation.lhs - relation.rhs)
    cuts: set[sp.Expr] = set()
    for difference in (d for given in differences for d in _unfolded(given)):
        if difference.is_number:
            continue
        if not difference.is_polynomial(X):
            if _sign(difference, X, Interval(0.0, INFINITY)) and _sign(
                difference, X, Interval(-INFINITY, 0.0)
            ):
                cuts.add(sp.S.Zero)
                continue
            raise GraphError(f"{difference} = 0", "no condition but on polynomials is split")
        roots = sp.Poly(difference, X).real_roots()
        cuts |= {sp.nsimplify(r) if r.is_Rational else r for r in roots}
    return cuts


def _unfolded(difference: sp.Expr) -> tuple[sp.Expr, ...]:
    """A difference with |u| as u and as -u: its roots are among theirs."""
    sizes = sorted(difference.atoms(sp.Abs), key=sp.default_sort_key)
    if not sizes:
        return (difference,)
    inner = sizes[0].args[0]
    halves = (_unfolded(difference.xreplace({sizes[0]: s * inner})) for s in (1, -1))
    return tuple(d for half in halves for d in half)


def _resolved(expr: sp.Basic, point: sp.Expr) -> sp.Expr:
    """The formula that holds at a point."""
    if isinstance(expr, sp.Piecewise):
        for value, condition in expr.args:
            if condition == sp.true or condition.subs(X, point) == sp.true:
                return _resolved(value, point)
        raise GraphError(f"{expr}", f"no branch holds at {point}")
    if isinstance(expr, sp.Abs | sp.sign):
        inner = _resolved(expr.args[0], point)
        sign = sp.sign(inner.subs(X, point))
        return sign * inner if isinstance(expr, sp.Abs) else sign
    if not expr.args:
        return expr
    return expr.func(*(_resolved(a, point) for a in expr.args))
