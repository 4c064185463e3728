"""Shift every softmax by its largest input, so that no exponential overflows.

Input: forward equations.  Output: equations with equal values: S = z - max z, U = exp(S),
V = sum U, softmax = U / V, and log softmax = S - log V, which never takes the logarithm of 0.
Source: Blanchard, Higham & Higham, Accurately computing the log-sum-exp and softmax functions
(2021), eqs. 1.3 and 1.4.  Imports graph and index.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from symbp.derivation import Line
from symbp.graph import Equation
from symbp.index import Index, MaxOver, SumOver, bound, canonical, rewrite, substitute, tensor, total


@dataclass(frozen=True, slots=True)
class Softmax:
    """One softmax that was found: its equation's name, and the names of its parts."""

    name: str
    shifted: str
    exponentials: str
    total: str


def stabilise(lines: Iterable[Line]) -> tuple[tuple[Line, ...], tuple[Softmax, ...]]:
    """Rewrite softmax equations and the logarithms of their results.

    Returns:
        The lines, each softmax in four (with its number), and the softmaxes found.

    >>> from symbp.graph import build_graph
    >>> from symbp.spec import Network
    >>> graph = build_graph(Network(sizes=[2, 2], activation="softmax"))
    >>> for line in stabilise(Line(k, e) for k, e in enumerate(graph.equations, 1))[0]:
    ...     print(line.number, line.equation.target, "=", line.equation.rhs)
    1 Z1[n, j] = Sum(W1[j, i]*X[n, i], i)
    2 S1[n, j] = Z1[n, j] - Max(Z1[n, k], k)
    2 U1[n, j] = exp(S1[n, j])
    2 V1[n] = Sum(U1[n, k], k)
    2 A1[n, j] = U1[n, j]/V1[n]
    3 E = Sum((A1[n, j] - T[n, j])**2, n, j)/2
    """
    found: dict[str, Softmax] = {}
    result: list[Line] = []
    for line in lines:
        split = _split(line, result)
        if split is not None:
            found[line.equation.name] = split
        else:
            e = line.equation
            rhs = rewrite(e.rhs, lambda node: _log(node, found))
            result.append(Line(line.number, Equation(e.target, rhs, e.origin, e.source), line.explain))
    return tuple(result), tuple(found.values())


def _split(line: Line, result: list[Line]) -> Softmax | None:
    """Append the four equations of a softmax; None if the line is none."""
    e = line.equation
    top, bottom = sp.fraction(e.rhs)
    if not (isinstance(top, sp.exp) and isinstance(bottom, SumOver) and len(bound(bottom)) == 1):
        return None
    (dummy,) = bound(bottom)
    free = [i for i in e.indices if canonical(SumOver(top.xreplace({i: dummy}), dummy)) == canonical(bottom)]
    if not free:
        return None
    layer = e.name.lstrip("AP")
    names = Softmax(e.name, f"S{layer}", f"U{layer}", f"V{layer}")
    rows = tuple(i for i in e.indices if i != free[0])
    argument = top.args[0]
    shifted = tensor(names.shifted, *e.indices)
    exponential = tensor(names.exponentials, *e.indices)
    whole = tensor(names.total, *rows)
    largest = MaxOver(substitute(argument, {free[0]: dummy}), dummy)
    running: dict[Index, Index] = {free[0]: dummy}
    for target, rhs in (
        (shifted, argument - largest),
        (exponential, sp.exp(shifted)),
        (whole, total(exponential.xreplace(running), dummy)),
        (e.target, exponential / whole),
    ):
        result.append(Line(line.number, Equation(target, rhs, e.origin, e.source)))
    return names


def _log(node: sp.Expr, found: dict[str, Softmax]) -> sp.Expr | None:
    if not (isinstance(node, sp.log) and isinstance(node.args[0], sp.Indexed)):
        return None
    softmax = found.get(str(node.args[0].base.label))
    if softmax is None:
        return None
    indices = node.args[0].indices
    return tensor(softmax.shifted, *indices) - sp.log(tensor(softmax.total, *indices[:-1]))
