"""The loss over a plane, with the path of a training on it.

Input: a network, how to train it, and which plane.  Output: a `Landscape`: the generated module's
loss at every point of a grid.  Imports numpy, training, plane, objective and errors.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from symbp.checks import whole_number
from symbp.errors import SpecError
from symbp.experiments.curvature import outer
from symbp.experiments.data import Dataset, fitted, of_example
from symbp.experiments.objective import Objective, objective
from symbp.experiments.overflow import Overflow
from symbp.experiments.plane import (
    Path,
    Plane,
    hessian_plane,
    path_plane,
    random_plane,
    read_along,
    weight_plane,
)
from symbp.experiments.training import run
from symbp.form import Form
from symbp.progress import report
from symbp.spec import Network

MOST_POINTS, MOST_STEPS, KEPT, MOST_NUMBERS = 501, 1_000_000, 200, 20_000_000
PAD, NARROWEST = 0.2, 0.05
SPAN = 100.0


@dataclass(frozen=True, slots=True)
class Landscape:
    """The loss on a grid, and the path.

    Args:
        plane: Which plane.
        a: Places along its first direction, rising, (A,).
        b: Along the second, (B,).
        losses: (B, A); inf or NaN where the module's loss is not finite.
        path: The training.
        places: The nearest places of the plane to the path, (K, 2).
        heights: The loss at these places, (K,): not that of the path, where it leaves the plane.
        share: How much of the path's variation lies in the plane, 0 to 1.
        diverged: The first iteration whose loss or weights are not finite; None: all are.
    """

    plane: Plane
    a: np.ndarray
    b: np.ndarray
    losses: np.ndarray
    path: Path
    places: np.ndarray
    heights: np.ndarray
    share: float
    diverged: int | None

    @property
    def not_finite(self) -> int:
        """At how many points of the grid the loss is not finite."""
        return int(np.sum(~np.isfinite(self.losses)))

    @property
    def lowest(self) -> tuple[float, float, float] | None:
        """a, b and loss of the grid's lowest point; None where no loss is finite."""
        if self.not_finite == self.losses.size:
            return None
        row, column = np.unravel_index(
            np.argmin(np.where(np.isfinite(self.losses), self.losses, np.inf)), self.losses.shape
        )
        return float(self.a[column]), float(self.b[row]), float(self.losses[row, column])


def landscape(
    network: Network,
    along: str = "path",
    *,
    steps: int = 1000,
    points: int = 61,
    limits: Sequence[float] | None = None,
    direction_seed: int = 0,
    dataset: Dataset | None = None,
    **training: Any,
) -> Landscape:
    """Train a network, and look at the loss around the path of its training.

    Args:
        network: Its example gives what is not given otherwise.
        along: "path" (principal directions of the path), "random" (filter-normalised directions),
            "hessian" (top eigenvectors where the path ends), or two weights: "w5,w8".
        steps: Of training; the path keeps about 200 of them.
        points: Of the grid, a side, 2 to 501.
        limits: a from, a to, b from, b to; None: so that the path fits.
        direction_seed: Of random directions.
        dataset: What to train on; the loss shown is that of all its samples.
        training: What else `training.run` takes: optimizer, init, seed, learning_rate, ..

    Raises:
        SpecError: one of these is wrong, or the path spans no plane.

    >>> from symbp.spec_file import worked_example
    >>> found = landscape(worked_example(), "w1,w5", steps=20, points=5)
    >>> found.losses.shape, found.not_finite
    ((5, 5), 0)
    """
    wanted = read_along(along)
    whole_number(steps, "--steps", 1, MOST_STEPS)
    whole_number(points, "--points", 2, MOST_POINTS)
    whole_number(direction_seed, "--direction-seed", 0, 2**32 - 1)
    if limits is not None:
        check_limits(limits)
    found, path, overflow = walk(network, dataset, steps, **training)
    end = path.thetas[-1]
    match wanted:
        case ("path",):
            plane = path_plane(path.thetas, overflow)
        case ("random",):
            plane = random_plane(found, end, direction_seed)
        case ("hessian",):
            second_order = objective(network, Form(second_order=True)).module
            eigen = outer(replace(found, module=second_order), end, 2)
            plane = hessian_plane(eigen.vectors, eigen.values, end)
        case (first, second):
            plane = weight_plane(network, found, (first, second), end)
    places = plane.places(path.thetas)
    least = 2.0 if wanted == ("random",) else 0.0  # a step of 1 is as long as the weights are
    low_a, high_a, low_b, high_b = fitting(places, least) if limits is None else limits
    a, b = np.linspace(low_a, high_a, points), np.linspace(low_b, high_b, points)
    losses = heights(found, plane, list(product(b, a))).reshape(points, points)
    on_path = heights(found, plane, [(y, x) for x, y in places])
    share = plane.share(path.thetas)
    diverged = None if overflow is None else overflow.iteration
    return Landscape(plane, a, b, losses, path, places, on_path, share, diverged)


