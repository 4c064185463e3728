"""A formula from text: Python's `ast` takes it apart, and only what is listed here is let through.

Input: text, and the symbols that its names stand for.  Output: a SymPy expression.  Nothing is ever
run, and what would grow without bound is refused before it is computed.  Imports table, errors,
exact.
"""

from __future__ import annotations

import ast
import difflib
import re
import sys
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import sympy as sp

from symbp.errors import FormulaError
from symbp.exact import brief, exact
from symbp.formula.choose import TooLongError, branches, compared, opposite
from symbp.formula.table import CALLS, CONSTANTS, FLAT, KNOWN, OVER_FEATURES, WHERE

LONGEST, DEEPEST, MOST_NODES = 1000, 50, 500
MOST_FUNCTIONS = 6  # one inside the other; what is deeper has derivatives nobody can read
LARGEST_POWER, MOST_DIGITS, MOST_PIECES = 64, 50, 64
LARGEST_NUMBER = sp.Integer(10) ** 400
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip
RELATIONS: dict[type[ast.cmpop], Callable[[Any, Any], sp.Basic]] = {
    ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b,
}  # fmt: skip
FORBIDDEN = {
    ast.Attribute: "a dot", ast.Subscript: "an index", ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension", ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension", ast.JoinedStr: "text", ast.List: "a list",
    ast.Tuple: "a list", ast.Dict: "a table", ast.Set: "a set", ast.NamedExpr: "an assignment",
    ast.Await: "await", ast.Yield: "yield", ast.YieldFrom: "yield", ast.Starred: "a star",
}  # fmt: skip
Total = Callable[[sp.Expr], sp.Expr]
SIGNS: dict[type[ast.AST], str] = {
    ast.MatMult: "@", ast.Mod: "%", ast.FloorDiv: "//", ast.BitOr: "|", ast.BitAnd: "&",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitXor: "^", ast.Invert: "~", ast.Not: "not",
}  # fmt: skip
# What is meant by characters that NFKC does not turn into plain ones; the last are Cyrillic.
SAME = {
    "\u2212": "-", "\u2013": "-", "\u00d7": "*", "\u00b7": "*", "\u22c5": "*", "\u00f7": "/",
    "\u2044": "/", "\u2215": "/", "\u00b2": "**2", "\u00b3": "**3", "\u2264": "<=",
    "\u2265": ">=", "\u221a": "sqrt(..)", "\u0430": "a", "\u0441": "c", "\u0435": "e",
    "\u0456": "i", "\u043e": "o", "\u0440": "p", "\u0455": "s", "\u0445": "x", "\u0443": "y",
}  # fmt: skip


