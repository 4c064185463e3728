r"""LaTeX formulas, read into the same tree that Python's way of writing gives.

Input: text such as `\frac{z}{1+e^{-z}}`.  Output: `ast` nodes whose columns are those of the LaTeX.
Only what is listed here is read; a command such as \input is an error like any unknown one.
Imports parse and table.
"""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass
from typing import NoReturn

from symbp.exact import brief
from symbp.formula.parse import DEEPEST, MOST_NODES, Reader, check_text

TOKEN = re.compile(
    r"\\[A-Za-z]+|\\[{}|,;:!\s\\]|[0-9]*\.?[0-9]+|[A-Za-z]|[{}()\[\]|^_+\-*/<>=&,]|\s+"
)
NUMBER = re.compile(r"[0-9]*\.?[0-9]+")
SPACING = frozenset({r"\,", r"\;", r"\:", r"\!", r"\ ", r"\quad", r"\qquad", r"\left", r"\right",
                     r"\displaystyle", r"\big", r"\Big"})  # fmt: skip
FUNCTIONS = {
    r"\exp": "exp", r"\log": "log", r"\ln": "log", r"\tanh": "tanh", r"\sinh": "sinh",
    r"\cosh": "cosh", r"\sin": "sin", r"\cos": "cos", r"\tan": "tan", r"\arctan": "atan",
    r"\arcsin": "asin", r"\arccos": "acos", r"\max": "max", r"\min": "min", r"\sigma": "sigmoid",
}  # fmt: skip
GREEK = frozenset(
    f"\\{name}" for name in (
        *("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta"),
        *("kappa", "lambda", "mu", "nu", "xi", "rho", "tau", "phi", "varphi", "chi", "psi"),
        "omega",
    )
)  # fmt: skip
TIMES = frozenset({r"\cdot", r"\times", "*"})
RELATIONS = {"<": ast.Lt, ">": ast.Gt, r"\le": ast.LtE, r"\leq": ast.LtE, r"\ge": ast.GtE,
             r"\geq": ast.GtE, r"\lt": ast.Lt, r"\gt": ast.Gt}  # fmt: skip
