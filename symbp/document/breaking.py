"""Long formulas in pieces between which a line of LaTeX may end.

A sum is broken at + and -, a product between its factors; what holds a long part, such as a
fraction or a root, is written on one line first: (a + b)/c.
Input: a `Formula` and the room on a line.  Output: lines, or one text that may be broken.
Imports tex and tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symbp.document.formula import Applied, Formula, Infix, Literal, Over, Raised, Rows
from symbp.document.symbols import Symbol
from symbp.document.tex import (
    BREAK,
    COMMANDS,
    POWER,
    PRODUCT,
    RELATIONS,
    Spelling,
    escape,
    is_chinese,
    number_tex,
    symbol_tex,
)
from symbp.tree import Call, Compare, Name, Node, Power, Product, Sum, Where

ROOM = 62.0  # letters beside an equation number


def lines(formula: Formula, room: float = ROOM) -> tuple[str, ...]:
    """The formula as lines; one where it fits.

    >>> from symbp.document.formula import Literal
    >>> long = Sum(tuple((1, Name("1" * 20)) for _ in range(4)))
    >>> [len(x) for x in lines(Formula(long, {"1" * 20: Literal("1" * 20)}), 50)]
    [43, 45]
    """
    found: list[str] = []
    for piece in pieces(formula, room):
        if found and width(found[-1]) + width(piece) <= room:
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return tuple(found)


def running(formula: Formula, room: float) -> str:
    """The formula for running text, which TeX may break where it is wider than the room."""
    found = pieces(formula, room)
    return rf" {BREAK} ".join(found)


def pieces(formula: Formula, room: float) -> list[str]:
    """Pieces between which a line may end; each begins with its operator."""
    return _Breaker(Spelling(formula.leaves), room).pieces(formula.node)


class _Breaker:
    """Breaks the nodes of one formula."""

    def __init__(self, spelling: Spelling, room: float) -> None:
        self.spelling, self.room = spelling, room

    def pieces(self, node: Node, above: int = 0) -> list[str]:
        text = self.spelling.text(node, above)
        if width(text) <= self.room:
            return [text]
        _, level = self.spelling.spell(node)
        found = self._broken(node)
        return held(found) if level < above and len(found) > 1 else found

    def _broken(self, node: Node) -> list[str]:
        match node:
            case Sum(terms):
                found = []
                for k, (sign, term) in enumerate(terms):
                    first, *rest = self.pieces(term, PRODUCT)
                    mark = "- " if sign < 0 else "+ " if k else ""
                    found += [f"{mark}{first}", *rest]
                return found
            case Product(sign, top, bottom):
                return self._product(sign, top, bottom)
            case Power(of, power):
                *rest, last = held(self.pieces(of))
                return [*rest, f"{last}^{{{power}}}"]
            case Call(function, (argument,)) if function == "sqrt":
                *rest, last = held(self.pieces(argument))
                return [*rest, f"{last}^{{1/2}}"]
            case Call(function, arguments) if function != "power":
                command = COMMANDS.get(function, rf"\operatorname{{{escape(function)}}}")
                return held(self._listed(arguments), command)
            case Where(condition, then, otherwise):
                listed = self._listed((condition, then, otherwise))
                return held(listed, r"\operatorname{where}")
            case Compare(relation, left, right):
                first, *rest = self.pieces(right)
                return [*self.pieces(left), f"{RELATIONS.get(relation, relation)} {first}", *rest]
            case Name(name):
                return self._leaf(name)
        return [self.spelling.text(node)]

    def _listed(self, nodes: tuple[Node, ...]) -> list[str]:
        """Arguments with commas between them."""
        found: list[str] = []
        for k, node in enumerate(nodes):
            first, *rest = self.pieces(node)
            found += [f"{', ' if k else ''}{first}", *rest]
        return found

    def _product(self, sign: int, top: tuple[Node, ...], bottom: tuple[Node, ...]) -> list[str]:
        found: list[str] = []
        for k, factor in enumerate(top):
            first, *rest = self.pieces(factor, POWER if len(top) > 1 or bottom else PRODUCT)
            mark = r"\cdot " if k else "-" if sign < 0 else ""
            found += [f"{mark}{first}", *rest]
        found = found or ["-1" if sign < 0 else "1"]
        if bottom:
            first, *rest = self.pieces(bottom[0] if len(bottom) == 1 else Product(1, bottom), POWER)
            return [*found, f"/ {first}", *rest]
        return found

    def _leaf(self, name: str) -> list[str]:
        match self.spelling.leaves[name]:
            case Over(kind, dummies, body):
                sign = {"max": r"\max", "mean": r"\operatorname{mean}"}.get(kind, r"\sum")
                front = rf"{sign}_{{{','.join(dummies)}}}"
                found = self.pieces(body)
                if isinstance(body, Sum):
                    return held(found, f"{front} ")
                return [f"{front} {found[0]}", *found[1:]]
            case Literal(text):
                return _digits(text)
            case Rows(rows):  # too wide for a matrix: row by row
                return held([p for k, row in enumerate(rows) for p in _row(row, bool(k))])
            case Raised(raised, mark):
                *middle, last = held(self.pieces(raised))
                return [*middle, f"{last}^{{{mark}}}"]
            case Infix(operator, parts):
                dot = r"\odot " if operator == "odot" else r"\, "
                made = [self.pieces(p, POWER) for p in parts]
                return [
                    f"{dot if k and not j else ''}{piece}"
                    for k, part in enumerate(made)
                    for j, piece in enumerate(part)
                ]
            case Applied(Symbol() as function, primes, argument):
                front = f"{symbol_tex(function)}{chr(39) * primes}"
                return held(self.pieces(argument), front)
        return [self.spelling.text(Name(name))]


def _row(row: tuple[str, ...], later: bool) -> Iterator[str]:
    """The numbers of one row, each with the comma or semicolon before it."""
    for k, text in enumerate(row):
        first, *rest = _digits(text)
        yield f"{', ' if k else '; ' if later else ''}{first}"
        yield from rest


def _digits(text: str) -> list[str]:
    """A long number in groups of ten digits, its power of ten with the last."""
    mantissa, mark, exponent = text.partition("e")
    groups = [mantissa[k : k + 10] for k in range(0, len(mantissa), 10)]
    *first, last = groups
    return [*first, number_tex(f"{last}{mark}{exponent}")]


def held(found: list[str], front: str = "") -> list[str]:
    """Pieces in parentheses that do not keep them on one line."""
    first, *rest = found
    if not rest:
        return [rf"{front}\bigl({first}\bigr)"]
    *middle, last = rest
    return [rf"{front}\bigl({first}", *middle, rf"{last}\bigr)"]


def width(text: str) -> float:
    r"""About how many letters wide a piece of LaTeX is.

    >>> width(r"\frac{aaaa}{b}"), width("x_{12}"), width(r"\mathrm{net}")
    (4.0, 2.4, 3.0)
    """
    return _measure(text, 0)[0]


FRACTION = re.compile(r"\\frac\{")
SCRIPT = re.compile(r"[_^]\{")
SILENT = re.compile(
    r"\\(left|right|mathrm|operatorname|hat|bar|tilde|bigl|bigr|allowbreak|text|,)(?![a-z])"
)
COMMAND = re.compile(r"\\[A-Za-z]+")
MATRIX = re.compile(r"\\begin\{(pmatrix|cases)\}(.*?)\\end\{\1\}", re.DOTALL)
WIDTHS = {" ": 0.0, "+": 1.8, "-": 1.8, "=": 2.0, "/": 1.2, ",": 0.6}


def _measure(text: str, at: int) -> tuple[float, int]:
    """Width from `at` to the brace that closes it, and where that is."""
    total = 0.0
    while at < len(text) and text[at] != "}":
        if match := MATRIX.match(text, at):
            rows = (row.split("&") for row in match[2].split(r"\\"))
            total += 2.0 + max(sum(_measure(c, 0)[0] + 1.6 for c in row) for row in rows)
            at = match.end()
        elif match := FRACTION.match(text, at):
            top, at = _measure(text, match.end())
            bottom, at = _measure(text, at + 2)
            total += max(top, bottom)
            at += 1
        elif match := SCRIPT.match(text, at):
            small, at = _measure(text, match.end())
            total += 0.7 * small
            at += 1
        elif match := SILENT.match(text, at):
            total += 0.2 * (match[1] == ",")
            at = match.end()
        elif match := COMMAND.match(text, at):
            total += 2.2 if match[0] in (r"\cdot", r"\odot") else 1.6
            at = match.end()
        elif text[at] == "{":
            inner, at = _measure(text, at + 1)
            total += inner
            at += 1
        else:
            total += WIDTHS.get(text[at], 1.8 if is_chinese(text[at]) else 1.0)
            at += 1
    return total, at
