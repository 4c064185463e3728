"""Equations of a derivation in the quantities that the symbols of a notation stand for.

Where a notation's threshold is minus a bias, the sign goes into the formula here; a single sample
loses its index; indices get the letters of the notation.
Input: expressions in index notation, or in scalars.  Output: the same with other signs and letters.
Imports naming, algebra and index.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from symbp.algebra import positive_factors
from symbp.derivation import Line, Step
from symbp.document.naming import Naming
from symbp.graph import Equation
from symbp.index import (
    Index,
    Partial,
    Reduction,
    Size,
    axes_of,
    bound,
    display,
    free_indices,
    is_quantity,
    name_of,
    rewrite,
    substitute,
    tensor,
    total,
)
from symbp.scalars import ScalarEquation


def renamed(naming: Naming, equation: Equation) -> Equation:
    """An equation in the quantities of a notation.

    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2], bias="per-unit")
    >>> d = derive(net)
    >>> e = renamed(Naming(builtin("watermelon"), net, d), d.line("dZ2").equation)
    >>> print(e.target, "=", e.rhs)
    dZ2[n, j] = (1 - A2[n, j])*(-A2[n, j] + T[n, j])*A2[n, j]
    """
    batch = _batch(naming, equation.target, equation.rhs)
    target, rhs = _without(equation.target, batch, naming), _without(equation.rhs, batch, naming)
    if equation.name in naming.offsets:
        rhs -= _without(naming.offsets[equation.name][1], batch, naming)
    rhs = signed(naming, rhs) * naming.sign(equation.name)
    rhs = _positive(rhs) if naming.notation.negated else rhs
    free = tuple(i for i in equation.indices if i not in batch)
    target, rhs = _lettered(naming, free, target, rhs)
    return Equation(target, rhs, equation.origin, equation.source)


def renamed_steps(naming: Naming, line: Line) -> Iterator[Step]:
    """The steps of a line in the quantities of a notation, with the letters of its equation.

    Each is an equality of two numbers; where the notation has the other sign for the adjoint, or
    for the partial derivative, that the step is about, both sides change theirs.
    """
    of_adjoint = of_partial = 1
    for step in line.steps:
        if step.rule in ("chain rule", "add"):
            sign = of_adjoint = naming.sign(name_of(step.before))
        elif step.rule == "local derivative":
            top, bottom = (name_of(a) for a in step.before.args)
            sign = of_partial = naming.sign(top) * naming.sign(bottom)
        elif step.rule in ("forward values", "rearrange"):
            sign = of_partial
        elif step.rule == "contract":
            sign = of_adjoint
        else:
            sign = naming.sign(line.equation.name)
        yield _renamed_step(naming, line.equation, step, sign)


def _renamed_step(naming: Naming, equation: Equation, step: Step, sign: int) -> Step:
    batch = _batch(naming, equation.target, step.before, step.after)
    before, after = (_without(e, batch, naming) for e in (step.before, step.after))
    before, after = (sign * signed(naming, e) for e in (before, after))
    if naming.notation.negated:
        before, after = _positive(before), _positive(after)
    first = tuple(i for i in equation.indices if i not in batch)
    others = sorted((free_indices(before) | free_indices(after)) - set(first), key=str)
    before, after = _lettered(naming, (*first, *others), before, after, at=equation.target)
    return Step(step.rule, before, after, step.about, step.source)


def renamed_scalar(naming: Naming, equation: ScalarEquation) -> sp.Expr:
    """The right side of the equation of one number, in the quantities of a notation."""
    rhs = signed_scalar(naming, equation.rhs)
    name = equation.target.name
    rhs -= naming.whole_scalar(name) - equation.target
    rhs *= naming.sign(equation.quantity)
    return _positive(rhs) if naming.notation.negated else rhs


def signed_scalar(naming: Naming, expr: sp.Expr) -> sp.Expr:
    """Scalars with the other sign, and net inputs without their bias, put in."""
    if not naming.notation.negated and not naming.offsets:
        return expr
    put = {}
    for symbol in expr.free_symbols:
        owner = naming.system.entry(symbol.name)
        if owner is not None:
            put[symbol] = naming.sign(owner[0]) * naming.whole_scalar(symbol.name)
    made = expr.xreplace(put)
    return _positive(made) if naming.notation.negated else made


def _batch(naming: Naming, *expressions: sp.Expr) -> frozenset[Index]:
    """The indices that count samples, where there is one sample only."""
    if not naming.one_sample:
        return frozenset()
    axes = naming.every_axis
    return frozenset(i for e in expressions for i, axis in axes_of(e, axes).items() if axis == "N")


def _without(expr: sp.Expr, batch: frozenset[Index], naming: Naming) -> sp.Expr:
    """The expression for one sample: no index that counts samples, no sum over it."""
    if not naming.one_sample:
        return expr

    def rule(node: sp.Expr) -> sp.Expr | None:
        if isinstance(node, Size) and node.name == "N":
            return sp.S.One
        if isinstance(node, sp.Indexed):
            axes = naming.quantities[name_of(node)].axes
            kept = (i for i, axis in zip(node.indices, axes, strict=True) if axis != "N")
            return tensor(name_of(node), *(rewrite(i, rule) for i in kept))
        if isinstance(node, Reduction):
            where = axes_of(node.function, naming.every_axis)
            inside = rewrite(node.function, rule)
            dummies = [d for d in bound(node) if where.get(d) != "N"]
            return node.func(inside, *dummies) if dummies else inside
        if isinstance(node, sp.KroneckerDelta):
            if batch & set(node.args):
                return sp.S.One
            return sp.KroneckerDelta(*(rewrite(a, rule) for a in node.args))
        return None

    return rewrite(expr, rule)


def signed(naming: Naming, expr: sp.Expr) -> sp.Expr:
    """Quantities with the other sign, and net inputs without their bias, put in."""
    if not naming.notation.negated and not naming.offsets:
        return expr

    def rule(node: sp.Expr) -> sp.Expr | None:
        if isinstance(node, Partial):
            top, bottom = (name_of(a) for a in node.args)
            return naming.sign(top) * naming.sign(bottom) * node
        if not is_quantity(node):
            return None
        name = name_of(node)
        return naming.sign(name) * naming.whole(node)

    return rewrite(expr, rule)


def _positive(expr: sp.Expr) -> sp.Expr:
    """Signs collected in front of products and sums, then taken into a factor that is a sum."""
    if isinstance(expr, Reduction):
        inner = _positive(expr.function)
        outer = total(inner, *bound(expr)) if expr.kind == "Sum" else expr.func(inner, *bound(expr))
        return positive_factors(outer)
    if is_quantity(expr) or isinstance(expr, Partial) or not expr.args:
        return expr
    made = expr.func(*(_positive(a) if isinstance(a, sp.Expr) else a for a in expr.args))
    return positive_factors(made) if isinstance(made, sp.Mul) else made


def _lettered(
    naming: Naming, free: tuple[Index, ...], *expressions: sp.Expr, at: sp.Expr | None = None
) -> tuple[sp.Expr, ...]:
    """The letters of the notation in place of those of the derivation; `at` has indices too."""
    axes = {name: naming.axes(name) for name in naming.quantities}
    where = {i: axis for e in expressions for i, axis in axes_of(e, axes).items()}
    if at is not None:
        where |= axes_of(at, naming.every_axis)
    names: dict[Index, Index] = {}
    for index in free:
        taken = {i.name for i in names.values()}
        preferred = naming.letter(where.get(index, ""), taken)
        keep = not naming.has_letter(where.get(index, "")) and index.name not in taken
        names[index] = index if keep else Index(preferred)
    chosen = tuple(names.values())
    return tuple(display(substitute(e, names), chosen, axes, naming.letter) for e in expressions)
