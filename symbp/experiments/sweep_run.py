"""What `symbp sweep` does: starts, rates, chunks, pictures.

Input: a network and a frozen `Plan`.  Output: a `Done`, and files.  Imports grid, sweep and what
they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from symbp.catalog.initializers import GIVEN
from symbp.errors import SpecError, unknown_name
from symbp.experiments.dynamics import (
    CHAOTIC,
    DIVERGED,
    PERIODIC,
    UNDECIDED,
    Timing,
    Tolerances,
)
from symbp.experiments.engine import Arrays, Code, code_of
from symbp.experiments.grid import Rates
from symbp.experiments.initial import initial
from symbp.experiments.schedulers import all_chunks, check_scheduler
from symbp.experiments.sweep import (
    LOSS,
    TIMING,
    Options,
    Sweep,
    Swept,
    chunk_size,
    run_chunk,
    together,
)
from symbp.experiments.sweep_folder import Folder, open_folder
from symbp.experiments.sweep_plot import write_diagram, write_map
from symbp.plotting import check_plot
from symbp.spec import Network

DRAWN = "xavier"  # what --seeds draw from where --init does not say
LOOK = Timing(steps=1000, burn_in=500, record=32)
LOOKED_AT = Rates(1e-4, 1e6, 121, log=True)
WIDEST = 8.0  # times the rate at which descent begins to oscillate


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for.

    Args:
        rates: None looks for them, see `usual_rates`.
        low, high: A part of the rates, for a closer look.
        log: Whether the ratios of neighbours are equal.
        init: The name of an initializer; None takes the numbers of the example.
        seeds: A start for each.
        scales: A start for each: the trained numbers times that.
        timing: Steps, burn-in and record.
        tolerance: What counts as equal, and as a gradient of 0.
        quantity: What is recorded: "loss", or the name of a weight.
        exponents: Whether Lyapunov exponents are measured.
        chunk: Runs that are trained together; None: by the cache.
        scheduler, workers, timeout: As in `schedulers.compute`.
        save: The folder for the chunks.
        plot: The file for the bifurcation diagram.
        map: The file for the map.
    """

    rates: Rates | None = None
    low: str | None = None
    high: str | None = None
    log: bool = False
    init: str | None = None
    seeds: tuple[int, ...] = ()
    scales: tuple[float, ...] = ()
    timing: Timing = TIMING
    tolerance: float = 1e-4
    quantity: str = LOSS
    exponents: bool = True
    chunk: int | None = None
    scheduler: str = "local"
    workers: int | None = None
    timeout: float = 10.0
    save: Path | None = None
    plot: Path | None = None
    map: Path | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A sweep that is done.

    Args:
        sweep, found: What was done, and what came out.
        rates: Of the sweep.
        starts: What tells each start from the others.
        words: The starts in words.
        read: How many chunks were there already.
        files: What was written.
    """

    sweep: Sweep
    found: Swept
    rates: Rates
    starts: tuple[dict[str, object], ...]
    words: str
    read: int
    files: tuple[Path, ...]


def run(network: Network, plan: Plan) -> Done:
    """Do a sweep.

    Raises:
        SpecError: something in the plan is wrong; nothing is written then.
        OutputError: a file cannot be written; finished chunks stay.
        SchedulerError: nobody computes.
    """
    for path, flag in ((plan.plot, "--plot"), (plan.map, "--map")):
        if path is not None:
            check_plot(path, flag)
    labels, axis = _labels(plan)
    if plan.map is not None and (len(labels) == 1):
        found = "a map needs several starts"
        raise SpecError("--map", found, "Add --seeds 0:100, say, or --scales 0:2:100.")
    code = code_of(network, plan.exponents)
    if plan.quantity not in (LOSS, *code.trained):
        raise unknown_name("--record", "quantity", plan.quantity, (LOSS, *code.trained))
    starts = starts_of(network, labels)
    options = Options(plan.timing, Tolerances(plan.tolerance, plan.tolerance), plan.quantity)
    size = plan.chunk or chunk_size(code, plan.timing)
    sweep = Sweep(code, starts, np.ones(1), options, size)  # refuses wrong options early
    check_scheduler(plan.scheduler, plan.timeout)
    rates = plan.rates or replace(usual_rates(code, starts), log=plan.log)
    rates = rates.within(plan.low, plan.high)
    sweep = replace(sweep, rates=rates.values())
    folder = None if plan.save is None else open_folder(plan.save, sweep)
    if folder is not None:
        sweep = folder.sweep
    chunks, read = _chunks(sweep, folder, plan)
    result = together(chunks)
    files = _pictures(network, sweep, result, rates, (axis, labels), plan)
    return Done(sweep, result, rates, labels, _words(labels), read, files)


def _chunks(sweep: Sweep, folder: Folder | None, plan: Plan) -> tuple[list[Swept], int]:
    """Every chunk, and how many of them the folder had."""
    there = set() if folder is None else set(folder.done())
    found = all_chunks(
        sweep, plan.scheduler, plan.workers, plan.timeout,
        lambda number: folder.read(number) if folder and number in there else None,
        lambda number, chunk: folder.write(number, chunk) if folder else None,
    )  # fmt: skip
    return found, len(there)


def _labels(plan: Plan) -> tuple[tuple[dict[str, object], ...], str]:
    """What tells each start from the others, and what a map's other axis is."""
    if len(plan.seeds) > 1 and len(plan.scales) > 1:
        found = "several seeds and several scales"
        raise SpecError("--scales", found, "Give one of the two; the rates are the other axis.")
    init = plan.init or (DRAWN if plan.seeds else GIVEN)
    if init == GIVEN and len(plan.seeds) > 1:
        found = "the numbers of the example are the same for every seed"
        raise SpecError("--seeds", found, "Leave out --init given.")
    labels = tuple(
        {"init": init, "seed": seed, "scale": scale}
        for seed in plan.seeds or (0,)
        for scale in plan.scales or (1.0,)
    )
    return labels, "seed" if len(plan.seeds) > 1 else "scale"


