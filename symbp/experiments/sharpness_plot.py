"""The loss of a training, and below it lr*lambda_max and what it does to errors.

Input: a `Sharpness` and the name of a file.  Output: PNG or SVG.  Imports sharpness and plotting.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from symbp.experiments.sharpness import NUDGE, Sharpness
from symbp.plotting import COLOURS, GREY, write_picture

SIZE = (7.0, 8.4)


def draw_sharpness(found: Sharpness, path: Path, title: str) -> None:
    """Write the picture in one piece.

    Raises:
        OutputError: neither .png nor .svg, or it cannot be written.
        DependencyError: matplotlib is not installed.
    """
    write_picture(path, lambda figure: panels(figure, found, title), SIZE)


def panels(figure: Any, found: Sharpness, title: str) -> None:
    """Loss, lr*lambda_max, growth of an error, difference of two runs."""
    loss, ratio, growth, apart = figure.subplots(4, 1, sharex=True, height_ratios=(1.3, 1.2, 1, 1))
    every = np.arange(len(found.losses))
    loss.plot(every, found.losses, color=COLOURS[0], linewidth=1.6, label="loss")
    label = f"first weight {NUDGE:.0e} away"
    loss.plot(every, found.nudged, "--", color=COLOURS[1], linewidth=1.1, label=label)
    if np.nanmin(found.losses) > 0:
        loss.set_yscale("log")
    loss.set_ylabel("loss")
    loss.set_title(title, parse_math=False, fontsize=10)
    dots = {"marker": "o", "markersize": 3.5, "linewidth": 1.4}
    ratio.plot(found.steps, found.ratios, color=COLOURS[2], **dots)
    ratio.axhline(2, color=GREY, linestyle="--", linewidth=1)
    ratio.annotate("2", (1.005, 2), xycoords=("axes fraction", "data"), va="center", color=GREY)
    ratio.set_ylabel("lr*lambda_max")
    growth.plot(
        found.steps, found.growth, color=COLOURS[0], linewidth=1.4, label="|1 - lr*lambda_max|"
    )
    growth.plot(
        found.steps, found.measured, "x", color=COLOURS[1], markersize=5, label="measured, two runs"
    )
    growth.axhline(1, color=GREY, linestyle="--", linewidth=1)
    growth.annotate("1", (1.005, 1), xycoords=("axes fraction", "data"), va="center", color=GREY)
    growth.set_ylabel("error grows\na step by")
    shown = np.where(found.difference > 0, found.difference, np.nan)
    apart.plot(every, shown, color=COLOURS[3], linewidth=1.2)
    if np.isfinite(shown).any():
        apart.set_yscale("log")
    apart.set_ylabel("relative difference\nof the two losses")
    apart.set_xlabel("iteration")
    for axis in (loss, growth):
        axis.legend(frameon=False, fontsize=9, loc="best")
    if found.crossing is not None:
        for axis in (loss, ratio, growth, apart):
            axis.axvspan(*found.crossing, color="#DDDDDD", zorder=0, linewidth=0)
