"""Code for floats: expressions, and functions of one number in their stable forms.

What IEEE arithmetic gives must come out, where Python raises an exception: an exponential that is
too large, a division by 0.  So functions that raise get a wrapper, and a denominator that may be 0
goes through one too.  numba does as IEEE says by itself, and there nothing is wrapped.
Input: trees.  Output: Python for floats.  Imports printers, stable_code and code_lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from symbp.backends.code_lines import INDENT, assignment
from symbp.backends.stable_code import FLOATS, KERNELS, head, places, sources
from symbp.printers import ATOM, COMPARE, LOGIC, PRODUCT, UNARY, WHERE, Printer, float_text, folded
from symbp.stable.result import Regime, Stable
from symbp.tree import Call, Constant, Logic, Name, Node, Number, Power, Product, Sum, Where

WHOLE_POWERS = 4  # as many factors are multiplied
# Of the math module: they never raise an exception.
QUIET = ("asinh", "atan", "erf", "erfc", "hypot", "tanh")
LOUD = (
    "exp", "expm1", "log", "log1p", "sqrt", "sinh", "cosh", "sin", "cos", "tan", "asin", "acos",
    "acosh", "atanh",
)  # fmt: skip
OWN = ("divide", "power", "sign", "erfcx", "exp_poly")
SPELT = {"maximum": "max", "minimum": "min"}


@dataclass(frozen=True, slots=True)
class FloatPrinter(Printer):
    """Spells nodes for floats.

    Args:
        guarded: Whether a division by what may be 0 goes through `divide`.
        letters: What names stand for, where that is known.
    """

    guarded: bool = True
    letters: Mapping[str, Node] = field(default_factory=dict)

    def _spell(self, node: Node) -> tuple[str, int]:
        node = folded(node)
        match node:
            case Where(condition, then, otherwise):
                test = self.text(condition, LOGIC)
                return f"{self._value(then, LOGIC)} if {test} else {self._value(otherwise)}", WHERE
            case Logic(kind, parts):
                return f" {kind} ".join(self.text(part, COMPARE) for part in parts), LOGIC
            case Power(base, exponent) if exponent <= WHOLE_POWERS:
                return " * ".join([self.text(base, UNARY)] * exponent), PRODUCT
            case Power(base, exponent):
                return f"power({self.text(base)}, {exponent})", ATOM
            case Call("maximum" | "minimum" as name, arguments):
                flat = sorted(_flat(name, arguments), key=lambda part: isinstance(part, Number))
                return f"{SPELT[name]}({', '.join(map(self._value, flat))})", ATOM
            case Call("clip", (value, low, high)):
                return f"min(max({self.text(value)}, {self.text(low)}), {self.text(high)})", ATOM
            case Call("exp_poly", (value, *coefficients)):
                inner = ", ".join(map(self._value, coefficients))
                return f"exp_poly({self.text(value)}, ({inner}))", ATOM
            case Product(sign, numerator, denominator) if denominator and self.guarded:
                if not all(is_positive(part, self.letters) for part in denominator):
                    top = (
                        numerator[0]
                        if (sign, len(numerator)) == (1, 1)
                        else Product(sign, numerator)
                    )
                    bottom = denominator[0] if len(denominator) == 1 else Product(1, denominator)
                    return f"divide({self.text(top)}, {self.text(bottom)})", ATOM
        return Printer._spell(self, node)

    def _factor(self, node: Node, first: bool) -> str:
        if first and isinstance(node, Power):  # a product itself: it goes on from left to right
            return self.text(node, PRODUCT)
        return Printer._factor(self, node, first)

    def _value(self, node: Node, above: int = WHERE) -> str:
        """A value that is chosen: always a float."""
        return float_text(float(node.value)) if isinstance(node, Number) else self.text(node, above)


def _flat(name: str, arguments: Iterable[Node]) -> list[Node]:
    """The arguments of a maximum of maxima."""
    found: list[Node] = []
    for node in arguments:
        nested = isinstance(node, Call) and node.function == name
        found += _flat(name, node.arguments) if nested else [node]  # type: ignore[union-attr]
    return found


def is_positive(node: Node, letters: Mapping[str, Node]) -> bool:
    """Whether a node is above 0 for all floats, infinities included, also after rounding.

    >>> from symbp.tree import ONE
    >>> is_positive(Sum(((1, ONE), (1, Call("exp", (Name("x"),))))), {})
    True
    """
    match node:
        case Number(value):
            return value > 0
        case Constant():
            return True
        case Sum(terms):
            signs = all(sign > 0 and _is_not_negative(term, letters) for sign, term in terms)
            return signs and any(is_positive(term, letters) for _, term in terms)
        case Call("hypot" | "maximum", arguments):
            return any(is_positive(a, letters) for a in arguments)
        case Call("sqrt" | "minimum", arguments):
            return all(is_positive(a, letters) for a in arguments)
        case Call("cosh", _):
            return True
        case Name(text) if text in letters:
            return is_positive(letters[text], letters)
    return False


def _is_not_negative(node: Node, letters: Mapping[str, Node]) -> bool:
    match node:
        case Call("exp" | "abs" | "sqrt" | "hypot" | "cosh" | "erfc" | "erfcx" | "exp_poly", _):
            return True
        case Power(_, exponent) if exponent % 2 == 0:
            return True
        case Product(sign, numerator, denominator):
            parts = (*numerator, *denominator)
            return sign > 0 and all(_is_not_negative(part, letters) for part in parts)
        case Sum(terms):
            return all(sign > 0 and _is_not_negative(term, letters) for sign, term in terms)
        case Name(text) if text in letters:
            return _is_not_negative(letters[text], letters)
    return is_positive(node, letters)


FLOAT = FloatPrinter(" * ", {}, numpy=True)
COMPILED = replace(FLOAT, guarded=False)


def float_function(name: str, formula: str, found: Stable, printer: FloatPrinter) -> list[str]:
    """The source of one function of a float, and of one more for each of its regimes.

    Args:
        name: Of the function.
        formula: What it computes, as text.
        found: How.
        printer: FLOAT or COMPILED.
    """
    start = head(name, formula, found, "float")
    if len(found.regimes) == 1:
        return [*start, *_body(found.regimes[0], printer), "", ""]
    lines: list[str] = []
    choice: list[str] = []
    for k, (regime, where) in enumerate(zip(found.regimes, places(found.regimes), strict=True), 1):
        lines += [
            f"def _{name}_{k}(x: float) -> float:",
            f'{INDENT}"""For {where}: {regime.form.rule}."""',
            *_body(regime, printer),
            "",
            "",
        ]
        if k < len(found.regimes):
            choice.append(
                f"{INDENT}if x {'<=' if regime.closed else '<'} {float_text(regime.upto)}:"
            )
            choice.append(f"{INDENT * 2}return _{name}_{k}(x)")
        else:
            choice.append(f"{INDENT}return _{name}_{k}(x)")
    return [*lines, *start, *choice, "", ""]


def _body(regime: Regime, printer: FloatPrinter) -> list[str]:
    """The statements of one form."""
    form, lines = regime.form, []
    if form.clip is not None:
        low, high = map(float_text, form.clip)
        lines.append(f"{INDENT}x = min(max(x, {low}), {high})")
    known: dict[str, Node] = {}
    for letter, node in form.lets:
        lines += assignment(letter, node, "", replace(printer, letters=known))
        known[letter] = node
    result = form.result
    if isinstance(result, Number):
        return [*lines, f"{INDENT}return {float_text(float(result.value))}"]
    found = assignment("result", result, "", replace(printer, letters=known))
    if len(found) == 1:
        return [*lines, found[0].replace(f"{INDENT}result = ", f"{INDENT}return ", 1)]
    return [*lines, *found, f"{INDENT}return result"]


def used(code: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those names that some lines call, in order of the alphabet."""
    text = "\n".join(code)
    return sorted(name for name in names if re.search(rf"(?<![\w.]){name}\(", text))


def float_sources(code: Iterable[str]) -> list[str]:
    """The source of the wrapped functions that some lines call, and of what those need."""
    return sources(used(code, (*LOUD, *OWN)), (KERNELS, FLOATS))


def compiled_sources(code: Iterable[str]) -> list[str]:
    """The same for numba, which has the functions of the math module as they should be."""
    return sources(used(code, ("sign", "erfcx", "exp_poly")), (KERNELS, FLOATS), LOUD)
