"""Formulas of a document: trees whose names are symbols, sums and quotients of a notation.

Input: expressions in index notation or in scalars.  Output: a frozen `Formula` that the printers of
LaTeX, MathML and text spell.  Imports naming, renaming, tree, notation and paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import sympy as sp

from symbp.document.general import Called
from symbp.document.naming import Naming
from symbp.document.symbols import Symbol
from symbp.evaluate.lines import RATE
from symbp.index import (
    Index,
    MaxOver,
    MeanOver,
    Partial,
    Reduction,
    Size,
    bound,
    is_quantity,
    name_of,
    tensor,
)
from symbp.notation import index_text
from symbp.paths import scalar_tree
from symbp.program import names
from symbp.tree import Call, Name, Node, Power, Product, Sum, Where, to_tree


@dataclass(frozen=True, slots=True)
class Over:
    """A sum, maximum or mean over indices."""

    kind: str
    dummies: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Delta:
    """A Kronecker delta."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Quotient:
    """A partial derivative: of one symbol, or sum of symbols, by another."""

    top: Node
    bottom: Node


@dataclass(frozen=True, slots=True)
class Applied:
    """A named function of one number, or its derivative: h(a), h'(a)."""

    function: Symbol
    primes: int
    argument: Node


@dataclass(frozen=True, slots=True)
class Literal:
    """A number as it is printed."""

    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A matrix of printed numbers, or a row of them."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Infix:
    """Matrices side by side, or with an operator between them: "odot", entry by entry."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """A transpose, say."""

    base: Node
    mark: str


ONES = "ones"  # the base of the symbol for a row or column of ones
Leaf = Infix | Raised | Symbol | Over | Delta | Quotient | Applied | Literal | Rows


@dataclass(frozen=True)
class Formula:
    """An expression with the meaning of its names.

    Args:
        node: The tree.
        leaves: What each `Name` in it, and in its leaves, stands for.
    """

    node: Node
    leaves: Mapping[str, Leaf] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every symbol, each once, in reading order."""
        found: dict[Symbol, None] = {}
        _collect(self.node, self.leaves, found)
        return tuple(found)


def _collect(node: Node, leaves: Mapping[str, Leaf], found: dict[Symbol, None]) -> None:
    for name in names(node):
        match leaves.get(name):
            case Symbol() as symbol:
                found[symbol] = None
            case Over(body=inner) | Applied(argument=inner):
                _collect(inner, leaves, found)
            case Raised(base=inner):
                _collect(inner, leaves, found)
            case Infix(parts=parts):
                for part in parts:
                    _collect(part, leaves, found)
            case Quotient(top, bottom):
                _collect(top, leaves, found)
                _collect(bottom, leaves, found)


def index_formula(
    naming: Naming, expr: sp.Expr, functions: Mapping[int, Symbol] | None = None
) -> Formula:
    """An expression in index notation, already renamed, in the symbols of a notation.

    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2])
    >>> d = derive(net)
    >>> naming = Naming(builtin("prml"), net, d)
    >>> [s.base for s in index_formula(naming, d.line("Z1").equation.rhs).symbols]
    ['w', 'x']
    """
    leaves: dict[str, Leaf] = {}
    node = Reader(naming, leaves, functions or {}).tree(expr)
    return Formula(arranged(node, leaves), MappingProxyType(leaves))


def arranged(node: Node, leaves: Mapping[str, Leaf]) -> Node:
    """Sums over indices behind the other factors: 1/2 sum .., h'(a) sum .. .

    So are partial derivatives that are divided: no fraction stands on another.
    """

    def inner(part: Node) -> Node:
        return arranged(part, leaves)

    match node:
        case Sum(terms):
            return Sum(tuple((sign, inner(t)) for sign, t in terms))
        case Power(base, exponent):
            return Power(inner(base), exponent)
        case Call(function, arguments):
            return Call(function, tuple(map(inner, arguments)))
        case Where(condition, then, otherwise):
            return Where(condition, inner(then), inner(otherwise))
        case Product(sign, numerator, denominator):
            top, bottom = tuple(map(inner, numerator)), tuple(map(inner, denominator))
            kinds = (Over, Quotient) if bottom else (Over,)
            sums = tuple(f for f in top if _is(f, kinds, leaves))
            if not sums:
                return Product(sign, top, bottom)
            rest = tuple(f for f in top if f not in sums)
            if bottom:
                rest = (Product(1, rest, bottom),)
            return Product(sign, (*rest, *sums))
    return node


def _is(node: Node, kinds: type | tuple[type, ...], leaves: Mapping[str, Leaf]) -> bool:
    return isinstance(node, Name) and isinstance(leaves.get(node.text), kinds)


