"""A program as single array operations, so that nothing needs to be allocated while it runs.

Each tree becomes operations in the order in which Python would work it out, so that the numbers
are the same, bit for bit; what is computed twice is computed once, an exponential that a sigmoid
and its derivative share, say.  Functions of one number are written out in their stable forms.
Input: statements.  Output: `Operation`s that refer to each other by number.
Imports operations, program, tree, printers and the stable forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symbp.array_nodes import Eye, Full, Gather, Permute, Scatter
from symbp.errors import GraphError
from symbp.passes.operations import KERNELS, Builder, Schedule, Shape, broadcast_shape
from symbp.printers import folded, nearest, numpy_code
from symbp.program import Statement, children
from symbp.stable.result import Regime, Stable
from symbp.tree import (
    ONE,
    ZERO,
    Call,
    Compare,
    Constant,
    Einsum,
    Expand,
    Logic,
    MatMul,
    Name,
    Node,
    Number,
    OneHot,
    Power,
    Product,
    Reduce,
    Sum,
    Transpose,
    Where,
)

UFUNCS = {
    "abs": "absolute", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
}  # fmt: skip
RELATIONS = {
    "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
    "==": "equal", "!=": "not_equal",
}  # fmt: skip
Inner = Callable[[Node], int]
WHOLE_POWERS = 4  # as many factors are multiplied; np.power takes a logarithm
PAIR = 2


def schedule(
    statements: Iterable[Statement],
    inputs: Mapping[str, tuple[Shape, str]],
    functions: Mapping[str, Stable],
) -> Schedule:
    """Write statements as operations.

    Args:
        statements: Each uses those before it and the inputs.
        inputs: Shape and kind of X, T and every parameter.
        functions: Stable forms of the functions of one number that are called.

    Raises:
        GraphError: a node that no array operation computes.

    >>> from symbp.lower import lower
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> p = lower(derive(Network(sizes=[2, 2], activation="relu")))
    >>> found = schedule(p.forward, {"X": (("N", "D"), "float"), "W1": (("K", "D"), "float")}, {})
    >>> [o.function for o in found.operations]
    ['input', 'input', 'transpose', 'dot', 'constant', 'constant', 'maximum']
    """
    builder = _Trees(functions=functions)
    for name, (shape, kind) in inputs.items():
        builder.values[name] = builder.add("input", (), shape, kind, (name,))
    done = tuple(statements)
    for position, statement in enumerate(done):
        builder.statement = position
        value = builder.value(statement.node)
        if statement.shape and builder.shape(value) != statement.shape:
            value = builder.broadcast(value, statement.shape)
        builder.values[statement.target] = value
    return Schedule(tuple(builder.operations), dict(builder.values), done)


@dataclass
class _Trees(Builder):
    """Writes trees as operations."""

    functions: Mapping[str, Stable] = field(default_factory=dict)
    inside: bool = False

    def value(self, node: Node, kind: str = "float", names: Mapping[str, int] | None = None) -> int:
        """The operation that computes a node.

        Args:
            node: A tree.
            kind: Of the numbers in it.
            names: What names stand for within a function.
        """
        node = folded(node)

        def inner(part: Node) -> int:
            return self.value(part, kind, names)

        match node:
            case Number(value):
                return self.constant(value, kind)
            case Constant():
                return self.constant(nearest(node), kind)
            case Name(text):
                return self._name(text, names)
            case Sum(terms):
                return self._sum([(sign, inner(term)) for sign, term in terms])
            case Product():
                return self._product(node, inner)
            case Power(base, exponent):
                return self._power(inner(base), exponent, kind)
            case Compare(relation, left, right):
                return self.compare(RELATIONS[relation], inner(left), inner(right))
            case Logic(word, parts):
                first, *rest = map(inner, parts)
                for other in rest:
                    first = self.elementwise(f"logical_{word}", first, other)
                return first
            case Where(condition, then, otherwise):
                return self._where(inner(condition), then, otherwise, inner)
            case Call(function, arguments):
                return self._call(function, arguments, kind, inner)
        return self._array(node, inner)

    def _name(self, text: str, names: Mapping[str, int] | None) -> int:
        if names and text in names:
            return names[text]
        if text in self.values:
            return self.values[text]
        return self.add("constant", (), (), "float", (text,))  # a size, such as N

    def _sum(self, terms: list[tuple[int, int]]) -> int:
        (sign, found), *rest = terms
        if sign < 0 and rest and rest[0][0] > 0:  # -a + b is b - a
            found, rest = self.elementwise("subtract", rest[0][1], found), rest[1:]
        elif sign < 0:
            found = self.elementwise("negative", found)
        for sign, term in rest:
            found = self.elementwise("add" if sign > 0 else "subtract", found, term)
        return found

    def _product(self, node: Product, inner: Inner) -> int:
        top = list(node.numerator or (ONE,))
        if node.sign < 0 and isinstance(top[0], Number):
            top[0] = Number(-top[0].value)
            found = inner(top[0])
        else:
            found = inner(top[0])
            if node.sign < 0:
                found = self.elementwise("negative", found)
        for factor in top[1:]:
            found = self.elementwise("multiply", found, inner(factor))
        if node.denominator:
            first, *rest = map(inner, node.denominator)
            for other in rest:
                first = self.elementwise("multiply", first, other)
            found = self.elementwise("divide", found, first)
        return found

    def _power(self, base: int, exponent: int, kind: str) -> int:
        square = self.elementwise("square", base)
        if exponent == PAIR:
            return square
        if exponent > WHOLE_POWERS:
            return self.elementwise("power", base, self.constant(Fraction(exponent), kind))
        if exponent == WHOLE_POWERS:
            return self.elementwise("square", square)
        return self.elementwise("multiply", square, base)

    def _where(self, mask: int, then: Node, otherwise: Node, inner: Inner) -> int:
        """A masked product where the rest is zero and nothing infinite can be hidden; or a choice.

        0 times infinity is no zero, so what is masked away by a product must be finite.
        """
        if otherwise == ZERO and _is_tame(then):
            value = inner(then)
            shape = broadcast_shape((self.shape(mask), self.shape(value)))
            kind = self.operations[value].kind
            full = self.broadcast(self.add("copy", (mask,), self.shape(mask), kind), shape)
            if then == ONE:
                return full
            return self.elementwise("multiply", value, full)
        return self.select(mask, inner(then), inner(otherwise))

    def _call(self, function: str, arguments: tuple[Node, ...], kind: str, inner: Inner) -> int:
        if function in self.functions and not self.inside:
            return self._stable(self.functions[function], inner(arguments[0]))
        if function == "clip":
            number, low, high = map(inner, arguments)
            return self.elementwise("minimum", self.elementwise("maximum", number, low), high)
        if function not in KERNELS:
            return self.elementwise(UFUNCS.get(function, function), *map(inner, arguments))
        arrays = [inner(a) for a in arguments if not isinstance(a, Number)]
        shape = broadcast_shape(map(self.shape, arrays))
        full = tuple(self.broadcast(n, shape) for n in arrays)
        numbers = [numpy_code(a) for a in arguments if isinstance(a, Number)]
        literals = (f"({', '.join(numbers)})",) * bool(numbers)
        found = self.operations[full[0]].kind
        return self.add(function, full, shape, found, literals, KERNELS[function])

    def _stable(self, found: Stable, number: int) -> int:
        """The forms of a function: each over the whole array, and of each its part."""
        x, kind = number, self.operations[number].kind
        if found.widened:
            x, kind = self.add("copy", (number,), self.shape(number), "wide"), "wide"
        self.inside = True  # where tanh is NumPy's, not the activation that is called so
        *before, last = found.regimes
        result = self._form(last, x, kind)
        for regime in reversed(before):
            bound = self.constant(Fraction(regime.upto), kind)
            test = "less_equal" if regime.closed else "less"
            mask = self.compare(test, x, bound)
            result = self.select(mask, self._form(regime, x, kind), result)
        self.inside = False
        if found.widened:
            result = self.add("copy", (result,), self.shape(number), "float")
        return result

    def _form(self, regime: Regime, x: int, kind: str) -> int:
        form = regime.form
        if form.clip is not None:
            low, high = (self.constant(Fraction(bound), kind) for bound in form.clip)
            x = self.elementwise("minimum", self.elementwise("maximum", x, low), high)
        names = {"x": x}
        for letter, node in form.lets:
            names[letter] = self.value(node, kind, names)
        return self.whole(self.value(form.result, kind, names), self.shape(x), kind)

    def _array(self, node: Node, inner: Inner) -> int:
        match node:
            case MatMul(left, right):
                a, b = inner(left), inner(right)
                return self.add("dot", (a, b), (self.shape(a)[0], self.shape(b)[1]))
            case Transpose(of):
                a = inner(of)
                return self.add("transpose", (a,), self.shape(a)[::-1], self.operations[a].kind)
            case Permute(of, order):
                a = inner(of)
                shape = tuple(self.shape(a)[k] for k in order)
                return self.add("permute", (a,), shape, options=(", ".join(map(str, order)),))
            case Expand(of, pattern):
                return self._expand(inner(of), pattern)
            case Reduce(kind, of, axes, keep):
                return self._reduce(kind, inner(of), axes, keep)
            case Einsum(subscripts, operands):
                return self._einsum(subscripts, [inner(o) for o in operands])
            case Gather(table, rows):
                a, b = inner(table), inner(rows)
                shape = (*self.shape(b), *self.shape(a)[1:])
                return self.add("take", (a, b), shape, options=("0",))
            case Scatter(rows, values, shape):
                sizes = tuple(numpy_code(n) for n in shape)
                return self.add("add_at", (inner(rows), inner(values)), sizes)
            case OneHot(classes, width, _):
                return self._one_hot(inner(classes), numpy_code(width))
            case Full(of, shape):
                sizes = tuple(numpy_code(n) for n in shape)
                return self.whole(inner(of), sizes, "float")
            case Eye(width, _):
                axis = numpy_code(width)
                return self.add("constant", (), (axis, axis), "float", (f"eye({axis})",))
        raise GraphError("workspace", f"no array operation for {type(node).__name__}")

    def _one_hot(self, classes: int, axis: str) -> int:
        """Each class compared with every number of a class."""
        shape = (*self.shape(classes), axis)
        column = self.broadcast(self._expand(classes, ":, None"), shape)
        every = self.add("constant", (), shape, "int", (f"arange({axis})",))
        hot = self.add("equal", (column, every), shape, "bool")
        return self.add("copy", (hot,), shape)

    def _expand(self, number: int, pattern: str) -> int:
        lengths = iter(self.shape(number))
        shape = []
        for slot in pattern.split(", "):
            if slot == "None":
                shape.append("1")
                continue
            length = next(lengths)
            if slot == ":":
                shape.append(length)
        kind = self.operations[number].kind
        return self.add("expand", (number,), tuple(shape), kind, (pattern,))

    def _reduce(self, kind: str, number: int, axes: tuple[int, ...], keep: bool) -> int:
        shape = self.shape(number)
        over = tuple(a % len(shape) for a in axes) if axes else tuple(range(len(shape)))
        left = tuple("1" if k in over else length for k, length in enumerate(shape))
        if not keep:
            left = tuple(length for k, length in enumerate(shape) if k not in over)
        name = {"sum": "add", "mean": "add", "max": "maximum", "min": "minimum"}[kind]
        if name == "add" and len(shape) == PAIR and len(over) == 1:
            found = self._column_sums(number, over[0], left)
        else:
            options = (", ".join(map(str, over)), "keep" if keep else "")
            found = self.add(f"{name}.reduce", (number,), left, options=options)
        if kind == "mean":
            count = " * ".join(shape[k] for k in over)
            found = self.elementwise(
                "divide", found, self.add("constant", (), (), options=(count,))
            )
        return found

    def _column_sums(self, number: int, axis: int, left: Shape) -> int:
        """Sums over one axis of a matrix as a product with ones, which is faster."""
        length = self.shape(number)[axis]
        if axis:
            ones = self.add("constant", (), (length, *left[1:]), options=("1.0",))
            return self.add("dot", (number, ones), left)
        ones = self.add("constant", (), (*left[:-1], length), options=("1.0",))
        return self.add("dot", (ones, number), left)

    def _einsum(self, subscripts: str, numbers: list[int]) -> int:
        """A contraction; one of more than two arrays goes two by two, from the left."""
        left, result = subscripts.split("->")
        letters = left.split(",")
        lengths = {
            letter: length
            for run, number in zip(letters, numbers, strict=True)
            for letter, length in zip(run, self.shape(number), strict=True)
        }
        while len(numbers) > PAIR:
            rest = set("".join(letters[PAIR:])) | set(result)
            both = "".join(dict.fromkeys("".join(letters[:PAIR])))
            kept = "".join(c for c in both if c in rest)
            made = self._einsum(f"{','.join(letters[:PAIR])}->{kept}", numbers[:PAIR])
            numbers, letters = [made, *numbers[PAIR:]], [kept, *letters[PAIR:]]
        shape = tuple(lengths[c] for c in result)
        return self.add(
            "einsum", tuple(numbers), shape, options=(f"{','.join(letters)}->{result}",)
        )


def _is_tame(node: Node) -> bool:
    """Whether a node is finite where its names are: sums and products, no division, no function."""
    match node:
        case Number() | Name() | Constant():
            return True
        case Product(_, _, bottom) if bottom and not all(isinstance(n, Number | Name) and (
            isinstance(n, Number) or n.text == "N") for n in bottom):  # fmt: skip
            return False
        case Call(function, _) if function not in ("maximum", "minimum", "abs", "sign"):
            return False
    return all(map(_is_tame, children(node)))
