"""What happens at the breaks of a formula: kinks, jumps, poles, and the value chosen there.

Input: the pieces of a formula.  Output: Kink for each break at which f or f' is not continuous.
Imports the modules of the study below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import mpmath
import sympy as sp

from symbp.study.enclosure import Curve
from symbp.study.extremes import MARGIN, end_limit
from symbp.study.limits import Limit
from symbp.study.pieces import Break, Piece, Pieces
from symbp.study.values import Value, value_at

Kind = Literal["kink", "jump", "pole", "gap", "end", "smooth"]


@dataclass(frozen=True, slots=True)
class Kink:
    """A point at which a function or its derivative is not continuous.

    Args:
        at: Where.
        kind: "kink" (only f' jumps), "jump" (f does), "pole" (f has no bound), "gap" (f is not
            defined there but on both sides), "end" (of the domain).
        value: f there; None where it is not defined.
        left, right: Limits of f.
        slope: The value of f' that the derivation gives there; None where it gives none.
        left_slope, right_slope: Limits of f'.
    """

    at: Value
    kind: Kind
    value: Value | None
    left: Limit
    right: Limit
    slope: Value | None
    left_slope: Limit
    right_slope: Limit

    def as_json(self) -> dict[str, Any]:
        """All fields."""
        return {
            "at": self.at.as_json(),
            "kind": self.kind,
            "value": self.value.as_json() if self.value else None,
            "left": self.left.as_json(), "right": self.right.as_json(),
            "slope": self.slope.as_json() if self.slope else None,
            "left_slope": self.left_slope.as_json(), "right_slope": self.right_slope.as_json(),
        }  # fmt: skip


def kinks(cut: Pieces, letter: sp.Symbol, expr: sp.Expr, first: sp.Expr) -> tuple[Kink, ...]:
    """The breaks of a formula that are not smooth.

    >>> from symbp.study.pieces import pieces
    >>> z = sp.Symbol("z", real=True)
    >>> f = sp.Piecewise((z, z > 0), (0, True))
    >>> (kink,) = kinks(pieces(f, z), z, f, f.diff(z))
    >>> kink.kind, str(kink.left_slope), str(kink.right_slope), str(kink.slope)
    ('kink', '0', '1', '0')
    """
    around = zip(cut.breaks, cut.pieces, cut.pieces[1:], strict=False)
    found = (_kink(*three, letter, expr, first) for three in around)
    return tuple(kink for kink in found if kink.kind != "smooth")


def _kink(
    middle: Break, before: Piece, after: Piece, letter: sp.Symbol, expr: sp.Expr, first: sp.Expr
) -> Kink:
    value, slope = (
        value_at(Curve(f, letter, middle.surfaces), middle.at, middle.place) for f in (expr, first)
    )
    if value is None:
        slope = None
    ends = [
        end_limit(Curve(f, letter), piece, side) if piece.defined else Limit("undefined")
        for f, piece, side in (
            (before.expr, before, 1), (after.expr, after, -1),
            (before.first, before, 1), (after.first, after, -1),
        )
    ]  # fmt: skip
    left, right, left_slope, right_slope = ends
    kind = _kind(value, left, right)
    if kind == "kink" and _agree(left_slope, right_slope, slope):
        kind = "smooth"
    return Kink(middle.at, kind, value, left, right, slope, left_slope, right_slope)


def _kind(value: Value | None, left: Limit, right: Limit) -> Kind:
    if "undefined" in (left.kind, right.kind):
        return "end"
    if "infinite" in (left.kind, right.kind):
        return "pole"
    if value is None:
        return "gap"
    return "kink" if _agree(left, right, value) else "jump"


def _agree(left: Limit, right: Limit, value: Value | None) -> bool:
    """Whether both limits are finite and equal the value."""
    if value is None or left.value is None or right.value is None:
        return False
    numbers = [v.number for v in (left.value, right.value, value)]
    if not all(mpmath.isfinite(n) for n in numbers):
        return False
    return all(abs(n - numbers[2]) <= MARGIN * max(1, abs(numbers[2])) for n in numbers[:2])
