"""The derivation at concrete sizes, with the names a student uses: w1, net_h1, out_o2, delta_h1.

Input: a network and its derivation.  Output: a `ScalarSystem`, whose equations are written out one
by one when they are asked for, so one weight of a large network costs one weight.
Imports derivation, graph, example, index and errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

import sympy as sp

from symbp.derivation import Derivation
from symbp.errors import SpecError, unknown_name
from symbp.exact import Tensor
from symbp.example import Example, weight_entries
from symbp.index import Index, MaxOver, Reduction, Size, bound, is_quantity, name_of
from symbp.spec import Dense, Network

EXPANDED_UP_TO = 200
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
        return (
            f"{self.parameter}[{','.join(map(str, self.place))}]" if self.place else self.parameter
        )


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

    def __post_init__(self) -> None:
        entries = weight_entries(self.network)
        weights = {entry: f"w{k}" for k, entry in enumerate(entries, 1)}
        object.__setattr__(self, "_weights", weights)
        object.__setattr__(self, "_units", unit_labels(self.network))

    @property
    def weights(self) -> tuple[Weight, ...]:
        """Every trained number: w1, w2, .. first, then the other parameters in order."""
        trained = self.derivation.gradients
        found = [
            Weight(name, *entry) for entry, name in self._weights.items() if entry[0] in trained
        ]
        for parameter in trained:
            if not parameter.startswith("W"):
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
        suffix = ""
        if "N" in q.axes:
            at = q.axes.index("N")
            suffix = f"_s{place[at] + 1}" if self.samples > 1 else ""
            units = (*place[:at], *place[at + 1 :])
        else:
            units = place
        unit = "_".join(str(u + 1) for u in units)
        if q.role == "adjoint":
            if re.fullmatch(r"Z\d+", q.of):
                return f"delta_{self._units[int(q.of[1:])]}{unit}{suffix}"
            return f"d{self._name(q.of, place)}"
        if quantity.startswith("W"):
            return self._weights[quantity, place]
        letter = {"X": "x", "T": "y", "Y": "y", "P": "p"}.get(quantity)
        if letter is not None:
            return f"{letter}{unit}{suffix}"
        layer = re.fullmatch(r"([ZAb])(\d+)", quantity)
        if layer and (unit or layer[1] != "b"):
            kind = {"Z": "net", "A": "out", "b": "b"}[layer[1]]
            return f"{kind}_{self._units[int(layer[2])]}{unit}{suffix}"
        return f"{quantity}_{unit}{suffix}" if unit else f"{quantity}{suffix}"

    def symbol(self, quantity: str, place: Place) -> sp.Symbol:
        """The symbol of an entry."""
        return sp.Symbol(self.name(quantity, place), real=True)

    def equation(self, quantity: str, place: Place) -> ScalarEquation:
        """Write out the equation of one entry.

        Raises:
            KeyError: the quantity is given, not computed.
        """
        key = (quantity, place)
        if key not in self._written:
            line = self.derivation.line(quantity)
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
            place = tuple(int(self._expand(i, where)) for i in getattr(expr, "indices", ()))
            return self.symbol(name_of(expr), place)
        if isinstance(expr, Reduction):
            dummies = bound(expr)
            ranges = [range(self.length(self._axis(expr.function, d))) for d in dummies]
            terms = (
                self._expand(expr.function, where | dict(zip(dummies, values, strict=True)))
                for values in product(*ranges)
            )
            return (sp.Max if isinstance(expr, MaxOver) else sp.Add)(*terms)
        if not expr.args:
            return expr
        return expr.func(
            *(self._expand(a, where) if isinstance(a, sp.Basic) else a for a in expr.args)
        )

    def _axis(self, body: sp.Expr, dummy: Index) -> str:
        """The axis a dummy runs on, from the first quantity that has it."""
        for node in sp.preorder_traversal(body):
            if isinstance(node, sp.Indexed) and dummy in node.indices:
                position: int = node.indices.index(dummy)
                return self.derivation.axes[name_of(node)][position]
        raise SpecError("scalars", f"index {dummy} stands on no quantity in {body}")

    def given(self, quantity: str) -> bool:
        """Whether a quantity is input, target or parameter; one-hot rows count as targets."""
        role = self.derivation.quantities[quantity].role
        return role in ("input", "target", "parameter", "constant") or quantity == "Y"

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
        wanted: dict[tuple[str, Place], None] = {}
        todo = list(targets)
        while todo:
            key = todo.pop()
            if key in wanted or self.derivation.quantities[key[0]].role != "adjoint":
                continue
            wanted[key] = None
            todo += [self._owners[s.name] for s in self.equation(*key).rhs.free_symbols]
        order = {line.equation.name: k for k, line in enumerate(self.derivation.lines)}
        return tuple(
            self.equation(*key) for key in sorted(wanted, key=lambda k: (order[k[0]], k[1]))
        )

    def find(self, text: str) -> Weight:
        """The weight called `text`: w5, b_h1, or as an entry of its parameter, W2[0,1].

        Raises:
            UnknownNameError: no trained number is called so; the nearest name is suggested.

        >>> from symbp.pipeline import derive
        >>> net = Network(sizes=[2, 2, 2])
        >>> ScalarSystem(net, derive(net)).find("W2[0,1]").name
        'w7'
        """
        plain = re.sub(r"\s", "", text)
        weights = self.weights
        for weight in weights:
            if plain in (weight.name, weight.matrix_name):
                return weight
        known = [w.name for w in weights]
        if "[" in plain:
            known = [w.matrix_name for w in weights]
        raise unknown_name("--weight", "weight", text, known)

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
    yield "X", example.inputs
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
