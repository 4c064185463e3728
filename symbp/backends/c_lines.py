"""Which lines each function of a C module computes.

Input: a network and its derivation.  Output: lines in stable forms, the backward ones times `seed`,
and which gradients are added to their parameters where they are made.  Imports the passes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from types import MappingProxyType

from symbp.derivation import Derivation, Line
from symbp.graph import Quantity
from symbp.passes.elementwise import Pointwise, elementwise
from symbp.passes.guard import guard
from symbp.passes.seed import SEED, seeded_line
from symbp.passes.share import Both, Shared, share
from symbp.passes.stabilise import stabilise
from symbp.spec import Network


@dataclass(frozen=True, slots=True)
class Plan:
    """The lines of a C module.

    Args:
        shared: Forward lines and loss; every quantity's axes.
        functions: Of one number, by place.
        backward: Adjoints, and gradients that must be whole before a parameter changes.
        update: What is added to each parameter.
    """

    shared: Shared
    functions: tuple[Pointwise, ...]
    backward: tuple[Line | Both, ...]
    update: tuple[Line, ...]


def planned(network: Network, derivation: Derivation) -> Plan:
    """The lines of each part.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> plan = planned(net, derive(net))
    >>> [line.equation.name for line in plan.backward], len(plan.update)
    (['dZ2', 'dZ1'], 2)
    """
    split = elementwise(derivation)
    made = guard(stabilise(split.derivation, network.accuracy), split.functions)
    back: set[str] = set()
    seeded = []
    for line in made.backward:
        rhs = seeded_line(line.equation.rhs, back)
        seeded.append(replace(line, equation=replace(line.equation, rhs=rhs)))
        back.add(line.equation.name)
    table = MappingProxyType({**made.quantities, SEED: Quantity(SEED, (), "constant")})
    shared = share(replace(made, backward=tuple(seeded), quantities=table), split.functions)
    gradients = set(derivation.gradients.values())
    return Plan(shared, split.functions, *_folded(shared, gradients, network.parameters))


def _folded(
    shared: Shared, gradients: Collection[str], parameters: Collection[str]
) -> tuple[tuple[Line | Both, ...], tuple[Line, ...]]:
    """Backward lines, and gradients that are added to their parameters where they are made.

    A gradient that others use, or that needs parameters while they change, comes first.
    """
    used = {n for x in shared.backward if isinstance(x, Line) for n in x.equation.uses}
    backward: list[Line | Both] = []
    update: list[Line] = []
    for line in shared.backward:
        if isinstance(line, Both) or line.equation.name not in gradients:
            backward.append(line)
            continue
        e = line.equation
        if e.name not in used and not set(e.uses) & set(parameters):
            update.append(line)
        else:
            backward.append(line)
            update.append(replace(line, equation=replace(e, rhs=e.target)))
    return tuple(backward), tuple(update)
