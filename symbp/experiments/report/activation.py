"""Question 3b: an activation by its generated code, against torch's, against arbitrary precision.

Input: what is asked.  Output: an answer.  Imports objective, stable and pieces; torch on call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symbp.catalog import Activation
from symbp.errors import DependencyError
from symbp.experiments.explain import Finding
from symbp.experiments.objective import objective
from symbp.experiments.report import drawings
from symbp.experiments.report.pieces import Answer, Asked, Cell, Grid, Piece, Said, left_out
from symbp.spec import Network
from symbp.stable.error import Truth
from symbp.stable.measure import Measure
from symbp.stable.writer import X
from symbp.verify.torch_forms import torch_activation
from symbp.verify.torch_oracle import require_torch

POINTS, SEED = 1500, 0
DRAWN = 1000.0  # how far from 0 the picture goes
REACH = 30.0  # beyond, values may be below the smallest normal number
SHOWN = (-1000.0, -100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """How far code is from the truth, at points.

    Args:
        who: "NumPy" or "torch".
        shown: Values at SHOWN.
        values: At the points.
        errors: There, in ULP; inf where a value is spurious.
        truth: There, the float64 nearest to it.
    """

    who: str
    shown: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    truth: np.ndarray

    def said(self, points: np.ndarray, name: str) -> Finding:
        """The largest error near 0, over all points, and how many values are spurious."""
        near = np.abs(points) <= REACH
        inner = int(np.where(near, self.errors, -1).argmax())
        finite = np.where(np.isfinite(self.errors), self.errors, -1)
        worst = int(finite.argmax())
        details = []
        if finite[worst] > self.errors[inner]:
            value, truth = f"{self.values[worst]:.4g}", f"{self.truth[worst]:.4g}"
            key = "report.ulp all" if value == truth else "report.ulp all, far"
            wide = {"points": len(points), "ulp": f"{finite[worst]:.2g}",
                    "at": f"{points[worst]:.4g}", "value": value}  # fmt: skip
            details.append(Finding(key, wide if value == truth else {**wide, "truth": truth}))
        spurious = np.flatnonzero(~np.isfinite(self.errors))
        if len(spurious):
            values = {"who": self.who, "activation": name, "points": len(points),
                      "spurious": len(spurious), "at": f"{points[spurious[0]]:.4g}"}  # fmt: skip
            details.append(Finding("report.spurious", values))
        values = {"who": self.who, "activation": name, "points": int(near.sum()),
                  "reach": f"{REACH:g}", "ulp": f"{self.errors[inner]:.2g}",
                  "at": f"{points[inner]:.4g}"}  # fmt: skip
        evidence = {"ulp": float(self.errors[inner])}
        return Finding("report.ulp", values, evidence=evidence, details=tuple(details))


def by_formula(asked: Asked) -> Answer:
    """Every activation of the network."""
    rows = {a.text: a for a in asked.network.activations.values() if a.name != "identity"}
    if not rows:
        return Answer("3b", (Said((Finding("report.linear"),)),))
    pieces: list[Piece] = [Said((Finding("report.formula", {"count": POINTS}),))]
    short: list[Finding] = []
    for number, row in enumerate(rows.values(), 1):
        if row.gated or row.learned:
            pieces.append(Said((Finding("report.not alone", {"activation": row.text}),)))
            continue
        found, said = _one(asked, row, number)
        pieces += found
        short += said
    return Answer("3b", tuple(pieces), tuple(short))


def _one(asked: Asked, row: Activation, number: int) -> tuple[list[Piece], list[Finding]]:
    """A table of values, a picture of the errors, a sentence with the largest."""
    network = asked.network
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
    cells = tuple((f"{z:g}", *(f"{c.shown[k]:.10g}" for c in code)) for k, z in enumerate(SHOWN))
    said = [c.said(points, row.text) for c in code]
    if len(code) > 1:
        with np.errstate(invalid="ignore"):
            gaps = np.abs(code[0].values - code[1].values)
        gap = float(np.max(gaps[np.isfinite(points)]))
        said.append(Finding("report.activations apart",
                            {"activation": row.text, "gap": f"{gap:.1e}"}))  # fmt: skip
    caption = Finding("report.values of", {"activation": row.text})
    near = np.abs(points) <= DRAWN
    errors = {c.who: c.errors[near] for c in code}
    shown = np.where(truth.defined, truth.high, np.nan)[near]
    drawn = asked.picture(
        f"3b_{number}_{row.name}",
        lambda f: drawings.errors(f, points[near], shown, errors, row.text),
        drawings.SIZE, Finding("report.errors picture", {"activation": row.text}),
    )  # fmt: skip
    return [Grid(caption, heads, cells), *drawn, Said(tuple(said)), *missing], said


def _measured(who: str, points: np.ndarray, truth: Truth, function: Any) -> Measured:
    with np.errstate(all="ignore"):
        values, shown = function(points), function(np.array(SHOWN))
        errors = truth.errors(values)
    return Measured(who, shown, values, errors, truth.high)


def _by_code(module: Any, z: np.ndarray) -> np.ndarray:
    """The generated layer of one unit, its weight 1; infinity times 1 is infinity."""
    return np.asarray(module.forward({"W1": np.ones((1, 1))}, z[:, None])["A1"][:, 0])


def _by_torch(row: Activation, z: np.ndarray) -> np.ndarray:
    torch = require_torch()
    value = torch_activation(row, torch.tensor(z, dtype=torch.float64), None, {})
    return np.asarray(value.numpy())
