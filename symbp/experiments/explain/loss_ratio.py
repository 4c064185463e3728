"""One loss against another: whether their gradients differ by a constant factor only.

Input: two networks that differ in the loss.  Output: the factor, found by dividing the two derived
gradients, and a `Finding`.  Imports pipeline, numeric,
start and finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symbp.catalog import Optimizer
from symbp.catalog.optimizers import g, learning_rate
from symbp.derivation import Derivation
from symbp.errors import GraphError
from symbp.experiments.explain.finding import Finding
from symbp.experiments.explain.start import Start
from symbp.graph import Equation
from symbp.index import Size, free_indices, name_of, quantities, tensor
from symbp.numeric import Arithmetic, evaluate_equations
from symbp.pipeline import derive
from symbp.spec import Network

CONSTANT = ("target", "constant")
ALIGNED = 1e-9


def gradient_quotient(first: Network, second: Network) -> sp.Expr | None:
    """The factor c with gradient(second) = c*gradient(first) at all weights, inputs and targets.

    Found by dividing the losses.  Losses that differ by a constant too have no such quotient, but
    their gradients may: both sweeps begin with the adjoint of what the loss is a function of; where
    these differ by a factor and every further line is the same equation, which is linear in the
    adjoint before it, all gradients differ by that factor.

    Args:
        first, second: The same layers with two losses.

    Returns:
        An expression in sizes, N the number of samples (with class weights also in targets and
        weights); None where there is no such factor.

    >>> first, second = (Network(sizes=[2, 2, 2], loss=loss) for loss in ("half_sse", "mse"))
    >>> gradient_quotient(first, second)
    2/(K*N)
    """
    one, two = derive(first), derive(second)
    forward = [{e.equation.target: e.equation.rhs for e in d.forward[:-1]} for d in (one, two)]
    if all(b == forward[1].get(a, b) for a, b in forward[0].items()):
        quotient = two.forward[-1].equation.rhs / one.forward[-1].equation.rhs
        if _constant(quotient, two):
            return quotient
    lines = [d.backward for d in (one, two)]
    seeds = [line[0].equation for line in lines]
    rest = [[line.equation for line in found[1:]] for found in lines]
    same = seeds[0].target == seeds[1].target
    later = [[(e.target, e.rhs) for e in equations] for equations in rest]
    if not same or later[0] != later[1]:
        return None
    quotient = seeds[1].rhs / seeds[0].rhs
    if not _constant(quotient, two):
        quotient = sp.cancel(quotient)
    return quotient if _constant(quotient, two) else None


def _constant(expr: sp.Expr, derivation: Derivation) -> bool:
    """Whether an expression depends on targets and constants of a derivation at most."""
    found = [derivation.quantities.get(name_of(q)) for q in quantities(expr)]
    known = all(q is not None and (q.role in CONSTANT or q.name == "Y") for q in found)
    return known and not free_indices(expr)


def factor_at(quotient: sp.Expr, network: Network, samples: int) -> Fraction:
    """The factor at the sizes of a network and a number of samples.

    Raises:
        SpecError: it depends on class weights and the network has no example.

    >>> first, second = (Network(sizes=[2, 2, 3], loss=loss) for loss in ("half_sse", "mse"))
    >>> factor_at(gradient_quotient(first, second), second, 4)
    Fraction(1, 6)
    """
    import numpy as np

    derivation = derive(network)
    sizes = {**derivation.graph.sizes, "N": samples}
    number = quotient.xreplace({s: sp.Integer(sizes[s.name]) for s in quotient.atoms(Size)})
    if number.is_Rational:
        return Fraction(int(number.p), int(number.q))
    example = network.numbers
    values: dict[str, Any] = {
        name: np.array(value, dtype=object) for name, value in example.parameters.items()
    }
    values["T"] = np.array(example.targets, dtype=object)
    if network.targets == "classes":
        one_hot = derivation.line("Y").equation
        values = evaluate_equations([one_hot], values, derivation.axes, sizes, _fractions())
    factor = Equation(tensor("factor"), quotient)
    axes = {**derivation.axes, "factor": ()}
    found = evaluate_equations([factor], values, axes, sizes, _fractions())["factor"]
    return Fraction(found.item())


def _fractions() -> Arithmetic:
    def irrational(name: str) -> Any:
        raise GraphError(name, "a factor of two losses is rational")

    return Arithmetic(lambda value: value, {}, irrational)


def scales_with_rate(optimizer: Optimizer) -> bool:
    """Whether c times the gradient with 1/c of the learning rate gives the same path.

    True where the step is learning_rate times something linear in the gradient: every state is
    scaled by c, and what is added to theta stays as it is.

    >>> from symbp import catalog
    >>> [name for name in catalog.names("optimizer") if scales_with_rate(catalog.optimizer(name))]
    ['sgd', 'momentum', 'nesterov']
    """
    c = sp.Symbol("c", positive=True)
    letters = {sp.Symbol(name, real=True): c for name in optimizer.states}
    scaled = {g: c * g, learning_rate: learning_rate / c}
    scaled |= {letter: c * letter for letter in letters}
    for name, formula in optimizer.update:
        wanted = c * formula if name in optimizer.states else formula
        if sp.expand(formula.subs(scaled, simultaneous=True) - wanted) != 0:
            return False
    return True


def loss_ratio(first: Start, second: Start) -> Finding:
    """Compare two losses of the same layers, at the same parameters and data.

    Where no factor is found, the gradients of both generated modules say whether there is none.

    Args:
        first, second: The same layers with two losses, or one with two reductions.

    >>> from symbp.experiments.explain.start import start
    >>> nets = [Network(sizes=[2, 2, 2], loss=loss, example={"seed": 0})
    ...         for loss in ("half_sse", "mse")]
    >>> print(loss_ratio(*map(start, nets)).text())
    Every gradient of mse (mean) is 2/(K*N) times that of half_sse (sum), N samples and K outputs: \
here 1 times. So here both are the same, and so are their paths.
    """
    networks = [first.network, second.network]
    names = [f"{n.loss_row.text} ({n.reduction})" for n in networks]
    quotient = gradient_quotient(*networks)
    if quotient is None:
        bare = [n.loss_row.text for n in networks]
        bare = names if bare[0] == bare[1] else bare
        apart = cosine(first.gradients, second.gradients) < 1 - ALIGNED
        key = "finding.loss ratio.none" if apart else "finding.loss ratio.unknown"
        return Finding(key, {"first": bare[0], "second": bare[1]})
    factor = factor_at(quotient, networks[1], first.samples)
    values = {"first": names[0], "second": names[1], "formula": quotient, "factor": factor}
    follows = Finding("finding.loss ratio.same")
    if factor != 1:
        follows = Finding("finding.loss ratio.rate", {"inverse": 1 / factor})
    evidence = {"quotient": quotient, "factor": factor, "samples": first.samples}
    return Finding("finding.loss ratio.factor", values, evidence=evidence, details=(follows,))


def cosine(first: Mapping[str, Any], second: Mapping[str, Any]) -> float:
    """Of the angle between two gradients, all parameters together; 1 where one is 0.

    >>> import numpy as np
    >>> float(cosine({"W": np.array([3.0, 4.0])}, {"W": np.array([-3.0, -4.0])}))
    -1.0
    """
    import numpy as np

    shared = [name for name in first if name in second]
    a, b = (np.concatenate([g[n].ravel() for n in shared]) for g in (first, second))
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths else 1.0
