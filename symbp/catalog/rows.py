"""What a row of the catalogue is: a formula, its source, and the options that a spec may set.

Input: nothing.  Output: the types of the rows and the domains of their options.  Imports exact
only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import sympy as sp

from symbp.exact import decimal_text

Value = Fraction | bool | tuple[Fraction, ...] | str  # str: the name of a trained number
Values = tuple[tuple[str, Value], ...]
Start = tuple[str, Fraction]


@dataclass(frozen=True, slots=True)
class Total:
    """Sums an expression over the features of the same sample.

    Args:
        over: Maps an expression in one feature to its sum.
        size: The number of features.
    """

    over: Callable[[sp.Expr], sp.Expr]
    size: sp.Expr

    def __call__(self, expr: sp.Expr) -> sp.Expr:
        """The sum of an expression in one feature."""
        return self.over(expr)


@dataclass(frozen=True, slots=True)
class Domain:
    """What an option may be.

    Args:
        text: As an error says it: "a number above 0".
        examples: Values that are in it, the first the plainest.
        holds: Whether a number (or each of a list) is one.
        kind: "number", "flag" (true or false) or "numbers" (a list, one a class).
    """

    text: str
    examples: tuple[str, ...]
    holds: Callable[[Fraction], bool] = lambda value: True
    kind: Literal["number", "flag", "numbers"] = "number"

    @property
    def example(self) -> str:
        """The plainest value, as a spec writes it."""
        return self.examples[0]


NUMBER = Domain("a number", ("0.5", "-0.3", "1.75"))
POSITIVE = Domain("a number above 0", ("1", "0.7", "2.5"), lambda value: value > 0)
NOT_NEGATIVE = Domain("a number of at least 0", ("0.5", "0.2", "1"), lambda value: value >= 0)
SHARE = Domain("a number from 0 up to, but not, 1", ("0.1", "0.3"), lambda v: 0 <= v < 1)
BALANCE = Domain("a number from 0 to 1", ("0.25", "0.6"), lambda value: 0 <= value <= 1)
FLAG = Domain("true or false", ("true", "false"), kind="flag")
WHOLE = Domain(
    "a whole number of at least 1", ("100", "4"), lambda value: value >= 1 and value % 1 == 0
)
SEED = Domain(
    "a whole number from 0 to 4294967295",
    ("0", "1"),
    lambda value: 0 <= value < 2**32 and value % 1 == 0,
)
CLASS_WEIGHTS = Domain(
    "a list of numbers above 0, one a class", ("[1, 2]",), lambda value: value > 0, "numbers"
)


@dataclass(frozen=True, slots=True)
class Option:
    """One number that a spec may set, as in leaky_relu(slope=0.2).

    Args:
        name: As written in a spec, and the argument of the formula.
        default: Its value where the spec says nothing; None where the spec must say it.
        domain: What it may be.
        torch: Name of torch's argument where it differs.
    """

    name: str
    default: Value | None
    domain: Domain = NUMBER
    torch: str = ""


@dataclass(frozen=True, slots=True)
class Activation:
    """A row of the catalogue, or one with its options set (see choice.py).

    Args:
        name: As written in a spec.
        formula: Maps `z`, `total` and every option and trained number by name to the value; of a
            gated activation `z`, `gate` and these.
        source: Paper or book with the equation.
        torch: Dotted name of the torch module it must equal; "" where torch has none.
        torch_options: Keyword arguments of that module beside the options.
        options: What a spec may set.
        learned: Trained numbers, one of each a layer, and where they start.
        gated: Whether it takes a second pre-activation, a gate with weights V and c of its own.
        check: What is wrong with options that are right one by one; "" if nothing.
        text: As a spec writes it, with the options set.
        values: The options that were set or have a default.
        letters: Constants and trained numbers of the spec that it uses.
        own: Whether it is a formula of the user's.
    """

    name: str
    formula: Callable[..., sp.Expr]
    source: str
    torch: str = ""
    torch_options: tuple[tuple[str, int | str], ...] = ()
    options: tuple[Option, ...] = ()
    learned: tuple[Start, ...] = ()
    gated: bool = False
    check: Callable[..., str] = lambda **values: ""
    text: str = ""
    values: Values = ()
    letters: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """A row of the catalogue, or one with its options set (see choice.py).

    Args:
        name: As written in a spec.
        formula: Maps `p`, `t`, `total` and every option and trained number by name to the loss of
            one element, or of one sample: see `per`.  An option with a list stands for the entry
            of the feature.
        source: Paper, book or reference with the equation.
        reduction: What happens over elements or samples when the spec does not say.
        per: Whether the formula is the loss of an element or of a sample; `mean` divides by their
            number.
        torch: Dotted name of the torch module, "" where torch has none.
        named: Quantities that the formula is written in, by name, each a formula of the one
            before it; the last is the `p` of `formula`.
        classes: Whether a class index may stand for a target row.
        reductions: Reductions beside sum, mean and none.
        weighted_mean: With class weights, `mean` divides by the sum of the weights of the targets:
            for class indices, or always.
        output: An activation of the last layer that gives what the formula needs; "" if any does.
        contains: The activation that the formula itself applies to the outputs; "" for none.
        options, learned, check, text, values, letters, own: As for an activation.
    """

    name: str
    formula: Callable[..., sp.Expr]
    source: str
    reduction: Literal["sum", "mean", "none"]
    per: Literal["element", "sample"]
    torch: str = ""
    named: tuple[tuple[str, Callable[[sp.Expr, Total], sp.Expr]], ...] = ()
    classes: bool = False
    reductions: tuple[str, ...] = ()
    weighted_mean: Literal["", "classes", "always"] = ""
    output: str = ""
    contains: str = ""
    options: tuple[Option, ...] = ()
    learned: tuple[Start, ...] = ()
    check: Callable[..., str] = lambda **values: ""
    text: str = ""
    values: Values = ()
    letters: tuple[str, ...] = ()
    own: bool = False

    @property
    def class_weights(self) -> tuple[Fraction, ...]:
        """The weights of the classes; empty where every class counts 1."""
        return next((v for _, v in self.values if isinstance(v, tuple)), ())


@dataclass(frozen=True, slots=True)
class Recipe:
    """A row that is computed, not derived: an initializer, a data set or a schedule.

    Args:
        name: As written on the command line.
        make: Maps every option by name, beside what the kind of row is given, to the result.
        words: What it does, as `symbp list` shows it.
        source: Paper, book or reference.
        torch: Dotted name of the function of torch that it must equal, "" for none.
        options, check, text, values: As for an activation.
        learned, letters: None; a recipe names no constants and trains nothing.
    """

    name: str
    make: Callable[..., Any]
    words: str
    source: str
    torch: str = ""
    options: tuple[Option, ...] = ()
    learned: tuple[Start, ...] = ()
    check: Callable[..., str] = lambda **values: ""
    text: str = ""
    values: Values = ()
    letters: tuple[str, ...] = ()

    @property
    def numbers(self) -> dict[str, float | int]:
        """The options by name: an int where only whole numbers are allowed."""
        whole = {o.name for o in self.options if o.domain in (WHOLE, SEED)}
        return {
            name: int(value) if name in whole else float(value)
            for name, value in self.values
            if isinstance(value, Fraction)
        }


Row = Activation | Loss


def value_text(value: Value) -> str:
    """The value of an option as a spec writes it.

    >>> value_text(Fraction(1, 5)), value_text(True), value_text((Fraction(1), Fraction(1, 2)))
    ('0.2', 'true', '[1, 0.5]')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(decimal_text, value))}]"
    return decimal_text(value)
