"""About how wide formulas are, so that long ones can be broken or made smaller.

Input: a `Formula`.  Output: its width in em, rather too wide than too narrow.
Imports formula and symbols.
"""

from __future__ import annotations

from collections.abc import Mapping

from symbp.document.formula import (
    Applied,
    Delta,
    Formula,
    Infix,
    Leaf,
    Literal,
    Over,
    Quotient,
    Raised,
    Rows,
)
from symbp.document.symbols import GREEK, Symbol
from symbp.exact import decimal_text
from symbp.tree import (
    Call,
    Compare,
    Constant,
    Logic,
    Name,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Where,
)

LETTER, DIGIT, OPERATOR, PARENTHESES, SMALL, BESIDE = 0.62, 0.52, 1.35, 0.85, 0.72, 0.2


def width(formula: Formula) -> float:
    """The width of a formula in em.

    >>> from symbp.document.symbols import Symbol
    >>> x = Formula(Name("x"), {"x": Symbol("x", "x")})
    >>> y = Formula(Sum(((1, x.node), (1, x.node))), x.leaves)
    >>> width(x) < width(y) < 5
    True
    """
    return Widths(formula.leaves).of(formula.node)


class Widths:
    """Measures the nodes of one formula."""

    def __init__(self, leaves: Mapping[str, Leaf]) -> None:
        self.leaves = leaves

    def of(self, node: Node) -> float:
        match node:
            case Number(value):
                return number_width(decimal_text(value))
            case Name(name):
                return self._leaf(name)
            case Constant():
                return LETTER
            case Sum(terms):
                return sum(self.factor(t) for _, t in terms) + OPERATOR * len(terms)
            case Product(sign, top, bottom):
                shown = sum(map(self.factor, top)) + BESIDE * max(0, len(top) - 1)
                if bottom:
                    below = sum(map(self.factor, bottom)) + BESIDE * (len(bottom) - 1)
                    shown = max(shown, below) + 0.3
                return max(shown, DIGIT) + OPERATOR * (sign < 0)
            case Power(base, _):
                return self.factor(base) + SMALL * DIGIT
            case Call(function, arguments):
                inner = sum(map(self.of, arguments)) + 0.5 * (len(arguments) - 1)
                if function in ("exp", "power"):
                    return LETTER + SMALL * inner
                return LETTER * min(len(function), 5) + PARENTHESES + inner
            case Logic(_, parts):
                return sum(map(self.of, parts)) + OPERATOR * len(parts)
            case Compare(_, left, right):
                return self.of(left) + self.of(right) + OPERATOR
            case Where(condition, then, otherwise):
                return max(map(self.of, (then, otherwise))) + max(self.of(condition), 2.0) + 2.0
        return 1.0

    def factor(self, node: Node) -> float:
        """As a factor: a sum stands in parentheses."""
        negative = isinstance(node, Product) and node.sign < 0
        return self.of(node) + PARENTHESES * (isinstance(node, Sum) or negative)

    def _leaf(self, name: str) -> float:
        match self.leaves.get(name):
            case Symbol() as symbol:
                return symbol_width(symbol)
            case Over(_, dummies, body):
                return max(1.3, 0.6 * len(dummies)) + self.factor(body)
            case Delta(left, right):
                return PARENTHESES + OPERATOR + DIGIT * (len(left) + len(right))
            case Quotient(top, bottom):
                return 0.7 + max(self.factor(top), self.factor(bottom))
            case Applied(function, primes, argument):
                extra = PARENTHESES + 0.3 * primes
                return symbol_width(function) + extra + self.of(argument)
            case Literal(text):
                return number_width(text)
            case Infix(kind, parts):
                marks = (OPERATOR if kind else 0.0) * (len(parts) - 1)
                return sum(map(self.factor, parts)) + marks
            case Raised(base, _):
                return self.factor(base) + PARENTHESES + SMALL
            case Rows(rows):
                columns = zip(*rows, strict=True)
                return PARENTHESES + sum(0.9 + max(map(number_width, c)) for c in columns)
        return LETTER * len(name)


def number_width(text: str) -> float:
    """The width of a number as it is printed.

    >>> number_width("0.25") < number_width("-0.25")
    True
    """
    digits, mark, exponent = text.partition("e")
    top, slash, bottom = digits.partition("/")
    shown = max(len(top), len(bottom)) if slash else len(digits)
    power = OPERATOR + 2 * DIGIT + SMALL * (len(exponent) + 0.5) if mark else 0.0
    return DIGIT * shown + power + 0.9 * text.startswith("-")


def symbol_width(symbol: Symbol) -> float:
    """The width of a symbol with its scripts."""
    scripts = (sum(len(p.lstrip("~\\")) for p in s) for s in (symbol.below, symbol.above))
    base = 1 if len(symbol.base) == 1 else _letters(symbol.base)
    return LETTER * (base + len(symbol.prefix) / 5) + SMALL * 0.55 * max(scripts)


def _letters(word: str) -> int:
    """How many letters a base has: a Greek one counts as one."""
    return 1 if word in GREEK or word == "ones" else len(word)
