"""Arrays of any kind of number: named axes against plain loops, and at the size of MNIST."""

from __future__ import annotations

import itertools
import math
import time
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from symbp import derive
from symbp.graph import Equation
from symbp.index import Index, MaxOver, SumOver, tensor
from symbp.numeric import Arithmetic, evaluate_equations, high_precision, reference_gradients
from symbp.spec import Network

n, m, i, j, k = (Index(c) for c in "nmijk")
AXES = {"X": ("N", "D"), "W": ("H", "D"), "V": ("H",), "b": (), "T": ("N",), "out": ()}
SIZES = {"N": 2, "D": 3, "H": 4}
X, W, V = tensor("X", n, i), tensor("W", j, i), tensor("V", j)
FRACTIONS = Arithmetic(lambda value: value, {})


def given() -> dict[str, np.ndarray]:
    stream = np.random.default_rng(0)

    def draw(*shape):
        whole = stream.integers(-9, 10, shape)
        return np.array([Fraction(int(v), 7) for v in whole.ravel()], dtype=object).reshape(shape)

    b = np.array(Fraction(1, 2), dtype=object)
    return {"X": draw(2, 3), "W": draw(4, 3), "V": draw(4), "b": b, "T": np.array([2, 0])}


def loops(values, indices, axes, body) -> np.ndarray:
    shape = tuple(SIZES[a] for a in axes)
    result = np.empty(shape, dtype=object)
    for place in itertools.product(*map(range, shape)):
        result[place] = body(values, *place)
    return result


def total(body, *axes):
    return sum(body(*p) for p in itertools.product(*(range(SIZES[a]) for a in axes)))