class Reader:
    """Turns expressions into trees and keeps what their names stand for."""

    def __init__(
        self, naming: Naming, leaves: dict[str, Leaf], functions: Mapping[int, Symbol]
    ) -> None:
        self.naming, self.leaves, self.functions = naming, leaves, functions

    def tree(self, expr: sp.Expr) -> Node:
        return to_tree(expr, self.leaf)

    def leaf(self, node: sp.Expr) -> Node | None:
        made = self._leaf(node)
        if made is None:
            return None
        label = self.label(node)
        self.leaves[label] = made
        return Name(label)

    def label(self, node: sp.Expr) -> str:
        """The text that stands for a leaf and decides its place in the reading order."""
        if isinstance(node, Called):
            place, primes, argument = node.args
            return f"function{place}{chr(39) * int(primes)}({index_text(argument)})"
        return f"({index_text(node)})" if isinstance(node, Partial) else index_text(node)

    def _leaf(self, node: sp.Expr) -> Leaf | None:
        if is_quantity(node):
            return self._symbol(node)
        if isinstance(node, Reduction):
            kind = {MaxOver: "max", MeanOver: "mean"}.get(type(node), "sum")
            body = arranged(self.tree(node.function), self.leaves)
            return Over(kind, tuple(i.name for i in bound(node)), body)
        if isinstance(node, sp.KroneckerDelta):
            left, right = sorted(map(self.index, node.args), key=lambda t: (len(t), t))
            return Delta(left, right)
        if isinstance(node, Partial):
            top, bottom = (self._part(a) for a in node.args)
            return Quotient(top, bottom)
        if isinstance(node, Called):
            place, primes, argument = node.args
            function = self.functions[int(place)]
            return Applied(function, int(primes), self.tree(argument))
        if isinstance(node, Size):
            return Symbol(node.name, node.name[0], below=tuple(node.name[1:]))
        if isinstance(node, sp.Symbol):
            return Symbol(node.name, node.name)
        return None

    def _symbol(self, node: sp.Expr) -> Leaf:
        name = name_of(node)
        if name == RATE:
            return self.naming.rate
        if name not in self.naming.quantities:
            return Symbol(name, name)
        texts = tuple(self.index(i) for i in getattr(node, "indices", ()))
        return self.adjoint(name, texts)

    def index(self, index: sp.Expr) -> str:
        """An index as it stands below: a letter, or a row that is looked up, as x(n)."""
        if not is_quantity(index):
            return index_text(index)
        inner = tuple(self.index(i) for i in getattr(index, "indices", ()))
        base = self.naming.symbol(name_of(index), inner).base
        return f"{base}({','.join(inner)})" if inner else base

    def adjoint(self, name: str, texts: tuple[str, ...]) -> Leaf:
        """The symbol of a quantity; of an adjoint without one the quotient that it is."""
        naming = self.naming
        q = naming.quantities[name]
        if q.role != "adjoint" or naming.role(name):
            return naming.symbol(name, texts)
        loss = naming.derivation.graph.loss
        parts = []
        for symbol in (naming.symbol(loss), naming.symbol(q.of, texts)):
            self.leaves[symbol.key] = symbol
            parts.append(Name(symbol.key))
        return Quotient(*parts)

    def _part(self, node: sp.Expr) -> Node:
        """What stands above or below in a quotient: a net input with its threshold."""
        return self.tree(self.naming.whole(node))


def scalar_formula(naming: Naming, expr: sp.Expr | Node) -> Formula:
    """An expression in scalar symbols, already renamed, or its tree, in the symbols of a notation.

    A name such as "dE/dnet_h1" is a partial derivative.
    """
    node = expr if isinstance(expr, Node) else scalar_tree(expr)
    leaves: dict[str, Leaf] = {}
    for name in dict.fromkeys(names(node)):
        leaves.update(scalar_leaves(naming, name))
    return Formula(node, MappingProxyType(leaves))


def scalar_leaves(naming: Naming, name: str) -> dict[str, Leaf]:
    """What a scalar name stands for: an entry, a step size, or a partial derivative of two."""
    top, slash, bottom = name.partition("/")
    if slash:
        found: dict[str, Leaf] = {}
        parts = []
        for part in (top[1:], bottom[1:]):
            made = scalar_formula(naming, naming.whole_scalar(part))
            found |= made.leaves
            parts.append(made.node)
        return found | {name: Quotient(*parts)}
    if name == RATE:
        return {name: naming.rate}
    owner = naming.system.entry(name)
    if owner is None:
        return {name: Symbol(name, name)}
    quantity, place = owner
    q = naming.quantities[quantity]
    if q.role != "adjoint" or naming.role(quantity):
        return {name: naming.symbol(quantity, place=place)}
    loss = naming.symbol(naming.derivation.graph.loss)
    of = naming.symbol(q.of, place=place)
    return {loss.key: loss, of.key: of, name: Quotient(Name(loss.key), Name(of.key))}


def rate_first(formula: Formula) -> Formula:
    """A product with the step size in front, as Delta w = eta g b is written."""
    node = formula.node
    if not isinstance(node, Product):
        return formula
    rate = tuple(f for f in node.numerator if f == Name(RATE))
    rest = tuple(f for f in node.numerator if f not in rate)
    return Formula(Product(node.sign, (*rate, *rest), node.denominator), formula.leaves)


def whole_formula(naming: Naming, quantity: str) -> Formula:
    """The symbol of a whole array, or the quotient that its gradient is."""
    q = naming.quantities[quantity]
    if q.role != "adjoint" or naming.role(quantity):
        return Formula(Name(quantity), {quantity: naming.symbol(quantity)})
    loss, of = naming.symbol(naming.derivation.graph.loss), naming.symbol(q.of)
    quotient = Quotient(Name(loss.key), Name(of.key))
    return Formula(Name(quantity), {loss.key: loss, of.key: of, quantity: quotient})


def entry(naming: Naming, quantity: str) -> sp.Expr:
    """An array at its indices, in the letters of the notation."""
    letters: list[str] = []
    for axis in naming.axes(quantity):
        letters.append(naming.letter(axis, set(letters)))
    return tensor(quantity, *map(Index, letters))
