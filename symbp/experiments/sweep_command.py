"""`symbp sweep`: flags of the command line as a plan, and what came out as a table or JSON.

Input: a network and options.  Output: a table, JSON, files.  Imports command and terminal; the rest
on call.
"""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from symbp.command import command, emit, flag
from symbp.errors import SpecError
from symbp.spec import Network
from symbp.terminal import console, waiting

GRID, RUN, FILES, WORKERS = "Rates and starts", "Runs", "Files", "Who computes"


@command
def sweep(
    network: Network,
    rates: Annotated[
        str | None,
        flag("LOW:HIGH:COUNT, or one; none: around where descent begins to oscillate.", GRID),
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="Equal ratios, not differences.", rich_help_panel=GRID)
    ] = False,
    low: Annotated[str | None, flag("Zoom: as many rates from here on.", GRID, "--from")] = None,
    high: Annotated[str | None, flag("Zoom: as many rates up to here.", GRID, "--to")] = None,
    init: Annotated[
        str | None, flag("How weights start; none: as in the example, with --seeds xavier.", GRID)
    ] = None,
    seeds: Annotated[str | None, flag("A start for each: FIRST:END, or 0,3,5.", GRID)] = None,
    scales: Annotated[
        str | None, flag("A start for each: the weights times LOW:HIGH:COUNT.", GRID)
    ] = None,
    steps: Annotated[int, typer.Option(help="Of each run.", rich_help_panel=RUN)] = 2000,
    burn_in: Annotated[
        int | None, flag("Steps before anything is measured; none: half of them.", RUN)
    ] = None,
    record: Annotated[
        str, typer.Option(help="loss, or a weight, e.g. w5.", rich_help_panel=RUN)
    ] = "loss",
    last: Annotated[
        int | None, flag("Steps that are recorded; none: the last 128.", RUN)
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            help="Numbers that differ less, times 1 + the largest, are equal; so is a smaller "
            "mean gradient to 0.",
            rich_help_panel=RUN,
        ),
    ] = 1e-4,
    lyapunov: Annotated[
        bool, typer.Option(help="Measure Lyapunov exponents.", rich_help_panel=RUN)
    ] = True,
    plot: Annotated[
        Path | None, flag("Bifurcation diagram: a .png or .svg file.", FILES)
    ] = None,
    map: Annotated[
        Path | None, flag("Map of rates and starts: a .png or .svg file.", FILES)
    ] = None,
    save: Annotated[
        Path | None, flag("Folder for finished chunks; a killed sweep goes on from it.", FILES)
    ] = None,
    chunk: Annotated[
        int | None, flag("Runs that are trained and saved together; none: what fits the cache.",
                         WORKERS)
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option(
            help="local, threads, processes, or the tcp://HOST:PORT of a Dask scheduler.",
            rich_help_panel=WORKERS,
        ),
    ] = "local",
    workers: Annotated[
        int | None, flag("Threads or processes; none: one a core.", WORKERS)
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            help="Seconds in which the Dask scheduler must answer.", rich_help_panel=WORKERS
        ),
    ] = 10.0,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of the table.", rich_help_panel=FILES)
    ] = False,
) -> None:  # fmt: skip
    """Train at thousands of learning rates at once: which settle, oscillate, are chaotic, diverge.

    Each run is converged, periodic, chaotic (a positive Lyapunov exponent), slow (its weights
    still move one way), diverged, or undecided: quasi-periodic, or of a period over 64.

    [bold]Examples[/]

      symbp sweep

      symbp sweep --activation relu --rates 7:12:2000 --plot relu.png

      symbp sweep --y 0.23,0.6 --from 340 --to 370 --record w5 --plot zoom.svg

      symbp sweep --rates 1:1000:400 --log --seeds 0:200 --map map.png --save sweep

      symbp sweep --rates 1:500:100000 --scheduler tcp://127.0.0.1:8786
    """
    from symbp.experiments.dynamics import Timing
    from symbp.experiments.grid import read_rates, read_scales, read_seeds
    from symbp.experiments.sweep_run import Plan, run
    from symbp.experiments.sweep_view import class_table, classes, heading, notes, sweep_json

    burned = steps // 2 if burn_in is None else burn_in
    recorded = max(1, min(128, steps - burned)) if last is None else last
    for name, value in (("--workers", workers), ("--timeout", timeout), ("--chunk", chunk)):
        if value is not None and not 0 < value < 1e9:
            found = f"found {value:g}, expected a number above 0"
            raise SpecError(name, found, "Leave it out, or give a larger one.")
    plan = Plan(
        None if rates is None else read_rates(rates, log), low, high, log, init,
        () if seeds is None else read_seeds(seeds), () if scales is None else read_scales(scales),
        Timing(steps, burned, recorded), tolerance, record, lyapunov, chunk, scheduler, workers,
        timeout, save, plot, map,
    )  # fmt: skip
    with waiting():
        done = run(network, plan)
    for path in done.files:
        console(stderr=True).print(f"wrote {path}", markup=False)
    if save is not None:
        count = done.sweep.chunks
        chunks = f"{count} chunk{'s' if count > 1 else ''}, {done.read or 'none'} there before"
        console(stderr=True).print(f"wrote {save} ({chunks})", markup=False)
    if json:
        extra = {"network": network.name, "log": done.rates.log, "chunks": done.sweep.chunks}
        document = sweep_json(done.sweep, done.found, done.starts, extra)
        emit(json_module.dumps(document, indent=1), None)
        return
    emit(heading(done.sweep, network.name, done.words), None)
    console().print(class_table(done.sweep, classes(done.sweep, done.found)))
    for sentence in notes(done.sweep, done.found):
        emit(sentence, None)
    if done.read < done.sweep.chunks:
        text = f"Computed in {done.found.seconds:.2f} s"
        cost = done.found.seconds / (done.sweep.runs * steps) * 1e9
        emit(f"{text}, {cost:.0f} ns a run and step." if done.read == 0 else f"{text}.", None)
