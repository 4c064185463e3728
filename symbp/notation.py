"""Index notation as plain text, in reading order.

Input: expressions of a derivation.  Output: text such as `Z1[n,j] = sum(i: X[n,i]*W1[j,i])`.
Imports tree, printers, derivation and index.
"""

from __future__ import annotations

import sympy as sp

from symbp.graph import Equation
from symbp.index import MaxOver, MeanOver, Partial, Reduction, Size, bound, is_quantity, name_of
from symbp.printers import plain
from symbp.tree import Name, Node, to_tree

REDUCTIONS = {MaxOver: "max", MeanOver: "mean"}


def index_text(expr: sp.Expr) -> str:
    """An expression in index notation as text.

    >>> from symbp.index import Index, SumOver, tensor
    >>> n, i, j = Index("n"), Index("i"), Index("j")
    >>> index_text(SumOver(tensor("W", j, i) * tensor("x", n, i), i))
    'sum(i: W[j,i]*x[n,i])'
    """
    text = plain(to_tree(expr, _leaf))
    return text[1:-1] if isinstance(expr, Partial) else text


def _leaf(node: sp.Expr) -> Node | None:
    if is_quantity(node):
        indices = [index_text(i) for i in getattr(node, "indices", ())]
        return Name(f"{name_of(node)}[{','.join(indices)}]" if indices else name_of(node))
    if isinstance(node, Reduction):
        kind = REDUCTIONS.get(type(node), "sum")
        return Name(f"{kind}({','.join(i.name for i in bound(node))}: {index_text(node.function)})")
    if isinstance(node, sp.KroneckerDelta):
        left, right = sorted((index_text(a) for a in node.args), key=lambda t: (len(t), t))
        return Name(f"delta({left},{right})")
    if isinstance(node, Partial):
        return Name(f"(∂{index_text(node.args[0])}/∂{index_text(node.args[1])})")
    if isinstance(node, Size) or (isinstance(node, sp.Symbol) and not is_quantity(node)):
        return Name(node.name)
    return None


def equation_text(equation: Equation) -> str:
    """An equation in index notation as text.

    >>> from symbp.index import Index, tensor
    >>> n = Index("n")
    >>> equation_text(Equation(tensor("A", n), 1 - tensor("Z", n)))
    'A[n] = 1 - Z[n]'
    """
    return f"{index_text(equation.target)} = {index_text(equation.rhs)}"
