"""Many runs of a network at once: one more axis, the first, for all that differs between runs.

Z1[r,n,j] = sum(i: W1[r,j,i]*X[n,i]) + b1[r,j]: whatever depends on a parameter has an entry a run,
what depends on the data alone stays as it is and is worked out once for all runs.  This is done to
the single operations of a schedule: there are few kinds of them and each knows the shape of its
result, so it is the same for the lines of any derivation.
Input: a schedule and the inputs that differ.  Output: a schedule.  Imports operations.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from string import ascii_letters

from symbp.errors import GraphError
from symbp.passes.operations import Builder, Operation, Schedule

RUNS = "R"
ALL = ":"
MATRIX = 2


def over_runs(found: Schedule, given: Collection[str]) -> Schedule:
    """The operations of one run for R runs.

    Args:
        found: The operations of one run.
        given: Names of the inputs of which each run has its own.

    Raises:
        GraphError: row numbers differ between runs, or vectors in a product.

    >>> from symbp.lower import lower
    >>> from symbp.passes.in_place import schedule
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> p = lower(derive(Network(sizes=[2, 2], activation="relu")))
    >>> inputs = {"X": (("N", "D"), "float"), "W1": (("K", "D"), "float")}
    >>> found = over_runs(schedule(p.forward, inputs, {}), ["W1"])
    >>> [(o.function, o.shape) for o in found.operations][1:4]
    [('input', ('R', 'K', 'D')), ('transpose', ('R', 'D', 'K')), ('matmul', ('R', 'N', 'K'))]
    """
    runs = _Runs(found, frozenset(given))
    for number, operation in enumerate(found.operations):
        runs.statement = operation.statement
        runs.moved[number] = runs.put(operation)
    values = {name: runs.moved[number] for name, number in found.values.items()}
    statements = tuple(
        replace(s, shape=(RUNS, *s.shape)) if runs.differs(found.values[s.target]) else s
        for s in found.statements
    )
    return Schedule(tuple(runs.operations), values, statements)


class _Runs(Builder):
    """Makes the operations of all runs from those of one."""

    def __init__(self, found: Schedule, given: Collection[str]) -> None:
        super().__init__()
        self.found = found
        self.given = given
        self.moved: dict[int, int] = {}

    def differs(self, number: int) -> bool:
        """Whether an operation of one run has another result in each run."""
        return self.shape(self.moved[number])[:1] == (RUNS,)

    def put(self, o: Operation) -> int:
        """The operation for all runs; for one if all runs have the same."""
        if o.function == "input" and o.options[0] in self.given:
            return self.add("input", (), (RUNS, *o.shape), o.kind, o.options)
        if not any(map(self.differs, o.sources)):
            same = tuple(self.moved[n] if isinstance(n, int) else n for n in o.operands)
            return self.add(o.function, same, o.shape, o.kind, o.options, o.scratch)
        match o.function:
            case "transpose":
                return self._made(o, o.function)
            case "permute":
                order = ", ".join(str(int(axis) + 1) for axis in o.options[0].split(", "))
                return self._made(o, o.function, f"0, {order}")
            case "expand":
                return self._made(o, o.function, f"{ALL}, {o.options[0]}")
            case "dot":
                if any(self.differs(n) and len(self.found.operations[n].shape) < MATRIX
                       for n in o.sources):  # fmt: skip
                    raise GraphError(self._where(o), "multiplies by another vector in each run")
                return self._made(o, "matmul")
            case "einsum":
                return self._einsum(o)
            case "take":
                self._same_rows(o, o.sources[1])
                return self._made(o, o.function, "1")
            case "add_at":
                self._same_rows(o, o.sources[0])
                return self._made(o, o.function, ALL)
            case function if ".reduce" in function:
                axes = ", ".join(str(int(axis) + 1) for axis in o.options[0].split(", "))
                return self._made(o, function, axes, *o.options[1:])
        return self._elementwise(o)

    def _made(self, o: Operation, function: str, *options: str) -> int:
        moved = tuple(self.moved[n] for n in o.sources)
        return self.add(function, moved, (RUNS, *o.shape), o.kind, options, o.scratch)

    def _einsum(self, o: Operation) -> int:
        left, result = o.options[0].split("->")
        letter = next(c for c in f"r{ascii_letters}" if c not in left)
        parts = zip(left.split(","), o.sources, strict=True)
        own = ",".join(f"{letter}{part}" if self.differs(n) else part for part, n in parts)
        return self._made(o, o.function, f"{own}->{letter}{result}")

    def _same_rows(self, o: Operation, rows: int) -> None:
        if self.differs(rows):
            raise GraphError(self._where(o), "looks up other rows in each run")

    def _where(self, o: Operation) -> str:
        return self.found.statements[o.statement].target

    def _elementwise(self, o: Operation) -> int:
        """One array, entry by entry: axes before those of one run's entry have length 1."""
        operands = tuple(self._aligned(n, o) if isinstance(n, int) else n for n in o.operands)
        return self.add(o.function, operands, (RUNS, *o.shape), o.kind, o.options, o.scratch)

    def _aligned(self, number: int, o: Operation) -> int:
        """An operand that broadcasts over the runs; constants are filled in, which is faster."""
        moved = self.moved[number]
        made = self.operations[moved]
        if not self.differs(number):
            single = made.function != "constant" or made.options[0].endswith(")")
            return moved if single or not made.shape else self.broadcast(moved, (RUNS, *o.shape))
        missing = len(o.shape) + 1 - len(made.shape)
        if not missing:
            return moved
        kept = made.shape[1:]
        pattern = ", ".join([ALL, *["None"] * missing, *[ALL] * len(kept)])
        return self.add("expand", (moved,), (RUNS, *["1"] * missing, *kept), made.kind, (pattern,))
