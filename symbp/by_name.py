"""A network of one sample as statements by name: w1, net_h1, out_o2, delta_h1.

What the floats of a module in scalar style compute, and what its arrays of runs compute too.
Input: a network and its derivation.  Output: a `ByName`.  Imports scalars, passes and program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy as sp

from symbp.derivation import Derivation
from symbp.errors import SpecError
from symbp.index import SumOver, axes_of, bound
from symbp.layers import takes_rows
from symbp.passes.elementwise import SUFFIXES, Elementwise, Pointwise
from symbp.passes.guard import Guarded, guard
from symbp.passes.stabilise import stabilise
from symbp.passes.textbook import textbook
from symbp.program import Statement
from symbp.scalars import ScalarEquation, ScalarSystem
from symbp.spec import Network
from symbp.tangent import tangents
from symbp.tree import Call, Name, Node, natural, to_tree

RUNS = "R"
MOST_WEIGHTS = 2000


@dataclass(frozen=True, slots=True)
class ByName:
    """Statements for one sample; those of arrays have the shape (R,), a number a run.

    Args:
        system: Gives places to the names.
        weights: Every parameter entry, trained ones first.
        trained: Those that have a gradient.
        inputs: x1, x2, ..
        targets: y1, y2, ..; for classes the entries of the one-hot row.
        outputs: Names of the network's outputs.
        forward: From the inputs to the outputs.
        loss: From there to E.
        backward: From there to dw1, dw2, ..
        moved: How the values move along w1_dot, w2_dot, ..; empty unless of second order.
        curved: How dw1, dw2, .. move: dw1_dot is the Hessian's row of w1 times the direction.
        functions: Those of one number that have a stable form, by name, as formulas in x.
    """

    system: ScalarSystem
    weights: tuple[str, ...]
    trained: tuple[str, ...]
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    outputs: tuple[str, ...]
    forward: tuple[Statement, ...]
    loss: tuple[Statement, ...]
    backward: tuple[Statement, ...]
    moved: tuple[Statement, ...]
    curved: tuple[Statement, ...]
    functions: Mapping[str, sp.Expr]

    @property
    def gradients(self) -> tuple[str, ...]:
        """dw1, dw2, .. in the order of `trained`."""
        return tuple(f"d{name}" for name in self.trained)


def by_name(network: Network, derivation: Derivation, second_order: bool = False) -> ByName:
    """Write a network out entry by entry.

    Args:
        network: Gives sizes and names.
        derivation: Of that network.
        second_order: Add the tangents, and with them the Hessian times a direction.

    Raises:
        SpecError: more than 2000 numbers to train, or formulas of one sample do not exist.

    >>> from symbp.pipeline import derive
    >>> from symbp.printers import plain
    >>> net = Network(sizes=[2, 2, 2])
    >>> found = by_name(net, derive(net))
    >>> print(found.backward[0].target, "=", plain(found.backward[0].node))
    delta_o1 = (out_o1 - y1)*out_o1*(1 - out_o1)
    """
    if network.weight_count > MOST_WEIGHTS:
        found = f"scalar style of {network.weight_count} trained numbers, at most {MOST_WEIGHTS}"
        raise SpecError("style", found, "Use the array style.")
    check_single(network, derivation)
    split = textbook(derivation)
    lines = tangents(split.derivation) if second_order else split.derivation
    system = ScalarSystem(network, guard(stabilise(lines), split.functions))
    called: set[str] = set()

    def statements(equations: Iterable[ScalarEquation]) -> tuple[Statement, ...]:
        return tuple(_statement(e, split.functions, called) for e in equations)

    first_loss = next(
        line.number for line in derivation.forward if line.equation.origin.startswith("loss")
    )
    before = [e for e in system.forward() if e.line < first_loss]
    after = [e for e in system.forward() if e.line >= first_loss]
    target = "Y" if network.targets == "classes" else "T"
    quantities = system.derivation.quantities
    parts: dict[str, list[ScalarEquation]] = {"backward": [], "moved": [], "curved": []}
    for e in system.backward():
        q = quantities[e.quantity]
        of_adjoint = q.role == "tangent" and quantities[q.of].role == "adjoint"
        part = "curved" if of_adjoint else "moved" if q.role == "tangent" else "backward"
        parts[part].append(e)
    forward, loss, backward, moved, curved = map(statements, (before, after, *parts.values()))
    functions = {
        f.called(order): f.formula(order)
        for f in split.functions
        for order in range(len(SUFFIXES))
        if f.called(order) in called
    }
    return ByName(
        system,
        parameter_names(system),
        tuple(w.name for w in system.weights),
        tuple(system.name("X", p) for p in system.places("X")),
        tuple(system.name(target, p) for p in system.places(target)),
        tuple(e.target.name for e in before if e.quantity == before[-1].quantity),
        forward,
        loss,
        backward,
        moved,
        curved,
        functions,
    )


def check_single(network: Network, derivation: Derivation) -> None:
    """Formulas of one sample need layers that treat each sample alone.

    Raises:
        SpecError: a layer takes sums over the samples, or looks rows up.
    """
    if takes_rows(network.layers):
        found = "scalar style of an embedding, whose row is known only with the input"
        raise SpecError("style", found, "Use the array style.")
    for line in derivation.forward:
        e = line.equation
        sums = e.rhs.atoms(SumOver)
        if e.indices and any(axes_of(e.rhs, derivation.axes)[d] == "N" for s in sums
                             for d in bound(s)):  # fmt: skip
            found = f"scalar style of one sample, but {e.name} ({e.origin}) sums over the samples"
            raise SpecError("style", found, "Use the array style.")


def parameter_names(system: ScalarSystem) -> tuple[str, ...]:
    """w1, w2, .. and then every other parameter entry, frozen ones too."""
    trained = [w.name for w in system.weights]
    graph = system.derivation.graph
    every = [
        system.name(q, p) for q in graph.names("parameter", "constant") for p in system.places(q)
    ]
    return (*trained, *(name for name in every if name not in set(trained)))


def _statement(
    equation: ScalarEquation, functions: tuple[Pointwise, ...], called: set[str]
) -> Statement:
    """An entry's equation as a statement; the functions that it calls are noted."""

    def leaf(node: sp.Expr) -> Node | None:
        if node.is_Symbol:
            return Name(node.name)
        if isinstance(node, Elementwise):
            place, order, argument = node.args
            name = functions[int(place)].called(int(order))
            called.add(name)
            return Call(name, (to_tree(argument, leaf),))
        if isinstance(node, Guarded):
            return to_tree(node.written_out(), leaf)
        if isinstance(node, sp.Max):
            names = sorted((a.name for a in node.args), key=natural)
            found: Node = Name(names[0])
            for name in names[1:]:
                found = Call("maximum", (found, Name(name)))
            return found
        return None

    node = to_tree(equation.rhs, leaf)
    return Statement(equation.target.name, node, (RUNS,), equation.line)
