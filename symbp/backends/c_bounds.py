"""Between what numbers a tree stays, where that is plain to see.

Input: nodes, and bounds of the names in them.  Output: pairs of floats.  A NaN stays a NaN and is
not counted.  Imports tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from math import inf

from symbp.tree import Call, Name, Node, Number, Product, Sum

Bounds = tuple[float, float]
ANY: Bounds = (-inf, inf)


def bounds(node: Node, known: Mapping[str, Bounds]) -> Bounds:
    """The least and the largest number that a node can be.

    Args:
        node: A tree.
        known: Bounds by name; other names can be anything.

    >>> bounds(Call("exp", (Product(-1, (Call("abs", (Name("x"),)),)),)), {})
    (0.0, 1.0)
    """
    match node:
        case Number(value):
            return float(value), float(value)
        case Name(text):
            return known.get(text, ANY)
        case Sum(terms):
            parts = [_signed(sign, bounds(term, known)) for sign, term in terms]
            return sum(low for low, _ in parts), sum(high for _, high in parts)
        case Product(sign, numerator, ()):
            return _signed(sign, reduce(_times, (bounds(f, known) for f in numerator), (1.0, 1.0)))
        case Call(function, arguments):
            return _call(function, [bounds(a, known) for a in arguments])
    return ANY


def _call(function: str, given: list[Bounds]) -> Bounds:
    match function:
        case "abs":
            return 0.0, _farthest(given[0])
        case "exp":
            return 0.0, 1.0 if given[0][1] <= 0 else inf
        case "decay":
            return 0.0, 1.0
        case "minimum":
            return _each(min, given)
        case "maximum":
            return _each(max, given)
        case "clip":
            return _each(min, [_each(max, given[:2]), given[2]])
    return ANY


def _farthest(given: Bounds) -> float:
    return max(abs(end) for end in given)


def _each(choose: Callable[[Iterable[float]], float], given: Iterable[Bounds]) -> Bounds:
    lows, highs = zip(*given, strict=True)
    return choose(lows), choose(highs)


def _signed(sign: int, given: Bounds) -> Bounds:
    return given if sign > 0 else (-given[1], -given[0])


def _times(left: Bounds, right: Bounds) -> Bounds:
    """0 times infinity is 0: an end that is never reached."""
    ends = [a * b if a and b else 0.0 for a in left for b in right]
    return min(ends), max(ends)
