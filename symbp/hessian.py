"""The Hessian entry by entry: the derivation differentiated once more, by name.

Input: a network, its derivation and two weights.  Output: a frozen `Entry`: d2E/dw1dw5 in values of
the forward and backward pass, in x, w and y only, and the proof that it is SymPy's second
derivative of the loss.  Imports tangent, scalars, paths, prove and algebra.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sympy as sp

from symbp.algebra import cost, tidy
from symbp.derivation import Derivation
from symbp.differentiate import derivative
from symbp.errors import SpecError
from symbp.paths import closed_form
from symbp.prove import LONGEST_LOSS, Proof, compare
from symbp.scalars import ScalarEquation, ScalarSystem, Weight, system_of
from symbp.spec import Network
from symbp.tangent import dotted, tangents

MOST_WEIGHTS = 200
MOST_TIDIED = 25  # operations: polynomials in many letters take long to factor


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the Hessian.

    Args:
        first: The weight whose gradient is differentiated.
        second: The weight by which it is.
        delta: In values of the forward and the backward pass.
        closed: In x, w and y only; None where it is too long.
        proof: That these and `diff(diff(E))` are the same function.
    """

    first: Weight
    second: Weight
    delta: sp.Expr
    closed: sp.Expr | None
    proof: Proof

    @property
    def name(self) -> str:
        """d2E/dw1dw5."""
        return f"d2E/d{self.first.name}d{self.second.name}"


def entries(
    network: Network, derivation: Derivation, wanted: Sequence[str] | None = None
) -> Iterator[Entry]:
    """The entries of the Hessian for all pairs of the weights that are named.

    Args:
        network: The network.
        derivation: Its derivation.
        wanted: Names such as w5 or "W2[0,1]"; None takes every weight.

    Raises:
        UnknownNameError: a name is no weight of the network.
        SpecError: there are too many weights to write entries out.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[1, 1, 1], activation="identity")
    >>> for entry in entries(net, derive(net)):
    ...     print(entry.name, "=", entry.delta, "=", entry.closed)
    d2E/dw1dw1 = w2**2*x1**2 = w2**2*x1**2
    d2E/dw1dw2 = x1*(delta_o1 + net_h1*w2) = x1*(2*w1*w2*x1 - y1)
    d2E/dw2dw2 = net_h1**2 = w1**2*x1**2
    """
    if not wanted and network.weight_count > MOST_WEIGHTS:
        found = f"{network.weight_count} weights, and entries are written out for {MOST_WEIGHTS}"
        raise SpecError("--weight", found, "Name some weights, or look at the numbers only.")
    system = system_of(network, tangents(derivation))
    weights = [system.find(name) for name in dict.fromkeys(wanted)] if wanted else system.weights
    loss = _loss(system)
    for place, first in enumerate(weights):
        slope = None if loss is None else derivative(loss, _symbol(system, first))
        for second in weights[place:]:
            yield _entry(system, first, second, slope)


def _loss(system: ScalarSystem) -> sp.Expr | None:
    """The loss in x, w and y; None where it is too long to differentiate twice."""
    with suppress(SpecError):
        return closed_form(system, system.derivation.graph.loss, (), LONGEST_LOSS)
    return None


def _symbol(system: ScalarSystem, weight: Weight) -> sp.Symbol:
    return system.symbol(weight.parameter, weight.place)


def _entry(system: ScalarSystem, first: Weight, second: Weight, slope: sp.Expr | None) -> Entry:
    """One entry, written out and compared with the derivative of the loss's slope."""
    gradient = system.derivation.gradients[first.parameter]
    product = (dotted(gradient), first.place)
    moved = _along(system, second, product)
    delta = moved[system.symbol(*product)]
    values = {e.target: e.rhs for e in system.needed(product) if e.target not in moved}
    values |= {e.target: e.rhs for e in system.needed((system.derivation.graph.loss, ()))}
    forms = {"delta form": delta}
    closed = None
    with suppress(SpecError):
        owners = {symbol: system.owner(symbol) for symbol in delta.free_symbols}
        put = {s: closed_form(system, *o) for s, o in owners.items() if not system.given(o[0])}
        closed = forms["closed form"] = delta.xreplace(put)
    if slope is not None:
        forms["diff of the loss"] = derivative(slope, _symbol(system, second))
    proof = compare(forms, {**system.one_hot(), **values})
    return Entry(first, second, delta, closed, proof)


def _along(
    system: ScalarSystem, weight: Weight, product: tuple[str, tuple[int, ...]]
) -> dict[sp.Symbol, sp.Expr]:
    """Every tangent that the product needs, along the one weight: what does not move is 0."""
    quantities = system.derivation.quantities
    unit = system.symbol(dotted(weight.parameter), weight.place)
    moved: dict[sp.Symbol, sp.Expr] = {}
    equations: tuple[ScalarEquation, ...] = tuple(
        e for e in system.needed(product) if quantities[e.quantity].role == "tangent"
    )
    for e in equations:
        put = {}
        for symbol in e.rhs.free_symbols:
            if quantities[system.owner(symbol)[0]].role == "direction":
                put[symbol] = sp.Integer(symbol == unit)
            elif symbol in moved:
                put[symbol] = moved[symbol]
        moved[e.target] = _tidied(e.rhs.xreplace(put))
    return moved


def _tidied(expr: sp.Expr) -> sp.Expr:
    """The shortest: as it stands, with common factors in front, or if it is small tidied."""
    forms = [expr, sp.factor_terms(expr)]
    if expr.count_ops() <= MOST_TIDIED:
        forms.append(tidy(expr))
    return min(forms, key=cost)
