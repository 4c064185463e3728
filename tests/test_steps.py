"""Every step of a derivation is true: both sides are equal in numbers, found by brute force.

The oracle is a loop over all indices, and adjoints are central differences of the forward pass;
neither shares code with the derivation or with the array code.
"""

from __future__ import annotations

import itertools
import math
import random

import pytest
import sympy as sp

from symbp import derive
from symbp.derivation import Derivation
from symbp.index import (
    MaxOver,
    Partial,
    Reduction,
    Size,
    axes_of,
    bound,
    free_indices,
    is_quantity,
    name_of,
)
from symbp.layers import Dense, LayerNorm, Residual
from symbp.spec import Network

SAMPLES, STEP, TOLERANCE = 2, 1e-5, 1e-6
NETWORKS = {
    "worked": Network(sizes=[2, 3, 2], bias="per-unit"),
    "soft_targets": Network(sizes=[2, 3], activation="sigmoid", loss="cross_entropy"),
    "classes": Network(
        sizes=[2, 2, 3],
        activation=["relu", "identity"],
        loss="cross_entropy",
        targets="classes",
        bias="shared",
    ),
    "softmax": Network(sizes=[2, 3, 2], activation=["softmax", "tanh"], loss="mse"),
    "residual": Network(
        inputs=2,
        layers=(Dense(3, "tanh"), LayerNorm(), Dense(3, "relu"), Residual(1), Dense(2)),
        loss="mse",
    ),
    "tied": Network(inputs=2, layers=(Dense(2, "tanh"), Dense(2, "tanh", weight="W1"))),
}
FUNCTIONS = {sp.exp: math.exp, sp.log: math.log, sp.tanh: math.tanh}


