"""Values of a formula in one real letter, each with a bound on its error.

Input: an element-wise expression.  Output: an interval that holds its value at a point, at any
precision, so that a sign or a digit is claimed only where it is certain.  Imports errors and
intervals.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Any

import mpmath
import sympy as sp
from mpmath import libmp

from symbp.errors import SpecError
from symbp.study.intervals import (
    FUNCTIONS,
    LINE,
    NOWHERE,
    POLES,
    ZERO,
    Interval,
    Number,
    Operation,
    add,
    constant,
    denied,
    exponential,
    general_power,
    logical,
    multiply,
    narrow,
    piecewise,
    power,
    rational,
    raw,
    relation,
)  # fmt: skip

Point = Callable[[int], Interval]


def point(value: Number) -> Point:
    """A point that is known exactly: an mpf, an int or a float.

    An mpf is taken as it is: `mpmath.mpf` would round it to the precision of the moment.
    """
    bits = raw(value if isinstance(value, mpmath.mpf) else mpmath.mpf(value))
    return lambda _: (bits, bits)


def _without_cancellation(node: sp.Add) -> sp.Expr | None:
    """c + c*erf(u) as c*erfc(-u), and the like for tanh, whose tails then keep their digits."""
    number = node.args[0]
    if not number.is_number:
        return None
    for term in node.args[1:]:
        factor, rest = term.as_coeff_Mul()
        if abs(factor) == abs(number):
            other = _one_plus(sp.sign(factor * number), rest)
            if other is not None:
                return number * other + sp.Add(*(a for a in node.args[1:] if a != term))
    return None


def _one_plus(sign: sp.Integer, part: sp.Expr) -> sp.Expr | None:
    """1 + sign*part in a form whose tail keeps its digits."""
    if isinstance(part, sp.erf):
        return sp.erfc(-sign * part.args[0])
    if isinstance(part, sp.tanh):
        return 2 / (1 + sp.exp(-2 * sign * part.args[0]))
    squared = isinstance(part, sp.Pow) and part.exp == 2 and isinstance(part.base, sp.tanh)
    return 1 / sp.cosh(part.base.args[0]) ** 2 if squared and sign < 0 else None


def _constant(
    node: sp.Expr, make: Callable[[Any, int], Interval], args: list[Any], prec: int
) -> Interval:
    return make(node, prec)


class Curve:
    """A formula as a list of interval operations, each part of it computed once.

    Args:
        expr: In `letter` alone.
        letter: A real symbol.
        zeros: Parts of the formula that are exactly 0 at the points it is asked about.

    Raises:
        SpecError: a function that has no value here.

    >>> z = sp.Symbol("z", real=True)
    >>> curve = Curve(1 / (1 + sp.exp(-z)), z)
    >>> mpmath.nstr(curve.number(point(2), 100), 15), curve.sign(point(-1e6))
    ('0.880797077977882', 1)
    """

    def __init__(self, expr: sp.Expr, letter: sp.Symbol, zeros: Collection[sp.Expr] = ()) -> None:
        self.expr, self.letter = expr, letter
        self._zeros = {form for u in zeros for form in (u, -u)}
        self._slots: dict[sp.Basic, int] = {}
        self._program: list[tuple[Operation, tuple[int, ...]]] = []
        self._fixed: list[bool] = []  # whether a part is a number
        self._numbers: dict[tuple[int, int], Any] = {}
        self._result = self._slot(expr)

    def _slot(self, node: sp.Basic) -> int:
        if node not in self._slots:
            operation, arguments = self._operation(node)
            places = tuple(self._slot(a) for a in arguments)
            self._slots[node] = len(self._program)
            self._program.append((operation, places))
            self._fixed.append(not node.has(self.letter))
        return self._slots[node]

    def _operation(self, node: sp.Basic) -> tuple[Operation, tuple[sp.Basic, ...]]:
        """What computes a node, and from which nodes."""
        if node == self.letter:
            return lambda args, prec: args, ()
        if node in self._zeros:
            return lambda args, prec: (ZERO, ZERO), ()
        if node.func in POLES and POLES[node.func](node.args[0]) in self._zeros:
            return lambda args, prec: None, ()
        if node is sp.nan:
            return lambda args, prec: None, ()
        if node in (sp.true, sp.false):
            return lambda args, prec: node == sp.true, ()
        if isinstance(node, sp.Float):
            return lambda args, prec: (raw(mpmath.mpf(node)),) * 2, ()
        if isinstance(node, sp.Rational):
            return functools.partial(_constant, node, rational), ()
        if isinstance(node, sp.NumberSymbol):
            return functools.partial(_constant, node, constant), ()
        if isinstance(node, sp.Pow):
            if node.exp.is_Rational and node.exp.q <= 2:
                return functools.partial(power, exponent=node.exp), (node.base,)
            if node.base is sp.S.Exp1:
                return exponential, (node.exp,)
            return general_power, node.args
        if isinstance(node, sp.core.relational.Relational):
            return functools.partial(relation, relation=node.rel_op), (node.lhs - node.rhs,)
        if isinstance(node, sp.Piecewise):
            return piecewise, tuple(part for pair in node.args for part in pair.args)
        if isinstance(node, sp.And | sp.Or):
            return functools.partial(logical, every=isinstance(node, sp.And)), node.args
        if isinstance(node, sp.Not):
            return denied, node.args
        if isinstance(node, sp.Add):
            other = _without_cancellation(node)
            if other is not None:
                return lambda args, prec: args[0], (other,)
        if isinstance(node, sp.Add | sp.Mul):
            return add if isinstance(node, sp.Add) else multiply, node.args
        if node.func in FUNCTIONS:
            return FUNCTIONS[node.func], node.args[:1] if node.func is sp.Heaviside else node.args
        return self._rewritten(node)

    def _rewritten(self, node: sp.Basic) -> tuple[Operation, tuple[sp.Basic, ...]]:
        """A function such as sech, by exponentials or by sine and cosine."""
        for target in (sp.exp, sp.sin):
            other = node.rewrite(target)
            if other != node and not other.has(sp.I) and not other.has(node.func):
                return lambda args, prec: args[0], (other,)
        name = node.func.__name__
        raise SpecError(f"{node}", f"{name} has no value here", "Use the functions of formulas.")

    def enclose(self, at: Interval, prec: int) -> Any:
        """An interval that holds the value at every point of `at`; None where it has none.

        For a condition: whether it holds, None where that is not certain, NOWHERE where one of its
        sides has no value.
        """
        values: list[Any] = []
        letter = self._slots.get(self.letter)
        for position, (operation, places) in enumerate(self._program):
            if position == letter:
                values.append(at)
                continue
            if self._fixed[position]:
                key = (position, prec)
                if key not in self._numbers:
                    self._numbers[key] = self._step(operation, [values[p] for p in places], prec)
                values.append(self._numbers[key])
                continue
            values.append(self._step(operation, [values[p] for p in places], prec))
        return values[self._result]

    @staticmethod
    def _step(operation: Operation, args: list[Any], prec: int) -> Any:
        """One operation: undefined if one of its arguments is, but for a choice between them."""
        kind = operation.func if isinstance(operation, functools.partial) else operation
        if kind not in (piecewise, logical, denied) and any(a is None for a in args):
            return NOWHERE if kind is relation else None
        value = operation(args, prec)
        return LINE if isinstance(value, tuple) and libmp.fnan in value else value

    def sign(self, at: Point, most: int = 1300) -> int | None:
        """The sign of the value, 0 where it is exactly 0, None where nothing is certain."""
        prec = 80
        while prec <= most:
            found = self.enclose(at(prec), prec)
            if found is None:
                return None
            low, high = (libmp.mpf_sign(x) for x in found)
            if low == high:
                return int(low)
            prec *= 4
        return None

    def number(self, at: Point, bits: int, most: int = 4200) -> Number | None:
        """The value to so many bits, or to 2**(-4*bits); nan if uncertain, None if undefined."""
        prec = bits + 20
        while prec <= most:
            found = self.enclose(at(prec), prec)
            if found is None:
                return None
            value = narrow(found, bits)
            if value is not None:
                return value
            prec *= 4
        return mpmath.nan
