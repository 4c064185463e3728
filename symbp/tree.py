"""A small expression tree that stays as written: what is printed, and what arrays are made of.

SymPy reorders and re-canonicalises; a reader wants `(A2 - T) * A2 * (1 - A2)` and a stable form
must not be undone.  Input: element-wise SymPy expressions.  Output: nodes in reading order.
Imports functions, exact and errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy as sp

from symbp.array_nodes import Eye, Full, Gather, Permute, Scatter, Typed
from symbp.errors import GraphError
from symbp.exact import decimal_text
from symbp.functions import BY_CLASS


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Constant:
    """pi or e."""

    name: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or a size such as N."""

    text: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs, in reading order."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """sign * numerator / denominator; either may be empty."""

    sign: int
    numerator: tuple[Node, ...]
    denominator: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Power:
    """base ** exponent, a whole number of at least 2."""

    base: Node
    exponent: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of numbers: those of functions.py, sqrt, maximum, power."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """left <relation> right; relation is one of < <= > >= == !=."""

    relation: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """Conditions joined by "and" or "or"."""

    kind: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """`then` where the condition holds, else `otherwise`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class MatMul:
    """left @ right, both matrices."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Transpose:
    """The matrix with its two axes swapped."""

    of: Node


@dataclass(frozen=True, slots=True)
class Reduce:
    """sum, mean or max over axes; `keep` leaves them with length 1."""

    kind: str
    of: Node
    axes: tuple[int, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Expand:
    """New axes of length 1: the pattern is an index such as ":, None"."""

    of: Node
    pattern: str


@dataclass(frozen=True, slots=True)
class OneHot:
    """Rows of zeros with a one at each class index."""

    classes: Node
    width: Node
    like: str


@dataclass(frozen=True, slots=True)
class Einsum:
    """The general contraction, where no plainer form exists."""

    subscripts: str
    operands: tuple[Node, ...]


Node = (
    Number | Constant | Name | Sum | Product | Power | Call | Compare | Logic | Where
    | MatMul | Transpose | Reduce | Expand | OneHot | Einsum | Gather | Scatter
    | Permute | Full | Eye | Typed
)  # fmt: skip
LONGEST_FRACTION = 1000  # denominator of a factor that is written as a fraction
OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))
RELATIONS = {
    sp.StrictGreaterThan: ">", sp.GreaterThan: ">=", sp.StrictLessThan: "<", sp.LessThan: "<=",
    sp.Equality: "==", sp.Unequality: "!=",
}  # fmt: skip


def to_tree(expr: sp.Expr, leaf: Callable[[sp.Expr], Node | None]) -> Node:
    """Turn an element-wise expression into a tree in reading order.

    Args:
        expr: Numbers, sums, products, powers, functions of functions.py and Piecewise.
        leaf: Answers with the node for what it knows (quantities, sums), else None.

    Raises:
        GraphError: a node has no form in the tree.

    >>> a, t = sp.symbols("A T", real=True)
    >>> from symbp.printers import plain
    >>> plain(to_tree((1 - a) * a * (a - t), lambda e: Name(str(e)) if e.is_Symbol else None))
    '(A - T)*A*(1 - A)'
    """
    found: dict[sp.Expr, Node] = {}

    def read(part: sp.Expr) -> Node:
        if part not in found:  # closed forms repeat their parts
            known = leaf(part)
            found[part] = _composed(part, read) if known is None else known
        return found[part]

    return read(expr)


def _composed(expr: sp.Expr, read: Callable[[sp.Expr], Node]) -> Node:
    """The node of what is no leaf."""
    if isinstance(expr, sp.Rational):
        return Number(Fraction(int(expr.p), int(expr.q)))
    if isinstance(expr, sp.NumberSymbol):
        return Constant({"Exp1": "e", "Pi": "pi"}[type(expr).__name__])
    if isinstance(expr, sp.Add):
        return _sum(expr, read)
    if isinstance(expr, sp.Mul):
        return _product(expr, read)
    if isinstance(expr, sp.Pow):
        return _power(expr.base, expr.exp, read)
    if isinstance(expr, sp.Piecewise):
        return _piecewise(expr, read)
    if type(expr) in RELATIONS:
        left, right = (read(a) for a in expr.args)
        return Compare(RELATIONS[type(expr)], left, right)
    if isinstance(expr, sp.And | sp.Or):
        kind = "and" if isinstance(expr, sp.And) else "or"
        ordered = sorted(expr.args, key=sp.default_sort_key)
        return Logic(kind, tuple(read(a) for a in ordered))
    if expr.func in BY_CLASS:
        return Call(BY_CLASS[expr.func].name, tuple(read(a) for a in expr.args))
    raise GraphError(f"{expr}", f"no printed form for {expr.func.__name__}")


def product(sign: int, numerator: list[Node], denominator: list[Node]) -> Node:
    """A product in reading order, without ones; a lone positive factor stands for itself."""
    top: list[Node] = []
    for node in numerator:
        if isinstance(node, Product):
            sign *= node.sign
            top += node.numerator
            denominator = [*denominator, *node.denominator]
        elif node != ONE:
            top.append(node)
    if ZERO in top:
        return ZERO
    for position, node in enumerate(top):
        if isinstance(node, Where) and node.otherwise == ZERO:
            rest = [*top[:position], node.then, *top[position + 1 :]]
            return Where(node.condition, product(sign, rest, denominator), ZERO)
    top.sort(key=_factor_key)
    if sign == 1 and len(top) == 1 and not denominator:
        return top[0]
    if not top and not denominator:
        return Number(Fraction(sign))
    return Product(sign, tuple(top), tuple(sorted(denominator, key=_factor_key)))


def sum_of(terms: list[tuple[int, Node]]) -> Node:
    """A sum in reading order, signs pulled out of its terms."""
    flat: list[tuple[int, Node]] = []
    for sign, node in terms:
        if isinstance(node, Product) and node.sign < 0:
            flat.append((-sign, product(1, list(node.numerator), list(node.denominator))))
        elif isinstance(node, Number) and node.value < 0:
            flat.append((-sign, Number(-node.value)))
        else:
            flat.append((sign, node))
    flat.sort(key=lambda term: _term_key(*term))
    return flat[0][1] if len(flat) == 1 and flat[0][0] > 0 else Sum(tuple(flat))


def _sum(expr: sp.Add, read: Callable[[sp.Expr], Node]) -> Node:
    return sum_of([(1, read(term)) for term in expr.args])


def _product(expr: sp.Mul, read: Callable[[sp.Expr], Node]) -> Node:
    sign = 1
    numerator: list[Node] = []
    denominator: list[Node] = []
    for factor in expr.args:
        if isinstance(factor, sp.Rational):
            sign = -1 if factor.is_negative else 1
            if factor.q > LONGEST_FRACTION and "/" not in decimal_text(abs(_fraction(factor))):
                numerator.append(Number(abs(_fraction(factor))))
                continue
            numerator.append(Number(Fraction(abs(int(factor.p)))))
            if factor.q != 1:
                denominator.append(Number(Fraction(int(factor.q))))
        elif isinstance(factor, sp.Pow) and factor.exp.is_number and factor.exp.is_negative:
            denominator.append(_power(factor.base, -factor.exp, read))
        else:
            numerator.append(read(factor))
    return product(sign, numerator, denominator)


def _fraction(number: sp.Rational) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def _power(base: sp.Expr, exponent: sp.Expr, read: Callable[[sp.Expr], Node]) -> Node:
    if not (exponent.is_Rational and exponent.q in (1, 2)):
        return Call("power", (read(base), read(exponent)))
    if exponent.is_negative:
        return product(1, [], [_power(base, -exponent, read)])
    node = read(base)
    if exponent.q == 2:
        node, exponent = Call("sqrt", (node,)), sp.Integer(exponent.p)
    return node if exponent == 1 else Power(node, int(exponent))


def _piecewise(expr: sp.Piecewise, read: Callable[[sp.Expr], Node]) -> Node:
    *branches, (last, always) = expr.args
    if always != sp.true:
        raise GraphError(f"{expr}", "a piecewise formula needs a last branch that always holds")
    if len(branches) == 1:
        value, condition = branches[0]
        if last == 0 and condition == (value > 0):
            return Call("maximum", (read(value), ZERO))
    node = read(last)
    for value, condition in reversed(branches):
        node = Where(read(condition), read(value), node)
    return node


def negated(condition: Node) -> Node | None:
    """The condition that holds where another does not; None where it is no comparison.

    >>> negated(Compare("<", Name("z"), ZERO)).relation
    '>='
    """
    if not isinstance(condition, Compare):
        return None
    return Compare(OPPOSITE[condition.relation], condition.left, condition.right)


def is_constant(node: Node) -> bool:
    """Whether a tree is a number, made of numbers only."""
    match node:
        case Number() | Constant():
            return True
        case Sum(terms):
            return all(is_constant(term) for _, term in terms)
        case Product(_, numerator, denominator):
            return all(is_constant(factor) for factor in (*numerator, *denominator))
        case Power(base, _):
            return is_constant(base)
        case Call(_, arguments):
            return all(is_constant(argument) for argument in arguments)
    return False


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key in which w2 stands before w10.

    >>> sorted(["w10", "w2"], key=natural)
    ['w2', 'w10']
    """
    parts = re.findall(r"\d+|\D+", text)
    return tuple((1, int(p), "") if p.isdigit() else (0, 0, p) for p in parts)


