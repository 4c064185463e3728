"""Stationary points, extrema, and the bounds of a function over its pieces.

Input: the pieces of a formula.  Output: Turns (zeros of a derivative with what they are) and Bound
(a supremum or infimum, where it lies and whether it is reached).  Imports the modules below it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import mpmath
import sympy as sp

from symbp.study.enclosure import Curve, point
from symbp.study.intervals import Number
from symbp.study.limits import Limit, limit
from symbp.study.pieces import Break, Piece, Pieces
from symbp.study.values import Value, point_of, value_at
from symbp.study.zeros import Zeros, grid_between, zeros

Kind = Literal["minimum", "maximum", "inflection"]
MARGIN, SLACK = mpmath.mpf(10) ** -20, mpmath.mpf(10) ** -12
SAMPLES = (0.271, -0.618, 3.14, -2.72, 0.0357)
TURNS: dict[tuple[int, int], Kind] = {(-1, 1): "minimum", (1, -1): "maximum"}


@dataclass(frozen=True, slots=True)
class Critical:
    """A point where a function is flat or turns: where, its value there, and what it is.

    `kink` says that the function turns without being flat.
    """

    at: Value
    value: Value
    kind: Kind
    kink: bool = False

    def as_json(self) -> dict[str, Any]:
        """All fields."""
        return {
            "at": self.at.as_json(), "value": self.value.as_json(),
            "kind": self.kind, "kink": self.kink,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turns:
    """What is known of the sign of a derivative.

    Args:
        critical: Its zeros, and the breaks at which the function turns.
        flat: Pieces on which it is identically 0.
        signs: The signs that it takes elsewhere.
        more: Where there are zeros that are not listed.
    """

    critical: tuple[Critical, ...]
    flat: tuple[Piece, ...]
    signs: frozenset[int]
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A supremum or infimum.

    Args:
        value: The bound, infinite if there is none; None where it is not determined.
        where: Words for the place, such as "at z = 0" or "as z -> inf".
        reached: Whether the function takes the value.
        sampled: Whether it rests on samples of a function that goes on for ever.
    """

    value: Value | None
    where: str
    reached: bool
    sampled: bool = False

    def as_json(self) -> dict[str, Any]:
        """All fields."""
        return {
            "value": self.value.as_json() if self.value else None,
            "where": self.where, "reached": self.reached, "sampled": self.sampled,
        }  # fmt: skip


Parts = Sequence[tuple[Piece, sp.Expr]]


def is_flat(curve: Curve, piece: Piece) -> bool:
    """Whether a curve is 0 all over a piece, at 1300 bits."""
    if not curve.expr.has(curve.letter):
        return bool(curve.expr == 0)
    return all(not curve.sign(point(x)) for x in _samples(piece))


def _samples(piece: Piece) -> list[Number]:
    low, high = piece.bounds
    with mpmath.workprec(200):
        if low is not None and high is not None:
            return [low + (high - low) * mpmath.mpf(abs(s) % 1) for s in SAMPLES]
        if low is None and high is None:
            return [mpmath.mpf(s) for s in SAMPLES]
        end, side = (low, 1) if low is not None else (high, -1)
        return [end + side * abs(mpmath.mpf(s)) for s in SAMPLES]


def turns(
    cut: Pieces, letter: sp.Symbol, whole: sp.Expr, orders: Sequence[tuple[sp.Expr, ...]]
) -> Turns:
    """Where a function turns or is flat.

    Args:
        cut: The pieces.
        letter: The real symbol.
        whole: The function, breaks included.
        orders: For each piece the function, its derivative and its second derivative there, the
            last 0 where flat points that are no extrema do not matter.
    """
    critical: list[Critical] = []
    flat: list[Piece] = []
    seen: set[int] = set()
    more: set[str] = set()
    edges: list[tuple[int, int]] = []  # the sign of the derivative at both ends of each piece
    for piece, (value, first, second) in zip(cut.pieces, orders, strict=True):
        if not piece.defined:
            edges.append((0, 0))
            continue
        slope = Curve(first, letter)
        if is_flat(slope, piece):
            flat.append(piece)
            edges.append((0, 0))
            continue
        found = zeros(slope, *piece.bounds)
        more |= set(found.more)
        seen |= {sign for _, sign in found.signs}
        edges.append((found.signs[0][1], found.signs[-1][1]) if found.signs else (0, 0))
        curve = Curve(value, letter)
        places: list[tuple[Value, Kind]] = [(at, _kind(at, found.signs)) for at in found.at]
        bends = _bends(second, piece, letter)
        more |= set(bends.more)
        places += [(at, "inflection") for at in _touching(slope, bends)]
        for at, kind in sorted(places, key=lambda pair: pair[0].number):
            there = value_at(curve, at)
            if there is not None:
                critical.append(Critical(at, there, kind))
    for middle, left, right in zip(cut.breaks, edges, edges[1:], strict=False):
        turn = TURNS.get((left[1], right[0]))
        there = value_at(Curve(whole, letter, middle.surfaces), middle.at, middle.place)
        if turn and there is not None and _continuous(cut, middle, letter, orders, there):
            critical.append(Critical(middle.at, there, turn, kink=True))
    ordered = sorted(critical, key=lambda c: c.at.number)
    return Turns(tuple(ordered), tuple(flat), frozenset(seen), tuple(sorted(more)))


