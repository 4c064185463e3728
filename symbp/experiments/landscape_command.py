"""`symbp landscape`: the loss over a plane through the weights, with the path of a training.

Input: a network and flags.  Output: text on the screen, pictures and the grid as files.  Imports
command and terminal; the rest on call.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symbp.command import command, emit, flag
from symbp.errors import OutputError, SpecError
from symbp.exact import brief
from symbp.spec import Network
from symbp.terminal import console, waiting

if TYPE_CHECKING:
    from symbp.experiments.landscape import Landscape

SAVED = (".npz", ".csv")


@command
def landscape(
    network: Network,
    along: Annotated[
        str, typer.Option(help='Two weights, as w5,w8, or "path", "random", "hessian".')
    ] = "path",
    data: Annotated[
        str | None, flag('A .csv, .npz or idx file, or "moons"; none: the example.', "Options")
    ] = None,
    labels: Annotated[Path | None, flag("The idx file of the labels.", "Options")] = None,
    steps: Annotated[int, typer.Option(help="Steps of training.")] = 1000,
    optimizer: Annotated[str, typer.Option(help='Such as adam, or "adam(beta1=0.8)".')] = "sgd",
    init: Annotated[str, typer.Option(help="Such as given, zeros, xavier.")] = "given",
    init_seed: Annotated[int, typer.Option(help="Seed of the first values.")] = 0,
    points: Annotated[int, typer.Option(help="Points of the grid, a side.")] = 61,
    range_: Annotated[
        str | None, flag("From,to of the first and of the second, -1,1,-2,2.", "Options", "--range")
    ] = None,
    direction_seed: Annotated[int, typer.Option(help="Seed of random directions.")] = 0,
    plot: Annotated[Path | None, flag("Draw contours to this .png or .svg.", "Options")] = None,
    surface: Annotated[Path | None, flag("Draw the surface to this file.", "Options")] = None,
    save: Annotated[Path | None, flag("Write the grid to this .npz or .csv.", "Options")] = None,
) -> None:
    """Show the loss over two weights or two directions, with the path of the training.

    Directions: the two in which the path moves most, two random ones whose steps are as long as
    the weights of each unit, or the top eigenvectors of the Hessian where the path ends.

    [bold]Examples[/]

      symbp landscape --along w5,w8 --plot contour.png --surface surface.png

      symbp landscape examples/sine_fit_h10.toml --steps 4000 --plot path.svg

      symbp landscape --along random --range -1,1,-1,1 --save grid.npz
    """
    from symbp.experiments import landscape as stage
    from symbp.experiments.data import read
    from symbp.experiments.landscape_plot import draw_contour, draw_surface
    from symbp.output import write_bytes, write_text
    from symbp.plotting import check_plot

    for path, asked in ((plot, "--plot"), (surface, "--surface")):
        if path is not None:
            check_plot(path, asked)
    if save is not None and save.suffix.lower() not in SAVED:
        found = f"the grid is written as .npz or .csv, found '{save.suffix}'"
        raise OutputError(str(save), found, f"Write {save.stem or 'grid'}.npz, say.")
    limits = None if range_ is None else _numbers(range_)
    with waiting():
        found_ = stage.landscape(
            network, along, steps=steps, points=points, limits=limits,
            direction_seed=direction_seed, dataset=read(data, network, labels),
            optimizer=optimizer, init=init, seed=init_seed,
        )  # fmt: skip
    emit(summary(found_), None)
    title = f"Loss of {network.name}, {found_.path.steps[-1]} steps"
    if plot is not None:
        draw_contour(found_, plot, title)
    if surface is not None:
        draw_surface(found_, surface, title)
    if save is not None and save.suffix.lower() == ".npz":
        write_bytes(save, stage.as_npz(found_))
    elif save is not None:
        write_text(save, stage.as_csv(found_))
    for path in (plot, surface, save):
        if path is not None:
            console(stderr=True).print(f"wrote {path}", markup=False)


def summary(found: Landscape) -> str:
    """What the landscape shows, in a few lines.

    >>> from symbp.experiments.landscape import landscape
    >>> from symbp.spec_file import worked_example
    >>> text = summary(landscape(worked_example(), "w1,w5", steps=20, points=5))
    >>> text.splitlines()[0]
    'plane    a = w1, b = w5'
    """
    path, plane = found.path, found.plane
    lines = [f"plane    a = {plane.labels[0]}, b = {plane.labels[1]}"]
    ends = (f"a from {found.a[0]:.4g} to {found.a[-1]:.4g}, "
            f"b from {found.b[0]:.4g} to {found.b[-1]:.4g}")  # fmt: skip
    lines.append(f"grid     {len(found.a)} x {len(found.b)} losses, {ends}")
    if found.not_finite:
        lines.append(f"         {found.not_finite} of them are not finite")
    for name, k in (("start", 0), ("end", -1)):
        a, b = found.places[k]
        here = f"{name:<8} step {path.steps[k]}, loss {path.losses[k]:.8g}, at a = {a:.4g}"
        lines.append(f"{here}, b = {b:.4g}, where the plane has {found.heights[k]:.8g}")
    if found.lowest is not None:
        a, b, loss = found.lowest
        lines.append(f"lowest   loss {loss:.8g} of the grid, at a = {a:.4g}, b = {b:.4g}")
    if found.share == found.share:
        lines.append(f"path     {found.share:.2%} of its variation lies in the plane")
    else:
        lines.append("path     it does not move")
    if found.diverged is not None:
        lines.append(f"         the loss is not finite from step {found.diverged} on: cut there")
    return "\n".join(lines)


def _numbers(text: str) -> tuple[float, ...]:
    """Numbers apart by commas."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        found = f"found '{brief(text)}', expected four numbers"
        raise SpecError("--range", found, "Write -1,1,-2,2, say.") from None
