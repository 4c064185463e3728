"""What the first step leaves where it is because numbers start at 0, whatever the data.

Input: a network and where it starts.  Output: a `Finding`: the parameters whose gradient is 0 for
all inputs and targets, each with the factor of its derivation that is 0.  Parameters that do not
start at 0 may be any numbers.  Imports pipeline, scalars, prove and symmetry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp

from symbp.experiments.explain.finding import Finding
from symbp.experiments.explain.symmetry import enough_samples, small
from symbp.layers import given_constants
from symbp.pipeline import derive
from symbp.prove import Proof, compare
from symbp.scalars import ScalarEquation, ScalarSystem
from symbp.spec import Network

Kind = Literal["weight", "output", "slope", "sum"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a gradient is 0: what is 0 in the equation of which adjoint.

    Args:
        kind: "weight": a parameter; "output": values of the forward pass; "slope": the derivative
            of an activation; "sum": terms that cancel.
        name: Of the parameter, or of the quantity.
        equation: In which it is a factor.
    """

    kind: Kind
    name: str
    equation: ScalarEquation


class Zeros:
    """Which expressions are 0 for all values of the free symbols.

    Args:
        system: The scalar view.
        definitions: Every symbol that is not free.
        numbers: Those that are numbers.
    """

    def __init__(
        self,
        system: ScalarSystem,
        definitions: Mapping[sp.Symbol, sp.Expr],
        numbers: Mapping[sp.Symbol, sp.Expr],
    ) -> None:
        self.system, self.definitions, self.numbers = system, definitions, numbers
        self._known: dict[sp.Expr, bool] = {}

    def proof(self, *exprs: sp.Expr) -> Proof:
        """Whether all expressions are 0."""
        letters = (sp.Dummy(f"r{k}", real=True) for k in range(len(exprs)))
        whole = sp.Add(*(r * e for r, e in zip(letters, exprs)))  # noqa: B905
        return compare({"gradient": whole, "0": sp.S.Zero}, self.definitions)

    def __call__(self, expr: sp.Expr) -> bool:
        if expr not in self._known:
            value = expr.xreplace(dict(self.numbers))
            self._known[expr] = value == 0 or self.proof(value).equal
        return self._known[expr]

    def cause(self, equation: ScalarEquation) -> Cause:
        """What makes the target of an equation 0: the first factor that is, down the adjoints."""
        return self._cause(equation.rhs, equation)

    def _cause(self, expr: sp.Expr, equation: ScalarEquation) -> Cause:
        if isinstance(expr, sp.Mul):
            factors = [f for f in expr.args if self(f)]
            factors.sort(key=lambda f: (not f.has(*self._adjoints(f)), sp.default_sort_key(f)))
            return self._cause(factors[0], equation) if factors else Cause("sum", "", equation)
        if isinstance(expr, sp.Add):
            if all(self(term) for term in expr.args):
                return self._cause(expr.args[0], equation)
            return Cause("sum", str(equation.target), equation)
        if isinstance(expr, sp.Symbol):
            quantity, place = self.system.owner(expr)
            role = self.system.derivation.quantities[quantity].role
            if role == "adjoint":
                return self.cause(self.system.equation(quantity, place))
            parameter = role in ("parameter", "constant")
            return Cause("weight" if parameter else "output", quantity, equation)
        if isinstance(expr, sp.Pow):
            return self._cause(expr.base, equation)
        names = sorted(self.system.owner(s)[0] for s in expr.free_symbols)
        return Cause("slope", names[0] if names else "", equation)

    def _adjoints(self, expr: sp.Expr) -> tuple[sp.Symbol, ...]:
        roles = self.system.derivation.quantities
        owners = ((s, self.system.entry(s.name)) for s in expr.free_symbols)
        return tuple(s for s, e in owners if e is not None and roles[e[0]].role == "adjoint")


def zero_start(network: Network, parameters: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Say which parameters the first step cannot move, and why.

    Args:
        network: What is trained.
        parameters: Where it starts, as arrays.

    >>> import numpy as np
    >>> net = Network(sizes=[2, 2, 2])
    >>> (found,) = zero_start(net, {n: np.zeros(s) for n, s in net.parameters.items()})
    >>> found.evidence["still"], found.evidence["moving"]
    (('W1',), ('W2',))
    """
    given = given_constants(network.layers)
    at_zero = [
        n for n, v in parameters.items() if not (v.any() if v.ndim else v) and n not in given
    ]
    if not at_zero:
        return ()
    few = small(network)
    derivation = derive(few)
    system = ScalarSystem(few, derivation, enough_samples(few))
    at_start: dict[sp.Symbol, sp.Expr] = {
        system.symbol(name, place): sp.S.Zero for name in at_zero for place in system.places(name)
    }
    definitions = {**at_start, **system.one_hot()}
    for e in (*system.forward(), *system.backward()):
        value = e.rhs.xreplace(at_start)  # SymPy knows sin(0), erf(0), the branch at 0
        if not value.free_symbols:
            at_start[e.target] = value
        definitions[e.target] = value
    zeros = Zeros(system, definitions, at_start)
    still: dict[str, Proof] = {}
    causes: dict[str, Cause] = {}
    for name, gradient in derivation.gradients.items():
        entries = [system.equation(gradient, p) for p in system.places(gradient)]
        proof = zeros.proof(*(e.target for e in entries))
        if proof.equal:
            still[name] = proof
            written = [e for e in entries if e.rhs != 0]  # a row that no sample takes is not
            causes[name] = zeros.cause((written or entries)[0])
    if not still:
        return ()
    moving = tuple(n for n in derivation.gradients if n not in still)
    evidence = {"still": tuple(still), "moving": moving, "causes": causes}
    groups: dict[Cause, list[str]] = {}
    for name, cause in causes.items():
        groups.setdefault(cause, []).append(name)
    details = tuple(_because(network, names, cause) for cause, names in groups.items())
    key = "finding.zero start.some" if moving else "finding.zero start.all"
    values = {"still": tuple(still), "moving": moving} if moving else {"zero": tuple(at_zero)}
    return (Finding(key, values, tuple(still.values()), evidence, details),)


def _because(network: Network, names: list[str], cause: Cause) -> Finding:
    equation = f"{cause.equation.target} = {cause.equation.rhs}"
    values = {"parameters": names, "zero": cause.name, "equation": equation}
    if cause.kind == "output":
        return Finding("finding.zero start.output", values)
    if cause.kind == "weight":
        return Finding("finding.zero start.weight", values)
    if cause.kind == "slope":
        number = int("".join(c for c in cause.name if c.isdigit()) or 0)
        row = network.activations.get(number)
        values = {"parameters": names, "activation": row.text if row else cause.name}
        return Finding("finding.zero start.slope", values)
    return Finding("finding.zero start.sum", {"parameters": names, "equation": equation})