CASES = {
    "matmul": ((n, j), ("N", "H"), SumOver(W * X, i),
               lambda v, n, j: total(lambda i: v["W"][j, i] * v["X"][n, i], "D")),
    "bias and number": ((n, j), ("N", "H"), SumOver(W * X, i) / 3 + tensor("b"),
                        lambda v, n, j: total(lambda i: v["W"][j, i] * v["X"][n, i], "D") / 3
                        + v["b"][()]),
    "shared index kept": ((j,), ("H",), SumOver(W * W.subs(i, i) * V, i),
                          lambda v, j: total(lambda i: v["W"][j, i] ** 2 * v["V"][j], "D")),
    "batch": ((n, i), ("N", "D"), SumOver(tensor("X", n, k) * tensor("X", n, i) * X, k),
              lambda v, n, i: total(lambda k: v["X"][n, k] * v["X"][n, i] ** 2, "D")),
    "both axes": ((), (), SumOver(W * (W - V), j, i),
                  lambda v: total(lambda j, i: v["W"][j, i] * (v["W"][j, i] - v["V"][j]),
                                  "H", "D")),
    "three factors": ((n,), ("N",), SumOver(W * X * V, j, i),
                      lambda v, n: total(lambda j, i: v["W"][j, i] * v["X"][n, i] * v["V"][j],
                                         "H", "D")),
    "square": ((n,), ("N",), SumOver((X - 1) ** 2, i),
               lambda v, n: total(lambda i: (v["X"][n, i] - 1) ** 2, "D")),
    "maximum": ((n,), ("N",), MaxOver(X, i), lambda v, n: max(v["X"][n])),
    "choice": ((j, i), ("H", "D"), sp.Piecewise((W, W > V), (V, True)),
               lambda v, j, i: max(v["W"][j, i], v["V"][j])),
    "one-hot": ((n, i), ("N", "D"), sp.KroneckerDelta(tensor("T", n), i),
                lambda v, n, i: Fraction(int(v["T"][n] == i))),
    "outer": ((j, k), ("H", "H"), V * tensor("V", k), lambda v, j, k: v["V"][j] * v["V"][k]),
    "quotient": ((n, i), ("N", "D"), X / (2 + SumOver(tensor("X", n, k) ** 2, k)),
                 lambda v, n, i: v["X"][n, i] / (2 + total(lambda k: v["X"][n, k] ** 2, "D"))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_named_axes_against_loops(name):
    """Every kind of equation, exactly, in fractions."""
    indices, axes, rhs, body = CASES[name]
    values = given()
    equation = Equation(tensor("out", *indices), rhs)
    found = evaluate_equations([equation], values, AXES | {"out": axes}, SIZES, FRACTIONS)["out"]
    assert found.shape == tuple(SIZES[a] for a in axes)
    assert (found == loops(values, indices, axes, body)).all()


def test_functions_take_the_working_precision():
    """exp and log in 40 digits."""
    with mpmath.workdps(40):
        arithmetic = high_precision(40)
        x = np.array([arithmetic.number(Fraction(1, 3))], dtype=object)
        e = Equation(tensor("out", n), sp.log(1 + sp.exp(tensor("x", n))))
        axes = {"x": ("N",), "out": ("N",)}
        found = evaluate_equations([e], {"x": x}, axes, {"N": 1}, arithmetic)["out"][0]
        assert abs(found - mpmath.log(1 + mpmath.exp(mpmath.mpf(1) / 3))) < mpmath.mpf(10) ** -38


def test_reference_of_the_worked_example():
    """Loss and gradients under their parameters' names, 30 digits of the reference."""
    parameters = {
        "W1": np.array([["0.2", "0.5"], ["-0.4", "0.6"]]),
        "W2": np.array([["0.1", "-0.3"], ["-0.5", "0.8"]]),
    }
    exact = np.frompyfunc(Fraction, 1, 1)
    found = reference_gradients(
        derive(Network(sizes=[2, 2, 2])),
        exact(np.array([["0.5", "0.3"]])),
        exact(np.array([["0.23", "-0.07"]])),
        {name: exact(value) for name, value in parameters.items()},
        40,
    )
    assert set(found) == {"E", "W1", "W2"}
    with mpmath.workdps(40):
        error = found["W1"][0, 0] - mpmath.mpf("-0.0084214804615022088025072489009968")
        assert abs(error) < mpmath.mpf(10) ** -33
        error = found["E"][()] - mpmath.mpf("0.20970979370783103936466286024441")
        assert abs(error) < mpmath.mpf(10) ** -31


def test_float_arithmetic():
    """Any kind of number: float64 through the same equations."""
    floats = Arithmetic(float, {"exp": math.exp, "log": math.log, "tanh": math.tanh})
    e = Equation(tensor("out", n), SumOver(sp.tanh(X), i))
    values = {"X": np.array([[0.5, 0.25], [1.0, -1.0]], dtype=object)}
    found = evaluate_equations([e], values, AXES | {"out": ("N",)}, {"N": 2, "D": 2}, floats)["out"]
    assert float(found[0]) == math.tanh(0.5) + math.tanh(0.25)
    assert float(found[1]) == 0


def test_mnist_at_fifty_digits():
    """784-128-10 with two samples takes seconds; an entry is the slope of the loss."""
    net = Network(
        sizes=[784, 128, 10],
        activation=["tanh", "identity"],
        loss="cross_entropy",
        targets="classes",
        bias="per-unit",
    )
    stream = np.random.default_rng(0)
    params = {p: stream.normal(size=s) / 28 for p, s in net.parameters.items()}
    inputs, classes = stream.normal(size=(2, 784)), np.array([3, 7])
    start = time.perf_counter()
    found = reference_gradients(derive(net), inputs, classes, params, 50)
    assert time.perf_counter() - start < 15
    assert {name: np.shape(found[name]) for name in params} == dict(net.parameters)
    logits = np.tanh(inputs @ params["W1"].T + params["b1"]) @ params["W2"].T + params["b2"]
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[[0, 1], classes]
    assert abs(float(found["E"]) - losses.mean()) < 1e-12
    with mpmath.workdps(50):
        assert abs(sum(found["b2"])) < mpmath.mpf(10) ** -45
