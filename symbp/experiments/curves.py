"""Pictures of a run: its loss, and its weights.

Input: a `Run`.  Output: PNG or SVG.  Imports the pipeline, scalars, history and plotting; numpy and
matplotlib on call.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbp import pipeline
from symbp.experiments.history import Run
from symbp.plotting import COLOURS, STYLES, write_picture
from symbp.scalars import ScalarSystem
from symbp.spec import Network

if TYPE_CHECKING:
    import numpy as np

SIZE = (6.4, 4.0)
MOST_POINTS = 2000
MOST_CURVES = 16
LOG_FROM = 20.0


def plot_loss(path: Path, network: Network, run: Run, what: str) -> None:
    """Draw the loss against the step: on a log axis where it falls or grows 20 times.

    With mini-batches the mean of each epoch is drawn too.

    Args:
        path: A .png or .svg file.
        network: For the name of the loss.
        run: With its history.
        what: What was trained and how, for the title.

    Raises:
        OutputError: it cannot be written.
        DependencyError: matplotlib is not installed.
    """

    import numpy as np

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        steps, losses = thinned(run.history.losses)
        middles, means = epoch_means(run)
        if 1 < np.isfinite(means).sum() < len(run.history):
            axes.plot(steps, losses, color=COLOURS[5], linewidth=0.7, label="of the batch")
            axes.plot(middles, means, color=COLOURS[0], linewidth=1.4, label="mean of the epoch")
            axes.legend(fontsize=8, frameon=False)
        else:
            axes.plot(steps, losses, color=COLOURS[0], linewidth=1.2)
        if run.ended != "not finite":
            axes.plot([len(run.history)], [run.final_loss], "o", color=COLOURS[0], markersize=4)
        if log_axis(losses):
            axes.set_yscale("log")
        _stop(axes, run)
        axes.set_xlabel("step")
        axes.set_ylabel(f"loss ({network.loss_row.name}, {network.reduction})")
        axes.set_title(what, loc="left", fontsize=10)
        axes.grid(alpha=0.3)

    write_picture(path, draw, SIZE)


def plot_weights(path: Path, network: Network, run: Run, what: str) -> None:
    """Draw the recorded weights against the step: each by its name, or of many the norms.

    Args:
        path: A .png or .svg file.
        network: For the names w1, w2, ..
        run: With recorded weights.
        what: What was trained and how, for the title.

    Raises:
        OutputError: it cannot be written.
        DependencyError: matplotlib is not installed.
    """

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        number = 0
        for number, (name, values) in enumerate(curves(network, run)):
            colour = COLOURS[number % len(COLOURS)]
            style = STYLES[number // len(COLOURS) % len(STYLES)]
            steps = run.history.weight_steps
            axes.plot(steps, values, style, color=colour, linewidth=1.2, label=name)
        _stop(axes, run)
        axes.set_xlabel("step")
        axes.set_ylabel("weight" if _few(network) else "root mean square")
        axes.set_title(what, loc="left", fontsize=10)
        axes.grid(alpha=0.3)
        figure.legend(loc="outside right upper", fontsize=8, frameon=False, ncols=1 + number // 18)

    write_picture(path, draw, SIZE)


def curves(network: Network, run: Run) -> Iterator[tuple[str, np.ndarray]]:
    """The name and the values of each curve of weights, as long as `weight_steps`."""
    import numpy as np

    recorded = run.history.weights
    if not _few(network):
        for name, values in recorded.items():
            flat = values.reshape(len(values), -1).astype(np.float64)
            yield name, np.sqrt(np.mean(flat**2, axis=1))
        return
    for weight in ScalarSystem(network, pipeline.derive(network)).weights:
        entries = np.moveaxis(recorded[weight.parameter], 0, -1)  # the steps last
        yield weight.name, entries[weight.place]


def thinned(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of a curve of at most 2,000 points that keeps its lows and highs.

    >>> import numpy as np
    >>> steps, losses = thinned(np.r_[np.zeros(5000), 9.0, np.zeros(5000)])
    >>> len(steps) <= 2000, losses.max()
    (True, np.float64(9.0))
    """
    import numpy as np

    if len(values) <= MOST_POINTS:
        return np.arange(len(values)), values
    bins = np.array_split(np.arange(len(values)), MOST_POINTS // 2)
    kept = sorted({int(b[f(values[b])]) for b in bins for f in (np.argmin, np.argmax)})
    return np.array(kept), values[kept]


def epoch_means(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The middle step of each epoch, and the mean of the losses before its steps."""
    import numpy as np

    _, starts, counts = np.unique(run.history.epoch, return_index=True, return_counts=True)
    with np.errstate(over="ignore"):
        means = np.add.reduceat(run.history.losses.astype(np.float64), starts) / counts
    return starts + (counts - 1) / 2, means


def log_axis(losses: np.ndarray) -> bool:
    """Whether the finite losses are all above 0 and the largest 20 times the smallest.

    >>> import numpy as np
    >>> log_axis(np.array([1.0, 0.01, np.inf])), log_axis(np.array([1.0, -5.0]))
    (True, False)
    """
    import numpy as np

    finite = losses[np.isfinite(losses)]
    return bool(len(finite)) and 0 < LOG_FROM * float(finite.min()) < float(finite.max())


def _few(network: Network) -> bool:
    return network.weight_count <= MOST_CURVES


def _stop(axes: Any, run: Run) -> None:
    """Say in the picture where a run was not finite."""
    if run.overflow is None:
        return
    at = run.overflow.iteration
    axes.axvline(at, color=COLOURS[1], linewidth=1)
    text = f"iteration {at}: {run.overflow.quantity} is {run.overflow.value}"
    axes.text(at, 0.5, text, color=COLOURS[1], ha="right" if at else "left", va="center",
              rotation=90, transform=axes.get_xaxis_transform(), fontsize=8)  # fmt: skip


def every(steps: int) -> int:
    """How often weights are recorded for a picture of about 500 points.

    >>> every(1000), every(10)
    (2, 1)
    """
    return max(1, math.ceil(steps / 500))
