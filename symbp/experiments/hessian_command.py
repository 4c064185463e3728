"""`symbp hessian`: the derivation differentiated once more, entries, numbers and eigenvalues.

Input: a network and flags.  Output: text or JSON.  Imports command, terminal and option_words; the
rest on call.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symbp.command import Out, Weights, command, emit
from symbp.option_words import Report
from symbp.spec import Network
from symbp.terminal import waiting

if TYPE_CHECKING:
    import numpy as np

    from symbp.experiments.hessian_numbers import HessianNumbers
    from symbp.hessian import Entry

MOST_SHOWN, ROUNDING = 12, 1e-14


@command
def hessian(
    network: Network,
    weight: Weights = None,
    entries: Annotated[
        bool, typer.Option("--entries", help="Write every entry out, with its proof.")
    ] = False,
    steps: Annotated[bool, typer.Option(help="Show how each tangent was found.")] = True,
    format: Annotated[Report, typer.Option(help="text or json.")] = Report.text,
    output: Out = None,
) -> None:
    """Differentiate the gradient once more: exact Hessian, its numbers and eigenvalues.

    With --weight the entries of the named weights are written out in closed form and
    proved equal to SymPy's second derivative of the loss.

    `symbp generate --second-order` writes the same lines as NumPy, with products of the
    Hessian, of Gauss-Newton and of the Jacobian, and gradients of single samples;
    `symbp verify --second-order` compares them with torch.

    [bold]Examples[/]

      symbp hessian --no-steps

      symbp hessian --weight w1 --weight w5

      symbp hessian examples/sine_fit_h10.toml --format json
    """
    from symbp import pipeline
    from symbp.experiments.hessian_numbers import hessian_numbers
    from symbp.hessian import entries as entries_of
    from symbp.tangent import tangents

    with waiting():
        derivation = pipeline.derive(network)
        moved = tangents(derivation)
        found = list(entries_of(network, derivation, weight)) if weight or entries else []
        numbers = hessian_numbers(network, derivation)
    if format is Report.json:
        emit(_json(found, numbers), output)
        return
    from symbp.views import step_lines, title

    lines = [title(network), "", "Tangents (q_dot is how q moves along the direction W1_dot, ..)"]
    for line in moved.backward:
        if moved.quantities[line.equation.name].role == "tangent":
            lines.append(f"  {line}")
            if steps:
                lines += step_lines(line)
    lines += [*_entry_lines(found), *_number_lines(numbers)]
    emit("\n".join(lines), output)


def _entry_lines(found: list[Entry]) -> list[str]:
    from symbp.paths import scalar_tree
    from symbp.printers import plain
    from symbp.views import SHOWN_CLOSED

    lines = ["", "Entries"] if found else []
    for entry in found:
        delta = plain(scalar_tree(entry.delta))
        lines += ["", f"  {entry.name}", f"    delta form   {delta}"]
        if entry.closed is not None:
            closed = plain(scalar_tree(entry.closed))
            if len(closed) > SHOWN_CLOSED:
                closed = f"{len(closed)} characters: --format json shows it"
            lines.append(f"    closed form  {closed}")
        lines.append(f"    proof        {entry.proof}")
    return lines


def _number_lines(found: HessianNumbers) -> list[str]:
    from symbp.experiments.hessian_numbers import OUTER

    names, values = found.names, found.eigenvalues
    few = len(names) <= MOST_SHOWN
    lines = ["", f"At the numbers of the example ({len(names)} weights)"]
    if found.matrix is not None and few:
        wide = max(11, *map(len, names))
        lines += ["", f"  {'':>{wide}} " + " ".join(f"{n:>{wide}}" for n in names)]
        for name, row in zip(names, found.matrix, strict=True):
            lines.append(f"  {name:>{wide}} " + " ".join(f"{x:>{wide}.6f}" for x in row))
        lines.append("")
    shown = values if few else [*values[:OUTER], *values[-OUTER:]]
    which = "" if few else f" (the {OUTER} largest and smallest)"
    lines.append(f"  eigenvalues{which}: {_listed(shown, values)}")
    if found.gauss_newton is not None:
        newton = found.gauss_newton[:OUTER]
        lines.append(f"  of Gauss-Newton, largest: {_listed(newton, newton)}")
    top, least = float(values[0]), float(values[-1])
    if top > 0:
        lines.append(
            f"  lambda_max = {top:.6g}: at a minimum, gradient descent would leave it with a "
            f"learning rate above 2/lambda_max = {2 / top:.6g}; "
            f"lr*lambda_max = {found.rate * top:.6g}"
        )
    if least < -ROUNDING * max(top, -least):
        lines.append(
            f"  lambda_min = {least:.6g} is below 0: the loss curves down along that "
            "direction, so this is no minimum"
        )
    return lines


def _listed(shown: Any, values: Any) -> str:
    """Numbers one after the other; what is 0 up to rounding beside the largest is 0."""
    least = ROUNDING * max(abs(float(v)) for v in values)
    return ", ".join(f"{x:.6g}" if abs(x) > least else "0" for x in shown)


def _json(found: list[Entry], numbers: HessianNumbers) -> str:
    from symbp.paths import scalar_tree
    from symbp.printers import plain

    def listed(values: np.ndarray | None) -> list[Any] | None:
        return None if values is None else values.tolist()

    whole = {
        "names": None if numbers.matrix is None else numbers.names,
        "learning_rate": numbers.rate,
        "hessian": listed(numbers.matrix),
        "eigenvalues": listed(numbers.eigenvalues),
        "gauss_newton_eigenvalues": listed(numbers.gauss_newton),
        "entries": [
            {
                "name": e.name,
                "delta": plain(scalar_tree(e.delta)),
                "closed": None if e.closed is None else plain(scalar_tree(e.closed)),
                "proof": str(e.proof),
            }
            for e in found
        ],
    }
    return json.dumps(whole, indent=2)
