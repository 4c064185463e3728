"""Long formulas over several lines of LaTeX, broken at + and -, then between factors.

Input: a `Formula` and the room on a line.  Output: the pieces of each line.  Imports tex and tree.
"""

from __future__ import annotations

import re

from symbp.document.formula import Formula
from symbp.document.tex import POWER, PRODUCT, Spelling
from symbp.tree import Node, Product, Sum

ROOM = 62.0  # letters beside an equation number


def lines(formula: Formula, room: float = ROOM) -> tuple[str, ...]:
    """The formula as lines; one where it fits.

    >>> from symbp.document.formula import Literal
    >>> from symbp.tree import Name
    >>> long = Sum(tuple((1, Name("1" * 20)) for _ in range(4)))
    >>> [len(x) for x in lines(Formula(long, {"1" * 20: Literal("1" * 20)}), 50)]
    [43, 45]
    """
    spelling = Spelling(formula.leaves)
    whole = spelling.text(formula.node)
    if width(whole) <= room:
        return (whole,)
    found: list[str] = []
    for piece in _pieces(formula.node, spelling, room):
        if found and width(found[-1]) + width(piece) <= room:
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return tuple(found)


def _pieces(node: Node, spelling: Spelling, room: float) -> list[str]:
    """Pieces between which a line may end; each begins with its operator."""
    if isinstance(node, Sum):
        found = []
        for k, (sign, term) in enumerate(node.terms):
            mark = "- " if sign < 0 else "+ " if k else ""
            text = spelling.text(term, PRODUCT)
            inner = [text] if width(text) <= room else _pieces(term, spelling, room)
            found += [f"{mark}{inner[0]}", *inner[1:]]
        return found
    if isinstance(node, Product) and not node.denominator and len(node.numerator) > 1:
        found = []
        for k, factor in enumerate(node.numerator):
            mark = r"\cdot " if k else "-" if node.sign < 0 else ""
            text = spelling.text(factor, POWER)
            if width(text) <= room or not isinstance(factor, Sum):
                found.append(f"{mark}{text}")
                continue
            inner = _pieces(factor, spelling, room)
            inner[0], inner[-1] = rf"{mark}\bigl( {inner[0]}", rf"{inner[-1]} \bigr)"
            found += inner
        return found
    return [spelling.text(node)]


def width(text: str) -> float:
    r"""About how many letters wide a piece of LaTeX is.

    >>> width(r"\frac{aaaa}{b}"), width("x_{12}"), width(r"\mathrm{net}")
    (4.0, 2.4, 3.0)
    """
    return _measure(text, 0)[0]


def _measure(text: str, at: int) -> tuple[float, int]:
    """Width from `at` to the brace that closes it, and where that is."""
    total = 0.0
    while at < len(text) and text[at] != "}":
        if match := re.compile(r"\\frac\{").match(text, at):
            top, at = _measure(text, match.end())
            bottom, at = _measure(text, at + 2)
            total += max(top, bottom)
            at += 1
        elif match := re.compile(r"[_^]\{").match(text, at):
            small, at = _measure(text, match.end())
            total += 0.7 * small
            at += 1
        elif match := re.compile(
            r"\\(left|right|mathrm|operatorname|hat|bar|tilde|,)(?![a-z])"
        ).match(text, at):
            total += 0.2 * (match[1] == ",")
            at = match.end()
        elif match := re.compile(r"\\[A-Za-z]+").match(text, at):
            total += 1.6
            at = match.end()
        elif text[at] == "{":
            inner, at = _measure(text, at + 1)
            total += inner
            at += 1
        else:
            total += {" ": 0.0, "+": 1.8, "-": 1.8, "=": 2.0}.get(text[at], 1.0)
            at += 1
    return total, at
