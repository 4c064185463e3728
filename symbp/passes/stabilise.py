"""Shift every softmax by its largest input, so that no exponential overflows.

Input: a derivation.  Output: one with equal values: M = max z, S = z - M, U = exp(S), V = sum U,
softmax = U / V, and log softmax = S - log V, which never takes the logarithm of 0.
Source: Blanchard, Higham & Higham, Accurately computing the log-sum-exp and softmax functions
(2021), eqs. 1.3 and 1.4.  Imports graph and index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import sympy as sp

from symbp.derivation import Derivation, Line
from symbp.graph import Equation, Quantity
from symbp.index import (
    Index,
    MaxOver,
    MinOver,
    SumOver,
    bound,
    canonical,
    is_quantity,
    name_of,
    quantities,
    rewrite,
    substitute,
    tensor,
    total,
)


class Others(sp.Function):  # type: ignore[misc]
    """The sum of the other entries of the row, found without subtracting."""

    nargs = 1
    is_real = True


class ExpDifference(sp.Function):  # type: ignore[misc]
    """exp(a - b), with the rounding error of a - b carried along."""

    nargs = 2
    is_real = True


class Log1pOf(sp.Function):  # type: ignore[misc]
    """log(1 + u), right for small u."""

    nargs = 1
    is_real = True


def stabilise(derivation: Derivation, accuracy: str = "fast") -> Derivation:
    """Rewrite softmax equations and the logarithms of their results.

    Args:
        derivation: Forward lines with softmax, backward lines with its value.
        accuracy: "full" also gives V as 1 + (sum of all but the largest), so that the loss of a
            sure and right prediction is tiny and not 0, and p - t without cancellation:
            p sum(t) - t = (u_j sum of other t - t_j sum of other u)/V.

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
    table = dict(derivation.quantities)
    softmaxes: dict[str, str] = {}
    lines: list[Line] = []
    for line in derivation.forward:
        parts = _split(line, accuracy == "full")
        if parts:
            softmaxes[line.equation.name] = line.equation.name.lstrip("AP")
            axes = table[line.equation.name].axes
            for part in parts[:-1]:
                name = part.equation.name
                table[name] = Quantity(name, axes[: len(part.equation.indices)], "value")
            lines += parts
        else:
            lines.append(_put(line, lambda node: _log(node, softmaxes, accuracy == "full")))
    backward = derivation.backward
    if accuracy == "full":
        backward = tuple(_put(b, lambda node: _difference(node, softmaxes)) for b in backward)
    return replace(
        derivation,
        forward=tuple(lines),
        backward=backward,
        quantities=MappingProxyType(table),
    )


def _put(line: Line, rule: Callable[[sp.Expr], sp.Expr | None]) -> Line:
    return replace(line, equation=replace(line.equation, rhs=rewrite(line.equation.rhs, rule)))


def _split(line: Line, full: bool) -> list[Line]:
    """The lines of a softmax; none if the line is no softmax."""
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
    equations: tuple[tuple[sp.Expr, sp.Expr], ...] = (
        (largest, MaxOver(substitute(argument, running), dummy)),
        (shifted, argument - largest),
        (powers, sp.exp(shifted)),
        (whole, total(substitute(powers, running), dummy)),
        (e.target, powers / whole),
    )
    if full:
        others, rest = tensor(f"C{layer}", *e.indices), tensor(f"R{layer}", *rows)
        equations = (
            *equations[:2],
            (powers, ExpDifference(argument, largest)),
            (others, Others(powers)),
            (rest, MinOver(substitute(others, running), dummy)),
            (whole, 1 + rest),
            equations[-1],
        )
    return [
        Line(line.number, Equation(target, rhs, e.origin, e.source)) for target, rhs in equations
    ]


def _log(node: sp.Expr, softmaxes: dict[str, str], full: bool) -> sp.Expr | None:
    """log of a softmax: S - log V, or S - log(1 + R)."""
    if not (isinstance(node, sp.log) and isinstance(node.args[0], sp.Indexed)):
        return None
    layer = softmaxes.get(name_of(node.args[0]))
    if layer is None:
        return None
    indices: tuple[Index, ...] = node.args[0].indices
    shifted, rows = tensor(f"S{layer}", *indices), indices[:-1]
    if full:
        return shifted - Log1pOf(tensor(f"R{layer}", *rows))
    return shifted - sp.log(tensor(f"V{layer}", *rows))


def _difference(node: sp.Expr, softmaxes: dict[str, str]) -> sp.Expr | None:
    """p sum(t) - t or p - t, for targets t, weighted or smoothed, without cancellation."""
    if not isinstance(node, sp.Add):
        return None
    for term in node.args:
        found = [f for f in sp.Mul.make_args(term) if is_quantity(f) and name_of(f) in softmaxes]
        if len(found) != 1:
            continue
        (p,), weight, target = found, term / found[0], term - node
        if not any(name_of(q) in ("T", "Y") and q.indices == p.indices for q in quantities(target)):
            continue
        if weight == 1 and is_quantity(target):
            rest = 1 - target
        elif _is_sum_of(weight, target, p.indices[-1]):
            rest = Others(target)
        else:
            continue
        layer, rows = softmaxes[name_of(p)], p.indices[:-1]
        u, o = (tensor(f"{letter}{layer}", *p.indices) for letter in "UC")
        return (u * rest - target * o) / tensor(f"V{layer}", *rows)
    return None


def _is_sum_of(weight: sp.Expr, target: sp.Expr, last: sp.Expr) -> bool:
    """Whether a weight is the target summed over its last index."""
    number, sum_ = weight.as_coeff_Mul()
    if not isinstance(sum_, SumOver) or len(bound(sum_)) != 1:
        return False
    (dummy,) = bound(sum_)
    summed = SumOver(sp.expand(substitute(target, {last: dummy})), dummy)
    return bool(canonical(summed) == canonical(SumOver(sp.expand(number * sum_.function), dummy)))
