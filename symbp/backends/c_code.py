"""Trees and loops as C99.

Input: nodes of the tree, parts of nests.  Output: text and lines of C.  `REAL(0.5)` puts an f
behind a literal or a name of libm where numbers are float.  Imports printers, loops and tree.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symbp.backends.code_lines import INDENT, WIDTH, prose
from symbp.passes.loops import Local, Loop, Part, Row, Store, StoreBoth
from symbp.printers import float_text, folded
from symbp.tree import (
    ONE,
    Call,
    Compare,
    Logic,
    Name,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Where,
)

CHOICE, OR, AND, COMPARE, SUM, PRODUCT, UNARY, ATOM = range(8)
LARGEST_INT = 2**31
LARGEST_FLOAT = Fraction(2**128) - Fraction(2**104)
SMALLEST_FLOAT = Fraction(1, 2**149)
LIBM = {
    "abs": "fabs", "power": "pow", "log": "log", "tanh": "tanh", "sinh": "sinh", "cosh": "cosh",
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan",
    "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "erf": "erf", "erfc": "erfc",
    "sqrt": "sqrt", "log1p": "log1p", "expm1": "expm1", "hypot": "hypot",
}  # fmt: skip
# Functions of templates/c/functions.c.j2: in double whatever real is, or in both.
DOUBLE_ONLY = ("erfcx", "exp_poly")
OWN = {"exp": "exponential", "decay": "decay", "maximum": "larger", "minimum": "smaller",
       "sign": "sign", "clip": "clip", "exp_difference": "exp_difference", "square": "square",
       "cube": "cube"}  # fmt: skip
IN_DOUBLE = {"exp": "exp_double", "decay": "decay_double"}
CHEAP = ("exp", "decay", "maximum", "minimum", "clip", "abs", "sign", "sqrt")
SQUARE, CUBE = 2, 3


@dataclass(frozen=True, slots=True)
class Printer:
    """How trees are written in C.

    Args:
        names: What is written in place of a name, as `Z1[n][j][lane]`.
        wide: Numbers are double whatever real is.
        functions: Names of functions that C has for something else.
    """

    names: Callable[[str], str] = str
    wide: bool = False
    functions: Mapping[str, str] | None = None

    def text(self, node: Node, above: int = CHOICE) -> str:
        """The node, in parentheses where it binds less than what is around it.

        >>> Printer().text(Product(1, (ONE,), (Name("N"),)))
        'REAL(1.0) / N'
        """
        text, level = self._spell(folded(node))
        return f"({text})" if level < above else text

    def _spell(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value):
                return self.number(value), ATOM if value >= 0 else UNARY
            case Name(name):
                return self.names(name), ATOM
            case Sum(terms):
                return self._sum(terms), SUM
            case Product():
                return self._product(node)
            case Power(base, exponent):
                function = {SQUARE: "square", CUBE: "cube"}.get(exponent)
                whole = Number(Fraction(exponent))
                call = (function, (base,)) if function else ("power", (base, whole))
                return self._call(*call), ATOM
            case Call(function, arguments):
                return self._call(function, arguments), ATOM
            case Compare(relation, left, right):
                return f"{self.text(left, SUM)} {relation} {self.text(right, SUM)}", COMPARE
            case Logic(kind, parts):
                mark = {"and": " && ", "or": " || "}[kind]
                return mark.join(self.text(p, COMPARE) for p in parts), AND if kind == "and" else OR
            case Where(condition, then, otherwise):
                parts_ = (self.text(condition, OR), self.text(then), self.text(otherwise))
                return f"{parts_[0]} ? {parts_[1]} : {parts_[2]}", CHOICE
        raise TypeError(f"no C for {type(node).__name__}")

    def number(self, value: Fraction) -> str:
        """A literal; whole numbers are int, and C makes them what stands beside them."""
        if value.denominator == 1 and abs(value) < LARGEST_INT:
            return str(value)
        sign = "-" if value < 0 else ""
        size = abs(value)
        if self.wide:
            return f"{sign}{float_text(float(size))}"
        if size > LARGEST_FLOAT:
            return f"{sign}LARGEST"
        if size < SMALLEST_FLOAT:
            return f"{sign}(real){float_text(float(size))}"
        return f"{sign}REAL({float_text(float(size))})"

    def _real(self, node: Number) -> str:
        text = float_text(float(node.value))
        return text if self.wide else f"REAL({text})"

    def _sum(self, terms: tuple[tuple[int, Node], ...]) -> str:
        text = ""
        for sign, node in terms:
            spelt = self.text(node, PRODUCT)
            spelt = f"({spelt})" if spelt.startswith("-") else spelt
            if not text:
                text = spelt if sign > 0 else f"-{self.text(node, UNARY)}"
            else:
                text += f" {'+' if sign > 0 else '-'} {spelt}"
        return text

    def _product(self, node: Product) -> tuple[str, int]:
        numerator = list(node.numerator or (ONE,))
        below = list(node.denominator)
        top = [self._factor(f, first=k == 0) for k, f in enumerate(numerator)]
        if below and all((isinstance(f, Number) and f.value.denominator == 1) or _is_size(f)
                         for f in numerator):  # fmt: skip
            # 1 / N would be a division of whole numbers.
            first = numerator[0]
            top = [self._real(first), *top[1:]] if isinstance(first, Number) else [
                self._real(Number(Fraction(1))), *top]  # fmt: skip
        text = " * ".join(top)
        if below:
            bottom = " * ".join(self._factor(f, first=False) for f in below)
            text += f" / ({bottom})" if len(below) > 1 else f" / {bottom}"
        alone = len(top) == 1 and not below
        sign = "-" if node.sign < 0 else ""
        return f"{sign}{text}", UNARY if sign and alone else PRODUCT

    def _factor(self, node: Node, first: bool) -> str:
        text = self.text(node, PRODUCT if first and isinstance(node, Product) else UNARY)
        return f"({text})" if text.startswith("-") else text

    def _call(self, function: str, arguments: tuple[Node, ...]) -> str:
        inner = [self.text(a) for a in arguments]
        if function in DOUBLE_ONLY and function not in (self.functions or {}):
            return self._in_double(function, arguments)
        if self.functions and function in self.functions:
            return f"{self.functions[function]}({', '.join(inner)})"
        if function in IN_DOUBLE and self.wide:
            return f"{IN_DOUBLE[function]}({', '.join(inner)})"
        if function in OWN:
            return f"{OWN[function]}{'_wide' * self.wide}({', '.join(inner)})"
        name = LIBM[function]
        return f"{name if self.wide else f'REAL({name})'}({', '.join(inner)})"

    def _in_double(self, function: str, arguments: tuple[Node, ...]) -> str:
        wide = Printer(self.names, wide=True)
        first, *rest = arguments
        given = self.text(first) if self.wide else f"(double)({self.text(first)})"
        if function == "erfcx":
            call = f"erfcx({given})"
        else:
            numbers = [wide._real(n) if isinstance(n, Number) else wide.text(n) for n in rest]
            count = len(numbers) // 2
            call = f"exp_poly({given}, {count}, (const double[]){{{', '.join(numbers)}}})"
        return call if self.wide else f"(real){call}"


def _is_size(node: Node) -> bool:
    """Whether a name is that of an axis, an int."""
    return isinstance(node, Name) and "[" not in node.text and node.text[0].isupper() and (
        "->" not in node.text)  # fmt: skip


def lines(parts: Sequence[Part], printer: PartPrinter, depth: int = 1) -> list[str]:
    """The lines of some parts."""
    return [line for part in parts for line in printer.part(part, depth)]


@dataclass(frozen=True, slots=True)
class PartPrinter:
    """How loops and stores are written.

    Args:
        code: Writes trees.
        both: Name of the function that gives value and slope, by place; and names of each.
        lanes: Whether every number is an array of runs.
    """

    code: Printer
    both: Sequence[tuple[str, str, str]]
    lanes: bool = False

    def part(self, part: Part, depth: int) -> list[str]:
        """The lines of one part."""
        pad, each = INDENT * depth, "EACH_LANE " * self.lanes
        match part:
            case Loop(index, size, body, start, backwards):
                up = f"int {index} = {start}; {index} < {size}; {index}++"
                down = f"int {index} = {size} - 1; {index} >= {start}; {index}--"
                head = f"{pad}for ({down if backwards else up})"
                inner = [line for p in body for line in self.part(p, depth + 1)]
                return [f"{head} {{", *inner, f"{pad}}}"]
            case Row(name, size):
                return [f"{pad}real {name}[{size}]{'[LANES]' * self.lanes};"]
            case Local(name, value, changes):
                text = self.code.text(value)
                if self.lanes:
                    made = f"{pad}real {name}[LANES];"
                    return [made, *folded_line(f"{pad}{each}{name}[lane] = {text};")]
                kind = "real" if changes else "const real"
                return folded_line(f"{pad}{kind} {name} = {text};")
            case Store(target, relation, value):
                text = f"{self.code.text(target)} {relation} {self.code.text(value)};"
                return folded_line(f"{pad}{each}{text}")
            case StoreBoth(value, slope, function, argument):
                return self._both(value, slope, function, argument, f"{pad}{each}")
        raise TypeError(f"no C for {type(part).__name__}")

    def _both(
        self, value: Name | None, slope: Name | None, function: int, argument: Node, pad: str
    ) -> list[str]:
        both, plain, derivative = self.both[function]
        x = self.code.text(argument)
        if value and slope:
            text = f"{self.code.text(value)} = {both}({x}, &{self.code.text(slope)});"
        elif value:
            text = f"{self.code.text(value)} = {plain}({x});"
        else:
            assert slope is not None
            text = f"{self.code.text(slope)} = {derivative}({x});"
        return folded_line(f"{pad}{text}")


def folded_line(line: str) -> list[str]:
    """A statement over several lines where it is too long for one, cut at spaces."""
    if len(line) <= WIDTH:
        return [line]
    pad = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(line, WIDTH, subsequent_indent=f"{pad}{INDENT * 2}",
                         break_long_words=False, break_on_hyphens=False)  # fmt: skip


def comment(text: str, depth: int = 0) -> list[str]:
    """Text as a comment, over several lines where it is long.

    >>> comment("ends here */ int x; ??/ \\u4e2d")
    ['/* ends here * / int x; ? ?/ /u4e2d */']
    """
    pad = INDENT * depth
    clean = plain_text(text)
    if len(pad) + len(clean) + 6 <= WIDTH:
        return [f"{pad}/* {clean} */"]
    found = textwrap.wrap(clean, WIDTH - len(pad) - 6, break_on_hyphens=False)
    return [f"{pad}/* {found[0]}", *(f"{pad} * {line}" for line in found[1:-1]),
            f"{pad} * {found[-1]} */"]  # fmt: skip


def block(text: Sequence[str]) -> list[str]:
    """Lines of text as one comment; what stands indented stays so."""
    found: list[str] = []
    for line in text:
        pad = " " * (len(line) - len(line.lstrip()))
        clean = plain_text(line)
        found += textwrap.wrap(clean, WIDTH - 4, initial_indent=pad, break_on_hyphens=False,
                               subsequent_indent=f"{pad}    ") or [""]  # fmt: skip
    first, *rest = found
    return [f"/* {first}", *(f" * {line}".rstrip() for line in rest), " */"]


def plain_text(text: str) -> str:
    """Free text that ends no comment and starts none: ASCII, one line, no trigraph."""
    ascii_ = prose(text.encode("ascii", "backslashreplace").decode("ascii"))
    while any(pair in ascii_ for pair in ("*/", "/*", "??")):
        ascii_ = ascii_.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
    return ascii_
