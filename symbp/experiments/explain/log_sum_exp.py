"""S*log(sum exp(z)) - sum c*z over a box: what a cross-entropy is in its logits.

Input: a loss in the outputs.  Output: its coefficients S = sum c and c, and its infimum.  The
derivative by z_k is S*p_k - c_k with the softmax p, so for S >= 0 the form is convex and
its minimum is where each z_k is log(c_k) + const, clipped to the box (Karush, Kuhn and Tucker);
for S < 0 it is concave and its infimum lies at a corner.  Imports study.
Source: Boyd & Vandenberghe, Convex Optimization (2004), sections 3.1.5 and 5.5.3.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

from symbp.study.extremes import Bound

BITS, HALVINGS = 120, 200


@dataclass(frozen=True, slots=True)
class LogSumExp:
    """S*log(sum_k exp(z_k)) - sum_k c_k z_k + constant, with S = sum c: a shift changes nothing."""

    weights: tuple[Fraction, ...]
    constant: sp.Expr = sp.S.Zero

    @property
    def total(self) -> Fraction:
        """S."""
        return sum(self.weights, Fraction(0))

    def __call__(self, z: Sequence[Any]) -> Any:
        """The value at mpmath numbers."""
        top = max(z)
        inner = mpmath.log(sum(mpmath.exp(v - top) for v in z)) + top
        return _number(self.total) * inner - sum(
            _number(c) * v for c, v in zip(self.weights, z, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Ends:
    """The range of an output, whose ends are reached or not."""

    low: Bound
    high: Bound

    @property
    def low_number(self) -> Any:
        """The infimum as an mpmath number."""
        return self.low.value.number if self.low.value else -mpmath.inf

    @property
    def high_number(self) -> Any:
        """The supremum as an mpmath number."""
        return self.high.value.number if self.high.value else mpmath.inf

    def __str__(self) -> str:
        left, right = "[" if self.low.reached else "(", "]" if self.high.reached else ")"
        return f"{left}{self.low.value}, {self.high.value}{right}"


@dataclass(frozen=True, slots=True)
class Floor:
    """The infimum of the loss of one sample over its outputs.

    Args:
        value: The infimum as a number, -inf where there is none.
        exact: Its exact form, where one is known.
        reached: Whether some outputs have it.
        direction: Where there is none, where each output goes: +1 up, -1 down, 0 for one that
            stays; else empty.
        slope: By how much the loss changes in the end for each step of 1 in that direction.
        certain: Whether algebra and interval arithmetic found it, not samples alone.
        open: Outputs whose best value is an end of their range that they never take.
    """

    value: float
    exact: sp.Expr | None
    reached: bool
    direction: tuple[int, ...] = ()
    slope: float | None = None
    certain: bool = True
    open: tuple[int, ...] = ()


def log_sum_exp(loss: sp.Expr, outputs: Sequence[sp.Symbol]) -> LogSumExp | None:
    """Read a loss as this form; None if it is another function.

    >>> a, b = sp.symbols("a b", real=True)
    >>> p = sp.exp(a) / (sp.exp(a) + sp.exp(b))
    >>> log_sum_exp(-3 * sp.log(p) - 2 * sp.log(1 - p), (a, b)) is None
    True
    >>> log_sum_exp(-3 * sp.log(p), (a, b)).weights
    (Fraction(3, 1), Fraction(0, 1))
    """
    whole = sp.log(sp.Add(*(sp.exp(z) for z in outputs)))
    flat = sp.expand(sp.expand_log(loss, force=True))
    total = flat.coeff(whole)
    rest = sp.expand(flat - total * whole)
    weights = [-rest.coeff(z) for z in outputs]
    constant = sp.expand(rest + sp.Add(*(c * z for c, z in zip(weights, outputs, strict=True))))
    numbers = [total, *weights]
    if constant.free_symbols or not all(n.is_Rational for n in numbers) or total != sum(weights):
        return None
    return LogSumExp(tuple(Fraction(int(c.p), int(c.q)) for c in weights), constant)


def lowest(form: LogSumExp, ends: Ends) -> Floor:
    """The infimum of the form where every z runs over the same range.

    >>> from symbp.study.values import Value
    >>> no_end = [Bound(Value(s * mpmath.inf, 0), "", False) for s in (-1, 1)]
    >>> line = Ends(*no_end)
    >>> lowest(LogSumExp((Fraction("0.23"), Fraction("-0.07"))), line).slope
    -0.07
    """
    with mpmath.workprec(BITS):
        if mpmath.isinf(ends.low_number) or mpmath.isinf(ends.high_number):
            return _endless(form, ends)
        return _in_box(form, ends)


def _endless(form: LogSumExp, ends: Ends) -> Floor:
    """A range without an end; a shift of all z changes nothing, so one such end is as good as two.

    The slope along d is S max(d) - sum c_k d_k, and least at a d of two values.
    """
    negative = [c < 0 for c in form.weights]
    if any(negative) and len(negative) > 1:
        if all(negative):  # one of them must stay above: the one that would gain least
            negative[form.weights.index(max(form.weights))] = False
        slope = sum(
            (c for c, down in zip(form.weights, negative, strict=True) if down), Fraction(0)
        )
        falls = mpmath.isinf(ends.low_number)
        ways = tuple(-int(down) if falls else int(not down) for down in negative)
        return Floor(-math.inf, None, False, ways, float(slope))
    total = form.total
    parts = [_rational(c) * sp.log(_rational(total / c)) for c in form.weights if c]
    exact = sp.Add(*parts) + form.constant
    reached = total == 0 or len(form.weights) == 1 or all(form.weights)
    open_ = () if reached else tuple(k for k, c in enumerate(form.weights) if not c)
    return Floor(float(exact), exact, reached, open=open_)


def _in_box(form: LogSumExp, ends: Ends) -> Floor:
    places = [_minimum(form, ends)] if form.total >= 0 else list(_corners(form, ends))
    best = min(places, key=form)
    takes = {ends.low_number: ends.low.reached, ends.high_number: ends.high.reached}
    open_ = tuple(k for k, z in enumerate(best) if not takes.get(z, True))
    value = form(best) + mpmath.mpf(sp.N(form.constant, 30))
    return Floor(float(value), None, not open_, open=open_)


def _minimum(form: LogSumExp, ends: Ends) -> list[Any]:
    """Where the derivative is 0, or points out of the box, for S >= 0.

    With L = log(sum exp(z)) each z_k is log(c_k/S) + L, clipped; the left side below falls in L.
    """
    total = form.total
    if total == 0:
        return [ends.high_number if c > 0 else ends.low_number for c in form.weights]

    low, high = ends.low_number, ends.high_number

    def clipped(at: Any) -> list[Any]:
        free = [mpmath.log(_number(c / total)) + at if c > 0 else low for c in form.weights]
        return [min(max(z, low), high) for z in free]

    few = mpmath.log(len(form.weights)) + abs(mpmath.log(_number(max(form.weights) / total)))
    below, above = low - few, high + few
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        whole = mpmath.log(sum(mpmath.exp(z) for z in clipped(middle)))
        below, above = (middle, above) if whole > middle else (below, middle)
    return clipped((below + above) / 2)


def _corners(form: LogSumExp, ends: Ends) -> Iterator[list[Any]]:
    """For each number of z at the high end the best corner: those of the largest weights."""
    order = sorted(range(len(form.weights)), key=lambda k: -form.weights[k])
    for count in range(len(order) + 1):
        up = set(itertools.islice(order, count))
        yield [ends.high_number if k in up else ends.low_number for k in range(len(order))]


def _number(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)
