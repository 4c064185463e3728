"""Lines of a calculation: formula = numbers put in = value.

Input: scalar equations and certain values.  Output: `NumberLine` and `Evaluation`.
Imports scalars, printers and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import sympy as sp

from symbp.evaluate.numbers import Value, chosen_branch, short, value_text
from symbp.exact import decimal_text
from symbp.index import rewrite
from symbp.printers import plain
from symbp.scalars import ScalarEquation
from symbp.tree import (
    ONE,
    Call,
    Compare,
    Name,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Where,
    to_tree,
)

Section = Literal["forward", "loss", "delta", "gradient", "update", "chain"]
LONGEST_EXACT = 300
RATE = "lr"


@dataclass(frozen=True, slots=True)
class NumberLine:
    """One line of the calculation.

    Args:
        section: "forward", "loss", "delta" (adjoints of values), "gradient", "update", or "chain"
            (partial derivatives along the paths).
        name: Scalar name of what is computed.
        formula: In names.
        put_in: The formula with numbers in place of names.
        value: A `sympy.Rational` where exact, a SymPy expression where it was asked to stay, else
            an `mpmath.mpf` of more digits than shown.
        text: The number in at most so many digits.
        exact: Whether `text` is the number itself; else it is rounded to nearest.
        line: Number of the derivation line.
        symbolic: The exact form in rationals and functions of rationals, "" where not asked for,
            too long, or the same as `text`.
    """

    section: Section
    name: str
    formula: str
    put_in: str
    value: Any
    text: str
    exact: bool
    line: int
    symbolic: str = ""

    @property
    def relation(self) -> str:
        """What stands before `text`: = where it is the number, ≈ where it is rounded."""
        return "=" if self.exact else "≈"

    def __str__(self) -> str:
        parts = [self.name, self.formula]
        parts += [part for part in (self.put_in, self.symbolic) if part not in ("", self.text)]
        return f"{' = '.join(dict.fromkeys(parts))} {self.relation} {self.text}"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All lines of one calculation, forward pass first.

    Args:
        lines: In reading order.
        digits: Significant digits of rounded values.
        learning_rate: Step of the update, exact.
    """

    lines: tuple[NumberLine, ...]
    digits: int
    learning_rate: Fraction

    def section(self, section: Section) -> tuple[NumberLine, ...]:
        """The lines of one section."""
        return tuple(line for line in self.lines if line.section == section)

    def __getitem__(self, name: str) -> NumberLine:
        """The line that computes `name`; an updated weight is in `section("update")`."""
        return {line.name: line for line in self.lines if line.section != "update"}[name]

    def __str__(self) -> str:
        return "\n".join(map(str, self.lines))

    def _repr_html_(self) -> str:
        """What a notebook shows: formula, numbers put in, value."""
        from symbp.notebook import evaluation_html

        return evaluation_html(self)


