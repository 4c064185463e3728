"""Hidden units with equal weights stay equal: proved for a network, from its derivation.

Input: a network and where it starts.  Output: a `Finding` for each hidden layer with equal units.
Two units are tied by putting equal every pair of numbers that exchanging them exchanges; then the
scalar equations give equal deltas and equal gradients, modulo a prime.  By induction every step
keeps the tie.  Imports pipeline, scalars, prove and finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symbp.build import axis_names
from symbp.experiments.explain.finding import Finding
from symbp.layers import BatchNorm, Dense, Embedding, Layer, takes_rows
from symbp.pipeline import derive
from symbp.prove import Proof, compare
from symbp.scalars import Place, ScalarSystem
from symbp.spec import Network

LARGEST, FEWEST = 60, 3
Entry = tuple[str, Place]


@dataclass(frozen=True, slots=True)
class Tied:
    """What was proved of two tied units.

    Args:
        units: Scalar names of the two, for example h1 and h2.
        deltas: Proof that their deltas are equal.
        gradients: Proof that the gradients of every pair of tied numbers are equal.
        pairs: Names of the tied trained numbers.
        sizes: Widths of the network that it was proved for; index notation is the same for all.
    """

    units: tuple[str, str]
    deltas: Proof
    gradients: Proof
    pairs: tuple[tuple[str, str], ...]
    sizes: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether the units stay equal."""
        return self.deltas.equal and self.gradients.equal


def hidden_axes(network: Network) -> dict[str, int]:
    """Axes of units that stand between inputs and outputs, each with the first layer that has it.

    >>> hidden_axes(Network(sizes=[2, 3, 4, 2]))
    {'H1': 1, 'H2': 2}
    """
    names = axis_names(network)
    ends = {names[0], names[-1]}
    found: dict[str, int] = {}
    for number, (name, layer) in enumerate(zip(names[1:], network.layers, strict=True), 1):
        if name not in ends and isinstance(layer, Dense) and network.widths[number] > 1:
            found.setdefault(name, number)
    return found


def small(network: Network) -> Network:
    """The same layers with at most three units: two to tie and one that is free.

    Equations in index notation are the same for every length.  The rows of an embedding are
    labels, so any few stand for all.

    >>> small(Network(sizes=[784, 128, 10])).widths
    (3, 3, 3)
    """
    rows = {"seed": 0, "samples": 2} if takes_rows(network.layers) else None
    if network.weight_count <= LARGEST:
        return replace(network, example=rows)
    last = len(network.layers)
    whole = last if network.loss_row.class_weights else 0
    layers = tuple(
        layer if k == whole else _narrow(layer) for k, layer in enumerate(network.layers, 1)
    )
    inputs = min(network.inputs, FEWEST)
    return replace(network, layers=layers, inputs=inputs, example=rows)


def _narrow(layer: Layer) -> Layer:
    match layer:
        case Dense():
            return replace(layer, out=min(layer.out, FEWEST), inputs=None)
        case Embedding():
            return replace(layer, out=min(layer.out, FEWEST))
        case _:
            return layer


def enough_samples(network: Network) -> int:
    """How many samples stand for any number: one, whose gradient is a term of the sum; two where
    a batch norm mixes them.
    """
    return 2 if any(isinstance(layer, BatchNorm) for layer in network.layers) else 1


def prove_tied(network: Network, axis: str) -> Tied:
    """Prove that two units with equal weights in and out have equal deltas and gradients.

    Args:
        network: Any; where it is large, one with the same layers and few units stands for it.
        axis: From `hidden_axes`.

    >>> found = prove_tied(Network(sizes=[2, 2, 2]), "H")
    >>> found.holds, found.units, found.pairs
    (True, ('h1', 'h2'), (('w1', 'w2'), ('w3', 'w4'), ('w5', 'w7'), ('w6', 'w8')))
    """
    few = small(network)
    derivation = derive(few)
    system = ScalarSystem(few, derivation, enough_samples(few))
    ties = {
        system.symbol(*image): system.symbol(*entry)
        for entry, image in _pairs(system, axis, few.parameters)
    }
    definitions: dict[sp.Symbol, sp.Expr] = {**ties, **system.one_hot()}
    definitions |= {e.target: e.rhs for e in (*system.forward(), *system.backward())}
    trained = derivation.gradients
    gradients = list(_pairs(system, axis, trained.values()))
    layer = hidden_axes(network)[axis]
    adjoints = [
        name for name, q in derivation.quantities.items()
        if q.role == "adjoint" and axis in q.axes and name not in trained.values()
    ]  # fmt: skip
    deltas = list(_pairs(system, axis, adjoints))
    units = tuple(system.name(f"Z{layer}", (*(0,) * ("N" in derivation.axes[f"Z{layer}"]), k))
                  for k in (0, 1))  # fmt: skip
    pairs = tuple(
        (system.name(*entry), system.name(*image)) for entry, image in _pairs(system, axis, trained)
    )
    first, second = (name.removeprefix("net_").partition("_s")[0] for name in units)
    return Tied(
        (first, second),
        _equal(system, deltas, definitions, f"delta_{first}", f"delta_{second}"),
        _equal(system, gradients, definitions, f"gradients of {first}", f"gradients of {second}"),
        pairs,
        few.widths,
    )


