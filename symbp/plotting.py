"""Pictures as files: one look, and the same bytes for the same picture.

Input: a function that draws on a matplotlib figure.  Output: PNG or SVG.  Imports output and
errors; matplotlib on call.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbp.errors import DependencyError, OutputError
from symbp.output import write_bytes

FORMATS = ("png", "svg")
# Source of the colours: Okabe & Ito, Color Universal Design (2008); they differ for every eye.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000",
)  # fmt: skip
STYLES = ("-", "--", ":", "-.")
GREY = "#666666"  # of bounds and kinks
LARGEST = 1e200  # what is drawn: the axes of matplotlib overflow beyond
SETTINGS: Any = {"svg.hashsalt": "symbp", "font.size": 10, "axes.spines.top": False,
            "axes.spines.right": False}  # fmt: skip


def check_plot(path: Path, flag: str = "--plot") -> None:
    """Refuse before any work is done.

    Args:
        path: Where the picture is to go.
        flag: What asked for it, for the error.

    Raises:
        OutputError: neither .png nor .svg.
        DependencyError: matplotlib is not installed.
    """
    if kind_of(path) not in FORMATS:
        found = f"a plot is written as .png or .svg, found '{path.suffix}'"
        raise OutputError(str(path), found, f"Write {path.stem or 'plot'}.svg, say.")
    if importlib.util.find_spec("matplotlib") is None:
        found = "a plot needs matplotlib, which is not installed"
        raise DependencyError(flag, found, 'Install it: pip install "symbp[plot]".')


def kind_of(path: Path) -> str:
    """What the name of a file says of its format.

    >>> kind_of(Path("gelu.SVG"))
    'svg'
    """
    return path.suffix.lower().lstrip(".")


def picture(
    draw: Callable[[Any], None], kind: str, size: tuple[float, float], dpi: int = 150
) -> bytes:
    """The bytes of a picture.

    Args:
        draw: Is given an empty matplotlib figure.
        kind: "png" or "svg".
        size: Width and height in inches.
        dpi: Dots an inch, of a PNG.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        buffer = io.BytesIO()
        blank = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=blank)
    return buffer.getvalue()


def write_picture(path: Path, draw: Callable[[Any], None], size: tuple[float, float]) -> None:
    """Draw, and write the file in one piece.

    Raises:
        OutputError: neither .png nor .svg, or it cannot be written.
        DependencyError: matplotlib is not installed.
    """
    check_plot(path)
    write_bytes(path, picture(draw, kind_of(path), size))
