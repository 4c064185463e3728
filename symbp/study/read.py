"""Which function of one real number an activation is.

Input: what a spec may say of an activation, and constants by name.  Output: the row and its
formula in z, trained numbers at where they start.  Imports choice, catalog and index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

import sympy as sp

from symbp.catalog import Activation, Total
from symbp.choice import resolve_activation
from symbp.errors import SpecError
from symbp.exact import brief, shown
from symbp.index import tensor
from symbp.letters import check_letters

LETTER = tensor("z")
ENTRY = "activation"


def read(
    text: str | sp.Expr, numbers: Mapping[str, object] | None = None
) -> tuple[Activation, sp.Expr]:
    """The row and the formula in `LETTER` that an activation means.

    Args:
        text: A name, a call such as "leaky_relu(slope=0.2)", or a formula in z.
        numbers: Constants by name, for formulas.

    Raises:
        SpecError: an unknown name, a wrong formula, or one that mixes the features of a sample.

    >>> read("leaky_relu(slope=0.2)")[1]
    Piecewise((z, z > 0), (z/5, True))
    """
    named, _ = check_letters(numbers or {}, {})
    row = resolve_activation(text, ENTRY, named, {})
    if row.gated:
        found = f"{row.name} takes two numbers, its gate the second"
        raise SpecError(ENTRY, found, "Ask about the function of the gate.")
    starts = {name: _rational(value) for name, value in row.learned}
    return row, row.formula(LETTER, Total(_no_sum(row.name), sp.S.One), **starts)


def constants(texts: Iterable[str]) -> dict[str, object]:
    """Numbers by name from text such as "a=0.3".

    Raises:
        SpecError: no `=`, or a name given twice.

    >>> constants(["a=0.3"])
    {'a': '0.3'}
    """
    found: dict[str, object] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign:
            raise SpecError("--constant", f"found {shown(text)}, expected a=0.3 or the like")
        if name in found:
            raise SpecError("--constant", f"{brief(name)} is given twice", "Give it once.")
        found[name] = value
    return found


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _no_sum(name: str) -> Callable[[sp.Expr], sp.Expr]:
    """Stands for a sum over the features, which one number does not have."""

    def refuse(_: sp.Expr) -> sp.Expr:
        found = f"{name} mixes the features of a sample and is no function of one number"
        raise SpecError(ENTRY, found, "Choose one that works on each number by itself.")

    return refuse