def _kind(at: Value, signs: Sequence[tuple[Number, int]]) -> Kind:
    before = [s for x, s in signs if x < at.number]
    after = [s for x, s in signs if x > at.number]
    if not before or not after:
        return "inflection"
    return TURNS.get((before[-1], after[0]), "inflection")


def _bends(second: sp.Expr, piece: Piece, letter: sp.Symbol) -> Zeros:
    bend = Curve(second, letter)
    return Zeros((), (), ()) if is_flat(bend, piece) else zeros(bend, *piece.bounds)


def _touching(slope: Curve, bends: Zeros) -> Iterator[Value]:
    """Zeros of the derivative without a change of sign: there its own derivative is 0 too."""
    for at in bends.at:
        number = slope.number(point_of(at), 100)
        if number is not None and not mpmath.isnan(number) and abs(number) < MARGIN:
            yield at


def _continuous(
    cut: Pieces, middle: Break, letter: sp.Symbol, orders: Sequence[tuple[sp.Expr, ...]], at: Value
) -> bool:
    place = cut.breaks.index(middle)
    for index, side in ((place, 1), (place + 1, -1)):
        end = end_limit(Curve(orders[index][0], letter), cut.pieces[index], side)
        if end.kind != "finite" or end.value is None:
            return False
        if abs(end.value.number - at.number) > MARGIN * max(1, abs(at.number)):
            return False
    return True


def end_limit(curve: Curve, piece: Piece, side: int) -> Limit:
    """The limit at an end of a piece: the value of its formula there, if it has one."""
    return _end_limit(curve.expr, curve.letter, piece, side)


@functools.lru_cache(maxsize=512)
def _end_limit(expr: sp.Expr, letter: sp.Symbol, piece: Piece, side: int) -> Limit:
    curve = Curve(expr, letter)
    end = piece.low if side < 0 else piece.high
    if end is None:
        return limit(curve, piece.approach(side))
    there = value_at(Curve(curve.expr, curve.letter, end.surfaces), end.at, end.place)
    if there is not None and not there.infinite:
        return Limit("finite", there)
    return limit(curve, piece.approach(side), 2048 if end.at.exact is not None else 64)


def extent(
    cut: Pieces, letter: sp.Symbol, whole: sp.Expr, parts: Parts, critical: Sequence[Critical]
) -> tuple[Bound, Bound]:
    """The infimum and the supremum of a function over its domain.

    Args:
        cut: The pieces.
        letter: The real symbol.
        whole: The function, breaks included.
        parts: The defined pieces with the function on each.
        critical: Where it turns.
    """
    nearest = sorted(critical, key=lambda c: (abs(c.at.number), -c.at.number))
    found = [(c.value, f"at {letter} {c.at.marked}", True) for c in nearest]
    open_ended = False
    for middle in sorted(cut.breaks, key=lambda b: abs(b.at.number)):
        there = value_at(Curve(whole, letter, middle.surfaces), middle.at, middle.place)
        if there is not None and not there.infinite:
            found.append((there, f"at {letter} {middle.at.marked}", True))
    sampled: list[Number] = []
    for piece, expr in parts:
        curve = Curve(expr, letter)
        constant = not expr.has(letter)
        for side in (-1, 1):
            end = end_limit(curve, piece, side)
            if end.value is not None:
                words = _piece_words(piece, letter) if constant else _end_words(piece, side, letter)
                found.append((end.value, words, constant))
            else:
                open_ended = True
        xs = grid_between(*piece.bounds)
        values = [curve.number(point(x), 60) for x in (*xs[::5], *xs[-40:])]
        sampled += [v for v in values if v is not None and mpmath.isfinite(v)]
    return tuple(_bound(found, sampled, side, open_ended) for side in (-1, 1))  # type: ignore[return-value]


def _bound(
    found: Sequence[tuple[Value, str, bool]], sampled: Sequence[Number], side: int, open_ended: bool
) -> Bound:
    best: tuple[Value, str, bool] | None = None
    for value, where, reached in found:
        same = best is not None and _equal(best[0].number, value.number)
        if best is None or (
            reached and not best[2] if same else side * value.number > side * best[0].number
        ):
            best = (value, where, reached)
    top = max((side * v for v in sampled), default=-mpmath.inf)
    if best is not None and (
        top <= side * best[0].number or _equal(side * top, best[0].number, SLACK)
    ):
        return Bound(*best, sampled=open_ended and not best[0].infinite)
    if open_ended and (best is None or top > 10 * abs(best[0].number)):
        return Bound(Value(side * mpmath.inf, 0), "as far as sampled", False, sampled=True)
    return Bound(None, f"beyond {mpmath.nstr(side * top, 6)}", False)


def _equal(a: Number, b: Number, margin: Number = MARGIN) -> bool:
    return bool(a == b or abs(a - b) <= margin * max(1, abs(b)) < mpmath.inf)


def _end_words(piece: Piece, side: int, letter: sp.Symbol) -> str:
    end = piece.low if side < 0 else piece.high
    if end is None:
        return f"as {letter} -> {'-' if side < 0 else ''}inf"
    return f"as {letter} -> {end.at} from the {'right' if side < 0 else 'left'}"


def _piece_words(piece: Piece, letter: sp.Symbol) -> str:
    low, high = piece.low, piece.high
    if low is None and high is None:
        return "everywhere"
    if low is None or high is None:
        end, sign = (low, ">") if low is not None else (high, "<")
        return f"for {letter} {sign} {end.at if end else ''}"
    return f"for {low.at} < {letter} < {high.at}"