Key = tuple[int, tuple[tuple[int, int, str], ...]]


def _factor_key(node: Node) -> Key:
    """Numbers, errors and products with weights, then names (adjoints first), then 1 - a."""
    if isinstance(node, Number):
        return (0, natural(str(node.value)))
    if is_constant(node):
        return (0, _label(node))
    if isinstance(node, Sum):
        first = node.terms[0][1]
        return (8 if isinstance(first, Number) else 2, _label(node))
    if isinstance(node, MatMul | Einsum):
        return (3, _label(node))
    if isinstance(node, Name):
        return (_name_rank(node.text), natural(node.text))
    return (7, _label(node))


def _name_rank(name: str) -> int:
    """Targets, then adjoints, then weights, then the rest."""
    if re.fullmatch(r"[TY](\[.*)?|y\d+(_s\d+)?", name):
        return 1
    if name.startswith("sum("):
        return 3 if "*" in name else 7
    if re.match(r"d[A-Z]|dx|dmu|dvar|dsigma|dgamma|dbeta|delta", name):
        return 4
    return 5 if re.match(r"(w|W|gamma)\d", name) else 6


def _is_sum_name(node: Node) -> bool:
    """Whether a name stands for a printed sum: it is read like the product it abbreviates."""
    return isinstance(node, Name) and node.text.startswith("sum(")


def _term_key(sign: int, node: Node) -> Key:
    """Whole numbers, products with weights, products, names, other numbers; minus last."""
    if isinstance(node, Number):
        rank = 0 if node.value.denominator == 1 else 4
    elif is_constant(node):
        rank = 4
    elif isinstance(node, MatMul | Product | Reduce | Einsum) or _is_sum_name(node):
        rank = 1
    else:
        rank = 2
    return (rank + (5 if sign < 0 else 0), _label(node))


@lru_cache(maxsize=4096)
def _label(node: Node) -> tuple[tuple[int, int, str], ...]:
    from symbp.printers import plain

    return natural(plain(node))
