"""The slopes f'(net) of every activation at the start, and the pieces where they are 0.

Input: a `Start`.  Output: a `LayerSlopes` for each activation of one number.  Pieces and slopes
come from the formula, by SymPy, never by its name.  Imports start, study and numeric.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

from symbp.differentiate import derivative
from symbp.experiments.explain.start import Start
from symbp.graph import Equation
from symbp.index import Index, tensor
from symbp.numeric import evaluate_equations, high_precision
from symbp.pipeline import derive
from symbp.study.pieces import pieces

LETTER = tensor("z")
BITS, DIGITS, MOST_VALUES = 400, 20, 20_000


@dataclass(frozen=True, slots=True)
class Flat:
    """An interval where a formula is constant.

    Args:
        low, high: Its ends, infinite where it has none.
        takes_low, takes_high: Whether the slope is 0 at the end too.
        value: The constant.
        text: As a condition on z.
    """

    low: float
    high: float
    takes_low: bool
    takes_high: bool
    value: sp.Expr
    text: str

    def holds(self, values: Any) -> Any:
        """Where an array lies in it."""
        above = values >= self.low if self.takes_low else values > self.low
        below = values <= self.high if self.takes_high else values < self.high
        return above & below


@dataclass(frozen=True, slots=True)
class LayerSlopes:
    """An activation at the start.

    Args:
        layer: Number of the layer.
        activation: As the spec writes it.
        formula: In LETTER, trained numbers at their values.
        before: Name of its net input, such as Z1.
        net: Net inputs, (N, units).
        slopes: f'(net), (N, units), or of the first samples where there are very many.
        flat: Where the formula is constant.
    """

    layer: int
    activation: str
    formula: sp.Expr
    before: str
    net: Any
    slopes: Any
    flat: tuple[Flat, ...]


def layer_slopes(begun: Start) -> tuple[LayerSlopes, ...]:
    """The slopes of every layer with an activation of one number that is not the identity.

    >>> from symbp.experiments.explain.start import start
    >>> from symbp.spec_file import worked_example
    >>> [s.slopes.round(4).tolist() for s in layer_slopes(start(worked_example()))]
    [[[0.2461, 0.25]], [[0.2495, 0.2492]]]
    """
    return tuple(_found(begun))


def _found(begun: Start) -> Iterator[LayerSlopes]:
    derivation = derive(begun.network)
    lines = {line.equation.name: line.equation for line in derivation.forward}
    for number, row in begun.network.activations.items():
        equation = lines.get(f"A{number}")
        if equation is None or row.gated:
            continue
        names = [name for name in equation.uses if name not in begun.network.parameters]
        starts = {
            tensor(f"{name}{number}"): _rational(begun.parameters[f"{name}{number}"])
            for name, _ in row.learned
        }
        rhs = equation.rhs.xreplace(starts)
        uses = rhs.atoms(sp.Indexed)
        if len(names) != 1 or len(uses) != 1 or names[0] == "X":
            continue  # a softmax takes all numbers of a sample
        formula = rhs.xreplace({next(iter(uses)): LETTER})
        net = begun.values[names[0]]
        few = net[: max(1, MOST_VALUES // max(1, net.shape[1]))]
        yield LayerSlopes(
            number, row.text, formula, names[0], net,
            slope_at(derivative(formula, LETTER), few), flat_pieces(formula),
        )  # fmt: skip


def _rational(value: Any) -> sp.Rational:
    exact = Fraction(float(value))
    return sp.Rational(exact.numerator, exact.denominator)


def slope_at(slope: sp.Expr, values: Any) -> Any:
    """A formula in LETTER at an array of floats, rounded once."""
    import numpy as np

    n, j = Index("n"), Index("j")
    axes = {"z": ("N", "K"), "slope": ("N", "K")}
    sizes = dict(zip(("N", "K"), values.shape, strict=True))
    with mpmath.workdps(DIGITS):
        z = np.frompyfunc(mpmath.mpf, 1, 1)(np.where(np.isfinite(values), values, 0.0))
        line = Equation(tensor("slope", n, j), slope.xreplace({LETTER: tensor("z", n, j)}))
        found = evaluate_equations([line], {"z": z}, axes, sizes, high_precision(DIGITS))["slope"]
    return np.where(np.isfinite(values), found.astype(np.float64), np.nan)


@functools.lru_cache(maxsize=512)
def flat_pieces(formula: sp.Expr) -> tuple[Flat, ...]:
    """Where a formula in LETTER is constant, with its ends where the slope is 0 there too.

    >>> relu6 = sp.Piecewise((0, LETTER <= 0), (6, LETTER >= 6), (LETTER, True))
    >>> [f.text for f in flat_pieces(relu6)]
    ['z <= 0', 'z >= 6']
    """
    slope = derivative(formula, LETTER)
    found = []
    with mpmath.workprec(BITS):
        for piece in pieces(formula, LETTER).pieces:
            if not piece.defined or piece.first != 0:
                continue
            ends = [None if e is None else e.at for e in (piece.low, piece.high)]
            taken = [
                e is not None and e.exact is not None and slope.subs(LETTER, e.exact) == 0
                for e in ends
            ]
            parts = []
            if ends[0] is not None:
                parts.append(f"{ends[0]} {'<=' if taken[0] else '<'} z")
            if ends[1] is not None:
                parts.append(f"z {'<=' if taken[1] else '<'} {ends[1]}")
            text = " and ".join(parts) or "z"
            if ends[1] is None and ends[0] is not None:
                text = f"z {'>=' if taken[0] else '>'} {ends[0]}"
            numbers = [s * mpmath.inf if e is None else e.number
                       for s, e in zip((-1, 1), ends, strict=True)]  # fmt: skip
            low, high = map(float, numbers)
            found.append(Flat(low, high, taken[0], taken[1], piece.expr, text))
    return tuple(found)
