"""The error of computed values in units in the last place.

Input: computed arrays and true values.  Output: errors in ULP; inf where a result is spurious.
"""

from __future__ import annotations

import mpmath
import numpy as np

from symbp.stable.points import unit
from symbp.stable.truth import Number

Array = np.ndarray


class Truth:
    """True values as float64 pairs hi + lo, which is what an error in ULP needs.

    Args:
        values: As true_values gives them; None where the formula is undefined.
        floors: Least unit at each point; 0 where the spacing of the numbers is it.
    """

    def __init__(self, values: list[Number | None], floors: Array | None = None) -> None:
        self.defined = np.array([v is not None for v in values])
        known = [mpmath.mpf(0) if v is None else v for v in values]
        with np.errstate(over="ignore"):
            self.high = np.array([_double(v) for v in known])
        with mpmath.workprec(160):
            self.low = np.array(
                [
                    float(v - mpmath.mpf(h)) if np.isfinite(h) else 0.0
                    for v, h in zip(known, self.high.tolist(), strict=True)
                ]
            )
        self.floors = np.zeros(len(known)) if floors is None else floors

    def errors(self, computed: Array, dtype: type[np.floating] = np.float64) -> Array:
        """Error of each value in ULP of `dtype`.

        A NaN, or an infinity where the rounded truth is finite, counts as inf; so does a finite
        value where it is infinite, beyond the rounding at the border of overflow.
        """
        largest = float(np.finfo(dtype).max)
        with np.errstate(over="ignore", invalid="ignore"):
            expected = self.high.astype(dtype).astype(np.float64)
            got = computed.astype(np.float64)
            size = np.maximum(unit(self.high, dtype), self.floors)
            error = np.abs((got - self.high) - self.low) / size
        infinite = np.isinf(expected)
        # A value that rounds to infinity may come out as the largest number, and the other way.
        border = infinite & (np.abs(got) >= largest * (1 - 1e-6)) & (np.sign(got) == expected)
        same = infinite & (got == expected)
        error = np.where(infinite, np.where(same | border, 0.0, np.inf), error)
        near_border = ~infinite & np.isinf(got) & (np.abs(self.high) >= largest * (1 - 1e-6))
        error = np.where(near_border, 1.0, error)
        error = np.where(np.isnan(got), np.inf, error)
        return np.where(self.defined, error, np.where(np.isnan(got), 0.0, 0.0))


def _double(value: Number) -> float:
    """The float64 nearest to a true value."""
    return float(value)
