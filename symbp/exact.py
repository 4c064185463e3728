"""Exact numbers: what a user writes as 0.2 is 1/5 from the first step to the last.

Input: numbers as text, int, float, Decimal or Fraction.  Output: fractions, and nested tuples of
them.  Imports errors only.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from symbp.errors import SpecError

Tensor = Fraction | tuple["Tensor", ...]
MAX_DIGITS = 1000


def exact(value: object, where: str) -> Fraction:
    """Read one number as the decimal that the user sees.

    Args:
        value: int, Fraction, Decimal, float (its shortest decimal counts) or text such as
            "0.2", "-3e-4", "1/3".
        where: The entry it was read from, for the error.

    Raises:
        SpecError: not a number, not finite, or more than 1000 digits.

    >>> exact(0.2, "lr"), exact("1/3", "lr")
    (Fraction(1, 5), Fraction(1, 3))
    """
    if isinstance(value, bool) or not isinstance(value, int | Fraction | Decimal | float | str):
        kind = type(value).__name__
        raise SpecError(where, f"found {kind} {shown(value)}, expected a number", "Write a decimal.")
    text = str(value).strip()
    if len(text) > MAX_DIGITS:
        raise SpecError(where, f"a number of {len(text)} characters", "Use at most 1000.")
    try:
        if isinstance(value, str) and "/" in text:
            return Fraction(text)
        number = Decimal(text)
    except ZeroDivisionError:
        raise SpecError(where, f"{shown(text)} divides by zero", "Write a decimal.") from None
    except (ValueError, ArithmeticError):
        if isinstance(value, Fraction):
            return value
        raise SpecError(where, f"found {shown(text)}, expected a number", "Write a decimal.") from None
    if not number.is_finite():
        raise SpecError(where, f"found {text}, expected a finite number", "Write a decimal.")
    if number and not -MAX_DIGITS <= number.adjusted() <= MAX_DIGITS:
        raise SpecError(where, f"{text} is outside 1e-1000 .. 1e1000", "Scale the example.")
    return Fraction(number)


def tensor(value: object, where: str) -> Tensor:
    """Read a number or a nested list of numbers, all rows equally long.

    Raises:
        SpecError: an entry is no finite number, or the rows differ in length.

    >>> tensor([["0.5", 1]], "x")
    ((Fraction(1, 2), Fraction(1, 1)),)
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        return exact(value, where)
    rows = tuple(tensor(v, f"{where}[{k}]") for k, v in enumerate(value))
    if len({shape(r) for r in rows}) > 1:
        lengths = ", ".join(str(list(shape(r))) for r in rows[:4])
        raise SpecError(where, f"rows of different shapes {lengths}", "Give every row the same length.")
    return rows


def shape(value: Tensor) -> tuple[int, ...]:
    """The shape of a nested tuple.

    >>> shape(tensor([[1, 2, 3], [4, 5, 6]], "W"))
    (2, 3)
    """
    if isinstance(value, Fraction):
        return ()
    return (len(value), *(shape(value[0]) if value else ()))


def decimal_text(value: Fraction) -> str:
    """The number as a user would write it: a decimal where it ends, else a fraction.

    >>> decimal_text(Fraction(1, 5)), decimal_text(Fraction(-3)), decimal_text(Fraction(1, 3))
    ('0.2', '-3', '1/3')
    """
    if value.denominator == 1:
        return str(value.numerator)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest > 1:
        return str(value)
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def shown(value: object) -> str:
    """A value as an error may quote it: one short line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
