"""One cell of a table of errors.

Input: errors in units in the last place.  Output: a cell that prints itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LOST = 1e6  # from here on no digit that counts is left


@dataclass(frozen=True)
class Cell:
    """Largest error in ULP among the finite results, and how many are spurious."""

    ulp: float
    spurious: int

    @staticmethod
    def of(errors: np.ndarray) -> Cell:
        """From the error at each point, infinite where the result is spurious."""
        lost = ~np.isfinite(errors)
        return Cell(float(errors[~lost].max(initial=0.0)), int(lost.sum()))

    def __str__(self) -> str:
        shown = f"{self.ulp:.1f}" if self.ulp < LOST else f"{self.ulp:.0e}".replace("e+", "e")
        return f"{shown}!{self.spurious}" if self.spurious else shown
