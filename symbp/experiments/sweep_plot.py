"""Pictures of a sweep: the bifurcation diagram, and maps over rates and starts.

Input: a `Sweep` and its `Swept`.  Output: PNG or SVG, in which thousands of points are one image.
Imports sweep, dynamics, plotting and numpy; matplotlib on call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from symbp.experiments.dynamics import (
    CHAOTIC,
    CONVERGED,
    DIVERGED,
    PERIODIC,
    SLOW,
    UNDECIDED,
)
from symbp.experiments.sweep import Sweep, Swept
from symbp.plotting import write_picture

Array = np.ndarray[Any, Any]
SIZE, MAP_SIZE = (9.0, 7.0), (9.0, 6.0)
LABELS = (
    "converged", "period 2", "period 4", "period 8", "other period", "chaotic", "slow",
    "undecided", "diverged",
)  # fmt: skip
# Okabe & Ito's colours, and greys, for the labels.
FILLS = (
    "#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#D55E00", "#DDDDDD", "#CC79A7",
    "#333333",
)  # fmt: skip
MOST_POINTS = 1_000_000  # of many runs fewer steps are drawn
OUTLIERS = 0.005  # share of the points at either end that the window need not show


def shades(found: Swept) -> Array:
    """The place in LABELS of every run, (R,)."""
    periods = np.array([4, 0, 1, 4, 2, 4, 4, 4, 3])  # by period, up to 8
    by_period = periods[np.clip(found.periods, 0, 8)]
    by_period[found.periods > 8] = 4
    fixed = {CONVERGED: 0, CHAOTIC: 5, SLOW: 6, UNDECIDED: 7, DIVERGED: 8}
    shade = np.select([found.kinds == kind for kind in fixed], list(fixed.values()), 0)
    places: Array = np.where(found.kinds == PERIODIC, by_period, shade)
    return places


def write_diagram(path: Path, sweep: Sweep, found: Swept, title: str, log: bool) -> None:
    """The recorded quantity over the rate, the classes, and the Lyapunov exponent.

    Raises:
        OutputError: it cannot be written.
        DependencyError: matplotlib is not installed.
    """
    write_picture(path, lambda figure: diagram(figure, sweep, found, title, log), SIZE)


def write_map(
    path: Path, sweep: Sweep, found: Swept, rows: tuple[str, Array], title: str, log: bool
) -> None:
    """The class, and the Lyapunov exponent, of each rate and start, as coloured images.

    Args:
        path: Where to.
        sweep, found: What was done, and what came out.
        rows: What differs between the starts, and its value for each.
        title: Above it.
        log: Whether the axis of the rates is logarithmic.

    Raises:
        OutputError: it cannot be written.
        DependencyError: matplotlib is not installed.
    """
    write_picture(path, lambda figure: _map(figure, sweep, found, rows, title, log), MAP_SIZE)


def diagram(figure: Any, sweep: Sweep, found: Swept, title: str, log: bool) -> None:
    measured = np.isfinite(found.exponents).any()
    heights = (5, 0.25 * min(sweep.count, 8), 1.6)[: 3 if measured else 2]
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    rates = np.tile(sweep.rates, sweep.count)
    top, strip = axes[:2]
    top.set_title(title, parse_math=False)
    kept = found.kinds != DIVERGED
    values = found.recorded[-max(1, MOST_POINTS // sweep.runs) :, kept]
    if values.size:
        top.plot(
            np.broadcast_to(rates[kept], values.shape).ravel(), values.ravel(), "o", color="black",
            markersize=0.9, markeredgewidth=0, alpha=0.6, rasterized=True,
        )  # fmt: skip
        top.set_ylim(*window(values))
    name = sweep.options.quantity
    top.set_ylabel(f"{name}, the last {max(len(values), 1)} steps", parse_math=False)
    _cells(strip, sweep, shades(found), log)
    strip.set_yticks([])
    strip.set_ylabel("class", rotation=0, ha="right", va="center")
    if measured:
        _exponents(axes[2], rates, found.exponents, shades(found))
    if log:
        axes[-1].set_xscale("log")
    axes[-1].set_xlabel("learning rate")
    axes[-1].set_xlim(*_ends(sweep.rates, log))
    _legend(figure, shades(found))


def window(values: Array) -> tuple[float, float]:
    """What is shown of numbers: all of them, but for a few that run away.

    >>> window(np.concatenate([np.linspace(0, 1, 1001), [1e9]]))[1] < 2
    True
    """
    low, inner_low, inner_high, high = np.quantile(values, [0, OUTLIERS, 1 - OUTLIERS, 1])
    spread = inner_high - inner_low
    if high - low > 1.5 * spread > 0:
        low, high = max(low, inner_low - 0.1 * spread), min(high, inner_high + 0.1 * spread)
    pad = 0.04 * (high - low) or 0.04 * abs(high) or 1.0
    return float(low - pad), float(high + pad)


def _exponents(axis: Any, rates: Array, exponents: Array, shade: Array) -> None:
    """Each run's exponent in the colour of its class."""
    shown = np.isfinite(exponents)
    axis.axhline(0, color="#999999", linewidth=0.8, zorder=1)
    for place in sorted(set(shade[shown].tolist())):
        part = shown & (shade == place)
        axis.plot(
            rates[part], exponents[part], "o", color=FILLS[place], markersize=1.6,
            markeredgewidth=0, rasterized=True, zorder=2,
        )  # fmt: skip
    low, high = window(exponents[shown])
    axis.set_ylim(min(low, -0.02), max(high, 0.02))
    axis.set_ylabel("Lyapunov\nexponent")


