"""Means under the standard normal distribution, and the gains that keep a variance.

Input: the pieces of a formula.  Output: Moments.  Each piece is integrated by itself, so a kink
costs no digit; two quadratures must agree on the digits that are given.  Imports the
modules below it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import mpmath
import sympy as sp

from symbp.study.enclosure import Curve, point
from symbp.study.intervals import Number
from symbp.study.pieces import Piece, Pieces
from symbp.study.values import Value, identified

DIGITS, WORKING, BITS, FEWEST = 25, 40, 120, 4
NODES, MORE_NODES, LENGTH = 28, 40, 2
REACHES = (12, 16, 20, 26, 32, 38)
DIVERGES = "does not exist (the integral diverges)"
UNCERTAIN = "is not determined (the integral converges badly or not at all)"
NEGLIGIBLE = mpmath.mpf(10) ** -32


@dataclass(frozen=True, slots=True)
class Moments:
    """Means over u ~ N(0, 1), None where they do not exist or are not determined.

    Args:
        mean: E f(u); 0 means that the activation is zero-centred.
        square: E f(u)**2.
        slope_square: E f'(u)**2.
        reason: Why some are missing, "" if none is.
    """

    mean: Value | None
    square: Value | None
    slope_square: Value | None
    reason: str

    @property
    def gain(self) -> Value | None:
        """g with g**2 E f(u)**2 = 1: with Var(W) = g**2/fan_in signals keep their variance.

        Source: He et al., Delving Deep into Rectifiers (2015), section 2.2, for relu.
        """
        return _inverse_root(self.square)

    @property
    def backward_gain(self) -> Value | None:
        """g with g**2 E f'(u)**2 = 1: with Var(W) = g**2/fan_out gradients keep theirs."""
        return _inverse_root(self.slope_square)


def _inverse_root(square: Value | None) -> Value | None:
    if square is None or not square.number:
        return None
    with mpmath.workdps(WORKING):
        return identified(1 / mpmath.sqrt(square.number), square.digits)


def moments(cut: Pieces, letter: sp.Symbol) -> Moments:
    """Integrate over the pieces.

    >>> from symbp.study.pieces import pieces
    >>> z = sp.Symbol("z", real=True)
    >>> print(moments(pieces(sp.Piecewise((z, z > 0), (0, True)), z), z).gain)
    sqrt(2)
    """
    if not all(piece.defined for piece in cut.pieces):
        return Moments(None, None, None, "f is not defined for every real number")
    values = {p: _memo(Curve(p.expr, letter)) for p in cut.pieces}
    slopes = {p: _memo(Curve(p.first, letter)) for p in cut.pieces}
    found = [
        _expectation(cut.pieces, values, 1),
        _expectation(cut.pieces, values, 2),
        _expectation(cut.pieces, slopes, 2),
    ]
    names = ("E f", "E f^2", "E f'^2")
    missing = [f"{n} {v}" for n, v in zip(names, found, strict=True) if isinstance(v, str)]
    mean, square, slope_square = (None if isinstance(v, str) else v for v in found)
    return Moments(mean, square, slope_square, "; ".join(missing))


Function = Callable[[Number], Number]


def _memo(curve: Curve) -> Function:
    @functools.cache
    def value(u: Number) -> Number:
        number = curve.number(point(u), BITS)
        return mpmath.nan if number is None else number

    return value


def _expectation(
    cut: tuple[Piece, ...], functions: dict[Piece, Function], power: int
) -> Value | str:
    """The mean of a power, or why there is none."""
    with mpmath.workdps(WORKING):
        left = _reach(functools.partial(_weighted, functions[cut[0]], power=power), -1)
        right = _reach(functools.partial(_weighted, functions[cut[-1]], power=power), 1)
        if left is None or right is None:
            return DIVERGES
        parts = []
        for piece in cut:
            integrand = functools.partial(_weighted, functions[piece], power=power)
            if _singular(piece, integrand):
                return DIVERGES
            for a, b in _panels(piece, -left, right):
                rough, fine = (_gauss(integrand, a, b, n) for n in (NODES, MORE_NODES))
                parts.append((integrand, a, b, fine, abs(fine - rough)))
        sums = [abs(fine) for *_, fine, _ in parts]
        if not mpmath.isfinite(mpmath.fsum(sums)):
            return UNCERTAIN
        allowed = mpmath.mpf(10) ** -(DIGITS + 3) * max(mpmath.fsum(sums), NEGLIGIBLE)
        better = [_integral(*part, allowed) for part in parts]
        total, error = (mpmath.fsum(column) for column in zip(*better, strict=True))
        return _judged(total, error)


