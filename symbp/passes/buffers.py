"""A place for every result: an array is used again as soon as nobody needs what is in it.

Input: a schedule and its results.  Output: a `Plan` that says into which array each operation
writes and what that array is called.  Imports operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from symbp.passes.operations import KERNELS, VIEWS, Operation, Schedule, Shape

# What has no array of its own: it is given, made once, a view, or a number.
GIVEN = ("input", "constant", *VIEWS)
# A matrix product or a sum must not write where it still reads.
SEPARATE = ("dot", "matmul", "einsum", "take", "add_at", "copy")


@dataclass(frozen=True, slots=True)
class Buffer:
    """An array that a step writes.

    Args:
        name: Of the first result in it.
        shape: Names of axes.
        kind: "float", "wide", "bool" or "int".
        fixed: Whether it is the gradient of a parameter, and kept.
    """

    name: str
    shape: Shape
    kind: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything is.

    Args:
        operations: Only those that lead to the results, in order, with their numbers.
        buffers: The arrays.
        place: Of each operation that has one, its buffer.
        names: Of each such operation, what its result is called.
        scratch: Of each operation that needs more arrays, what these are called.
        places: The buffer of every name.
    """

    operations: Mapping[int, Operation]
    buffers: tuple[Buffer, ...]
    place: Mapping[int, int]
    names: Mapping[int, str]
    scratch: Mapping[int, tuple[str, ...]]
    places: Mapping[str, int]


def plan(
    found: Schedule,
    results: Iterable[str],
    gradients: Mapping[str, str],
    held: Mapping[str, int] | None = None,
) -> Plan:
    """Give each operation an array.

    Args:
        found: The operations.
        results: Targets that must be there at the end, such as "E".
        gradients: Targets that have arrays of their own, such as "dW1".
        held: Targets that must be there behind so many statements, such as the output.

    >>> from symbp.lower import lower
    >>> from symbp.passes.in_place import schedule
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> p = lower(derive(Network(sizes=[2, 2], activation="relu")))
    >>> inputs = {"X": (("N", "D"), "float"), "W1": (("K", "D"), "float")}
    >>> [b.name for b in plan(schedule(p.forward, inputs, {}), ["A1"], {}).buffers]
    ['Z1']
    """
    found = _own_arrays(found, gradients)
    return _Planner(found, tuple(results), gradients, held or {}).plan()


def _own_arrays(found: Schedule, gradients: Mapping[str, str]) -> Schedule:
    """A copy for each gradient that is a view, an input, or what another gradient is already."""
    operations, values = list(found.operations), dict(found.values)
    taken: set[int] = set()
    for target in gradients:
        number = values[target]
        operation = operations[number]
        if number in taken or (operation.function in GIVEN and operation.shape):
            statement = next(k for k, s in enumerate(found.statements) if s.target == target)
            copy = Operation("copy", (number,), operation.shape, statement=statement)
            operations.append(copy)
            number = values[target] = len(operations) - 1
        taken.add(number)
    return replace(found, operations=tuple(operations), values=values)


