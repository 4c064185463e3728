"""Lines of Python as the formatter would leave them.

Input: statements and numbers.  Output: lines of at most 88 characters, as `ruff format` does by
default, split where it splits.  Imports printers, program and exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import count

from symbp.array_nodes import Scatter
from symbp.exact import Tensor
from symbp.printers import IN_NUMPY, PRODUCT, Printer, float_text
from symbp.program import Statement, children, put
from symbp.tree import Call, Einsum, Name, Node, Number, Power, Product, Sum, Where

WIDTH = 88
INDENT = "    "
MANY = 2


def assignment(target: str, node: Node, comment: str, printer: Printer = IN_NUMPY) -> list[str]:
    """`target = node  # comment`, over several lines where it is too long for one.

    A long sum inside a longer expression gets a line and a name of its own, target_sum; a long
    sum alone stands in parentheses, one term a line.  Where that is not enough, parts get
    names, target_part, target_part2.

    >>> from symbp.tree import Name
    >>> assignment("A", Name("B"), "(N, H) [1]")
    ['    A = B  # (N, H) [1]']
    """
    if isinstance(node, Scatter):
        return _scatter(target, node, comment)
    return _assigned(target, node, comment, (target, count(1)), printer)


def _assigned(
    target: str, node: Node, comment: str, parts: tuple[str, Iterator[int]], printer: Printer
) -> list[str]:
    """The lines of `assignment`; `parts` is how parts are called and numbered."""
    code = f"{INDENT}{target} = {printer.text(node)}"
    behind = f"  # {comment}" if comment else ""
    if len(code) + len(behind) <= WIDTH:
        return [f"{code}{behind}"]
    above = [f"{INDENT}# {comment}"] if comment else []
    if len(code) <= WIDTH:
        return [*above, code]
    if isinstance(node, Sum) and _stands_in_lines(node, printer):
        return [*above, f"{INDENT}{target} = (", *_terms(node, printer), f"{INDENT})"]
    if isinstance(node, Einsum) or (isinstance(node, Call) and len(node.arguments) > MANY):
        return [*above, *_call(code)]
    named: dict[Node, Name] = {}
    shorter = node if isinstance(node, Sum) else _without_sums(node, target, named)
    while len(f"{INDENT}{target} = {printer.text(shorter)}") > WIDTH:
        if isinstance(shorter, Sum) and _stands_in_lines(shorter, printer):
            return [
                *_named(named, comment, parts, printer),
                f"{INDENT}{target} = (",
                *_terms(shorter, printer),
                f"{INDENT})",
            ]
        shorter = _halved(shorter)
        number = next(parts[1])
        name = Name(f"{parts[0]}_part{number if number > 1 else ''}")
        excess = len(f"{INDENT}{target} = {printer.text(shorter)}") - WIDTH
        room = WIDTH - len(f"{INDENT}{name.text} = ")
        part = _part(shorter, excess + len(name.text), room, printer)
        named[part] = name
        shorter = put(shorter, part, name)
    lines = _named(named, comment, parts, printer) or above
    return [*lines, f"{INDENT}{target} = {printer.text(shorter)}"]


def _named(
    named: dict[Node, Name], comment: str, parts: tuple[str, Iterator[int]], printer: Printer
) -> list[str]:
    found = [_assigned(name.text, part, comment, parts, printer) for part, name in named.items()]
    return [line for lines in found for line in lines]


def _stands_in_lines(node: Sum, printer: Printer) -> bool:
    """Whether a sum is long and each of its terms fits in a line."""
    return len(node.terms) > MANY and all(len(line) <= WIDTH for line in _terms(node, printer))


def _halved(node: Node) -> Node:
    """A long product as a product of two, so that its first half may get a name."""
    match node:
        case Product(sign, numerator, denominator) if len(numerator) > MANY:
            half = max(2, len(numerator) // 2)
            return Product(sign, (Product(1, numerator[:half]), *numerator[half:]), denominator)
        case Product(sign, (first, second), (below,)):
            return Product(sign, (Product(1, (first, second)),), (below,))
    return node


def _part(node: Node, excess: int, room: int, printer: Printer) -> Node:
    """The shortest part that is `excess` long and fits, or else the longest that fits."""
    lengths: dict[Node, int] = {}
    todo = list(children(node))
    while todo:
        part = todo.pop()
        todo += children(part)
        if not isinstance(part, Name | Number):
            lengths[part] = len(printer.text(part))
    fitting = {part: length for part, length in lengths.items() if length <= room}
    enough = {part: length for part, length in fitting.items() if length >= excess}
    if enough:
        return min(enough, key=enough.__getitem__)
    return max(fitting or lengths, key=lengths.__getitem__)


def _scatter(target: str, node: Scatter, comment: str) -> list[str]:
    """Zeros, and each value added at its row; a row that comes twice gets both."""
    values = IN_NUMPY.text(node.values)
    lines = []
    if not isinstance(node.values, Name):
        lines = assignment(f"{target}_rows", node.values, comment)
        values = f"{target}_rows"
    size = ", ".join(IN_NUMPY.text(n) for n in node.shape)
    zeros = f"{INDENT}{target} = np.zeros(({size}), dtype={values}.dtype)  # {comment}"
    return [*lines, zeros, f"{INDENT}np.add.at({target}, {IN_NUMPY.text(node.rows)}, {values})"]


def _call(code: str) -> list[str]:
    """`    target = np.einsum(..)` with its arguments on lines between the parentheses."""
    head, _, inner = code.partition("(")
    inner = inner.removesuffix(")")
    if len(INDENT * 2 + inner) <= WIDTH:
        return [f"{head}(", f"{INDENT * 2}{inner}", f"{INDENT})"]
    parts, depth = [""], 0
    quoted = False
    for character in inner:
        quoted ^= character == '"'
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [f"{head}(", *(f"{INDENT * 2}{part.strip()}," for part in parts), f"{INDENT})"]


def _terms(node: Sum, printer: Printer) -> list[str]:
    """The terms of a sum for the lines between parentheses: one line if they fit."""
    inner = f"{INDENT * 2}{printer.text(node)}"
    if len(inner) <= WIDTH:
        return [inner]
    lines = []
    for position, (sign, term) in enumerate(node.terms):
        mark = ("-" if sign < 0 else "") if position == 0 else ("- " if sign < 0 else "+ ")
        operand = printer.operand(term, PRODUCT)
        if position == 0 and sign < 0 and isinstance(term, Power):
            operand = f"({operand})"
        lines.append(f"{INDENT * 2}{mark}{operand}")
    return lines


def _without_sums(node: Node, target: str, sums: dict[Node, Name]) -> Node:
    """The node with each long sum inside it replaced by a name."""
    if isinstance(node, Einsum) or (isinstance(node, Sum) and len(node.terms) > MANY):
        suffix = f"{len(sums) + 1}" if sums else ""
        return sums.setdefault(node, Name(f"{target}_sum{suffix}"))
    match node:
        case Product(sign, numerator, denominator):
            top = tuple(_without_sums(n, target, sums) for n in numerator)
            return Product(sign, top, tuple(_without_sums(n, target, sums) for n in denominator))
        case Sum(terms):
            return Sum(tuple((sign, _without_sums(n, target, sums)) for sign, n in terms))
        case Call(function, arguments):
            return Call(function, tuple(_without_sums(n, target, sums) for n in arguments))
        case Where(condition, then, otherwise):
            then, otherwise = (_without_sums(n, target, sums) for n in (then, otherwise))
            return Where(condition, then, otherwise)
        case Power(base, exponent):
            return Power(_without_sums(base, target, sums), exponent)
    return node


def statement(s: Statement) -> list[str]:
    """A statement with its shape, the number of its line, and its note."""
    return assignment(s.target, s.node, comment(s))


def comment(s: Statement) -> str:
    """Shape of a statement's value, number of its line, and note."""
    note = f"  {s.note}" if s.note else ""
    return f"{shape(s.shape)} [{s.line}]{note}"


