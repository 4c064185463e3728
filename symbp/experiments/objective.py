"""The loss of a generated module as a function of one vector: what curvature and landscapes need.

Input: a network.  Output: an `Objective`, whose every number comes from the generated module.
Imports numpy, form, spec, pipeline and the loader of modules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbp.form import Form
from symbp.pipeline import files
from symbp.spec import Network
from symbp.verify.module import load_source


@dataclass(frozen=True, slots=True)
class Objective:
    """A loss of P trained numbers, side by side in the order of the module's TRAINED.

    Args:
        module: A generated module: `loss`, `loss_and_gradients`, and for curvature `hvp` and
            `hessian`.
        given: Every parameter by name, the frozen ones too: what is not trained stays so.
        X: Inputs, (N, d).
        T: Targets, (N, k) or (N,) classes.
        rate: The learning rate of the example.
    """

    module: Any
    given: Mapping[str, np.ndarray]
    X: np.ndarray
    T: np.ndarray
    rate: float

    @property
    def start(self) -> np.ndarray:
        """The trained numbers of the example, shape (P,)."""
        return self.flat(self.given)

    @property
    def size(self) -> int:
        """P, how many numbers are trained."""
        return sum(self.given[name].size for name in self.module.TRAINED)

    def flat(self, by_name: Mapping[str, np.ndarray]) -> np.ndarray:
        """Arrays by name as one vector, shape (P,); names that are not trained are left out."""
        return np.concatenate([np.ravel(by_name[name]) for name in self.module.TRAINED])

    def params(self, theta: np.ndarray) -> dict[str, np.ndarray]:
        """A vector as the parameters that the module takes."""
        return {**self.given, **self.trained(theta)}

    def trained(self, theta: np.ndarray) -> dict[str, np.ndarray]:
        """A vector as arrays by the name of the trained parameter."""
        found, place = {}, 0
        for name in self.module.TRAINED:
            shape = self.given[name].shape
            size = math.prod(shape)
            found[name] = theta[place : place + size].reshape(shape)
            place += size
        return found

    def loss(self, theta: np.ndarray) -> float:
        """The loss; inf or NaN where it overflows, without a warning."""
        with np.errstate(all="ignore"):
            return float(np.sum(self.module.loss(self.params(theta), self.X, self.T)))

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """d loss / d theta, shape (P,)."""
        with np.errstate(all="ignore"):
            return self.flat(self.module.loss_and_gradients(self.params(theta), self.X, self.T)[1])

    def descend(self, theta: np.ndarray, rate: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Run the module's own `train`: theta after `steps` steps, and the loss before each."""
        with np.errstate(all="ignore"):
            params, losses = self.module.train(self.params(theta), self.X, self.T, rate, steps)
        return self.flat(params), losses

    def hvp(self, theta: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """The exact Hessian at theta times a direction, shape (P,)."""
        moved = self.trained(direction)
        with np.errstate(all="ignore"):
            return self.flat(self.module.hvp(self.params(theta), self.X, self.T, moved))

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """The exact Hessian at theta, shape (P, P)."""
        with np.errstate(all="ignore"):
            return np.asarray(self.module.hessian(self.params(theta), self.X, self.T))


def objective(network: Network, form: Form | None = None) -> Objective:
    """Generate the module of a network, load it, and take the numbers of its example.

    Args:
        network: With or without an example; without, one is drawn from seed 0.
        form: Which code; None takes the plain module.

    >>> found = objective(Network(sizes=[2, 2, 2]))
    >>> found.size, found.start.shape, found.loss(found.start) > 0
    (8, (8,), True)
    """
    module = load_source(files(network, form or Form()), network.name)
    params, X, T, rate = module.example()
    return Objective(module, params, X, T, float(rate))
