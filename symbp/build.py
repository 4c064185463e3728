"""Write a network as ordered equations in index notation.

Input: a `Network`.  Output: a `Graph`.  Every formula comes from the catalogue.
Imports spec, layers, choice, the catalogue, graph and index.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sympy as sp

from symbp import catalog
from symbp.catalog import Loss, Total
from symbp.formula_layer import FormulaLayer, plan
from symbp.graph import Equation, Graph, Quantity, Role
from symbp.index import (
    Index,
    Size,
    SumOver,
    bound,
    display,
    free_indices,
    name_of,
    rename,
    rewrite,
    substitute,
    tensor,
    total,
)
from symbp.layers import (
    SAME_WIDTH,
    Activate,
    BatchNorm,
    Bias,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
    RMSNorm,
    kind_of,
    takes_rows,
)
from symbp.letters import CLASS_WEIGHT
from symbp.spec import Network


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
        self.own_sizes: dict[str, int] = {}
        self.activations = network.activations

    def build(self) -> Graph:
        net = self.network
        axes = ("N",) if takes_rows(net.layers) else ("N", self.axis[0])
        self._quantity("X", axes, "input")
        for number, layer in enumerate(net.layers, 1):
            match layer:
                case Dense():
                    self._dense(number, layer)
                case Activate():
                    self.outputs.append(self.outputs[-1])
                    self._activation(number)
                case LayerNorm() | RMSNorm() | BatchNorm():
                    eps = sp.Rational(layer.eps.numerator, layer.eps.denominator)
                    without = set() if layer.affine else {"gamma", "beta"}
                    self._layer(kind_of(layer), number, {"eps": eps}, without=without)
                case Dropout():
                    p = sp.Rational(layer.p.numerator, layer.p.denominator)
                    self._layer("dropout", number, {"p": p})
                case FormulaLayer():
                    self._formula(number, layer)
                case Bias() | Embedding():
                    self._layer(kind_of(layer), number, {})
                case Residual():
                    self._layer("residual", number, {}, skip=self.outputs[layer.source])
        self._loss()
        sizes = dict(zip(self.axis, net.widths, strict=True)) | self.own_sizes
        return Graph(
            MappingProxyType(self.quantities), tuple(self.equations), MappingProxyType(sizes)
        )

    def _quantity(self, name: str, axes: tuple[str, ...], role: Role) -> None:
        self.quantities[name] = Quantity(name, axes, role)

    def _add(
        self, target: sp.Expr, axes: tuple[str, ...], rhs: sp.Expr, origin: str, source: str
    ) -> None:
        role: Role = "loss" if name_of(target) == "E" else "value"
        self._quantity(name_of(target), axes, role)
        self.equations.append(Equation(target, rhs, origin, source))

    def _dense(self, number: int, layer: Dense) -> None:
        given: dict[str, Any] = {"W": layer.weight} if layer.weight else {}
        without = {"b"} if layer.bias == "none" else set()
        scalar = {"b"} if layer.bias == "shared" else set()
        self._layer("dense", number, {}, without=without, scalar=scalar, **given)
        gated = self.activations[number].gated
        self._activation(number, self._gate(number, layer) if gated else None)

    def _activation(self, number: int, gate: sp.Expr | None = None) -> None:
        """Put the activation of a layer on what it gives so far."""
        row = self.activations[number]
        n, j, k = Index("n"), Index("j"), Index("k")
        z = tensor(self.outputs[-1], n, j)
        trained = {name: self._trained(f"{name}{number}") for name, _ in row.learned}
        axes = ("N", self.axis[number])
        if gate is not None:
            value = row.formula(z, gate, **trained)
        else:
            over = Total(lambda e: total(substitute(e, {j: k}), k), Size(axes[1]))
            value = row.formula(z, over, **trained)
        if value != z:
            origin = f"layer {number}, {row.name}"
            self._add(tensor(f"A{number}", n, j), axes, value, origin, row.source)
            self.outputs[-1] = f"A{number}"

    def _trained(self, name: str, axes: tuple[str, ...] = ()) -> sp.Expr:
        """A parameter of an activation or the loss: one number, or one a class."""
        role: Role = "constant" if name in self.network.frozen else "parameter"
        self._quantity(name, axes, role)
        return tensor(name, *(Index("j") for _ in axes))

    def _gate(self, number: int, layer: Dense) -> sp.Expr:
        """The second pre-activation of a gated layer: G = x V^T + c."""
        z = self.outputs.pop()
        names = {"W": "V", "b": "c", "Z": "G"}
        without = {"b"} if layer.bias == "none" else set()
        scalar = {"b"} if layer.bias == "shared" else set()
        self._layer("dense", number, {}, without=without, scalar=scalar, called=names)
        gate, self.outputs[-1] = self.outputs[-1], z
        return tensor(gate, Index("n"), Index("j"))

    def _layer(
        self,
        kind: str,
        number: int,
        constants: dict[str, sp.Expr],
        without: set[str] = frozenset(),  # type: ignore[assignment]
        scalar: set[str] = frozenset(),  # type: ignore[assignment]
        called: Mapping[str, str] = MappingProxyType({}),
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
                name = names[local] = f"{called.get(local, local)}{number}"
                role: Role = "constant" if name in self.network.frozen else "parameter"
                self._quantity(name, tuple(axis[a] for a in axes), role)
        result = ""
        for local, axes, indices, rhs in row.equations(present, constants):
            right = rename(rhs, names).xreplace({Size(a): Size(axis[a]) for a in axis})
            result = names[local] = f"{called.get(local, local)}{number}"
            full = tuple(axis[a] for a in axes)
            self._add(tensor(result, *indices), full, right, f"layer {number}, {kind}", row.source)
        self.outputs.append(result)

    def _formula(self, number: int, layer: FormulaLayer) -> None:
        """Add the user's equations; an axis of its own is called S, layer, index: S2j."""
        found = plan(layer, self.network.widths[number - 1])
        axis = {"N": "N", "in": self.axis[number - 1], "out": self.axis[number]}
        for index in layer.sizes:
            if found.runs[index] not in axis:
                axis[index] = f"S{number}{found.runs[index]}"
                self.own_sizes[axis[index]] = layer.sizes[index]
        names = {"x": self.outputs[-1]}
        names |= {name: f"{name}{number}" for name in (*found.parameters, *layer.targets)}
        for name, axes in found.parameters.items():
            role: Role = "constant" if names[name] in self.network.frozen else "parameter"
            self._quantity(names[name], tuple(axis[a] for a in axes), role)
        lengths = {Index(i): Size(axis[a]) for i, a in found.runs.items()}
        for target, rhs in layer.equations:
            axes = tuple(axis[a] for a in found.values[name_of(target)])
            right = rename(with_lengths(rhs, lengths), names)
            self._add(rename(target, names), axes, right, f"layer {number}, formula", "")
        self.outputs.append(names[layer.targets[-1]])

    def _loss(self) -> None:
        net, row = self.network, self.network.loss_row
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

        over = Total(rows, Size(outs))
        for name, formula in row.named:
            self._add(tensor(name, n, j), ("N", outs), formula(value, over), origin, row.source)
            value = tensor(name, n, j)
        trained = {name: self._trained(name) for name, _ in row.learned}
        weight = sp.S.One
        if row.class_weights:
            weight = trained[CLASS_WEIGHT] = self._trained(CLASS_WEIGHT, (outs,))
        each, all_ = ((n, j), ("N", outs)) if row.per == "element" else ((n,), ("N",))
        if row.per == "sample":
            over = Total(lambda e: total(e, j), Size(outs))
        loss = row.formula(value, target, over, **trained)
        if row.own:
            loss = display(loss, each, {name: q.axes for name, q in self.quantities.items()})
        if net.reduction == "none":
            self._add(tensor("L", *each), all_, loss, origin, row.source)
            loss = tensor("L", *each)
        loss = total(loss, *each)
        if net.reduction == "mean" and weight != 1 and self._weighted_mean(row):
            loss /= total(weight * target, n, j)
        elif net.reduction != "none" and net.reduction != "sum":
            loss /= sp.Mul(*(Size(a) for a in (all_ if net.reduction == "mean" else ("N",))))
        self._add(tensor("E"), (), loss, f"{origin}, {net.reduction}", row.source)

    def _weighted_mean(self, row: Loss) -> bool:
        """Whether a mean divides by the weights of the targets instead of their number."""
        classes = self.network.targets == "classes"
        return row.weighted_mean == "always" or (row.weighted_mean == "classes" and classes)


