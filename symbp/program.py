"""A derivation as array statements, ready to print.

Data only: lower.py makes it and the NumPy backend reads it.  Imports tree and derivation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import sympy as sp

from symbp.array_nodes import Eye, Full, Gather, Permute, Scatter, Typed
from symbp.derivation import Derivation
from symbp.tree import (
    Call,
    Compare,
    Einsum,
    Expand,
    Logic,
    MatMul,
    Name,
    Node,
    OneHot,
    Power,
    Product,
    Reduce,
    Sum,
    Transpose,
    Where,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """target = node.

    Args:
        target: Variable name.
        node: What is assigned.
        shape: Length of each array axis: "N", "H", .. or "1".
        line: Number of the derivation line it comes from.
        note: What the line is, for the reader; may be empty.
    """

    target: str
    node: Node
    shape: tuple[str, ...]
    line: int
    note: str = ""

    @property
    def uses(self) -> tuple[str, ...]:
        """Names on the right side, each once, in order."""
        return tuple(dict.fromkeys(names(self.node)))


@dataclass(frozen=True, slots=True)
class Program:
    """Statements of the three parts; each uses its own and those before.

    Args:
        derivation: Where they come from.
        forward: From the inputs to the network's output.
        loss: From the output and the targets to E.
        backward: From there to the gradients.
        output: Name of the network's output.
        functions: Those of one number that the statements call, by name, as formulas in x.
    """

    derivation: Derivation
    forward: tuple[Statement, ...]
    loss: tuple[Statement, ...]
    backward: tuple[Statement, ...]
    output: str
    functions: Mapping[str, sp.Expr] = field(default_factory=dict)


def needed(statements: Iterable[tuple[str, Iterable[str]]], results: Iterable[str]) -> set[str]:
    """The targets that lead to the results.

    Args:
        statements: Target and the names it uses, in order.
        results: Names that must be computed.

    >>> sorted(needed([("a", ["x"]), ("b", ["x"]), ("c", ["a"])], ["c"]))
    ['a', 'c']
    """
    live = set(results)
    found = set()
    for target, uses in reversed(list(statements)):
        if target in live:
            found.add(target)
            live.update(uses)
    return found


def names(node: Node) -> tuple[str, ...]:
    """The names in a tree, left to right, repeats kept.

    >>> names(Product(1, (Name("A2"), Name("T"))))
    ('A2', 'T')
    """
    match node:
        case Name(text):
            return (text,)
        case Sum(terms):
            return tuple(n for _, term in terms for n in names(term))
        case Product(_, numerator, denominator):
            return tuple(n for part in (*numerator, *denominator) for n in names(part))
        case Call(_, parts) | Einsum(_, parts) | Logic(_, parts):
            return tuple(n for part in parts for n in names(part))
        case Power(base, _):
            return names(base)
        case Compare(_, left, right) | MatMul(left, right) | Gather(left, right):
            return names(left) + names(right)
        case Where(condition, then, otherwise):
            return names(condition) + names(then) + names(otherwise)
        case Transpose(of) | Reduce(_, of) | Expand(of) | Permute(of):
            return names(of)
        case OneHot(classes, width, like):
            return (*names(classes), *names(width), like)
        case Full(of, shape):
            return (*names(of), *(n for size in shape for n in names(size)))
        case Eye(width, like) | Typed(width, like):
            return (*names(width), like)
        case Scatter(rows, value, shape):
            return (*names(rows), *names(value), *(n for size in shape for n in names(size)))
    return ()


def children(node: Node) -> Iterator[Node]:
    """The nodes right under a node."""
    for entry_ in fields(node):
        value = getattr(node, entry_.name)
        for entry in value if isinstance(value, tuple) else (value,):
            inner = entry[1] if isinstance(entry, tuple) else entry
            if isinstance(inner, Node):
                yield inner


def put(node: Node, part: Node, name: Node) -> Node:
    """The node with another in every place of one of its parts."""
    if node == part:
        return name
    changed: dict[str, Any] = {}
    for entry_ in fields(node):
        value = getattr(node, entry_.name)
        if isinstance(value, tuple):
            changed[entry_.name] = tuple(
                (entry[0], put(entry[1], part, name)) if isinstance(entry, tuple)
                else put(entry, part, name) if isinstance(entry, Node) else entry
                for entry in value
            )  # fmt: skip
        elif isinstance(value, Node):
            changed[entry_.name] = put(value, part, name)
    return replace(node, **changed)