def starts_of(network: Network, labels: Sequence[dict[str, Any]]) -> Arrays:
    """The parameters of every start, by name, each with a row a start.

    Raises:
        SpecError: an unknown initializer, or the example has no numbers to take.

    >>> from symbp.spec import Network
    >>> net = Network(sizes=[1, 1], example={"x": [1], "y": [1], "weights": [3]})
    >>> labels = [{"init": "given", "seed": 0, "scale": scale} for scale in (0, 0.5)]
    >>> starts_of(net, labels)["W1"].tolist()
    [[[0.0]], [[1.5]]]
    """
    samples = len(network.numbers.inputs)
    drawn = [initial(network, la["init"], la["seed"], samples=samples) for la in labels]
    return {
        name: np.array([
            start[name] * (label["scale"] if name in network.trained else 1)
            for start, label in zip(drawn, labels, strict=True)
        ])
        for name in network.parameters
    }  # fmt: skip


def usual_rates(code: Code, starts: Arrays) -> Rates:
    """The rates around which descent begins to oscillate, and what follows.

    A look at 121 rates from 1e-4 to 1e6, equal ratios apart, 1000 steps each, from the first
    start, finds the lowest that is periodic, chaotic or diverges.  The range begins at half of
    it, and ends at 1.25 times the highest that is periodic, chaotic or undecided, but at twice
    to eight times the lowest.

    Raises:
        SpecError: there is none.
    """
    first = {name: rows[:1] for name, rows in starts.items()}
    sweep = Sweep(code, first, LOOKED_AT.values(), Options(LOOK), chunk_size(code, LOOK))
    found = together([run_chunk(sweep.job(number)) for number in range(sweep.chunks)])
    lively = sweep.rates[np.isin(found.kinds, (PERIODIC, CHAOTIC, DIVERGED))]
    if not len(lively):
        text = f"no rate from {LOOKED_AT.low:g} to {LOOKED_AT.high:g} oscillates or diverges"
        raise SpecError("--rates", text, "Give the rates: --rates 0.1:500:2000, say.")
    bounded = sweep.rates[np.isin(found.kinds, (PERIODIC, CHAOTIC, UNDECIDED))]
    lowest = lively[0]
    inside = bounded[bounded < WIDEST / 1.25 * lowest]
    highest = max(1.25 * inside[-1] if len(inside) else 0.0, 2 * lowest)
    return Rates(float(f"{lowest / 2:.2g}"), float(f"{highest:.2g}"))


def _words(labels: Sequence[dict[str, object]]) -> str:
    """The starts, in words."""
    init = str(labels[0]["init"])
    start = "the weights of the example" if init == GIVEN else f"weights {init}"
    for name in ("seed", "scale"):
        values = [label[name] for label in labels]
        if len(set(map(str, values))) > 1:
            return f"{start}, {len(values)} {name}s"
        if name == "seed" and init != GIVEN:
            start += f", seed {values[0]}"
        if name == "scale" and values[0] != 1:
            start += f" times {values[0]:g}"
    return start


def _pictures(
    network: Network, sweep: Sweep, found: Swept, rates: Rates,
    axis: tuple[str, Sequence[dict[str, Any]]], plan: Plan,
) -> tuple[Path, ...]:  # fmt: skip
    written = []
    title = f"{network.name}: gradient descent from {_words(axis[1])}"
    if plan.plot is not None:
        write_diagram(plan.plot, sweep, found, title, rates.log)
        written.append(plan.plot)
    if plan.map is not None:
        name, labels = axis
        rows = np.array([label[name] for label in labels], float)
        text = "seed" if name == "seed" else "scale of the initial weights"
        write_map(plan.map, sweep, found, (text, rows), title, rates.log)
        written.append(plan.map)
    return tuple(written)