def _singular(piece: Piece, integrand: Function) -> bool:
    """Whether the integrand grows like 1/distance or faster at an end of its piece."""
    for end, side in zip(piece.bounds, (1, -1), strict=True):
        if end is None:
            continue
        with mpmath.workdps(2 * WORKING):
            steps = [mpmath.mpf(2) ** -k for k in (40, 60, 80)]
            far, _near, nearest = (h * abs(integrand(end + side * h)) for h in steps)
        if not (nearest < far * 0.99 or nearest < NEGLIGIBLE):
            return True
    return False


def _judged(total: Number, error: Number) -> Value | str:
    if abs(total) < mpmath.mpf(10) ** -DIGITS and error < mpmath.mpf(10) ** -DIGITS:
        return identified(mpmath.mpf(0), DIGITS)
    if not total or not mpmath.isfinite(error):
        return UNCERTAIN
    digits = int(-mpmath.log10(error / abs(total))) - 1 if error else DIGITS
    if digits < FEWEST:
        return UNCERTAIN
    return identified(total, min(digits, DIGITS))


def _weighted(function: Function, u: Number, power: int) -> Number:
    return function(u) ** power * _density(u)


@functools.lru_cache(maxsize=8192)
def _density(u: Number) -> Number:
    """That of N(0, 1); the nodes are the same for every smooth formula."""
    with mpmath.workdps(WORKING):
        return mpmath.exp(-u * u / 2) / mpmath.sqrt(2 * mpmath.pi)


def _reach(integrand: Function, side: int) -> int | None:
    """How far out the integrand matters; None where it grows for ever."""
    for reach in REACHES:
        here, beyond = (
            abs(integrand(mpmath.mpf(side * reach))),
            abs(integrand(mpmath.mpf(side * 60))),
        )
        if here < NEGLIGIBLE and beyond <= here:
            return reach
    return None


def _panels(piece: Piece, low: int, high: int) -> Iterator[tuple[Number, Number]]:
    """Parts of a piece, short enough that a pole next to the real line is far away."""
    left, right = piece.bounds
    start = max(mpmath.mpf(low), left) if left is not None else mpmath.mpf(low)
    stop = min(mpmath.mpf(high), right) if right is not None else mpmath.mpf(high)
    if start < stop:
        inner = [mpmath.mpf(k) for k in range(low, high + 1, LENGTH) if start < k < stop]
        yield from pairwise([start, *inner, stop])


def _integral(
    integrand: Function, a: Number, b: Number, fine: Number, error: Number, allowed: Number
) -> tuple[Number, Number]:
    """An integral and its error: what is known, its two halves, or tanh-sinh at last."""
    if error <= allowed:
        return fine, error
    middle = (a + b) / 2
    halves = mpmath.fsum(
        _gauss(integrand, *ends, MORE_NODES) for ends in ((a, middle), (middle, b))
    )
    if abs(halves - fine) <= allowed:
        return halves, abs(halves - fine)
    value, error = mpmath.quad(integrand, [a, b], error=True, maxdegree=6)
    return value, error


@functools.cache
def _rule(n: int) -> tuple[tuple[Number, Number], ...]:
    """Nodes and weights of Gauss-Legendre quadrature on [-1, 1].

    Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), eq. 25.4.29.
    """
    found = []
    with mpmath.workdps(WORKING + 10):
        for k in range(1, n + 1):
            x = mpmath.cos(mpmath.pi * (k - mpmath.mpf(1) / 4) / (n + mpmath.mpf(1) / 2))
            for _ in range(8):  # Newton doubles the digits of a guess with three of them
                p, before = _legendre(n, x)
                slope = n * (x * p - before) / (x * x - 1)
                x -= p / slope
            found.append((x, 2 / ((1 - x * x) * slope**2)))
    return tuple(found)


def _legendre(n: int, x: Number) -> tuple[Number, Number]:
    before, here = mpmath.mpf(1), x
    for k in range(2, n + 1):
        before, here = here, ((2 * k - 1) * x * here - (k - 1) * before) / k
    return here, before


def _gauss(integrand: Function, a: Number, b: Number, n: int) -> Number:
    half, middle = (b - a) / 2, (a + b) / 2
    return half * mpmath.fsum(w * integrand(middle + half * x) for x, w in _rule(n))
