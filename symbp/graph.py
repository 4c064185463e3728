"""A network as ordered equations in index notation.

Input: a `Network`.  Output: a frozen `Graph` that has checked itself: every name is assigned
once and before its use, every index runs on one axis, free indices are those of the target.
Imports spec, the catalogue, index and errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import sympy as sp

from symbp import catalog
from symbp.errors import GraphError
from symbp.index import (
    Index,
    Reduction,
    Size,
    axes_of,
    bound,
    free_indices,
    name_of,
    quantities,
    rename,
    substitute,
    tensor,
    total,
)
from symbp.spec import Dense, LayerNorm, Network, Residual

Role = Literal["input", "target", "parameter", "constant", "value", "adjoint", "loss"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named array: its axes, what it is, and for an adjoint the quantity it belongs to."""

    name: str
    axes: tuple[str, ...]
    role: Role
    of: str = ""


@dataclass(frozen=True, slots=True)
class Equation:
    """target = rhs, in index notation.

    Args:
        target: The quantity with its free indices.
        rhs: In quantities that stand earlier.
        origin: Where it comes from, for example "layer 1, dense".
        source: Book or paper of the formula.
    """

    target: sp.Expr
    rhs: sp.Expr
    origin: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """Name of the target."""
        return name_of(self.target)

    @property
    def indices(self) -> tuple[Index, ...]:
        """Free indices, in the order of the target's axes."""
        return tuple(getattr(self.target, "indices", ()))

    @property
    def uses(self) -> tuple[str, ...]:
        """Names on the right side, each once, in order."""
        return tuple(dict.fromkeys(name_of(q) for q in quantities(self.rhs)))


@dataclass(frozen=True, slots=True)
class Graph:
    """Quantities and the equations that compute them, in order.

    Args:
        quantities: By name.
        equations: Each in quantities given or computed before; the last one is the loss.
        sizes: Length of every axis but "N", the samples.

    Raises:
        GraphError: an invariant of index notation is broken.
    """

    quantities: Mapping[str, Quantity]
    equations: tuple[Equation, ...]
    sizes: Mapping[str, int]

    def __post_init__(self) -> None:
        check_equations(self.quantities, self.equations)

    @property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """Axes of every quantity, by name."""
        return {name: q.axes for name, q in self.quantities.items()}

    @property
    def loss(self) -> str:
        """Name of the loss."""
        return self.equations[-1].name

    def names(self, *roles: Role) -> tuple[str, ...]:
        """Names of the quantities with one of the roles, in order."""
        return tuple(name for name, q in self.quantities.items() if q.role in roles)


def check_equations(quantities_: Mapping[str, Quantity], equations: tuple[Equation, ...]) -> None:
    """Check the invariants of a list of equations.

    Raises:
        GraphError: names the equation and the invariant.
    """
    axes = {name: q.axes for name, q in quantities_.items()}
    computed = {e.name for e in equations}
    if len(computed) != len(equations):
        raise GraphError("equations", "a quantity is assigned twice", "Give each its own name.")
    known = set(axes) - computed
    for e in equations:
        where = f"equation of {e.name}"
        if e.name not in axes:
            raise GraphError(where, f"no quantity is called '{e.name}'")
        late = [name for name in e.uses if name not in known]
        if late:
            raise GraphError(where, f"'{late[0]}' is used before it is assigned")
        runs = axes_of(e.rhs, axes)
        for index, axis in axes_of(e.target, axes).items():
            if runs.setdefault(index, axis) != axis:
                raise GraphError(where, f"index {index} runs on {axis} and on {runs[index]}")
        if len(set(e.indices)) != len(e.indices):
            raise GraphError(where, "an index stands twice in the target")
        extra = free_indices(e.rhs) - set(e.indices)
        if extra:
            raise GraphError(where, f"index {min(map(str, extra))} is neither summed nor free")
        _check_bound(e.rhs, frozenset(e.indices), where)
        known.add(e.name)


def _check_bound(expr: sp.Basic, taken: frozenset[Index], where: str) -> None:
    """Each dummy is summed once: no sum binds an index that is free or bound around it."""
    if isinstance(expr, Reduction):
        dummies = bound(expr)
        clash = [d for d in dummies if d in taken]
        if clash or len(set(dummies)) != len(dummies):
            raise GraphError(where, f"index {(clash or list(dummies))[0]} is bound twice")
        taken |= frozenset(dummies)
        _check_bound(expr.function, taken, where)
    elif not isinstance(expr, sp.Indexed):
        for argument in expr.args:
            _check_bound(argument, taken, where)


def build_graph(network: Network) -> Graph:
    """Write a network as equations.

    >>> for e in build_graph(Network(sizes=[2, 2, 2])).equations: print(e.target, "=", e.rhs)
    Z1[n, j] = Sum(W1[j, i]*X[n, i], i)
    A1[n, j] = 1/(1 + exp(-Z1[n, j]))
    Z2[n, j] = Sum(A1[n, i]*W2[j, i], i)
    A2[n, j] = 1/(1 + exp(-Z2[n, j]))
    E = Sum((A2[n, j] - T[n, j])**2, n, j)/2
    """
    return _Builder(network).build()


