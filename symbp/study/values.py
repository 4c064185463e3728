"""Numbers of a study, each with what is known of it.

Input: mpmath numbers with a count of right digits.  Output: Value, which knows its exact form where
there is one and says how it was found.  Imports exact and evaluate.numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import mpmath
import sympy as sp

from symbp.evaluate.numbers import rounded
from symbp.exact import decimal_text
from symbp.study.enclosure import Curve, Point, point
from symbp.study.intervals import Number

How = Literal["exact", "identified", "numeric"]
SHOWN_DIGITS, WORKING_DIGITS = 15, 60
RATIONAL_LIMIT, MULTIPLE_LIMIT, LARGEST_TOP = 1000, 24, 10**6
CONSTANTS = tuple(
    sp.sqrt(a) for a in (2, 3, 5, sp.pi, 2 / sp.pi, 2 * sp.pi)
) + (sp.pi, 1 / sp.pi, sp.E, 1 / sp.E, sp.log(2), sp.log(3))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A real number or an infinity.

    Args:
        number: To `digits` digits, or an infinity.
        digits: How many are right.
        exact: Its exact form, where one is known.
        how: "exact" by algebra, "identified" where all `digits` digits agree with `exact`, else
            "numeric".
    """

    number: Number
    digits: int
    exact: sp.Expr | None = None
    how: How = "numeric"

    @property
    def infinite(self) -> bool:
        """Whether it is +inf or -inf."""
        return bool(mpmath.isinf(self.number))

    def __str__(self) -> str:
        """Its exact form if that is short, else at most 15 digits, all of them right."""
        if self.infinite:
            return "inf" if self.number > 0 else "-inf"
        if self.exact is not None:
            text = exact_text(self.exact)
            if len(text) <= SHOWN_DIGITS:
                return text
        return rounded(self.number, min(self.digits, SHOWN_DIGITS))

    @property
    def marked(self) -> str:
        """With = where algebra gives it, ≃ where its digits agree, ≈ where more digits follow."""
        whole = self.exact is not None and len(exact_text(self.exact)) <= SHOWN_DIGITS
        if not whole and not self.infinite:
            return f"≈ {self}"
        return f"{'=' if self.how == 'exact' or self.infinite else '≃'} {self}"

    def as_json(self) -> dict[str, Any]:
        """Text of the number and of its exact form, and how it was found."""
        if self.infinite:
            return {"value": str(self), "how": self.how}
        digits = min(self.digits, 2 * SHOWN_DIGITS)
        found = {"value": rounded(self.number, digits), "digits": digits, "how": self.how}
        return found | ({"exact": exact_text(self.exact)} if self.exact is not None else {})


def exact_text(expr: sp.Expr) -> str:
    """An exact number as text, 1/4 and sqrt(2)/2 alike.

    >>> exact_text(sp.Rational(1, 4)), exact_text(1 / sp.sqrt(2)), exact_text(sp.Rational(1, 3))
    ('0.25', 'sqrt(2)/2', '1/3')
    """
    if isinstance(expr, sp.Rational):
        return decimal_text(Fraction(int(expr.p), int(expr.q)))
    return str(sp.sstr(expr))


def of_exact(expr: sp.Expr) -> Value:
    """The value of an exact number."""
    with mpmath.workdps(WORKING_DIGITS):
        return Value(mpmath.mpf(sp.N(expr, WORKING_DIGITS)), WORKING_DIGITS, expr, "exact")


def identified(number: Number, digits: int) -> Value:
    """A number, with the small rational or multiple of a constant that it agrees with, if any.

    >>> str(identified(mpmath.mpf(0.25), 15)), identified(mpmath.mpf(0.25), 15).how
    ('0.250000000000000', 'numeric')
    >>> identified(mpmath.mpf(0.25), 30).how
    'identified'
    """
    if mpmath.isinf(number):
        return Value(number, 0, how="identified")
    exact = _candidate(number, digits) if digits >= 20 else None
    return Value(number, digits, exact, "numeric" if exact is None else "identified")


def _candidate(number: Number, digits: int) -> sp.Expr | None:
    with mpmath.workdps(WORKING_DIGITS):
        margin = mpmath.mpf(10) ** (1 - digits)
        if not number:
            return sp.S.Zero
        for constant in (sp.S.One, *CONSTANTS):
            limit = RATIONAL_LIMIT if constant == 1 else MULTIPLE_LIMIT
            ratio = number / mpmath.mpf(sp.N(constant, WORKING_DIGITS))
            near = _fraction(ratio).limit_denominator(limit)
            top_limit = LARGEST_TOP if constant == 1 else 8 * limit
            if not near or abs(near.numerator) > top_limit:
                continue
            if abs(ratio - mpmath.mpf(near.numerator) / near.denominator) < margin * abs(ratio):
                return sp.Rational(near.numerator, near.denominator) * constant
    return None


def _fraction(number: Number) -> Fraction:
    if abs(number) > 1e12 or abs(number) < 1e-12:
        return Fraction(0)
    sign, man, exp, _ = number._mpf_
    return Fraction(-int(man) if sign else int(man)) * Fraction(2) ** int(exp)


def is_zero_exactly(expr: sp.Expr, letter: sp.Symbol, at: sp.Expr) -> bool:
    """Whether SymPy finds that the formula is 0 at an exact number; no search."""
    value = _substituted(expr, letter, at)
    return value is not None and (value == 0 or (value.is_number and sp.expand(value) == 0))


def _substituted(expr: sp.Expr, letter: sp.Symbol, at: sp.Expr) -> sp.Expr | None:
    if expr.count_ops() > 400:
        return None
    value = expr.subs(letter, at)
    return None if value.has(sp.nan, sp.zoo, sp.oo, sp.S.NegativeInfinity, sp.I) else value


def value_at(curve: Curve, at: Value, where: Point | None = None) -> Value | None:
    """The formula's value at a number: exact where SymPy gives a short form, None if undefined."""
    number = curve.number(where or point_of(at), 110)
    if number is None or mpmath.isnan(number):
        return None
    if mpmath.isinf(number):
        return Value(number, 0)
    digits = min(30, at.digits - 2) if at.exact is None else 30
    if at.exact is not None:
        exact = _substituted(curve.expr, curve.letter, at.exact)
        if exact is not None and exact.is_number and exact.count_ops() <= 8:
            found = of_exact(exact)
            if abs(found.number - number) <= mpmath.mpf(10) ** -25 * (1 + abs(number)):
                return Value(found.number, found.digits, exact, at.how)
    return identified(number, digits)


def point_of(value: Value) -> Point:
    """The place of a value, exact if its exact form is known."""
    if value.exact is None:
        return point(value.number)
    curve = Curve(value.exact, sp.Dummy("none"))

    def at(prec: int) -> Any:
        return curve.enclose((), prec)  # type: ignore[arg-type]

    return at