NAMED = frozenset({r"\operatorname", r"\mathrm", r"\text", r"\mathit"})
COMMANDS = (
    *FUNCTIONS, *GREEK, *TIMES, *RELATIONS, *NAMED, *SPACING, r"\frac", r"\dfrac", r"\tfrac",
    r"\sqrt", r"\pi", r"\begin", r"\end", r"\lvert", r"\rvert", r"\div",
)  # fmt: skip
OPENING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text and its column."""

    text: str
    column: int


def is_latex(text: str) -> bool:
    """Whether a formula is written in LaTeX: it has a command, or braces, or dollars around it."""
    dollars = len(text) > 2 and text.strip()[:1] == text.strip()[-1:] == "$"
    return dollars or bool(re.search(r"\\[A-Za-z]|\^\{|_\{", text))


def latex_tree(reader: Reader) -> ast.expr:
    """The tree of a LaTeX formula.

    Raises:
        FormulaError: an unknown command, or braces that do not match.
    """
    check_text(reader)
    parser = _Parser(reader)
    node = parser.sum()
    if parser.here.text:
        parser.fail(f"'{brief(parser.here.text)}' where the formula should end", "Remove it.")
    return node


class _Parser:
    """Recursive descent over the tokens; used once."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.depth, self.made = reader, 0, 0
        self.tokens = self._tokens(reader.text.strip().strip("$"))
        self.position = 0

    def _tokens(self, text: str) -> list[Token]:
        start = self.reader.text.index(text) if text else 0
        found, column = [], 0
        while column < len(text):
            match = TOKEN.match(text, column)
            if not match:
                self.reader.fail(f"found '{brief(text[column])}'", "Write it in other words.",
                                 start + column)  # fmt: skip
            token = match[0]
            if token.startswith("\\") and len(token) > 2 and token not in COMMANDS:
                near = difflib.get_close_matches(token, COMMANDS, n=1, cutoff=0.75)
                remedy = f"Did you mean '{near[0]}'?" if near else "Use \\frac, \\exp, \\max, .."
                self.reader.fail(f"unknown command '{brief(token)}'", remedy, start + column)
            if token.strip() and token not in SPACING:
                found.append(Token(token, start + column))
            column = match.end()
        return [*found, Token("", start + len(text))]

    @property
    def here(self) -> Token:
        return self.tokens[self.position]

    def fail(self, found: str, remedy: str) -> NoReturn:
        self.reader.fail(found, remedy, min(self.here.column, max(len(self.reader.text) - 1, 0)))

    def take(self, *wanted: str) -> Token:
        token = self.here
        if wanted and token.text not in wanted:
            found = f"'{brief(token.text)}'" if token.text else "the end"
            self.fail(f"found {found}, expected {' or '.join(wanted)}", "Match every brace.")
        self.position += 1
        return token

    def put(self, node: ast.expr, column: int) -> ast.expr:
        """A node with its column, counted."""
        self.made += 1
        if self.made > MOST_NODES:
            self.fail("a formula of too many parts", f"Use at most {MOST_NODES}.")
        node.lineno, node.col_offset = 1, column
        node.end_lineno, node.end_col_offset = 1, column + 1
        return node

    def name(self, text: str, column: int) -> ast.expr:
        return self.put(ast.Name(text, ast.Load()), column)

    def sum(self) -> ast.expr:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail("a formula nested too deep", f"Use at most {DEEPEST} levels.")
        node = self.product()
        while self.here.text in ("+", "-"):
            sign = self.take()
            op: ast.operator = ast.Add() if sign.text == "+" else ast.Sub()
            node = self.put(ast.BinOp(node, op, self.product()), sign.column)
        self.depth -= 1
        return node

    def product(self) -> ast.expr:
        if self.here.text in ("+", "-"):
            sign = self.take()
            inner = self.product()
            op: ast.unaryop = ast.USub() if sign.text == "-" else ast.UAdd()
            return self.put(ast.UnaryOp(op, inner), sign.column)
        node = self.power()
        while True:
            token = self.here
            if token.text in TIMES:
                self.take()
                node = self.put(ast.BinOp(node, ast.Mult(), self.power()), token.column)
            elif token.text in ("/", r"\div"):
                self.take()
                node = self.put(ast.BinOp(node, ast.Div(), self.power()), token.column)
            elif self._starts(token.text):  # factors side by side
                node = self.put(ast.BinOp(node, ast.Mult(), self.power()), token.column)
            else:
                return node

    def _starts(self, text: str) -> bool:
        """Whether a token begins a factor."""
        begins = text in OPENING or text in FUNCTIONS or text in GREEK or text in NAMED
        other = (r"\frac", r"\dfrac", r"\tfrac", r"\sqrt", r"\pi", r"\lvert")
        return begins or text in other or bool(re.fullmatch(r"[A-Za-z]|[0-9]*\.?[0-9]+", text))

    def power(self) -> ast.expr:
        node = self.atom()
        if self.here.text == "^":
            column = self.take().column
            node = self.put(ast.BinOp(node, ast.Pow(), self.argument()), column)
        return node

    def argument(self) -> ast.expr:
        """What stands in braces, or one token."""
        if self.here.text == "{":
            self.take()
            node = self.sum()
            self.take("}")
            return node
        if NUMBER.fullmatch(self.here.text):  # a^10 is a^1 0 to TeX
            token = self.here
            digits = [Token(token.text[0], token.column)]
            if token.text[1:]:
                digits.append(Token(token.text[1:], token.column + 1))
            self.tokens[self.position : self.position + 1] = digits
        return self.atom()

    def atom(self) -> ast.expr:
        token = self.take()
        text, column = token.text, token.column
        if NUMBER.fullmatch(text):
            node = self.put(ast.Constant(float(text) if "." in text else int(text)), column)
            node.end_col_offset = column + len(text)
            return node
        if text in OPENING:
            node = self.sum()
            self.take(OPENING[text])
            return node
        if text in ("|", r"\lvert"):
            node = self.sum()
            self.take("|", r"\rvert")
            return self.put(ast.Call(self.name("abs", column), [node], []), column)
        if text in (r"\frac", r"\dfrac", r"\tfrac"):
            top = self.argument()
            return self.put(ast.BinOp(top, ast.Div(), self.argument()), column)
        if text == r"\sqrt":
            if self.here.text == "[":
                self.fail("a root of another degree", "Write a power: (z)^{1/3}.")
            return self.put(ast.Call(self.name("sqrt", column), [self.argument()], []), column)
        if text == r"\begin":
            return self.cases(column)
        if text in FUNCTIONS:
            return self.call(FUNCTIONS[text], column)
        if text in NAMED:
            return self.named(column)
        if text == r"\pi" or text in GREEK:
            return self.subscript(text[1:], column)
        if re.fullmatch(r"[A-Za-z]", text):
            return self.subscript(text, column)
        self.position -= 1
        found = f"'{brief(text)}'" if text else "the end"
        self.fail(f"found {found}, expected a number, a name or a function", "Complete it.")

    def word(self) -> str:
        """Letters in braces, as in \\operatorname{erf}."""
        self.take("{")
        letters = []
        while re.fullmatch(r"[A-Za-z0-9]+", self.here.text):
            letters.append(self.take().text)
        self.take("}")
        return "".join(letters)

    def named(self, column: int) -> ast.expr:
        name = self.word()
        if self.here.text in ("(", "{"):
            return self.call(name, column)
        return self.name(name, column)

    def subscript(self, name: str, column: int) -> ast.expr:
        if self.here.text == "_":
            self.take()
            if self.here.text == "{":
                return self.name(f"{name}_{self.word()}", column)
            if not re.fullmatch(r"[A-Za-z0-9]+", self.here.text):
                found = f"'{brief(self.here.text)}'" if self.here.text else "the end"
                self.fail(f"found {found} behind _", "Write a letter, a number, or {name}.")
            name += f"_{self.take().text}"
        return self.name(name, column)

    def call(self, name: str, column: int) -> ast.expr:
        """A function with its argument in parentheses, or the next factor: \\exp z."""
        exponent = None
        if self.here.text == "^":  # \tanh^2(z)
            self.take()
            exponent = self.argument()
        if self.here.text in ("(", "{", "["):
            closing = OPENING[self.take().text]
            values = [self.sum()]
            while self.here.text == ",":
                self.take()
                values.append(self.sum())
            self.take(closing)
        else:
            values = [self.power()]
        node = self.put(ast.Call(self.name(name, column), values, []), column)
        if exponent is not None:
            node = self.put(ast.BinOp(node, ast.Pow(), exponent), column)
        return node

    def cases(self, column: int) -> ast.expr:
        """\\begin{cases} value & condition \\\\ .. & \\text{otherwise} \\end{cases}."""
        if self.word() != "cases":
            self.fail("an environment that is not cases", "Write \\begin{cases}.")
        rows: list[tuple[ast.expr, ast.expr | None]] = []
        while self.here.text != r"\end":
            value = self.sum()
            self.take("&", ",")
            rows.append((value, self.case()))
            if self.here.text == "\\\\":
                self.take()
        self.take(r"\end")
        self.word()
        if not rows or rows[-1][1] is not None or any(c is None for _, c in rows[:-1]):
            self.fail("cases without a last line for all the rest", "End with \\text{otherwise}.")
        node = rows[-1][0]
        for value, held in reversed(rows[:-1]):
            assert held is not None
            node = self.put(ast.Call(self.name("where", column), [held, value, node], []), column)
        return node

    def case(self) -> ast.expr | None:
        """A condition; None for otherwise."""
        column = self.here.column
        if self.here.text in NAMED:
            self.take()
            word = self.word()
            if word in ("otherwise", "else"):
                return None
            if word != "if":
                self.fail(f"found '{brief(word)}'", "Write \\text{if} or \\text{otherwise}.")
        left = self.sum()
        if self.here.text not in RELATIONS:
            self.take(*RELATIONS)
        relation = RELATIONS[self.take().text]
        return self.put(ast.Compare(left, [relation()], [self.sum()]), column)
