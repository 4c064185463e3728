"""Equations in index notation from text: y[n,k] = sum(i: A[k,i]*x[n,i]) + b[k].

Input: text, one equation a line or apart by `;`.  Output: pairs of target and right side.  Python's
`ast` takes the text apart, and only what is listed here is let through: nothing is run.
Imports index, functions, checks, exact and errors only.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from typing import NoReturn

import sympy as sp

from symbp.errors import SpecError, unknown_name
from symbp.exact import brief, exact
from symbp.functions import FUNCTIONS
from symbp.index import Index, SumOver, tensor

MOST_CHARACTERS = 4000
MOST_NODES = 1000
DEEPEST = 60
LARGEST_POWER = 1000
SUM = re.compile(r"\bsum\s*\(([\s\w,]+):", re.ASCII)
ASCII_TEXT = re.compile(r"[\w\s\[\](),:;=+\-*/.<>#]*", re.ASCII)
OPERATORS: dict[type[ast.operator], Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b, ast.Pow: lambda a, b: a**b,
}  # fmt: skip
RELATIONS: dict[type[ast.cmpop], Callable[[sp.Expr, sp.Expr], sp.Basic]] = {
    ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b,
}  # fmt: skip
KNOWN = ("sum", "sqrt", "where", *FUNCTIONS)


def read_equations(text: str, where: str = "equations") -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """Read equations.

    Args:
        text: Targets and right sides; `sum(i, j: ..)` sums over indices, `where(c, a, b)` chooses.
        where: The entry, for errors.

    Raises:
        SpecError: text that is no such equation; it says what was found.

    >>> read_equations("y[n,k] = sum(i: A[k,i]*x[n,i]) + b[k]")[0][1]
    b[k] + Sum(A[k, i]*x[n, i], i)
    """
    if len(text) > MOST_CHARACTERS:
        found = f"{len(text)} characters of equations, at most {MOST_CHARACTERS}"
        raise SpecError(where, found, "Use fewer equations.")
    if not ASCII_TEXT.fullmatch(text):
        odd = next(c for c in text if not ASCII_TEXT.fullmatch(c))
        raise SpecError(where, f"found the character {odd!a}", "Use + - * / ** and names.")
    lines = [line.partition("#")[0].strip() for line in re.split(r"[;\n]", text)]
    return tuple(_equation(line, where) for line in lines if line)


def _equation(line: str, where: str) -> tuple[sp.Expr, sp.Expr]:
    parts = re.split(r"(?<![<>=])=(?!=)", line)
    if len(parts) != 2:
        found = f"found {brief(line)!r}, expected one '='"
        raise SpecError(where, found, "Write y[n,k] = .., one equation a line.")
    left, right = (_Reader(part.strip(), where) for part in parts)
    target = left.read()
    if not isinstance(target, sp.Indexed | sp.Symbol):
        found = f"found {brief(left.text)!r} on the left, expected a name with indices"
        raise SpecError(where, found, "Write y[n,k] = ..")
    return target, right.read()


class _Reader:
    """Reads one side of an equation."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where

    def read(self) -> sp.Expr:
        # A lambda's parameters are the one place where Python has names before a colon.
        if re.search(r"\blambda\b", self.text):
            self.fail("lambda is no part of an equation")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # such as 1(2), which Python only warns of
                tree = ast.parse(SUM.sub(r"sum(lambda \1:", self.text), mode="eval")
            if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
                self.fail(f"more than {MOST_NODES} parts")
            level: list[ast.AST] = [tree]
            for _ in range(DEEPEST):
                level = [child for node in level for child in ast.iter_child_nodes(node)]
            if level:
                self.fail(f"nested deeper than {DEEPEST}")
            value = self.value(tree.body)
        except (SyntaxError, ValueError, RecursionError, MemoryError, Warning):
            self.fail("this is no formula")
        if value.has(sp.nan, sp.zoo, sp.oo, sp.I):
            self.fail("this has no finite real value")
        return value

    def fail(self, found: str) -> NoReturn:
        remedy = "Write y[n,k] = sum(i: A[k,i]*x[n,i]) + b[k], say."
        raise SpecError(self.where, f"{found}: {brief(self.text)!r}", remedy)

    def value(self, node: ast.expr) -> sp.Expr:
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                # What stands in the text counts, not the nearest binary number.
                number = exact(str(node.value), self.where)
                return sp.Rational(number.numerator, number.denominator)
            case ast.Name(id=name):
                if name in KNOWN:
                    self.fail(f"the function {name} stands without its argument")
                return tensor(name)
            case ast.Subscript(value=ast.Name(id=name), slice=inside):
                entries = inside.elts if isinstance(inside, ast.Tuple) else [inside]
                if not entries or not all(isinstance(e, ast.Name) for e in entries):
                    self.fail(f"an index of {name} is no letter")
                return tensor(name, *(Index(e.id) for e in entries if isinstance(e, ast.Name)))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                value = self.value(operand)
                return -value if isinstance(sign, ast.USub) else value
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                first, second = self.value(left), self.value(right)
                if isinstance(op, ast.Pow):
                    self.check_power(first, second)
                if isinstance(op, ast.Div) and second == 0:
                    self.fail("this divides by 0")
                return OPERATORS[type(op)](first, second)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.call(name, arguments)
        self.fail(f"{type(node).__name__} is no part of an equation")

    def check_power(self, base: sp.Expr, exponent: sp.Expr) -> None:
        half = exponent.is_Rational and (2 * exponent).is_integer
        if not half or abs(exponent) > LARGEST_POWER:
            self.fail(f"exponent {brief(exponent)} is no whole or half number up to 1000")
        if base.is_number and abs(exponent) * len(str(base)) > LARGEST_POWER:
            self.fail("a power with too many digits")

    def call(self, name: str, arguments: list[ast.expr]) -> sp.Expr:
        if name not in KNOWN:
            raise unknown_name(self.where, "function", brief(name), KNOWN)
        if name == "sum":
            if len(arguments) != 1 or not isinstance(arguments[0], ast.Lambda):
                self.fail("a sum needs its indices, as sum(i: ..)")
            dummies = [Index(a.arg) for a in arguments[0].args.args]
            return SumOver(self.value(arguments[0].body), *dummies)
        if len(arguments) != (3 if name == "where" else 1):
            self.fail(f"{name} takes {'three arguments' if name == 'where' else 'one argument'}")
        if name == "where":
            condition, then, otherwise = arguments
            if not isinstance(condition, ast.Compare) or len(condition.ops) != 1:
                self.fail("where needs a comparison first")
            relation = RELATIONS.get(type(condition.ops[0]))
            if relation is None:
                self.fail("compare with < <= > >=")
            sides = self.value(condition.left), self.value(condition.comparators[0])
            branches = (self.value(then), relation(*sides)), (self.value(otherwise), True)
            return sp.Piecewise(*branches)
        value = self.value(arguments[0])
        return sp.sqrt(value) if name == "sqrt" else FUNCTIONS[name].sympy(value)
