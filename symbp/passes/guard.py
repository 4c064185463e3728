"""Keep what has no value out of a product that a target makes zero.

Input: a derivation and its functions of one number.  Output: the same, with t*log(p) computed as
t*log(p where t != 0, else a harmless number).  The convention 0 log 0 = 0 is the limit, and without
it a right and certain prediction, p = 0 where t = 0, has the loss NaN.  Imports elementwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import sympy as sp

from symbp.derivation import Derivation, Line
from symbp.index import Reduction, name_of, quantities, rewrite
from symbp.passes.elementwise import Elementwise, Pointwise
from symbp.stable.truth import true_values
from symbp.stable.writer import X

# The ends of what a probability can be, and a number between that every such loss has a value at.
ENDS, INSIDE = (0.0, 1.0), sp.Rational(1, 2)


class Guarded(sp.Function):  # type: ignore[misc]
    """A quantity where a weight is not zero, else INSIDE; SymPy pulls no factor into it."""

    nargs = 2
    is_real = True

    def written_out(self) -> sp.Expr:
        """The same as a piecewise formula."""
        value, weight = self.args
        return sp.Piecewise((value, sp.Ne(weight, 0)), (INSIDE, True))


def guard(derivation: Derivation, functions: Sequence[Pointwise]) -> Derivation:
    """Guard the factors of a target that have no value at 0 or at 1.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[1, 1], activation="identity", loss="sum(-t*log(p))")
    >>> guard(derive(net), ()).line("dZ1").equation.rhs
    -T[n, j]/Guarded(Z1[n, j], T[n, j])
    """
    targets = {name for name, q in derivation.quantities.items() if q.role == "target"}

    def rule(node: sp.Expr) -> sp.Expr | None:
        return _guarded(node, targets, functions) if isinstance(node, sp.Mul) else None

    def put(line: Line) -> Line:
        rhs = rewrite(line.equation.rhs, rule)
        return replace(line, equation=replace(line.equation, rhs=rhs))

    loss_on = next(
        k for k, line in enumerate(derivation.forward) if line.equation.origin.startswith("loss")
    )
    return replace(
        derivation,
        forward=derivation.forward[:loss_on] + tuple(map(put, derivation.forward[loss_on:])),
        backward=tuple(map(put, derivation.backward)),
    )


def _guarded(product: sp.Mul, targets: set[str], functions: Sequence[Pointwise]) -> sp.Expr | None:
    """The product with its singular factors guarded; None if it has none."""
    weight = next((f for f in product.args if _is_weight(f, targets)), None)
    if weight is None:
        return None
    factors = []
    for factor in product.args:
        inner = _singular(factor, functions)
        if inner is not None and factor != weight:
            factor = factor.xreplace({inner: Guarded(inner, weight)})
        factors.append(factor)
    guarded = sp.Mul(*factors)
    return None if guarded == product else guarded


def _is_weight(factor: sp.Expr, targets: set[str]) -> bool:
    """Whether a factor is a target, or a number minus one."""
    uses = dict.fromkeys(quantities(factor))
    return len(uses) == 1 and all(
        name_of(use) in targets and factor.is_polynomial(use) and sp.degree(factor, use) == 1
        for use in uses
    )


def _singular(factor: sp.Expr, functions: Sequence[Pointwise]) -> sp.Expr | None:
    """The quantity at whose ends a factor has no value, if it is a function of it alone."""
    uses = dict.fromkeys(quantities(factor))
    if len(uses) != 1 or factor.has(*Reduction):
        return None
    (use,) = uses
    formula = rewrite(factor, lambda node: _written_out(node, functions)).xreplace({use: X})
    if formula.free_symbols != {X} or formula.has(sp.zoo, sp.nan):
        return None
    values = true_values(formula, {X: np.array([*ENDS, float(INSIDE)])})
    return use if None in values[:-1] and values[-1] is not None else None


def _written_out(node: sp.Expr, functions: Sequence[Pointwise]) -> sp.Expr | None:
    if not isinstance(node, Elementwise):
        return None
    place, order, argument = node.args
    return functions[int(place)].formula(int(order)).xreplace({X: argument})