class _Builder:
    """Collects equations layer by layer; used once, by build_graph."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.axis = axis_names(network)
        self.quantities: dict[str, Quantity] = {}
        self.equations: list[Equation] = []
        self.outputs = ["X"]

    def build(self) -> Graph:
        net = self.network
        self._quantity("X", ("N", self.axis[0]), "input")
        for number, layer in enumerate(net.layers, 1):
            match layer:
                case Dense():
                    self._dense(number, layer)
                case LayerNorm():
                    eps = sp.Rational(layer.eps.numerator, layer.eps.denominator)
                    self._layer("layernorm", number, {"eps": eps})
                case Residual():
                    self._layer("residual", number, {}, skip=self.outputs[layer.source])
        self._loss()
        sizes = dict(zip(self.axis, net.widths, strict=True))
        return Graph(
            MappingProxyType(self.quantities), tuple(self.equations), MappingProxyType(sizes)
        )

    def _quantity(self, name: str, axes: tuple[str, ...], role: Role) -> None:
        self.quantities[name] = Quantity(name, axes, role)

    def _add(
        self, target: sp.Expr, axes: tuple[str, ...], rhs: sp.Expr, origin: str, source: str
    ) -> None:
        role: Role = "value" if axes else "loss"
        self._quantity(name_of(target), axes, role)
        self.equations.append(Equation(target, rhs, origin, source))

    def _dense(self, number: int, layer: Dense) -> None:
        given = {"W": layer.weight} if layer.weight else {}
        without = {"b"} if layer.bias == "none" else set()
        scalar = {"b"} if layer.bias == "shared" else set()
        self._layer("dense", number, {}, without=without, scalar=scalar, **given)
        row = catalog.activation(layer.activation)
        z = self.outputs[-1]
        n, j, k = Index("n"), Index("j"), Index("k")
        value = row.formula(tensor(z, n, j), lambda e: total(substitute(e, {j: k}), k))
        if value != tensor(z, n, j):
            axes = ("N", self.axis[number])
            self._add(
                tensor(f"A{number}", n, j), axes, value, f"layer {number}, {row.name}", row.source
            )
            self.outputs[-1] = f"A{number}"

    def _layer(
        self,
        kind: str,
        number: int,
        constants: dict[str, sp.Expr],
        without: set[str] = frozenset(),  # type: ignore[assignment]
        scalar: set[str] = frozenset(),  # type: ignore[assignment]
        **given: str,
    ) -> None:
        """Add the equations of a catalogued layer, local names renamed to the network's."""
        row = catalog.layer(kind)
        axis = {"N": "N", "in": self.axis[number - 1], "out": self.axis[number]}
        names = {"x": self.outputs[-1], **given}
        present = {
            p: (() if p in scalar else axes) for p, axes in row.parameters if p not in without
        }
        for local, axes in present.items():
            if local not in given:
                name = names[local] = f"{local}{number}"
                role: Role = "constant" if name in self.network.frozen else "parameter"
                self._quantity(name, tuple(axis[a] for a in axes), role)
        result = ""
        for local, axes, indices, rhs in row.equations(present, constants):
            right = rename(rhs, names).xreplace({Size(a): Size(axis[a]) for a in axis})
            result = names[local] = f"{local}{number}"
            full = tuple(axis[a] for a in axes)
            self._add(tensor(result, *indices), full, right, f"layer {number}, {kind}", row.source)
        self.outputs.append(result)

    def _loss(self) -> None:
        net, row = self.network, catalog.loss(self.network.loss)
        n, j, k = Index("n"), Index("j"), Index("k")
        outs = self.axis[-1]
        origin = f"loss, {row.name}"
        target = tensor("T", n, j)
        if net.targets == "classes":
            self._quantity("T", ("N",), "target")
            self._add(tensor("Y", n, j), ("N", outs), sp.KroneckerDelta(tensor("T", n), j), origin,
                      "one-hot code of the class")  # fmt: skip
            target = tensor("Y", n, j)
        else:
            self._quantity("T", ("N", outs), "target")
        value = tensor(self.outputs[-1], n, j)

        def rows(expr: sp.Expr) -> sp.Expr:
            return total(substitute(expr, {j: k}), k)

        for name, formula in row.named:
            self._add(tensor(name, n, j), ("N", outs), formula(value, rows), origin, row.source)
            value = tensor(name, n, j)
        loss = total(row.formula(value, target, lambda e: total(e, j)), n)
        if net.reduction == "mean":
            loss /= Size("N") * (Size(outs) if row.mean_over == "elements" else 1)
        self._add(tensor("E"), (), loss, f"{origin}, {net.reduction}", row.source)


def axis_names(network: Network) -> tuple[str, ...]:
    """The axis of the features after each layer, the input's first: D, H or H1, H2, .., K.

    Layers that pass features through, add them or share a weight share the axis.

    >>> axis_names(Network(sizes=[2, 3, 4])), axis_names(Network(sizes=[2, 3, 3, 4]))
    (('D', 'H', 'K'), ('D', 'H1', 'H2', 'K'))
    """
    parent = list(range(len(network.layers) + 1))

    def root(k: int) -> int:
        return k if parent[k] == k else root(parent[k])

    def join(a: int, b: int) -> None:
        a, b = sorted((root(a), root(b)))
        parent[b] = a

    for number, layer in enumerate(network.layers, 1):
        if isinstance(layer, LayerNorm | Residual):
            join(number, number - 1)
        if isinstance(layer, Residual):
            join(number, layer.source)
        if isinstance(layer, Dense) and layer.weight:
            first = int(layer.weight[1:])
            join(number, first)
            join(number - 1, first - 1)
    roots = [root(k) for k in range(len(parent))]
    hidden = [r for r in dict.fromkeys(roots) if r not in (roots[0], roots[-1])]
    label = {r: f"H{p}" if len(hidden) > 1 else "H" for p, r in enumerate(hidden, 1)}
    label |= {roots[-1]: "K"} | {roots[0]: "D"}
    return tuple(label[r] for r in roots)
