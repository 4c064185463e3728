"""Numbers that stay exact while they can, and the text of their digits.

Input: scalar expressions and the values of their symbols.  Output: a Fraction where the value is
known to be rational, else an `mpmath.mpf` of the working precision; decimal text.  Imports errors,
exact; mpmath on call.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symbp.errors import GraphError
from symbp.exact import MAX_DIGITS, decimal_text
from symbp.functions import FUNCTIONS

Value = Any  # Fraction where exact, else mpmath.mpf; mpmath has no types
LOST_DIGITS = 8
LARGEST_EXPONENT = 20_000
# exp(0), tanh(0), log(1): the rational arguments at which these functions are rational.
RATIONAL_AT = {
    "exp": (0, 1),
    "log": (1, 0),
    "cosh": (0, 1),
    "cos": (0, 1),
    "erfc": (0, 1),
} | dict.fromkeys(("tanh", "sinh", "sin", "tan", "atan", "asin", "asinh", "atanh", "erf"), (0, 0))
IN_MPMATH = {f.sympy.__name__: f.in_mpmath for f in FUNCTIONS.values()} | {"sqrt": "sqrt"}


def scalar_value(expr: sp.Basic, values: Mapping[str, Value]) -> Value:
    """The value of a scalar expression; call inside `mpmath.workdps`.

    Raises:
        ZeroDivisionError: a denominator is 0.
        ValueError: the logarithm or root of a negative number.

    >>> x = sp.Symbol("x", real=True)
    >>> scalar_value(x**2 / 3 + sp.exp(0 * x), {"x": Fraction(1, 2)})
    Fraction(13, 12)
    """
    if isinstance(expr, sp.Symbol):
        return values[expr.name]
    if isinstance(expr, sp.Rational):
        return Fraction(int(expr.p), int(expr.q))
    if isinstance(expr, sp.NumberSymbol):
        import mpmath

        return +getattr(mpmath, {"E": "e"}.get(str(expr), str(expr)))
    if isinstance(expr, sp.Piecewise):
        return scalar_value(chosen_branch(expr, values), values)
    if isinstance(expr, sp.Pow):
        base = scalar_value(expr.base, values)
        if not (expr.exp.is_Rational and expr.exp.q in (1, 2)):
            exponent = scalar_value(expr.exp, values)
            if base == 0 and exponent > 0:
                return Fraction(0)
            return function_value("exp", multiply(exponent, function_value("log", base)))
        if expr.exp.q == 2:
            base = function_value("sqrt", base)
        return power(base, int(expr.exp.p))
    parts = [scalar_value(a, values) for a in expr.args]
    if isinstance(expr, sp.Add):
        return add(*parts)
    if isinstance(expr, sp.Mul):
        return multiply(*parts)
    if isinstance(expr, sp.Max):
        return functools.reduce(lambda a, b: b if _sign(b, a) > 0 else a, parts)
    if len(parts) == 1:
        return function_value(type(expr).__name__, parts[0])
    raise GraphError(f"{expr}", f"no value for {type(expr).__name__}")


def chosen_branch(expr: sp.Piecewise, values: Mapping[str, Value]) -> sp.Expr:
    """The branch of a piecewise formula that holds."""
    for branch, condition in expr.args:
        if condition == sp.true or _holds(condition, values):
            return branch
    raise GraphError(f"{expr}", "no branch holds")


def _holds(condition: sp.Basic, values: Mapping[str, Value]) -> bool:
    if isinstance(condition, sp.And | sp.Or):
        join = all if isinstance(condition, sp.And) else any
        return join(_holds(c, values) for c in condition.args)
    left, right = (scalar_value(a, values) for a in condition.args)
    sign = _sign(left, right)
    holds = {">": sign > 0, ">=": sign >= 0, "<": sign < 0, "<=": sign <= 0, "==": sign == 0}
    return holds.get(condition.rel_op, sign != 0)


def _sign(left: Value, right: Value) -> int:
    """The sign of left - right; 0 where the working precision cannot tell."""
    difference = add(left, multiply(Fraction(-1), right))
    if not isinstance(difference, Fraction):
        import mpmath

        noise = mpmath.mpf(10) ** (LOST_DIGITS - mpmath.mp.dps)
        if all(abs(difference) <= noise * abs(_float(side)) for side in (left, right)):
            return 0
    return int(difference > 0) - int(difference < 0)


def add(*parts: Value) -> Value:
    """The sum; the exact parts are added first."""
    exact = sum((p for p in parts if isinstance(p, Fraction)), Fraction(0))
    rest = [p for p in parts if not isinstance(p, Fraction)]
    if not rest:
        return exact
    import mpmath

    return mpmath.fsum([*rest, _float(exact)] if exact else rest)


def multiply(*parts: Value) -> Value:
    """The product; exactly 0 where one factor is."""
    exact = Fraction(1)
    rest = []
    for part in parts:
        if isinstance(part, Fraction):
            exact *= part
        else:
            rest.append(part)
    if not rest or not exact:
        return exact
    result = rest[0] if exact == 1 else rest[0] * _float(exact)
    for part in rest[1:]:
        result = result * part
    return result


def power(base: Value, exponent: int) -> Value:
    """A whole power.

    >>> power(Fraction(2), -2)
    Fraction(1, 4)
    """
    return base**exponent


def function_value(name: str, argument: Value) -> Value:
    """A function of one number; exact at the few places where it is rational.

    >>> function_value("exp", Fraction(0)), function_value("sqrt", Fraction(9, 4))
    (Fraction(1, 1), Fraction(3, 2))
    """
    import mpmath

    if isinstance(argument, Fraction):
        if name == "Abs":
            return abs(argument)
        if name == "sign":
            return Fraction((argument > 0) - (argument < 0))
        at, value = RATIONAL_AT.get(name, (None, 0))
        if at is not None and argument == at:
            return Fraction(value)
        if name == "sqrt" and argument >= 0:
            top, bottom = math.isqrt(argument.numerator), math.isqrt(argument.denominator)
            if Fraction(top, bottom) ** 2 == argument:
                return Fraction(top, bottom)
        argument = _float(argument)
    if (argument < 0 and name in ("sqrt", "log")) or (argument == 0 and name == "log"):
        raise ValueError(f"{name} of {mpmath.nstr(argument, 6)}")
    return getattr(mpmath, IN_MPMATH[name])(argument)


def _float(value: Value) -> Value:
    import mpmath

    if not isinstance(value, Fraction):
        return value
    return mpmath.mpf(value.numerator) / value.denominator


def rounded(value: Value, digits: int) -> str:
    """The value with `digits` significant digits, rounded to nearest, ties to even.

    >>> rounded(Fraction(2, 3), 4), rounded(Fraction(-1, 300000000), 2), rounded(Fraction(0), 3)
    ('0.6667', '-3.3e-9', '0')
    >>> rounded(Fraction(12345), 3), rounded(Fraction(9996, 10), 3), rounded(Fraction(125, 10), 2)
    ('1.23e4', '1.00e3', '12')
    """
    if not value:
        return "0"
    figures, point = _figures(value, digits)
    if -6 <= point < 0:
        text = f"0.{'0' * (-point - 1)}{figures}"
    elif 0 <= point < digits:
        text = f"{figures[: point + 1]}.{figures[point + 1 :]}".rstrip(".")
    else:
        text = f"{figures[0]}{'.' * (digits > 1)}{figures[1:]}e{point}"
    return f"-{text}" if value < 0 else text


def _figures(value: Value, digits: int) -> tuple[str, int]:
    """The digits of |value| and the power of ten of the first, in whole numbers.

    Arithmetic with an mpf rounds it to the precision of the moment, so none is done here.
    """
    ratio, shift = _scaled(value, digits)
    point = _log10(ratio)
    top, bottom = ratio.numerator, ratio.denominator
    places = digits - 1 - point
    top, bottom = (top * 10**places, bottom) if places >= 0 else (top, bottom * 10**-places)
    whole, rest = divmod(top, bottom)
    if 2 * rest > bottom or (2 * rest == bottom and whole % 2):
        whole += 1
    figures = _digits(whole)
    return figures[:digits], point + shift + len(figures) - digits


def _digits(whole: int) -> str:
    """str() of a whole number; Python refuses more than 4300 digits at once."""
    if whole < 10**4000:
        return str(whole)
    high, low = divmod(whole, 10**4000)
    return _digits(high) + str(low).rjust(4000, "0")


def _log10(value: Fraction) -> int:
    """The power of ten of the first digit."""
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    guess = math.floor((bits - 1) * math.log10(2)) - 1
    while value >= Fraction(10) ** (guess + 1):
        guess += 1
    return guess


def _scaled(value: Value, digits: int) -> tuple[Fraction, int]:
    """|value| as a fraction times a power of ten, which is 0 unless it would be huge."""
    if isinstance(value, Fraction):
        return abs(value), 0
    import mpmath

    _, man, exp, bits = value._mpf_
    if abs(exp + bits) < LARGEST_EXPONENT:
        return Fraction(int(man)) * Fraction(2) ** exp, 0
    with mpmath.workdps(digits + LOST_DIGITS + len(str(abs(exp)))):
        shift = int(mpmath.floor(mpmath.log10(abs(value))))
        return _scaled(value / mpmath.mpf(10) ** shift, digits)[0], shift


def value_text(value: Value, digits: int) -> tuple[str, bool]:
    """The number in at most so many digits, and whether that is all of it.

    >>> value_text(Fraction(1, 4), 6), value_text(Fraction(1, 3), 3), value_text(Fraction(7), 1)
    (('0.25', True), ('0.333', False), ('7', True))
    """
    if not isinstance(value, Fraction):
        return rounded(value, digits), False
    text = decimal_text(value) if short(value, digits) else ""
    figures = text.lstrip("-").replace(".", "").strip("0")
    if text and "/" not in text and len(figures) <= digits:
        return text, True
    return rounded(value, digits), False


def short(value: Fraction, digits: int) -> bool:
    """Whether a fraction may have at most so many digits; cheap to ask of a very long one."""
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    return bits <= 4 * (digits + MAX_DIGITS)


def decided(before: Value, now: Value, digits: int, working: int) -> bool:
    """Whether all digits are certain, from two runs at different precision.

    The error of the better run is taken to be at most 1000 times the difference, and the number
    must round to the same text on both sides of it.  Source: Ziv, Fast evaluation of elementary
    mathematical functions with correctly rounded last bit (1991), section 2.
    """
    if isinstance(now, Fraction):
        return bool(before == now)
    import mpmath

    error = 1000 * abs(now - before) + abs(now) * mpmath.mpf(10) ** (LOST_DIGITS - working)
    return error < abs(now) and rounded(now - error, digits) == rounded(now + error, digits)
