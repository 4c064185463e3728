"""Exact numbers: what a user writes as 0.2 is 1/5 from the first step to the last.

Input: numbers as text, int, float, Decimal or Fraction.  Output: fractions, and nested tuples of
them.  Imports errors only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from decimal import Decimal
from fractions import Fraction
from numbers import Rational, Real

from symbp.errors import SpecError

Tensor = Fraction | tuple["Tensor", ...]
MAX_DIGITS = 1000
MAX_AXES = 8
MAX_BITS = (10 ** (2 * MAX_DIGITS)).bit_length()  # 1000 digits, times 1e-1000
NO_LIST: tuple[type, ...] = (str, bytes, Real, Mapping, Set)
REMEDY = "Write a decimal, such as 0.2."


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
    if isinstance(value, Fraction):
        return _bounded(value, where)
    if isinstance(value, bool) or not isinstance(value, Real | Decimal | str):
        kind = type(value).__name__
        raise SpecError(where, f"found {kind} {shown(value)}, expected a number", REMEDY)
    if isinstance(value, Rational):
        return _bounded(Fraction(int(value.numerator), int(value.denominator)), where)
    text = str(value).strip()
    if len(text) > MAX_DIGITS:
        remedy = f"Use at most {MAX_DIGITS}."
        raise SpecError(where, f"a number of {len(text)} characters", remedy)
    try:
        if "/" in text:
            return _bounded(Fraction(text), where)
        number = Decimal(text)
    except ZeroDivisionError:
        raise SpecError(where, f"{shown(text)} divides by zero", REMEDY) from None
    except (ValueError, ArithmeticError):
        raise SpecError(where, f"found {shown(text)}, expected a number", REMEDY) from None
    if not number.is_finite():
        raise SpecError(where, f"found {text}, expected a finite number", REMEDY)
    if not number:  # 0e999999999 would be a fraction of a billion digits on the way
        return Fraction(0)
    if not -MAX_DIGITS <= number.adjusted() <= MAX_DIGITS:
        raise SpecError(where, f"{text} is outside 1e-1000 .. 1e1000", "Scale the example.")
    return Fraction(number)


def _bounded(number: Fraction, where: str) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > MAX_BITS:
        raise SpecError(where, "a number with too many digits", f"Use at most {MAX_DIGITS}.")
    return number


def tensor(value: object, where: str, axes: int = MAX_AXES) -> Tensor:
    """Read a number or a nested list of numbers, all rows equally long.

    Args:
        value: A number as in `exact`, or a list, tuple or array of them, nested or not.
        where: The entry it was read from, for the error.
        axes: The deepest nesting that is read.

    Raises:
        SpecError: an entry is no finite number, or the rows differ in length.

    >>> tensor([["0.5", 1]], "x")
    ((Fraction(1, 2), Fraction(1, 1)),)
    """
    if isinstance(value, Fraction):  # most are, and the tests below take time
        return exact(value, where)
    if isinstance(value, NO_LIST) or not isinstance(value, Iterable):
        return exact(value, where)
    try:
        entries = list(value)
    except TypeError:  # arrays without an axis say that they are iterable
        return exact(repr(value), where)
    if not axes:
        raise SpecError(where, "lists nested too deep", "Give a list, or a list of rows.")
    rows = tuple(tensor(v, f"{where}[{k}]", axes - 1) for k, v in enumerate(entries))
    if len({shape(r) for r in rows}) > 1:
        lengths = ", ".join(str(list(shape(r))) for r in rows[:4])
        found = f"rows of different shapes {lengths}"
        raise SpecError(where, found, "Give every row the same length.")
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


def shown(value: object, depth: int = 2) -> str:
    """A value as an error may quote it: one short printable line.

    >>> shown([Decimal("0.2"), "a\\n"])
    "[0.2, 'a\\\\n']"
    """
    if isinstance(value, list | tuple):
        few = [shown(v, depth - 1) for v in value[:5]] if depth else ["..."] * bool(value)
        text = f"[{', '.join([*few, '...'] if depth and len(value) > 5 else few)}]"
    else:
        try:
            text = str(value) if isinstance(value, Decimal | Fraction) else repr(value)
        except ValueError:  # Python prints no int of over 4300 digits
            text = f"a very long {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def brief(name: object) -> str:
    """A name as an error may quote it between quotes of its own.

    >>> brief("sigmoid"), brief("a" * 100)[-5:]
    ('sigmoid', 'aa...')
    >>> print(brief("\\\\frac"), brief("a\\n"))
    \\frac a\\n
    """
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(name))
    return text if len(text) <= 60 else f"{text[:57]}..."
