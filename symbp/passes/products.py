"""Matrix products by BLAS itself, which may add to what it writes.

out = a @ b + out is one call: a bias is put into the array first, and gradient descent adds the
product that is the step of a weight to the weight, with no gradient array between.
Input: statements or a schedule.  Output: the same, in such an order and with such products.
Imports operations and program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from symbp.passes.operations import VIEWS, Operation, Schedule
from symbp.program import Statement

DOT_ADD = "dot_add"
MADE = ("input", "constant", *VIEWS)


def late(statements: Iterable[Statement], gradients: Mapping[str, str]) -> tuple[Statement, ...]:
    """The statements with each gradient behind the last one that reads its parameter.

    The parameter may then be written over where its gradient is made.

    Args:
        statements: Backward.
        gradients: Parameter by target, {"dW1": "W1"}.

    >>> from symbp.lower import lower
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> p = lower(derive(Network(sizes=[2, 2, 2], activation="relu")))
    >>> [s.target for s in late(p.backward, {"dW1": "W1", "dW2": "W2"})]
    ['dZ2', 'dZ1', 'dW2', 'dW1']
    """
    done = list(statements)
    last = {name: k for k, s in enumerate(done) for name in s.uses}
    place = {
        k: max(k, last.get(gradients.get(s.target, ""), k)) + (s.target in gradients) / 2
        for k, s in enumerate(done)
    }
    return tuple(done[k] for k in sorted(place, key=place.__getitem__))


def with_sums(found: Schedule, kept: Iterable[str]) -> Schedule:
    """The schedule with a product and what is added to it as one operation.

    The operation writes over its third operand, which nothing else reads.

    Args:
        found: Operations.
        kept: Targets that have arrays of their own, which cannot be written over.
    """
    operations = list(found.operations)
    own = {found.values[target] for target in kept}
    uses = Counter(source for o in operations for source in o.sources)
    for target in found.values.values():
        uses[target] += 1
    for number, o in enumerate(operations):
        if o.function == "add" and len(o.shape) > 1 and number not in own:
            for product, other in (o.sources, o.sources[::-1]):
                if _joins(operations, product, other, uses):
                    joined = (*operations[product].operands, other)
                    operations[number] = replace(o, function=DOT_ADD, operands=joined)
                    break
    return replace(found, operations=tuple(operations))


def _joins(operations: list[Operation], product: int, other: int, uses: Counter[int]) -> bool:
    """Whether a product may be added to another result where that is."""
    first, second = operations[product], operations[other]
    return (
        (first.function, first.kind) == ("dot", second.kind)
        and first.shape == second.shape
        and second.function not in MADE
        and uses[product] == uses[other] == 1
        and product != other
    )
