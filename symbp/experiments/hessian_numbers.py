"""The Hessian at the numbers of an example: its matrix, its eigenvalues, those of Gauss-Newton.

Input: a network and its derivation.  Output: a frozen `HessianNumbers`; every number comes from the
generated module of second order.  Imports numpy, curvature, objective and scalars.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbp.derivation import Derivation
from symbp.experiments.curvature import DENSE_UP_TO, outer
from symbp.experiments.objective import objective
from symbp.form import Form
from symbp.scalars import ScalarSystem
from symbp.spec import Network

OUTER = 6  # eigenvalues at each end of the spectrum of a large network


@dataclass(frozen=True, slots=True)
class HessianNumbers:
    """What the exact Hessian of the loss is at one point.

    Args:
        names: The P trained numbers, in the order of the matrix.
        rate: The learning rate of the example.
        matrix: (P, P); None where P is so large that it is not made.
        eigenvalues: All of them, the largest first; without a matrix the outer ones.
        gauss_newton: All eigenvalues of the Gauss-Newton matrix, the largest first; None without
            a matrix, or where the loss has trained numbers.
    """

    names: tuple[str, ...]
    rate: float
    matrix: np.ndarray | None
    eigenvalues: np.ndarray
    gauss_newton: np.ndarray | None


def hessian_numbers(network: Network, derivation: Derivation) -> HessianNumbers:
    """Evaluate the Hessian at the example; without one its numbers are drawn from seed 0.

    Raises:
        DependencyError: the network is large and SciPy is not installed.
        SymbpError: the Hessian is not finite.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> found = hessian_numbers(net, derive(net))
    >>> found.matrix.shape, len(found.eigenvalues), found.names[:2]
    ((8, 8), 8, ('w1', 'w3'))
    """
    model = objective(network, Form(second_order=True))
    theta, system = model.start, ScalarSystem(network, derivation)
    names = tuple(system.name(q, p) for q in derivation.gradients for p in system.places(q))
    with np.errstate(all="ignore"):
        if model.size > DENSE_UP_TO:
            largest = outer(model, theta, OUTER).values
            smallest = outer(model, theta, OUTER, "smallest").values
            ends = np.concatenate([largest, smallest[::-1]])
            return HessianNumbers(names, model.rate, None, ends, None)
        matrix = model.hessian(theta)
        newton = None
        if hasattr(model.module, "gauss_newton"):
            of_newton = model.module.gauss_newton(model.params(theta), model.X, model.T)
            newton = np.linalg.eigvalsh(of_newton)[::-1]
    values = np.linalg.eigvalsh(matrix)[::-1]
    return HessianNumbers(names, model.rate, matrix, values, newton)
