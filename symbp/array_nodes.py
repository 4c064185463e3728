"""Array nodes of the expression tree that few modules need: look-ups, orders of axes, fillings.

Data only, parts of `tree.Node`.  Imports nothing of symbp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symbp.tree import Node


@dataclass(frozen=True, slots=True)
class Gather:
    """Rows of a table, one for each row number."""

    table: Node
    rows: Node


@dataclass(frozen=True, slots=True)
class Scatter:
    """A table of zeros to which each value is added at its row: what Gather passes back.

    It is a statement of its own, not a part of an expression.
    """

    rows: Node
    values: Node
    shape: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Permute:
    """The array with its axes in another order."""

    of: Node
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Full:
    """An array of a shape, filled with what broadcasts to it."""

    of: Node
    shape: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Eye:
    """The identity matrix: a Kronecker delta of two indices."""

    width: Node
    like: str


@dataclass(frozen=True, slots=True)
class Typed:
    """The array in the number type of another: a choice between two numbers has none of its own."""

    of: Node
    like: str
