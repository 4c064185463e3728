"""Contenders that build a graph of symbols first: casadi and pytensor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.contenders import NotAvailable, Start, Train
from benchmarks.contenders.formulas import loss_function, target_rows
from benchmarks.networks import Arrays, Case, Data

SCALARS_UP_TO = 5_000  # units times samples that casadi writes out as scalars
MULTIPLICATION = 2e-9  # seconds of one in casadi's products, at least
SLOWEST = 1.0


def casadi_loss(ca: Any, case: Case, params: Mapping[str, Any], X: Any, Y: Any) -> Any:
    """The loss; casadi's matrices are no arrays, so it has a forward pass of its own."""
    kinds = {
        "relu": lambda Z: ca.fmax(Z, 0), "tanh": ca.tanh,
        "sigmoid": lambda Z: 1 / (1 + ca.exp(-Z)), "identity": lambda Z: Z,
    }  # fmt: skip
    A = X
    for k, name in enumerate(case.activations(), 1):
        Z = A @ params[f"W{k}"].T
        A = kinds[name](Z + ca.repmat(params[f"b{k}"].T, case.batch, 1) if case.biases else Z)
    if case.loss != "cross_entropy":
        return ca.sumsqr(A - Y) / (2 if case.loss == "half_sse" else A.numel())
    sums = ca.log(ca.sum2(ca.exp(A)))  # no row maximum in casadi; the outputs are small here
    return -ca.sum1(ca.sum2(Y * (A - ca.repmat(sums, 1, A.shape[1])))) / case.batch


def casadi_step(case: Case) -> Any:
    """Parameters after a step as a casadi function of (parameters in one vector, X, Y).

    Scalars where the network is small, else matrices.
    """
    import casadi as ca

    small = sum(case.sizes) * case.batch <= SCALARS_UP_TO and case.weight_count <= SCALARS_UP_TO
    symbol = ca.SX.sym if small else ca.MX.sym
    theta = symbol("theta", case.weight_count)
    X, Y = symbol("X", case.batch, case.sizes[0]), symbol("Y", case.batch, case.sizes[-1])
    params, start = {}, 0
    for name, shape in case.shapes.items():
        end = start + math.prod(shape)
        params[name] = ca.reshape(theta[start:end], shape[0], math.prod(shape[1:]))
        start = end
    E = casadi_loss(ca, case, params, X, Y)
    moved = theta - case.learning_rate * ca.gradient(E, theta)
    return ca.Function("step", [theta, X, Y], [moved])


def casadi_loop(case: Case) -> Start:
    """A casadi function, called for each step.

    Raises:
        NotAvailable: a step would take longer than anybody waits.
    """
    import casadi as ca

    if (seconds := case.multiplications * MULTIPLICATION) > SLOWEST:
        raise NotAvailable(f"too slow: its products are loops, about {seconds:.0f} s a step")
    step = casadi_step(case)

    def start(data: Data) -> Train:
        first = ca.DM(np.concatenate([v.ravel(order="F") for v in data.params.values()]))
        rows = ca.DM(data.X.astype(float)), ca.DM(target_rows(case, data).astype(float))

        def train(steps: int) -> Arrays:
            theta = first
            for _ in range(steps):
                theta = step(theta, *rows)
            flat, found = theta.full().ravel(), {}
            for name, shape in case.shapes.items():
                own, flat = np.split(flat, [math.prod(shape)])
                found[name] = own.reshape(shape, order="F")
            return found

        return train

    if case.dtype != "float64":
        start.note = "computes in float64"  # type: ignore[attr-defined]
    return start


def pytensor_loop(case: Case) -> Start:
    """Shared variables with updates, compiled by pytensor's default mode."""
    import pytensor
    import pytensor.tensor as pt

    pytensor.config.floatX = case.dtype
    loss_of = loss_function(pt, case)

    def start(data: Data) -> Train:
        params = {k: pytensor.shared(v.copy(), name=k) for k, v in data.params.items()}
        X, Y = pytensor.shared(data.X), pytensor.shared(target_rows(case, data))
        grads = pytensor.grad(loss_of(params, X, Y), list(params.values()))
        rate = np.dtype(case.dtype).type(case.learning_rate)
        moves = [(w, w - rate * g) for w, g in zip(params.values(), grads, strict=True)]
        step = pytensor.function([], [], updates=moves)

        def train(steps: int) -> Arrays:
            for name, value in data.params.items():
                params[name].set_value(value)
            for _ in range(steps):
                step()
            return {name: shared.get_value() for name, shared in params.items()}

        return train

    return start
