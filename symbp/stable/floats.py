"""Functions of floats that give what IEEE arithmetic gives: infinities and NaN, no exceptions.

A module by name gets the source of those it needs as it stands here.  Input: floats.  Output: a
float.  Lines are at most 88 columns, as in a generated module.
"""

import math

from symbp.stable.kernels import ERFCX


def exp(x: float) -> float:
    """Return e**x, infinity where that is too large for a float."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def expm1(x: float) -> float:
    """Return e**x - 1, infinity where that is too large for a float."""
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def log(x: float) -> float:
    """Return the natural logarithm, -infinity at 0, NaN below."""
    try:
        return math.log(x)
    except ValueError:
        return -math.inf if x == 0 else math.nan


def log1p(x: float) -> float:
    """Return log(1 + x), -infinity at -1, NaN below."""
    try:
        return math.log1p(x)
    except ValueError:
        return -math.inf if x == -1 else math.nan


def divide(a: float, b: float) -> float:
    """Return a / b, infinity or NaN where b is 0."""
    try:
        return a / b
    except ZeroDivisionError:
        return math.copysign(math.inf, b) * a if a else math.nan


def sqrt(x: float) -> float:
    """Return the square root, NaN below 0."""
    try:
        return math.sqrt(x)
    except ValueError:
        return math.nan


def power(x: float, exponent: float) -> float:
    """Return x**exponent, with infinities and NaN."""
    try:
        return math.pow(x, exponent)
    except (OverflowError, ValueError) as error:
        if x != 0 and isinstance(error, ValueError):
            return math.nan
        return math.copysign(math.inf, x) if exponent % 2 == 1 else math.inf


def sinh(x: float) -> float:
    """Return the hyperbolic sine, infinity where that is too large for a float."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def cosh(x: float) -> float:
    """Return the hyperbolic cosine, infinity where that is too large for a float."""
    try:
        return math.cosh(x)
    except OverflowError:
        return math.inf


def sin(x: float) -> float:
    """Return the sine, NaN at infinity."""
    return math.sin(x) if math.isfinite(x) else math.nan


def cos(x: float) -> float:
    """Return the cosine, NaN at infinity."""
    return math.cos(x) if math.isfinite(x) else math.nan


def tan(x: float) -> float:
    """Return the tangent, NaN at infinity."""
    return math.tan(x) if math.isfinite(x) else math.nan


def asin(x: float) -> float:
    """Return the inverse sine, NaN outside of [-1, 1]."""
    return math.asin(x) if abs(x) <= 1 else math.nan


def acos(x: float) -> float:
    """Return the inverse cosine, NaN outside of [-1, 1]."""
    return math.acos(x) if abs(x) <= 1 else math.nan


def acosh(x: float) -> float:
    """Return the inverse hyperbolic cosine, NaN below 1."""
    return math.acosh(x) if x >= 1 else math.nan


def atanh(x: float) -> float:
    """Return the inverse hyperbolic tangent, infinity at 1 and -1, NaN beyond."""
    if abs(x) == 1:
        return math.copysign(math.inf, x)
    return math.atanh(x) if abs(x) < 1 else math.nan


def sign(x: float) -> float:
    """Return 1 above 0, -1 below, 0 at 0."""
    return math.copysign(1.0, x) if x > 0 or x < 0 else x


def erfcx(u: float) -> float:
    """Return exp(u**2) erfc(u) for u >= 0, at most 7 ULP."""
    t = 1 - 7.5 / (u + 3.75)
    last, before = 0 * t, 0 * t
    for k in range(len(ERFCX) - 1, 0, -1):
        last, before = ERFCX[k] + 2 * t * last - before, last
    return (ERFCX[0] + t * last - before) / 2 / (u + 0.5)


def exp_poly(x: float, coefficients: tuple[float, ...]) -> float:
    """Return exp(c1 x + c2 x**2 + ..) with each c as a sum of two numbers, high and low.

    The rounding errors of the argument are carried along, by Horner's rule in twice
    the precision: Graillat, Langlois & Louvet, Algorithms for accurate, validated and
    fast polynomial evaluation (2009), algorithm 6, with Dekker's product (1971).
    """
    split = 134217729.0 * x
    x_high = split - (split - x)
    x_low = x - x_high
    value, error = 0 * x, 0 * x
    for k in range(len(coefficients) - 2, -1, -2):
        high, low = coefficients[k], coefficients[k + 1]
        total = value + high
        part = total - value
        error = error + ((value - (total - part)) + (high - part) + low)
        value = total * x
        split = 134217729.0 * total
        t_high = split - (split - total)
        t_low = total - t_high
        lost = (t_high * x_high - value) + t_high * x_low + t_low * x_high
        error = error * x + (lost + t_low * x_low)
    rough = exp(value)
    return rough + rough * error
