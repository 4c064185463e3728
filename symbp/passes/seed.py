"""A factor on every gradient, put in where the backward pass begins.

Everything that flows back is linear in it: with -learning_rate as the factor, each gradient is the
step to add to its parameter, and no pass over the weights is needed to scale it.
Input: the statements of the backward pass, or its lines.  Output: the same with the factor.
Imports the tree and index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import sympy as sp

from symbp.index import Reduction, bound, name_of, quantities
from symbp.program import Statement, names
from symbp.tree import ZERO, Name, Node, Product, Sum, Where, product, sum_of

SEED = "seed"


def seeded(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Multiply all that the statements compute by the number `seed`.

    >>> from symbp.lower import lower
    >>> from symbp.pipeline import derive
    >>> from symbp.printers import numpy_code
    >>> from symbp.spec import Network
    >>> for s in seeded(lower(derive(Network(sizes=[2, 2, 2], activation="relu"))).backward):
    ...     print(s.target, "=", numpy_code(s.node))
    dZ2 = np.where(Z2 > 0, (A2 - T) * seed, 0)
    dW2 = dZ2.T @ A1
    dZ1 = np.where(Z1 > 0, dZ2 @ W2, 0)
    dW1 = dZ1.T @ X
    """
    back: set[str] = set()
    found = []
    for statement in statements:
        found.append(replace(statement, node=_seeded(statement.node, back)))
        back.add(statement.target)
    return tuple(found)


def _seeded(node: Node, back: set[str]) -> Node:
    """The node times the seed; what comes from later lines has it already."""
    if isinstance(node, Where):
        then, otherwise = (
            part if part == ZERO else _seeded(part, back) for part in (node.then, node.otherwise)
        )
        return Where(node.condition, then, otherwise)
    if not back & set(names(node)):
        # It comes last: the product is then the gradient without the seed, times the seed.
        return Product(1, (*_factors(node), Name(SEED)))
    if isinstance(node, Sum):
        return sum_of([(sign, _seeded(term, back)) for sign, term in node.terms])
    if isinstance(node, Product):
        for position, factor in enumerate(node.numerator):
            if back & set(names(factor)):
                rest = list(node.numerator)
                rest[position] = _seeded(factor, back)
                return product(node.sign, rest, list(node.denominator))
    return node


def _factors(node: Node) -> tuple[Node, ...]:
    return (
        node.numerator
        if isinstance(node, Product) and node == Product(1, node.numerator)
        else (node,)
    )


def seeded_line(expr: sp.Expr, back: Collection[str]) -> sp.Expr:
    """The right side of a line times the number `seed`.

    Args:
        expr: In index notation.
        back: Names of the adjoints before it, which have the factor already.

    >>> from symbp.index import Index, tensor
    >>> z, d = (tensor(q, Index("n")) for q in ("Z", "dA"))
    >>> seeded_line(2 * z + z * d, {"dA"})
    2*seed*Z[n] + Z[n]*dA[n]
    """
    if not any(name_of(q) in back for q in quantities(expr)):
        return expr * sp.Symbol(SEED, real=True)
    if isinstance(expr, sp.Add):
        return sp.Add(*(seeded_line(term, back) for term in expr.args))
    if isinstance(expr, sp.Mul):
        factors = list(expr.args)
        place = next(
            k for k, f in enumerate(factors) if any(name_of(q) in back for q in quantities(f))
        )
        factors[place] = seeded_line(factors[place], back)
        return sp.Mul(*factors)
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*((seeded_line(value, back), c) for value, c in expr.args))
    if isinstance(expr, Reduction):
        return expr.func(seeded_line(expr.function, back), *bound(expr))
    return expr
