"""The runs of a sweep: learning rates, and starts.

Input: text of the command line, `0.1:500:2000`.  Output: a frozen `Rates`, seeds, scales.
Imports exact and errors; numpy on call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from symbp.errors import SpecError
from symbp.exact import exact, shown

COUNT, MOST = 2000, 1_000_000
RANGE = "Write LOW:HIGH:COUNT, such as 0.1:500:2000, or one number."


@dataclass(frozen=True, slots=True)
class Rates:
    """Learning rates from low to high, both included.

    Args:
        low, high: Above 0; equal where there is one.
        count: How many.
        log: Equal ratios between neighbours, not equal differences.

    Raises:
        SpecError: not above 0, in the wrong order, or too many.

    >>> Rates(1, 100, 3, log=True).values().tolist()
    [1.0, 10.0, 100.0]
    """

    low: float
    high: float
    count: int = COUNT
    log: bool = False

    def __post_init__(self) -> None:
        for name, value in (("lowest", self.low), ("highest", self.high)):
            if not 0 < value < float("inf"):
                found = f"the {name} is {value:g}, expected a number above 0"
                raise SpecError("--rates", found, RANGE)
        if not 1 <= self.count <= MOST:
            raise SpecError("--rates", f"found {self.count} rates, expected 1 to {MOST}", RANGE)
        if (self.low == self.high) != (self.count == 1):
            found = f"found a count of {self.count} from {self.low:g} to {self.high:g}"
            raise SpecError("--rates", found, "Give one number for one rate, a range for more.")
        if self.low > self.high:
            found = f"the range goes down, from {self.low:g} to {self.high:g}"
            raise SpecError("--rates", found, "Give the lower end first.")

    def values(self) -> Any:
        """The rates in order, (count,)."""
        import numpy as np

        space = np.geomspace if self.log else np.linspace
        return space(self.low, self.high, self.count)

    def within(self, low: str | None, high: str | None) -> Rates:
        """As many rates in a part of the range, for a closer look.

        >>> Rates(1, 9, 100).within("2", None)
        Rates(low=2.0, high=9, count=100, log=False)
        """
        given = {}
        for flag, entry, text in (("--from", "low", low), ("--to", "high", high)):
            if text is not None:
                value = number(text, flag)
                if not self.low <= value <= self.high:
                    found = f"found {text}, outside the rates {self.low:g} to {self.high:g}"
                    raise SpecError(flag, found, "Give a part of the range, or other --rates.")
                given[entry] = value
        return replace(self, **given)  # type: ignore[arg-type]


def number(text: str, where: str) -> float:
    """A finite decimal number.

    Raises:
        SpecError: it is none.
    """
    try:
        return float(exact(text.strip(), where))
    except OverflowError:
        found = f"found {shown(text)}, beyond the largest float"
        raise SpecError(where, found, "Write a number up to 1e308.") from None


def read_rates(text: str, log: bool = False) -> Rates:
    """Read `LOW:HIGH:COUNT`, `LOW:HIGH` or one number.

    Raises:
        SpecError: it is none of these, or see `Rates`.

    >>> read_rates("0.1:500")
    Rates(low=0.1, high=500.0, count=2000, log=False)
    """
    low, high, count = _range(text, "--rates", COUNT, RANGE)
    return Rates(low, high, count, log)


def read_scales(text: str) -> tuple[float, ...]:
    """Read `LOW:HIGH:COUNT` or one number: what the weights of the start are multiplied by.

    Raises:
        SpecError: it is neither.

    >>> read_scales("0:2:5")
    (0.0, 0.5, 1.0, 1.5, 2.0)
    """
    import numpy as np

    remedy = "Write LOW:HIGH:COUNT, such as 0:2:100, or one number."
    low, high, count = _range(text, "--scales", 100, remedy)
    if not 1 <= count <= MOST or (count == 1) != (low == high):
        found = f"found {shown(text)}, expected 1 to {MOST} different numbers"
        raise SpecError("--scales", found, remedy)
    return tuple(np.linspace(low, high, count).tolist())


def _range(text: str, flag: str, count: int, remedy: str) -> tuple[float, float, int]:
    parts = text.split(":")
    if len(parts) > 3:
        raise SpecError(flag, f"found {shown(text)}, expected a range", remedy)
    low = number(parts[0], flag)
    if len(parts) == 1:
        return low, low, 1
    if len(parts) == 3 and not re.fullmatch(r"\s*[0-9]{1,9}\s*", parts[2]):
        found = f"found {shown(parts[2])} for the count, expected a whole number"
        raise SpecError(flag, found, remedy)
    return low, number(parts[1], flag), int(parts[2]) if len(parts) == 3 else count


def read_seeds(text: str) -> tuple[int, ...]:
    """Read `FIRST:END`, the end left out, or a list.

    Raises:
        SpecError: it is neither, or there are none.

    >>> read_seeds("0:4"), read_seeds("3,5")
    ((0, 1, 2, 3), (3, 5))
    """
    remedy = "Write FIRST:END, such as 0:100, or a list, such as 0,3,5."
    words = [word.strip() for word in re.split("[:,]", text)]
    if not all(re.fullmatch(r"[0-9]{1,9}", word) for word in words) or text.count(":") > 1 or (
        ":" in text and "," in text
    ):  # fmt: skip
        raise SpecError("--seeds", f"found {shown(text)}, expected whole numbers", remedy)
    numbers = [int(word) for word in words]
    if ":" not in text:
        return tuple(numbers)
    first, end = numbers
    if not first < end <= first + MOST:
        found = f"found {shown(text)}, expected 1 to {MOST} seeds"
        raise SpecError("--seeds", found, remedy)
    return tuple(range(first, end))
