"""Limits by values at points that run away, or run into a point.

Input: a curve and a direction.  Output: Limit.  Values are taken at c*2**k for two c, k up to
2048, each to a stated error; a limit is claimed where both sequences settle on it.
Imports enclosure and values.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import mpmath
from mpmath import libmp

from symbp.study.enclosure import Curve, Point
from symbp.study.intervals import Number, Raw
from symbp.study.values import Value, identified, of_exact

Kind = Literal["finite", "infinite", "oscillates", "undefined", "unknown"]
POWERS = (*range(3, 13), 16, 24, 32, 48, 64, 128, 256, 512, 1024, 2048)
STARTS = (2, 3)  # the points go by the roots of these, so that sin(pi*z) is not always 0 there
DIGITS, BITS, MOST_BITS = 30, 120, 12_500
SHORT = 8
SETTLED, SHRINKS, GROWS = mpmath.mpf(10) ** -DIGITS, 0.75, 1.3


@dataclass(frozen=True, slots=True)
class Limit:
    """What a function does in a direction; `value` where it is finite or infinite."""

    kind: Kind
    value: Value | None = None

    def __str__(self) -> str:
        match self.kind:
            case "finite" | "infinite":
                return str(self.value)
            case "oscillates":
                return "no limit (oscillates)"
            case "undefined":
                return "not defined"
            case _:
                return "not determined"

    def as_json(self) -> dict[str, Any]:
        """Kind and value."""
        return {"kind": self.kind} | (self.value.as_json() if self.value else {})


Approach = Callable[[int, int], Point]


def _start(start: int, side: int, power: int) -> Raw:
    """side*sqrt(start)*2**power, to 64 bits after the point."""
    root = libmp.mpf_sqrt(libmp.from_int(start), 64 + max(power, 0))
    return libmp.mpf_shift(root if side > 0 else libmp.mpf_neg(root), power)


def to_infinity(sign: int) -> Approach:
    """The points sign*c*2**k."""

    def at(start: int, power: int) -> Point:
        end = _start(start, sign, power)
        return lambda _: (end, end)

    return at


def towards(place: Point, side: int) -> Approach:
    """The points place + side*c*2**-k."""

    def at(start: int, power: int) -> Point:
        step = _start(start, side, -power)
        return lambda prec: libmp.mpi_add(place(prec + power), (step, step), prec + power)

    return at


def limit(curve: Curve, approach: Approach, most_power: int = POWERS[-1]) -> Limit:
    """The limit of a curve along a sequence of points.

    >>> import sympy as sp
    >>> z = sp.Symbol("z", real=True)
    >>> for f in (sp.tanh(z), sp.sin(z)):
    ...     print(limit(Curve(f, z), to_infinity(-1)))
    -1
    no limit (oscillates)
    """
    if not curve.expr.has(curve.letter):
        value = curve.number(approach(2, 0), BITS)
        if value is None or mpmath.isnan(value):
            return Limit("undefined" if value is None else "unknown")
        short = curve.expr.is_Rational or curve.expr.count_ops() <= SHORT
        return Limit("finite", of_exact(curve.expr) if short else _value(value))
    found = [_classify(_values(curve, approach, start, most_power)) for start in STARTS]
    first, second = found
    if first.kind == second.kind and _same(first.value, second.value):
        return min(found, key=lambda f: -f.value.digits if f.value else 0)
    kinds = {first.kind, second.kind}
    return Limit("unknown" if "unknown" in kinds else "oscillates")


def _same(first: Value | None, second: Value | None) -> bool:
    if first is None or second is None:
        return first is second
    if first.infinite or second.infinite:
        return bool(first.number == second.number)
    digits = min(first.digits, second.digits)
    margin = mpmath.mpf(10) ** (2 - digits) * max(1, abs(first.number))
    return bool(abs(first.number - second.number) <= margin)


def _value(number: Number) -> Value:
    return identified(number, DIGITS)


def _values(
    curve: Curve, approach: Approach, start: int, most_power: int
) -> list[tuple[int, Number]]:
    """(power, value) where it is certain; None in place of a value where there is none."""
    found = []
    for power in POWERS:
        if power > most_power:
            break
        value = curve.number(approach(start, power), BITS, max(MOST_BITS, 6 * power))
        if value is None or not mpmath.isnan(value):
            found.append((power, value))
    return found


def _classify(found: Sequence[tuple[int, Number]]) -> Limit:
    if found and found[-1][1] is None:
        return Limit("undefined")
    found = [(p, v) for p, v in found if v is not None]
    if len(found) < 5:
        return Limit("unknown")
    values = [v for _, v in found]
    tail = values[-3:]
    if all(mpmath.isinf(v) for v in tail):
        return Limit("infinite", Value(tail[-1], 0)) if len(set(tail)) == 1 else Limit("oscillates")
    if any(mpmath.isinf(v) for v in tail):
        return Limit("oscillates" if tail[-1] * tail[-2] < 0 else "unknown")
    with mpmath.workdps(3 * DIGITS):
        return _finite_or_not(values, found[-1][0])


def _finite_or_not(values: list[Number], last_power: int) -> Limit:
    last = values[-1]
    steps = [abs(b - a) for a, b in itertools.pairwise(values)][-4:]
    if max(steps[-2:]) <= SETTLED * max(1, abs(last)):
        return Limit("finite", _value(last if abs(last) > SETTLED else mpmath.mpf(0)))
    if _ratios(values, SHRINKS, up=False):
        return Limit("finite", identified(mpmath.mpf(0), DIGITS))
    signed = [b - a for a, b in itertools.pairwise(values)][-5:]
    one_way = all(d > 0 for d in signed) or all(d < 0 for d in signed)
    if one_way and (_ratios(values, GROWS, up=True) or steps[-1] >= steps[0] / 2):
        return Limit("infinite", Value(mpmath.sign(signed[-1]) * mpmath.inf, 0))
    if one_way or _ratios(steps, SHRINKS, up=False):
        guess = _accelerated(values)
        if guess is not None:
            return Limit("finite", guess)
        return Limit("unknown")
    return Limit("oscillates")


def _ratios(values: list[Number], bound: float, up: bool) -> bool:
    pairs = list(itertools.pairwise(values))[-4:]
    if any(a == 0 for a, _ in pairs):
        return False
    return all((b / a >= bound) if up else (abs(b / a) <= bound) for a, b in pairs)


def _accelerated(values: list[Number]) -> Value | None:
    """The limit of a sequence whose steps shrink evenly, by Aitken's formula.

    Source: Aitken, On Bernoulli's numerical solution of algebraic equations (1926), section 8.
    """
    guesses = []
    for a, b, c in zip(values[-5:], values[-4:], values[-3:], strict=False):
        if c - b == b - a:
            return None
        guesses.append(c - (c - b) ** 2 / ((c - b) - (b - a)))
    spread = abs(guesses[-1] - guesses[-2]) / max(1, abs(guesses[-1]))
    digits = int(-mpmath.log10(spread)) - 1 if spread else DIGITS
    return identified(guesses[-1], min(digits, DIGITS)) if digits >= 4 else None
