"""Functions of one number as C, in their stable forms; a function and its slope in one.

Input: names and `Stable`s.  Output: lines of static inline functions.  What two forms have in
common, an exponential or a reciprocal say, is computed once, and both arms of a choice are computed
before it is made, so that a compiler needs no branch.  Imports c_bounds, c_code, stable forms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symbp.backends.c_bounds import Bounds, bounds
from symbp.backends.c_code import CHEAP, Printer, comment, folded_line
from symbp.backends.code_lines import INDENT
from symbp.backends.stable_code import called, error_text
from symbp.program import children, names, put
from symbp.stable.result import Regime, Stable
from symbp.stable.writer import Form
from symbp.tree import ONE, Call, Name, Node, Number, Product, Where, product

RESERVED = frozenset((
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
    "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register",
    "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
    "union", "unsigned", "void", "volatile", "while", "acos", "asin", "atan", "atan2", "cos",
    "sin", "tan", "acosh", "asinh", "atanh", "cosh", "sinh", "tanh", "exp", "exp2", "expm1",
    "frexp", "ilogb", "ldexp", "log", "log10", "log1p", "log2", "logb", "modf", "scalbn", "cbrt",
    "fabs", "hypot", "pow", "sqrt", "erf", "erfc", "lgamma", "tgamma", "ceil", "floor",
    "nearbyint", "rint", "lrint", "round", "lround", "trunc", "fmod", "remainder", "nextafter",
    "fdim", "fmax", "fmin", "fma", "abs", "gamma", "j0", "j1", "jn", "y0", "y1", "yn", "real",
    "exponential", "exp_double", "exp_float", "decay", "decay_double", "decay_float", "larger",
    "smaller", "sign", "clip", "square", "cube", "exp_difference", "erfcx", "exp_poly",
))  # fmt: skip


def c_name(name: str) -> str:
    """A function's name, another one where C has it for something else.

    >>> c_name("tanh"), c_name("silu")
    ('tanh_', 'silu')
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    plain = plain if plain[0].isalpha() else f"f_{plain}"
    return f"{plain}_" if plain in RESERVED else plain


def function(name: str, formula: str, found: Stable) -> list[str]:
    """The source of one function.

    Args:
        name: In C.
        formula: What it computes, as text.
        found: How.
    """
    *before, last = found.regimes
    body: list[str] = []
    for regime in before:
        part = _Body(found.widened)
        result = part.chosen(part.form(regime.form))
        inner = [f"{INDENT}{line}" for line in (*part.lines, *part.returned(result))]
        body += [f"{INDENT}if ({_test(regime, found.widened)}) {{", *inner, f"{INDENT}}}"]
    part = _Body(found.widened)
    result = part.chosen(part.form(last.form))
    body += [*part.lines, *part.returned(result)]
    head = [*_about(formula, found), f"static inline real {name}(real {_given(found, body)})", "{"]
    return [*head, *_widened(found, body), *body, "}", ""]


def both(name: str, single: tuple[str, str], value: Stable, slope: Stable, fast: bool) -> list[str]:
    """The source of a function that gives a value and, through a pointer, the slope there.

    Args:
        name: In C.
        single: Names of the two functions, called where they share nothing.
        value: f.
        slope: Its derivative.
        fast: Whether a little accuracy may be given for speed, within the goal.
    """
    if not merged(value, slope):
        body = [f"{INDENT}*slope = {single[1]}(x);", f"{INDENT}return {single[0]}(x);"]
        return [f"static inline real {name}(real x, real *slope)", "{", *body, "}", ""]
    part = _Body(value.widened)
    forms = [part.form(found.regimes[0].form) for found in (value, slope)]
    room = min(found.goal - found.double.ulp for found in (value, slope))
    results, added = part.inverted(forms, room if fast else 0.0)
    first, second = map(part.chosen, results)
    cast = "(real)" if value.widened else ""
    text = Printer(wide=value.widened).text(second)
    body = [
        *part.lines,
        *folded_line(f"{INDENT}*slope = {cast}{f'({text})' if cast else text};"),
        *part.returned(first),
    ]
    given = _given(value, body)
    error = f"The same, and the slope: {error_text(slope.double)} in double."
    if added:
        error += f" A reciprocal taken once adds at most {added} ULP to each."
    head = [*comment(error), f"static inline real {name}(real {given}, real *slope)", "{"]
    return [*head, *_widened(value, body), *body, "}", ""]


def merged(value: Stable, slope: Stable) -> bool:
    """Whether both are single forms, in one precision."""
    single = len(value.regimes) == len(slope.regimes) == 1
    return single and value.widened == slope.widened


def _about(formula: str, found: Stable) -> list[str]:
    common = "" if found.common == float("inf") else f", counted for |x| <= {found.common:g}"
    return comment(f"{formula}; in double {error_text(found.double)}{common}")


def _given(found: Stable, body: list[str]) -> str:
    return "given" if found.widened and _uses_x(body) else "x"


def _uses_x(body: list[str]) -> bool:
    return bool(re.search(r"\bx\b", "\n".join(body)))


def _widened(found: Stable, body: list[str]) -> list[str]:
    if not _uses_x(body):
        return [f"{INDENT}(void)x;"]
    return [f"{INDENT}const double x = (double)given;"] * found.widened


def _test(regime: Regime, wide: bool) -> str:
    end = Printer(wide=wide).number(Fraction(regime.upto))
    return f"x {'<=' if regime.closed else '<'} {end}"


