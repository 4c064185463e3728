"""From index notation to nests of loops: free indices outside, sums inside.

A matrix product puts the last free index innermost, where numbers lie side by side, and adds up a
whole row: it needs no reassociation to use vector registers.  An operand that lies across gets a
copy that lies along.  Input: lines of a derivation.  Output: `Task`s.  Imports the tree, index,
loops and the other passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count

import sympy as sp

from symbp.derivation import Line
from symbp.errors import GraphError
from symbp.index import (
    Index,
    MaxOver,
    MinOver,
    Reduction,
    Size,
    SumOver,
    axes_of,
    bound,
    free_indices,
    is_quantity,
    name_of,
    quantities,
    rewrite,
)
from symbp.notation import index_text
from symbp.passes.elementwise import Elementwise, Pointwise
from symbp.passes.guard import Guarded
from symbp.passes.loops import Local, Loop, Part, Row, Store, StoreBoth, Task
from symbp.passes.share import Both
from symbp.passes.stabilise import ExpDifference, Log1pOf, Others
from symbp.tree import ONE, ZERO, Call, Compare, Name, Node, Where, to_tree

SHORTEST_ROW = 4  # entries; a shorter row is summed entry by entry
CALLS = {ExpDifference: "exp_difference", Log1pOf: "log1p"}
Finish = Callable[[sp.Expr], tuple[Part, ...]]
Order = Sequence[Index]


class Nests:
    """Writes lines as nests of loops.

    Args:
        axes: Of every quantity.
        sizes: Length of every axis but "N".
        functions: Those of one number, by place.
        parameters: What does not change within a step, and may be copied for a product.
        scalar: How a quantity without axes is written.
        rows: Whether matrix products go row by row; else each entry is summed by itself.
    """

    def __init__(
        self,
        axes: Mapping[str, tuple[str, ...]],
        sizes: Mapping[str, int],
        functions: Sequence[Pointwise],
        parameters: Collection[str],
        scalar: Callable[[str], str],
        rows: bool = True,
    ) -> None:
        self.axes = dict(axes)
        self.sizes = sizes
        self.functions = functions
        self.parameters = parameters
        self.scalar = scalar
        self.rows = rows
        self.packed: dict[str, tuple[str, tuple[int, ...]]] = {}
        self.where: dict[Index, str] = {}
        self.temporary: set[str] = set()
        self.numbers = count(1)

    def task(self, line: Line | Both, text: str, into: Callable[[str], str] | None = None) -> Task:
        """The loops of a line.

        Args:
            line: To be computed.
            text: The same for the reader.
            into: How the array is called to which a gradient is added; None assigns the target.
        """
        self.temporary, self.numbers = set(), count(1)
        if isinstance(line, Both):
            return Task(line.number, text, self._both(line))
        e = line.equation
        self.where = dict(zip(e.indices, self.axes[e.name], strict=True))
        rhs = rewrite(e.rhs, lambda n: n.written_out() if isinstance(n, Guarded) else None)
        if into is None:
            return Task(line.number, text, self._nest(e.indices, rhs, e.target, "="))
        name = into(e.name)
        self.axes[name] = self.axes[e.name]
        target = sp.Indexed(sp.IndexedBase(name), *e.indices) if e.indices else sp.Symbol(name)
        parts = [p for t in sp.Add.make_args(rhs) for p in self._added(e.indices, t, target)]
        return Task(line.number, text, tuple(parts))

    def _both(self, line: Both) -> tuple[Part, ...]:
        where = axes_of(line.argument, self.axes)
        self.where = {i: where[i] for i in line.indices}

        def entry(name: str) -> Name | None:
            return self._name(name, line.indices) if name else None

        def finish(argument: sp.Expr) -> tuple[Part, ...]:
            value, slope = entry(line.value), entry(line.slope)
            return (StoreBoth(value, slope, line.function, self._tree(argument)),)

        return self._level(line.indices, line.argument, frozenset(), finish)

    def _added(self, free: Order, term: sp.Expr, target: sp.Expr) -> tuple[Part, ...]:
        """A term added to a gradient; what a delta puts at one row goes there at once."""
        number, sum_ = term.as_coeff_Mul()
        if not isinstance(sum_, SumOver):
            return self._nest(free, term, target, "+=")
        for factor in sp.Mul.make_args(sum_.function):
            if isinstance(factor, sp.KroneckerDelta):
                rows = [a for a in factor.args if isinstance(a, sp.Indexed)]
                places = [a for a in factor.args if isinstance(a, Index) and a in free]
                if len(rows) == len(places) == 1:
                    put = {places[0]: rows[0]}
                    order = [*self._dummies(sum_), *(i for i in free if i != places[0])]
                    value = number * sum_.function / factor
                    return self._nest(order, value, target.xreplace(put), "+=")
        return self._nest(free, term, target, "+=")

    def _nest(self, free: Order, rhs: sp.Expr, target: sp.Expr, relation: str) -> tuple[Part, ...]:
        if free and self.rows and self.where.get(free[-1], "N") != "N":
            plain = self._along(rhs, free[-1])
            if plain is not None:
                return self._level(
                    free[:-1],
                    plain,
                    frozenset(),
                    lambda e: self._row(free, e, target, relation),
                )

        def finish(value: sp.Expr) -> tuple[Part, ...]:
            return (Store(self._entry(target), relation, self._tree(value)),)

        return self._level(free, rhs, frozenset(), finish)

    def _along(self, rhs: sp.Expr, last: Index) -> sp.Expr | None:
        """The right side with operands whose last index is `last`; None if no row is summed."""
        if self.sizes[self.where[last]] < SHORTEST_ROW:
            return None
        if not any(last in free_indices(s) for s in rhs.atoms(SumOver)):
            return None
        crossed: dict[sp.Expr, sp.Expr] = {}
        for sum_ in rhs.atoms(SumOver):
            for use in quantities(sum_.function):
                indices: tuple[sp.Expr, ...] = tuple(getattr(use, "indices", ()))
                if last not in indices or (indices[-1] == last and indices.count(last) == 1):
                    continue
                if not all(isinstance(i, Index) for i in indices) or len(set(indices)) < len(
                    indices
                ):
                    return None
                if name_of(use) not in self.parameters or "N" in self.axes[name_of(use)]:
                    return None
                crossed[use] = self._packed(use, indices.index(last))
        return rhs.xreplace(crossed)

    def _packed(self, use: sp.Expr, place: int) -> sp.Expr:
        """The copy of a parameter in which an axis comes last."""
        name, indices = name_of(use), use.indices
        order = (*(k for k in range(len(indices)) if k != place), place)
        copy = f"{name}_T" if len(order) == 2 else f"{name}_T{place + 1}"
        self.packed[copy] = name, order
        self.axes[copy] = tuple(self.axes[name][k] for k in order)
        return sp.Indexed(sp.IndexedBase(copy, real=True), *(indices[k] for k in order))

    def packing(self, copy: str) -> Task:
        """The loops that fill a copy."""
        name, order = self.packed[copy]
        letters = [Index(letter) for letter in "ijklpqrst"[: len(order)]]
        self.where = dict(zip(letters, self.axes[name], strict=True))
        loops = [letters[k] for k in order]
        store = Store(self._name(copy, loops), "=", self._name(name, letters))
        text = f"{copy}: {name} with its axis {self.axes[copy][-1]} last"
        parts = self._level(loops, sp.S.Zero, frozenset(), lambda _: (store,))
        return Task(0, text, parts)

    def _level(
        self, order: Order, expr: sp.Expr, inside: frozenset[Index], finish: Finish
    ) -> tuple[Part, ...]:
        """Loops in an order; what does not depend on the inner ones is computed outside them."""
        before: list[Part] = []
        expr = self._extracted(expr, inside, before, tuple(order))
        if not order:
            return (*before, *finish(expr))
        index, rest = order[0], order[1:]
        body = self._level(rest, expr, inside | {index}, finish)
        return (*before, Loop(_letter(index), self.where[index], body))

    def _extracted(
        self, expr: sp.Expr, inside: frozenset[Index], before: list[Part], order: tuple[Index, ...]
    ) -> sp.Expr:
        """Reductions, and calls that inner loops would repeat, as numbers computed `before`."""

        def rule(node: sp.Expr) -> sp.Expr | None:
            if isinstance(node, Reduction):
                return self._reduced(node, before, inside) if free_indices(node) <= inside else node
            if isinstance(node, Others):
                ready = len(order) == 1 and free_indices(node) <= inside | set(order)
                return self._others(node, order[-1], inside, before) if ready else node
            if order and _is_call(node) and free_indices(node) <= inside:
                value = [self._extracted(a, inside, before, ()) for a in node.args]
                name = self._fresh("part")
                before.append(Local(name, self._tree(node.func(*value))))
                return self._symbol(name)
            return None

        return rewrite(expr, rule)

    def _fresh(self, word: str) -> str:
        number = next(self.numbers)
        return word if number == 1 else f"{word}{number}"

    def _symbol(self, text: str) -> sp.Expr:
        self.temporary.add(text)
        return sp.Symbol(text, real=True)

    def _dummies(self, node: sp.Expr) -> list[Index]:
        """The dummies of a reduction, samples first, and where they run."""
        for dummy in bound(node):
            self.where[dummy] = next(
                self.axes[name_of(q)][q.indices.index(dummy)]
                for q in quantities(node.function)
                if dummy in getattr(q, "indices", ())
            )
        return sorted(bound(node), key=lambda d: self.where[d] != "N")

    def _reduced(self, node: sp.Expr, before: list[Part], inside: frozenset[Index]) -> sp.Expr:
        """A sum or an extreme value as a number."""
        order = self._dummies(node)
        if isinstance(node, SumOver):
            name = self._fresh("sum")
            before.append(Local(name, ZERO, changes=True))

            def add(value: sp.Expr) -> tuple[Part, ...]:
                return (Store(Name(name), "+=", self._tree(value)),)

            before += self._level(order, node.function, inside, add)
            return self._symbol(name)
        if not isinstance(node, MaxOver | MinOver) or len(order) != 1:
            raise GraphError(f"{node}", "only sums, and extremes over one index, have loops")
        word, function = {MaxOver: ("largest", "maximum"), MinOver: ("smallest", "minimum")}[
            type(node)
        ]
        (dummy,) = order
        name = self._fresh(word)
        first = node.function.xreplace({dummy: sp.S.Zero})
        before.append(Local(name, self._tree(first), changes=True))
        value = Call(function, (Name(name), self._tree(node.function)))
        body = (Store(Name(name), "=", value),)
        before.append(Loop(_letter(dummy), self.where[dummy], body, start=1))
        return self._symbol(name)

    def _others(
        self, node: sp.Expr, last: Index, inside: frozenset[Index], before: list[Part]
    ) -> sp.Expr:
        """For each entry of a row the sum of the others: those before it, then those after it."""
        size, letter = self.where[last], _letter(last)
        row, running = self._fresh("others"), self._fresh("running")
        value = self._tree(node.args[0])
        place, so_far = Name(f"{row}[{letter}]"), Name(running)
        before.append(Row(row, size))
        for backwards in (False, True):
            start = Store(so_far, "=", ZERO) if backwards else Local(running, ZERO, changes=True)
            body = (
                Store(place, "+=" if backwards else "=", so_far),
                Store(so_far, "+=", value),
            )
            before += [start, Loop(letter, size, body, backwards=backwards)]
        return sp.Indexed(sp.IndexedBase(row), last)

    def _row(self, free: Order, expr: sp.Expr, target: sp.Expr, relation: str) -> tuple[Part, ...]:
        """The row of a target along its last index, its sums added up entry by entry."""
        *outer, last = free
        inside = frozenset(outer)
        sums = _outermost(expr, last)
        loop, size = _letter(last), self.where[last]

        def added(sum_: sp.Expr, place: Name, sign: str) -> tuple[Part, ...]:
            order = [*self._dummies(sum_), last]
            return self._level(
                order, sum_.function, inside, lambda e: (Store(place, sign, self._tree(e)),)
            )

        entry = self._entry(target)
        terms = list(sp.Add.make_args(expr))
        direct = [(t, sp.Mul.make_args(t)) for t in terms if t in sums or -t in sums]
        if len(direct) == len(sums):
            rest = sp.Add(*(t for t in terms if t not in [d for d, _ in direct]))
            parts: list[Part] = []
            if relation == "=" or rest != 0:
                parts += self._level([last], rest, inside, lambda e: (
                    Store(entry, relation, self._tree(e)),))  # fmt: skip
            for term, _ in direct:
                sum_, sign = (term, "+=") if term in sums else (-term, "-=")
                parts += added(sum_, entry, sign)
            return tuple(parts)
        parts, names = [], {}
        for number, sum_ in enumerate(sums):
            place, names[sum_] = entry, target
            if number or relation != "=":
                name = self._fresh("row")
                parts.append(Row(name, size))
                names[sum_] = sp.Indexed(sp.IndexedBase(name), last)
                place = self._entry(names[sum_])
            parts.append(Loop(loop, size, (Store(place, "=", ZERO),)))
            parts += added(sum_, place, "+=")
        whole = rewrite(expr, lambda n: names.get(n))
        parts += self._level([last], whole, inside, lambda e: (
            Store(entry, relation, self._tree(e)),))  # fmt: skip
        return tuple(parts)

    def _entry(self, target: sp.Expr) -> Name:
        return self._name(name_of(target), getattr(target, "indices", ()))

    def _name(self, name: str, indices: Sequence[sp.Expr]) -> Name:
        if not indices:
            return Name(self.scalar(name))
        return Name(name + "".join(f"[{self._place(i)}]" for i in indices))

    def _place(self, index: sp.Expr) -> str:
        if isinstance(index, Index):
            return _letter(index)
        return self._entry(index).text if isinstance(index, sp.Indexed) else str(index)

    def _tree(self, expr: sp.Expr) -> Node:
        def leaf(node: sp.Expr) -> Node | None:
            if isinstance(node, Size):
                return Name(node.name)
            if isinstance(node, Index):
                return Name(_letter(node))
            if isinstance(node, sp.Symbol) and node.name in self.temporary:
                return Name(node.name)
            if is_quantity(node):
                return self._entry(node)
            if isinstance(node, Elementwise):
                place, order, argument = node.args
                called = self.functions[int(place)].called(int(order))
                return Call(called, (self._tree(argument),))
            if type(node) in CALLS:
                return Call(CALLS[type(node)], tuple(self._tree(a) for a in node.args))
            if isinstance(node, sp.KroneckerDelta):
                left, right = sorted(node.args, key=lambda a: not isinstance(a, Index))
                same = Compare("==", Name(self._place(left)), Name(self._place(right)))
                return Where(same, ONE, ZERO)
            return None

        return to_tree(expr, leaf)


def _letter(index: Index) -> str:
    """The name of a loop's variable; the user may call an index `int`."""
    plain = len(index.name) == 1 and index.name.islower()
    return index.name if plain else f"{re.sub(r'[^A-Za-z0-9_]', '_', index.name)}_"


def _is_call(node: sp.Expr) -> bool:
    """Whether a node is a function that costs more than it costs to keep its value."""
    root = isinstance(node, sp.Pow) and not node.exp.is_Integer
    return (root or isinstance(node, sp.Function)) and any(True for _ in quantities(node))


def _outermost(expr: sp.Expr, last: Index) -> list[sp.Expr]:
    """The sums over whose rows an index runs, those inside others left out."""
    found: dict[sp.Expr, None] = {}

    def rule(node: sp.Expr) -> sp.Expr | None:
        if isinstance(node, SumOver) and last in free_indices(node):
            found[node] = None
            return node
        return None

    rewrite(expr, rule)
    return list(found)


def line_text(line: Line | Both, originals: Mapping[str, str], called: str = "") -> str:
    """A line for the reader: as it stands in the derivation, or what became of it."""
    if isinstance(line, Both):
        return originals.get(line.value, f"{called} and its slope at {index_text(line.argument)}")
    name = line.equation.name
    return originals.get(name) or f"{name}, of line {line.number}"