def _cells(axis: Any, sweep: Sweep, values: Array, log: bool, rows: Array | None = None) -> None:
    """Each run as a cell of its class's colour: rates across, starts upwards."""
    from matplotlib.colors import ListedColormap

    axis.pcolormesh(
        _edges(sweep.rates, log),
        np.arange(sweep.count + 1) if rows is None else _edges(rows, False),
        values.reshape(sweep.count, -1), cmap=ListedColormap(FILLS), vmin=-0.5,
        vmax=len(FILLS) - 0.5, rasterized=True,
    )  # fmt: skip


def _edges(values: Array, log: bool) -> Array:
    """The ends of the cells around numbers in order.

    >>> _edges(np.array([1.0, 2, 4]), False).tolist()
    [0.5, 1.5, 3.0, 5.0]
    """
    places = np.log(values) if log else np.asarray(values, float)
    if len(places) == 1:
        ends = places[0] + np.array([-0.5, 0.5]) * (abs(places[0]) or 1.0)
    else:
        middle = (places[1:] + places[:-1]) / 2
        ends = np.concatenate(
            [[2 * places[0] - middle[0]], middle, [2 * places[-1] - middle[-1]]]
        )  # fmt: skip
    cells: Array = np.exp(ends) if log else ends
    return cells


def _ends(rates: Array, log: bool) -> tuple[float, float]:
    edges = _edges(rates, log)
    return float(edges[0]), float(edges[-1])


def _legend(figure: Any, shade: Array) -> None:
    from matplotlib.patches import Patch

    present = sorted(set(shade.tolist()))
    patches = [Patch(color=FILLS[k], label=LABELS[k]) for k in present]
    figure.legend(
        handles=patches, loc="outside lower center", ncols=len(present), frameon=False, fontsize=9
    )


def _map(
    figure: Any, sweep: Sweep, found: Swept, rows: tuple[str, Array], title: str, log: bool
) -> None:
    measured = np.isfinite(found.exponents).any()
    axes = np.atleast_1d(figure.subplots(1, 2 if measured else 1, sharey=True))
    label, values = rows
    _cells(axes[0], sweep, shades(found), log, values)
    axes[0].set_title("class")
    axes[0].set_ylabel(label)
    if measured:
        exponents = found.exponents.reshape(sweep.count, -1)
        known = exponents[np.isfinite(exponents)]
        reach = float(np.quantile(np.abs(known), 0.98)) or 1.0
        image = axes[1].pcolormesh(
            _edges(sweep.rates, log), _edges(values, False), np.ma.masked_invalid(exponents),
            cmap="RdBu_r", vmin=-reach, vmax=reach, rasterized=True,
        )  # fmt: skip
        axes[1].set_facecolor(FILLS[8])
        axes[1].set_title("Lyapunov exponent, a step")
        figure.colorbar(image, ax=axes[1], extend="both")
    for axis in axes:
        axis.set_xlabel("learning rate")
        if log:
            axis.set_xscale("log")
        axis.set_xlim(*_ends(sweep.rates, log))
    figure.suptitle(title, parse_math=False)
    _legend(figure, shades(found))
