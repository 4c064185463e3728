"""A picture of `step`: time divided by torch's time, against the size of the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.networks import Case
from benchmarks.report import ratios
from benchmarks.rounds import Row

MARKERS = "os^vD*PXhp<>d8H"


def plot(path: Path, cases: Sequence[Case], rows: Sequence[Row]) -> None:
    """Draw one panel a number of threads; the format is that of the file's name.

    Raises:
        ValueError: torch was not timed.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    size = {case.name: case.multiplications for case in cases}
    found = [r for r in ratios(rows, ["torch"]) if "torch" in r["minimum"]]
    if not found:
        raise ValueError("--plot shows times divided by torch's, and torch was not timed")
    threads = sorted({r["threads"] for r in found})
    figure, axes = pyplot.subplots(
        1, len(threads), figsize=(6.5 * len(threads), 5.5), sharey=True, squeeze=False
    )
    names = [name for name in dict.fromkeys(r["contender"] for r in found) if name != "torch"]
    for ax, count in zip(axes[0], threads, strict=True):
        for k, name in enumerate(names):
            points = sorted(
                (size[r["case"]], 1 / r["minimum"]["torch"])
                for r in found
                if (r["contender"], r["threads"]) == (name, count)
            )
            if points:
                style = {"marker": MARKERS[k % len(MARKERS)], "color": f"C{k % 10}"}
                style |= {"linestyle": "--", "color": "black"} if name == "limit" else {}
                ax.plot(*zip(*points, strict=True), label=name, linewidth=1, **style)
        ax.axhline(1, color="gray", linewidth=1)
        ax.set(xscale="log", yscale="log", title=f"{count} thread{'s' * (count > 1)}")
        ax.set_xlabel("multiplications in the matrix products of a step")
        ax.grid(True, alpha=0.3)
    axes[0][0].set_ylabel("time / time of torch eager (lower is faster)")
    axes[0][-1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
