"""What second order needs beside tangents: the loss by the output, and gradients of single samples.

Input: a derivation.  Output: a `SecondOrder`.  The Gauss-Newton matrix is J^T H J with H the second
derivative of the loss by the network's output: a sweep that starts from the output's adjoint, and
is linear from there on.  The gradient of each sample is that by a copy of the parameters which
only that sample sees.
Source: Schraudolph, Fast curvature matrix-vector products (2002), section 3; Dangel et al.,
BackPACK (2020), section 2.
Imports derive, tangent, derivation and index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import sympy as sp

from symbp.derivation import Derivation, Line
from symbp.derive import derive
from symbp.graph import Equation, Graph, Quantity
from symbp.index import (
    SumOver,
    axes_of,
    bound,
    is_quantity,
    name_of,
    rewrite,
    tensor,
)
from symbp.tangent import tangents

EACH = "_each"
Prepare = Callable[[Derivation, bool], Derivation]
Numbers = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """Lines of second order, numbered on from those of the derivation.

    Args:
        hessian: The derivation with the tangents of its lines.
        through: One whose sweep starts from the adjoint of the output, with that adjoint's
            tangent; lines that are the derivation's have its numbers.
        each: The derivation with the gradients of single samples, dW1_each[n,j,i], which add up
            to dW1[j,i].
        output: Name of the network's output.
        learns: Whether the loss has trained numbers, so that no Gauss-Newton matrix is defined.
        coupled: Name of a value that sums over the samples, as those of a batch norm do, so that
            single samples have no gradient; "" where there is none.
    """

    hessian: Derivation
    through: Derivation
    each: Derivation
    output: str
    learns: bool
    coupled: str

    @property
    def numbers(self) -> Numbers:
        """The number of each line, by its part and its name."""
        parts = (("hessian", self.hessian), ("through", self.through), ("each", self.each))
        return {(part, x.equation.name): x.number for part, d in parts for x in d.lines}

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line once, in the order of its number."""
        found: dict[int, Line] = {}
        for part in (self.hessian, self.through, self.each):
            for line in part.lines:
                found.setdefault(line.number, line)
        return tuple(found[number] for number in sorted(found))


def second_order(
    derivation: Derivation, prepare: Prepare | None = None, numbers: Numbers | None = None
) -> SecondOrder:
    """Derive what Hessian, Gauss-Newton matrix, Jacobian and single samples need.

    Args:
        derivation: Of a network, in formulas.
        prepare: What is done to a derivation before its tangents are taken, such as naming
            functions, and whether the loss may go past the output; None leaves it as it is.
        numbers: Of the lines, where they are to be those of another `SecondOrder`.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> found = second_order(derive(Network(sizes=[1, 1])))
    >>> for line in found.lines[5:]:
    ...     print(line)
    [6] Z1_dot[n,j] = sum(i: W1_dot[j,i]*X[n,i])
    [7] A1_dot[n,j] = A1[n,j]*Z1_dot[n,j]*(1 - A1[n,j])
    [8] dZ1_dot[n,j] = (2*A1[n,j] + 2*T[n,j]*A1[n,j] - 3*A1[n,j]**2 - T[n,j])*A1_dot[n,j]
    [9] dW1_dot[j,i] = sum(n: dZ1_dot[n,j]*X[n,i])
    [10] dA1[n,j] = A1[n,j] - T[n,j]
    [11] dZ1[n,j] = dA1[n,j]*A1[n,j]*(1 - A1[n,j])
    [12] dA1_dot[n,j] = A1_dot[n,j]
    [13] dW1_each[n,j,i] = dZ1[n,j]*X[n,i]
    """
    ready = prepare or (lambda d, past_output: d)
    graph = derivation.graph
    output = output_of(derivation)
    parameters = graph.names("parameter")
    in_loss = {name for e in graph.equations if e.origin.startswith("loss") for name in e.uses}
    learns = bool(in_loss & set(derivation.gradients))
    kept = frozenset(line.equation.name for line in derivation.backward)
    hessian = tangents(ready(derivation, True))
    through = tangents(ready(through_output(derivation), False), frozenset({f"d{output}", output}))
    coupled = _coupled(derivation)
    each = derivation
    if not coupled and not learns:
        each = _singly(ready(derive(_copies(graph, parameters), kept), True), derivation)
    found = SecondOrder(hessian, through, each, output, learns, coupled)
    return _numbered(found, numbers)


