"""A picture of an activation and its two derivatives.

Input: a study and the name of a file.  Output: the same bytes for the same study, as PNG or SVG.
Imports study, view and plotting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mpmath

from symbp import plotting
from symbp.plotting import COLOURS, GREY, write_picture
from symbp.study import Study
from symbp.study.enclosure import Curve, point
from symbp.study.pieces import Piece, pieces
from symbp.study.view import formula_text

SIZE = (7.0, 7.5)
WINDOW, WIDEST, POINTS, BITS, LONGEST_TITLE = 5.0, 15.0, 700, 40, 80


def draw(study: Study, path: Path) -> None:
    """Write the picture in one piece.

    Raises:
        OutputError: neither .png nor .svg, or it cannot be written.
        DependencyError: matplotlib is not installed.
    """
    write_picture(path, lambda figure: _panels(figure, study), SIZE)


def picture(study: Study, kind: str) -> bytes:
    """The bytes of the picture, "png" or "svg"."""
    return plotting.picture(lambda figure: _panels(figure, study), kind, SIZE)


def _panels(figure: Any, study: Study) -> None:
    """f, f' and f'' below each other."""
    low, high = window(study)
    cut = pieces(study.formula, study.letter).pieces
    axes = figure.subplots(3, 1, sharex=True, height_ratios=(1.5, 1, 1))
    for row, (axis, colour) in enumerate(zip(axes, COLOURS[:3], strict=True)):
        _panel(axis, study, cut, row, colour, (low, high))
    title = f"f(z) = {formula_text(study.formula)}"
    short = title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 3]}..."
    axes[0].set_title(short, parse_math=False)
    axes[-1].set_xlabel(study.letter.name)
    axes[-1].set_xlim(low, high)


def window(study: Study) -> tuple[float, float]:
    """The part of the line that shows what there is to see.

    >>> import sympy as sp
    >>> from symbp.study import study
    >>> z = sp.Symbol("z", real=True)
    >>> window(study(sp.log(z), z))
    (-0.5, 5.0)
    """
    places = [k.at for k in study.kinks]
    places += [c.at for turns in (study.turns, study.slope_turns) for c in turns.critical]
    reach = max((abs(float(p.number)) for p in places if abs(p.number) <= WIDEST), default=0.0)
    wide = max(WINDOW, min(1.4 * reach, WIDEST))
    first, last = study.domain[0].low, study.domain[-1].high
    low = -wide if first is None else max(-wide, float(first.number) - 0.5)
    high = wide if last is None else min(wide, float(last.number) + 0.5)
    if low < high:
        return low, high
    centre = float((first or last).number) if first or last else 0.0  # type: ignore[union-attr]
    return centre - WINDOW, centre + WINDOW


def _panel(
    axis: Any, study: Study, cut: tuple[Piece, ...], row: int, colour: str,
    span: tuple[float, float],
) -> None:  # fmt: skip
    """One of f, f' and f'', each piece by itself, with kinks and extrema."""
    heights: list[float] = []
    for piece in cut:
        if piece.defined:
            curve = Curve((piece.expr, piece.first, piece.second)[row], study.letter)
            xs = list(_places(piece, *span))
            ys = [_height(curve, x) for x in xs]
            axis.plot(xs, ys, color=colour, linewidth=1.8, zorder=3)
            heights += [y for y in ys if math.isfinite(y)]
    axis.set_ylabel(f"f{chr(39) * row}({study.letter})", parse_math=False, color=colour)
    axis.axhline(0, color="#BBBBBB", linewidth=0.8, zorder=1)
    axis.axvline(0, color="#BBBBBB", linewidth=0.8, zorder=1)
    bottom, top = _limits(heights)
    axis.set_ylim(bottom, top)
    inside: Callable[[float], bool] = lambda x: span[0] <= x <= span[1]  # noqa: E731
    for number, kink in enumerate(k for k in study.kinks if inside(float(k.at.number))):
        label = "kink, jump, pole or end" if number == row == 0 else None
        axis.axvline(
            float(kink.at.number), color=GREY, linestyle=(0, (4, 3)), linewidth=1,
            zorder=2, label=label,
        )  # fmt: skip
    turns = (study.turns, study.slope_turns, None)[row]
    found = [c for c in turns.critical if inside(float(c.at.number))] if turns else []
    if found:
        axis.plot(
            [float(c.at.number) for c in found], [float(c.value.number) for c in found], "o",
            color=colour, markeredgecolor="black", markersize=6, zorder=4,
            label="extremum" if all(c.kind != "inflection" for c in found) else "stationary",
        )  # fmt: skip
    if axis.get_legend_handles_labels()[0]:
        axis.legend(frameon=False, fontsize=9, loc="best")


def _places(piece: Piece, low: float, high: float) -> Iterator[float]:
    """Points of a piece in the window, close to its ends too."""
    left, right = piece.bounds
    start = max(low, float(left)) if left is not None else low
    stop = min(high, float(right)) if right is not None else high
    if start < stop:
        edge = (stop - start) * 1e-9
        yield start + edge
        step = (stop - start) / POINTS
        yield from (start + step * k for k in range(1, POINTS))
        yield stop - edge


def _height(curve: Curve, x: float) -> float:
    value = curve.number(point(x), BITS)
    if value is None or mpmath.isnan(value) or abs(value) > 1e12:
        return math.nan
    return float(value)


def _limits(heights: list[float]) -> tuple[float, float]:
    """The range of what is drawn, without the few points that run away."""
    if not heights:
        return -1.0, 1.0
    ordered = sorted(heights)
    low, high = ordered[0], ordered[-1]
    inner = [ordered[round(share * (len(ordered) - 1))] for share in (0.04, 0.96)]
    spread = inner[1] - inner[0]
    if high - low > 3 * spread > 0:
        low, high = inner[0] - 0.2 * spread, inner[1] + 0.2 * spread
    pad = 0.08 * (high - low) or 0.5
    return low - pad, high + pad