def wrapped_loop(names: list[str], over: str, pad: str) -> list[str]:
    """`for a, b in over:`, its names on lines of their own where it is too long for one.

    >>> wrapped_loop(["a", "b"], "pairs", "")
    ['for a, b in pairs:']
    """
    one = f"{pad}for {', '.join(names)} in {over}:"
    if len(names) == 1:
        one = f"{pad}for ({names[0]},) in {over}:"
    if len(one) <= WIDTH:
        return [one]
    return [f"{pad}for (", *(f"{pad}{INDENT}{name}," for name in names), f"{pad}) in {over}:"]


def shape(axes: tuple[str, ...]) -> str:
    """A shape as Python writes it.

    >>> shape(("N", "H")), shape(("H",)), shape(())
    ('(N, H)', '(H,)', '()')
    """
    return f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"


def prose(text: str) -> str:
    """Free text made safe for a docstring: one line, no quotes, no backslash, nothing unprintable.

    >>> prose('a \\"\\"\\" b\\n\\\\c')
    "a ''' b /c"
    """
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.replace('"', "'").replace("\\", "/").split())


def literal(value: Tensor | tuple[int, ...] | int, indent: int, room: int) -> str:
    """A number or nested list of numbers; one line if `room` is enough, else split as ruff splits.

    >>> literal(((Fraction(1, 5), Fraction(1)),), 4, 60)
    '[[0.2, 1.0]]'
    """
    flat = _flat(value)
    if len(flat) <= room or not isinstance(value, tuple):
        return flat
    pad = " " * (indent + 4)
    inner = [literal(v, indent + 4, WIDTH - indent - 5) for v in value]
    return "[\n" + "".join(f"{pad}{line},\n" for line in inner) + " " * indent + "]"


def _flat(value: Tensor | tuple[int, ...] | int) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_flat(v) for v in value)}]"
    return float_text(float(value)) if isinstance(value, Fraction) else repr(value)


def array_line(name: str, value: Tensor | tuple[int, ...], dtype: str) -> list[str]:
    """`name = np.array(value, dtype=..)` as the formatter leaves it."""
    end = f", dtype={dtype})"
    start = f"{INDENT}{name} = np.array("
    one = f"{start}{_flat(value)}{end}"
    if len(one) <= WIDTH:
        return [one]
    inner = literal(value, 8, WIDTH - 9)
    return [f"{start}", f"{INDENT * 2}{inner},", f"{INDENT * 2}dtype={dtype},", f"{INDENT})"]


def wrapped(head: str, items: Iterable[str], tail: str, indent: int = 0) -> list[str]:
    """`head items tail` on one line, else one item a line with a trailing comma.

    >>> wrapped("A = (", ["1", "2"], ")")
    ['A = (1, 2)']
    """
    parts = list(items)
    single = "," if len(parts) == 1 and head.endswith("(") and not head.rstrip("(").endswith(
        ("tuple", "print")
    ) else ""  # fmt: skip
    one = f"{' ' * indent}{head}{', '.join(parts)}{single}{tail}"
    if len(one) <= WIDTH:
        return [one]
    pad = " " * (indent + 4)
    return [f"{' ' * indent}{head}", *(f"{pad}{p}," for p in parts), f"{' ' * indent}{tail}"]
