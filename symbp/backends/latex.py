"""A derivation as aligned LaTeX equations, in reading order.

Input: a derivation or one of its expressions.  Output: LaTeX that needs amsmath.  Imports tree,
derivation and index.
"""

from __future__ import annotations

import re
from fractions import Fraction

import sympy as sp

from symbp.derivation import Derivation
from symbp.errors import GraphError
from symbp.functions import FUNCTIONS
from symbp.index import MaxOver, MeanOver, Partial, Reduction, Size, bound, is_quantity, name_of
from symbp.tree import (
    ONE,
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
    to_tree,
)

GREEK = {"alpha", "beta", "gamma", "delta", "lambda", "mu", "sigma"}
COMMANDS = {name: f.latex for name, f in FUNCTIONS.items()} | {"maximum": r"\max"}
RELATIONS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}
SUM, PRODUCT, POWER, ATOM = range(4)


def aligned(derivation: Derivation) -> str:
    """Every line of a derivation in one `aligned` environment, with its number.

    >>> from symbp.derive import derive
    >>> from symbp.build import build_graph
    >>> from symbp.spec import Network
    >>> print(aligned(derive(build_graph(Network(sizes=[1, 1])))).splitlines()[1])
    Z^{(1)}_{nj} &= \\sum_{i} W^{(1)}_{ji}\\, X_{ni} && \\text{[1]} \\\\
    """
    rows = [
        f"{latex(line.equation.target)} &= {latex(line.equation.rhs)} && \\text{{[{line.number}]}}"
        for line in derivation.lines
    ]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def latex(expr: sp.Expr) -> str:
    """An expression in index notation as LaTeX.

    >>> from symbp.index import Index, tensor
    >>> a = tensor("A2", Index("n"), Index("j"))
    >>> print(latex(a * (1 - a)))
    A^{(2)}_{nj}\\, \\left(1 - A^{(2)}_{nj}\\right)
    """
    return _text(to_tree(expr, _leaf))


def symbol(name: str, indices: str = "") -> str:
    """A quantity's name as LaTeX: layer number above in parentheses, indices below.

    >>> print(symbol("dW1", "ji"), symbol("xhat2", "ni"))
    \\frac{\\partial E}{\\partial W^{(1)}_{ji}} \\hat{x}^{(2)}_{ni}
    """
    if re.match(r"d[A-Za-z]", name) and not name.startswith("delta"):
        return rf"\frac{{\partial E}}{{\partial {symbol(name[1:], indices)}}}"
    match = re.fullmatch(r"([A-Za-z_]+?)(\d*)", name)
    letters, layer = match.groups() if match else (name, "")
    if letters in GREEK:
        letters = f"\\{letters}"
    elif letters.endswith("hat") and len(letters) == 4:
        letters = rf"\hat{{{letters[0]}}}"
    elif len(letters) > 1:
        escaped = letters.replace("_", r"\_")
        letters = rf"\mathrm{{{escaped}}}"
    above = f"^{{({layer})}}" if layer else ""
    below = f"_{{{indices}}}" if indices else ""
    return f"{letters}{above}{below}"


def _leaf(node: sp.Expr) -> Node | None:
    if is_quantity(node):
        # The label decides the reading order, so it stays in front; _text drops it.
        return Name(f"{name_of(node)}\0{symbol(name_of(node), _indices(node))}")
    if isinstance(node, Reduction):
        sign = {MaxOver: r"\max", MeanOver: r"\operatorname{mean}"}.get(type(node), r"\sum")
        inner = to_tree(node.function, _leaf)
        body = _text(inner, PRODUCT)
        below = ", ".join(i.name for i in bound(node))
        kind = "sum(*" if isinstance(node.function, sp.Mul) else "sum("
        return Name(f"{kind}\0{sign}_{{{below}}} {body}")
    if isinstance(node, sp.KroneckerDelta):
        left, right = sorted(map(_index, node.args), key=lambda t: (len(t), t))
        return Name(f"delta\0\\delta_{{{left},\\,{right}}}")
    if isinstance(node, Partial):
        top, bottom = (_text(to_tree(a, _leaf)) for a in node.args)
        return Name(f"d\0\\frac{{\\partial {top}}}{{\\partial {bottom}}}")
    if isinstance(node, Size):
        return Name(f"{node.name}\0{symbol(node.name).replace('^{(', '_{').replace(')}', '}')}")
    return None


def _indices(node: sp.Expr) -> str:
    parts = [_index(i) for i in getattr(node, "indices", ())]
    return (",\\," if any(len(p) > 1 for p in parts) else "").join(parts)


def _index(index: sp.Expr) -> str:
    return index.name if isinstance(index, sp.Symbol) else _text(to_tree(index, _leaf))


def _text(node: Node, above: int = SUM) -> str:
    text, level = _spell(node)
    return rf"\left({text}\right)" if level < above else text


def _spell(node: Node) -> tuple[str, int]:
    match node:
        case Number(value):
            return _number(value), ATOM
        case Name(name):
            text = name.partition("\0")[2]
            return text, PRODUCT if name.startswith("sum(") else ATOM
        case Sum(terms):
            text = "".join(
                f"{(' + ' if sign > 0 else ' - ') if k or sign < 0 else ''}{_text(t, PRODUCT)}"
                for k, (sign, t) in enumerate(terms)
            )
            return text.strip(), SUM
        case Product(sign, numerator, denominator):
            top = _times(numerator)
            if denominator:
                top = rf"\frac{{{top}}}{{{_times(denominator)}}}"
            return f"{'-' if sign < 0 else ''}{top}", PRODUCT
        case Power(base, exponent):
            inner = _text(base, ATOM)
            if not isinstance(base, Number) and not inner.startswith(r"\left("):
                inner = rf"\left({inner}\right)"
            return f"{inner}^{{{exponent}}}", POWER
        case Constant(name):
            return {"pi": r"\pi"}.get(name, name), ATOM
        case Logic(kind, parts):
            return rf" \text{{ {kind} }} ".join(_text(p) for p in parts), SUM
        case Call("power", (base, exponent)):
            return f"{_text(base, ATOM)}^{{{_text(exponent)}}}", POWER
        case Call("abs", (of,)):
            return rf"\left|{_text(of)}\right|", ATOM
        case Call("sqrt", (of,)):
            return rf"\sqrt{{{_text(of)}}}", ATOM
        case Call(function, arguments):
            inner = ", ".join(_text(a) for a in arguments)
            return rf"{COMMANDS.get(function, function)}\left({inner}\right)", ATOM
        case Compare(relation, left, right):
            return f"{_text(left)} {RELATIONS.get(relation, relation)} {_text(right)}", SUM
        case Where(condition, then, otherwise):
            rows = rf"{_text(then)} & {_text(condition)} \\ {_text(otherwise)} & \text{{else}}"
            return rf"\begin{{cases}} {rows} \end{{cases}}", ATOM
    raise GraphError("latex", f"no LaTeX form for {type(node).__name__}")


def _times(factors: tuple[Node, ...]) -> str:
    """Factors side by side; a sum in front of another factor needs parentheses."""
    shown = factors or (ONE,)
    last = len(shown) - 1
    return r"\, ".join(
        _text(f, POWER if k < last or (isinstance(f, Sum) and last) else SUM)
        for k, f in enumerate(shown)
    )


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"
