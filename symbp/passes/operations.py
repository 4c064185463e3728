"""Array operations, one call each, and what builds them.

Input: operations of NumPy on results before them.  Output: `Operation`s that refer to each other by
number; equal ones are made once.  Imports printers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symbp.printers import float_text
from symbp.program import Statement

Shape = tuple[str, ...]
Operand = int | str
VIEWS = ("transpose", "permute", "expand")
# Functions of kernels_in_place.py, and how many more arrays each needs.
KERNELS = {"erfcx": 4, "others": 1, "exp_difference": 2, "exp_poly": 7, "erf": 0, "erfc": 0}


@dataclass(frozen=True, slots=True)
class Operation:
    """One call that writes an array, or one view of an array, or one number.

    Args:
        function: Of NumPy ("add", "dot", ..), a kernel, a view, "constant", "input" or "number".
        operands: Numbers of operations before it, or literals.
        shape: Of the result: names of axes, "1" for length 1.
        kind: "float"; "wide" is float64 whatever the rest is; "bool"; "int".
        options: What else the call is given: axis, subscripts, an expression.
        statement: Position of the statement that it belongs to.
        scratch: How many more arrays of its shape it needs while it runs.
    """

    function: str
    operands: tuple[Operand, ...]
    shape: Shape
    kind: str = "float"
    options: tuple[str, ...] = ()
    statement: int = 0
    scratch: int = 0

    @property
    def sources(self) -> tuple[int, ...]:
        """The operations it reads."""
        return tuple(o for o in self.operands if isinstance(o, int))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Operations in order.

    Args:
        operations: Each uses those before it.
        values: Which operation gives the value of each target, and of each input.
        statements: Those that the operations belong to.
    """

    operations: tuple[Operation, ...]
    values: Mapping[str, int]
    statements: tuple[Statement, ...]

    def live(self, results: Iterable[str]) -> frozenset[int]:
        """The operations that lead to some targets."""
        found: set[int] = set()
        todo = [self.values[name] for name in results]
        while todo:
            number = todo.pop()
            if number not in found:
                found.add(number)
                todo += self.operations[number].sources
        return frozenset(found)


def broadcast_shape(shapes: Iterable[Shape]) -> Shape:
    """The shape of what is computed element by element.

    >>> broadcast_shape([("N", "1"), ("H",), ()])
    ('N', 'H')
    """
    found: Shape = ()
    for shape in shapes:
        size = max(len(found), len(shape))
        left, right = (("1",) * (size - len(s)) + s for s in (found, shape))
        found = tuple(a if b == "1" else b for a, b in zip(left, right, strict=True))
    return found


@dataclass
class Builder:
    """Makes operations for the statements of a program.

    Args:
        operations: Those made so far.
        values: The number of each input and target.
        known: Numbers by what is computed.
        statement: Position of the statement at hand.
    """

    operations: list[Operation] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    known: dict[tuple[object, ...], int] = field(default_factory=dict)
    statement: int = 0

    def shape(self, number: int) -> Shape:
        """The shape of a result."""
        return self.operations[number].shape

    def add(
        self,
        function: str,
        operands: tuple[Operand, ...],
        shape: Shape,
        kind: str = "float",
        options: tuple[str, ...] = (),
        scratch: int = 0,
    ) -> int:
        """The operation's number; that of an equal one before it, if there is one."""
        key = (function, operands, shape, kind, options)
        if key not in self.known:
            made = Operation(function, operands, shape, kind, options, self.statement, scratch)
            self.operations.append(made)
            self.known[key] = len(self.operations) - 1
        return self.known[key]

    def constant(self, value: Fraction, kind: str, shape: Shape = ()) -> int:
        """A number, or an array of it."""
        return self.add("constant", (), shape, kind, (float_text(float(value)),))

    def broadcast(self, number: int, shape: Shape) -> int:
        """The same in a larger shape: NumPy would allocate a buffer for what it broadcasts."""
        found = self.operations[number]
        if found.shape == shape:
            return number
        if found.function == "constant":
            return self.add("constant", (), shape, found.kind, found.options)
        return self.add("copy", (number,), shape, found.kind)

    def elementwise(self, function: str, *numbers: int, kind: str | None = None) -> int:
        """A NumPy function of arrays and numbers of one shape."""
        shape = broadcast_shape(map(self.shape, numbers))
        given = [self.operations[n] for n in numbers]
        if function == "multiply" and all(g.function == "constant" and not g.shape for g in given):
            return self.add("constant", (), (), options=(" * ".join(g.options[0] for g in given),))
        kinds = {g.kind for g in given}
        kind = kind or ("wide" if "wide" in kinds else "float" if "float" in kinds else "bool")
        # A single number is the same for every entry, but slows these two down by far.
        single = () if function in ("maximum", "minimum") else ((),)
        full = tuple(n if self.shape(n) in single else self.broadcast(n, shape) for n in numbers)
        return self.add(function, full, shape, kind)

    def compare(self, function: str, left: int, right: int) -> int:
        """Where a relation holds; for z > 0 max(z, 0) is asked if it is known: z may then go."""
        shape, kind = self.shape(left), self.operations[left].kind
        if function == "greater" and self.operations[right].options == ("0.0",):
            zeros = self.constant(Fraction(0), kind, shape)
            left = self.known.get(("maximum", (left, zeros), shape, kind, ()), left)
        return self.elementwise(function, left, right, kind="bool")

    def select(self, mask: int, then: int, otherwise: int) -> int:
        """`then` where the mask holds, else `otherwise`."""
        numbers = (mask, then, otherwise)
        shape = broadcast_shape(map(self.shape, numbers))
        kinds = {self.operations[n].kind for n in (then, otherwise)}
        kind = "wide" if "wide" in kinds else "float"
        full = (self.broadcast(mask, shape), *(self.whole(n, shape, kind) for n in numbers[1:]))
        return self.add("select", (full[2], full[0], full[1]), shape, kind, scratch=1)

    def whole(self, number: int, shape: Shape, kind: str) -> int:
        """The same in a shape and a kind."""
        if self.operations[number].kind != kind:
            return self.add("copy", (number,), shape, kind)
        return self.broadcast(number, shape)
