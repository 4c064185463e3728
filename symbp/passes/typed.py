"""Number types of choices between two numbers.

`np.where(Z1 > 0, 1, 0.2)` is float64 whatever Z1 is, and would make float32 gradients float64.
Input: a tree of array code.  Output: the tree with such choices in the type of what they ask.
Imports tree, program and array_nodes.
"""

from __future__ import annotations

from symbp.array_nodes import Typed
from symbp.program import children, names, put
from symbp.tree import Node, Where, is_constant


def typed(node: Node) -> Node:
    """The node with each choice between numbers in the type of the first array it asks.

    >>> from symbp.printers import numpy_code
    >>> from symbp.tree import ONE, ZERO, Compare, Name, Number
    >>> from fractions import Fraction
    >>> slope = Where(Compare(">", Name("Z1"), ZERO), ONE, Number(Fraction(1, 5)))
    >>> numpy_code(typed(slope))
    'np.where(Z1 > 0, 1, 0.2).astype(Z1.dtype)'
    """
    if _is_number(node) and isinstance(node, Where):
        return Typed(node, names(node.condition)[0])
    for part in dict.fromkeys(children(node)):
        new = typed(part)
        if new != part:
            node = put(node, part, new)
    return node


def _is_number(node: Node) -> bool:
    """Whether it is made of numbers only, conditions aside."""
    if isinstance(node, Where):
        return _is_number(node.then) and _is_number(node.otherwise)
    return is_constant(node)