def heights(found: Objective, plane: Plane, places: Sequence[tuple[float, float]]) -> np.ndarray:
    """The loss at places (b, a) of a plane, shape (number of places,)."""
    losses = np.empty(len(places))
    for k, (y, x) in enumerate(places):
        losses[k] = found.loss(plane.point(x, y))
        if k % 1000 == 0:
            report("loss on the grid", (k + 1) / len(places))
    return losses


def walk(
    network: Network, dataset: Dataset | None, steps: int, **training: Any
) -> tuple[Objective, Path, Overflow | None]:
    """Train, and keep about 200 points of the path, both ends too.

    Returns:
        The loss over all samples as a function, the path as far as it is finite, and what was
        first that was not.

    Raises:
        SpecError: the loss is not finite at the start, or an argument of `run` is wrong.
    """
    found = objective(network)
    every = max(1, math.ceil(steps / min(KEPT, max(2, MOST_NUMBERS // found.size))))
    done = run(
        network, dataset, steps=steps, record_weights=every,
        callback=lambda step, _: report("training", step / steps), **training,
    )  # fmt: skip
    if not math.isfinite(done.initial_loss):
        text = f"the loss of the start is {done.initial_loss}"
        raise SpecError("example", text, "Give smaller weights or inputs.")
    X, T = fitted(dataset or of_example(network), network, "float64")
    found = replace(found, given=done.initial, X=X, T=T)
    kept = done.history.weight_steps
    parts = [done.history.weights[name] for name in found.module.TRAINED]
    thetas = np.concatenate([part.reshape(len(kept), -1) for part in parts], axis=1)
    losses = np.array([found.loss(theta) for theta in thetas])
    fine = slice(int(np.isfinite(losses).argmin()) or None)  # weights may be finite, their loss not
    return found, Path(kept[fine], thetas[fine], losses[fine]), done.overflow


def fitting(places: np.ndarray, least: float = 0.0) -> tuple[float, float, float, float]:
    """a from, a to, b from, b to, so that all places fit with some room.

    Neither side is shorter than `least`, nor than a twentieth of the other.

    >>> [round(x, 9) for x in fitting(np.array([[0.0, 0.0], [1.0, 0.0]]))]
    [-0.2, 1.2, -0.025, 0.025]
    """
    low, high = places.min(axis=0), places.max(axis=0)
    wide = (high - low) * (1 + 2 * PAD)
    widest = wide.max() or 1.0
    wide = np.maximum(wide, max(least, NARROWEST * (high - low).max() or NARROWEST * widest))
    middle = (low + high) / 2
    (a, b), (x, y) = middle - wide / 2, middle + wide / 2
    return float(a), float(x), float(b), float(y)


def log_base(losses: np.ndarray) -> float | None:
    """Where levels of equal ratio count from; None where equal steps do.

    Losses above 0 that span more than a factor of 100 count from 0; others that do count from
    just below the lowest of them.

    >>> log_base(np.array([1e-6, 1.0])), log_base(np.array([0.5, 1.0]))
    (0.0, None)
    """
    finite = losses[np.isfinite(losses)]
    if finite.size == 0:
        return None
    low, high = float(finite.min()), float(finite.max())
    if low > 0:
        return 0.0 if high / low > SPAN else None
    above = np.sort(finite - low)
    usual = float(above[max(1, finite.size // 20)]) if finite.size > 1 else 0.0
    return low - usual / SPAN if 0 < usual < math.inf and (high - low) / usual > SPAN else None


def check_limits(limits: Sequence[float]) -> None:
    """Raise the error for limits that are no two ranges."""
    fine = len(limits) == 4 and all(map(math.isfinite, limits))
    if not fine or limits[0] >= limits[1] or limits[2] >= limits[3]:
        shown = ",".join(f"{x:g}" for x in limits)
        found = f"found {shown}, expected from,to of the first and from,to of the second direction"
        raise SpecError("--range", found, "Write -1,1,-2,2, say.")


def as_npz(found: Landscape) -> bytes:
    """The grid and the path as the bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez(
        buffer, a=found.a, b=found.b, losses=found.losses, labels=np.array(found.plane.labels),
        origin=found.plane.origin, directions=found.plane.directions, steps=found.path.steps,
        thetas=found.path.thetas, path_losses=found.path.losses, places=found.places,
        heights=found.heights, share=found.share,
    )  # fmt: skip
    return buffer.getvalue()


def as_csv(found: Landscape) -> str:
    """The grid, a row a point: a, b, loss, each with the digits that give the number back."""
    rows = ["a,b,loss"]
    for y, row in zip(found.b, found.losses, strict=True):
        rows += [
            f"{float(x)!r},{float(y)!r},{float(z)!r}" for x, z in zip(found.a, row, strict=True)
        ]
    return "\n".join(rows) + "\n"
