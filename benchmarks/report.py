"""What comes out of rounds: tables, ratios, and JSON with the machine it was measured on.

Ratios are times of others divided by the contender's time: above 1 the contender is faster.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.rounds import Row, Spread

LIBRARIES = (
    "numpy", "scipy", "torch", "jax", "jaxlib", "autograd", "casadi", "pytensor", "numba",
    "symforce", "sympy", "symbp",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """Processor, cores, load and versions."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
    }


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def ratios(rows: Iterable[Row], others: Sequence[str]) -> Iterator[dict[str, Any]]:
    """How many times as fast each contender is as each of the others, by smallest and median time.

    >>> rows = [Row("a:1", 1, "torch", seconds=(4.0,)), Row("a:1", 1, "plain", seconds=(2.0,))]
    >>> [r["minimum"] for r in ratios(rows, ["torch"]) if r["contender"] == "plain"]
    [{'torch': 2.0}]
    """
    timed = [row for row in rows if row.seconds]
    by_case: dict[tuple[str, int], dict[str, Spread]] = {}
    for row in timed:
        found = by_case.setdefault((row.case, row.threads), {})
        found[row.contender] = Spread.of(row.seconds)
    for row in timed:
        spreads = by_case[row.case, row.threads]
        own = spreads[row.contender]
        there = [name for name in others if name in spreads]
        yield {
            "case": row.case,
            "threads": row.threads,
            "contender": row.contender,
            "minimum": {name: spreads[name].minimum / own.minimum for name in there},
            "median": {name: spreads[name].median / own.median for name in there},
        }


def table(title: str, rows: Sequence[Row], others: Sequence[str], unit: str) -> Table:
    """Times of one case with their spread, and how much faster than others.

    Args:
        title: Of the table.
        rows: Of one case and number of threads.
        others: Contenders to compare with.
        unit: "us" or "ns".
    """
    scale = {"us": 1e6, "ns": 1e9}[unit]
    found = Table(title=title)
    found.add_column("contender")
    for column in (f"min {unit}", "median", "quartiles", *(f"vs {name}" for name in others)):
        found.add_column(column, justify="right")
    found.add_column("")
    speedups = {r["contender"]: r["minimum"] for r in ratios(rows, others)}
    for row in rows:
        remark = row.reason if row.status == "ok" else f"{row.status}: {row.reason}"
        if not row.seconds:
            found.add_row(row.contender, *[""] * (3 + len(others)), remark)
            continue
        s = Spread.of(row.seconds)
        against = speedups[row.contender]
        found.add_row(
            row.contender,
            number(s.minimum * scale),
            number(s.median * scale),
            f"{number(s.lower * scale)} - {number(s.upper * scale)}",
            *(f"{number(against[name])}x" if name in against else "" for name in others),
            remark,
        )
    return found


def number(value: float) -> str:
    """Three digits that count, in whole numbers from 100 on.

    >>> number(12345.6), number(12.345), number(0.0541)
    ('12,346', '12.3', '0.0541')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write_json(path: Path, found: Mapping[str, Any]) -> None:
    """Write what was measured."""
    path.write_text(json.dumps({"machine": machine(), **found}, indent=1) + "\n", encoding="utf-8")


def console() -> Console:
    """As wide as a table needs where the output is no terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=150)
