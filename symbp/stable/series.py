"""Polynomials for where a formula crosses zero: there every other form cancels.

Input: a SymPy expression, the place, a radius.  Output: a form, or None where none of 26 terms is
right.  f(x)/(x - x0)**m is interpolated at Chebyshev points, whose error for an analytic function
falls geometrically: Trefethen, Approximation Theory and Approximation Practice (2013), theorem 8.2.
Imports truth and forms.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

from symbp.stable.letters import Interval
from symbp.stable.truth import Undefined, compiled
from symbp.stable.writer import Form, X
from symbp.tree import Name, Node, Number, Product, Sum

MOST_TERMS = 26
BITS = 900
GOAL = mpmath.mpf(2) ** -58
Function = Callable[[Any], Any]


def series(expr: sp.Expr, center: Any, radius: float) -> Form | None:
    """f near a place where it may be zero, as a power times a polynomial.

    Args:
        expr: Analytic within the radius, in X.
        center: 0, or a root to many digits.
        radius: Half the length of the interval.
    """
    evaluate = compiled(expr, (X,))
    with mpmath.workprec(BITS):
        try:
            return _series(expr, lambda v: evaluate([v])[0], mpmath.mpf(center), radius)
        except (Undefined, ZeroDivisionError):
            return None


def _series(expr: sp.Expr, f: Function, center: Any, radius: float) -> Form | None:
    order = _order(f, center)
    if order is None:
        return None
    parity = _parity(f, center, radius, order)
    if parity:  # a polynomial in the square

        def smooth(y: Any) -> Any:
            t = mpmath.sqrt(y)
            return f(center + t) / t**order

        low, high = mpmath.mpf(0), mpmath.mpf(radius) ** 2
    else:

        def smooth(y: Any) -> Any:
            return f(center + y) / y**order

        low, high = -mpmath.mpf(radius), mpmath.mpf(radius)
    coefficients = _interpolated(smooth, low, high)
    if coefficients is None:
        return None
    lets: list[tuple[str, Node]] = []
    t = Name("x")
    if center:
        start = Fraction(float(center))
        rest = Fraction(float(center - mpmath.mpf(float(center))))
        near = Sum(((1, Name("x")), (-1 if start > 0 else 1, Number(abs(start)))))
        lets.append(("t", Sum(((1, near), (-1 if rest > 0 else 1, Number(abs(rest)))))))
        t = Name("t")
    y = t
    if parity:
        lets.append(("y", Product(1, (t, t))))
        y = Name("y")
    lets += _horner(coefficients, y)
    result = Product(1, (*[t] * order, Name("p"))) if order else Name("p")
    name = "series at 0" if not center else f"series at the root {mpmath.nstr(center, 6)}"
    interval = Interval(float(center) - radius, float(center) + radius)
    return Form(name, interval, tuple(lets), result, expr)


def _order(f: Function, center: Any) -> int | None:
    """How often f is zero at the center; None where it has no such order."""
    near, far = (f(center + mpmath.mpf(2) ** -k) for k in (101, 100))
    if not near or not far:
        return None
    exact = mpmath.log(abs(far / near), 2)
    order = int(mpmath.nint(exact))
    return order if 0 <= order <= 8 and abs(exact - order) < mpmath.mpf(2) ** -60 else None


def _parity(f: Function, center: Any, radius: float, order: int) -> bool:
    """Whether f(center + t)/t**order is even."""
    sign = -1 if order % 2 else 1
    for k in (3, 5, 7):
        t = mpmath.mpf(radius) * k / 11
        left, right = f(center - t), f(center + t)
        if abs(left - sign * right) > abs(right) * mpmath.mpf(2) ** -200:
            return False
    return True


def _interpolated(f: Function, low: Any, high: Any) -> list[Any] | None:
    """Coefficients of the shortest interpolating polynomial that is right to 2**-58."""
    for terms in range(2, MOST_TERMS + 1, 3):
        nodes = [
            (low + high) / 2 + (high - low) / 2 * mpmath.cos(mpmath.pi * (2 * k + 1) / (2 * terms))
            for k in range(terms)
        ]
        if any(abs(v) < high * mpmath.mpf(2) ** -100 for v in nodes):
            continue  # the quotient at 0 is 0/0
        values = [f(v) for v in nodes]
        coefficients = _newton(nodes, values)
        if _within(f, coefficients, low, high):
            least = GOAL / 64 * abs(coefficients[0])
            return [
                c if abs(c) * high**k > least else mpmath.mpf(0) for k, c in enumerate(coefficients)
            ]
    return None


def _newton(nodes: list[Any], values: list[Any]) -> list[Any]:
    """Monomial coefficients of the polynomial through the points, by divided differences."""
    table = list(values)
    for step in range(1, len(nodes)):
        for k in range(len(nodes) - 1, step - 1, -1):
            table[k] = (table[k] - table[k - 1]) / (nodes[k] - nodes[k - step])
    result = [table[-1]]
    for node, value in zip(nodes[-2::-1], table[-2::-1], strict=True):
        shifted = [mpmath.mpf(0), *result]
        result = [a - node * b for a, b in zip(shifted, [*result, mpmath.mpf(0)], strict=True)]
        result[0] += value
    return result


def _within(f: Function, coefficients: list[Any], low: Any, high: Any) -> bool:
    for k in range(1, 24):
        point = low + (high - low) * (mpmath.mpf(k) / 24 + mpmath.mpf(1) / 1000)
        exact = f(point)
        if not exact or abs(mpmath.polyval(coefficients[::-1], point) / exact - 1) > GOAL:
            return False
    return True


def _horner(coefficients: list[Any], y: Node) -> list[tuple[str, Node]]:
    """A polynomial by Horner's rule, one step a line."""
    values = [Fraction(float(c)) for c in coefficients]
    while values and not values[-1]:
        values.pop()
    steps: list[tuple[str, Node]] = [("p", Number(values[-1]))]
    powers: list[Node] = []
    for value in values[-2::-1]:
        powers.append(y)
        if value:
            sign = 1 if value > 0 else -1
            product = Product(1, (*powers, Name("p")))
            steps.append(("p", Sum(((sign, Number(abs(value))), (1, product)))))
            powers = []
    return steps
