"""A notation applied to a network: which symbol each quantity has, and with which sign.

Input: a notation, a network and its derivation.  Output: `Naming`, which gives the symbol of any
entry and rewrites expressions into what the symbols stand for.  Imports tables, symbols, scalars
and index.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from types import MappingProxyType

import sympy as sp

from symbp.derivation import Derivation
from symbp.document.symbols import ACCENTS, Pattern, Symbol
from symbp.document.tables import Notation, Position, Role
from symbp.errors import GraphError, SpecError
from symbp.example import Example
from symbp.graph import Quantity
from symbp.index import (
    Index,
    is_quantity,
    name_of,
    next_letter,
    substitute,
)
from symbp.layers import Dense
from symbp.scalars import Place, ScalarSystem, system_of, unit_labels
from symbp.spec import Network

Texts = tuple[str, ...]
NAMED: dict[str, Role] = {"input": "input", "loss": "loss", "P": "prediction", "Y": "target"}
DENSE: dict[str, Role] = {"W": "weight", "b": "bias", "Z": "preactivation", "A": "activation"}


@dataclass(frozen=True)
class Naming:
    """The symbols of one network in one notation.

    Args:
        notation: The table.
        network: The network.
        derivation: Of the network.

    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> Naming(builtin("watermelon"), net, derive(net)).symbol("W2", ("j", "h")).below
    ('h', 'j')
    """

    notation: Notation
    network: Network
    derivation: Derivation
    quantities: Mapping[str, Quantity] = field(init=False, repr=False)
    one_sample: bool = field(init=False)
    offsets: Mapping[str, tuple[tuple[Index, ...], sp.Expr]] = field(init=False, repr=False)
    _dense: tuple[int, ...] = field(init=False, repr=False)
    _shared: frozenset[tuple[str, bool]] = field(init=False, repr=False)
    _preferred: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        of_graph = self.derivation.graph.quantities.items()
        # steps speak of adjoints that no line assigns, as they were put into others
        every = {f"d{n}": Quantity(f"d{n}", q.axes, "adjoint", n) for n, q in of_graph}
        put(self, "quantities", MappingProxyType({**every, **self.derivation.quantities}))
        layers = enumerate(self.network.layers, 1)
        put(self, "_dense", tuple(k for k, layer in layers if isinstance(layer, Dense)))
        example = self.network.example
        put(self, "one_sample", isinstance(example, Example) and len(example.inputs) == 1)
        put(self, "_preferred", MappingProxyType(self._letters()))
        put(self, "offsets", MappingProxyType(self._thresholds()))
        put(self, "_shared", self._ambiguous())
        self._distinct()

    @cached_property
    def system(self) -> ScalarSystem:
        """The scalar view; made when it is asked for, as a large network has many weights."""
        return system_of(self.network, self.derivation)

    def _letters(self) -> dict[str, str]:
        """The letter of each axis, where inputs, hidden units and outputs have one axis each."""
        axes = [axis for axis in self.derivation.graph.sizes if not axis.startswith("S")]
        if not 2 <= len(axes) <= 3 or len(axes) != len(self.derivation.graph.sizes):
            return {}
        places = ("input", "output") if len(axes) == 2 else ("input", "hidden", "output")
        letters = self.notation.letters
        return {a: letters[p] for a, p in zip(axes, places, strict=True) if p in letters}

    def _thresholds(self) -> dict[str, tuple[tuple[Index, ...], sp.Expr]]:
        """For each net input, its indices and the bias that is taken off where it is used."""
        if not self.notation.thresholds:
            return {}
        found = {}
        for e in self.derivation.graph.equations:
            if self.role(e.name) != "preactivation":
                continue
            for term in sp.Add.make_args(e.rhs):
                if is_quantity(term) and self.role(name_of(term)) == "bias":
                    found[e.name] = (e.indices, term)
        return found

    def _ambiguous(self) -> frozenset[tuple[str, bool]]:
        """Quantities that look alike without their layer: in letters, and in numbers."""
        found: set[tuple[str, bool]] = set()
        for concrete in (False, True):
            looks: dict[object, set[str]] = defaultdict(set)
            for name, q in self.quantities.items():
                if q.role == "adjoint" and self.role(name) is None:
                    continue
                letters = (
                    "n" if a == "N" else "." if concrete else self._preferred.get(a, ".")
                    for a in self.axes(name)
                )
                looks[self._made(name, name, tuple(letters), None, layer=()).look].add(name)
            found |= {(n, concrete) for names in looks.values() if len(names) > 1 for n in names}
        return frozenset(found)

    def _distinct(self) -> None:
        """Two quantities never look alike.

        Raises:
            SpecError: they do.
        """
        for view in ("letters", "numbers", *(["whole"] if self.notation.form == "matrix" else [])):
            looks: dict[object, str] = {}
            for name in self.derivation.quantities:
                if self.quantities[name].role == "adjoint" and self.role(name) is None:
                    continue
                axes = self.axes(name) if view != "whole" else ()
                letters = tuple(self._preferred.get(a, "n" if a == "N" else "j") for a in axes)
                place = (0,) * len(self.quantities[name].axes) if view == "numbers" else None
                made = self.symbol(name, letters, place)
                other = looks.setdefault(made.look, name)
                if other != name:
                    found = f"{other} and {name} have the same symbol, {made.base}"
                    where = f"notation {self.notation.name}"
                    raise SpecError(where, found, "Give one of them another letter or a layer.")

    def role(self, name: str) -> Role | None:
        """What a quantity is to a notation; None for what has no entry there."""
        q = self.quantities[name]
        match q.role:
            case "input" | "loss":
                return NAMED[q.role]
            case "target":
                return None if "Y" in self.quantities else "target"
            case "adjoint":
                return "delta" if self.role(q.of) == "preactivation" else None
        if name in NAMED:
            return NAMED[name]
        layer = re.fullmatch(r"([A-Za-z])(\d+)", name)
        return DENSE.get(layer[1]) if layer and int(layer[2]) in self._dense else None

    def position(self, name: str) -> Position:
        """Whether a quantity belongs to a hidden layer or to the output."""
        layer = re.search(r"(\d+)$", name)
        last = self._dense[-1] if self._dense else 0
        return "hidden" if layer and int(layer[1]) < last else "output"

    def sign(self, name: str) -> int:
        """-1 if the symbol stands for the number with the other sign."""
        q = self.quantities[name]
        role = self.role(name)
        if role is None and q.role == "adjoint" and self.role(q.of) == "bias":
            role = "bias"
        return -1 if role in self.notation.negated else 1

    def symbol(self, name: str, texts: Texts = (), place: Place | None = None) -> Symbol:
        """The symbol of a quantity at indices, or of its entry at a place.

        Args:
            name: Name of the quantity.
            texts: An index or a number from 1 for each axis; none for the whole array.
            place: Zero-based place of an entry.
        """
        entry = ",".join(texts if place is None else map(str, place))
        if place is not None:
            axes = self.quantities[name].axes
            shown = self.axes(name)
            texts = tuple(str(k + 1) for a, k in zip(axes, place, strict=True) if a in shown)
        key = f"{name}[{entry}]" if entry else name
        return self._made(name, key, texts, place)

    def _made(
        self, name: str, key: str, texts: Texts, place: Place | None, layer: Texts | None = None
    ) -> Symbol:
        """The symbol by the first pattern that can be filled in; `layer` in place of `layer?`."""
        role, number = self.role(name), self.layer(name)
        axes = self.axes(name)
        known = tuple(zip(axes, texts, strict=True)) if texts else ()
        units = tuple(t for a, t in known if a != "N")
        full = (str(number),) if number else ()
        needed = full if layer is None and (name, place is not None) in self._shared else ()
        slots: dict[str, Texts] = {
            "sample": tuple(t for a, t in known if a == "N"),
            "unit": units[:1],
            "from": units[1:2],
            "indices": tuple(t for _, t in known),
            "layer": full,
            "layer?": needed,
            "hidden": full if len(self._dense) > 2 else (),
        }
        if number in self._dense:
            label = unit_labels(self.network)[number]
            slots["kind"] = (f"~{label.rstrip('_')}", *([","] if label.endswith("_") else []))
        if place is not None and (counted := self.system.weight_number(name, place)):
            slots["number"] = (str(counted),)
        choices = self.notation.choices(role, self.position(name)) if role else ()
        left, right = self.layer_brackets
        other = generic(name, self.layer_brackets)
        if self.quantities[name].role == "target" and role is None:  # the number of a class
            other = replace(other, base="c")
        for chosen in (*choices, other):
            made = chosen.filled(key, slots)
            if made is not None:  # a pattern without a slot for the layer gets it where needed
                layered = (left, *needed, right) * bool(needed)
                return made if made.above else replace(made, above=layered)
        raise GraphError("notation", f"{key} has no symbol")

    def axes(self, name: str) -> tuple[str, ...]:
        """The axes that are shown: without the samples where there is one."""
        axes = self.quantities[name].axes
        return tuple(a for a in axes if a != "N") if self.one_sample else axes

    @property
    def every_axis(self) -> dict[str, tuple[str, ...]]:
        """The axes of every quantity, the samples too."""
        return {name: q.axes for name, q in self.quantities.items()}

    def layer(self, name: str) -> int:
        """The number of the layer of a quantity, 0 where it is of none."""
        number = re.search(r"(\d+)$", self.quantities[name].of or name)
        return int(number[1]) if number else 0

    def whole(self, node: sp.Expr) -> sp.Expr:
        """A net input that is shown without its threshold, with it; anything else as it is."""
        name = name_of(node)
        if name not in self.offsets:
            return node
        indices, term = self.offsets[name]
        axes = zip(indices, self.quantities[name].axes, strict=True)
        kept = [i for i, axis in axes if axis in self.axes(name)]
        at = dict(zip(kept, getattr(node, "indices", ()), strict=True))
        return node + self.sign(name_of(term)) * substitute(term, at)

    def whole_scalar(self, name: str) -> sp.Expr:
        """A scalar with its threshold, where it is shown without."""
        symbol = sp.Symbol(name, real=True)
        owner = self.system.entry(name)
        if owner is None or owner[0] not in self.offsets:
            return symbol
        quantity, place = owner
        indices, term = self.offsets[quantity]
        where = dict(zip(indices, place, strict=True))
        at = tuple(where[i] for i in getattr(term, "indices", ()))
        return symbol + self.sign(name_of(term)) * self.system.symbol(name_of(term), at)

    @property
    def rate(self) -> Symbol:
        """The symbol of the step size."""
        return self.notation.choices("rate", "all")[0].filled("lr", {}) or Symbol("lr", "eta")

    @cached_property
    def layer_brackets(self) -> tuple[str, str]:
        """Around the number of a layer: square where round ones hold that of a sample."""
        patterns = (p for choices in self.notation.patterns.values() for p in choices)
        return ("[", "]") if any("sample" in p.above for p in patterns) else ("(", ")")

    @cached_property
    def rows(self) -> frozenset[str]:
        """Quantities whose entries are indices of others: classes, and rows that are looked up."""
        places = (
            argument
            for line in self.derivation.forward
            for node in line.equation.rhs.atoms(sp.Indexed, sp.KroneckerDelta)
            for argument in (node.indices if isinstance(node, sp.Indexed) else node.args)
        )
        return frozenset(name_of(a) for a in places if isinstance(a, sp.Expr) and is_quantity(a))

    @cached_property
    def _bases(self) -> frozenset[str]:
        """Letters that name quantities, so that no index is called so."""
        return frozenset(self.symbol(name).base for name in self.quantities)

    def has_letter(self, axis: str) -> bool:
        """Whether the notation has a letter for an axis."""
        return axis in self._preferred

    def letter(self, axis: str, taken: frozenset[str] | set[str]) -> str:
        """The letter of one more index on an axis: j, j', j'' where the notation has j for it."""
        mine = self._preferred.get(axis)
        if mine is None:
            found = next_letter(axis, taken)
            while found in self._bases and (other := next_letter(axis, {*taken, found})) != found:
                taken, found = {*taken, found}, other
            return found
        return next(x for k in count() if (x := mine + "'" * k) not in taken)


def generic(name: str, brackets: tuple[str, str] = ("(", ")")) -> Pattern:
    """How a quantity is written that a notation does not list: letter, layer above, indices below.

    >>> generic("xhat2").accent, generic("gamma3").above
    ('hat', ('(', 'layer', ')'))
    """
    match = re.fullmatch(r"([A-Za-z_]+?)(\d*)", name)
    letters = match[1] if match else name
    accent = next((a for a in ACCENTS if letters.endswith(a) and len(letters) == len(a) + 1), "")
    base = letters.removesuffix(accent) if accent else letters
    left, right = brackets
    return Pattern(base, accent, ("indices",), (left, "layer", right))