class Reader:
    """Reads one formula.

    Args:
        text: As the user wrote it.
        letters: What each name stands for.
        where: The entry, for errors.
        total: What sum(..) means; None where there is none.
    """

    def __init__(
        self, text: str, letters: Mapping[str, sp.Expr], where: str, total: Any = None
    ) -> None:
        self.text, self.letters, self.where, self.total = text, letters, where, total

    def fail(self, found: str, remedy: str, node: ast.AST | int = 0) -> NoReturn:
        """Raise the error at a column."""
        column = node if isinstance(node, int) else int(getattr(node, "col_offset", 0))
        raise FormulaError.pointing(self.where, self.text, column, found, remedy)

    def tree(self) -> ast.expr:
        """The text taken apart, its size checked."""
        check_text(self)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # such as 1(2), which Python only warns of
                body = ast.parse(self.text.strip(" "), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError, Warning) as error:
            self._no_syntax(error)
        lead = len(self.text) - len(self.text.lstrip(" "))
        for node in ast.walk(body):
            if lead and isinstance(node, ast.expr | ast.keyword):
                node.col_offset += lead
                node.end_col_offset = int(node.end_col_offset or 0) + lead
        return body

    def _no_syntax(self, error: BaseException) -> NoReturn:
        column = max(int(getattr(error, "offset", 0) or 1) - 1, 0)
        product = re.search(r"(?<![\w.])[0-9.]+ *(?=[A-Za-df-z_(])", self.text)
        if product and self.text[product.end()] not in "jJxXoObB":
            remedy = "Write * for a product."
            self.fail("a number beside a name", remedy, product.end())
        for mark, remedy in (
            ("^", "Write ** for a power."),
            ("=", "Write the formula alone, without = in it."),
            ("\\", "LaTeX starts with a command such as \\frac."),
        ):
            if mark in self.text and (mark != "=" or not re.search(r"[<>=]=|=[<>]", self.text)):
                self.fail(f"'{mark}' is no part of a formula", remedy, self.text.index(mark))
        column = min(column, max(len(self.text) - 1, 0))
        self.fail("this is no formula", "Write it as in Python: z/(1 + exp(-z)).", column)

    def read(self, body: ast.expr) -> sp.Expr:
        """The value of a tree.

        Raises:
            FormulaError: a part that is not allowed, or a value that is no real number.
        """
        nodes = list(ast.walk(body))
        if len(nodes) > 3 * MOST_NODES:
            self.fail("a formula of too many parts", f"Use at most {MOST_NODES}.")
        todo: list[tuple[ast.AST, int]] = [(body, 1)]
        while todo:
            node, depth = todo.pop()
            if depth > DEEPEST:
                remedy = f"Use at most {DEEPEST} levels."
                self.fail("a formula nested too deep", remedy, node)
            for child in ast.iter_child_nodes(node):
                todo.append((child, depth + (not _is_chain(node, child))))
        return self.value(body)

    def value(self, node: ast.expr) -> sp.Expr:
        """The value of one node."""
        try:
            return self._value(node)
        except TooLongError:
            self.fail("a condition that becomes too long", "Use fewer cases.", node)
        except (ArithmeticError, AttributeError, TypeError, ValueError, RecursionError):
            # SymPy's own evaluation of numbers ends so beyond the exponents that it can hold.
            self.fail("this has no value that can be computed", "Use smaller numbers.", node)

    def _value(self, node: ast.expr) -> sp.Expr:
        match node:
            case ast.Constant():
                return self.number(node)
            case ast.Name(id=name):
                return self.name(node, name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                inner = self.value(operand)
                return -inner if isinstance(sign, ast.USub) else inner
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return self.operation(
                    node, self.value(left), OPERATORS[type(op)], self.value(right)
                )
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
                if keywords:
                    self.fail(f"{brief(name)} with a named argument", "Write arguments in order.",
                              keywords[0])  # fmt: skip
                return self.call(node, name, arguments)
            case ast.IfExp(test=test, body=then, orelse=otherwise):
                return self.choice(node, test, then, otherwise)
            case ast.Compare() | ast.BoolOp():
                self.fail("a condition stands where a number should", "Use it in where(..).", node)
            case ast.Call(func=ast.Attribute(attr=name) as function) if name in KNOWN:
                self.fail("a dot is no part of a formula", f"Write {name}(..) alone.", function)
            case ast.Call(func=function):
                if isinstance(function, ast.Attribute):
                    self.value(function)
                if isinstance(function, ast.Constant):
                    self.fail("a call of a number", "Write * for a product.", function)
                self.fail("a call of what is no name", "Call one of the known functions.", function)
            case ast.BinOp(op=op) | ast.UnaryOp(op=op) if type(op) in SIGNS:
                mark = SIGNS[type(op)]
                remedy = "Write ** for a power." if mark == "^" else self._instead(node)
                self.fail(f"'{mark}' is no part of a formula", remedy, self._sign(node))
        kind = FORBIDDEN.get(type(node), type(node).__name__)
        self.fail(f"{kind} is no part of a formula", self._instead(node), node)

    def _sign(self, node: ast.expr) -> int:
        """The column of the sign between two parts."""
        if isinstance(node, ast.BinOp) and "\\" not in self.text:  # LaTeX's nodes stand there
            start, end = int(node.left.end_col_offset or 0), node.right.col_offset
            between = self.text[start:end]
            found = re.search(r"[^\s()]", between)
            if found:
                return start + found.start()
        return int(node.col_offset)

    def _instead(self, node: ast.expr) -> str:
        if isinstance(node, ast.Attribute) and node.attr in KNOWN:
            return f"Write {node.attr} alone."
        return "Use names, numbers, + - * / **, where and the known functions."

    def number(self, node: ast.Constant) -> sp.Expr:
        """A literal, exactly as it is written."""
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            kind = {complex: "an imaginary number", str: "text", bytes: "text"}.get(
                type(node.value), "..." if node.value is ... else str(node.value)
            )
            self.fail(f"{kind} is no part of a formula", "Use real numbers.", node)
        written = self.text[node.col_offset : node.end_col_offset]
        if sum(c.isdigit() for c in written) > MOST_DIGITS:
            self.fail(f"a number of {len(written)} characters", f"Use at most {MOST_DIGITS}.", node)
        if not re.fullmatch(r"[0-9]*\.?[0-9]*([eE][+-]?[0-9]{1,3})?", written):
            self.fail(f"{brief(written)} is no decimal number", "Write 0.5 or 1e-3.", node)
        number = exact(written, self.where)
        return self.checked(node, sp.Rational(number.numerator, number.denominator))

    def name(self, node: ast.expr, name: str) -> sp.Expr:
        """What a name stands for."""
        if name in self.letters:
            return self.letters[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name in KNOWN:
            self.fail(f"the function {name} stands without its argument", f"Write {name}(z).", node)
        known = (*self.letters, *CONSTANTS)
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        remedy = (
            f"Did you mean '{near[0]}'?"
            if near
            else (f"Known are {', '.join(known)}; declare others as constants or learned numbers.")
        )
        self.fail(f"unknown name '{brief(name)}'", remedy, node)

    def operation(self, node: ast.expr, left: sp.Expr, sign: str, right: sp.Expr) -> sp.Expr:
        """left <sign> right, refused where it has no real value or grows without bound."""
        if sign == "**":
            return self.power(node, left, right)
        if sign == "/" and right == 0:
            self.fail("this divides by 0", "Divide by something else.", self._sign(node))
        result = {"+": lambda: left + right, "-": lambda: left - right,
                  "*": lambda: left * right, "/": lambda: left / right}[sign]()  # fmt: skip
        return self.checked(node, result)

    def power(self, node: ast.expr, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        """base ** exponent."""
        if not exponent.is_number:
            if base.is_number and base.is_positive:
                return self.checked(node, sp.exp(exponent * sp.log(base)))
            self.fail(
                "a power whose exponent changes", "Write exp(b*log(a)) for a > 0.", self._sign(node)
            )
        if not exponent.is_Rational or abs(exponent) > LARGEST_POWER or exponent.q > LARGEST_POWER:
            remedy = f"Use fractions between -{LARGEST_POWER} and {LARGEST_POWER}."
            self.fail(
                f"the exponent {brief(exponent)} is too large or no fraction",
                remedy,
                self._sign(node),
            )
        if base == 0 and exponent <= 0:
            self.fail("this divides by 0", "Raise something else.", self._sign(node))
        if base.is_Rational:
            digits = max(abs(int(base.p)).bit_length(), int(base.q).bit_length()) * abs(exponent)
            if digits > 1300:
                self.fail("a number of too many digits", "Use smaller powers.", self._sign(node))
        if base.is_Add and exponent.is_Integer and len(base.args) ** int(abs(exponent)) > 10**12:
            self.fail("a power of too many terms", "Use a smaller exponent.", self._sign(node))
        return self.checked(node, base**exponent)

    def call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> sp.Expr:
        """A known function."""
        if name == WHERE:
            if len(arguments) != 3:
                self.fail(f"where with {_count(len(arguments))}", "Write where(z > 0, z, 0).", node)
            return self.choice(node, *arguments)
        if name in self.letters or name in CONSTANTS:
            self.fail(
                f"'{brief(name)}' is no function", f"Write {name}*( .. ) for a product.", node
            )
        if name in OVER_FEATURES and self.total is None:
            self.fail(f"{name} over features in a formula of one number", "Leave it out.", node)
        if name not in KNOWN:
            if name in FLAT:
                self.fail(f"{name} has the derivative 0 wherever it has one", "Leave it out.", node)
            near = difflib.get_close_matches(name.lower(), KNOWN, n=1, cutoff=0.6)
            remedy = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(KNOWN)}."
            self.fail(f"unknown function '{brief(name)}'", remedy, node)
        for argument in arguments:
            if isinstance(argument, ast.Starred):
                self.fail("a star is no part of a formula", "Write the arguments out.", argument)
        values = [self.value(a) for a in arguments]
        least, most = (2, 2) if name == "pow" else (1, 1)
        if name in CALLS:
            least, most = CALLS[name].least, CALLS[name].most
        if not least <= len(values) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            self.fail(f"{name} with {_count(len(values))}", f"It takes {wanted}.", node)
        if name == "pow":
            return self.power(node, *values)
        if name in OVER_FEATURES:
            whole = self.total(values[0])
            return whole if name == "sum" else whole / self.total.size
        return self.checked(node, CALLS[name].make(*values))

    def choice(
        self, node: ast.expr, test: ast.expr, then: ast.expr, otherwise: ast.expr
    ) -> sp.Expr:
        """where(test, then, otherwise)."""
        held, first, second = self.condition(test), self.value(then), self.value(otherwise)
        return self.checked(node, branches((first, held), (second, sp.true)))

    def condition(self, node: ast.expr) -> sp.Basic:
        """A comparison, or several joined by and, or, not."""
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [self.value(side) for side in (left, *others)]
                parts = []
                for op, a, b in zip(ops, sides, sides[1:], strict=False):
                    if type(op) not in RELATIONS:
                        self.fail("a comparison that is none of < <= > >=", "Use these.", node)
                    parts.append(compared(RELATIONS[type(op)], a, b))
                return sp.And(*parts)
            case ast.BoolOp(op=op, values=values):
                join = sp.And if isinstance(op, ast.And) else sp.Or
                return join(*(self.condition(v) for v in values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return opposite(self.condition(operand))
        self.fail("where needs a comparison first", "Write where(z > 0, a, b).", node)

    def checked(self, node: ast.expr, value: sp.Expr) -> sp.Expr:
        """A value, refused where it is no real number or too long."""
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
            self.fail("this has no finite real value", "Change it.", node)
        if value.is_number and value.is_extended_real is False:
            self.fail("this has no real value", "Change it.", node)
        if any(max(abs(n.p), n.q) > LARGEST_NUMBER for n in value.atoms(sp.Rational)):
            self.fail("a number of too many digits", "Use smaller numbers.", node)
        if any(abs(n) > sys.float_info.max for n in value.atoms(sp.Rational)):
            self.fail("a number beyond float64", "Use numbers below 1.7e308.", node)
        if functions_deep(value) > MOST_FUNCTIONS:
            remedy = f"Nest at most {MOST_FUNCTIONS}."
            self.fail("functions nested too deep", remedy, node)
        pieces = 0
        for size, part in enumerate(sp.preorder_traversal(value)):
            pieces += len(part.args) if isinstance(part, sp.Piecewise) else 0
            if pieces > MOST_PIECES or size > 20 * MOST_NODES:
                self.fail("a formula that becomes too long", "Use fewer parts.", node)
        return value


def functions_deep(expr: sp.Basic) -> int:
    """How many functions stand one inside the other; branches of a condition are none.

    >>> z = sp.Symbol("z", real=True)
    >>> functions_deep(z * sp.tanh(sp.log(1 + sp.exp(z))))
    3
    """
    inner = max(map(functions_deep, expr.args), default=0)
    return inner + (isinstance(expr, sp.Function) and not isinstance(expr, sp.Piecewise))


def _count(number: int) -> str:
    return f"{number} argument{'' if number == 1 else 's'}"


def _is_chain(node: ast.AST, child: ast.AST) -> bool:
    """Whether a node only adds a term to its child, or a factor: a + b + c is no nesting."""
    if not (isinstance(node, ast.BinOp) and isinstance(child, ast.BinOp) and child is node.left):
        return False
    signs = ((ast.Add, ast.Sub), (ast.Mult, ast.Div))
    return any(isinstance(node.op, kind) and isinstance(child.op, kind) for kind in signs)


def check_text(reader: Reader) -> None:
    """Refuse text that is too long or has characters that only look like others."""
    text = reader.text
    if len(text) > LONGEST:
        reader.fail(f"a formula of {len(text)} characters", f"Use at most {LONGEST}.")
    if not text.strip():
        reader.fail("an empty formula", "Write z*exp(-z), say.")
    depth = 0
    for column, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST:
            reader.fail("a formula nested too deep", f"Use at most {DEEPEST} levels.", column)
    for column, character in enumerate(text):
        if character.isascii() and character.isprintable() and character not in "#":
            continue
        name = unicodedata.name(character, f"U+{ord(character):04X}")
        plain = SAME.get(character) or unicodedata.normalize("NFKC", character)
        greek = re.fullmatch(r"GREEK SMALL LETTER ([A-Z]+)", name)
        if greek:
            plain = greek[1].lower().replace("lamda", "lambda_")
        remedy = f"Write {plain}." if plain.isascii() and plain.isprintable() and plain.strip() \
            else "Use plain letters, digits and signs."  # fmt: skip
        what = f"the character {name}"
        if character == "#":
            what, remedy = "a comment", "Leave comments out."
        reader.fail(f"found {what}", remedy, column)
