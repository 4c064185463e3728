"""The true value of a formula at floating-point numbers, by arithmetic of any precision.

Input: a SymPy expression and float64 arrays.  Output: mpmath numbers that are right to 80 bits.
The formula is taken as the user wrote it: nothing of the rewriting is used.  Every number carries
a bound of its error, so that cancellation is seen: Higham, Accuracy and Stability of Numerical
Algorithms (2002), section 3.3, running error analysis.  Imports functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from symbp.errors import GraphError
from symbp.functions import BY_CLASS

Array = np.ndarray
Number = Any  # mpmath.mpf; mpmath has no types
Bounded = tuple[Number, int]  # a value, and the power of two above its error
WANTED, FIRST, MOST = 80, 128, 20_000
SMALLEST = -1160  # 2**-1160 is 0 in float64
HOPELESS = 50 * MOST
# Exponents are whole numbers of any size, as exp(1e300) has one of 300 digits.
EXACT, UNKNOWN = -(1 << 6000), 1 << 6000
HUGE = 4000  # exp(2**4000) is beyond every exponent; tanh(2**4000) is 1 to that many digits
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


class Undefined(ValueError):
    """The formula has no real value at a point."""


class Uncertain(Undefined):
    """It has none for an argument that may be off by more than its distance from the domain."""


def true_values(expr: sp.Expr, points: Mapping[sp.Symbol, Array]) -> list[Number | None]:
    """The values of an expression, each right to 80 bits; None where it has none.

    A value below 2**-1160 counts as 0.

    >>> x = sp.Symbol("x", real=True)
    >>> value, = true_values(1 - sp.tanh(x) ** 2, {x: np.array([300.0])})
    >>> mpmath.nstr(value, 10)
    '1.060158621e-260'
    """
    evaluate = compiled(expr, tuple(points))
    found = []
    bits = FIRST
    for row in zip(*(column.tolist() for column in points.values()), strict=True):
        value, needed = settled(evaluate, row, max(FIRST, bits - 64))
        found.append(value)
        bits = min(needed, 2000)  # neighbours need about the same precision
    return found


def settled(
    evaluate: Evaluator, row: Sequence[Any], precision: int = FIRST
) -> tuple[Number | None, int]:
    """The value and the precision that it took; None too where 20,000 bits are not enough."""
    bits = precision
    while bits <= MOST:
        with mpmath.workprec(bits):
            try:
                value, error = evaluate([mpmath.mpf(v) for v in row])
            except Uncertain:
                bits *= 2
                continue
            except (Undefined, ZeroDivisionError):
                return None, bits
        size = magnitude(value)
        if error <= size - WANTED or error <= EXACT:
            return value, bits
        if max(size, error) < SMALLEST:
            return mpmath.mpf(0), bits
        missing = WANTED + error - max(size, SMALLEST)
        if HOPELESS < missing < UNKNOWN // 2:
            break
        bits += missing + 16 if missing < MOST else bits
    return None, FIRST  # nobody can say what it is: such a point is not counted


def magnitude(value: Number) -> int:
    """The least power of two above |value|."""
    _, mantissa, exponent, size = value._mpf_
    if mantissa:
        return int(exponent + size)
    return EXACT if value == 0 else UNKNOWN


Evaluator = Callable[[Sequence[Number]], Bounded]


def compiled(expr: sp.Basic, letters: tuple[sp.Symbol, ...]) -> Evaluator:
    """A function of mpmath numbers, one for each letter; no text is compiled.

    Raises:
        GraphError: the expression has a node that mpmath has not.
    """
    if isinstance(expr, sp.Symbol):
        position = letters.index(expr)
        return lambda row: (row[position], EXACT)
    if isinstance(expr, sp.Rational):
        top, bottom = int(expr.p), int(expr.q)
        if bottom & (bottom - 1) == 0 and top.bit_length() < FIRST:
            return lambda row: (mpmath.mpf(top) / bottom, EXACT)
        return lambda row: _rounded(mpmath.mpf(top) / bottom)
    if isinstance(expr, sp.NumberSymbol):
        name = {"Exp1": "e", "Pi": "pi"}[type(expr).__name__]
        return lambda row: _rounded(+getattr(mpmath, name))
    if isinstance(expr, sp.Piecewise):
        return _piecewise(expr, letters)
    if isinstance(expr, sp.Pow):
        return _power(expr, letters)
    parts = [compiled(a, letters) for a in expr.args]
    if isinstance(expr, sp.Add):
        return lambda row: _sum([part(row) for part in parts])
    if isinstance(expr, sp.Mul):
        return lambda row: _product([part(row) for part in parts])
    if type(expr) in BY_CLASS:
        return _function(type(expr), parts[0])
    raise GraphError(f"{expr}", f"no true value of {type(expr).__name__}")


def _rounded(value: Number, error: int = EXACT) -> Bounded:
    """A value with the error of its last operation added."""
    size = magnitude(value)
    return value, max(error, size - mpmath.mp.prec) + 1


def _sum(parts: list[Bounded]) -> Bounded:
    error = max(e for _, e in parts)
    total = mpmath.fsum(v for v, _ in parts)
    if error == EXACT:
        lowest = min((v._mpf_[2] for v, _ in parts if v), default=0)
        highest = max(magnitude(v) for v, _ in parts) + len(parts).bit_length()
        exact = highest - lowest <= mpmath.mp.prec or not total
        return (total, EXACT) if exact else _rounded(total)
    return _rounded(total, error + len(parts).bit_length())


def _product(parts: list[Bounded]) -> Bounded:
    if any(not value and error == EXACT for value, error in parts):
        return mpmath.mpf(0), EXACT
    value, error = parts[0]
    for other, its in parts[1:]:
        if error == its == EXACT and value._mpf_[3] + other._mpf_[3] <= mpmath.mp.prec:
            value = value * other
            continue
        left, right = max(magnitude(value), error), max(magnitude(other), its)
        value, error = _rounded(value * other, max(left + its, right + error) + 1)
    return value, error


def _function(kind: type[sp.Function], inner: Evaluator) -> Evaluator:
    function = _exp if kind is sp.exp else getattr(mpmath, BY_CLASS[kind].in_mpmath)
    slope = SLOPES[kind]

    def apply(row: Sequence[Number]) -> Bounded:
        argument, error = inner(row)
        if magnitude(argument) > HUGE:
            return _beyond(kind, argument)
        if kind in SATURATED and abs(argument) > SATURATED[kind]:
            rate = argument**2 if kind is sp.erf else 2 * abs(argument)
            return mpmath.sign(argument), -int(rate * 23 / 16)
        if kind is sp.log and not argument > 0 and magnitude(argument) <= error:
            raise Uncertain("log")
        value = function(argument)
        if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value):
            raise Undefined(kind.__name__)
        if error == EXACT:
            return _rounded(value)
        if error > 0 and error > magnitude(argument) - 8:
            return value, UNKNOWN
        return _rounded(value, error + slope(argument, value) + 1)

    return apply


def _exp(argument: Number) -> Number:
    """exp by reduction modulo log 2; mpmath raises e to a whole power bit by bit."""
    size = magnitude(argument)
    if size < 32:
        return mpmath.exp(argument)
    with mpmath.workprec(mpmath.mp.prec + size + 16):
        whole = int(mpmath.floor(argument / mpmath.ln2))
        rest = argument - whole * mpmath.ln2
    return mpmath.ldexp(mpmath.exp(+rest), whole)


def _beyond(kind: type[sp.Function], argument: Number) -> Bounded:
    """A function where its argument is beyond 2**4000."""
    if kind is sp.exp:
        if argument < 0:
            return mpmath.mpf(0), EXACT // 2
        return _rounded(mpmath.ldexp(1, UNKNOWN // 2))
    if kind in (sp.sinh, sp.cosh):
        sign = -1 if kind is sp.sinh and argument < 0 else 1
        return _rounded(mpmath.ldexp(sign, UNKNOWN // 2))
    if kind in (sp.tanh, sp.erf, sp.erfc, sp.atan):
        limit = getattr(mpmath, BY_CLASS[kind].in_mpmath)(mpmath.sign(argument) * mpmath.inf)
        return _rounded(limit, -HUGE)
    if kind in (sp.log, sp.asinh, sp.acosh, sp.Abs, sp.sign):
        return _rounded(getattr(mpmath, BY_CLASS[kind].in_mpmath)(argument))
    raise Undefined(kind.__name__)


def _inverse(value: Number) -> int:
    return UNKNOWN if not value else 1 - magnitude(value)


# From here on tanh and erf differ from 1 by less than exp(-2u) and exp(-u**2), below 2**-1180.
SATURATED = {sp.tanh: 420, sp.erf: 30}
SLOPES: dict[type[sp.Function], Callable[[Number, Number], int]] = {
    sp.exp: lambda u, f: magnitude(f),
    sp.log: lambda u, f: _inverse(u),
    sp.tanh: lambda u, f: 0,
    sp.sinh: lambda u, f: max(magnitude(f), 0) + 1,
    sp.cosh: lambda u, f: magnitude(f),
    sp.sin: lambda u, f: 0,
    sp.cos: lambda u, f: 0,
    sp.tan: lambda u, f: 2 * max(magnitude(f), 0) + 1,
    sp.asin: lambda u, f: _inverse(1 - u * u) // 2 + 1,
    sp.acos: lambda u, f: _inverse(1 - u * u) // 2 + 1,
    sp.atan: lambda u, f: 0,
    sp.asinh: lambda u, f: 0,
    sp.acosh: lambda u, f: _inverse(u * u - 1) // 2 + 1,
    sp.atanh: lambda u, f: _inverse(1 - u * u) + 1,
    sp.erf: lambda u, f: 1,
    sp.erfc: lambda u, f: magnitude(f) + max(magnitude(u), 0) + 2,
    sp.Abs: lambda u, f: 0,
    sp.sign: lambda u, f: EXACT,
}
"""|f'(u)| of each function, as a power of two that is not below it."""