def with_lengths(expr: sp.Expr, lengths: Mapping[sp.Expr, Size]) -> sp.Expr:
    """Write the sum of a term without the index as the term times the length of the axis.

    >>> i, k = Index("i"), Index("k")
    >>> with_lengths(SumOver(tensor("a", i) + tensor("b", k), i), {i: Size("D")})
    D*b[k] + Sum(a[i], i)
    """

    def rule(node: sp.Expr) -> sp.Expr | None:
        if not isinstance(node, SumOver):
            return None
        body = with_lengths(node.function, lengths)
        dummies = bound(node)
        terms = sp.Add.make_args(body)
        if any(set(dummies) - free_indices(term) for term in terms):
            terms = sp.Add.make_args(sp.expand_mul(body))
        result = sp.S.Zero
        whole: list[sp.Expr] = []
        for term in terms:
            inside = [d for d in dummies if d in free_indices(term)]
            if len(inside) == len(dummies):
                whole.append(term)
            else:
                absent = sp.Mul(*(lengths[d] for d in dummies if d not in inside))
                result += absent * total(term, *inside)
        return result + (total(sp.Add(*whole), *dummies) if whole else sp.S.Zero)

    return rewrite(expr, rule)


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
        same = isinstance(layer, FormulaLayer) and plan(layer, network.widths[number - 1]).same
        if same or isinstance(layer, (*SAME_WIDTH, Residual)):
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
