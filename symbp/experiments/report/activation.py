"""Question 3b: an activation by its generated code, against torch's, against arbitrary precision.

Input: what is asked.  Output: an answer.  Imports objective, stable and pieces; torch on call.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbp.catalog import Activation
from symbp.errors import DependencyError
from symbp.experiments.explain import Finding
from symbp.experiments.objective import objective
from symbp.experiments.report.pieces import Answer, Asked, Cell, Grid, Piece, Said, left_out
from symbp.spec import Network
from symbp.stable.error import Truth
from symbp.stable.measure import Measure
from symbp.stable.writer import X
from symbp.verify.torch_forms import torch_activation
from symbp.verify.torch_oracle import require_torch

POINTS, SEED = 1500, 0
SHOWN = (-1000.0, -100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """How far code is from the truth.

    Args:
        who: "NumPy" or "torch".
        shown: Values at SHOWN.
        largest: The largest error at all points in ULP; inf where a value is spurious.
        at: Where.
        spurious: At how many points a value is inf or NaN, or 0, and should not be.
    """

    who: str
    shown: np.ndarray
    largest: float
    at: float
    spurious: int


def by_formula(asked: Asked) -> Answer:
    """Every activation of the network."""
    rows = {a.text: a for a in asked.network.activations.values() if a.name != "identity"}
    if not rows:
        return Answer("3b", (Said((Finding("report.linear"),)),))
    pieces: list[Piece] = [Said((Finding("report.formula", {"count": POINTS}),))]
    short: list[Finding] = []
    for row in rows.values():
        if row.gated or row.learned:
            pieces.append(Said((Finding("report.not alone", {"activation": row.text}),)))
            continue
        found, said = _one(asked.network, row)
        pieces += found
        short += said
    return Answer("3b", tuple(pieces), tuple(short))


def _one(network: Network, row: Activation) -> tuple[list[Piece], list[Finding]]:
    """A table of values, a sentence with the errors."""
    measure = Measure(row.formula(X, None))
    points, truth = measure.points(POINTS, SEED)
    alone = Network(
        sizes=[1, 1], activation=row.text, accuracy=network.accuracy, constants=network.constants
    )
    module = objective(alone).module
    code = [_measured("NumPy", points, truth, lambda z: _by_code(module, z))]
    missing: list[Piece] = []
    try:
        require_torch()
        code.append(_measured("torch", points, truth, lambda z: _by_torch(row, z)))
    except DependencyError as error:
        missing = [left_out(error)]
    heads: tuple[Cell, ...] = ("z", *(f"{row.name}(z), {c.who}" for c in code))
    cells = tuple(
        (f"{z:g}", *(f"{c.shown[k]:.10g}" for c in code)) for k, z in enumerate(SHOWN)
    )
    said = [
        Finding(
            "report.ulp" if math.isfinite(c.largest) else "report.spurious",
            {"who": c.who, "activation": row.text, "ulp": f"{c.largest:.2g}",
             "at": f"{c.at:.4g}", "points": len(points), "spurious": c.spurious},
            evidence={"ulp": c.largest, "at": c.at},
        )
        for c in code
    ]  # fmt: skip
    caption = Finding("report.values of", {"activation": row.text})
    return [Grid(caption, heads, cells), Said(tuple(said)), *missing], said


def _measured(who: str, points: np.ndarray, truth: Truth, function: Any) -> Measured:
    with np.errstate(all="ignore"):
        errors = truth.errors(function(points))
        shown = function(np.array(SHOWN))
    worst = int(errors.argmax())
    return Measured(who, shown, float(errors[worst]), float(points[worst]),
                    int(np.sum(~np.isfinite(errors))))  # fmt: skip


def _by_code(module: Any, z: np.ndarray) -> np.ndarray:
    """The generated layer of one unit, its weight 1; infinity times 1 is infinity."""
    return np.asarray(module.forward({"W1": np.ones((1, 1))}, z[:, None])["A1"][:, 0])


def _by_torch(row: Activation, z: np.ndarray) -> np.ndarray:
    torch = require_torch()
    value = torch_activation(row, torch.tensor(z, dtype=torch.float64), None, {})
    return np.asarray(value.numpy())
