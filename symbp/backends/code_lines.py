"""Lines of Python as the formatter would leave them.

Input: statements and numbers.  Output: lines of at most 88 characters, split where `ruff format`
splits.  Imports printers, program and exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from symbp.exact import Tensor
from symbp.printers import PRODUCT, UNARY, numpy_code, numpy_operand
from symbp.program import Statement
from symbp.tree import Node, Product, Sum

WIDTH = 88
INDENT = "    "


def assignment(target: str, node: Node, comment: str) -> list[str]:
    """`target = node  # comment`, over several lines where it is too long for one.

    >>> from symbp.tree import Name
    >>> assignment("A", Name("B"), "(N, H) [1]")
    ['    A = B  # (N, H) [1]']
    """
    code = f"{INDENT}{target} = {numpy_code(node)}"
    if len(code) + len(comment) + 4 <= WIDTH:
        return [f"{code}  # {comment}"]
    above = f"{INDENT}# {comment}"
    if len(code) <= WIDTH:
        return [above, code]
    inner = f"{INDENT * 2}{numpy_code(node)}"
    body = [inner] if len(inner) <= WIDTH else [f"{INDENT * 2}{part}" for part in _parts(node)]
    return [above, f"{INDENT}{target} = (", *body, f"{INDENT})"]


def _parts(node: Node) -> list[str]:
    """An expression split at its outermost operators, one operand a line."""
    if isinstance(node, Sum):
        parts = []
        for position, (sign, term) in enumerate(node.terms):
            mark = ("-" if sign < 0 else "") if position == 0 else ("- " if sign < 0 else "+ ")
            parts.append(mark + numpy_operand(term, PRODUCT))
        return parts
    if isinstance(node, Product) and len(node.numerator) + len(node.denominator) > 1:
        lead = "-" if node.sign < 0 else ""
        top = [numpy_operand(f, UNARY) for f in node.numerator]
        parts = [lead + top[0], *(f"* {f}" for f in top[1:])]
        if node.denominator:
            bottom = Product(1, node.denominator)
            parts.append(f"/ {numpy_operand(bottom, UNARY)}")
        return parts
    return [numpy_code(node)]


def statement(s: Statement) -> list[str]:
    """A statement with its shape, the number of its line, and its note."""
    note = f"  {s.note}" if s.note else ""
    return assignment(s.target, s.node, f"{shape(s.shape)} [{s.line}]{note}")


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
    return repr(float(value)) if isinstance(value, Fraction) else repr(value)


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
