"""Print a tree: as plain text, and as Python with NumPy.

Input: a node of tree.py.  Output: text; the Python is what `ruff format` would leave alone.
Imports tree and exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symbp.array_nodes import Eye, Full, Gather, Permute, Typed
from symbp.exact import decimal_text
from symbp.functions import FUNCTIONS
from symbp.tree import (
    ONE,
    Call,
    Compare,
    Constant,
    Einsum,
    Expand,
    Logic,
    MatMul,
    Name,
    Node,
    Number,
    OneHot,
    Power,
    Product,
    Reduce,
    Sum,
    Transpose,
    Where,
    is_constant,
)

LARGE_WHOLE = 10**15  # a float from here on: NumPy refuses Python's whole numbers above 2**63
WHERE, LOGIC, COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(8)
TWO_NUMBERS = {"power": "np.power"} | {
    name: f"np.{name}" for name in ("sqrt", "maximum", "minimum", "clip", "hypot", "log1p", "expm1")
}
NUMPY = {name: f.numpy for name, f in FUNCTIONS.items() if f.numpy} | TWO_NUMBERS
PAIR = 2
PLAIN = {"maximum": "max"}


@dataclass(frozen=True, slots=True)
class Printer:
    """How nodes are spelt.

    Args:
        times: Between factors, with its spaces; the same spaces go around `/`.
        functions: Spelling of function names that differ from the tree's.
        numpy: Whether array nodes and literals are Python.
        put: Text to write in place of a name, for "numbers put in".
    """

    times: str
    functions: Mapping[str, str]
    numpy: bool
    put: Mapping[str, str] = field(default_factory=dict)

    def text(self, node: Node, above: int = WHERE) -> str:
        """The node as text, in parentheses where it binds less than what is around it."""
        text, level = self._spell(node)
        return f"({text})" if level < above else text

    def operand(self, node: Node, above: int) -> str:
        """The node inside an operator of precedence `above`."""
        return f"({self.text(node)})" if isinstance(node, MatMul) else self.text(node, above)

    def _spell(self, node: Node) -> tuple[str, int]:
        if self.numpy:
            node = folded(node)
        match node:
            case Number(value):
                return self._number(value)
            case Constant(name):
                return name, ATOM
            case Name(name):
                text = self.put.get(name, name)
                plain_name = text.replace("_", "").isalnum() or text == name
                return text, ATOM if plain_name or text[0] != "-" else UNARY
            case Sum(terms):
                return self._sum(terms), SUM
            case Product():
                return self._product(node)
            case Power(base, exponent):
                simple = isinstance(base, Name | Number) and self.text(base, POWER) == self.text(
                    base
                )
                gap = "" if simple or not self.numpy else " "
                return f"{self.text(base, ATOM)}{gap}**{gap}{exponent}", POWER
            case Call("power", (base, exponent)) if not self.numpy:
                return f"{self.text(base, ATOM)}**{self.text(exponent, ATOM)}", POWER
            case Call(function, arguments):
                inner = ", ".join(self.text(a) for a in arguments)
                return f"{self.functions.get(function, function)}({inner})", ATOM
            case Compare(relation, left, right):
                return f"{self.text(left, SUM)} {relation} {self.text(right, SUM)}", COMPARE
            case Logic(kind, parts):
                mark = {"and": "&", "or": "|"}[kind] if self.numpy else kind
                held = [f"({self.text(p)})" if self.numpy else self.text(p) for p in parts]
                return f" {mark} ".join(held), LOGIC
            case Where(condition, then, otherwise):
                inner = ", ".join(self.text(a) for a in (condition, then, otherwise))
                return f"{'np.' if self.numpy else ''}where({inner})", ATOM
            case _:
                return self._array(node)

    def _array(self, node: Node) -> tuple[str, int]:
        match node:
            case MatMul(left, right):
                return f"{self.text(left, PRODUCT)} @ {self.text(right, UNARY)}", PRODUCT
            case Transpose(of):
                return f"{self.text(of, ATOM)}.T", ATOM
            case Reduce(kind, of, axes, keep):
                axis = f"{axes[0]}" if len(axes) == 1 else f"{axes}"
                options = [f"axis={axis}"] * bool(axes) + ["keepdims=True"] * keep
                if isinstance(of, Name | Transpose):
                    return f"{self.text(of, ATOM)}.{kind}({', '.join(options)})", ATOM
                return f"np.{kind}({', '.join([self.text(of), *options])})", ATOM
            case Expand(of, pattern):
                return f"{self.text(of, ATOM)}[{pattern}]", ATOM
            case OneHot(classes, width, like):
                return f"np.eye({self.text(width)}, dtype={like}.dtype)[{self.text(classes)}]", ATOM
            case Permute(of, order):
                return f"{self.text(of, ATOM)}.transpose({', '.join(map(str, order))})", ATOM
            case Full(of, shape):
                sizes = ", ".join(self.text(n) for n in shape)
                return f"np.full(({sizes}{',' * (len(shape) == 1)}), {self.text(of)})", ATOM
            case Eye(width, like):
                return f"np.eye({self.text(width)}, dtype={like}.dtype)", ATOM
            case Typed(of, like):
                return f"{self.text(of, ATOM)}.astype({like}.dtype)", ATOM
            case Gather(table, rows):
                return f"{self.text(table, ATOM)}[{self.text(rows)}]", ATOM
            case Einsum(subscripts, operands):
                inner = ", ".join(self.text(o) for o in operands)
                more = ", optimize=True" * (len(operands) > PAIR)
                return f'np.einsum("{subscripts}", {inner}{more})', ATOM
        raise TypeError(f"no spelling for {type(node).__name__}")

    def _number(self, value: Fraction) -> tuple[str, int]:
        if value.denominator == 1 and (not self.numpy or abs(value) < LARGE_WHOLE):
            return str(value), ATOM if value >= 0 else UNARY
        text = decimal_text(value)
        if "/" in text:
            return f"{value.numerator}{self._over}{value.denominator}", PRODUCT
        shown = float_text(float(value)) if self.numpy else text
        return shown, ATOM if value >= 0 else UNARY

    @property
    def _over(self) -> str:
        return self.times.replace("*", "/")

    def _sum(self, terms: tuple[tuple[int, Node], ...]) -> str:
        text = ""
        for sign, node in terms:
            spelt = self.text(
                node, PRODUCT if sign > 0 else UNARY if self._is_sum(node) else PRODUCT
            )
            if spelt.startswith("-"):
                spelt = f"({spelt})"
            if not text:
                if sign < 0 and self.numpy and isinstance(node, Power):
                    spelt = f"({spelt})"
                text = spelt if sign > 0 else f"-{spelt}"
            else:
                text += f" {'+' if sign > 0 else '-'} {spelt}"
        return text

    @staticmethod
    def _is_sum(node: Node) -> bool:
        return isinstance(node, Sum)

    def _product(self, node: Product) -> tuple[str, int]:
        top = [self._factor(f, first=k == 0) for k, f in enumerate(node.numerator or (ONE,))]
        if self.numpy and node.sign < 0 and node.numerator and isinstance(node.numerator[0], Power):
            top[0] = f"({top[0]})"  # as the formatter writes -(x**2)
        text = self.times.join(top)
        if node.denominator:
            bottom = self.times.join(self._factor(f, first=False) for f in node.denominator)
            text += (
                f"{self._over}({bottom})" if len(node.denominator) > 1 else f"{self._over}{bottom}"
            )
        sign = "-" if node.sign < 0 else ""
        alone = len(node.numerator) == 1 and not node.denominator
        return f"{sign}{text}", UNARY if sign and alone else PRODUCT

    def _factor(self, node: Node, first: bool) -> str:
        if isinstance(node, MatMul):
            return f"({self.text(node)})"
        text = self.text(node, PRODUCT if first and isinstance(node, Product) else UNARY)
        return f"({text})" if text.startswith("-") else text


def folded(node: Node) -> Node:
    """The node with its irrational constants worked out: `np.sqrt(2)` is a float64 scalar, which
    would promote float32 arrays; a literal does not."""
    if isinstance(node, Product):
        constants = [f for f in (*node.numerator, *node.denominator) if is_constant(f)]
        if all(isinstance(f, Number) for f in constants):
            return node
        top = tuple(f for f in node.numerator if is_constant(f))
        bottom = tuple(f for f in node.denominator if is_constant(f))
        value = Number(nearest(Product(1, top, bottom)))
        numerator = (value, *(f for f in node.numerator if not is_constant(f)))
        return Product(node.sign, numerator, tuple(f for f in node.denominator if f not in bottom))
    if is_constant(node) and not isinstance(node, Number | Sum | Power):
        return Number(nearest(node))
    return node


def float_text(value: float) -> str:
    """A float as the formatter leaves it.

    >>> float_text(1e20), float_text(0.5)
    ('1e20', '0.5')
    """
    return repr(value).replace("e+", "e")


def nearest(node: Node) -> Fraction:
    """The float64 nearest to a constant.

    >>> float(nearest(Call("sqrt", (Number(Fraction(2)),))))
    1.4142135623730951
    """
    import mpmath

    with mpmath.workdps(40):
        return Fraction(float(_constant(node)))


def _constant(node: Node) -> Any:
    import mpmath

    match node:
        case Number(value):
            return mpmath.mpf(value.numerator) / value.denominator
        case Constant(name):
            return +getattr(mpmath, name)
        case Sum(terms):
            return mpmath.fsum(sign * _constant(term) for sign, term in terms)
        case Product(sign, numerator, denominator):
            top, bottom = (mpmath.fprod(map(_constant, f)) for f in (numerator, denominator))
            return sign * top / bottom
        case Power(base, exponent):
            return _constant(base) ** exponent
        case Call("power", (base, exponent)):
            return _constant(base) ** _constant(exponent)
        case Call(function, arguments):
            name = FUNCTIONS[function].in_mpmath if function in FUNCTIONS else function
            return getattr(mpmath, name)(*map(_constant, arguments))
    raise TypeError(f"no constant: {type(node).__name__}")


_PLAIN = Printer("*", PLAIN, numpy=False)
IN_NUMPY = Printer(" * ", NUMPY, numpy=True)


def plain(node: Node, put: Mapping[str, str] | None = None) -> str:
    """The node as text, with `put` written in place of names.

    >>> from symbp.tree import Product
    >>> plain(Product(1, (Name("w1"), Name("x1"))), {"w1": "-0.4"})
    '(-0.4)*x1'
    """
    return (
        _PLAIN.text(node) if put is None else Printer("*", PLAIN, numpy=False, put=put).text(node)
    )


def numpy_code(node: Node) -> str:
    """The node as a Python expression that needs `import numpy as np`.

    >>> numpy_code(Call("exp", (Product(-1, (Name("Z1"),)),)))
    'np.exp(-Z1)'
    """
    return IN_NUMPY.text(node)