@dataclass
class _Body:
    """Statements of a function, none twice."""

    wide: bool
    lines: list[str] = field(default_factory=list)
    known: dict[Node, Name] = field(default_factory=dict)
    limits: dict[str, Bounds] = field(default_factory=dict)
    taken: set[str] = field(default_factory=lambda: {"x", "given", "slope"})

    def form(self, form: Form) -> Node:
        """The result of a form, in letters whose statements stand before."""
        letters: dict[str, Name] = {"x": Name("x")}
        if form.clip is not None:
            low, high = (Number(Fraction(end)) for end in form.clip)
            letters["x"] = self._bound("near", Call("clip", (Name("x"), low, high)))
        for letter, node in _used(form):
            letters[letter] = self._bound(letter, self._decaying(_renamed(node, letters)))
        return self._decaying(_renamed(form.result, letters))

    def inverted(self, results: list[Node], room: float) -> tuple[list[Node], int]:
        """The results with reciprocals of what divides several times, and the ULP this adds.

        Args:
            results: Of two forms.
            room: ULP that may be added.
        """
        added = 0
        below = [d for result in results for d in _divisors(result)]
        for divisor in dict.fromkeys(d for d in below if below.count(d) > 1):
            low, high = bounds(divisor, self.limits)
            # Each division becomes a product with a rounded number: 1 ULP more at most.
            most = max(_most(result, divisor) for result in results)
            if 1 <= low <= high <= 2 and added + most <= room:
                inverse = self._bound("inverse", Product(1, (ONE,), (divisor,)))
                results = [_times_inverse(r, divisor, inverse) for r in results]
                added += most
        return results, added

    def returned(self, result: Node) -> list[str]:
        """The return statement, in the type of the numbers."""
        text = Printer(wide=self.wide).text(result)
        return folded_line(f"{INDENT}return {f'(real)({text})' if self.wide else text};")

    def _bound(self, letter: str, node: Node) -> Name:
        if isinstance(node, Name):
            return node
        if node not in self.known:
            plain = c_name(letter.rstrip("_"))
            name = next(n for k in range(1, 1000)
                        if (n := plain if k == 1 else f"{plain}{k}") not in self.taken)  # fmt: skip
            self.taken.add(name)
            text = Printer(wide=self.wide).text(self.chosen(node))
            kind = "double" if self.wide else "real"
            self.lines += folded_line(f"{INDENT}const {kind} {name} = {text};")
            self.known[node] = Name(name)
            self.limits[name] = bounds(node, self.limits)
        return self.known[node]

    def chosen(self, node: Node) -> Node:
        """A choice between numbers that are computed before, where that costs little."""
        if not isinstance(node, Where):
            return node
        arms = {"then": node.then, "otherwise": node.otherwise}
        for word, arm in arms.items():
            if isinstance(arm, Where):
                arms[word] = self.chosen(arm)
            elif not isinstance(arm, Name | Number) and called(arm) <= set(CHEAP):
                arms[word] = self._bound("arm", arm)
        return replace(node, then=arms["then"], otherwise=arms["otherwise"])

    def _decaying(self, node: Node) -> Node:
        """exp(-a) by name where a is never negative."""
        for part in dict.fromkeys(_calls(node, "exp")):
            (exponent,) = part.arguments
            if bounds(exponent, self.limits)[1] <= 0:
                node = put(node, part, Call("decay", (product(-1, [exponent], []),)))
        return node


def _calls(node: Node, function: str) -> list[Call]:
    """The calls of a function in a tree."""
    own = [node] if isinstance(node, Call) and node.function == function else []
    return [*own, *(call for child in children(node) for call in _calls(child, function))]


def _divisors(node: Node) -> list[Node]:
    """What a result, or one of those it is chosen from, is divided by."""
    match node:
        case Where(_, then, otherwise):
            return [*_divisors(then), *_divisors(otherwise)]
        case Product(_, numerator, denominator):
            return [*denominator, *(d for factor in numerator for d in _divisors(factor))]
    return []


def _most(node: Node, divisor: Node) -> int:
    """How often a result is divided by a number, in the arm where that is most often."""
    if isinstance(node, Where):
        return max(_most(node.then, divisor), _most(node.otherwise, divisor))
    return _divisors(node).count(divisor)


def _times_inverse(node: Node, divisor: Node, inverse: Name) -> Node:
    """A result with products in place of divisions."""
    match node:
        case Where(_, then, otherwise):
            arms = (_times_inverse(arm, divisor, inverse) for arm in (then, otherwise))
            return Where(node.condition, *arms)
        case Product(sign, numerator, denominator):
            top = [_times_inverse(factor, divisor, inverse) for factor in numerator]
            top = [f for f in top if f != ONE] + [inverse] * denominator.count(divisor)
            rest = tuple(d for d in denominator if d != divisor)
            if sign > 0 and len(top) < 2 and not rest:
                return top[0] if top else ONE
            return Product(sign, tuple(top) or (ONE,), rest)
    return node


def _used(form: Form) -> list[tuple[str, Node]]:
    """The letters that lead to the result: a compiler warns of others."""
    live, found = set(names(form.result)), []
    for letter, node in reversed(form.lets):
        if letter in live:
            live = (live - {letter}) | set(names(node))
            found.append((letter, node))
    return found[::-1]


def _renamed(node: Node, letters: Mapping[str, Name]) -> Node:
    """Names put in all at once: p may stand for p2, and p2 for x."""
    for name in letters:
        node = put(node, Name(name), Name(f"@{name}"))
    for name, new in letters.items():
        node = put(node, Name(f"@{name}"), new)
    return node