def through_output(derivation: Derivation) -> Derivation:
    """The derivation with a line for the adjoint of the output, from which the rest is linear."""
    kept = frozenset(line.equation.name for line in derivation.backward)
    return derive(derivation.graph, kept | {f"d{output_of(derivation)}"})


def output_of(derivation: Derivation) -> str:
    """The name of the network's output: what the first line of the loss comes after."""
    before = [e for e in derivation.graph.equations if not e.origin.startswith("loss")]
    return before[-1].name


def _coupled(derivation: Derivation) -> str:
    """The first value that sums over the samples; "" if there is none."""
    for line in derivation.forward:
        e = line.equation
        if e.origin.startswith("loss"):
            break
        runs = axes_of(e.rhs, derivation.axes)
        if any(runs[d] == "N" for s in e.rhs.atoms(SumOver) for d in bound(s)):
            return e.name
    return ""


def _copies(graph: Graph, parameters: tuple[str, ...]) -> Graph:
    """The graph with a copy of every trained parameter for each sample."""
    table = {
        name: replace(q, axes=("N", *q.axes)) if name in parameters else q
        for name, q in graph.quantities.items()
    }

    def copied(e: Equation) -> Equation:
        def rule(node: sp.Expr) -> sp.Expr | None:
            if not is_quantity(node) or name_of(node) not in parameters:
                return None
            return tensor(name_of(node), e.indices[0], *getattr(node, "indices", ()))

        return replace(e, rhs=rewrite(e.rhs, rule))

    return Graph(table, tuple(map(copied, graph.equations)), graph.sizes)


def _singly(copies: Derivation, derivation: Derivation) -> Derivation:
    """The derivation with the gradients by the copies, in which all copies are the same again."""
    gradients = copies.gradients

    def together(node: sp.Expr) -> sp.Expr | None:
        if not is_quantity(node) or name_of(node) not in gradients:
            return None
        return tensor(name_of(node), *node.indices[1:])

    made: list[Line] = []
    table = {name: q for name, q in derivation.quantities.items() if q.role != "adjoint"}
    for line in copies.lines:
        e, q = line.equation, copies.quantities[line.equation.name]
        target = e.target
        if e.name in gradients.values():
            q = Quantity(f"{e.name}{EACH}", q.axes, "contribution", e.name)
            target = tensor(q.name, *e.indices)
        table[q.name] = q
        rhs = rewrite(e.rhs, together)
        made.append(replace(line, equation=replace(e, target=target, rhs=rhs)))
    count = len(copies.forward)
    return Derivation(
        derivation.graph, tuple(made[:count]), tuple(made[count:]), MappingProxyType(table)
    )


def _numbered(found: SecondOrder, numbers: Numbers | None) -> SecondOrder:
    """Lines that stand in an earlier part have its numbers, the others go on."""
    known: dict[str, tuple[int, Equation]] = {}
    for line in found.hessian.lines:
        known[line.equation.name] = (line.number, line.equation)
    last = max(number for number, _ in known.values())
    parts = {"hessian": found.hessian, "through": found.through, "each": found.each}
    for part, derivation in parts.items():
        made = []
        for line in derivation.lines:
            e = line.equation
            if numbers is not None:
                number = numbers[part, e.name]
            elif known.get(e.name, (0, None))[1] == e:
                number = known[e.name][0]
            else:
                number = last = last + 1
            made.append(replace(line, number=number))
        own = {x.equation.name: x.number for x in made}
        made = [_origin(x, derivation, own) for x in made]
        count = len(derivation.forward)
        parts[part] = replace(derivation, forward=tuple(made[:count]), backward=tuple(made[count:]))
    hessian, through, each = parts.values()
    return replace(found, hessian=hessian, through=through, each=each)


def _origin(line: Line, derivation: Derivation, own: Mapping[str, int]) -> Line:
    """The tangent of a line says which, by the number that the line has now."""
    q = derivation.quantities[line.equation.name]
    if q.role != "tangent":
        return line
    return replace(line, equation=replace(line.equation, origin=f"tangent of [{own[q.of]}]"))
