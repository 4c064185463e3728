"""What a verification found, one row an oracle and parameter.

Input: arrays.  Output: a frozen `Report`.  Imports numpy and html_table.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from symbp.html_table import html_table, latex_table

ROUNDING = 1e-12
LETTERS = f"{string.ascii_letters}_"
HEADS = ("oracle", "quantity", "compared", "absolute", "relative", "tolerance", "passed")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One gradient (or the loss) against one oracle.

    Args:
        oracle: "torch", "precision" or "differences".
        quantity: Name of the parameter, or "E".
        compared: Number of entries (or directions) that were compared.
        absolute: Largest absolute difference.
        relative: That over the scale: the largest entry of the oracle's gradient.
        tolerance: Largest `relative` that passes.
    """

    oracle: str
    quantity: str
    compared: int
    absolute: float
    relative: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether something was compared and is within the tolerance; NaN is not."""
        return self.compared > 0 and bool(self.relative <= self.tolerance)


@dataclass(frozen=True, slots=True)
class Report:
    """All comparisons of one module."""

    title: str
    comparisons: tuple[Comparison, ...]

    @property
    def passed(self) -> bool:
        """Whether something was compared and every comparison passed."""
        return bool(self.comparisons) and all(c.passed for c in self.comparisons)

    @property
    def failures(self) -> tuple[Comparison, ...]:
        """The comparisons that did not pass."""
        return tuple(c for c in self.comparisons if not c.passed)

    def worst(self, oracle: str) -> float:
        """The largest relative error against one oracle; NaN if there is none."""
        errors = [c.relative for c in self.comparisons if c.oracle == oracle]
        return float(np.max(errors)) if errors else float("nan")

    def _rows(self) -> list[tuple[object, ...]]:
        return [
            (c.oracle, c.quantity, c.compared, f"{c.absolute:.2e}", f"{c.relative:.2e}",
             f"{c.tolerance:.0e}", "yes" if c.passed else "NO")
            for c in self.comparisons
        ]  # fmt: skip

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return html_table(self.title, HEADS, self._rows(), "passed" if self.passed else "FAILED")

    def _repr_latex_(self) -> str:
        """What a notebook shows where it prefers LaTeX."""
        return latex_table(self.title, HEADS, self._rows(), "passed" if self.passed else "FAILED")


def compare(
    oracle: str,
    found: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    tolerance: float,
) -> tuple[Comparison, ...]:
    """Compare gradients by name, each relative to the largest entry of the expected one.

    A gradient whose largest entry is below 1e-12 of the loss and of all gradients is zero up to
    rounding (that of a shared bias before a softmax is); it is measured against the largest of
    these.  The gradient of a shared bias is one number, the sum of all deltas of its layer, and
    may cancel to little: it is measured against the largest entry of its layer's gradients.

    Args:
        oracle: Name for the rows.
        found: What the module gave; must have the names of `expected`.
        expected: What the oracle gave, "E" for the loss.
        tolerance: Largest relative error that passes.

    >>> compare("torch", {"W1": np.array([1.0])}, {"W1": np.array([2.0])}, 1e-12)[0].relative
    0.5
    """
    largest = {name: _largest(value) for name, value in expected.items()}
    everything = max(largest.values(), default=0.0)
    rows = []
    for name, want in expected.items():
        difference = np.asarray(found[name], dtype=object) - np.asarray(want, dtype=object)
        absolute = _largest(difference)
        scale = largest[name]
        if name != "E" and np.ndim(want) == 0:
            layer = name.lstrip(LETTERS)
            scale = max(v for other, v in largest.items() if other.lstrip(LETTERS) == layer)
        if scale < ROUNDING * everything:
            scale = everything
        relative = 0.0 if absolute == 0 else absolute / scale if scale else float("inf")
        rows.append(Comparison(oracle, name, int(np.size(want)), absolute, relative, tolerance))
    return tuple(rows)


def _largest(values: np.ndarray) -> float:
    """The largest absolute value; NaN if one is NaN, infinity where a difference is none."""
    numbers = [float(abs(v)) for v in np.asarray(values, dtype=object).ravel()]
    return float(np.max(numbers)) if numbers else 0.0
