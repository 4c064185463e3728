"""The loss over the two weights that moved most, with the path of the training.

Input: what is asked.  Output: an answer.  Imports landscape and pieces.
"""

from __future__ import annotations

import numpy as np

from symbp.errors import SymbpError
from symbp.experiments import landscape_plot
from symbp.experiments.compare_view import named_weights
from symbp.experiments.explain import Finding
from symbp.experiments.landscape import landscape
from symbp.experiments.objective import objective
from symbp.experiments.report.pieces import Answer, Asked, Cell, Grid, Said, left_out

GRID, MOST_NAMED, LARGEST = 41, 500, 20_000


def surface(asked: Asked) -> Answer:
    """Contours, and where the path begins and ends."""
    network = asked.network
    points = GRID if network.weight_count <= LARGEST else GRID // 4
    try:
        along, said = _two(asked)
        found = landscape(network, along, steps=asked.steps, points=points)
    except SymbpError as error:
        return Answer("landscape", (left_out(error),))
    a, b = found.plane.labels
    heads: tuple[Cell, ...] = (Finding("report.steps"), Finding("compare.loss"), a, b)
    rows = tuple(
        (str(found.path.steps[k]), f"{found.path.losses[k]:.6g}", f"{found.places[k][0]:.5g}",
         f"{found.places[k][1]:.5g}")
        for k in (0, -1)
    )  # fmt: skip
    title = f"Loss of {network.name}, {found.path.steps[-1]} steps"
    drawn = asked.picture(
        "landscape", lambda figure: landscape_plot.contour(figure, found, title),
        landscape_plot.SIZE, Finding("report.landscape picture", {"a": a, "b": b}),
    )  # fmt: skip
    end = Finding("report.path ends", {"a": a, "b": b})
    return Answer("landscape", (Said((said,)), Grid(end, heads, rows), *drawn))


def _two(asked: Asked) -> tuple[str, Finding]:
    """The weights that moved most; of a large network the directions of the path."""
    network = asked.network
    if not 2 <= network.weight_count <= MOST_NAMED:
        return "path", Finding("report.along path")
    model = objective(network)
    theta, _ = model.descend(model.start, model.rate, asked.steps)
    end = model.params(theta)
    with np.errstate(invalid="ignore"):
        moved = {
            name: float(np.nan_to_num(abs(end[p][at] - model.given[p][at]), nan=0.0))
            for name, (p, at) in named_weights(network).items()
        }
    first, second = sorted(moved, key=lambda name: -moved[name])[:2]
    values = {"first": first, "second": second, "by": f"{moved[first]:.4g}",
              "other": f"{moved[second]:.4g}", "steps": asked.steps}  # fmt: skip
    return f"{first},{second}", Finding("report.moved most", values)
