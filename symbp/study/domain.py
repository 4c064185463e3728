"""Where a formula has a value, as spans and in a few words.

Input: a formula in one real letter, and where it changes.  Output: spans, or words such as z > 0,
"" for everywhere.  Imports catalog's types, index, enclosure, intervals,
pieces and values.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbp.catalog import Activation
from symbp.index import tensor
from symbp.study.enclosure import Curve
from symbp.study.intervals import LINE
from symbp.study.pieces import Pieces, pieces
from symbp.study.values import Value

MOST_OPERATIONS, MOST_WORDS = 250, 4


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the domain; None is an end of the real line."""

    low: Value | None
    high: Value | None
    low_inside: bool
    high_inside: bool


def spans(cut: Pieces, letter: sp.Symbol, expr: sp.Expr) -> tuple[Span, ...]:
    """Adjoining defined pieces are one span where f is defined between them."""
    found: list[Span] = []
    inside = [_holds(Curve(expr, letter, b.surfaces).enclose(b.place(200), 200))
              for b in cut.breaks]  # fmt: skip
    holds = [False, *inside, False]
    for k, piece in enumerate(cut.pieces):
        if not piece.defined:
            continue
        low, high = (end.at if end else None for end in (piece.low, piece.high))
        if found and found[-1].high is low and found[-1].high_inside:
            found[-1] = Span(found[-1].low, high, found[-1].low_inside, holds[k + 1])
        else:
            found.append(Span(low, high, holds[k], holds[k + 1]))
    return tuple(found)


def _holds(value: Any) -> bool:
    """Whether there is a value at a point; the whole line is what atanh gives at its ends."""
    return value is not None and value != LINE


def domain(expr: sp.Expr, letter: sp.Symbol) -> str:
    """Where a formula is defined, in words; "" where it is defined everywhere.

    >>> z = sp.Symbol("z", real=True)
    >>> domain(sp.log(z), z), domain(1 / (z**2 - 1), z), domain(sp.tanh(z), z)
    ('z > 0', 'z != -1, z != 1', '')
    """
    if expr.count_ops() > MOST_OPERATIONS:
        return "not looked for: the formula is long"
    cut = pieces(expr, letter)
    found = spans(cut, letter, expr)
    if not found:
        return "nowhere"
    gaps = [(a.high, b.low) for a, b in itertools.pairwise(found)]
    whole = found[0].low is None and found[-1].high is None
    if whole and not gaps:
        return f"not looked for everywhere: {letter} beyond 30" if _may_end(cut, expr) else ""
    if cut.more or len(found) > MOST_WORDS:
        ends = [v for s in found for v, inside in ((s.low, s.low_inside), (s.high, s.high_inside))
                if v is not None and not inside]  # fmt: skip
        ends = ends or [v for s in found for v in (s.low, s.high) if v is not None]
        near = min(ends, key=lambda v: (abs(v.number), v.number))
        return f"not all real {letter}: it ends at {letter} = {near}, for one"
    if whole and all(a is b for a, b in gaps):
        return ", ".join(f"{letter} != {a}" for a, _ in gaps)
    return " or ".join(_words(span, letter) for span in found)


def _may_end(cut: Pieces, expr: sp.Expr) -> bool:
    """Whether there are breaks that are not listed, and what could end there."""
    return bool(cut.more) and expr.has(sp.log, sp.Pow, sp.asin, sp.acos, sp.atanh, sp.acosh)


def _words(span: Span, letter: sp.Symbol) -> str:
    over, under = (("<=" if i else "<") for i in (span.low_inside, span.high_inside))
    if span.low is None:
        return f"{letter} {under} {span.high}" if span.high is not None else f"all real {letter}"
    if span.high is None:
        return f"{letter} {over.replace('<', '>')} {span.low}"
    if span.low is span.high:
        return f"{letter} = {span.low}"
    return f"{span.low} {over} {letter} {under} {span.high}"


def row_domain(row: Activation) -> str:
    """Where an activation of the user's own is defined, trained numbers at where they start.

    >>> from symbp.own_formula import own_activation
    >>> row_domain(own_activation("z*log(1 - z)", "activation", {}, {}))
    'z < 1'
    """
    if not row.own:
        return ""
    starts = {n: sp.Rational(v.numerator, v.denominator) for n, v in row.learned}
    letter = tensor("z")
    return domain(row.formula(letter, None, **starts), letter)
