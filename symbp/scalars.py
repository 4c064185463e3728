"""The derivation at concrete sizes, with the names a student uses: w1, net_h1, out_o2, delta_h1.

Input: a network and its derivation.  Output: a `ScalarSystem`, whose equations are written out one
by one when they are asked for, so one weight of a large network costs one weight.
Imports derivation, graph, example, index and errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

import sympy as sp

from symbp.derivation import Derivation, Line
from symbp.errors import GraphError, SpecError, unknown_name
from symbp.exact import Tensor, brief
from symbp.example import Example, weight_entries
from symbp.index import Index, MaxOver, Reduction, Size, SumOver, bound, is_quantity, name_of
from symbp.layers import Dense, given_constants, takes_rows
from symbp.spec import Network

EXPANDED_UP_TO = 200
GIVEN = ("input", "target", "parameter", "constant", "direction")
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ScalarEquation:
    """One entry of a quantity, in scalars.

    Args:
        target: Symbol of the entry.
        rhs: In symbols and numbers.
        line: Number of the derivation line it is an entry of.
        quantity: Name of the quantity.
        place: Zero-based place of the entry.
    """

    target: sp.Symbol
    rhs: sp.Expr
    line: int
    quantity: str
    place: Place


@dataclass(frozen=True, slots=True)
class Weight:
    """One trained number: its scalar name, its parameter and its zero-based place there."""

    name: str
    parameter: str
    place: Place

    @property
    def matrix_name(self) -> str:
        """The name as an entry of the parameter, for example W2[0,1]."""
        entry = f"[{','.join(map(str, self.place))}]" if self.place else ""
        return f"{self.parameter}{entry}"


@dataclass(frozen=True)
class ScalarSystem:
    """A derivation in scalars.

    Args:
        network: Gives sizes, numbering and names.
        derivation: Of that network.
        samples: Number of samples; with more than one, names end in _s1, _s2, ..

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> e = ScalarSystem(net, derive(net)).equation("dW2", (0, 1))
    >>> print(e.target, "=", e.rhs)
    dw7 = delta_o1*out_h2
    """

    network: Network
    derivation: Derivation
    samples: int = 1
    _weights: Mapping[tuple[str, Place], str] = field(init=False, repr=False)
    _units: Mapping[int, str] = field(init=False, repr=False)
    _written: dict[tuple[str, Place], ScalarEquation] = field(default_factory=dict, repr=False)
    _owners: dict[str, tuple[str, Place]] = field(default_factory=dict, repr=False)
    _symbols: dict[tuple[str, Place], sp.Symbol] = field(default_factory=dict, repr=False)
    _lines: Mapping[str, Line] = field(init=False, repr=False)
    _axes: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lines = {line.equation.name: line for line in self.derivation.lines}
        object.__setattr__(self, "_lines", lines)
        object.__setattr__(self, "_axes", self.derivation.axes)
        entries = weight_entries(self.network)
        weights = {entry: f"w{k}" for k, entry in enumerate(entries, 1)}
        object.__setattr__(self, "_weights", weights)
        object.__setattr__(self, "_units", unit_labels(self.network))

    @property
    def weights(self) -> tuple[Weight, ...]:
        """Every trained number: w1, w2, .. first, then the other parameters in order."""
        trained = self.derivation.gradients
        numbered = {parameter for parameter, _ in self._weights}
        found = [Weight(n, *entry) for entry, n in self._weights.items() if entry[0] in trained]
        for parameter in trained:
            if parameter not in numbered:
                found += [
                    Weight(self.name(parameter, p), parameter, p) for p in self.places(parameter)
                ]
        return tuple(found)

    def places(self, quantity: str) -> Iterator[Place]:
        """Every zero-based place of a quantity, the samples first."""
        axes = self.derivation.quantities[quantity].axes
        return product(*(range(self.length(axis)) for axis in axes))

    def length(self, axis: str) -> int:
        """The length of an axis."""
        return self.samples if axis == "N" else self.derivation.graph.sizes[axis]

    def name(self, quantity: str, place: Place) -> str:
        """The scalar name of an entry; distinct for distinct entries.

        Raises:
            SpecError: two entries would have the same name.
        """
        made = self._name(quantity, place)
        owner = self._owners.setdefault(made, (quantity, place))
        if owner != (quantity, place):
            raise SpecError(
                "names",
                f"{owner[0]}{owner[1]} and {quantity}{place} are both {made}",
                "Rename one.",
            )
        return made

    def _name(self, quantity: str, place: Place) -> str:
        q = self.derivation.quantities[quantity]
        if q.role in ("direction", "tangent"):
            return f"{self._name(q.of, place)}{quantity[len(q.of) :]}"
        suffix = ""
        if "N" in q.axes:
            at = q.axes.index("N")
            suffix = f"_s{place[at] + 1}" if self.samples > 1 else ""
            units = (*place[:at], *place[at + 1 :])
        else:
            units = place
        unit = "_".join(str(u + 1) for u in units)
        if q.role == "adjoint":
            layer = re.fullmatch(r"Z(\d+)", q.of)
            label = self._units.get(int(layer[1])) if layer else None
            return f"delta_{label}{unit}{suffix}" if label else f"d{self._name(q.of, place)}"
        if (quantity, place) in self._weights:
            return self._weights[quantity, place]
        letter = {"X": "x", "T": "y", "Y": "y", "P": "p"}.get(quantity)
        if letter is not None:
            return f"{letter}{unit}{suffix}"
        layer = re.fullmatch(r"([ZAb])(\d+)", quantity)
        if layer and (unit or layer[1] != "b") and int(layer[2]) in self._units:
            kind = {"Z": "net", "A": "out", "b": "b"}[layer[1]]
            return f"{kind}_{self._units[int(layer[2])]}{unit}{suffix}"
        return f"{quantity}{'_' * bool(unit)}{unit}{suffix}"

    def weight_number(self, quantity: str, place: Place) -> int:
        """The k of w_k for an entry of a weight that is numbered, else 0."""
        return int(self._weights.get((quantity, place), "w0")[1:])

    def symbol(self, quantity: str, place: Place) -> sp.Symbol:
        """The symbol of an entry."""
        key = (quantity, place)
        if key not in self._symbols:
            self._symbols[key] = sp.Symbol(self.name(quantity, place), real=True)
        return self._symbols[key]

    def equation(self, quantity: str, place: Place) -> ScalarEquation:
        """Write out the equation of one entry.

        Raises:
            KeyError: the quantity is given, not computed.
        """
        key = (quantity, place)
        if key not in self._written:
            line = self._lines[quantity]
            where = dict(zip(line.equation.indices, place, strict=True))
            rhs = self._expand(line.equation.rhs, where)
            self._written[key] = ScalarEquation(self.symbol(*key), rhs, line.number, *key)
        return self._written[key]

    def _expand(self, expr: sp.Expr, where: dict[Index, int]) -> sp.Expr:
        """Put numbers in place of indices and write sums out."""
        if isinstance(expr, Index):
            return sp.Integer(where[expr])
        if isinstance(expr, Size):
            return sp.Integer(self.length(expr.name))
        if is_quantity(expr):
            place = tuple(self._number(i, where) for i in getattr(expr, "indices", ()))
            return self.symbol(name_of(expr), place)
        if isinstance(expr, sp.KroneckerDelta):
            return sp.Integer(len({self._number(i, where) for i in expr.args}) == 1)
        if isinstance(expr, SumOver | MaxOver):
            dummies = bound(expr)
            ranges = [range(self.length(self._axis(expr.function, d))) for d in dummies]
            terms = (
                self._expand(expr.function, where | dict(zip(dummies, values, strict=True)))
                for values in product(*ranges)
            )
            return (sp.Max if isinstance(expr, MaxOver) else sp.Add)(*terms)
        if isinstance(expr, Reduction):
            raise GraphError(f"{expr}", "only sums and maxima are written out")
        if not expr.args:
            return expr
        return expr.func(
            *(self._expand(a, where) if isinstance(a, sp.Basic) else a for a in expr.args)
        )

    def _number(self, index: sp.Expr, where: dict[Index, int]) -> int:
        """An index as a number; that of an embedding is an input, so the example has it."""
        if not isinstance(index, sp.Indexed):
            return int(self._expand(index, where))
        sample = where[index.indices[0]]
        if name_of(index) != "X" or not isinstance(self.network.example, Example):
            found = f"{index} chooses a row, so one by one the numbers of an example are needed"
            raise SpecError("example", found, "Add an [example] table, or use array style.")
        return int(self.network.example.inputs[sample][0])

    def _axis(self, body: sp.Expr, dummy: Index) -> str:
        """The axis a dummy runs on, from the first quantity that has it."""
        for node in sp.preorder_traversal(body):
            if isinstance(node, sp.Indexed) and dummy in node.indices:
                position: int = node.indices.index(dummy)
                return self._axes[name_of(node)][position]
        raise GraphError(f"{body}", f"index {dummy} stands on no quantity")

    def given(self, quantity: str) -> bool:
        """Whether it is input, target, parameter or direction; one-hot rows count as targets."""
        role = self.derivation.quantities[quantity].role
        return role in GIVEN or quantity == "Y"

    def forward(self) -> tuple[ScalarEquation, ...]:
        """Every forward equation, entry by entry, the loss last."""
        names = [line.equation.name for line in self.derivation.forward]
        return tuple(
            self.equation(q, p) for q in names if not self.given(q) for p in self.places(q)
        )

    def backward(self) -> tuple[ScalarEquation, ...]:
        """Every adjoint, entry by entry, in the order of the sweep."""
        names = [line.equation.name for line in self.derivation.backward]
        return tuple(self.equation(q, p) for q in names for p in self.places(q))

    def adjoints(self, *targets: tuple[str, Place]) -> tuple[ScalarEquation, ...]:
        """The equations of some adjoints and of all adjoints they need, in order of the sweep."""
        return self._closure(targets, lambda q: self.derivation.quantities[q].role == "adjoint")

    def needed(self, *targets: tuple[str, Place]) -> tuple[ScalarEquation, ...]:
        """The equations of some entries and of all that they need, down to what is given."""
        return self._closure(targets, lambda q: not self.given(q))

    def _closure(
        self, targets: Iterable[tuple[str, Place]], wanted: Callable[[str], bool]
    ) -> tuple[ScalarEquation, ...]:
        found: dict[tuple[str, Place], None] = {}
        todo = list(targets)
        while todo:
            key = todo.pop()
            if key not in found and wanted(key[0]):
                found[key] = None
                todo += [self.owner(s) for s in self.equation(*key).rhs.free_symbols]
        order = {name: k for k, name in enumerate(self._lines)}
        ordered = sorted(found, key=lambda k: (order[k[0]], k[1]))
        return tuple(self.equation(*key) for key in ordered)

    def entry(self, name: str) -> tuple[str, Place] | None:
        """Quantity and place of a scalar name that was given out; None for any other."""
        return self._owners.get(name)

    def owner(self, symbol: sp.Symbol) -> tuple[str, Place]:
        """Quantity and place of a symbol that an equation has used."""
        return self._owners[symbol.name]

    def one_hot(self) -> dict[sp.Symbol, sp.Expr]:
        """The last entry of each one-hot row in the others, as a row of class targets sums to 1."""
        if self.network.targets != "classes":
            return {}
        rows: dict[int, list[sp.Symbol]] = {}
        for place in self.places("Y"):
            rows.setdefault(place[0], []).append(self.symbol("Y", place))
        return {last: 1 - sp.Add(*rest) for *rest, last in rows.values()}

    def find(self, text: str, flag: str = "--weight") -> Weight:
        """The weight called `text`: w5, b_h1, or as an entry of its parameter, W2[0,1].

        Places in brackets count from 0; `flag` is what asked for it, for the error.

        Raises:
            UnknownNameError: no trained number is called so; the nearest name is suggested.
            SpecError: the place is outside the parameter, or the parameter is frozen.

        >>> from symbp.pipeline import derive
        >>> net = Network(sizes=[2, 2, 2])
        >>> ScalarSystem(net, derive(net)).find("W2[0,1]").name
        'w7'
        """
        plain = re.sub(r"\s", "", text)
        parameters = self.network.parameters
        entry = re.fullmatch(r"(\w+)\[(\d{1,9}(?:,\d{1,9})*)\]", plain)
        if entry and entry[1] in parameters:
            return self._at(entry[1], tuple(map(int, entry[2].split(","))), text, flag)
        for (parameter, place), name in self._weights.items():
            if name == plain:
                return self._at(parameter, place, text, flag)
        for parameter in parameters:
            if (parameter, (0, 0)) not in self._weights:
                for place in self.places(parameter):
                    if plain in (self.name(parameter, place), f"{parameter}{list(place) or ''}"):
                        return self._at(parameter, place, text, flag)
        trained = self.derivation.gradients
        known = [f"{p}{[0] * len(parameters[p]) or ''}".replace(" ", "") for p in trained]
        if "[" not in plain:
            known = [w.name for w in self.weights]
        raise unknown_name(flag, "weight", brief(text), known)

    def _at(self, parameter: str, place: Place, text: str, where: str) -> Weight:
        """The weight at a place, checked."""
        shape = self.network.parameters[parameter]
        if parameter not in self.derivation.gradients:
            remedy = f"Take {parameter} out of frozen."
            if parameter in given_constants(self.network.layers):
                remedy = "It is given with the numbers and has no gradient."
            raise SpecError(where, f"{brief(text)} belongs to {parameter}, which is frozen", remedy)
        inside = len(place) == len(shape) and all(
            k < size for k, size in zip(place, shape, strict=True)
        )
        if not inside:
            last = ",".join(str(size - 1) for size in shape)
            found = f"no entry '{brief(text)}', as {parameter} has shape {list(shape)}"
            remedy = f"Places count from 0: {parameter}[{last}] is the last."
            raise SpecError(where, found, remedy if shape else f"Write {parameter}.")
        return Weight(self.name(parameter, place), parameter, place)

    def values(self) -> dict[str, Fraction]:
        """The numbers of the example, by scalar name.

        Raises:
            SpecError: the network has no example.
        """
        example = self.network.numbers
        named: dict[str, Fraction] = {}
        for quantity, value in _given_arrays(self.network, example):
            for place in self.places(quantity):
                entry = value
                for k in place:
                    entry = entry[k]  # type: ignore[index]
                named[self.name(quantity, place)] = entry  # type: ignore[assignment]
        return named


def _given_arrays(network: Network, example: Example) -> Iterator[tuple[str, Tensor]]:
    rows = takes_rows(network.layers)
    yield "X", tuple(row[0] for row in example.inputs) if rows else example.inputs
    if network.targets == "classes":
        one, zero = Fraction(1), Fraction(0)
        width = network.widths[-1]
        yield (
            "Y",
            tuple(tuple(one if j == t else zero for j in range(width)) for t in example.targets),
        )
    else:
        yield "T", example.targets  # type: ignore[misc]
    yield from example.parameters.items()


def system_of(network: Network, derivation: Derivation) -> ScalarSystem:
    """The scalar view with as many samples as the network's example has, 1 without one.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2], example={"seed": 0, "samples": 3})
    >>> system_of(net, derive(net)).samples
    3
    """
    example = network.example
    samples = len(example.inputs) if isinstance(example, Example) else 1
    return ScalarSystem(network, derivation, samples)


def unit_labels(network: Network) -> dict[int, str]:
    """What the units of each dense layer are called: h for the hidden layer, o for the output.

    With several hidden layers the number of the layer comes first: h2_1 is its first unit.

    >>> unit_labels(Network(sizes=[2, 3, 1])), unit_labels(Network(sizes=[2, 3, 3, 1]))
    ({1: 'h', 2: 'o'}, {1: 'h1_', 2: 'h2_', 3: 'o'})
    """
    dense = [k for k, layer in enumerate(network.layers, 1) if isinstance(layer, Dense)]
    if len(dense) <= 2:
        return dict(zip(dense, ["h", "o"][2 - len(dense) :], strict=True))
    return {k: "o" if k == dense[-1] else f"h{p}_" for p, k in enumerate(dense, 1)}
