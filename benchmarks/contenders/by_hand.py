"""NumPy as an expert writes it by hand, and the matrix products alone, which are the limit."""

from __future__ import annotations

import numpy as np

from benchmarks.contenders import Start, Train
from benchmarks.contenders.formulas import target_rows
from benchmarks.networks import Arrays, Case, Data


def in_place(case: Case) -> Start:
    """Every array made once, out= wherever there is one."""

    def start(data: Data) -> Train:
        params = {k: v.copy() for k, v in data.params.items()}
        grads = {k: np.empty_like(v) for k, v in params.items()}
        Z = [np.empty((case.batch, h), case.dtype) for h in case.sizes[1:]]
        dZ = [np.empty_like(z) for z in Z]
        kept = [np.empty_like(z) for z in Z]
        mask = [np.empty(z.shape, bool) for z in Z]
        row = np.empty((case.batch, 1), case.dtype)
        Y = target_rows(case, data)
        A = [data.X, *Z]  # activations overwrite their net inputs
        names = case.activations()

        def forward() -> None:
            for k, name in enumerate(names, 1):
                z = np.dot(A[k - 1], params[f"W{k}"].T, out=A[k])
                if case.biases:
                    np.add(z, params[f"b{k}"], out=z)
                if name == "relu":
                    np.maximum(z, 0, out=z)
                elif name == "tanh":
                    np.tanh(z, out=z)
                elif name == "sigmoid":
                    np.negative(z, out=z)
                    np.exp(z, out=z)
                    np.add(z, 1, out=z)
                    np.reciprocal(z, out=z)

        def output_error() -> None:
            if case.loss == "cross_entropy":
                np.max(A[-1], axis=1, keepdims=True, out=row)
                np.subtract(A[-1], row, out=A[-1])
                np.exp(A[-1], out=A[-1])
                np.sum(A[-1], axis=1, keepdims=True, out=row)
                np.divide(A[-1], row, out=A[-1])
            np.subtract(A[-1], Y, out=dZ[-1])
            scale = {"half_sse": 1, "mse": 2 / Y.size, "cross_entropy": 1 / case.batch}[case.loss]
            np.multiply(dZ[-1], scale, out=dZ[-1])

        def slope(k: int) -> None:
            """Multiply dZ by the derivative of layer k's activation, in forward values."""
            a, dz, name = A[k], dZ[k - 1], names[k - 1]
            if name == "relu":
                np.greater(a, 0, out=mask[k - 1])
                np.multiply(dz, mask[k - 1], out=dz)
            elif name in ("tanh", "sigmoid"):
                np.multiply(a, a, out=kept[k - 1])
                np.subtract(1 if name == "tanh" else a, kept[k - 1], out=kept[k - 1])
                np.multiply(dz, kept[k - 1], out=dz)

        def train(steps: int) -> Arrays:
            for name, value in data.params.items():
                np.copyto(params[name], value)
            for _ in range(steps):
                forward()
                output_error()
                for k in range(case.layers, 0, -1):
                    slope(k)
                    np.dot(dZ[k - 1].T, A[k - 1], out=grads[f"W{k}"])
                    if case.biases:
                        np.sum(dZ[k - 1], axis=0, out=grads[f"b{k}"])
                    if k > 1:
                        np.dot(dZ[k - 1], params[f"W{k}"], out=dZ[k - 2])
                for name, grad in grads.items():
                    np.multiply(grad, case.learning_rate, out=grad)
                    np.subtract(params[name], grad, out=params[name])
            return params

        return train

    return start


def products_alone(case: Case) -> Start:
    """Exactly the products of a step, as np.dot with out=; it trains nothing."""

    def start(data: Data) -> Train:
        W = [data.params[f"W{k}"] for k in range(1, case.layers + 1)]
        A = [data.X, *(np.zeros((case.batch, h), case.dtype) for h in case.sizes[1:])]
        dA = [np.zeros((case.batch, h), case.dtype) for h in case.sizes]
        dW = [np.zeros_like(w) for w in W]
        dA[-1][...] = 1 / case.batch
        calls = []
        for name, *_ in case.products():
            k = int(name.lstrip("ZdWA"))
            if name.startswith("Z"):
                calls.append((A[k - 1], W[k - 1].T, A[k]))
            elif name.startswith("dW"):
                calls.append((dA[k].T, A[k - 1], dW[k - 1]))
            else:
                calls.append((dA[k + 1], W[k], dA[k]))

        def train(steps: int) -> Arrays:
            for _ in range(steps):
                for left, right, out in calls:
                    np.dot(left, right, out=out)
            return {f"W{k}": value for k, value in enumerate(dW, 1)}

        return train

    return start
