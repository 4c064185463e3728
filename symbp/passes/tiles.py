"""Which array calls may run over a batch tile by tile, so that what they pass stays in the cache.

Input: a plan.  Output: of a statement's operations the runs that work row by row.
Imports buffers and operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from symbp.passes.buffers import Plan
from symbp.passes.operations import VIEWS, Operation

# These read rows of other samples, or of a table.
ACROSS = ("dot", "dot_add", "einsum", "take", "add_at")
MATRIX = 2
# `python -m benchmarks tiles`: the 20 passes of a gelu gain a tenth of the step, the 8 of a sigmoid
# nothing, fewer lose.
LEAST_CALLS = 10


def runs(plan: Plan, numbers: Iterable[int]) -> Iterator[tuple[bool, tuple[int, ...]]]:
    """The operations in order, cut where what works row by row begins or ends.

    Args:
        plan: Where the operations write.
        numbers: Of operations, in order.

    Yields:
        Whether a run works row by row, and its operations.
    """
    for by_rows, group in groupby(numbers, lambda n: is_row_wise(plan, n)):
        yield by_rows, tuple(group)


def is_row_wise(plan: Plan, number: int) -> bool:
    """Whether each row of a result needs the same rows of what the operation reads, no others."""
    o = plan.operations[number]
    if number not in plan.place or not has_rows(o) or o.function in ACROSS or "." in o.function:
        return False
    return all(_fits(plan.operations[source]) for source in o.sources)


def has_rows(o: Operation) -> bool:
    """Whether there is one row for each sample."""
    return len(o.shape) >= MATRIX and o.shape[0] == "N"


def _fits(source: Operation) -> bool:
    """Whether an operand can be cut into the same rows, or is the same for all rows."""
    if source.function in VIEWS or source.options in (("X",), ("T",)):
        return False
    return has_rows(source) or "N" not in source.shape
