"""Zeros of a curve between two numbers, each certain and to 30 digits.

Input: a curve and an interval.  Output: Zeros.  Signs are taken on a grid that is even in [-30, 30]
and even in asinh(z) up to 1e6; each change of sign is halved until it is a point.  A change of sign
that is a pole or a jump is left out.  Imports enclosure and values.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import mpmath
import sympy as sp

from symbp.study.enclosure import Curve, point
from symbp.study.intervals import Number
from symbp.study.values import Value, identified, is_zero_exactly

NEAR, FAR, STEP = 30.0, 1e6, 1 / 10
OFFSET = 0.0131  # so that 0, 1/2 and other favourite places of formulas are no grid points
DIGITS, WORKING_BITS, MOST, MANY = 30, 400, 48, 6
MOST_SECANTS, SECANT_BITS = 24, 140


@dataclass(frozen=True, slots=True)
class Zeros:
    """Where a curve changes its sign, in order.

    Args:
        at: The zeros.
        signs: Grid points with the sign there, those where it is certain.
        more: Where there are more than can be listed: "beyond 30", "towards a point", "between".
    """

    at: tuple[Value, ...]
    signs: tuple[tuple[Number, int], ...]
    more: tuple[str, ...]


@functools.cache
def grid() -> tuple[float, ...]:
    """The points of the scan over the whole line, in order."""
    near = [OFFSET + STEP * k for k in range(int(-NEAR / STEP), int(NEAR / STEP))]
    top, first = math.asinh(FAR), math.asinh(NEAR)
    count = 120
    far = [math.sinh(first + (top - first) * k / count) for k in range(1, count + 1)]
    small = [2.0**-k for k in range(7, 60, 4)]
    return tuple(sorted({*near, *far, *(-x for x in far), *small, *(-x for x in small)}))


def grid_between(low: Number | None, high: Number | None) -> tuple[Number, ...]:
    """Grid points strictly inside, denser towards finite ends."""
    inside = [
        mpmath.mpf(x) for x in grid() if (low is None or x > low) and (high is None or x < high)
    ]
    gap = min(high - low, 1) if low is not None and high is not None else 1
    with mpmath.workprec(WORKING_BITS):
        for end, side in ((low, 1), (high, -1)):
            if end is not None:
                inside += [
                    end + side * gap * mpmath.mpf(2) ** -k for k in (2, 3, 4, 6, 9, 14, 24, 40)
                ]
    return tuple(sorted(set(inside)))


def zeros(curve: Curve, low: Number | None = None, high: Number | None = None) -> Zeros:
    """The zeros at which a curve changes sign between two numbers.

    >>> z = sp.Symbol("z", real=True)
    >>> [str(v) for v in zeros(Curve(z**2 - 2, z)).at], zeros(Curve(sp.sin(z), z)).more
    (['-sqrt(2)', 'sqrt(2)'], ('beyond 30',))
    """
    return _zeros(curve.expr, curve.letter, low, high)


@functools.lru_cache(maxsize=64)
def _zeros(expr: sp.Expr, letter: sp.Symbol, low: Number | None, high: Number | None) -> Zeros:
    curve = Curve(expr, letter)
    known: list[tuple[Number, int]] = []
    exact: list[Number] = []
    for x in grid_between(low, high):
        sign = curve.sign(point(x))
        if sign == 0:
            exact.append(x)
        elif sign is not None:
            known.append((x, sign))
    changes = [(a, b) for a, b in itertools.pairwise(known) if a[1] != b[1]]
    more = []
    for where, belongs in (("beyond 30", _is_far), ("towards a point", _is_crowded)):
        there = [pair for pair in changes if belongs(pair[0][0], pair[1][0], low, high)]
        if len(there) >= MANY:
            more.append(where)
            changes = [pair for pair in changes if pair not in there]
    if len(changes) > MOST:
        more.append("between")
        changes = sorted(sorted(changes, key=lambda pair: abs(pair[0][0]))[:MOST])
    found = [refine(curve, a[0], b[0], a[1]) for a, b in changes]
    found += [_named(curve, x) for x in exact if not any(a[0] < x < b[0] for a, b in changes)]
    at = sorted((v for v in found if v is not None), key=lambda v: v.number)
    return Zeros(tuple(at), tuple(known), tuple(more))


def _is_far(a: Number, b: Number, *_: Number | None) -> bool:
    return bool(max(abs(a), abs(b)) > NEAR)


def _is_crowded(a: Number, b: Number, low: Number | None, high: Number | None) -> bool:
    """Whether both are close to a finite end."""
    return any(end is not None and abs(a - end) < STEP > abs(b - end) for end in (low, high))


def refine(
    curve: Curve, low: Number, high: Number, sign: int, digits: int = DIGITS
) -> Value | None:
    """Narrow an interval with a change of sign; None where that is a pole or a jump."""
    with mpmath.workprec(WORKING_BITS):
        start = [curve.number(point(x), 60) for x in (low, high)]
        width = mpmath.mpf(10) ** -(digits + 2)
        a, b = _by_secants(curve, low, high, start, width) or (mpmath.mpf(low), mpmath.mpf(high))
        while b - a > width * max(abs(a), abs(b), width):
            middle = (a + b) / 2
            there = curve.sign(point(middle))
            if not there:  # 0, or nothing certain at 1300 bits
                if there is None and curve.enclose(point(middle)(80), 80) is None:
                    return None
                return _named(curve, middle, digits)
            a, b = (middle, b) if there == sign else (a, middle)
        end = [curve.number(point(x), 60) for x in (a, b)]
        sizes = [abs(v) for v in end if v is not None and mpmath.isfinite(v)]
        if len(sizes) < 2 or max(sizes) > min(abs(v) for v in start if v is not None) / 1000:
            return None
        return _named(curve, (a + b) / 2, digits)


def _by_secants(
    curve: Curve, low: Number, high: Number, values: Sequence[Number | None], width: Number
) -> tuple[Number, Number] | None:
    """A much smaller interval with the same change of sign; None where halving is safer.

    Source: Dowell & Jarratt, A modified regula falsi method (1971), the Illinois algorithm.
    """
    (a, b), (fa, fb) = (low, high), values
    for _ in range(MOST_SECANTS):
        if fa is None or fb is None or not mpmath.isfinite(fa) or not mpmath.isfinite(fb - fa):
            return None
        if fa == fb:
            return None
        x = b - fb * (b - a) / (fb - fa)
        near = abs(x - b) <= width * max(abs(x), width) / 4
        value = curve.number(point(x), SECANT_BITS)
        if value is not None and not near:
            a, fa = (b, fb) if value * fb < 0 else (a, fa / 2)
            b, fb = x, value
            continue
        margin = width * max(abs(x), width) / 3
        left, right = (curve.sign(point(x + side * margin)) for side in (-1, 1))
        if left and right and left != right and low < x - margin and x + margin < high:
            return x - margin, x + margin
        return None
    return None


def _named(curve: Curve, number: Number, digits: int = DIGITS) -> Value:
    """The zero, exact where SymPy confirms the number that it agrees with."""
    if abs(number) < mpmath.mpf(10) ** -digits and not curve.sign(point(0)):
        number = mpmath.mpf(0)
    found = identified(number, digits)
    if found.exact is not None and is_zero_exactly(curve.expr, curve.letter, found.exact):
        return Value(found.number, found.digits, found.exact, "exact")
    return found
