"""The forward pass and the loss of a case, for libraries whose arrays look like NumPy's.

Input: the library's NumPy (jax.numpy, autograd.numpy).  Output: the loss as a function to
differentiate.  Written by hand: nothing here comes from symbp.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.networks import Case, Data


def loss_function(xp: Any, case: Case) -> Callable[[Any, Any, Any], Any]:
    """Return loss(params, X, Y), with Y as `target_rows` gives it."""

    def activated(name: str, Z: Any) -> Any:
        if name == "relu":
            return xp.maximum(Z, 0)
        if name == "tanh":
            return xp.tanh(Z)
        return 1 / (1 + xp.exp(-Z)) if name == "sigmoid" else Z

    def loss(params: Any, X: Any, Y: Any) -> Any:
        A = X
        for k, name in enumerate(case.activations(), 1):
            Z = A @ params[f"W{k}"].T
            A = activated(name, Z + params[f"b{k}"] if case.biases else Z)
        if case.loss == "half_sse":
            return xp.sum((A - Y) ** 2) / 2
        if case.loss == "mse":
            return xp.mean((A - Y) ** 2)
        S = A - xp.max(A, axis=1, keepdims=True)
        return -xp.sum(Y * (S - xp.log(xp.sum(xp.exp(S), axis=1, keepdims=True)))) / case.batch

    return loss


def target_rows(case: Case, data: Data) -> np.ndarray:
    """Targets as rows: classes become one-hot."""
    if case.loss != "cross_entropy":
        return data.T
    return np.eye(case.sizes[-1], dtype=case.dtype)[data.T]
