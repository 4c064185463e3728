"""What a sweep found, for readers: classes with their ranges of rates, as a table and as JSON.

Input: a `Sweep` and its `Swept`.  Output: classes, text, JSON.  Imports sweep, dynamics and numpy;
rich on call.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symbp.experiments.dynamics import DIVERGED, KINDS, PERIODIC, threshold
from symbp.experiments.sweep import LOSS, Sweep, Swept

if TYPE_CHECKING:
    from rich.table import Table

MOST_RANGES = 4
NONE = (math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Class:
    """Runs that did the same.

    Args:
        kind: One of dynamics.KINDS.
        period: Of periodic runs, 1 of converged ones, else 0.
        runs: How many.
        ranges: Of one start, the rates of neighbours, each from the lowest to the highest.
        rates: The lowest and the highest rate.
        losses: The lowest and the highest mean loss at the end.
        exponents: The lowest and the highest Lyapunov exponent; None where none was measured.
    """

    kind: str
    period: int
    runs: int
    ranges: tuple[tuple[float, float], ...]
    rates: tuple[float, float]
    losses: tuple[float, float]
    exponents: tuple[float, float] | None

    @property
    def name(self) -> str:
        """As it is called in tables.

        >>> Class("periodic", 4, 1, (), (1, 1), (0, 0), None).name
        'period 4'
        """
        return f"period {self.period}" if self.kind == KINDS[PERIODIC] else self.kind


def classes(sweep: Sweep, found: Swept) -> tuple[Class, ...]:
    """The classes of a sweep, in the order of KINDS and of periods."""
    rates = np.tile(sweep.rates, sweep.count)
    keys = sorted(set(zip(found.kinds.tolist(), found.periods.tolist(), strict=True)))
    made = []
    for kind, period in keys:
        chosen = (found.kinds == kind) & (found.periods == period)
        ranges = tuple(_ranges(sweep.rates, chosen)) if sweep.count == 1 else ()
        spans = (_span(rates[chosen]) or NONE, _span(found.losses[chosen]) or NONE)
        runs = int(np.count_nonzero(chosen))
        exponents = _span(found.exponents[chosen])
        made.append(Class(KINDS[kind], period, runs, ranges, *spans, exponents))
    return tuple(made)


def _span(values: np.ndarray[Any, Any]) -> tuple[float, float] | None:
    """The smallest and the largest that is a number."""
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else None


def _ranges(rates: np.ndarray[Any, Any], chosen: np.ndarray[Any, Any]) -> list[tuple[float, float]]:
    """Neighbours that are chosen, each with its first and its last rate.

    >>> _ranges(np.array([1.0, 2, 3, 4]), np.array([True, True, False, True]))
    [(1.0, 2.0), (4.0, 4.0)]
    """
    edges = np.diff(np.concatenate([[0], chosen.astype(int), [0]]))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return [(float(rates[a]), float(rates[b])) for a, b in zip(firsts, lasts, strict=True)]


def number(value: float) -> str:
    """Five significant digits.

    >>> number(135.06753), number(0.002468), number(float("inf"))
    ('135.07', '0.002468', 'inf')
    """
    return f"{value:.5g}"


def _to(span: tuple[float, float]) -> str:
    low, high = number(span[0]), number(span[1])
    return low if low == high else f"{low} to {high}"


def heading(sweep: Sweep, name: str, words: str) -> str:
    """What was done, in one line."""
    timing = sweep.options.timing
    rates = f"{len(sweep.rates)} rates" if len(sweep.rates) > 1 else "1 rate"
    return (
        f"{name}: {rates}, {_to((float(sweep.rates[0]), float(sweep.rates[-1])))}; {words}; "
        f"{timing.steps} steps each, {timing.burn_in} burned in, the last {timing.record} recorded"
    )


def class_table(sweep: Sweep, found: Sequence[Class]) -> Table:
    """A row for each class."""
    from rich.table import Table

    table = Table()
    table.add_column("class")
    table.add_column("runs", justify="right")
    table.add_column("learning rates", overflow="fold")
    table.add_column("mean loss")
    measured = any(c.exponents for c in found)
    if measured:
        table.add_column("Lyapunov exponent")
    for c in found:
        shown = [_to(span) for span in (c.ranges or (c.rates,))[:MOST_RANGES]]
        more = len(c.ranges) - MOST_RANGES
        text = ", ".join([*shown, *([f"and {more} more"] if more > 0 else [])])
        row = [c.name, str(c.runs), text, "" if math.isnan(c.losses[0]) else _to(c.losses)]
        exponents = [_to(c.exponents) if c.exponents else ""] if measured else []
        table.add_row(*row, *exponents)
    return table


def notes(sweep: Sweep, found: Swept) -> list[str]:
    """What a table does not say."""
    said = []
    tolerance = sweep.options.tolerances.state
    moving = found.drifts > tolerance
    count = int(np.count_nonzero(moving & (found.periods > 0)))
    if count:
        said.append(
            f"In {count} of the runs that settled, weights still move by up to "
            f"{number(float(found.drifts[moving & (found.periods > 0)].max()))} a step, always the "
            f"same way, at a mean gradient of at most {sweep.options.tolerances.pull:g}: "
            "where they run to, the loss has no minimum, or training has not reached it."
        )
    settled = found.exponents[found.periods > 0]
    parted = settled[settled > threshold(sweep.options.timing.measured)]
    if len(parted):
        said.append(
            f"In {len(parted)} of the runs that settled, the Lyapunov exponent is above 0, up to "
            f"{number(float(parted.max()))}: it is a mean from the burn-in on, and neighbours "
            "parted before the run settled, or still do where it is about to leave an unstable "
            "orbit. More --steps tell which."
        )
    bounded = found.kinds != DIVERGED
    if bounded.any() and np.isnan(found.exponents[bounded]).all():
        said.append("Lyapunov exponents were not measured, so nothing is called chaotic.")
    return said


def sweep_json(
    sweep: Sweep, found: Swept, starts: Sequence[Mapping[str, object]], extra: Mapping[str, object]
) -> dict[str, object]:
    """Everything of the table, and every range, as plain data; what is not finite becomes null."""

    def plain(value: Any) -> Any:
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, dict):
            return {key: plain(v) for key, v in value.items()}
        return [plain(v) for v in value] if isinstance(value, list | tuple) else value

    timing, tolerances = asdict(sweep.options.timing), asdict(sweep.options.tolerances)
    return {
        "rates": {"lowest": float(sweep.rates[0]), "highest": float(sweep.rates[-1]),
                  "count": len(sweep.rates)},
        "starts": list(starts),
        **timing,
        "tolerances": tolerances,
        "quantity": sweep.options.quantity,
        "classes": [plain(asdict(c)) for c in classes(sweep, found)],
        "notes": notes(sweep, found),
        "seconds": round(found.seconds, 3),
        **extra,
    }  # fmt: skip


def quantity_name(quantity: str) -> str:
    """As it stands at an axis."""
    return "loss" if quantity == LOSS else quantity
