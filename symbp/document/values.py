"""The numbers that symbols of a notation stand for.

Input: a context and a scalar name.  Output: its value with the sign of the notation, as text.
Imports context, formula and evaluate.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from symbp.document.context import Context
from symbp.document.formula import Formula, Literal
from symbp.evaluate.lines import RATE
from symbp.evaluate.numbers import Value, add, multiply, value_text
from symbp.tree import Name


def sign_of(context: Context, name: str) -> int:
    """-1 if the symbol of a scalar stands for minus its value."""
    owner = context.system.entry(name)
    return context.naming.sign(owner[0]) if owner else 1


def shown_value(context: Context, name: str) -> tuple[str, bool]:
    """The number that a symbol of the notation stands for, and whether it is all of it."""
    return value_text(notated(context, name), context.digits)


def notated(context: Context, name: str) -> Value:
    """The value of a symbol: with the notation's sign, a net input without its threshold."""
    if name == RATE:
        return context.network.numbers.learning_rate
    value = multiply(Fraction(sign_of(context, name)), context.values[name])
    for term in sp.Add.make_args(context.naming.whole_scalar(name) - sp.Symbol(name, real=True)):
        if term != 0:
            sign, symbol = term.as_coeff_Mul()
            step = multiply(Fraction(-int(sign)), notated(context, symbol.name))
            value = add(value, step)
    return value


def number(text: str) -> Formula:
    """A printed number as a formula."""
    return Formula(Name(text), {text: Literal(text)})
