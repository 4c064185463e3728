"""What a search finds: the forms of a formula, where each is used, and the measured error.

Data only.  Imports writer.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symbp.stable.writer import Form


@dataclass(frozen=True, slots=True)
class Regime:
    """A form and where it is used.

    Args:
        upto: Right end; inf for the last regime.
        closed: Whether the right end belongs to it.
        form: What is computed.
    """

    upto: float
    closed: bool
    form: Form


@dataclass(frozen=True, slots=True)
class Measured:
    """The largest error found.

    Args:
        ulp: In units in the last place; inf where a result is spurious.
        at: The number where it was found.
        points: On how many numbers.
    """

    ulp: float
    at: float
    points: int


@dataclass(frozen=True, slots=True)
class Stable:
    """A formula in X with its regimes from left to right, and its error.

    Args:
        expr: The formula.
        regimes: What is computed where.
        double: Error in float64, over the whole range.
        single: Error in float32.
        goal: ULP that were asked for in float64.
        widened: Whether float32 is computed in float64 and rounded once.
        common: Bound of |x| within which the errors count; inf for the whole range.
    """

    expr: sp.Expr
    regimes: tuple[Regime, ...]
    double: Measured
    single: Measured
    goal: float
    widened: bool
    common: float = float("inf")

    @property
    def met(self) -> bool:
        """Whether the goal is met and nothing is spurious."""
        return self.double.ulp <= self.goal
