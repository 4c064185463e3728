"""Values with cases, and the conditions on them, built without SymPy's own simplification.

SymPy solves each condition to write it in one way, which can take minutes, and turns a comparison
of cases into if-then-else.  Input: values and conditions.  Output: the same as a Piecewise whose
conditions are comparisons joined by and, or.  Imports nothing of symbp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy as sp

Relation = Callable[[sp.Expr, sp.Expr], sp.Basic]
MOST_COMPARISONS = 64
OPEN = (sp.Add, sp.Mul, sp.Pow, sp.Abs, sp.exp, sp.log)


class TooLongError(ValueError):
    """A condition that becomes too long."""


def branches(*pairs: tuple[sp.Expr, sp.Basic]) -> sp.Expr:
    """The value of the first condition that holds.

    >>> z = sp.Symbol("z", real=True)
    >>> branches((z, z > 0), (sp.S.One, sp.false), (sp.S.Zero, sp.true), (z, z < 9))
    Piecewise((z, z > 0), (0, True))
    """
    kept: list[tuple[sp.Expr, sp.Basic]] = []
    for value, condition in pairs:
        if condition == sp.false:
            continue
        kept.append((value, condition))
        if condition == sp.true:
            break
    if len({value for value, _ in kept}) == 1:
        return kept[0][0]
    return sp.Piecewise(*kept, evaluate=False)


def compared(relation: Relation, left: sp.Expr, right: sp.Expr) -> sp.Basic:
    """left <relation> right, a comparison for each case of both.

    Raises:
        TooLongError: more comparisons than a condition may have.

    >>> z = sp.Symbol("z", real=True)
    >>> compared(lambda a, b: a > b, branches((z, z > 0), (sp.S.Zero, sp.true)), sp.S.One)
    (z > 0) & (z > 1)
    """
    found = list(_cases(relation, left, right, sp.true, [MOST_COMPARISONS]))
    return sp.Or(*found)


def _cases(
    relation: Relation, left: sp.Expr, right: sp.Expr, held: sp.Basic, budget: list[int]
) -> Iterator[sp.Basic]:
    cases = _first(left) or _first(right)
    if cases is None:
        budget[0] -= 1
        if budget[0] < 0 or left.has(sp.Piecewise) or right.has(sp.Piecewise):
            raise TooLongError
        found = relation(left, right)
        if isinstance(found, sp.core.relational.Relational) and found.lhs.is_number:
            found = found.reversed
        yield sp.And(held, found)
        return
    for value, condition in cases.args:
        here, held = sp.And(held, condition), sp.And(held, opposite(condition))
        if sum(len(c.atoms(sp.core.relational.Relational)) for c in (here, held)) > budget[0]:
            raise TooLongError
        if here != sp.false:
            yield from _cases(
                relation, left.xreplace({cases: value}), right.xreplace({cases: value}), here,
                budget,
            )  # fmt: skip


def _first(expr: sp.Expr) -> sp.Piecewise | None:
    """The outermost value with cases, outside any sum over an index."""
    if isinstance(expr, sp.Piecewise):
        return expr
    if not isinstance(expr, (*OPEN, sp.Function)) or not expr.has(sp.Piecewise):
        return None
    return next((found for found in map(_first, expr.args) if found is not None), None)


def opposite(condition: sp.Basic) -> sp.Basic:
    """The condition that holds where this one does not, without a not in it.

    >>> z = sp.Symbol("z", real=True)
    >>> opposite(sp.Or(z > 1, z < 0))
    (z >= 0) & (z <= 1)
    """
    if isinstance(condition, sp.And):
        return sp.Or(*map(opposite, condition.args))
    if isinstance(condition, sp.Or):
        return sp.And(*map(opposite, condition.args))
    return sp.Not(condition)
