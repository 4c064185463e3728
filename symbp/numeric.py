"""Evaluate equations in index notation on arrays of any kind of number, mpmath's for one.

Input: equations and the arrays they start from.  Output: every quantity as an array.  Each index is
an axis by name and a sum is a sum over its axis: nothing is shared with lower.py, so the two
check each other.  Imports derivation and index; numpy and mpmath on call.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symbp.derivation import Derivation
from symbp.errors import GraphError
from symbp.functions import FUNCTIONS
from symbp.graph import Equation
from symbp.index import (
    Index,
    MaxOver,
    Reduction,
    Size,
    SumOver,
    axes_of,
    bound,
    is_quantity,
    name_of,
)

RELATIONS = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
Array = Any  # numpy.ndarray of floats or of objects; numpy is imported on call


def _no_constant(name: str) -> Any:
    raise GraphError(name, "this arithmetic has no such constant")


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A kind of number: how one is made, its functions of one number, and its pi and E."""

    number: Callable[[Fraction], Any]
    functions: Mapping[str, Callable[[Any], Any]]
    constant: Callable[[str], Any] = _no_constant


def high_precision(digits: int) -> Arithmetic:
    """Numbers of mpmath with `digits` significant digits; call inside `mpmath.workdps(digits)`.

    >>> import mpmath
    >>> with mpmath.workdps(30):
    ...     print(high_precision(30).number(Fraction(1, 3)))
    0.333333333333333333333333333333
    """
    import mpmath

    functions = {f.sympy.__name__: getattr(mpmath, f.in_mpmath) for f in FUNCTIONS.values()}
    with mpmath.workdps(digits):
        return Arithmetic(
            lambda value: mpmath.mpf(value.numerator) / value.denominator,
            {**functions, "sqrt": mpmath.sqrt},
            {"pi": +mpmath.pi, "E": +mpmath.e}.__getitem__,
        )


def evaluate_equations(
    equations: Iterable[Equation],
    values: Mapping[str, Array],
    axes: Mapping[str, tuple[str, ...]],
    sizes: Mapping[str, int],
    arithmetic: Arithmetic,
) -> dict[str, Array]:
    """Compute every equation in order.

    Args:
        equations: Each in quantities that stand in `values` or before it.
        values: Arrays by name, shaped by their axes; class indices are ints.
        axes: Axes of every quantity.
        sizes: Length of every axis, the samples "N" too.
        arithmetic: The kind of number.

    Returns:
        `values` and the results; scalars are 0-dimensional object arrays.

    >>> import numpy as np
    >>> from symbp.index import tensor
    >>> import mpmath
    >>> n = Index("n")
    >>> e = Equation(tensor("y", n), tensor("x", n) ** 2)
    >>> x = np.array([mpmath.mpf(3)], dtype=object)
    >>> print(evaluate_equations([e], {"x": x}, {"x": ("N",), "y": ("N",)}, {"N": 1},
    ...                          high_precision(15))["y"][0])
    9.0
    """
    import numpy as np

    known = dict(values)
    for e in equations:
        where = dict(zip(e.indices, axes[e.name], strict=True))
        machine = _Machine(known, axes, sizes, arithmetic, where)
        result = machine.value(e.rhs)
        shape = tuple(sizes[a] for a in axes[e.name])
        known[e.name] = np.broadcast_to(machine.align(result, e.indices), shape).copy()
    return known


Named = tuple[Array, tuple[Index, ...]]


