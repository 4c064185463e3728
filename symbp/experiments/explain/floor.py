"""The infimum of a loss over what the outputs of a network may be, sample by sample.

Input: a network.  Output: a `Floor` for the targets of a sample: the infimum, whether it is
reached, and where there is none a direction with its slope.  Outputs range over what the last
activation gives; whether weights reach them is for attained.py.  Imports pipeline, scalars, study
and loss_ratio.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

from symbp.differentiate import derivative
from symbp.experiments.explain.log_sum_exp import Ends, Floor, log_sum_exp, lowest
from symbp.index import tensor
from symbp.layers import Activate, Dense
from symbp.pipeline import derive
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.study.enclosure import Curve
from symbp.study.extremes import Bound, end_limit, extent, turns
from symbp.study.kinks import kinks
from symbp.study.pieces import Break, Piece, Pieces, pieces

BITS, SAME = 400, mpmath.mpf(10) ** -25
LETTER = tensor("z")


@dataclass(frozen=True, slots=True)
class OutputLoss:
    """The loss of one sample, summed, in the outputs of the network.

    Args:
        outputs: Their symbols.
        activations: What each output is of its net input, a formula in LETTER.
        targets: Symbols of the targets.
        loss: In outputs and targets.
    """

    outputs: tuple[sp.Symbol, ...]
    activations: tuple[sp.Expr, ...]
    targets: tuple[sp.Symbol, ...]
    loss: sp.Expr


def output_loss(network: Network) -> OutputLoss | None:
    """The loss of a sample in its outputs; None where the last layer mixes them or is trained.

    >>> print(output_loss(Network(sizes=[2, 2])).loss)
    (out_o1 - y1)**2/2 + (out_o2 - y2)**2/2
    """
    alone = replace(network, reduction="sum", example=None)
    derivation = derive(alone)
    system = ScalarSystem(alone, derivation)
    forward = [line.equation for line in derivation.forward]
    last = [e for e in forward if not e.origin.startswith("loss")]
    output = last[-1].name
    places = list(system.places(output))
    outputs = tuple(system.symbol(output, p) for p in places)
    of_loss = {e.name for e in forward} - {e.name for e in last} - {"Y"}
    value = system.equation(derivation.graph.loss, ()).rhs
    while inner := [s for s in value.free_symbols if system.owner(s)[0] in of_loss]:
        value = value.xreplace({s: system.equation(*system.owner(s)).rhs for s in inner})
    name = "Y" if network.targets == "classes" else "T"
    targets = tuple(system.symbol(name, p) for p in system.places(name))
    if not value.free_symbols <= {*outputs, *targets}:
        return None
    activations = [LETTER] * len(outputs)
    if isinstance(network.layers[-1], Dense | Activate) and output.startswith("A"):
        for k, place in enumerate(places):
            rhs = system.equation(output, place).rhs
            if len(rhs.free_symbols) != 1:
                return None
            activations[k] = rhs.xreplace({next(iter(rhs.free_symbols)): LETTER})
    return OutputLoss(outputs, tuple(activations), targets, sp.expand_mul(value))


def floors(network: Network, rows: Sequence[tuple[Fraction, ...]]) -> tuple[Floor, ...] | None:
    """The floor of each sample, without the division of a mean; None where no rule finds it.

    Args:
        network: Any; its example is not looked at.
        rows: The targets of each sample, one-hot for classes.

    >>> net = Network(sizes=[2, 2, 2])
    >>> (low,) = floors(net, [(Fraction("0.23"), Fraction("-0.07"))])
    >>> low.exact, low.reached
    (49/20000, False)
    """
    found = output_loss(network)
    if found is None:
        return None
    with mpmath.workprec(BITS):
        result = [_floor(found, tuple(row)) for row in rows]
    whole = [low for low in result if low is not None]
    return tuple(whole) if len(whole) == len(result) else None


def _floor(found: OutputLoss, row: tuple[Fraction, ...]) -> Floor | None:
    numbers = {s: sp.Rational(t.numerator, t.denominator)
               for s, t in zip(found.targets, row, strict=True)}  # fmt: skip
    loss = sp.expand_mul(found.loss.xreplace(numbers))
    spans = [span(formula) for formula in found.activations]
    ranges = [s for s in spans if s is not None]
    if len(ranges) < len(spans):
        return None
    by_output: dict[sp.Symbol, sp.Expr] = dict.fromkeys(found.outputs, sp.S.Zero)
    rest = sp.S.Zero
    for term in sp.Add.make_args(loss):
        letters = term.free_symbols
        if len(letters) > 1:
            form = log_sum_exp(loss, found.outputs)
            same = len(set(found.activations)) == 1
            return None if form is None or not same else lowest(form, ranges[0])
        if letters:
            by_output[next(iter(letters))] += term
        else:
            rest += term
    pairs = zip(by_output.items(), ranges, strict=True)
    return _sum([_one(term.xreplace({s: LETTER}), ends) for (s, term), ends in pairs], rest)


@functools.lru_cache(maxsize=512)
def bounds(expr: sp.Expr) -> tuple[Bound, Bound]:
    """Infimum and supremum of a formula in LETTER, as `symbp activation` finds them.

    >>> [str(b.value) for b in bounds(sp.tanh(LETTER))]
    ['-1', '1']
    """
    with mpmath.workprec(BITS):
        cut = pieces(expr, LETTER)
        run = turns(cut, LETTER, expr, [(p.expr, p.first, p.second) for p in cut.pieces])
        alive = [(p, p.expr) for p in cut.pieces if p.defined]
        return extent(cut, LETTER, expr, alive, run.critical)


@functools.lru_cache(maxsize=512)
def span(formula: sp.Expr) -> Ends | None:
    """The range of an activation in LETTER; None where it has gaps or is not certain.

    >>> print(span(sp.tanh(LETTER)))
    (-1, 1)
    """
    low, high = bounds(formula)
    with mpmath.workprec(BITS):
        cut = pieces(formula, LETTER)
        torn = kinks(cut, LETTER, formula, derivative(formula, LETTER))
    whole = all(p.defined for p in cut.pieces) and not cut.more
    unsure = low.value is None or high.value is None or low.sampled or high.sampled
    if not whole or unsure or any(k.kind in ("jump", "pole", "gap") for k in torn):
        return None
    return Ends(low, high)


@functools.lru_cache(maxsize=4096)
def _one(term: sp.Expr, ends: Ends) -> Floor:
    """The infimum of a term of one output over a range."""
    if not term.has(LETTER):
        return Floor(float(term), term, True)
    low, sides = _lowest_term(term, ends)
    if sides:
        slopes = [steep for _, steep in sides]
        return Floor(-math.inf, None, False, (sides[0][0],), slopes[0], not low.sampled)
    if low.value is None or low.value.infinite:
        return Floor(-math.inf, None, False, (), None, False)
    exact = low.value.exact if low.value.exact is not None else _vertex(term, low.value.number)
    value = float(low.value.number if exact is None else exact)
    return Floor(value, exact, low.reached, (), None, not low.sampled)


def _vertex(term: sp.Expr, number: Any) -> sp.Expr | None:
    """The value of a parabola where it turns, if it is that number."""
    if not term.is_polynomial(LETTER) or sp.degree(term, LETTER) != 2:
        return None
    a, b, _ = sp.Poly(term, LETTER).all_coeffs()
    value = term.xreplace({LETTER: -b / (2 * a)})
    if not value.is_Rational or abs(mpmath.mpf(int(value.p)) / int(value.q) - number) > SAME:
        return None
    return value


def _lowest_term(term: sp.Expr, ends: Ends) -> tuple[Bound, list[tuple[int, float | None]]]:
    """The infimum, and the ends at which the term falls to minus infinity, with its slope there."""
    cut = pieces(term, LETTER)
    run = turns(cut, LETTER, term, [(p.expr, p.first, p.second) for p in cut.pieces])
    inside = [piece for piece in (_clipped(p, ends) for p in cut.pieces) if piece is not None]
    alive = [(p, p.expr) for p in inside if p.defined]
    taken = [Break(b.value, frozenset()) for b in (ends.low, ends.high) if b.reached and b.value]
    within = [b for b in cut.breaks if ends.low_number < b.at.number < ends.high_number]
    critical = [c for c in run.critical if ends.low_number < c.at.number < ends.high_number]
    breaks = tuple(sorted((*within, *taken), key=lambda b: b.at.number))
    low, _ = extent(Pieces(breaks, tuple(inside), cut.more), LETTER, term, alive, critical)
    sides: list[tuple[int, float | None]] = []
    for side, piece in ((-1, inside[0]), (1, inside[-1])):
        if not piece.defined:
            continue
        end = end_limit(Curve(piece.expr, LETTER), piece, side)
        if end.value is not None and end.value.number == -mpmath.inf:
            far = piece.low is None if side < 0 else piece.high is None
            steep = end_limit(Curve(piece.first, LETTER), piece, side).value if far else None
            sides.append((side, None if steep is None else side * float(steep.number)))
    return low, sides


def _clipped(piece: Piece, ends: Ends) -> Piece | None:
    """The part of a piece inside a range."""
    lows = [e for e in (piece.low, _end(ends.low)) if e is not None]
    highs = [e for e in (piece.high, _end(ends.high)) if e is not None]
    low, high = max(lows, key=_place, default=None), min(highs, key=_place, default=None)
    if low is not None and high is not None and low.at.number >= high.at.number:
        return None
    return replace(piece, low=low, high=high)


def _end(bound: Bound) -> Break | None:
    """A finite end of a range."""
    finite = bound.value is not None and not bound.value.infinite
    return Break(bound.value, frozenset()) if finite and bound.value else None


def _place(place: Break) -> Any:
    return place.at.number


def _sum(parts: Sequence[Floor], rest: sp.Expr) -> Floor:
    """The floor of a sum of terms that share no output."""
    endless = [p for p in parts if p.value == -math.inf]
    certain = all(p.certain for p in parts)
    if endless:
        ways = [p.direction[0] if p in endless and p.direction else 0 for p in parts]
        slopes = [p.slope for p in endless]
        slope = None if None in slopes else sum(s for s in slopes if s is not None)
        return Floor(-math.inf, None, False, tuple(ways), slope, certain)
    exact: sp.Expr | None = rest
    for part in parts:
        exact = None if exact is None or part.exact is None else exact + part.exact
    value = float(exact) if exact is not None else float(rest) + sum(p.value for p in parts)
    open_ = tuple(k for k, p in enumerate(parts) if not p.reached)
    return Floor(value, exact, not open_, (), None, certain, open_)


def one_hot(network: Network, targets: Sequence[Any]) -> tuple[tuple[Fraction, ...], ...]:
    """Targets as rows of numbers, classes as one-hot rows."""
    if network.targets != "classes":
        return tuple(tuple(map(_fraction, row)) for row in targets)
    width = network.widths[-1]
    return tuple(tuple(Fraction(int(j == int(c))) for j in range(width)) for c in targets)


def _fraction(value: Any) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(float(value))


def total(parts: Sequence[Floor], factor: Fraction) -> Floor:
    """The floor of the loss of all samples, whose outputs are free of each other."""
    whole = _sum(parts, sp.S.Zero)
    scale = sp.Rational(factor.numerator, factor.denominator)
    if whole.value == -math.inf:
        slope = None if whole.slope is None else whole.slope * float(factor)
        return replace(whole, direction=(), slope=slope)
    exact = None if whole.exact is None else whole.exact * scale
    return replace(whole, exact=exact, value=whole.value * float(factor))