def _power(expr: sp.Pow, letters: tuple[sp.Symbol, ...]) -> Evaluator:
    base = compiled(expr.base, letters)
    exponent = expr.exp
    if exponent.is_Rational and exponent.q in (1, 2):
        top, bottom = int(exponent.p), int(exponent.q)

        def rational(row: Sequence[Number]) -> Bounded:
            value, error = base(row)
            if bottom == 2 and value < 0:
                raise (Uncertain if magnitude(value) <= error else Undefined)("sqrt")
            if not value and top > 0:
                return value, EXACT if error == EXACT else error * top // bottom
            if not value and error != EXACT:
                return value, UNKNOWN
            root = mpmath.sqrt(value) if bottom == 2 else value
            result = root**top
            relative = error - magnitude(value) + abs(top).bit_length() + 2
            if relative > -4:
                return result, UNKNOWN
            return _rounded(result, magnitude(result) + relative)

        return rational
    other = compiled(exponent, letters)

    def general(row: Sequence[Number]) -> Bounded:
        (value, error), (power, its) = base(row), other(row)
        if value <= 0:
            raise (Uncertain if magnitude(value) <= error else Undefined)("power")
        log = _rounded(mpmath.log(value), error + _inverse(value) + 1)
        product, its = _product([log, (power, its)])
        result = mpmath.exp(product)
        return _rounded(result, its + magnitude(result) + 1)

    return general


def _piecewise(expr: sp.Piecewise, letters: tuple[sp.Symbol, ...]) -> Evaluator:
    branches = [(compiled(value, letters), condition(held, letters)) for value, held in expr.args]

    def choose(row: Sequence[Number]) -> Bounded:
        for value, holds in branches:
            if holds(row):
                return value(row)
        raise Undefined("piecewise")

    return choose


def condition(held: sp.Basic, letters: tuple[sp.Symbol, ...]) -> Callable[[Any], bool]:
    """A condition as a function of mpmath numbers."""
    if held in (sp.true, sp.false):
        constant = held == sp.true
        return lambda row: constant
    if isinstance(held, sp.And | sp.Or):
        parts = [condition(part, letters) for part in held.args]
        join = all if isinstance(held, sp.And) else any
        return lambda row: join(part(row) for part in parts)
    left, right = (compiled(side, letters) for side in held.args)
    compare = COMPARE[held.rel_op]
    return lambda row: compare(left(row)[0], right(row)[0])