def _pairs(system: ScalarSystem, axis: str, names: Any) -> Iterator[tuple[Entry, Entry]]:
    """Entries and what they become when the first two units of an axis are exchanged."""
    for name in names:
        axes = system.derivation.quantities[name].axes
        if axis in axes:
            for place in system.places(name):
                image = tuple(1 - k if a == axis and k < 2 else k for a, k in zip(axes, place))  # noqa: B905
                if image > place:
                    yield (name, place), (name, image)


def _equal(
    system: ScalarSystem,
    pairs: list[tuple[Entry, Entry]],
    definitions: Mapping[sp.Symbol, sp.Expr],
    first: str,
    second: str,
) -> Proof:
    """All pairs at once: sums with a free letter for each pair are equal only if all pairs are."""
    letters = [sp.Dummy(f"r{k}", real=True) for k in range(len(pairs))]
    sides = [
        sp.Add(*(r * system.symbol(*pair[side]) for r, pair in zip(letters, pairs, strict=True)))
        for side in (0, 1)
    ]
    return compare({first: sides[0], second: sides[1]}, definitions)


def equal_units(
    network: Network, axis: str, parameters: Mapping[str, Any]
) -> tuple[tuple[int, ...], ...]:
    """The units of an axis in groups: those of a group have equal weights in and out.

    Args:
        network: Whose axis it is.
        axis: From `hidden_axes`.
        parameters: Every parameter as an array; masks too, so dropped units differ.

    >>> import numpy as np
    >>> net = Network(sizes=[1, 3, 1])
    >>> start = {"W1": np.array([[1.0], [2.0], [1.0]]), "W2": np.array([[5.0, 5.0, 5.0]])}
    >>> equal_units(net, "H", start)
    ((0, 2), (1,))
    """
    derivation = derive(network)
    arrays = [(derivation.quantities[name].axes, value) for name, value in parameters.items()]
    arrays = [(axes, value) for axes, value in arrays if axis in axes]
    groups: list[list[int]] = []
    for unit in range(network.widths[hidden_axes(network)[axis]]):
        for group in groups:
            if all(_unchanged(value, axes, axis, group[0], unit) for axes, value in arrays):
                group.append(unit)
                break
        else:
            groups.append([unit])
    return tuple(tuple(group) for group in groups)


def _unchanged(value: Any, axes: tuple[str, ...], axis: str, first: int, second: int) -> bool:
    """Whether exchanging two units leaves an array as it is."""
    import numpy as np

    if axes.count(axis) == 1:
        where = axes.index(axis)
        rows = [np.take(value, k, axis=where) for k in (first, second)]
        return bool(np.array_equal(*rows))
    swapped = value
    for where, name in enumerate(axes):
        if name == axis:
            order = np.arange(value.shape[where])
            order[[first, second]] = second, first
            swapped = np.take(swapped, order, axis=where)
    return bool(np.array_equal(value, swapped))


def symmetry(network: Network, parameters: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Say of each hidden layer which units start equal, and whether they stay so.

    Args:
        network: What is trained.
        parameters: Where it starts, as arrays.

    >>> import numpy as np
    >>> net = Network(sizes=[2, 2, 2])
    >>> (found,) = symmetry(net, {n: np.zeros(s) for n, s in net.parameters.items()})
    >>> found.key, found.evidence["distinct"]
    ('finding.symmetry.stays', 1)
    """
    found = []
    for axis, layer in hidden_axes(network).items():
        groups = equal_units(network, axis, parameters)
        width = network.widths[layer]
        if len(groups) == width:
            continue
        proof = prove_tied(network, axis)
        evidence = {"axis": axis, "layer": layer, "groups": groups, "distinct": len(groups),
                    "width": width, "pairs": proof.pairs, "sizes": proof.sizes}  # fmt: skip
        first, second = proof.units
        values = {"first": first, "second": second, "layer": layer}
        proofs = (proof.deltas, proof.gradients)
        if not proof.holds:
            found.append(Finding("finding.symmetry.breaks", values, proofs, evidence))
            continue
        values |= {
            "pairs": tuple(f"{a} = {b}" for a, b in proof.pairs),
            "bits": min(p.bits for p in proofs),
        }
        functions = {"distinct": len(groups), "width": width, "layer": layer}
        details = (Finding("finding.symmetry.functions", functions),)
        found.append(Finding("finding.symmetry.stays", values, proofs, evidence, details))
    return tuple(found)