@dataclass(frozen=True, slots=True)
class _Machine:
    """Evaluates one right side; an array carries the indices of its axes with it."""

    known: Mapping[str, Array]
    axes: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int]
    arithmetic: Arithmetic
    where: dict[Index, str]

    def value(self, expr: sp.Expr) -> Named:
        import numpy as np

        if is_quantity(expr):
            return np.asarray(self.known[name_of(expr)]), tuple(getattr(expr, "indices", ()))
        if isinstance(expr, Size):
            return self._constant(Fraction(self.sizes[expr.name])), ()
        if isinstance(expr, sp.Rational):
            return self._constant(Fraction(int(expr.p), int(expr.q))), ()
        if isinstance(expr, Reduction):
            return self._reduction(expr)
        if isinstance(expr, sp.KroneckerDelta):
            return self._delta(expr)
        if isinstance(expr, sp.Piecewise):
            return self._piecewise(expr)
        if isinstance(expr, sp.NumberSymbol):
            return np.array(self.arithmetic.constant(str(expr)), dtype=object), ()
        if isinstance(expr, sp.Pow):
            return self._power(expr)
        parts = [self.value(a) for a in expr.args]
        if isinstance(expr, sp.Add | sp.Mul):
            arrays, indices = self._together(parts)
            total = arrays[0]
            for array in arrays[1:]:
                total = total + array if isinstance(expr, sp.Add) else total * array
            return total, indices
        ((array, indices),) = parts
        return self._apply(type(expr).__name__, array), indices

    def _constant(self, value: Fraction) -> Array:
        import numpy as np

        return np.array(self.arithmetic.number(value), dtype=object)

    def _apply(self, name: str, array: Array) -> Array:
        import numpy as np

        return np.frompyfunc(self.arithmetic.functions[name], 1, 1)(array)

    def _together(self, parts: list[Named]) -> tuple[list[Array], tuple[Index, ...]]:
        """Give arrays the same axes, length 1 where one does not run."""
        indices = tuple(dict.fromkeys(i for _, own in parts for i in own))
        return [self.align(part, indices) for part in parts], indices

    def align(self, named: Named, indices: tuple[Index, ...]) -> Array:
        """The array with one axis for each of `indices`, in their order."""
        import numpy as np

        array, own = np.asarray(named[0]), named[1]
        shared = [i for i in indices if i in own]
        array = array.transpose([own.index(i) for i in shared])
        return array.reshape([array.shape[shared.index(i)] if i in own else 1 for i in indices])

    def _reduction(self, expr: sp.Expr) -> Named:
        import numpy as np

        if isinstance(expr, SumOver) and isinstance(expr.function, sp.Mul):
            contracted = self._contraction(expr)
            if contracted is not None:
                return contracted
        array, indices = self.value(expr.function)
        where = axes_of(expr.function, self.axes)
        positions = tuple(indices.index(d) for d in bound(expr) if d in indices)
        idle = [self.sizes[where[d]] for d in bound(expr) if d not in indices]
        if isinstance(expr, MaxOver):
            result = array.max(axis=positions)
        else:
            result = array.sum(axis=positions) if positions else array
            for length in idle:
                result = result * length
        return np.asarray(result, dtype=object), tuple(i for i in indices if i not in bound(expr))

    def _contraction(self, expr: SumOver) -> Named | None:
        """A sum over what two factors share, as a matrix product: no array of all products."""
        import numpy as np

        parts = [self.value(factor) for factor in expr.function.args]
        numbers = [array for array, indices in parts if not indices]
        arrays = [(array, indices) for array, indices in parts if indices]
        summed = list(bound(expr))
        if len(arrays) != 2 or any(set(summed) - set(indices) for _, indices in arrays):
            return None
        (left, i), (right, j) = arrays
        batch = [k for k in i if k in j and k not in summed]
        rows, columns = [k for k in i if k not in j], [k for k in j if k not in i]
        left = left.transpose([i.index(k) for k in (*batch, *rows, *summed)])
        right = right.transpose([j.index(k) for k in (*batch, *summed, *columns)])
        shape, cut = left.shape[: len(batch)], len(batch) + len(rows)
        inner = math.prod(left.shape[cut:])
        product = np.matmul(left.reshape(*shape, -1, inner), right.reshape(*shape, inner, -1))
        product = product.reshape(left.shape[:cut] + right.shape[len(batch) + len(summed) :])
        for number in numbers:
            product = product * number
        return np.asarray(product, dtype=object), (*batch, *rows, *columns)

    def _delta(self, expr: sp.KroneckerDelta) -> Named:
        """The one-hot code of a class index."""
        import numpy as np

        classes = next(a for a in expr.args if isinstance(a, sp.Indexed))
        index = next(a for a in expr.args if isinstance(a, Index))
        chosen = np.asarray(self.known[name_of(classes)])
        one, zero = self.arithmetic.number(Fraction(1)), self.arithmetic.number(Fraction(0))
        width = self.sizes[self.where[index]]
        table = np.array(
            [[one if k == int(c) else zero for k in range(width)] for c in chosen], dtype=object
        )
        return table, (*classes.indices, index)

    def _piecewise(self, expr: sp.Piecewise) -> Named:
        import numpy as np

        *branches, (last, _) = expr.args
        result = self.value(last)
        for value, condition in reversed(branches):
            parts = [self._condition(condition), self.value(value), result]
            (holds, then, otherwise), indices = self._together(parts)
            result = np.where(holds.astype(bool), then, otherwise), indices
        return result

    def _condition(self, condition: sp.Basic) -> Named:
        import numpy as np

        if isinstance(condition, sp.And | sp.Or):
            parts, indices = self._together([self._condition(c) for c in condition.args])
            join = np.logical_and if isinstance(condition, sp.And) else np.logical_or
            return functools.reduce(join, parts), indices
        sides = [self.value(condition.lhs), self.value(condition.rhs)]
        (left, right), indices = self._together(sides)
        return RELATIONS[condition.rel_op](left, right), indices

    def _power(self, expr: sp.Pow) -> Named:
        array, indices = self.value(expr.base)
        exponent = expr.exp
        if not (exponent.is_Rational and exponent.q in (1, 2)):
            logarithm = self._apply("log", array), indices
            (power, by), indices = self._together([logarithm, self.value(exponent)])
            return self._apply("exp", power * by), indices
        if exponent.q == 2:
            array, exponent = self._apply("sqrt", array), sp.Integer(exponent.p)
        power = array ** abs(int(exponent))
        return (power if exponent > 0 else self._constant(Fraction(1)) / power), indices


