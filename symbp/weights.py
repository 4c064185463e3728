"""The forms of single gradients, ready to show: delta form, chain form, closed form, and the proof.

Input: a network, its derivation and the weights that are wanted.  Output: frozen `WeightForms`, all
text.  Imports scalars, paths, prove and printers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symbp.derivation import Derivation
from symbp.errors import SymbpError
from symbp.example import Example
from symbp.layers import takes_rows
from symbp.paths import ChainForm, chain_form, closed_form, scalar_tree
from symbp.printers import plain
from symbp.progress import report
from symbp.prove import prove_forms
from symbp.scalars import EXPANDED_UP_TO, ScalarSystem, Weight, system_of
from symbp.spec import Network


@dataclass(frozen=True, slots=True)
class PathText:
    """One path of a chain form: the names of its factors, and what each is."""

    names: tuple[str, ...]
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeightForms:
    """The gradient of one weight, as text.

    Args:
        name: Scalar name, such as w5.
        matrix_name: As an entry of its parameter, such as W2[0,0].
        line: Number of the derivation line it is an entry of.
        delta: Right side of the delta form.
        deltas: Name and right side of every adjoint that the delta form leads back to.
        chain: One entry a path; empty with a `note` where there are too many.
        closed: In x, w and y only; "" with a `note` where it is too long.
        proof: What was found equal, and how sure that is.
        notes: Why a form is missing.
    """

    name: str
    matrix_name: str
    line: int
    delta: str
    deltas: tuple[tuple[str, str], ...]
    chain: tuple[PathText, ...]
    closed: str
    proof: str
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The forms as plain data."""
        return {
            "entry": self.matrix_name,
            "line": self.line,
            "delta": self.delta,
            "deltas": dict(self.deltas),
            "chain": [{"names": p.names, "factors": p.factors} for p in self.chain],
            "closed": self.closed,
            "proof": self.proof,
            "notes": self.notes,
        }


def weight_forms(
    network: Network, derivation: Derivation, wanted: Sequence[str] | None
) -> tuple[WeightForms, ...]:
    """The forms of the weights that are named; of all where none is and there are at most 200.

    Raises:
        UnknownNameError: a name is no weight of the network.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> weight_forms(net, derive(net), ["w5"])[0].delta
    'delta_o1*out_h1'
    """
    system = system_of(network, derivation)
    if wanted:
        weights = tuple(dict.fromkeys(system.find(name) for name in wanted))
    elif takes_rows(network.layers) and not isinstance(network.example, Example):
        weights = ()  # which row a gradient belongs to is known with the inputs only
    elif network.weight_count <= EXPANDED_UP_TO:
        weights = system.weights
    else:
        weights = ()
    found = []
    for k, weight in enumerate(weights):
        found.append(_forms(system, weight))
        report("forms of each weight", (k + 1) / len(weights))
    return tuple(found)


def _forms(system: ScalarSystem, weight: Weight) -> WeightForms:
    gradient = (system.derivation.gradients[weight.parameter], weight.place)
    equation = system.equation(*gradient)
    deltas = tuple(
        (e.target.name, plain(scalar_tree(e.rhs)))
        for e in system.adjoints(gradient)
        if e.target != equation.target
    )
    notes = []
    chain: tuple[PathText, ...] = ()
    closed = proof = ""
    try:
        chain = _paths(chain_form(system, weight))
    except SymbpError as error:
        notes.append(error.found)
    if system.network.weight_count > EXPANDED_UP_TO:
        notes.append(
            f"the closed form is written out for networks of at most {EXPANDED_UP_TO} weights"
        )
    else:
        try:
            closed = plain(scalar_tree(closed_form(system, *gradient)))
        except SymbpError as error:
            notes.append(error.found)
    found = prove_forms(system, weight)
    if not found.equal:
        raise AssertionError(f"the forms of {weight.name} differ: {found}")
    proof = f"{' = '.join(found.forms)}; wrong with probability below 2^-{found.bits}"
    delta = plain(scalar_tree(equation.rhs))
    return WeightForms(
        weight.name,
        weight.matrix_name,
        equation.line,
        delta,
        deltas,
        chain,
        closed,
        proof,
        tuple(notes),
    )


def _paths(chain: ChainForm) -> tuple[PathText, ...]:
    return tuple(
        PathText(tuple(f.name for f in path), tuple(plain(scalar_tree(f.shown)) for f in path))
        for path in chain.paths
    )
