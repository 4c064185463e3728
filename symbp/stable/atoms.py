"""Small pieces that forms are written from: numbers, products, sums, factors.

Input: numbers and polynomials of SymPy.  Output: trees in the order they are given.  Imports tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from symbp.tree import ONE, Node, Number, Product, Sum

LARGE = 64

Factors = tuple[sp.Expr, list[tuple[sp.Expr, int]]]


def factors_of(expr: sp.Expr) -> Factors:
    """A number and the factors of a polynomial."""
    number: sp.Expr = sp.S.One
    factors: list[tuple[sp.Expr, int]] = []
    for factor in sp.Mul.make_args(sp.factor(sp.expand(expr))):
        base, times = factor.as_base_exp()
        if factor.is_number:
            number *= factor
        elif times.is_Integer and times > 0:
            factors.append((base, int(times)))
        else:
            factors.append((factor, 1))
    return number, factors


def content(expr: sp.Expr) -> sp.Expr:
    """The number to put in front of a sum: its sign, and the constant term where it is long."""
    sign = 1 if _balance(expr) >= 0 else -1
    numbers = [abs(t.as_coeff_Mul()[0]) for t in sp.Add.make_args(expr)]
    constant = abs(expr.as_coeff_Add()[0])
    simple = all(c.is_Integer and c <= LARGE for c in numbers) and not expr.has(sp.pi)
    roots = any(p.base.is_number for p in expr.atoms(sp.Pow))
    if simple and not roots:
        return sp.Integer(sign)
    independent = [t for t in sp.Add.make_args(expr) if t.is_number]
    scale = abs(sp.Add(*independent)) if independent else sp.S.Zero
    return sign * (scale or constant or max(numbers, default=sp.S.One))


def _balance(expr: sp.Expr) -> int:
    """The sign that most terms have, else that of the constant term."""
    terms = sp.Add.make_args(expr)
    balance = sum(-1 if t.as_coeff_Mul()[0].is_negative else 1 for t in terms)
    if balance == 0:
        balance = -1 if expr.as_coeff_Add()[0].is_negative else 1
    return balance


def is_dyadic(number: sp.Expr) -> bool:
    """Whether a product with the number is exact: a power of two."""
    if not number.is_Rational:
        return False
    top, bottom = abs(int(number.p)), int(number.q)
    return top & (top - 1) == 0 and bottom & (bottom - 1) == 0


def pair(number: sp.Expr) -> tuple[Node, Node]:
    """A constant as the sum of two float64."""
    high = double(number)
    low = double(number - sp.Rational(high.numerator, high.denominator))
    return Number(high), Number(low)


def double(number: sp.Expr) -> Fraction:
    """The float64 nearest to a constant."""
    if number.is_Rational:
        return Fraction(float(Fraction(int(number.p), int(number.q))))
    return Fraction(float(number.evalf(50)))


def number_node(number: sp.Expr) -> Node:
    return Number(double(number))


def product_node(factors: Sequence[Node]) -> Node:
    kept = sorted((f for f in factors if f != ONE), key=lambda f: not isinstance(f, Number))
    sign = 1
    for k, factor in enumerate(kept):
        if isinstance(factor, Number) and factor.value < 0:
            kept[k], sign = Number(-factor.value), -sign
    kept = [f for f in kept if f != ONE]
    if len(kept) == 1 and sign > 0:
        return kept[0]
    return Product(sign, tuple(kept) or (ONE,))


def plus(first: Node, second: Node) -> Node:
    """first + second, with signs in the terms."""
    terms: list[tuple[int, Node]] = []
    for node in (first, second):
        if isinstance(node, Product) and node.sign < 0:
            terms.append(
                (
                    -1,
                    replace(node, sign=1)
                    if node.denominator or len(node.numerator) > 1
                    else node.numerator[0],
                )
            )
        elif isinstance(node, Number) and node.value < 0:
            terms.append((-1, Number(-node.value)))
        elif isinstance(node, Sum):
            terms += node.terms
        else:
            terms.append((1, node))
    return Sum(tuple(terms))
