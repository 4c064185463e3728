"""Planes through the space of all trained numbers: by two weights, or by two directions.

Input: an objective, and the path of a training.  Output: a `Plane`.  Imports numpy, objective,
scalars, pipeline and errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbp.errors import SpecError
from symbp.exact import brief
from symbp.experiments.objective import Objective
from symbp.experiments.overflow import Overflow
from symbp.pipeline import derive
from symbp.scalars import ScalarSystem
from symbp.spec import Network

FLAG = "--along"
KINDS = ("path", "random", "hessian")


@dataclass(frozen=True, slots=True)
class Path:
    """Where a training went.

    Args:
        steps: Iterations that were kept, rising from 0, shape (K,).
        thetas: The trained numbers there, (K, P), all of them finite.
        losses: The loss there, (K,).
    """

    steps: np.ndarray
    thetas: np.ndarray
    losses: np.ndarray


@dataclass(frozen=True, slots=True)
class Plane:
    """The points origin + a*directions[0] + b*directions[1].

    Args:
        origin: Shape (P,).
        directions: Shape (2, P); they need be neither orthogonal nor of length 1.
        labels: What a and b are.

    Raises:
        SpecError: the directions span no plane.

    >>> plane = Plane(np.zeros(3), np.array([[1.0, 0, 0], [1.0, 1, 0]]), ("a", "b"))
    >>> plane.point(2.0, 1.0).tolist(), plane.places(np.array([[3.0, 1, 7]])).round(9).tolist()
    ([3.0, 1.0, 0.0], [[2.0, 1.0]])
    """

    origin: np.ndarray
    directions: np.ndarray
    labels: tuple[str, str]

    def __post_init__(self) -> None:
        lengths = np.linalg.norm(self.directions, axis=1)
        units = self.directions / np.where(lengths > 0, lengths, 1)[:, None]
        spread = np.linalg.svd(units, compute_uv=False)
        if len(spread) < 2 or spread[1] < 1e-8:
            found = f"{self.labels[0]} and {self.labels[1]} span no plane"
            raise SpecError(FLAG, found, "Take two weights, as w1,w2, or directions that differ.")

    def point(self, a: float, b: float) -> np.ndarray:
        """The trained numbers at a place of the plane, shape (P,)."""
        moved: np.ndarray = self.origin + a * self.directions[0] + b * self.directions[1]
        return moved

    def places(self, thetas: np.ndarray) -> np.ndarray:
        """The nearest place of the plane for each point, (K, P) -> (K, 2)."""
        found = np.linalg.lstsq(self.directions.T, (thetas - self.origin).T, rcond=None)[0]
        return np.asarray(found).T

    def share(self, thetas: np.ndarray) -> float:
        """How much of the variation of some points about their mean lies in the plane, 0 to 1.

        NaN where the points do not vary.
        """
        moved = thetas - thetas.mean(axis=0)
        scale = np.abs(moved).max()
        if scale == 0:
            return float("nan")
        basis = np.linalg.qr(self.directions.T)[0]
        return float(np.sum((moved / scale @ basis) ** 2) / np.sum((moved / scale) ** 2))


def weight_plane(
    network: Network, objective: Objective, names: tuple[str, str], end: np.ndarray
) -> Plane:
    """The plane of two weights, the others as at `end`; a place is the values of the two.

    Raises:
        SpecError: no such weight, a frozen one, or twice the same.
    """
    system = ScalarSystem(network, derive(network))
    found = [system.find(name, FLAG) for name in names]
    if found[0] == found[1]:
        text = f"'{brief(names[0])}' and '{brief(names[1])}' are the same weight"
        raise SpecError(FLAG, text, "Name two, as w1,w2.")
    places = objective.trained(np.arange(objective.size))
    flat = [int(places[weight.parameter][weight.place]) for weight in found]
    directions = np.zeros((2, objective.size))
    directions[[0, 1], flat] = 1.0
    origin = end.copy()
    origin[flat] = 0.0
    return Plane(origin, directions, (found[0].name, found[1].name))


def random_plane(objective: Objective, end: np.ndarray, seed: int) -> Plane:
    """Two random directions through `end`, filter-normalised.

    Entries are normal; then the part of each unit's incoming weights (a row of a matrix) gets the
    length that those weights have at `end`, so that a step of 1 means the same for every
    unit.  Vectors, such as biases, and single numbers stay as they are.

    Raises:
        SpecError: all of these weights are 0 at `end`.

    Source:
        Li, Xu, Taylor, Studer & Goldstein, Visualizing the Loss Landscape of Neural Nets (2018),
        section 4; biases as in the authors' code (ignore = biasbn).
    """
    stream = np.random.default_rng(seed)
    directions = np.zeros((2, objective.size))
    for direction in directions:
        parts = objective.trained(direction)
        for name, weights in objective.trained(end).items():
            if weights.ndim < 2:
                continue
            drawn = stream.normal(size=weights.shape).reshape(len(weights), -1)
            wanted = np.linalg.norm(weights.reshape(len(weights), -1), axis=1)
            rows = drawn * (wanted / np.linalg.norm(drawn, axis=1))[:, None]
            parts[name][...] = rows.reshape(weights.shape)
    if not directions.any():
        found = "every matrix of weights is 0 where training ends, so no direction has a length"
        raise SpecError(FLAG, found, "Take --along path, or two weights.")
    return Plane(end, directions, ("random direction 1", "random direction 2"))


def path_plane(thetas: np.ndarray, overflow: Overflow | None = None) -> Plane:
    """The two leading principal directions of a path, through its end.

    Each has length 1 and the sign that makes the path end to the right of where it starts.

    Args:
        thetas: The weights on the path, a row a point.
        overflow: What ended the training early; None: nothing did.

    Raises:
        SpecError: the path stays on a line.

    Source:
        Li et al. (2018), section 7.2.
    """
    moved = thetas - thetas.mean(axis=0)
    _, lengths, rows = np.linalg.svd(moved, full_matrices=False)
    line = len(lengths) < 2 or lengths[1] <= 1e-10 * lengths[0]
    if line and overflow is not None:
        found = f"training ends too early to span a plane; {overflow}"
        raise SpecError(FLAG, found, "Take a smaller rate, --lr.")
    if line:
        found = "the path of the training stays on a line, or does not move"
        raise SpecError(FLAG, found, "Train for more steps, or take --along random.")
    shares = lengths**2 / np.sum(lengths**2)
    ahead = rows[:2] @ (thetas[-1] - thetas[0])
    labels = [f"principal direction {k + 1} ({shares[k]:.2%} of the path)" for k in range(2)]
    directions = rows[:2] * np.where(ahead < 0, -1.0, 1.0)[:, None]
    return Plane(thetas[-1], directions, (labels[0], labels[1]))


def hessian_plane(vectors: np.ndarray, values: np.ndarray, end: np.ndarray) -> Plane:
    """The eigenvectors of the two largest eigenvalues of the Hessian at `end`.

    Args:
        vectors: Shape (2, P).
        values: Shape (2,), the largest first.
        end: Shape (P,).
    """
    labels = [f"eigenvector {k + 1} (eigenvalue {values[k]:.4g})" for k in range(2)]
    return Plane(end, vectors, (labels[0], labels[1]))


def read_along(text: str) -> tuple[str, ...]:
    """What --along says: one of KINDS, or the names of two weights, apart by a comma.

    A comma within brackets does not part: W2[0,0],W2[0,1] are two names.

    Raises:
        SpecError: neither one nor two.

    >>> read_along("W2[0,0], w8"), read_along("path")
    (('W2[0,0]', 'w8'), ('path',))
    """
    if text.strip() in KINDS:
        return (text.strip(),)
    depth, names = 0, [""]
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            names.append("")
        else:
            names[-1] += letter
    found = tuple(name.strip() for name in names)
    if len(found) != 2 or not all(found):
        said = f"found '{brief(text)}', expected two weights or one of {', '.join(KINDS)}"
        raise SpecError(FLAG, said, "Write w1,w2, say.")
    return found