def reference_gradients(
    derivation: Derivation,
    inputs: Array,
    targets: Array,
    parameters: Mapping[str, Array],
    digits: int = 40,
) -> dict[str, Array]:
    """Loss and gradients of the derivation at high precision.

    Args:
        derivation: Forward and backward lines.
        inputs: X, (N, D), any exact or floating numbers; a float counts as its exact value.
        targets: T, (N, K), or (N,) class indices.
        parameters: Every parameter by name.
        digits: Significant digits of the arithmetic.

    Returns:
        Object arrays of mpf: the loss under "E", each gradient under its parameter's name.

    >>> import numpy as np
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[1, 1], activation="identity")
    >>> one = np.ones((1, 1))
    >>> print(reference_gradients(derive(net), one, 0 * one, {"W1": one})["W1"][0, 0])
    1.0
    """
    import mpmath
    import numpy as np

    axes, graph = derivation.axes, derivation.graph
    with mpmath.workdps(digits):
        arithmetic = high_precision(digits)
        convert = np.frompyfunc(lambda v: arithmetic.number(_fraction(v)), 1, 1)
        values = {
            name: np.asarray(convert(value), dtype=object) for name, value in parameters.items()
        }
        values["X"] = np.asarray(convert(inputs), dtype=object)
        classes = axes["T"] == ("N",)
        values["T"] = np.asarray(targets) if classes else np.asarray(convert(targets), dtype=object)
        sizes = {**graph.sizes, "N": len(values["X"])}
        equations = [line.equation for line in derivation.lines]
        known = evaluate_equations(equations, values, axes, sizes, arithmetic)
    return {"E": known[graph.loss]} | {p: known[d] for p, d in derivation.gradients.items()}


def _fraction(value: Any) -> Fraction:
    """The exact value of a float, an int or a fraction."""
    return value if isinstance(value, Fraction) else Fraction(value)
