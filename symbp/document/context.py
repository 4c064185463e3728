"""What all parts of a document need: the network, its derivation, the notation and the language.

Input: a network, its derivation, a notation, a language.  Output: `Context`, with the text of
messages, the formulas of lines, and the numbers of the example, each worked out once.
Imports naming, renaming, general, formula, messages and evaluate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import sympy as sp

from symbp.derivation import Derivation, Line
from symbp.document.formula import Formula, index_formula, scalar_formula
from symbp.document.general import Named, general, named_functions
from symbp.document.model import Code, Inline, Row, Text
from symbp.document.naming import Naming
from symbp.document.renaming import renamed, renamed_scalar
from symbp.document.symbols import Symbol
from symbp.document.tables import Notation
from symbp.evaluate.numbers import Value
from symbp.example import Example
from symbp.graph import Equation
from symbp.layers import takes_rows
from symbp.messages import fill
from symbp.scalars import EXPANDED_UP_TO, ScalarEquation, ScalarSystem
from symbp.spec import Network

if TYPE_CHECKING:
    from symbp.evaluate import Evaluation


@dataclass(frozen=True)
class Context:
    """One document's data.

    Args:
        network: The network.
        derivation: Of the network.
        notation: How quantities are written.
        lang: "en" or "zh".
        digits: Significant digits of numbers.
    """

    network: Network
    derivation: Derivation
    notation: Notation
    lang: str
    digits: int = 6

    @cached_property
    def naming(self) -> Naming:
        """The symbols."""
        return Naming(self.notation, self.network, self.derivation)

    @cached_property
    def functions(self) -> tuple[Named, ...]:
        """Activations by name, where the notation has names for them."""
        return named_functions(self.naming)

    @property
    def function_symbols(self) -> dict[int, Symbol]:
        """The symbol of each function."""
        return {f.place: f.symbol for f in self.functions}

    @property
    def system(self) -> ScalarSystem:
        """The scalar view."""
        return self.naming.system

    @property
    def small(self) -> bool:
        """Whether single numbers are written out: few weights, and it is known which they are."""
        example = isinstance(self.network.example, Example)
        known = example or not takes_rows(self.network.layers)
        return self.network.weight_count <= EXPANDED_UP_TO and known

    @property
    def scalar(self) -> bool:
        """Whether the equations of the document are those of single numbers."""
        return self.notation.form == "scalar" and self.small

    def text(self, key: str, **values: Inline | Text) -> Text:
        """A message with formulas, references and words put in."""
        put: dict[str, Text] = {k: v if isinstance(v, tuple) else (v,) for k, v in values.items()}
        parts = fill(key, self.lang, put)
        texts = (part if isinstance(part, tuple) else _spans(part) for part in parts)
        return tuple(piece for text in texts for piece in text)

    def word(self, key: str, **values: str) -> str:
        """A message that is text only."""
        return "".join(map(str, fill(key, self.lang, values)))

    def formula(self, expr: sp.Expr) -> Formula:
        """A renamed expression in index notation."""
        return index_formula(self.naming, expr, self.function_symbols)

    def row(self, line: Line, number: str, named: bool = False) -> Row:
        """A line as an equation; with activations by name if asked for and it has one."""
        equation = renamed(self.naming, line.equation)
        rights = [("=", self.formula(equation.rhs))]
        if named and (short := self.named(line.equation)) is not None:
            rights.insert(0, ("=", self.formula(short.rhs)))
        return Row(number, self.formula(equation.target), tuple(rights), self.origin(line.equation))

    def named(self, equation: Equation) -> Equation | None:
        """A line with activations by name, renamed; None where it has none."""
        short = general(self.functions, equation)
        return None if short is None else renamed(self.naming, short)

    def origin(self, equation: Equation) -> Text:
        """Which layer or loss a forward equation belongs to."""
        place, _, kind = equation.origin.partition(", ")
        if not place:
            return ()
        if place == "loss":
            return self.text("origin.loss", kind=kind)
        return self.text("origin.layer", number=place.removeprefix("layer "), kind=kind)

    def scalar_row(self, equation: ScalarEquation, number: str) -> Row:
        """The equation of one number."""
        rhs = renamed_scalar(self.naming, equation)
        left = scalar_formula(self.naming, equation.target)
        return Row(number, left, (("=", scalar_formula(self.naming, rhs)),))

    def entry_number(self, equation: ScalarEquation) -> str:
        """The number of the equation of an entry: that of its line, and its place in it."""
        places = list(self.system.places(equation.quantity))
        alone = len(places) == 1
        return (
            str(equation.line) if alone else f"{equation.line}.{places.index(equation.place) + 1}"
        )

    @cached_property
    def evaluation(self) -> Evaluation | None:
        """The numbers of the example; None where there are none, or too many."""
        if not self.small or not isinstance(self.network.example, Example):
            return None
        from symbp.evaluate import evaluate

        return evaluate(self.derivation, self.network, self.digits)

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """The value of every scalar name, exact or to more digits than are shown."""
        if self.evaluation is None:
            return {}
        self.system.forward(), self.system.backward()
        values: dict[str, Value] = dict(self.system.values())
        for line in self.evaluation.lines:
            if line.section == "update":
                continue
            exact = isinstance(line.value, sp.Rational)
            values[line.name] = (
                Fraction(int(line.value.p), int(line.value.q)) if exact else line.value
            )
        return values


def _spans(text: str) -> Text:
    """A message with what stands between backticks as code."""
    parts = text.split("`")
    return tuple(Code(p) if k % 2 else p for k, p in enumerate(parts) if p)
