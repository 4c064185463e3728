"""Pictures of a landscape: contours, or a surface, with the path of the training on it.

Input: a `Landscape` and the name of a file.  Output: PNG or SVG.  Imports landscape and plotting;
matplotlib on call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from symbp.experiments.landscape import Landscape, log_base
from symbp.plotting import COLOURS, write_picture

SIZE = (7.0, 5.6)
BELOW = "#DDDDDD"
# Where losses fall to rounding error, decades below this part of the highest tell nothing.
DEEPEST = 1e-16
PATH, START, END, LOWEST = "#FFFFFF", COLOURS[4], COLOURS[1], COLOURS[3]


def draw_contour(found: Landscape, path: Path, title: str) -> None:
    """Write the contour picture in one piece.

    Raises:
        OutputError: neither .png nor .svg, or it cannot be written.
        DependencyError: matplotlib is not installed.
    """
    write_picture(path, lambda figure: contour(figure, found, title), SIZE)


def draw_surface(found: Landscape, path: Path, title: str) -> None:
    """Write the picture of the surface in one piece; it raises as `draw_contour` does."""
    write_picture(path, lambda figure: _surface(figure, found, title), SIZE)


def levels(losses: np.ndarray) -> tuple[np.ndarray, bool]:
    """Heights of contour lines, and whether they are of equal ratio.

    Levels of equal ratio are 1, 2 and 5 times powers of ten while that gives a few, else powers.

    >>> levels(np.array([0.0101, 1.9]))[0].tolist()
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0]
    """
    from matplotlib.ticker import MaxNLocator

    finite = losses[np.isfinite(losses)]
    if finite.size == 0:
        return np.array([0.0, 1.0]), False
    low, high = float(finite.min()), float(finite.max())
    base = log_base(losses)
    if base is None:
        pad = (high - low) * 1e-9 or abs(low) * 0.05 or 1e-9
        return np.asarray(MaxNLocator(16).tick_values(low - pad, high + pad)), False
    top = high - base
    bottom = max(low - base, top * DEEPEST)
    first, last = int(np.floor(np.log10(bottom))), int(np.ceil(np.log10(top)))
    step = max(1, (last - first) // 12)
    factors = (1, 2, 5) if last - first <= 6 else (1,)
    heights = [f * 10.0**k for k in range(first, last + step, step) for f in factors]
    inner = [h for h in heights if bottom < h < top]
    under = max(h for h in heights if h <= bottom)
    over = min((h for h in heights if h >= top), default=top)
    return base + np.array([under, *inner, over]), True


def contour(figure: Any, found: Landscape, title: str) -> None:
    from matplotlib.colors import BoundaryNorm
    from matplotlib.patheffects import withStroke

    axis = figure.subplots()
    steps, ratio = levels(found.losses)
    shown = np.ma.masked_invalid(np.clip(found.losses, steps[0], None))
    shown = np.ma.masked_where(~np.isfinite(found.losses), shown)
    axis.set_facecolor(BELOW)
    if found.not_finite < found.losses.size:
        norm = BoundaryNorm(steps, 256)
        filled = axis.contourf(found.a, found.b, shown, levels=steps, norm=norm, cmap="viridis")
        axis.contour(
            found.a, found.b, shown, levels=steps, colors="#00000055", linewidths=0.5,
        )  # fmt: skip
        bar = figure.colorbar(filled, ax=axis, ticks=steps if len(steps) <= 18 else steps[::2])
        bar.set_label("loss, levels of equal ratio" if ratio else "loss")
        bar.ax.set_yticklabels([f"{t:.4g}" for t in bar.get_ticks()])
    if found.not_finite:
        axis.fill(
            [], [], facecolor=BELOW, edgecolor="#888888",
            label=f"no finite loss ({found.not_finite} of {found.losses.size} points)",
        )  # fmt: skip
    x, y = found.places.T
    outline = [withStroke(linewidth=2.8, foreground="black")]
    axis.plot(
        x, y, "-", color=PATH, linewidth=1.4, zorder=4, label="path of the training",
        path_effects=outline,
    )  # fmt: skip
    _marks(axis, found)
    axis.set_xlim(found.a[0], found.a[-1])
    axis.set_ylim(found.b[0], found.b[-1])
    _words(axis, found, title)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)


def _surface(figure: Any, found: Landscape, title: str) -> None:
    axis = figure.add_subplot(projection="3d", computed_zorder=False)
    base = log_base(found.losses)
    floor = levels(found.losses)[0][0] if base is not None else 0.0

    def lifted(losses: np.ndarray) -> np.ndarray:
        """The height that is drawn: a logarithm where losses span decades."""
        with np.errstate(all="ignore"):
            z = losses if base is None else np.log10(np.maximum(losses, floor) - base)
        return np.where(np.isfinite(losses), z, np.nan)

    x, y = np.meshgrid(found.a, found.b)
    z = lifted(found.losses)
    if np.isfinite(z).any():
        axis.plot_surface(
            x, y, np.ma.masked_invalid(z), cmap="viridis", rcount=80, ccount=80, alpha=0.9,
            linewidth=0.1, edgecolor="#00000022", vmin=np.nanmin(z), vmax=np.nanmax(z), zorder=1,
        )  # fmt: skip
    inside = (
        (found.a[0] <= found.places[:, 0]) & (found.places[:, 0] <= found.a[-1])
        & (found.b[0] <= found.places[:, 1]) & (found.places[:, 1] <= found.b[-1])
    )  # fmt: skip
    height = np.where(inside, lifted(found.heights), np.nan)
    axis.plot(
        *found.places.T, height, color=COLOURS[1], linewidth=2, zorder=3,
        label="path of the training, in the plane",
    )  # fmt: skip
    for k, (name, sign) in ((0, ("start", "o")), (-1, ("end", "s"))):
        axis.plot(
            *found.places[k : k + 1 or None].T, height[k : k + 1 or None], sign,
            color=(START, END)[k], markeredgecolor="black", zorder=4, label=name,
        )  # fmt: skip
    axis.set_zlabel("loss" if base is None else "log10(loss)" if base == 0 else
                    f"log10(loss + {-base:.4g})")  # fmt: skip
    if found.not_finite:
        title = f"{title}; {found.not_finite} points without a finite loss are left open"
    axis.view_init(elev=35, azim=-60)
    axis.set_box_aspect(None, zoom=0.9)
    _words(axis, found, title)
    for line in (axis.xaxis, axis.yaxis, axis.zaxis):
        line.label.set_fontsize(9)
        line.labelpad = 8
        line.set_tick_params(labelsize=8)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)


def _marks(axis: Any, found: Landscape) -> None:
    """Start, end and the lowest point of the grid."""
    edge = {"markeredgecolor": "black", "zorder": 5}
    axis.plot(*found.places[0], "o", color=START, markersize=8, label="start", **edge)
    axis.plot(*found.places[-1], "s", color=END, markersize=7, label="end", **edge)
    if found.lowest is not None:
        a, b, loss = found.lowest
        label = f"lowest point of the grid, {loss:.4g}"
        axis.plot(a, b, "*", color=LOWEST, markersize=12, label=label, **edge)


def _words(axis: Any, found: Landscape, title: str) -> None:
    axis.set_xlabel(found.plane.labels[0], parse_math=False)
    axis.set_ylabel(found.plane.labels[1], parse_math=False)
    axis.set_title(title, parse_math=False, fontsize=10)
