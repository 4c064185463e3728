"""Second derivatives of a network by torch.func, from the same torch modules as its gradients.

Input: a `Network` and arrays.  Output: float64 arrays by parameter.  torch is imported on call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbp.layers import SAMPLES
from symbp.spec import Network
from symbp.verify.torch_forms import torch_loss
from symbp.verify.torch_oracle import require_torch, torch_output

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class TorchSecondOrder:
    """A network at one point, as torch sees it.

    Args:
        network: What to build.
        X: Inputs (N, D).
        T: Targets (N, K), or (N,) class indices.
        parameters: Every parameter by name.

    Raises:
        DependencyError: torch is not installed.

    >>> net = Network(sizes=[1, 1], activation="identity")
    >>> one = np.ones((1, 1))
    >>> TorchSecondOrder(net, one, 0 * one, {"W1": one}).hvp({"W1": 2 * one})
    {'W1': array([[2.]])}
    """

    network: Network
    X: np.ndarray
    T: np.ndarray
    parameters: Arrays

    def hvp(self, direction: Arrays) -> dict[str, np.ndarray]:
        """The Hessian of the loss times a direction."""
        func = require_torch().func
        point, along = self._point(), self._tensors(direction)
        slope = func.grad(self._loss)
        return _numpy(func.grad(lambda p: _inner(slope(p), along))(point))

    def gnvp(self, direction: Arrays) -> dict[str, np.ndarray]:
        """J^T H J times a direction, H the second derivative of the loss by the output."""
        func = require_torch().func
        point, along = self._point(), self._tensors(direction)
        output, pull = func.vjp(self._output, point)
        # J v is the derivative of u -> v . (J^T u), linear in u: no forward mode is needed.
        moved = func.grad(lambda u: _inner(pull(u)[0], along))(output.detach())
        slope = func.grad(self._loss_of_output)
        curved = func.grad(lambda o: (slope(o) * moved).sum())(output.detach())
        return _numpy(pull(curved)[0])

    def jacobian(self) -> dict[str, np.ndarray]:
        """The derivative of the output by each trained parameter: (N, K, *shape)."""
        return _numpy(require_torch().func.jacrev(self._output)(self._point()))

    def hessian(self) -> np.ndarray:
        """The Hessian, (P, P), the trained parameters side by side in the network's order."""
        func = require_torch().func
        found = func.jacrev(func.jacrev(self._loss))(self._point())
        names = self.network.trained
        size = {name: int(np.prod(self.parameters[name].shape)) for name in names}
        return np.block(
            [[found[a][b].numpy().reshape(size[a], size[b]) for b in names] for a in names]
        )

    def per_sample(self) -> dict[str, np.ndarray]:
        """What each sample adds to the gradient, where the loss sums over the samples."""
        func = require_torch().func

        def of_one(point: Any, n: int) -> Any:
            return self._loss(point, slice(n, n + 1))

        rows = [_numpy(func.grad(of_one)(self._point(), n)) for n in range(len(self.X))]
        return {name: np.stack([row[name] for row in rows]) for name in self.network.trained}

    def _tensors(self, arrays: Arrays) -> dict[str, Any]:
        torch = require_torch()
        return {n: torch.tensor(arrays[n], dtype=torch.float64) for n in self.network.trained}

    def _point(self) -> dict[str, Any]:
        return self._tensors(self.parameters)

    def _leaves(self, point: Mapping[str, Any], rows: slice) -> dict[str, Any]:
        torch = require_torch()
        fixed = {}
        for name, shape in self.network.parameters.items():
            value = self.parameters[name]
            fixed[name] = torch.tensor(value[rows] if SAMPLES in shape else value)
        return {**fixed, **point}

    def _output(self, point: Mapping[str, Any], rows: slice = slice(None)) -> Any:
        torch = require_torch()
        X = torch.tensor(self.X[rows])
        return torch_output(self.network, X, self._leaves(point, rows))

    def _loss_of_output(self, output: Any, rows: slice = slice(None)) -> Any:
        torch = require_torch()
        leaves = self._leaves({}, rows)
        T = torch.tensor(self.T[rows])
        return torch_loss(self.network.loss_row, output, T, self.network.reduction, leaves)

    def _loss(self, point: Mapping[str, Any], rows: slice = slice(None)) -> Any:
        torch = require_torch()
        leaves, T = self._leaves(point, rows), torch.tensor(self.T[rows])
        output = self._output(point, rows)
        return torch_loss(self.network.loss_row, output, T, self.network.reduction, leaves)


def _inner(one: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    return sum((one[name] * other[name]).sum() for name in one)


def _numpy(found: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy() for name, value in found.items()}