class BruteForce:
    """Evaluates expressions in index notation by looping over every index."""

    def __init__(self, network: Network, derivation: Derivation) -> None:
        self.derivation, self.axes = derivation, dict(derivation.axes)
        self.axes |= {f"d{name}": axes for name, axes in derivation.graph.axes.items()}
        self.sizes = {"N": SAMPLES, **derivation.graph.sizes}
        stream = random.Random(1)
        self.values: dict[tuple, float] = {}
        self.own: dict = {}
        for name in derivation.graph.names("input", "target", "parameter", "constant"):
            classes = name == "T" and network.targets == "classes"
            for place in self.places(self.axes[name]):
                self.values[name, place] = (
                    stream.randrange(network.widths[-1]) if classes else stream.uniform(-1, 1)
                )
        self.values |= self.forward(self.values)

    def places(self, axes: tuple[str, ...]):
        return itertools.product(*(range(self.sizes[a]) for a in axes))

    def forward(self, given: dict, held: str = "") -> dict:
        """All forward values; `held` keeps its value in `given`."""
        values = dict(given)
        for line in self.derivation.forward:
            e = line.equation
            if e.name != held:
                for place in self.places(self.axes[e.name]):
                    where = dict(zip(e.indices, place, strict=True))
                    values[e.name, place] = self.value(e.rhs, where, values)
        return values

    def adjoint(self, name: str, place: tuple[int, ...]) -> float:
        """dE / d(name at place), everything before it held."""
        key = (f"d{name}", place)
        if key not in self.values:
            ends = []
            for sign in (1, -1):
                moved = self.values | {(name, place): self.values[name, place] + sign * STEP}
                ends.append(self.forward(moved, held=name)["E", ()])
            self.values[key] = (ends[0] - ends[1]) / (2 * STEP)
        return self.values[key]

    def partial(self, of: tuple[str, tuple], by: tuple[str, tuple]) -> float:
        """The local derivative of one equation, its other inputs held."""
        e = self.derivation.line(of[0]).equation
        where = dict(zip(e.indices, of[1], strict=True))
        ends = [
            self.value(e.rhs, where, self.values | {by: self.values[by] + sign * STEP})
            for sign in (1, -1)
        ]
        return (ends[0] - ends[1]) / (2 * STEP)

    def entry(self, node: sp.Expr, where: dict, values: dict) -> tuple[str, tuple[int, ...]]:
        place = tuple(int(self.value(i, where, values)) for i in getattr(node, "indices", ()))
        return name_of(node), place

    def value(self, expr: sp.Expr, where: dict, values: dict) -> float:
        if expr in where:
            return where[expr]
        if isinstance(expr, Size):
            return self.sizes[expr.name]
        if isinstance(expr, Partial):
            return self.partial(*(self.entry(a, where, values) for a in expr.args))
        if is_quantity(expr):
            name, place = self.entry(expr, where, values)
            known = (name, place) in values or not name.startswith("d")
            return values[name, place] if known else self.adjoint(name[1:], place)
        if isinstance(expr, Reduction):
            ranges = self.ranges(expr)
            terms = [
                self.value(expr.function, where | dict(zip(bound(expr), p, strict=True)), values)
                for p in itertools.product(*ranges)
            ]
            return max(terms) if isinstance(expr, MaxOver) else sum(terms)
        if isinstance(expr, sp.KroneckerDelta):
            left, right = (self.value(a, where, values) for a in expr.args)
            return float(left == right)
        if isinstance(expr, sp.Piecewise):
            for branch, condition in expr.args:
                if condition == sp.true or self.value(condition.lhs, where, values) > self.value(
                    condition.rhs, where, values
                ):
                    return self.value(branch, where, values)
        parts = [self.value(a, where, values) for a in expr.args]
        if isinstance(expr, sp.Add):
            return sum(parts)
        if isinstance(expr, sp.Mul):
            return math.prod(parts)
        if isinstance(expr, sp.Pow):
            return parts[0] ** parts[1]
        return FUNCTIONS[expr.func](*parts) if expr.args else float(expr)

    def ranges(self, expr: sp.Expr) -> list[range]:
        plain = expr.function.replace(Partial, lambda a, b: a * b)
        where = self.own | axes_of(plain, self.axes)
        for delta in plain.atoms(sp.KroneckerDelta):
            for index, other in (delta.args, delta.args[::-1]):
                if other in where:
                    where.setdefault(index, where[other])
        return [range(self.sizes[where[d]]) for d in bound(expr)]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_step_holds(name):
    """before == after for every step, at every place of its free indices."""
    network = NETWORKS[name]
    derivation = derive(network)
    oracle = BruteForce(network, derivation)
    checked = 0
    for line in derivation.backward:
        for step in line.steps:
            free = sorted(free_indices(step.before) | free_indices(step.after), key=str)
            # An index that stands in a delta alone runs where the line's own index does.
            own = dict(zip(line.equation.indices, oracle.axes[line.equation.name], strict=True))
            where = own | axes_of(step.before, oracle.axes) | axes_of(step.after, oracle.axes)
            oracle.own = where
            for place in itertools.product(*(range(oracle.sizes[where[i]]) for i in free)):
                at = dict(zip(free, place, strict=True))
                before, after = (
                    oracle.value(e, at, oracle.values) for e in (step.before, step.after)
                )
                assert before == pytest.approx(after, rel=TOLERANCE, abs=TOLERANCE), (
                    line.number,
                    step,
                )
                checked += 1
    assert checked > 50


@pytest.mark.parametrize("name", NETWORKS)
def test_every_adjoint_is_the_derivative_of_the_loss(name):
    """Each backward line equals the central difference of the forward pass."""
    network = NETWORKS[name]
    derivation = derive(network)
    oracle = BruteForce(network, derivation)
    for line in derivation.backward:
        e = line.equation
        for place in oracle.places(oracle.axes[e.name]):
            at = dict(zip(e.indices, place, strict=True))
            found = oracle.value(e.rhs, at, oracle.values)
            assert found == pytest.approx(
                oracle.adjoint(e.name[1:], place), rel=TOLERANCE, abs=TOLERANCE
            )
