"""Keep the lines of the textbook where floating point follows them, and only there.

`1/(1 + exp(-z))` is right to the last digits at every number, and `a*(1 - a)` is finite and as near
as its terms; `log(1 + exp(z))` is infinity for a large z, and `exp(z) - 1` nothing for a small one.
Input: a derivation.  Output: the same lines, with an `Elementwise` node for each function of one
number that needs a stable form.  Imports elementwise and the measurement of stable/.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import sympy as sp

from symbp.algebra import divisors
from symbp.derivation import Derivation, Line
from symbp.index import name_of, quantities, rewrite
from symbp.passes.elementwise import Elementwise, Pointwise, Split, elementwise
from symbp.stable.writer import X

ULPS = 16.0  # of the formula as written, in float64; no digit that one sees is lost
POINTS = 400


def textbook(derivation: Derivation) -> Split:
    """The derivation with names for those functions that must not be computed as written.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> for activation in ("sigmoid", "softplus"):
    ...     found = textbook(derive(Network(sizes=[2, 2], activation=activation))).derivation
    ...     print(*(line.equation.rhs for line in (found.forward[1], found.backward[0])))
    1/(1 + exp(-Z1[n, j])) (1 - A1[n, j])*(A1[n, j] - T[n, j])*A1[n, j]
    Elementwise(0, 0, Z1[n, j]) (A1[n, j] - T[n, j])*Elementwise(0, 1, Z1[n, j])
    """
    split = elementwise(derivation)
    named = split.derivation
    pairs = tuple(zip(derivation.forward, named.forward, strict=True))
    forward = tuple(_chosen(plain, line, split.functions) for plain, line in pairs)
    bypassed = {f"d{name}" for plain, line in pairs for name in _bypassed(plain, line)}
    backward = []
    for plain, line in zip(derivation.backward, named.backward, strict=True):
        if bypassed & (_names(plain) | _names(line)):
            backward.append(line)
        elif _is_tame(plain, line):
            backward.append(plain)
        else:
            backward.append(_chosen(plain, line, split.functions))
    return replace(split, derivation=replace(named, forward=forward, backward=tuple(backward)))


def _names(line: Line) -> set[str]:
    return {line.equation.name, *map(name_of, quantities(line.equation.rhs))}


def _bypassed(plain: Line, named: Line) -> set[str]:
    """What a line uses where the line with names takes the logarithm through an activation.

    Part of the loss then flows back past the activation: its adjoint is not the same in both.
    """
    return _names(plain) if _names(plain) != _names(named) else set()


def _chosen(plain: Line, named: Line, functions: tuple[Pointwise, ...]) -> Line:
    """The line with names for what must not be computed as written, and for nothing else."""

    def written_out(node: sp.Expr) -> sp.Expr | None:
        if not isinstance(node, Elementwise):
            return None
        place, order, argument = node.args
        formula = functions[int(place)].formula(int(order))
        good = order == 0 and is_good(formula)
        return formula.xreplace({X: rewrite(argument, written_out)}) if good else node

    rhs = rewrite(named.equation.rhs, written_out)
    if not rhs.has(Elementwise) and not _bypassed(plain, named):
        return plain
    return replace(named, equation=replace(named.equation, rhs=rhs))


def _is_tame(plain: Line, named: Line) -> bool:
    """Whether a line only multiplies and adds what earlier lines have, perhaps by a condition.

    It may divide by what the line with names divides by.
    """
    rhs = plain.equation.rhs
    calls = rhs.atoms(sp.Function) - rhs.atoms(sp.Piecewise, sp.Abs, sp.sign, sp.KroneckerDelta)
    roots = any(not p.exp.is_Integer for p in rhs.atoms(sp.Pow))
    return not calls and not roots and divisors(rhs) <= divisors(named.equation.rhs)


@lru_cache(maxsize=1024)
def is_good(expr: sp.Expr) -> bool:
    """Whether a formula in X, computed as written, is right to 16 ULP at every float64.

    Results below the smallest normal number may be 0.

    >>> from sympy import exp, log
    >>> is_good(1 / (1 + exp(-X))), is_good(log(1 + exp(X))), is_good(exp(X) - 1)
    (True, False, False)
    """
    import numpy as np

    from symbp.stable.error import Truth
    from symbp.stable.interpret import compute
    from symbp.stable.pieces import pieces
    from symbp.stable.points import sample
    from symbp.stable.truth import true_values
    from symbp.tree import Name, to_tree

    if expr.has(sp.erf, sp.erfc):  # of an argument that is rounded first
        return False
    kinks = {float(e) for p in pieces(expr) for e in (p.low, p.high) if np.isfinite(e)}
    points = sample(POINTS, 0, tuple(sorted(kinks)))
    node = to_tree(expr, lambda e: Name("x") if e == X else None)
    with np.errstate(all="ignore"):
        found = np.broadcast_to(compute(node, {"x": points}), points.shape)
    tiny = np.full(len(points), np.finfo(np.float64).tiny)
    return bool(Truth(true_values(expr, {X: points}), tiny).errors(found).max() <= ULPS)