@dataclass
class _Planner:
    found: Schedule
    results: tuple[str, ...]
    gradients: Mapping[str, str]
    held: Mapping[str, int]
    buffers: list[Buffer] = field(default_factory=list)
    place: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    scratch: dict[int, tuple[int, ...]] = field(default_factory=dict)
    free: dict[tuple[Shape, str], list[int]] = field(default_factory=dict)
    parts: dict[tuple[str, int], str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def plan(self) -> Plan:
        self.taken = set(self.found.values)
        live = self.found.live((*self.results, *self.held, *self.gradients))
        operations = {k: o for k, o in enumerate(self.found.operations) if k in live}
        owners = {self.found.values[t]: t for t in self.gradients}
        end = self._last_uses(operations)
        for number, operation in operations.items():
            if operation.function in GIVEN or (not operation.shape and number not in owners):
                continue
            dying = {
                root for o in operation.sources
                if end[root := self._root(o, operations)] == number and root in self.place
            }  # fmt: skip
            if number in owners:
                self.buffers.append(
                    Buffer(owners[number], operation.shape, operation.kind, fixed=True)
                )
                self.place[number] = len(self.buffers) - 1
            else:
                reused = self._in_place(operation, dying, operations)
                self.place[number] = self._taken(operation) if reused is None else reused
            if operation.scratch:
                extra = tuple(self._taken(operation) for _ in range(operation.scratch))
                self.scratch[number] = extra
                for buffer in extra:
                    self._release(buffer)
            for root in dying:
                if self.place[root] != self.place[number]:
                    self._release(self.place[root])
        self._name(operations)
        scratch = {
            number: tuple(self._part(self._target(operations[number]), place) for place in places)
            for number, places in self.scratch.items()
        }
        places = {self.names[number]: place for number, place in self.place.items()}
        for number, found in scratch.items():
            places |= dict(zip(found, self.scratch[number], strict=True))
        for name, place in places.items():
            if not self.buffers[place].name:
                self.buffers[place] = replace(self.buffers[place], name=name)
        buffers = tuple(self.buffers)
        return Plan(operations, buffers, self.place, self.names, scratch, places)

    def _target(self, operation: Operation) -> str:
        return self.found.statements[operation.statement].target

    def _root(self, number: int, operations: Mapping[int, Operation]) -> int:
        while operations[number].function in VIEWS:
            number = operations[number].sources[0]
        return number

    def _last_uses(self, operations: Mapping[int, Operation]) -> dict[int, int]:
        """Of each operation the last one that reads it, or a view of it."""
        end: dict[int, int] = {}
        for number, operation in operations.items():
            end.setdefault(number, number)
            for source in operation.sources:
                end[self._root(source, operations)] = number
        # A number is worked out where it is used, perhaps far below what it is made of.
        for number in reversed(list(operations)):
            operation = operations[number]
            if not operation.shape and ".reduce" not in operation.function:
                for source in operation.sources:
                    root = self._root(source, operations)
                    end[root] = max(end[root], end[number])
        for name, statements in self.held.items():
            root = self._root(self.found.values[name], operations)
            before = [n for n, o in operations.items() if o.statement < statements]
            end[root] = max(end[root], *before)
        for name in self.results:
            end[self._root(self.found.values[name], operations)] = len(self.found.operations)
        return end

    def _in_place(
        self, operation: Operation, dying: set[int], operations: Mapping[int, Operation]
    ) -> int | None:
        """The buffer of an operand that nobody needs any more, where it may be written over."""
        if operation.function in SEPARATE or "." in operation.function or operation.options:
            return None
        roots = [self._root(o, operations) for o in operation.sources]
        written = {"select": slice(1), "dot_add": slice(2, None)}  # these write over one operand
        candidates = operation.sources[written.get(operation.function, slice(None))]
        for source in candidates:
            if source not in dying or operation.function in KERNELS:
                continue
            given = operations[source]
            views = [o for o, r in zip(operation.sources, roots, strict=True)
                     if r == source and o != source]  # fmt: skip
            buffer = self.place[source]
            same = (given.shape, given.kind) == (operation.shape, operation.kind)
            if same and not views and not self.buffers[buffer].fixed:
                return buffer
        return None

    def _taken(self, operation: Operation) -> int:
        key = (operation.shape, operation.kind)
        if self.free.get(key):
            return self.free[key].pop()
        self.buffers.append(Buffer("", *key))
        return len(self.buffers) - 1

    def _release(self, number: int) -> None:
        buffer = self.buffers[number]
        if not buffer.fixed:
            self.free.setdefault((buffer.shape, buffer.kind), []).append(number)

    def _name(self, operations: Mapping[int, Operation]) -> None:
        """A result is called as its target; a part of one as that, if it is in the same array."""
        targets: dict[int, str] = {}
        for target, number in self.found.values.items():
            targets.setdefault(number, target)
        for number, place in self.place.items():
            target = self._target(operations[number])
            if number in targets:
                self.names[number] = targets[number]
            elif self.place.get(self.found.values[target]) == place:
                self.names[number] = target
            else:
                self.names[number] = self._part(target, place)

    def _part(self, target: str, place: int) -> str:
        """target_part, target_part2, ..: the results that a statement has beside its own."""
        if (target, place) not in self.parts:
            names = (f"{target}_part{k if k > 1 else ''}" for k in count(1))
            free = next(name for name in names if name not in self.taken)
            self.parts[target, place] = free
            self.taken.add(free)
        return self.parts[target, place]
