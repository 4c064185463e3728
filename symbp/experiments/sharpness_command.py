"""`symbp sharpness`: lambda_max of the Hessian along a training, and the threshold of the rate.

Input: a network and flags.  Output: a table with sentences, or JSON; a picture.  Imports command
and terminal; the rest on call.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symbp.command import command, emit, flag
from symbp.spec import Network
from symbp.terminal import console, waiting

if TYPE_CHECKING:
    from symbp.experiments.explain.finding import Finding
    from symbp.experiments.sharpness import Sharpness

HEADS = ("step", "loss", "lambda_max", "lr*lambda_max", "2/lambda_max", "|1-lr*lambda|", "measured")
WIDE = 1e6  # from here on in powers of ten


@command
def sharpness(
    network: Network,
    steps: Annotated[int, typer.Option(help="Steps of gradient descent.")] = 1000,
    every: Annotated[
        int | None, flag("Steps between two looks; none: a tenth of all.", "Options")
    ] = None,
    threshold: Annotated[
        bool, typer.Option("--threshold", help="Find the rate above which it leaves the minimum.")
    ] = False,
    plot: Annotated[
        Path | None, flag("Draw loss, lr*lambda_max and errors: .png, .svg.", "Options")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the sharpness along a training: the largest eigenvalue of the exact Hessian.

    Gradient descent cannot stay where lr*lambda_max is above 2: each step multiplies an
    error along the top eigenvector by |1 - lr*lambda_max|. That is compared with two runs
    of the generated code. With --threshold, training goes on to the minimum, and the rate
    at which gradient descent begins to leave it is found by bisection.

    Where the loss or its Hessian becomes inf or NaN, the exit code is 1.

    [bold]Examples[/]

      symbp sharpness examples/sine_fit_h10.toml --steps 4000 --every 250 --plot edge.svg

      symbp sharpness examples/tanh_3_layers.toml --threshold

      symbp sharpness --json
    """
    from symbp.experiments.edge import explain
    from symbp.experiments.objective import objective
    from symbp.experiments.sharpness import sharpness as follow
    from symbp.experiments.sharpness_plot import draw_sharpness
    from symbp.experiments.threshold import threshold_of
    from symbp.form import Form
    from symbp.plotting import check_plot

    if plot is not None:
        check_plot(plot)
    with waiting():
        model = objective(network, Form(second_order=True))
        found = follow(network, steps, every, found=model)
        said = list(explain(found))
        if threshold:
            said += threshold_of(network, model)
    emit(as_text(found, said) if not as_json else as_data(found, said), None)
    if plot is not None:
        title = f"{network.name}, learning rate {found.rate:g}"
        draw_sharpness(found, plot, title)
        console(stderr=True).print(f"wrote {plot}", markup=False)
    if found.diverged is not None:
        raise typer.Exit(1)


def as_text(found: Sharpness, said: Sequence[Finding]) -> str:
    """A row a step looked at, and the sentences."""
    rows = [HEADS]
    for k, step in enumerate(found.steps):
        rows.append((
            str(step), f"{found.losses[step]:.8g}", f"{found.tops[k]:.6g}",
            _decimal(found.ratios[k], 5), f"{found.critical[k]:.6g}", _decimal(found.growth[k], 4),
            _decimal(found.measured[k], 4),
        ))  # fmt: skip
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(t.rjust(w) for t, w in zip(row, wide, strict=True)) for row in rows]
    return "\n".join([*lines, "", *(f.text() for f in said)])


def _decimal(value: float, places: int) -> str:
    """With so many decimals; a large number in powers of ten, and what was not measured as -.

    >>> _decimal(1.40312, 4), _decimal(2.230504e53, 4), _decimal(math.nan, 4)
    ('1.4031', '2.23050e+53', '-')
    """
    if math.isnan(value):
        return "-"
    return f"{value:.{places}f}" if abs(value) < WIDE else f"{value:.5e}"


def as_data(found: Sharpness, said: Sequence[Finding]) -> str:
    """The same as JSON; numbers that are not finite are null."""
    columns = {
        "step": found.steps, "loss": found.losses[found.steps], "lambda_max": found.tops,
        "lr*lambda_max": found.ratios, "critical_rate": found.critical,
        "growth": found.growth, "measured_growth": found.measured,
    }  # fmt: skip
    rows = [
        {name: _plain(values[k]) for name, values in columns.items()}
        for k in range(len(found.steps))
    ]
    whole = {
        "learning_rate": found.rate, "rows": rows, "crossing": found.crossing,
        "amplified": found.amplified, "diverged": found.diverged,
        "findings": [
            {"key": f.key, "text": f.text(),
             "evidence": {name: _plain(value) for name, value in f.evidence.items()}}
            for f in said
        ],
    }  # fmt: skip
    return json.dumps(whole, indent=2)


def _plain(value: Any) -> int | float | str | None:
    """A number as JSON has it; what is no number as text."""
    if isinstance(value, str) or value is None:
        return value
    try:
        number = float(value)
    except TypeError:
        return str(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and not isinstance(value, float) else number
