"""Interval forms of the functions that formulas may use.

Input: intervals, as pairs of mpmath's raw numbers, and a precision.  Output: an interval that holds
every value; None where there is none.  An exponential of more than 2**60 in size is bounded, not
computed.  Imports nothing of symbp; mpmath does the arithmetic.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import mpmath
import sympy as sp
from mpmath import libmp

Raw = Any  # mpmath's tuple of sign, mantissa, exponent and bits
Interval = tuple[Raw, Raw]
Number = Any  # mpmath.mpf; mpmath has no types
Operation = Callable[[list[Any], int], Any]

ZERO, ONE, INF, NINF = libmp.fzero, libmp.fone, libmp.finf, libmp.fninf
NOWHERE = object()  # what a condition says where one of its sides has no value
LINE: Interval = (NINF, INF)
HUGE, TINY = libmp.from_man_exp(1, 2**60), libmp.from_man_exp(1, -(2**60))
BIG_ARGUMENT, WIDEST_ANGLE = 60, 6000
GUARD, NARROW = 10, -8


def raw(value: Number) -> Raw:
    """The tuple behind an mpmath number."""
    return value._mpf_


def magnitude(x: Raw) -> int:
    """The power of two just above |x|; -10**9 for 0."""
    if x == ZERO:
        return -(10**9)
    return 10**9 if x in (INF, NINF) else x[2] + x[3]


def _below(x: Raw, prec: int) -> Raw:
    return libmp.mpf_sub(x, libmp.mpf_shift(libmp.mpf_abs(x), -prec), prec + GUARD, "f")


def _above(x: Raw, prec: int) -> Raw:
    return libmp.mpf_add(x, libmp.mpf_shift(libmp.mpf_abs(x), -prec), prec + GUARD, "c")


def constant(node: sp.Expr, prec: int) -> Interval:
    value = raw(node._to_mpmath(prec + GUARD))
    return _below(value, prec), _above(value, prec)


def rational(node: sp.Rational, prec: int) -> Interval:
    p, q = int(node.p), int(node.q)
    return libmp.from_rational(p, q, prec, "f"), libmp.from_rational(p, q, prec, "c")


def _exp_end(x: Raw, prec: int, up: bool) -> Raw:
    if x == INF:
        return INF
    if x == NINF:
        return ZERO
    if magnitude(x) > BIG_ARGUMENT:
        if x[0]:
            return TINY if up else ZERO
        return INF if up else HUGE
    value = libmp.mpf_exp(x, prec + GUARD, "n")
    return _above(value, prec) if up else _below(value, prec)


def exponential(args: list[Interval], prec: int) -> Interval:
    ((low, high),) = args
    if low not in (INF, NINF) and high not in (INF, NINF) and magnitude(low) <= BIG_ARGUMENT:
        width = libmp.mpf_sub(high, low, prec, "c")
        if magnitude(width) < NARROW:  # exp(low + w) is at most (1 + 2w) exp(low)
            value = libmp.mpf_exp(low, prec + GUARD, "n")
            more = libmp.mpf_mul(libmp.mpf_shift(width, 1), value, prec, "c")
            top = libmp.mpf_add(value, more, prec + GUARD, "c")
            return _below(value, prec), _above(top, prec)
    return _exp_end(low, prec, up=False), _exp_end(high, prec, up=True)


def logarithm(args: list[Interval], prec: int) -> Interval | None:
    ((low, high),) = args
    if libmp.mpf_le(high, ZERO):
        return None
    bottom = NINF if libmp.mpf_le(low, ZERO) else _log_end(low, prec, up=False)
    return bottom, _log_end(high, prec, up=True)


def _log_end(x: Raw, prec: int, up: bool) -> Raw:
    if x == INF:
        return INF
    value = libmp.mpf_log(x, prec + GUARD, "n")
    return _above(value, prec) if up else _below(value, prec)


def _hyperbolic(args: list[Interval], prec: int, kind: str) -> Interval:
    """sinh or cosh from exponentials where the argument is large."""
    ((low, high),) = args
    if max(magnitude(low), magnitude(high)) > BIG_ARGUMENT - 2:
        grows, falls = exponential(args, prec), exponential([libmp.mpi_neg((low, high))], prec)
        combine = libmp.mpi_sub if kind == "sinh" else libmp.mpi_add
        return libmp.mpi_div(combine(grows, falls, prec), libmp.mpi_from_str("2", prec), prec)  # type: ignore[no-any-return]
    if kind == "sinh":
        ends = [libmp.mpf_sinh(x, prec + GUARD, "n") for x in (low, high)]
        return _below(ends[0], prec), _above(ends[1], prec)
    ends = [libmp.mpf_cosh(x, prec + GUARD, "n") for x in (low, high)]
    inside = libmp.mpf_le(low, ZERO) and libmp.mpf_ge(high, ZERO)
    top = ends[0] if libmp.mpf_gt(ends[0], ends[1]) else ends[1]
    least = ends[1] if top is ends[0] else ends[0]
    return (ONE if inside else _below(least, prec)), _above(top, prec)


def _monotone(
    function: Callable[..., Raw],
    domain: tuple[Raw, Raw] = LINE,
    limits: tuple[Raw, Raw] = LINE,
    falling: bool = False,
) -> Operation:
    """An interval form of a monotone function that is defined on `domain`, ends included."""

    def end(x: Raw, prec: int, up: bool) -> Raw:
        if x in (INF, NINF):
            return limits[x == INF]
        value = function(x, prec + GUARD, "n")
        return _above(value, prec) if up else _below(value, prec)

    def run(args: list[Interval], prec: int) -> Interval | None:
        ((low, high),) = args
        if libmp.mpf_lt(high, domain[0]) or libmp.mpf_gt(low, domain[1]):
            return None
        low = domain[0] if libmp.mpf_lt(low, domain[0]) else low
        high = domain[1] if libmp.mpf_gt(high, domain[1]) else high
        if falling:
            low, high = high, low
        return end(low, prec, up=False), end(high, prec, up=True)

    return run


def _tanh(x: Raw, prec: int, rounding: str) -> Raw:
    """mpmath writes 2**(size of x) down as a whole number; 2**60 is far enough to round to 1."""
    if magnitude(x) > BIG_ARGUMENT:
        x = libmp.from_man_exp(-1 if x[0] else 1, BIG_ARGUMENT)
    return libmp.mpf_tanh(x, prec, rounding)


def _erfc(args: list[Interval], prec: int) -> Interval:
    """One value and a bound on the slope: |erfc'| is at most (2|x| + 2) erfc(x).

    Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), eq. 7.1.13.
    """
    ((low, high),) = args
    if INF in (low, high) or NINF in (low, high):
        return ZERO, libmp.mpf_shift(ONE, 1)
    if magnitude(low) > BIG_ARGUMENT // 2 - 1:
        if not low[0]:
            return ZERO, TINY
        two = libmp.mpf_shift(ONE, 1)
        far_left = high[0] and magnitude(high) > BIG_ARGUMENT // 2 - 1
        return (_below(two, prec) if far_left else ZERO), two
    top = libmp.mpf_erfc(low, prec + GUARD, "n")
    steepest = libmp.mpf_add(libmp.mpf_shift(libmp.mpf_abs(low), 1), libmp.from_int(2), prec, "c")
    fall = libmp.mpf_mul(libmp.mpf_sub(high, low, prec, "c"), steepest, prec, "c")
    bottom = libmp.mpf_sub(top, libmp.mpf_mul(fall, top, prec, "c"), prec + GUARD, "f")
    return (_below(bottom, prec) if libmp.mpf_gt(bottom, ZERO) else ZERO), _above(top, prec)


def _erf(args: list[Interval], prec: int) -> Interval:
    """One value and a bound on the slope, which is at most 2/sqrt(pi) < 2."""
    ((low, high),) = args
    if INF in (low, high) or NINF in (low, high):
        return UNIT
    bottom = libmp.mpf_erf(low, prec + GUARD, "n")
    rise = libmp.mpf_shift(libmp.mpf_sub(high, low, prec, "c"), 1)
    top = libmp.mpf_add(bottom, rise, prec + GUARD, "c")
    return _below(bottom, prec), _above(top, prec)


def _circular(kind: str) -> Operation:
    function = getattr(libmp, f"mpi_{kind}")
    everything = LINE if kind in ("tan", "cot") else (libmp.mpf_neg(ONE), ONE)

    def run(args: list[Interval], prec: int) -> Interval:
        ((low, high),) = args
        largest = max(magnitude(low), magnitude(high))
        if largest > WIDEST_ANGLE or magnitude(libmp.mpf_sub(high, low, prec)) > 3:
            return everything
        low, high = function((low, high), prec + GUARD)
        return low, high

    return run


def _abs(args: list[Interval], prec: int) -> Interval:
    return libmp.mpi_abs(args[0], prec)  # type: ignore[no-any-return]


def _sign(args: list[Interval], prec: int) -> Interval:
    ((low, high),) = args
    values = [libmp.from_int(libmp.mpf_sign(x)) for x in (low, high)]
    return values[0], values[1]


def _heaviside(args: list[Interval], prec: int) -> Interval:
    half = libmp.from_rational(1, 2, 8, "n")
    table = {-1: ZERO, 0: half, 1: ONE}
    return table[libmp.mpf_sign(args[0][0])], table[libmp.mpf_sign(args[0][1])]


def _delta(args: list[Interval], prec: int) -> Interval | None:
    """Zero away from its point, and no number there."""
    low, high = args[0]
    return None if libmp.mpf_le(low, ZERO) and libmp.mpf_ge(high, ZERO) else (ZERO, ZERO)


def add(args: list[Interval], prec: int) -> Interval:
    return functools.reduce(lambda a, b: libmp.mpi_add(a, b, prec), args)


def multiply(args: list[Interval], prec: int) -> Interval:
    if any(a == (ZERO, ZERO) for a in args):
        return ZERO, ZERO
    return functools.reduce(lambda a, b: libmp.mpi_mul(a, b, prec), args)


def _extreme(pick: Callable[[Raw, Raw], bool]) -> Operation:
    def run(args: list[Interval], prec: int) -> Interval:
        def best(ends: list[Raw]) -> Raw:
            return functools.reduce(lambda a, b: a if pick(a, b) else b, ends)

        return best([a[0] for a in args]), best([a[1] for a in args])

    return run


def power(args: list[Interval], prec: int, exponent: sp.Expr) -> Interval | None:
    base = args[0]
    if exponent.is_Integer:
        n = int(exponent)
        if n < 0:
            if base == (ZERO, ZERO):
                return None
            below = libmp.mpi_pow_int(base, -n, prec)
            if libmp.mpf_le(below[0], ZERO) and libmp.mpf_ge(below[1], ZERO):
                return LINE
            return libmp.mpi_div((ONE, ONE), below, prec)  # type: ignore[no-any-return]
        return libmp.mpi_pow_int(base, n, prec)  # type: ignore[no-any-return]
    if exponent.is_Rational and exponent.q == 2:
        if libmp.mpf_lt(base[1], ZERO):
            return None
        low = ZERO if libmp.mpf_lt(base[0], ZERO) else base[0]
        return power([libmp.mpi_sqrt((low, base[1]), prec)], prec, sp.Integer(exponent.p))
    return general_power([base, args[1]], prec)


def general_power(args: list[Interval], prec: int) -> Interval | None:
    base, exponent = args
    if base == (ZERO, ZERO) and libmp.mpf_gt(exponent[0], ZERO):
        return ZERO, ZERO
    log = logarithm([base], prec)
    if log is None:
        return None
    return exponential([libmp.mpi_mul(exponent, log, prec)], prec)


UNIT = (libmp.mpf_neg(ONE), ONE)
FUNCTIONS: dict[Any, Operation] = {
    sp.exp: exponential, sp.log: logarithm, sp.Abs: _abs, sp.sign: _sign, sp.Heaviside: _heaviside,
    sp.DiracDelta: _delta,
    sp.sinh: functools.partial(_hyperbolic, kind="sinh"),
    sp.cosh: functools.partial(_hyperbolic, kind="cosh"),
    sp.tanh: _monotone(_tanh, limits=UNIT),
    sp.erf: _erf, sp.erfc: _erfc,
    sp.atan: _monotone(libmp.mpf_atan),
    sp.asin: _monotone(libmp.mpf_asin, UNIT),
    sp.acos: _monotone(libmp.mpf_acos, UNIT, falling=True),
    sp.asinh: _monotone(libmp.mpf_asinh),
    sp.acosh: _monotone(libmp.mpf_acosh, (ONE, INF)),
    sp.atanh: _monotone(libmp.mpf_atanh, UNIT),
    sp.sin: _circular("sin"), sp.cos: _circular("cos"),
    sp.tan: _circular("tan"), sp.cot: _circular("cot"),
    sp.Max: _extreme(libmp.mpf_gt), sp.Min: _extreme(libmp.mpf_lt),
}  # fmt: skip
POLES = {
    sp.tan: sp.cos, sp.sec: sp.cos, sp.cot: sp.sin, sp.csc: sp.sin,
    sp.coth: sp.sinh, sp.csch: sp.sinh,
}  # fmt: skip
POSSIBLE = {
    ">": ((1,), (-1, 0)), ">=": ((0, 1), (-1,)), "<": ((-1,), (0, 1)), "<=": ((-1, 0), (1,)),
    "==": ((0,), (-1, 1)), "!=": ((-1, 1), (0,)),
}  # fmt: skip


def relation(args: list[Interval], prec: int, relation: str) -> bool | None:
    """Whether left - right, the one argument, stands so to 0; None where it cannot be told."""
    low, high = args[0]
    holds, fails = POSSIBLE[relation]
    signs = set(range(libmp.mpf_sign(low), libmp.mpf_sign(high) + 1))
    return True if signs <= set(holds) else False if signs <= set(fails) else None


def piecewise(args: list[Any], prec: int) -> Interval | None:
    """The branch that holds, or the hull of those that may."""
    found: list[Interval | None] = []
    for value, condition in zip(args[::2], args[1::2], strict=True):
        if condition is NOWHERE:
            return None
        if condition is not False:
            found.append(value)
        if condition is True:
            break
    if not found or None in found:
        return None if not found or set(found) == {None} else LINE
    low, high = (_extreme(pick)(found, prec) for pick in (libmp.mpf_lt, libmp.mpf_gt))
    return low[0], high[1]


def denied(args: list[Any], prec: int) -> Any:
    """Whether a condition does not hold."""
    return args[0] if args[0] in (None, NOWHERE) else not args[0]


def logical(args: list[Any], prec: int, every: bool) -> Any:
    if NOWHERE in args:
        return NOWHERE
    if any(a is (not every) for a in args):
        return not every
    return every if all(a is every for a in args) else None


def narrow(found: Interval, bits: int) -> Number | None:
    """The middle of an interval that is narrow enough, inf where it is beyond all bounds."""
    low, high = found
    if low == high:
        return mpmath.mp.make_mpf(low)
    if low == HUGE or (magnitude(low) >= 2**59 and not low[0]):
        return mpmath.inf
    if magnitude(high) >= 2**59 and high[0]:
        return -mpmath.inf
    if INF in found or NINF in found:
        return None
    width = magnitude(libmp.mpf_sub(high, low, 30, "c"))
    size = max(magnitude(low), magnitude(high))
    if width > max(size - bits, -4 * bits):
        return None
    middle = libmp.mpf_shift(libmp.mpf_add(low, high, bits + GUARD, "n"), -1)
    if width > size - 2:
        middle = ZERO
    return mpmath.mp.make_mpf(middle)
