"""Factors of a quotient of polynomials in many letters, in a time that no luck decides.

`sympy.factor` draws points until one suits, and lifts what it finds there letter by letter (Wang
1978): with a dozen letters that takes a second or an hour.  But nearly every formula of a gradient
is linear in some letter, and of such a polynomial greatest common divisors find every factor.

Input: an expression in symbols.  Output: an equal product.  Imports sympy only.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp
from sympy.polys.polyerrors import GeneratorsNeeded

EASY = 4  # letters up to which polynomials that are linear in none are left to sympy


def factored(expr: sp.Expr) -> sp.Expr:
    """A quotient with top and bottom as products of irreducible polynomials.

    A factor in more than four letters and linear in none of them is found only where it is a power
    or stands beside a linear one.

    Source:
        Gauss's lemma: A*x + B is gcd(A, B) times an irreducible polynomial.

    >>> a, b, x, y = sp.symbols("a b x y")
    >>> factored((a**2 * x - b**2 * x + a * y - b * y) / (a * b + b))
    (a - b)*(a*x + b*x + y)/(b*(a + 1))
    """
    (over, top), (under, bottom) = (_product(part) for part in sp.fraction(expr))
    number, product = over / under, top / bottom
    if isinstance(product, sp.Add) and abs(number) != 1:
        return sp.Mul(number, product, evaluate=False)  # not multiplied out again
    return number * product


def _product(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """A polynomial as a number and a product; anything else as it is."""
    try:
        polynomial = sp.Poly(expr)
    except (GeneratorsNeeded, sp.PolynomialError):  # a number, and what is no polynomial
        return sp.S.One, expr
    number, whole = polynomial.primitive()
    parts = list(_irreducible(whole))
    leading = sp.Mul(*(part.LC() ** power for part, power in parts))
    product = sp.Mul(*(part.as_expr() ** power for part, power in parts))
    return number * whole.LC() / leading, product


def _irreducible(whole: sp.Poly) -> Iterator[tuple[sp.Poly, int]]:
    """Factors with a positive leading number, and their powers; numbers left out."""
    powers, whole = whole.terms_gcd()
    for letter, power in zip(whole.gens, powers, strict=True):
        if power:
            yield sp.Poly(letter, letter), power
    whole = whole.exclude()
    if whole.is_ground:
        return
    whole = whole if whole.LC() > 0 else -whole
    linear = [letter for letter in whole.gens if whole.degree(letter) == 1]
    if len(whole.gens) == 1 or (not linear and len(whole.gens) <= EASY):
        yield from whole.factor_list()[1]
    elif linear:
        yield from _of_linear(whole, linear)
    else:
        parts = whole.sqf_list()[1]
        if len(parts) == 1 and parts[0][1] == 1:
            yield whole, 1
        else:
            yield from ((p, power * k) for part, k in parts for p, power in _irreducible(part))


def _of_linear(whole: sp.Poly, letters: list[sp.Expr]) -> Iterator[tuple[sp.Poly, int]]:
    """Of A*x + B: the rest is irreducible once gcd(A, B) is taken out."""
    slopes = {letter: whole.diff(letter).eval(letter, 0) for letter in letters}
    letter = min(letters, key=lambda x: len(slopes[x].terms()))  # the shortest A: an easy divisor
    common = slopes[letter].gcd(whole.eval(letter, 0)).primitive()[1]
    rest = whole.exquo(sp.Poly(common.as_expr(), *whole.gens))
    yield rest if rest.LC() > 0 else -rest, 1
    yield from _irreducible(common)
