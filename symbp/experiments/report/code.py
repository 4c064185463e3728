"""Questions 2 and 3: one step in numbers, and the generated NumPy against torch, step by step.

Input: what is asked.  Output: answers.  Imports objective and pieces; torch on call.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from symbp.errors import DependencyError
from symbp.experiments.compare_view import MOST_WEIGHTS, named_weights, number
from symbp.experiments.explain import Finding
from symbp.experiments.objective import Objective, objective
from symbp.experiments.report import drawings
from symbp.experiments.report.pieces import Answer, Asked, Cell, Grid, Piece, Said, left_out
from symbp.pipeline import derive
from symbp.spec import Network
from symbp.verify.torch_descent import Moment, torch_descent

LOSS, WEIGHT, OUTPUT = 10, 8, 6  # digits
MOST_OUTPUTS = 6
DRAWN = 30  # moments of a curve at most, beside those of the tables


def moments(steps: int) -> tuple[int, ...]:
    """After how many steps the tables show both.

    >>> moments(100), moments(2)
    ((0, 1, 2, 3, 10, 100), (0, 1, 2))
    """
    usual = (0, 1, 2, 3, 10, 100, 1000)
    return tuple(dict.fromkeys((*(n for n in usual if n <= steps), steps)))


def looked_at(steps: int) -> tuple[int, ...]:
    """After how many steps both are looked at: for the tables, and between them for the picture.

    >>> looked_at(3)
    (0, 1, 2, 3)
    """
    between = np.geomspace(1, steps, DRAWN).round().astype(int).tolist()
    return tuple(sorted({*moments(steps), *between}))


def by_hand(asked: Asked) -> Answer:
    """One step of the generated code, from the numbers of the example."""
    model = objective(asked.network)
    walked = _walk(asked.network, model, (0, 1))
    first, second = walked[0], walked[-1]
    values = {"before": first.loss, "after": second.loss, "rate": model.rate}
    said = Finding("report.one step", values)
    outputs = first.outputs[0]
    shown = [float(f"{x:.{OUTPUT}g}") for x in outputs[:MOST_OUTPUTS]]
    more = (Finding("report.outputs", {"outputs": shown}),) if len(outputs) <= MOST_OUTPUTS else ()
    return Answer("2", (Said((Finding("report.numbers"), said, *more)),), (said,))


def against_torch(asked: Asked) -> Answer:
    """The same descent by the generated module and by torch."""
    model = objective(asked.network)
    places = looked_at(asked.steps)
    ours = _walk(asked.network, model, places)
    pieces: list[Piece] = [Said((Finding("report.code"),))]
    try:
        theirs = torch_descent(
            asked.network, model.X, model.T, model.given, model.rate, places
        )  # fmt: skip
    except DependencyError as error:
        shown = _in_tables(ours, asked)
        pieces += [left_out(error), _losses(shown, None, model), *_weights(asked, shown, None)]
        return Answer("3", tuple(pieces), (Finding("report.no torch"),))
    apart = [_apart(a, b, model) for a, b in zip(ours, theirs, strict=False)]
    worst = max(apart)
    gap = max(abs(a.loss - b.loss) for a, b in zip(ours, theirs, strict=False))
    last = ours[len(apart) - 1].steps
    said = Finding(
        "report.same",
        {"steps": last, "weights": f"{worst:.1e}", "loss": f"{gap:.1e}"},
        evidence={"weights": worst, "loss": gap},
    )
    shown, beside = _in_tables(ours, asked), _in_tables(theirs, asked)
    pieces += [_losses(shown, beside, model), *_weights(asked, shown, beside), Said((said,))]
    losses = {"NumPy": [m.loss for m in ours], "torch": [m.loss for m in theirs]}
    title = f"{asked.network.name}, learning rate {model.rate:g}"
    pieces += asked.picture(
        "3_torch", lambda figure: drawings.trainings(figure, places, losses, apart, title),
        drawings.SIZE, Finding("report.both picture"),
    )  # fmt: skip
    if last < places[-1]:
        pieces.append(Said((Finding("report.diverged", {"steps": last}),)))
    return Answer("3", tuple(pieces), (said,))


def _in_tables(walked: Sequence[Moment], asked: Asked) -> tuple[Moment, ...]:
    """The moments that tables show."""
    shown = moments(asked.steps)
    return tuple(moment for moment in walked if moment.steps in shown)


def output_name(network: Network) -> str:
    """The name of what the last layer gives.

    >>> output_name(Network(sizes=[2, 2, 2]))
    'A2'
    """
    forward = [line.equation for line in derive(network).forward]
    return [e.name for e in forward if not e.origin.startswith("loss")][-1]


def _walk(network: Network, model: Objective, places: Sequence[int]) -> tuple[Moment, ...]:
    """The generated module's own `train`, from moment to moment; it ends where it is not finite."""
    outputs = output_name(network)
    theta, done, found = model.start, 0, []
    for steps in places:
        if steps > done:
            theta, _ = model.descend(theta, model.rate, steps - done)
            done = steps
        loss = model.loss(theta)
        if not math.isfinite(loss):
            break
        params = model.params(theta)
        found.append(Moment(steps, loss, model.module.forward(params, model.X)[outputs], params))
    return tuple(found)


def _apart(a: Moment, b: Moment, model: Objective) -> float:
    """The largest difference of a trained number."""
    return float(np.abs(model.flat(a.parameters) - model.flat(b.parameters)).max())


def _losses(ours: Sequence[Moment], theirs: Sequence[Moment] | None, model: Objective) -> Grid:
    heads: list[Cell] = [Finding("report.steps"), Finding("report.numpy loss")]
    if theirs is not None:
        heads += [Finding("report.torch loss"), Finding("report.loss apart"),
                  Finding("report.weights apart")]  # fmt: skip
    rows = []
    for k, a in enumerate(ours):
        row: list[Cell] = [str(a.steps), number(a.loss, LOSS)]
        if theirs is not None and k < len(theirs):
            b = theirs[k]
            row += [
                number(b.loss, LOSS),
                f"{abs(a.loss - b.loss):.1e}",
                f"{_apart(a, b, model):.1e}",
            ]
        rows.append((*row, *["-"] * (len(heads) - len(row))))
    return Grid(Finding("report.both losses"), tuple(heads), tuple(rows))


def _weights(
    asked: Asked, ours: Sequence[Moment], theirs: Sequence[Moment] | None
) -> tuple[Grid, ...]:
    """Every weight of both, where there are few."""
    if asked.network.weight_count > MOST_WEIGHTS:
        return ()
    places = named_weights(asked.network)
    rows: list[tuple[Cell, ...]] = []
    for k, a in enumerate(ours):
        both = [("NumPy", a)]
        if theirs is not None and k < len(theirs):
            both.append(("torch", theirs[k]))
        for who, moment in both:
            values = (number(float(moment.parameters[p][at]), WEIGHT) for p, at in places.values())
            rows.append((str(a.steps) if who == "NumPy" else "", who, *values))
    heads: tuple[Cell, ...] = (Finding("report.steps"), "", *places)
    return (Grid(Finding("report.both weights"), heads, tuple(rows)),)
