"""What a nest of loops is: loops, local numbers, stores.

Data only; nests.py makes it and the C backend prints it.  Imports program and tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symbp.program import names
from symbp.tree import Name, Node


@dataclass(frozen=True, slots=True)
class Loop:
    """Its body for each index from `start` to below `size`, or backwards."""

    index: str
    size: str
    body: tuple[Part, ...]
    start: int = 0
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """A new number of the block it stands in."""

    name: str
    value: Node
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A new array of one axis, not yet filled."""

    name: str
    size: str


@dataclass(frozen=True, slots=True)
class Store:
    """target = value, or += or -= it."""

    target: Name
    relation: str
    value: Node


@dataclass(frozen=True, slots=True)
class StoreBoth:
    """value = f(argument) and slope = f'(argument); one of them may be None."""

    value: Name | None
    slope: Name | None
    function: int
    argument: Node


Part = Loop | Local | Row | Store | StoreBoth


@dataclass(frozen=True, slots=True)
class Task:
    """The loops of one line of the derivation.

    Args:
        number: Of the line.
        text: The line, for the reader.
        parts: What computes it.
    """

    number: int
    text: str
    parts: tuple[Part, ...]


def inner(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Every part, those inside loops too."""
    for part in parts:
        yield part
        if isinstance(part, Loop):
            yield from inner(part.body)


def arrays(parts: tuple[Part, ...]) -> frozenset[str]:
    """The names of all arrays and numbers that some parts read or write."""
    nodes: list[Node] = []
    for part in inner(parts):
        match part:
            case Local(_, value):
                nodes.append(value)
            case Store(target, _, value):
                nodes += [target, value]
            case StoreBoth(value_, slope, _, argument):
                nodes += [n for n in (value_, slope, argument) if n is not None]
    return frozenset(name.partition("[")[0] for node in nodes for name in names(node))