@dataclass(frozen=True)
class Writer:
    """Writes lines.

    Args:
        values: Of every name.
        symbolic: Exact forms by name; None where they were not asked for.
        digits: Significant digits of rounded values.
        longest_sum: Terms of a sum that are written out; of longer ones the middle is left out.
    """

    values: Mapping[str, Value]
    symbolic: dict[str, sp.Expr] | None
    digits: int
    longest_sum: int

    def line(
        self, section: Section, equation: ScalarEquation, node: Node | None = None
    ) -> NumberLine:
        """The line of a scalar equation; `node` is its right side where the order is given."""
        return self._line(section, equation.target.name, equation.rhs, equation.line, node)

    def update(self, weight: str, line: int) -> NumberLine:
        """The line of one step of gradient descent: w - lr dw."""
        w, d, rate = (sp.Symbol(n, real=True) for n in (weight, f"d{weight}", RATE))
        node = Sum(((1, Name(weight)), (-1, Product(1, (Name(RATE), Name(d.name))))))
        made = self._line("update", f"new {weight}", w - rate * d, line, node)
        return replace(made, name=weight)

    def _line(
        self, section: Section, name: str, expr: sp.Expr, number: int, node: Node | None = None
    ) -> NumberLine:
        node = shortened(node or to_tree(expr, _leaf), self.longest_sum)
        used = {s.name: self.values[s.name] for s in expr.free_symbols}
        put = {n: value_text(value, self.digits)[0] for n, value in used.items()}
        put_in = plain(node, put) if put else ""
        value = self.values[name]
        text, exact = value_text(value, self.digits)
        kept: Any = value
        if isinstance(value, Fraction):
            kept = sp.Rational(value.numerator, value.denominator)
        symbolic = ""
        if self.symbolic is not None:
            stays = self._stays(name, expr, value)
            if stays is not None and not exact:
                kept, symbolic = stays, _exact_text(stays)
        return NumberLine(section, name, plain(node), put_in, kept, text, exact, number, symbolic)

    def _stays(self, name: str, expr: sp.Expr, value: Value) -> sp.Expr | None:
        """The exact value in rationals and functions of rationals, None if it is too long."""
        assert self.symbolic is not None
        stays: sp.Expr | None = None
        if isinstance(value, Fraction):
            stays = sp.Rational(value.numerator, value.denominator) if short(value, 0) else None
        else:
            branch = resolved(expr, self.values)
            parts: dict[sp.Symbol, sp.Expr | None] = {}
            for s in branch.free_symbols:
                given = self.values[s.name]
                known = isinstance(given, Fraction) and short(given, 0)
                parts[s] = (
                    sp.Rational(given.numerator, given.denominator) if known
                    else self.symbolic.get(s.name)
                )  # fmt: skip
            if None not in parts.values() and _size(branch, parts) <= LONGEST_EXACT:
                stays = branch.xreplace(parts)
        if stays is not None:
            self.symbolic[name] = stays
        return stays


def resolved(expr: sp.Expr, values: Mapping[str, Value]) -> sp.Expr:
    """The expression with each piecewise formula replaced by the branch that holds."""

    def rule(node: sp.Expr) -> sp.Expr | None:
        if isinstance(node, sp.Piecewise):
            return resolved(chosen_branch(node, values), values)
        return None

    return rewrite(expr, rule)


def _size(expr: sp.Expr, parts: Mapping[sp.Symbol, sp.Expr | None]) -> int:
    sizes = {s: sum(1 for _ in sp.preorder_traversal(part)) for s, part in parts.items()}
    return sum(sizes.get(node, 1) for node in sp.preorder_traversal(expr))


def _leaf(node: sp.Expr) -> Node | None:
    return Name(node.name) if node.is_Symbol else None


def _exact_text(expr: sp.Expr) -> str:
    """An exact number: decimals where alone, fractions inside, as in 1/(1 + exp(-1/4))."""
    if expr.is_Rational:
        return decimal_text(Fraction(int(expr.p), int(expr.q)))
    return plain(to_tree(expr, _exact_leaf))


def _exact_leaf(node: sp.Expr) -> Node | None:
    if node is sp.E:
        return Call("exp", (ONE,))
    if node.is_Rational and not node.is_Integer:
        top, bottom = Number(Fraction(abs(int(node.p)))), Number(Fraction(int(node.q)))
        return Product(-1 if node.is_negative else 1, (top,), (bottom,))
    return None


def shortened(node: Node, most: int) -> Node:
    """The node with the middle of long sums left out.

    >>> plain(shortened(Sum(tuple((1, Name(f"a{k}")) for k in range(99))), 8))
    'a0 + a1 + a2 + ... + a97 + a98'
    """
    match node:
        case Sum(terms):
            short_terms: Sequence[tuple[int, Node]] = terms
            if len(terms) > most:
                short_terms = (*terms[:3], (1, Name("...")), *terms[-2:])
            return Sum(tuple((sign, shortened(term, most)) for sign, term in short_terms))
        case Product(sign, top, bottom):
            parts = (tuple(shortened(f, most) for f in factors) for factors in (top, bottom))
            return Product(sign, *parts)
        case Power(base, exponent):
            return Power(shortened(base, most), exponent)
        case Call(function, arguments):
            return Call(function, tuple(shortened(a, most) for a in arguments))
        case Compare(relation, left, right):
            return Compare(relation, shortened(left, most), shortened(right, most))
        case Where(condition, then, otherwise):
            return Where(*(shortened(part, most) for part in (condition, then, otherwise)))
    return node
