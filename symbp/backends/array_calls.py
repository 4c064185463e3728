"""NumPy calls for the operations of a plan: what each writes, and into which array.

Input: a plan.  Output: lines of Python, with shapes and numbers of the derivation's lines.
Imports buffers, operations and code_lines.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import count

from symbp.array_nodes import Scatter
from symbp.backends.blas_calls import PRODUCTS, product_call
from symbp.backends.code_lines import INDENT, WIDTH, comment, wrapped, wrapped_loop
from symbp.passes.buffers import Plan
from symbp.passes.operations import KERNELS, Operation, Schedule
from symbp.passes.tiles import LEAST_CALLS, MATRIX, has_rows, runs
from symbp.printers import numpy_code
from symbp.program import Statement
from symbp.tree import Call, Name, Node, Number, Product, Sum

WORDS = {
    "0.0": "zero",
    "1.0": "one",
    "2.0": "two",
    "0.5": "half",
    "-1.0": "minus_one",
    "N": "count",
}


class Calls:
    """The calls of one plan.

    Args:
        found: The operations and the statements that they come from.
        plan: Where they write.
        quiet: Statements in which a form is worked out where another is taken, so that NumPy
            must not warn of what it does there.
        tile: Rows of a tile; None where the module chooses, 0 where there are no tiles.
        blas: Whose matrix products, "numpy" or "scipy".
        steps: Of each product that is the step of a parameter, the parameter it is added to.
    """

    def __init__(
        self,
        found: Schedule,
        plan: Plan,
        quiet: Container[int] = (),
        tile: int | None = None,
        blas: str = "numpy",
        steps: Mapping[int, str] | None = None,
    ) -> None:
        self.found = found
        self.plan = plan
        self.quiet = quiet
        self.tile = tile
        self.blas = blas
        self.steps = steps or {}
        self.tiles: dict[str, tuple[str, ...]] = {}
        self.cut: Container[str] = ()
        self.constants: dict[int, str] = {}
        self.words: dict[str, str] = {}
        self.totals: dict[int, str] = {}
        self.of_statement: dict[int, list[int]] = {}
        values = {number: target for target, number in found.values.items()}
        for number, o in plan.operations.items():
            if o.function == "constant":
                self.constants[number] = self._constant_name(o)
            elif not o.shape and ".reduce" in o.function and number not in plan.place:
                target = found.statements[o.statement].target
                self.totals[number] = values.get(number, f"{target}_sum")
            if number in self.totals or number in plan.place:
                self.of_statement.setdefault(o.statement, []).append(number)

    def _constant_name(self, o: Operation) -> str:
        """zero, one_N_H, c1, ..: a word for each number, and the axes of an array of it."""
        (text,) = o.options
        if text not in self.words:
            known = {"arange": "classes", "eye": "identity"}
            word = WORDS.get(text) or known.get(text.partition("(")[0])
            taken = {*self.found.values, *self.words.values()}
            free = (c for k in count(1) if (c := f"c{k}") not in taken)
            self.words[text] = word or next(free)
        return "_".join([*["wide"] * (o.kind == "wide"), self.words[text], *o.shape])

    def operand(self, operand: int | str) -> str:
        """What is written for an operand."""
        if isinstance(operand, str):
            return operand
        o = self.plan.operations[operand]
        match o.function:
            case "input":
                return self._rows(o.options[0])
            case "constant":
                return self._rows(self.constants[operand])
            case "transpose":
                return f"{self.operand(o.operands[0])}.{'T' if len(o.shape) <= MATRIX else 'mT'}"
            case "permute":
                return f"{self.operand(o.operands[0])}.transpose({o.options[0]})"
            case "expand":
                return f"{self.operand(o.operands[0])}[{o.options[0]}]"
        if operand in self.plan.names:
            return self._rows(self.plan.names[operand])
        return numpy_code(self.number(operand))

    def _rows(self, name: str) -> str:
        """The name of an array, or within a loop over tiles that of its rows."""
        return f"{name}_" if name in self.cut else name

    def number(self, operand: int) -> Node:
        """A number: by its name, or worked out where it is used."""
        if operand in self.totals:
            return Name(self.totals[operand])
        if operand in self.plan.names:
            return Name(self.plan.names[operand])
        return self._worked_out(operand)

    def _worked_out(self, operand: int) -> Node:
        o = self.plan.operations[operand]
        if o.function == "constant":
            (text,) = o.options
            parts = text.split(" * ")
            nodes = tuple(Number(Fraction(float(p))) if p[-1].isdigit() and not p[0].isalpha()
                          else Name(p) for p in parts)  # fmt: skip
            return nodes[0] if len(nodes) == 1 else Product(1, nodes)
        if o.function in ("input", "expand", "transpose"):
            return Name(self.operand(operand))
        numbers = [self.number(n) for n in o.sources]
        match o.function:
            case "negative":
                return Product(-1, (numbers[0],))
            case "add" | "subtract":
                return Sum(((1, numbers[0]), (1 if o.function == "add" else -1, numbers[1])))
            case "multiply":
                return Product(1, tuple(numbers))
            case "divide":
                return Product(1, (numbers[0],), (numbers[1],))
        return Call(f"np.{o.function}", tuple(numbers))

    def lines(self, statements: Iterable[int]) -> list[str]:
        """The calls of some statements."""
        return [line for position in statements for line in self._statement(position)]

    def _statement(self, position: int) -> Iterator[str]:
        s = self.found.statements[position]
        pad = INDENT * (2 if position in self.quiet else 1)
        calls: list[str] = []
        for by_rows, numbers in runs(self.plan, self.of_statement.get(position, ())):
            calls += self._run(numbers, by_rows, s.target, pad)
        value = self.found.values[s.target]
        if not s.shape and value in self.plan.operations and value not in self.plan.place:
            text = numpy_code(self.number(value))
            if text != s.target:
                calls.append(f"{INDENT}{s.target} = {text}")
        if not calls:
            return
        if position in self.quiet:
            calls.insert(0, f'{INDENT}with np.errstate(all="ignore"):')
        behind = f"  # {comment(s)}"
        plain = len(calls) == 1 and "gemm(" not in calls[0] and "gemv(" not in calls[0]
        if plain and len(calls[0]) + len(behind) <= WIDTH:
            yield calls[0] + behind
            return
        formula = f" = {numpy_code(s.node)}" if _is_short(s) else ""
        head = f"{INDENT}# {s.target}{formula}"
        if len(head) + len(behind) <= WIDTH:
            yield f"{head}  {comment(s)}"
        else:
            yield head
            yield f"{INDENT}# {comment(s)}"
        yield from calls

    def _run(self, numbers: tuple[int, ...], by_rows: bool, target: str, pad: str) -> Iterator[str]:
        """The calls of a run; those that work row by row in a loop over tiles, if that pays."""
        least = LEAST_CALLS if self.tile is None else MATRIX
        if self.tile != 0 and by_rows and len(numbers) >= least:
            arrays = self._arrays(numbers)
            name = next(
                n for k in count(1)
                if (n := f"tiles_{target}{k if k > 1 else ''}") not in self.tiles
                and n not in self.found.values
            )  # fmt: skip
            self.tiles[name] = arrays
            yield from wrapped_loop([f"{a}_" for a in arrays], f"ws.{name}", pad)
            self.cut, pad = arrays, pad + INDENT
        for number in numbers:
            yield from self._call(number, self.plan.operations[number], pad)
        self.cut = ()

    def _arrays(self, numbers: tuple[int, ...]) -> tuple[str, ...]:
        """The arrays with one row a sample that a run reads or writes, in order."""
        names: dict[str, None] = {}
        for number in numbers:
            o = self.plan.operations[number]
            for other in (*o.sources, number):
                if has_rows(self.plan.operations[other]):
                    names[self.operand(other)] = None
            names |= dict.fromkeys(self.plan.scratch.get(number, ()))
        return tuple(names)

    def _total(self, o: Operation) -> str:
        return f"np.{o.function}({self.operand(o.operands[0])}, axis=None)"

    def _call(self, number: int, o: Operation, pad: str) -> Iterator[str]:
        if number not in self.plan.place:
            if number in self.totals:
                yield f"{pad}{self.totals[number]} = {self._total(o)}"
            return
        out = self._rows(self.plan.names[number])
        given = [self.operand(n) for n in o.operands]
        if not o.shape:
            is_sum = ".reduce" in o.function
            value = self._total(o) if is_sum else numpy_code(self._worked_out(number))
            yield f"{pad}{out}[...] = {value}"
            return
        match o.function:
            case function if self.blas == "scipy" and function in PRODUCTS:
                yield from product_call(self.plan, number, self.operand, self.steps, pad)
            case "copy":
                yield f"{pad}np.copyto({out}, {given[0]})"
            case "select":
                if self.plan.place.get(o.sources[0]) != self.plan.place[number]:
                    yield f"{pad}np.copyto({out}, {given[0]})"
                (work,) = map(self._rows, self.plan.scratch[number])
                yield from _wrapped_call(pad, "choose", [given[1], given[2], out, work])
            case "take":
                yield from _wrapped_call(
                    pad, "np.take", [*given, f"axis={o.options[0]}", f"out={out}", 'mode="clip"']
                )
            case "add_at":
                yield f"{pad}{out}.fill(0)"
                rows = f"np.s_[{o.options[0]}, {given[0]}]" if o.options else given[0]
                yield f"{pad}np.add.at({out}, {rows}, {given[1]})"
            case "einsum":
                yield from _wrapped_call(
                    pad, "np.einsum", [f'"{o.options[0]}"', *given, f"out={out}"]
                )
            case function if ".reduce" in function:
                axes, keep = o.options
                axis = f"({axes})" if "," in axes else axes
                options = [f"axis={axis}"] + ["keepdims=True"] * bool(keep)
                yield from _wrapped_call(pad, f"np.{function}", [*given, *options, f"out={out}"])
            case function if function in KERNELS:
                spare = map(self._rows, self.plan.scratch.get(number, ()))
                yield from _wrapped_call(pad, f"{function}_into", [out, *given, *o.options, *spare])
            case function:
                yield from _wrapped_call(pad, f"np.{function}", [*given, f"out={out}"])


def _wrapped_call(pad: str, function: str, arguments: list[str]) -> list[str]:
    return wrapped(f"{function}(", arguments, ")", indent=len(pad))


def _is_short(s: Statement) -> bool:
    return not isinstance(s.node, Scatter) and len(numpy_code(s.node)) + len(s.target) <= 70
