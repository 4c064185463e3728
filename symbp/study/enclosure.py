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
    POLES,
    ZERO,
    Interval,
    Number,
    Operation,
    add,
    constant,
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
    """A point that is known exactly: an mpf, an int or a float."""
    bits = raw(mpmath.mpf(value))
    return lambda _: (bits, bits)


def _without_cancellation(node: sp.Add) -> sp.Expr | None:
    """c + c*erf(u) as c*erfc(-u), and the like for tanh, whose tails then keep their digits."""
    if len(node.args) != 2 or not node.args[0].is_number:
        return None
    constant, term = node.args
    factor, rest = term.as_coeff_Mul()
    if abs(factor) != abs(constant):
        return None
    sign = sp.sign(factor * constant)
    if isinstance(rest, sp.erf):
        return constant * sp.erfc(-sign * rest.args[0])
    if isinstance(rest, sp.tanh):
        return 2 * constant / (1 + sp.exp(-2 * sign * rest.args[0]))
    if isinstance(rest, sp.Pow) and isinstance(rest.base, sp.tanh) and rest.exp == 2 and sign < 0:
        return constant / sp.cosh(rest.base.args[0]) ** 2
    return None


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
        self._constants: dict[tuple[int, int], Interval] = {}
        self._result = self._slot(expr)

    def _slot(self, node: sp.Basic) -> int:
        if node not in self._slots:
            operation, arguments = self._operation(node)
            places = tuple(self._slot(a) for a in arguments)
            self._slots[node] = len(self._program)
            self._program.append((operation, places))
        return self._slots[node]

    def _operation(self, node: sp.Basic) -> tuple[Operation, tuple[sp.Basic, ...]]:
        """What computes a node, and from which nodes."""
        if node == self.letter:
            return lambda args, prec: args, ()
        if node in self._zeros:
            return lambda args, prec: (ZERO, ZERO), ()
        if node.func in POLES and POLES[node.func](node.args[0]) in self._zeros:
            return lambda args, prec: None, ()
        if node in (sp.true, sp.false):
            return lambda args, prec: node == sp.true, ()
        if isinstance(node, sp.Float):
            return lambda args, prec: (raw(mpmath.mpf(node)),) * 2, ()
        if isinstance(node, sp.Rational):
            return functools.partial(self._constant, node, rational), ()
        if isinstance(node, sp.NumberSymbol):
            return functools.partial(self._constant, node, constant), ()
        if isinstance(node, sp.Pow):
            if node.exp.is_Integer or node.exp == sp.Rational(1, 2):
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
            return lambda args, prec: None if args[0] is None else not args[0], node.args
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

    def _constant(
        self, node: sp.Expr, make: Callable[[Any, int], Interval], args: list[Any], prec: int
    ) -> Interval:
        key = (id(node), prec)
        if key not in self._constants:
            self._constants[key] = make(node, prec)
        return self._constants[key]

    def enclose(self, at: Interval, prec: int) -> Any:
        """An interval that holds the value at every point of `at`; None where it has none.

        For a condition: whether it holds, None where that is not certain.
        """
        values: list[Any] = []
        letter = self._slots.get(self.letter)
        for position, (operation, places) in enumerate(self._program):
            if position == letter:
                values.append(at)
                continue
            args = [values[p] for p in places]
            if operation is not piecewise and any(a is None for a in args):
                unknown = isinstance(operation, functools.partial) and operation.func is logical
                values.append(operation(args, prec) if unknown else None)
                continue
            value = operation(args, prec)
            if isinstance(value, tuple) and libmp.fnan in value:
                value = LINE
            values.append(value)
        return values[self._result]

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
