"""A function and its derivative at the same place are computed at once: they share exponentials.

Input: lines with functions of one number as symbols, see elementwise.  Output: the same lines, with
the values and slopes that several of them use as quantities of their own, computed where the first
one needs them.  Imports derivation, elementwise and index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import sympy as sp

from symbp.derivation import Derivation, Line
from symbp.index import (
    Index,
    Reduction,
    axes_of,
    is_quantity,
    name_of,
    quantities,
    rewrite,
    tensor,
)
from symbp.passes.elementwise import Elementwise, Pointwise

MOST_AXES = 2


@dataclass(frozen=True, slots=True)
class Both:
    """value, slope = f(argument), f'(argument) for every place.

    Args:
        number: Of the derivation's line that needs them first.
        function: Place in the table of functions.
        argument: With free indices `indices`.
        indices: Of value and slope, in the order of their axes.
        value: Name of the quantity f(argument); "" if it is not needed.
        slope: Name of f'(argument); "" if it is not needed.
        origin: What the line is.
    """

    number: int
    function: int
    argument: sp.Expr
    indices: tuple[Index, ...]
    value: str
    slope: str
    origin: str = ""


Key = tuple[int, sp.Expr]


@dataclass(frozen=True, slots=True)
class Shared:
    """Lines whose functions are computed once.

    Args:
        forward: From the inputs to the network's output.
        loss: From there to the loss.
        backward: The adjoints.
        axes: Of every quantity, those of values and slopes too.
    """

    forward: tuple[Line | Both, ...]
    loss: tuple[Line | Both, ...]
    backward: tuple[Line | Both, ...]
    axes: Mapping[str, tuple[str, ...]]


def share(derivation: Derivation, functions: Sequence[Pointwise]) -> Shared:
    """Compute each function once for each argument.

    >>> from symbp.passes.elementwise import elementwise
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> split = elementwise(derive(Network(sizes=[2, 2])))
    >>> shared = share(split.derivation, split.functions)
    >>> shared.forward[1].value, shared.forward[1].slope
    ('A1', 'A1_slope')
    >>> print(shared.backward[0].equation.rhs)
    (A1[n, j] - T[n, j])*A1_slope[n, j]
    """
    uses: dict[Key, list[int]] = {}
    for line in derivation.lines:
        for node in _calls(line.equation.rhs):
            uses.setdefault(_key(node)[0], []).append(int(node.args[1]))
    names = _Names(derivation, functions, {k: o for k, o in uses.items() if len(o) > 1})
    lines = [found for line in derivation.lines for found in names.put(line)]
    loss = next(k for k, x in enumerate(lines) if _origin(x).startswith("loss"))
    first = derivation.backward[0].number if derivation.backward else len(lines)
    back = next((k for k, x in enumerate(lines) if x.number >= first), len(lines))
    return Shared(tuple(lines[:loss]), tuple(lines[loss:back]), tuple(lines[back:]), names.axes)


def _origin(line: Line | Both) -> str:
    return line.equation.origin if isinstance(line, Line) else line.origin


def _calls(expr: sp.Expr) -> list[sp.Expr]:
    """Functions whose argument has few axes and no sum: those that may be kept in an array."""
    return [node for node in sp.preorder_traversal(expr)
            if isinstance(node, Elementwise) and _is_plain(node.args[2])]  # fmt: skip


def _is_plain(argument: sp.Expr) -> bool:
    if argument.has(*Reduction, Elementwise):
        return False
    used = [i for q in quantities(argument) for i in getattr(q, "indices", ())]
    return 0 < len(set(used)) <= MOST_AXES and all(isinstance(i, Index) for i in used)


def _key(node: sp.Expr) -> tuple[Key, tuple[Index, ...]]:
    """The function and its argument whatever the letters of its indices, and these indices."""
    place, _, argument = node.args
    used = dict.fromkeys(i for q in quantities(argument) for i in getattr(q, "indices", ()))
    letters = {index: Index(f"_c{k}") for k, index in enumerate(used)}
    return (int(place), argument.xreplace(letters)), tuple(used)


class _Names:
    """Gives names to values and slopes, and puts them into lines."""

    def __init__(
        self,
        derivation: Derivation,
        functions: Sequence[Pointwise],
        uses: Mapping[Key, Sequence[int]],
    ) -> None:
        self.functions = functions
        self.uses = uses
        self.axes = derivation.axes
        self.known: dict[Key, tuple[str, str]] = {}

    def put(self, line: Line) -> list[Line | Both]:
        """A line with the names in place of functions, after what it is the first to need."""
        e = line.equation
        found: list[Line | Both] = []
        for node in _calls(e.rhs):
            key, indices = _key(node)
            if key not in self.uses or key in self.known:
                continue
            own = node == e.rhs and int(node.args[1]) == 0 and indices == e.indices
            value = e.name if own else self._free(self._called(key, node.args[2]))
            slope = self._free(f"{value}_slope")
            orders = self.uses[key]
            self.known[key] = value, slope
            where = axes_of(node.args[2], self.axes)
            for name in (value, slope):
                self.axes[name] = tuple(where[i] for i in indices)
            found.append(Both(line.number, key[0], node.args[2], indices,
                              value if own or 0 in orders else "",
                              slope if 1 in orders else "", e.origin))  # fmt: skip
            if own:
                return found
        rhs = rewrite(e.rhs, self._rule)
        return [*found, replace(line, equation=replace(e, rhs=rhs))]

    def _rule(self, node: sp.Expr) -> sp.Expr | None:
        if not isinstance(node, Elementwise) or not _is_plain(node.args[2]):
            return None
        key, indices = _key(node)
        if key not in self.known:
            return None
        return tensor(self.known[key][int(node.args[1])], *indices)

    def _called(self, key: Key, argument: sp.Expr) -> str:
        name = self.functions[key[0]].name
        return f"{name}_{name_of(argument)}" if is_quantity(argument) else f"{name}_values"

    def _free(self, name: str) -> str:
        names = (name, *(f"{name}{k}" for k in range(2, 1000)))
        return next((n for n in names if n not in self.axes), f"{name}_{next(count(1000))}")
