"""Shift every softmax by its largest input, so that no exponential overflows.

Input: a derivation.  Output: one with equal values: M = max z, S = z - M, U = exp(S), V = sum U,
softmax = U / V, and log softmax = S - log V, which never takes the logarithm of 0.
Source: Blanchard, Higham & Higham, Accurately computing the log-sum-exp and softmax functions
(2021), eqs. 1.3 and 1.4.  Imports graph and index.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import sympy as sp

from symbp.derivation import Derivation, Line
from symbp.graph import Equation, Quantity
from symbp.index import (
    Index,
    MaxOver,
    SumOver,
    bound,
    canonical,
    name_of,
    rewrite,
    substitute,
    tensor,
    total,
)


def stabilise(derivation: Derivation) -> Derivation:
    """Rewrite softmax equations and the logarithms of their results.

    Returns:
        The derivation with each softmax in five lines, all with its number.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> for line in stabilise(derive(Network(sizes=[2, 2], activation="softmax"))).forward:
    ...     print(line)
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i])
    [2] M1[n] = max(k: Z1[n,k])
    [2] S1[n,j] = Z1[n,j] - M1[n]
    [2] U1[n,j] = exp(S1[n,j])
    [2] V1[n] = sum(k: U1[n,k])
    [2] A1[n,j] = U1[n,j]/V1[n]
    [3] E = sum(n,j: (A1[n,j] - T[n,j])**2)/2
    """
    quantities = dict(derivation.quantities)
    softmaxes: dict[str, str] = {}
    lines: list[Line] = []
    for line in derivation.forward:
        parts = _split(line)
        if parts:
            softmaxes[line.equation.name] = line.equation.name.lstrip("AP")
            axes = quantities[line.equation.name].axes
            for part in parts[:-1]:
                name = part.equation.name
                quantities[name] = Quantity(name, axes[: len(part.equation.indices)], "value")
            lines += parts
        else:
            rhs = rewrite(line.equation.rhs, lambda node: _log(node, softmaxes))
            lines.append(replace(line, equation=replace(line.equation, rhs=rhs)))
    return replace(derivation, forward=tuple(lines), quantities=MappingProxyType(quantities))


def _split(line: Line) -> list[Line]:
    """The five lines of a softmax; none if the line is no softmax."""
    e = line.equation
    top, bottom = sp.fraction(e.rhs)
    if not (isinstance(top, sp.exp) and isinstance(bottom, SumOver) and len(bound(bottom)) == 1):
        return []
    (dummy,) = bound(bottom)
    over = [
        i
        for i in e.indices
        if canonical(SumOver(substitute(top, {i: dummy}), dummy)) == canonical(bottom)
    ]
    if over != [e.indices[-1]]:
        return []
    layer = e.name.lstrip("AP")
    argument, last, rows = top.args[0], e.indices[-1], e.indices[:-1]
    shifted, powers = (tensor(f"{letter}{layer}", *e.indices) for letter in "SU")
    largest, whole = (tensor(f"{letter}{layer}", *rows) for letter in "MV")
    running: dict[sp.Expr, sp.Expr] = {last: dummy}
    equations = (
        (largest, MaxOver(substitute(argument, running), dummy)),
        (shifted, argument - largest),
        (powers, sp.exp(shifted)),
        (whole, total(substitute(powers, running), dummy)),
        (e.target, powers / whole),
    )
    return [
        Line(line.number, Equation(target, rhs, e.origin, e.source)) for target, rhs in equations
    ]


def _log(node: sp.Expr, softmaxes: dict[str, str]) -> sp.Expr | None:
    """log of a softmax: S - log V."""
    if not (isinstance(node, sp.log) and isinstance(node.args[0], sp.Indexed)):
        return None
    layer = softmaxes.get(name_of(node.args[0]))
    if layer is None:
        return None
    indices: tuple[Index, ...] = node.args[0].indices
    return tensor(f"S{layer}", *indices) - sp.log(tensor(f"V{layer}", *indices[:-1]))
