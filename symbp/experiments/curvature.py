"""Eigenvalues of the exact Hessian: all of them for a small network, the outer ones for a large.

Input: an objective whose module has second order, and a point.  Output: eigenvalues and vectors.
Imports numpy, objective and errors; SciPy on call.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Literal

import numpy as np

from symbp.errors import DependencyError, SymbpError
from symbp.experiments.objective import Objective

# Up to here the whole matrix is made: its eigenvalues take about as long as a few products.
DENSE_UP_TO = 500


class NotFiniteError(SymbpError):
    """The Hessian has an entry that is inf or NaN."""


@dataclass(frozen=True, slots=True)
class Eigen:
    """Eigenvalues and vectors of a Hessian.

    Args:
        values: The outermost first, shape (k,).
        vectors: Of length 1, a row a value, (k, P); the largest entry of each is positive.
    """

    values: np.ndarray
    vectors: np.ndarray


def spectrum(found: Objective, theta: np.ndarray) -> Eigen:
    """All eigenvalues, the largest first.

    Raises:
        NotFiniteError: the Hessian is not finite.

    >>> from symbp.form import Form
    >>> from symbp.spec import Network
    >>> from symbp.experiments.objective import objective
    >>> found = objective(Network(sizes=[2, 2, 2]), Form(second_order=True))
    >>> all_of_them = spectrum(found, found.start)
    >>> top(found, found.start)[0] == float(all_of_them.values[0])
    True
    """
    matrix = found.hessian(theta)
    _check_finite(matrix)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return Eigen(values[::-1], _signed(vectors.T[::-1]))


def outer(
    found: Objective,
    theta: np.ndarray,
    count: int = 1,
    which: Literal["largest", "smallest"] = "largest",
    start: np.ndarray | None = None,
    dense_up_to: int = DENSE_UP_TO,
) -> Eigen:
    """The largest or the smallest eigenvalues, with their sign, the outermost first.

    Up to `dense_up_to` weights the whole Hessian is made; above, Lanczos takes products of the
    Hessian with vectors only.

    Args:
        found: Its module has `hvp` and `hessian`.
        theta: The point, shape (P,).
        count: How many, 1 to P.
        which: End of the spectrum.
        start: Where Lanczos starts, (P,), such as the vector found nearby; None: a fixed draw.
        dense_up_to: Largest P for the whole matrix.

    Raises:
        DependencyError: Lanczos is needed and SciPy is not installed.
        NotFiniteError: the Hessian is not finite.
        SymbpError: Lanczos does not converge.

    Source:
        Lehoucq, Sorensen & Yang, ARPACK Users' Guide (1998): implicitly restarted Lanczos.
    """
    if found.size <= max(dense_up_to, count):
        whole = spectrum(found, theta)
        ends = slice(0, count) if which == "largest" else slice(-1, -1 - count, -1)
        return Eigen(whole.values[ends], whole.vectors[ends])
    if importlib.util.find_spec("scipy") is None:
        text = f"the Hessian of {found.size} weights needs SciPy, which is not installed"
        raise DependencyError("curvature", text, 'Install it: pip install "symbp[blas]".')
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    def product(direction: np.ndarray) -> np.ndarray:
        moved = found.hvp(theta, np.ravel(direction))
        _check_finite(moved)
        return moved

    matrix = LinearOperator((found.size, found.size), matvec=product, dtype=np.float64)
    first = np.random.default_rng(0).normal(size=found.size) if start is None else start
    end = "LA" if which == "largest" else "SA"
    try:
        values, vectors = eigsh(matrix, k=count, which=end, v0=first, tol=1e-9)
    except ArpackNoConvergence as error:
        text = f"Lanczos found {len(error.eigenvalues)} of {count} eigenvalues"
        raise SymbpError("curvature", text, "Ask for fewer, or look at another step.") from None
    order = np.argsort(values)
    order = order[::-1] if which == "largest" else order
    return Eigen(values[order], _signed(vectors.T[order]))


def top(
    found: Objective, theta: np.ndarray, start: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """lambda_max and its eigenvector, shape (P,); `start` as in `outer`."""
    eigen = outer(found, theta, start=start)
    return float(eigen.values[0]), eigen.vectors[0]


def _signed(rows: np.ndarray) -> np.ndarray:
    """Each row with the sign that makes its largest entry positive."""
    largest = rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)]
    return rows * np.where(largest < 0, -1.0, 1.0)[:, None]


def _check_finite(numbers: np.ndarray) -> None:
    if not np.isfinite(numbers).all():
        found = "the Hessian is not finite"
        raise NotFiniteError("curvature", found, "Look at an earlier step, or take a smaller rate.")
