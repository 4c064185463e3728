"""Lines of a derivation in matrices, as formulas.

Input: a derivation, with activations by name.  Output: for each line the formula in whole arrays,
or none where it has no plain form.  Imports lower, general, naming and formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import sympy as sp

from symbp.derivation import Derivation, Line
from symbp.document.formula import ONES, Applied, Formula, Infix, Leaf, Quotient, Raised, arranged
from symbp.document.general import ARGUMENT, Called, Named, general
from symbp.document.naming import Naming
from symbp.document.symbols import Symbol
from symbp.index import rewrite
from symbp.lower import array_form
from symbp.passes.elementwise import Elementwise, Pointwise
from symbp.program import Statement, children
from symbp.stable.writer import X
from symbp.tree import (
    Call,
    Compare,
    Logic,
    MatMul,
    Name,
    Node,
    Number,
    Power,
    Product,
    Reduce,
    Sum,
    Transpose,
    Where,
)

TRANSPOSED = r"\top"
MATRIX = 2  # axes


def matrix_lines(
    naming: Naming, functions: tuple[Named, ...]
) -> Iterator[tuple[Line, Formula, Formula | None]]:
    """Each line with its target and its right side in matrices, None where there is no plain one.

    >>> from symbp.document.general import named_functions
    >>> from symbp.document.tables import builtin
    >>> from symbp.document.tex import tex
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2])
    >>> n = Naming(builtin("matrix"), net, derive(net))
    >>> _, left, right = next(matrix_lines(n, named_functions(n)))
    >>> print(tex(left), "=", tex(right))
    Z^{(1)} = X\\, W^{(1)\\top}
    """
    derivation = _with_names(naming.derivation, functions)
    table = tuple(
        Pointwise(f"function{f.place}", f.formula.xreplace({ARGUMENT: X}))
        for f in {f.place: f for f in functions}.values()
    )
    symbols = {f"function{f.place}": f.symbol for f in functions}
    for line, statement in zip(derivation.lines, array_form(derivation, table), strict=True):
        writer = _Writer(naming, symbols)
        left = writer.named(statement.target)
        leaves = MappingProxyType(writer.leaves)
        right = writer.node(statement)
        yield line, Formula(left, leaves), None if right is None else Formula(right, leaves)


def _with_names(derivation: Derivation, functions: tuple[Named, ...]) -> Derivation:
    """The derivation with activations by name."""

    def put(line: Line) -> Line:
        equation = general(functions, line.equation)
        if equation is None:
            return line
        rhs = rewrite(
            equation.rhs, lambda n: Elementwise(*n.args) if isinstance(n, Called) else None
        )
        return replace(line, equation=replace(equation, rhs=rhs))

    forward, backward = (
        tuple(map(put, part)) for part in (derivation.forward, derivation.backward)
    )
    return replace(derivation, forward=forward, backward=backward)


class _Plain(Exception):
    """A node has no plain matrix form."""


class _Writer:
    """Turns array nodes into trees whose leaves printers know."""

    def __init__(self, naming: Naming, functions: Mapping[str, Symbol]) -> None:
        self.naming, self.functions = naming, functions
        self.leaves: dict[str, Leaf] = {}

    def node(self, statement: Statement) -> Node | None:
        try:
            return arranged(self._tree(statement.node), self.leaves)
        except _Plain:
            return None

    def named(self, name: str) -> Node:
        """The symbol of a whole array, or the quotient that a gradient is."""
        quantities = self.naming.quantities
        if name not in quantities:
            return self._leaf(name, Symbol(name, name[0], below=tuple(name[1:])))
        q = quantities[name]
        if q.role != "adjoint" or self.naming.role(name):
            return self._leaf(name, self.naming.symbol(name))
        loss = self.naming.derivation.graph.loss
        parts = (self._leaf(n, self.naming.symbol(n)) for n in (loss, q.of))
        return self._leaf(name, Quotient(*parts))

    def _leaf(self, label: str, leaf: Leaf) -> Name:
        self.leaves[label] = leaf
        return Name(label)

    def _rank(self, node: Node) -> int:
        """How many axes a node has."""
        return len(self._axes(node))

    def _axes(self, node: Node) -> tuple[str, ...]:
        """The lengths of the axes of a node, "1" for one that was summed away but is kept."""
        match node:
            case Name(text):
                q = self.naming.quantities.get(text)
                return q.axes if q else ()
            case Reduce(_, of, axes, keep):
                inner = self._axes(of)
                gone = axes or tuple(range(len(inner)))
                if keep:
                    return tuple("1" if k in gone else a for k, a in enumerate(inner))
                return tuple(a for k, a in enumerate(inner) if k not in gone)
            case MatMul(left, right):
                return self._axes(left)[:1] + self._axes(right)[-1:]
            case Transpose(of):
                return self._axes(of)[::-1]
        return max(map(self._axes, children(node)), key=len, default=())

    def _tree(self, node: Node) -> Node:
        match node:
            case Number():
                return node
            case Name(text):
                return self.named(text)
            case Sum(terms):
                return Sum(tuple((sign, self._tree(t)) for sign, t in terms))
            case Product(sign, top, bottom):
                return self._product(sign, top, bottom)
            case Power(base, exponent) if self._rank(base):
                return self._leaf(f"{node}", Raised(self._tree(base), f"\\odot {exponent}"))
            case Power(base, exponent):
                return Power(self._tree(base), exponent)
            case MatMul(left, right):
                parts = (*self._chain(left), *self._chain(right))
                return self._leaf(f"sum(*{node}", Infix("", parts))
            case Transpose(of):
                return self._leaf(f"{node}", Raised(self._tree(of), TRANSPOSED))
            case Reduce():
                return self._reduced(node)
            case Call(function, (argument,)) if (
                function.removesuffix("_derivative") in self.functions
            ):
                symbol = self.functions[function.removesuffix("_derivative")]
                primes = int(function.endswith("_derivative"))
                return self._leaf(f"{node}", Applied(symbol, primes, self._tree(argument)))
            case Call(function, arguments):
                return Call(function, tuple(map(self._tree, arguments)))
            case Where(condition, then, otherwise):
                return Where(*map(self._tree, (condition, then, otherwise)))
            case Compare(relation, left, right):
                return Compare(relation, self._tree(left), self._tree(right))
            case Logic(kind, parts):
                return Logic(kind, tuple(map(self._tree, parts)))
        raise _Plain

    def _chain(self, node: Node) -> tuple[Node, ...]:
        """The matrices of a product of matrices, one after the other."""
        if isinstance(node, MatMul):
            return (*self._chain(node.left), *self._chain(node.right))
        return (self._tree(node),)

    def _product(self, sign: int, top: tuple[Node, ...], bottom: tuple[Node, ...]) -> Node:
        arrays = [f for f in top if self._rank(f)]
        plain = tuple(self._tree(f) for f in top if not self._rank(f))
        below = tuple(map(self._tree, bottom))
        if len(arrays) < 2 or any(self._rank(f) for f in bottom):
            return Product(sign, (*plain, *map(self._tree, arrays)), below)
        parts = tuple(map(self._tree, arrays))
        label = f"sum(*odot {arrays}"
        front = (Product(1, plain, below),) if below else plain
        parts = tuple(arranged(part, self.leaves) for part in parts)
        whole = self._leaf(label, Infix("odot", parts))
        return Product(sign, (*front, whole)) if front or sign < 0 else whole

    def _reduced(self, node: Reduce) -> Node:
        """A sum as a product with ones, a mean as that by the lengths of the axes."""
        inner = self._tree(node.of)
        if node.kind == "mean":
            lengths = self._axes(node.of)
            over = node.axes or tuple(range(len(lengths)))
            whole = self._reduced(replace(node, kind="sum"))
            return Product(1, (whole,), tuple(self.named(lengths[k]) for k in over))
        if node.kind != "sum" or self._rank(node.of) > MATRIX:
            raise _Plain
        ones = self._leaf(ONES, Symbol(ONES, ONES))
        row = self._leaf(f"{ONES}T", Raised(ones, TRANSPOSED))
        rank = self._rank(node.of)
        axes = node.axes or tuple(range(rank))
        parts: tuple[Node, ...] = (inner,)
        if 0 in axes:
            parts = (row, *parts)
        if 1 in axes:
            parts = (*parts, ones)
        if rank == 1 and axes != (0,):
            raise _Plain
        return self._leaf(f"sum({node}", Infix("", parts))


def definition(function: Named) -> tuple[Formula, sp.Expr]:
    """h(u), and what it is."""
    argument = Symbol("u", "u")
    applied = Applied(function.symbol, 0, Name("u"))
    return Formula(Name("h"), {"h": applied, "u": argument}), function.formula
