"""From index notation to array statements: matmul, sum, broadcast, element-wise.

Input: a `Derivation`.  Output: a `Program`.  An array has one slot an axis; a row statistic such as
mu[n] keeps a slot of length 1 for the features, so that it broadcasts as a reader expects.
Imports passes, program, tree and index.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters, ascii_lowercase

import sympy as sp

from symbp.array_nodes import Eye, Full, Gather, Permute, Scatter
from symbp.derivation import Derivation, Line
from symbp.errors import GraphError
from symbp.graph import Equation
from symbp.index import (
    Index,
    MaxOver,
    MeanOver,
    MinOver,
    Reduction,
    Size,
    SumOver,
    axes_of,
    bound,
    free_indices,
    is_quantity,
    name_of,
    rewrite,
)
from symbp.passes.elementwise import SUFFIXES, Elementwise, Pointwise, Split, elementwise
from symbp.passes.guard import Guarded, guard
from symbp.passes.stabilise import ExpDifference, Log1pOf, Others, stabilise
from symbp.program import Program, Statement
from symbp.tree import (
    Call,
    Einsum,
    Expand,
    MatMul,
    Name,
    Node,
    OneHot,
    Reduce,
    Transpose,
    to_tree,
)

ROWS = {Others: "others", ExpDifference: "exp_difference", Log1pOf: "log1p"}
Slots = tuple[Index | None, ...]


@dataclass(frozen=True, slots=True)
class Lowered:
    """A node and what runs along each of its array axes; None has length 1."""

    node: Node
    slots: Slots


def lower(derivation: Derivation, accuracy: str = "fast") -> Program:
    """Write every line of a derivation as array statements.

    >>> from symbp.derive import derive
    >>> from symbp.build import build_graph
    >>> from symbp.printers import numpy_code
    >>> from symbp.spec import Network
    >>> for s in lower(derive(build_graph(Network(sizes=[2, 2, 2])))).backward:
    ...     print(s.target, "=", numpy_code(s.node))
    dZ2 = (A2 - T) * sigmoid_derivative(Z2)
    dW2 = dZ2.T @ A1
    dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)
    dW1 = dZ1.T @ X
    """
    return lower_named(derivation, elementwise(derivation), accuracy)


def lower_named(derivation: Derivation, split: Split, accuracy: str = "fast") -> Program:
    """The same for lines whose functions have names already.

    Args:
        derivation: In formulas.
        split: Its lines with names, and perhaps more lines behind them.
        accuracy: "fast" or "full".
    """
    lines = guard(stabilise(split.derivation, accuracy), split.functions)
    lowering = _Lowering(lines, split.functions)
    forward = lowering.derivation.forward
    first_loss = next(k for k, e in enumerate(forward) if e.equation.origin.startswith("loss"))
    statements = tuple(lowering.statement(line) for line in forward)
    backward = tuple(lowering.statement(line) for line in lowering.derivation.backward)
    output = forward[first_loss - 1].equation.name
    before, loss = statements[:first_loss], statements[first_loss:]
    ordered = {
        f.called(order): f.formula(order)
        for f in split.functions
        for order in range(len(SUFFIXES))
        if f.called(order) in lowering.called
    }
    return Program(derivation, before, loss, backward, output, ordered)


def array_form(
    derivation: Derivation, functions: tuple[Pointwise, ...] = ()
) -> tuple[Statement, ...]:
    """Every line as written, in arrays: nothing is made stable, so it is for reading."""
    lowering = _Lowering(derivation, functions)
    return tuple(lowering.statement(line) for line in derivation.lines)


def with_means(expr: sp.Expr, axes: dict[str, tuple[str, ...]]) -> sp.Expr:
    """Write a sum divided by the lengths of its axes as a mean."""

    def rule(node: sp.Expr) -> sp.Expr | None:
        if not isinstance(node, sp.Mul):
            return None
        for factor in node.args:
            if isinstance(factor, SumOver):
                where = axes_of(factor.function, axes)
                lengths = [1 / Size(where[d]) for d in bound(factor) if d in where]
                rest = node / factor / sp.Mul(*lengths)
                if (
                    len(lengths) == len(bound(factor))
                    and not rest.atoms(Size)
                    and (set(lengths) <= set(node.args))
                ):
                    return with_means(rest, axes) * MeanOver(factor.function, *bound(factor))
        return None

    return rewrite(expr, rule)


class _Lowering:
    """Lowers the lines of one derivation."""

    def __init__(self, derivation: Derivation, functions: tuple[Pointwise, ...]) -> None:
        self.derivation = derivation
        self.axes = derivation.axes
        self.functions = functions
        self.called: set[str] = set()
        self.where: dict[Index, str] = {}  # axes of the target's indices
        forward = [line.equation for line in derivation.forward]
        output = [e.name for e in forward if not e.origin.startswith("loss")][-1]
        # What has the dtype of all numbers: the inputs, unless they are row numbers.
        self.floats = output if self.axes["X"] == ("N",) else "X"

    def statement(self, line: Line) -> Statement:
        e = line.equation
        slots = self.stored(e.name, e.indices)
        node: Node | None = None
        if isinstance(e.rhs, sp.KroneckerDelta):
            node = self._one_hot(e.rhs, self.axes[e.name][-1])
        elif isinstance(e.rhs, SumOver):
            node = self._scatter(e, e.rhs)
        where = dict(zip(e.indices, self.axes[e.name], strict=True))
        self.where = where
        if node is None:
            node = self.elementwise(with_means(e.rhs, self.axes), slots)
            if not set(e.indices) <= free_indices(e.rhs):  # the same for every such index
                node = Full(node, tuple(Name("1" if s is None else where[s]) for s in slots))
        shape = tuple("1" if s is None else where[s] for s in slots)
        return Statement(e.name, node, shape, line.number, e.origin)

    def stored(self, name: str, indices: tuple[Index, ...]) -> Slots:
        """How an array is stored: its axes; for a computed row statistic (N, 1)."""
        quantity = self.derivation.quantities[name]
        if quantity.axes == ("N",) and quantity.role in ("value", "adjoint", "tangent"):
            return (*indices, None)
        return indices

    def elementwise(self, expr: sp.Expr, slots: Slots) -> Node:
        """Lower an expression so that its value broadcasts over `slots`."""

        def leaf(node: sp.Expr) -> Node | None:
            if isinstance(node, Size):
                return Name(node.name)
            if isinstance(node, Elementwise):
                place, order, argument = node.args
                function = self.functions[int(place)]
                name = function.called(int(order))
                self.called.add(name)
                return Call(name, (self.elementwise(argument, slots),))
            if type(node) in ROWS:
                name = ROWS[type(node)]
                return Call(name, tuple(self.elementwise(a, slots) for a in node.args))
            if isinstance(node, Guarded):
                return self.elementwise(node.written_out(), slots)
            if isinstance(node, Reduction):
                return self._align(self._reduction(node, slots), slots)
            if is_quantity(node):
                return self._align(self._quantity(node), slots)
            if isinstance(node, sp.KroneckerDelta):
                return self._align(self._delta(node), slots)
            return None

        return to_tree(expr, leaf)

    def _quantity(self, node: sp.Expr) -> Lowered:
        """An array by its name; with rows that are looked up, those rows."""
        name, indices = name_of(node), tuple(getattr(node, "indices", ()))
        if indices and isinstance(indices[0], sp.Indexed):
            rows, *rest = indices
            return Lowered(Gather(Name(name), Name(name_of(rows))), (*rows.indices, *rest))
        distinct = tuple(dict.fromkeys(indices))
        if distinct != indices:  # a diagonal, A[k,i,i]
            letters = dict(zip(distinct, ascii_lowercase, strict=False))
            left, right = ("".join(letters[i] for i in run) for run in (indices, distinct))
            return Lowered(Einsum(f"{left}->{right}", (Name(name),)), distinct)
        return Lowered(Name(name), self.stored(name, indices))

    def _scatter(self, e: Equation, sum_: SumOver) -> Node | None:
        """A sum over the samples that puts each at its row of a table; None if it is none."""
        factors = sp.Mul.make_args(sum_.function)
        deltas = [f for f in factors if isinstance(f, sp.KroneckerDelta)]
        if len(deltas) != 1:
            return None
        ((rows,), (place,)) = (
            [a for a in deltas[0].args if isinstance(a, kind)] or [None]
            for kind in (sp.Indexed, Index)
        )
        if rows is None or bound(sum_) != rows.indices or place != e.indices[0]:
            return None
        values = sp.Mul(*(f for f in factors if f is not deltas[0]))
        if free_indices(values) != {*rows.indices, *e.indices[1:]}:
            return None
        value = self.elementwise(with_means(values, self.axes), (*rows.indices, *e.indices[1:]))
        shape = tuple(Name(axis) for axis in self.axes[e.name])
        return Scatter(Name(name_of(rows)), value, shape)

    def _align(self, have: Lowered, slots: Slots) -> Node:
        """Transpose or add axes so that the array broadcasts over `slots`."""
        node, axes = have.node, have.slots
        wanted = [s for s in slots if s in axes and s is not None]
        if [a for a in axes if a is not None] != wanted:
            if len(axes) == 2:
                node, axes = Transpose(node), axes[::-1]
            else:
                order = tuple(axes.index(s) for s in wanted)
                if len(order) != len(axes):
                    raise GraphError("lowering", f"cannot order axes {axes} as {wanted}")
                node, axes = Permute(node, order), tuple(wanted)
        pattern, used = [], 0
        for slot in slots:
            own = used < len(axes) and axes[used] in (slot, None)
            pattern.append(":" if own else "None")
            used += own
        if used < len(axes):
            raise GraphError("lowering", f"axes {axes} do not broadcast over {slots}")
        while pattern and pattern[0] == "None":
            pattern.pop(0)
        return Expand(node, ", ".join(pattern)) if "None" in pattern else node

    def _reduction(self, node: sp.Expr, outer: Slots) -> Lowered:
        dummies = bound(node)
        if isinstance(node, SumOver):
            product = self._contraction(node, outer)
            if product is not None:
                return product
        kind = {SumOver: "sum", MaxOver: "max", MinOver: "min", MeanOver: "mean"}[type(node)]
        order = self._order(node.function, dummies)
        inner = self.elementwise(node.function, order)
        positions = tuple(p for p, s in enumerate(order) if s in dummies)
        left = tuple(s for s in order if s not in dummies and s is not None)
        if not left:
            return Lowered(Reduce(kind, inner, ()), ())
        last = order.index(left[-1])
        row = len(left) == 1 and len(outer) == 2 and outer[0] == left[0]
        if row and positions and positions[-1] > last:
            slots = tuple(None if s in dummies else s for s in order)
            return Lowered(Reduce(kind, inner, positions, keep=True), slots)
        return Lowered(Reduce(kind, inner, positions), left)

    def _order(self, body: sp.Expr, dummies: tuple[Index, ...]) -> Slots:
        """Samples first, then the indices in the order in which the body's arrays have them."""
        where = axes_of(body, self.axes)
        where = self.where | where
        indices = sorted(free_indices(body), key=lambda i: (where[i] != "N", i in dummies, i.name))
        if [where[i] for i in indices] == ["N"]:
            return (indices[0], None)
        return tuple(indices)

    def _contraction(self, node: SumOver, outer: Slots) -> Lowered | None:
        """A sum over products of arrays with different indices: matmul where it is one."""
        groups: dict[frozenset[Index], list[sp.Expr]] = {}
        factors = sorted(sp.Mul.make_args(node.function), key=lambda f: -len(free_indices(f)))
        for factor in factors:
            free = free_indices(factor)
            home = next((g for g in groups if free <= g), free)
            groups.setdefault(home, []).append(factor)
        if len(groups) == 1:
            return None
        dummies = frozenset(bound(node))
        result = tuple(
            s for s in outer if s is not None and s in frozenset().union(*groups) - dummies
        )
        if len(groups) == 2 and len(dummies) == 1 and len(result) == 2:
            (shared,) = dummies
            parts = {
                next(iter(g - dummies)): fs
                for g, fs in groups.items()
                if len(g) == 2 and shared in g
            }
            if len(parts) == 2:
                first, second = result
                left = self.elementwise(sp.Mul(*parts[first]), self._stored_order(parts[first]))
                right = self.elementwise(sp.Mul(*parts[second]), self._stored_order(parts[second]))
                if self._stored_order(parts[first])[0] == shared:
                    left = Transpose(left)
                if self._stored_order(parts[second])[0] != shared:
                    right = Transpose(right)
                return Lowered(MatMul(left, right), (first, second))
        return self._einsum(groups, result)

    def _stored_order(self, factors: list[sp.Expr]) -> Slots:
        """The order of axes of a product of arrays: that of the first one with all of them."""
        product = sp.Mul(*factors)
        for node in sp.preorder_traversal(product):
            if not isinstance(node, sp.Indexed) or len(node.indices) != len(set(node.indices)):
                continue
            if set(node.indices) == free_indices(product):
                return self.stored(name_of(node), tuple(node.indices))
        return self._order(product, ())

    def _einsum(
        self, groups: dict[frozenset[Index], list[sp.Expr]], result: tuple[Index, ...]
    ) -> Lowered:
        orders = [self._stored_order(factors) for factors in groups.values()]
        operands = []
        for factors, order in zip(groups.values(), orders, strict=True):
            operand = self.elementwise(sp.Mul(*factors), order)
            operands.append(Expand(operand, ":, 0") if None in order else operand)
        names = dict.fromkeys(i for order in orders for i in order if i is not None)
        plain = all(len(i.name) == 1 for i in names)
        letters = {i: i.name if plain else ascii_letters[k] for k, i in enumerate(names)}
        left = ",".join("".join(letters[i] for i in order if i is not None) for order in orders)
        subscripts = f"{left}->{''.join(letters[i] for i in result)}"
        return Lowered(Einsum(subscripts, tuple(operands)), result)

    def _delta(self, delta: sp.KroneckerDelta) -> Lowered:
        """A delta that no sum takes away: the identity, or rows of it for class indices."""
        indices = [a for a in delta.args if isinstance(a, Index)]
        axis = Name(self.where[indices[-1]])
        if len(indices) == 2:
            return Lowered(Eye(axis, self.floats), tuple(indices))
        (rows,) = (a for a in delta.args if isinstance(a, sp.Indexed))
        return Lowered(self._one_hot(delta, axis.text), (*rows.indices, *indices))

    def _one_hot(self, delta: sp.KroneckerDelta, axis: str) -> Node:
        classes = next(a for a in delta.args if isinstance(a, sp.Indexed))
        return OneHot(Name(name_of(classes)), Name(axis), self.floats)
