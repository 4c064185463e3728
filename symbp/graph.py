"""Ordered equations in index notation.

A frozen `Graph` has checked itself: every name is assigned once and before its use, every index
runs on one axis, free indices are those of the target.  Imports index and errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import sympy as sp

from symbp.errors import GraphError
from symbp.index import (
    Index,
    Reduction,
    axes_of,
    bound,
    free_indices,
    name_of,
    quantities,
)

Role = Literal[
    "input",
    "target",
    "parameter",
    "constant",
    "value",
    "adjoint",
    "loss",
    "direction",
    "tangent",
    "contribution",
]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named array: its axes, what it is, and the quantity that an adjoint or a tangent is of."""

    name: str
    axes: tuple[str, ...]
    role: Role
    of: str = ""


@dataclass(frozen=True, slots=True)
class Equation:
    """target = rhs, in index notation.

    Args:
        target: The quantity with its free indices.
        rhs: In quantities that stand earlier.
        origin: Where it comes from, for example "layer 1, dense".
        source: Book or paper of the formula.
    """

    target: sp.Expr
    rhs: sp.Expr
    origin: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """Name of the target."""
        return name_of(self.target)

    @property
    def indices(self) -> tuple[Index, ...]:
        """Free indices, in the order of the target's axes."""
        return tuple(getattr(self.target, "indices", ()))

    @property
    def uses(self) -> tuple[str, ...]:
        """Names on the right side, each once, in order."""
        return tuple(dict.fromkeys(name_of(q) for q in quantities(self.rhs)))


@dataclass(frozen=True, slots=True)
class Graph:
    """Quantities and the equations that compute them, in order.

    Args:
        quantities: By name.
        equations: Each in quantities given or computed before; the last one is the loss.
        sizes: Length of every axis but "N", the samples.

    Raises:
        GraphError: an invariant of index notation is broken.
    """

    quantities: Mapping[str, Quantity]
    equations: tuple[Equation, ...]
    sizes: Mapping[str, int]

    def __post_init__(self) -> None:
        check_equations(self.quantities, self.equations)

    @property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """Axes of every quantity, by name."""
        return {name: q.axes for name, q in self.quantities.items()}

    @property
    def loss(self) -> str:
        """Name of the loss."""
        return self.equations[-1].name

    def names(self, *roles: Role) -> tuple[str, ...]:
        """Names of the quantities with one of the roles, in order."""
        return tuple(name for name, q in self.quantities.items() if q.role in roles)


def check_equations(quantities_: Mapping[str, Quantity], equations: tuple[Equation, ...]) -> None:
    """Check the invariants of a list of equations.

    Raises:
        GraphError: names the equation and the invariant.
    """
    axes = {name: q.axes for name, q in quantities_.items()}
    computed = {e.name for e in equations}
    if len(computed) != len(equations):
        raise GraphError("equations", "a quantity is assigned twice", "Give each its own name.")
    known = set(axes) - computed
    for e in equations:
        where = f"equation of {e.name}"
        if e.name not in axes:
            raise GraphError(where, f"no quantity is called '{e.name}'")
        late = [name for name in e.uses if name not in known]
        if late:
            raise GraphError(where, f"'{late[0]}' is used before it is assigned")
        runs = axes_of(e.rhs, axes)
        for index, axis in axes_of(e.target, axes).items():
            if runs.setdefault(index, axis) != axis:
                raise GraphError(where, f"index {index} runs on {axis} and on {runs[index]}")
        if len(set(e.indices)) != len(e.indices):
            raise GraphError(where, "an index stands twice in the target")
        extra = free_indices(e.rhs) - set(e.indices)
        if extra:
            raise GraphError(where, f"index {min(map(str, extra))} is neither summed nor free")
        _check_bound(e.rhs, frozenset(e.indices), where)
        known.add(e.name)


def _check_bound(expr: sp.Basic, taken: frozenset[Index], where: str) -> None:
    """Each dummy is summed once: no sum binds an index that is free or bound around it."""
    if isinstance(expr, Reduction):
        dummies = bound(expr)
        clash = [d for d in dummies if d in taken]
        idle = [d for d in dummies if d not in free_indices(expr.function)]
        if idle:
            raise GraphError(where, f"index {idle[0]} is summed but stands on no quantity")
        if clash or len(set(dummies)) != len(dummies):
            raise GraphError(where, f"index {(clash or list(dummies))[0]} is bound twice")
        taken |= frozenset(dummies)
        _check_bound(expr.function, taken, where)
    elif not isinstance(expr, sp.Indexed):
        for argument in expr.args:
            _check_bound(argument, taken, where)
